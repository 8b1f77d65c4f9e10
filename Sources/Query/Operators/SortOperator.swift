import Columns
import Compute

/// ORDER BY, with LIMIT as a top-N that never holds more than a few times N rows.
struct SortOperator: GatheringOperator {
  let schema: Schema
  let keys: [SortKey]
  let limit: Int?

  func makeCollector() -> any Collector { SortCollector(self) }
}

private final class SortCollector: Collector {
  private var buffer: SortBuffer

  init(_ plan: SortOperator) {
    buffer = SortBuffer(schema: plan.schema, keys: plan.keys, limit: plan.limit ?? .max)
  }

  /// Sorting joins the batches and then gathers them: three copies at the peak.
  var sizeBytes: Int { buffer.sizeBytes * 3 }

  func consume(_ rows: RowBatch) throws(ComputeError) {
    try buffer.append(rows.selected, position: rows.position)
  }

  func merge(_ other: any Collector) throws(ComputeError) {
    guard let other = other as? SortCollector else { preconditionFailure("another operator") }
    try buffer.merge(other.buffer)
  }

  func finish() throws(ComputeError) -> ColumnBatch { try buffer.finish() }
}

import Columns
import Compute

/// DISTINCT: the first of equal rows, in their order. Nulls are equal here.
struct DistinctOperator: GatheringOperator {
  let schema: Schema

  func makeCollector() -> any Collector { DistinctCollector(schema) }
}

private final class DistinctCollector: Collector {
  private let schema: Schema
  private let groups: HashAggregate

  init(_ schema: Schema) {
    self.schema = schema
    groups = HashAggregate(keyTypes: schema.fields.map(\.type), calls: [])
  }

  var sizeBytes: Int { groups.sizeBytes }

  func consume(_ rows: RowBatch) throws(ComputeError) {
    let batch = rows.selected
    try groups.update(
      keys: batch.columns, arguments: [], rowCount: batch.rowCount, position: rows.position)
  }

  func merge(_ other: any Collector) throws(ComputeError) {
    guard let other = other as? DistinctCollector else { preconditionFailure("another operator") }
    try groups.merge(other.groups)
  }

  func finish() throws(ComputeError) -> ColumnBatch {
    let (columns, rowCount) = try groups.finish()
    return ColumnBatch(schema: schema, columns: columns, rowCount: rowCount)
  }
}

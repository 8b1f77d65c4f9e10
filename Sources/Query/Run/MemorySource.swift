package import Columns
package import Compute
import Store
import Synchronization

/// Batches in memory as a table; each is a unit.
package struct MemorySource: BatchSource {
  package let schema: Schema
  private let batches: [ColumnBatch]

  package init(schema: Schema, batches: [ColumnBatch]) {
    self.schema = schema
    self.batches = batches
  }

  package func scan(
    columns: ScanColumns, predicate: BoundExpression?, parallelism: Int,
    _ consume: @Sendable (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
  ) throws -> ScanMetrics {
    let next = Atomic(0)
    let rowsRead = Atomic(0)
    let isEnough = Atomic(false)
    try withWorkers(count: parallelism) { (worker, cancellation) throws(any Error) in
      while !cancellation.isCancelled, !isEnough.load(ordering: .relaxed) {
        let unit = next.add(1, ordering: .relaxed).oldValue
        guard unit < batches.count else { return }
        var goesOn = true
        if batches[unit].rowCount > 0 {
          rowsRead.add(batches[unit].rowCount, ordering: .relaxed)
          goesOn = try consume(worker, unit, batches[unit].selecting(columns.positions))
        }
        if goesOn { goesOn = try consume(worker, unit, nil) }
        if !goesOn { isEnough.store(true, ordering: .relaxed) }
      }
    }
    return ScanMetrics(rowsRead: Int64(rowsRead.load(ordering: .relaxed)))
  }
}

import Columns
import Compute

/// What one worker gathers for an operator that has to see all rows before it gives any.
protocol Collector: AnyObject {
  func consume(_ rows: RowBatch) throws(ComputeError)
  /// Takes over what another worker gathered for the same operator.
  func merge(_ other: any Collector) throws(ComputeError)
  /// The result. The collector is used up.
  func finish() throws(ComputeError) -> ColumnBatch
  /// Bytes held, roughly.
  var sizeBytes: Int { get }
}

/// An operator that gathers: GROUP BY, DISTINCT, ORDER BY.
protocol GatheringOperator: Sendable {
  func makeCollector() -> any Collector
}

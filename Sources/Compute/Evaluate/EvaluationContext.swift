import Base
package import Columns

/// The rows an expression is evaluated on: a batch, or some rows of it.
///
/// With `rows`, a column is gathered when an expression first reads it, and only then, so several
/// expressions over the same rows share one context.
package final class EvaluationContext {
  let columns: [Column]
  let rows: Buffer<UInt32>?
  /// Rows that every result has.
  package let rowCount: Int
  private var gathered: [Column?]

  package init(_ batch: ColumnBatch, _ selection: Selection? = nil) {
    columns = batch.columns
    if case .rows(let rows) = selection {
      self.rows = rows
      rowCount = rows.count
      gathered = Array(repeating: nil, count: batch.columns.count)
    } else {
      rows = nil
      rowCount = batch.rowCount
      gathered = []
    }
  }

  private init(columns: [Column], rows: Buffer<UInt32>) {
    self.columns = columns
    self.rows = rows
    rowCount = rows.count
    gathered = Array(repeating: nil, count: columns.count)
  }

  /// The value of an expression over the batch's columns, for every row. O(rows * nodes).
  ///
  /// - Throws: `ComputeError` when a value overflows or cannot be cast.
  package func evaluate(_ expression: BoundExpression) throws(ComputeError) -> Column {
    try expression.operand(self).column(count: rowCount)
  }

  func column(_ index: Int) -> Column {
    guard let rows else { return columns[index] }
    if let column = gathered[index] { return column }
    let column = columns[index].gathering(rows)
    gathered[index] = column
    return column
  }

  /// The same columns at some of these rows, given by their position here.
  func narrowed(to positions: Buffer<UInt32>) -> EvaluationContext {
    guard let rows else { return EvaluationContext(columns: columns, rows: positions) }
    let picked = map(positions) { rows[Int($0)] }
    return EvaluationContext(columns: columns, rows: picked)
  }
}

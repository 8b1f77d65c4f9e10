import Compute

/// WHERE and HAVING: narrows the selection, moves nothing.
struct FilterOperator {
  let predicate: BoundExpression

  func apply(_ rows: RowBatch) throws(ComputeError) -> RowBatch {
    var rows = rows
    rows.selection = try predicate.select(from: rows.batch, among: rows.selection)
    return rows
  }
}

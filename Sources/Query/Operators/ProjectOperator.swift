import Columns
import Compute

/// The SELECT list: computes the columns of the result for the rows that are left.
struct ProjectOperator {
  let expressions: [BoundExpression]
  let schema: Schema

  func apply(_ rows: RowBatch) throws(ComputeError) -> RowBatch {
    let context = EvaluationContext(rows.batch, rows.selection)
    var columns: [Column] = []
    for expression in expressions { columns.append(try context.evaluate(expression)) }
    let batch = ColumnBatch(schema: schema, columns: columns, rowCount: context.rowCount)
    return RowBatch(batch: batch, selection: nil, position: rows.position)
  }
}

import Base
import Columns
import Compute
import Delta
import Ingest
import Query

/// A column that the table computes, and that sources may hold values of.
///
/// Such a value has to be the computed one (Delta protocol, "Generated Columns": value <=>
/// expression), and a null is a value. Where a source, or a record of JSON, has nothing for the
/// column, it is computed.
struct GivenColumn: Sendable {
  let generated: GeneratedColumn
  /// Position among the columns that sources fill.
  let column: Int
  /// Of two columns, what is given and what is computed.
  private let differs: BoundExpression

  init(_ generated: GeneratedColumn, column: Int) throws(GrebeError) {
    self.generated = generated
    self.column = column
    let type = generated.field.type
    let pair = Schema([Field("given", type), Field("computed", type)])
    differs = try exposing { () throws(QueryError) in
      try parseViolation(of: "given IS NOT DISTINCT FROM computed", over: pair)
    }
  }

  /// Puts computed values in the column. O(rows).
  ///
  /// - Parameters:
  ///   - rows: what sources filled.
  ///   - absent: rows without a value; nil: all of them.
  /// - Returns: the rows whose value is another, or cannot be computed, and what they break.
  fileprivate func compute(
    _ columns: inout [Column], of rows: ColumnBatch, absent: Set<Int>?
  ) throws(GrebeError) -> [RowRules.Violation] {
    let held = columns[column]
    let (computed, violations) = try generated.compute(rows)
    columns[column] = computed
    guard let absent else { return violations }
    let pair = ColumnBatch(
      schema: Schema([Field("given", held.type), Field("computed", computed.type)]),
      columns: [held, computed], rowCount: held.count)
    let different = try exposing { () throws(ComputeError) in try differs.select(from: pair) }
    return violations
      + different.indices.compactMap { absent.contains($0) ? nil : ($0, generated.rule) }
  }
}

extension PartitionPlan {
  /// Source rows with computed values in all columns that the table computes, and the rows that had
  /// others, ascending, each with the first that is wrong.
  ///
  /// - Parameters:
  ///   - absences: what records lack of the columns.
  ///   - lacks: whether the source lacks a column.
  func comparing(
    _ rows: ColumnBatch, absences: [JSONAbsence] = [], lacks: (Int) -> Bool
  ) throws(GrebeError) -> (rows: ColumnBatch, violations: [RowRules.Violation]) {
    if given.isEmpty { return (rows, []) }
    var columns = rows.columns
    var violations: [RowRules.Violation] = []
    for given in given {
      var absent: Set<Int>?
      if !lacks(given.column) {
        let places = absences.lazy.filter { $0.column == given.column }
        // Most records have no value of what is computed anyway.
        if places.count < rows.rowCount { absent = Set(places.map(\.row)) }
      }
      violations += try given.compute(&columns, of: rows, absent: absent)
    }
    let batch = ColumnBatch(schema: rows.schema, columns: columns, rowCount: rows.rowCount)
    return (batch, RowRules.firstOfEachRow(violations))
  }
}

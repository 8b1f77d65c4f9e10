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
    _ columns: inout [Column], of rows: ColumnBatch, absent: Set<Int>?, isPartition: Bool
  ) throws(GrebeError) -> [RowRules.Violation] {
    let held = columns[column]
    let (computed, violations) = try generated.compute(rows, isPartition: isPartition)
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
  /// others, ascending, each with the first that is wrong. Empty texts that partition the table are
  /// nulls from here on, as they are in its log (Delta protocol, "Partition Value Serialization").
  ///
  /// - Parameters:
  ///   - absences: what records lack of the columns.
  ///   - lacks: whether the source lacks a column.
  /// - Returns: the rows, those that break a rule, and how many empty texts of which partition
  ///   column became null.
  func comparing(
    _ rows: ColumnBatch, absences: [JSONAbsence] = [], lacks: (Int) -> Bool
  ) throws(GrebeError) -> (
    rows: ColumnBatch, violations: [RowRules.Violation], emptyTexts: [String: Int]
  ) {
    var (rows, violations, emptyTexts) = withoutEmptyPartitions(rows)
    if given.isEmpty { return (rows, violations, emptyTexts) }
    var columns = rows.columns
    for given in given {
      var absent: Set<Int>?
      if !lacks(given.column) {
        let places = absences.lazy.filter { $0.column == given.column }
        // Most records have no value of what is computed anyway.
        if places.count < rows.rowCount { absent = Set(places.map(\.row)) }
      }
      violations += try given.compute(
        &columns, of: rows, absent: absent,
        isPartition: partitionColumns.contains(given.generated.field.name))
    }
    rows = ColumnBatch(schema: rows.schema, columns: columns, rowCount: rows.rowCount)
    return (rows, RowRules.firstOfEachRow(violations), emptyTexts)
  }

  private func withoutEmptyPartitions(
    _ rows: ColumnBatch
  ) -> (rows: ColumnBatch, violations: [RowRules.Violation], emptyTexts: [String: Int]) {
    var columns = rows.columns
    var violations: [RowRules.Violation] = []
    var emptyTexts: [String: Int] = [:]
    for name in partitionColumns {
      guard let index = schema.index(of: name), index < columns.count else { continue }
      let field = schema.fields[index]
      let nulled = columns[index].withoutEmptyTexts()
      if !field.nullable {
        let rule = RowRules.Rule(
          text: "NOT NULL of column \(name): an empty text is a null in a partition", column: field)
        violations += (0..<nulled.count)
          .filter { nulled.isNull($0) && !columns[index].isNull($0) }.map { ($0, rule) }
      } else if nulled.nullCount > columns[index].nullCount {
        emptyTexts[name] = nulled.nullCount - columns[index].nullCount
      }
      columns[index] = nulled
    }
    let batch = ColumnBatch(schema: rows.schema, columns: columns, rowCount: rows.rowCount)
    return (batch, violations, emptyTexts)
  }
}

extension Column {
  /// The same with nulls for texts and binary values without a byte; itself where there is none.
  /// O(rows).
  func withoutEmptyTexts() -> Column {
    guard case .bytes(let slots, _) = values,
      (0..<count).contains(where: { slots[$0].count == 0 && !isNull($0) })
    else { return self }
    var bits = BitmapBuilder(capacity: count)
    for row in 0..<count { bits.append(slots[row].count > 0 && !isNull(row)) }
    return Column(type: type, validity: bits.freeze(), values: values)
  }
}

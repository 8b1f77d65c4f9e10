import Base
import Columns
import Compute
import Delta
import Ingest
import Query

/// A column that the table computes of the others in a row (Delta protocol, "Generated Columns").
struct GeneratedColumn: Sendable {
  let field: Field
  /// Over the columns that sources fill.
  private let expression: BoundExpression
  /// What it is where Spark derives partition filters of it, and the position of the column that it
  /// is computed of.
  let transform: (kind: PartitionTransform, sourceIndex: Int)?

  /// - Parameter schema: the columns that sources fill.
  /// - Throws: `unsupported` for an expression that this build does not compute, with the column,
  ///   the expression and the reason.
  init(_ field: Field, over schema: Schema) throws(GrebeError) {
    self.field = field
    let text = field.generationExpression ?? ""
    let schema = schema.stored
    do throws(QueryError) {
      expression = try parseGeneration(text, as: field.type, over: schema)
    } catch {
      throw GeneratedColumn.unsupported(field, error.description, hint: error.hint)
    }
    if let other = expression.columnIndices.first(where: {
      schema.fields[$0].generationExpression != nil
    }) {
      throw GeneratedColumn.unsupported(
        field, "it is computed of \(schema.fields[other].name), which is computed itself")
    }
    transform = GeneratedColumn.transform(expression, field, schema)
  }

  private static func unsupported(
    _ field: Field, _ reason: String, hint: String? = nil
  ) -> GrebeError {
    GrebeError(
      .unsupported, "generatedColumns (column \(field.name) as \(shown(field))): \(reason)",
      hint: hint)
  }

  /// The expression in one line that a terminal takes.
  private static func shown(_ field: Field) -> String {
    let text = field.generationExpression ?? ""
    let start = text.unicodeScalars.prefix(200).map {
      $0.properties.generalCategory == .control ? " " : Character($0)
    }
    return String(start) + (text.unicodeScalars.count > 200 ? "…" : "")
  }

  /// In whatever spelling.
  private static func transform(
    _ expression: BoundExpression, _ field: Field, _ schema: Schema
  ) -> (PartitionTransform, Int)? {
    let sources = expression.columnIndices
    guard sources.count == 1 else { return nil }
    let source = schema.fields[sources[0]]
    for kind in PartitionTransform.allCases
    where kind.accepts(source.type) && kind.resultType == field.type {
      let text = kind.generationExpression(source: source.name)
      if let known = try? parseGeneration(text, as: kind.resultType, over: schema),
        known == expression
      {
        return (kind, sources[0])
      }
    }
    return nil
  }

  /// Whether a generated field is computed of the column at `index`; true as well if that cannot be
  /// told.
  static func reads(_ index: Int, _ field: Field, in schema: Schema) -> Bool {
    (try? GeneratedColumn(field, over: schema))?.sourceIndices.contains(index) ?? true
  }

  /// Positions of the columns that it is computed of, ascending.
  var sourceIndices: [Int] { expression.columnIndices }

  /// `generated column day (day <=> CAST(at AS DATE))`, for messages.
  var rule: RowRules.Rule {
    let expression = GeneratedColumn.shown(field)
    return RowRules.Rule(
      text: "generated column \(field.name) (\(field.name) <=> \(expression))", column: field)
  }

  /// Its values, null where there is none to be computed, and the rows that break what the table
  /// asks of it. O(rows).
  ///
  /// - Parameter isPartition: whether it partitions the table, so that empty texts are nulls.
  func compute(
    _ rows: ColumnBatch, isPartition: Bool
  ) throws(GrebeError) -> (values: Column, violations: [RowRules.Violation]) {
    var values: Column
    var violations: [RowRules.Violation] = []
    if let transform {
      values = transform.kind.apply(rows.columns[transform.sourceIndex])
    } else {
      let found = try exposing { () throws(ComputeError) in try expression.evaluateEach(on: rows) }
      values = found.values
      violations = found.faults.map { ($0.row, rule.because($0.fault)) }
    }
    if isPartition { values = values.withoutEmptyTexts() }
    if !field.nullable {
      for row in 0..<values.count where values.isNull(row) {
        violations.append((row, RowRules.Rule(text: "NOT NULL of " + rule.text, column: field)))
      }
    }
    return (values, violations)
  }
}

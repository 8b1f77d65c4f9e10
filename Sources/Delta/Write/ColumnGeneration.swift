// How a column is computed of another, as Delta has it: Spark's SQL, of which these are known.
//
//   expression := "CAST" "(" column "AS" "DATE" ")"  |  unit "(" column ")"
//              |  "DATE_FORMAT" "(" column "," format ")"
//              |  "DATE_TRUNC" "(" text "," column ")"
//   unit       := "YEAR" | "MONTH" | "DAY" | "HOUR"
//   format     := 'yyyy-MM' | 'yyyy-MM-dd' | 'yyyy-MM-dd-HH'
//   column     := word | "`" (any | "``")+ "`"
//
// In any case, with blanks anywhere. These are the ones of which Spark derives partition filters.

import Base
package import Columns
package import Compute
import JSON

/// How a generated column is computed of its source column.
package enum ColumnGeneration: Sendable, Equatable {
  case transform(PartitionTransform)
  /// `MONTH`, `DAY`, `HOUR`: a number.
  case part(CalendarField)
  /// `DATE_FORMAT(…, 'yyyy-MM-dd')`
  case dateText
  /// `DATE_TRUNC`: a time stamp.
  case start(of: CalendarField)

  package var resultType: DataType {
    switch self {
    case .transform(let transform): transform.resultType
    case .part: .integer
    case .dateText: .string
    case .start: .timestamp
    }
  }

  /// What it does, in a word, for messages.
  package var name: String {
    switch self {
    case .transform(let transform): transform.rawValue
    case .part(let field): field.rawValue
    case .dateText: "date_format"
    case .start: "date_trunc"
    }
  }

  /// Whether it computes something of a column of this type. What Spark would compute in the time
  /// zone of a session is computed in UTC, but for `DATE_TRUNC` of a time without zone, which gets
  /// one.
  package func accepts(_ type: DataType) -> Bool {
    switch self {
    case .transform(let transform): transform.accepts(type)
    case .part(.hour): type == .timestamp || type == .timestampNtz
    case .part, .dateText: type == .timestamp || type == .timestampNtz || type == .date
    case .start: type == .timestamp || type == .date
    }
  }

  /// The computed column. O(rows).
  ///
  /// - Precondition: `accepts(column.type)`.
  /// - Throws: `ComputeError` for a time before all that its type holds.
  package func apply(_ column: Column) throws(ComputeError) -> Column {
    let source = BoundExpression(.column(0), column.type)
    let expression: BoundExpression
    switch self {
    case .transform(let transform): return transform.apply(column)
    case .part(let field):
      expression = try Binder.cast(Binder.extract(field, source), to: .integer)
    case .dateText:
      expression = try Binder.cast(Binder.cast(source, to: .date), to: .string)
    case .start(let field):
      expression = try Binder.call(
        "date_trunc",
        [Binder.literal(.string(field.rawValue)), Binder.cast(source, to: .timestamp)])
    }
    let rows = ColumnBatch(
      schema: Schema([Field("source", column.type)]), columns: [column], rowCount: column.count)
    return try expression.evaluate(on: rows)
  }
}

extension ColumnGeneration {
  /// The text of a field's generation expression, as it stands in its metadata; nil if it has none.
  package static func expression(of field: Field) -> String? {
    guard let json = field.metadata[PartitionTransform.metadataKey] else { return nil }
    return (try? JSONDocument(utf8: json).root.string) ?? json
  }

  /// How a generated field is computed, and the position of its source column. Nil if the field is
  /// not generated, or by an expression or between types that this build does not compute.
  package static func of(
    _ field: Field, in schema: Schema
  ) -> (generation: ColumnGeneration, sourceIndex: Int)? {
    guard let json = field.metadata[PartitionTransform.metadataKey],
      let text = try? JSONDocument(utf8: json).root.string,
      let (generation, name) = parse(text), let index = schema.resolve(name)
    else { return nil }
    let source = schema.fields[index]
    // A column that is itself computed cannot be a source: Delta forbids it.
    guard source.metadata[PartitionTransform.metadataKey] == nil,
      generation.accepts(source.type), generation.resultType == field.type
    else { return nil }
    return (generation, index)
  }

  private static func parse(_ text: String) -> (ColumnGeneration, column: String)? {
    var reader = ExpressionReader(text)
    guard let function = reader.word()?.uppercased(), reader.accept("(") else { return nil }
    var generation: ColumnGeneration?
    var column: String?
    switch function {
    case "CAST":
      column = reader.name()
      if reader.word()?.uppercased() == "AS", reader.word()?.uppercased() == "DATE" {
        generation = .transform(.day)
      }
    case "DATE_FORMAT":
      column = reader.name()
      if reader.accept(",") { generation = reader.text().flatMap(formatted) }
    case "DATE_TRUNC":
      generation = reader.text().flatMap(truncated)
      if reader.accept(",") { column = reader.name() }
    default:
      generation = part(function)
      column = reader.name()
    }
    guard let generation, let column, reader.accept(")"), reader.isAtEnd else { return nil }
    return (generation, column)
  }

  private static func part(_ function: String) -> ColumnGeneration? {
    switch function {
    case "YEAR": .transform(.year)
    case "MONTH": .part(.month)
    case "DAY": .part(.day)
    case "HOUR": .part(.hour)
    default: nil
    }
  }

  private static func formatted(_ format: String) -> ColumnGeneration? {
    switch format {
    case "yyyy-MM": .transform(.month)
    case "yyyy-MM-dd": .dateText
    case "yyyy-MM-dd-HH": .transform(.hour)
    default: nil
    }
  }

  private static func truncated(_ unit: String) -> ColumnGeneration? {
    switch unit.uppercased() {
    case "YEAR", "YYYY", "YY": .start(of: .year)
    case "QUARTER": .start(of: .quarter)
    case "MONTH", "MM", "MON": .start(of: .month)
    case "WEEK": .start(of: .week)
    case "DAY", "DD": .start(of: .day)
    case "HOUR": .start(of: .hour)
    case "MINUTE": .start(of: .minute)
    case "SECOND": .start(of: .second)
    default: nil
    }
  }
}

/// Takes an expression apart, piece by piece; blanks before a piece are passed over.
private struct ExpressionReader {
  private var rest: Substring.UnicodeScalarView

  init(_ text: String) { rest = Substring(text).unicodeScalars }

  var isAtEnd: Bool {
    mutating get {
      skipBlanks()
      return rest.isEmpty
    }
  }

  mutating func accept(_ mark: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard rest.first == mark else { return false }
    rest.removeFirst()
    return true
  }

  mutating func word() -> String? {
    skipBlanks()
    let word = rest.prefix {
      $0 == "_" || $0.value >= 0x80 || ("0"..."9").contains($0) || ("a"..."z").contains($0)
        || ("A"..."Z").contains($0)
    }
    rest = rest.dropFirst(word.count)
    return word.isEmpty ? nil : String(word)
  }

  /// A column's name, plain or in backquotes, which are doubled inside.
  mutating func name() -> String? {
    guard accept("`") else { return word() }
    var name = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == "`" {
        guard rest.first == "`" else { return String(name) }
        rest.removeFirst()
      }
      name.append(scalar)
    }
    return nil
  }

  /// A text in either quotes, without escapes.
  mutating func text() -> String? {
    skipBlanks()
    guard let quote = rest.popFirst(), quote == "'" || quote == "\"" else { return nil }
    let text = rest.prefix { $0 != quote }
    rest = rest.dropFirst(text.count)
    return rest.popFirst() == nil || text.contains("\\") ? nil : String(text)
  }

  private mutating func skipBlanks() {
    rest = rest.drop { $0 == " " || (9...13).contains($0.value) }
  }
}

import Base
import Columns
import Compute
import Delta
import JSON
import Query

/// What a table asks of every row that is added to it: CHECK constraints and the invariants of its
/// columns (Delta protocol, "CHECK Constraints" and "Column Invariants"). Each has to be true:
/// false and null break it.
struct RowRules: Sendable {
  struct Rule: Sendable {
    /// For messages: `constraint positive (amount > 0)`.
    let text: String
    /// A column that it reads, to name in rejects.
    let column: Field

    /// The same, where it cannot be computed.
    func because(_ fault: ComputeError) -> Rule {
      Rule(text: "\(text): \(fault.message)", column: column)
    }
  }

  /// A row that breaks a rule.
  typealias Violation = (row: Int, rule: Rule)

  /// Each with what holds for the rows that break it.
  private let rules: [(rule: Rule, isBroken: BoundExpression)]

  var isEmpty: Bool { rules.isEmpty }

  /// - Parameters:
  ///   - schema: the columns of the rows, all of the table's among them.
  ///   - replaced: the partitions that the rows replace, and have to be in.
  /// - Throws: `unsupported` for a condition that this build does not compute.
  init(
    _ metadata: TableMetadata?, over schema: Schema, replaced: String? = nil
  ) throws(GrebeError) {
    var rules: [(rule: Rule, isBroken: BoundExpression)] = []
    if let replaced {
      rules.append(
        try RowRules.rule("condition of --replace-where", replaced, .grebe, over: schema))
    }
    for (name, condition) in metadata?.constraints ?? [] {
      rules.append(try RowRules.rule("constraint \(name)", condition, .spark, over: schema))
    }
    for invariant in metadata.map({ Invariants($0.schema).all }) ?? [] {
      let name = "invariant of \(invariant.path)"
      guard let condition = invariant.condition else {
        throw GrebeError(
          .unsupported,
          "this build does not check the table's \(name): \(invariant.json)",
          hint: "rows are added only where every rule is checked: drop the invariant first")
      }
      rules.append(try RowRules.rule(name, condition, .spark, over: schema))
    }
    self.rules = rules
  }

  private static func rule(
    _ name: String, _ condition: String, _ dialect: SQLDialect, over schema: Schema
  ) throws(GrebeError) -> (rule: Rule, isBroken: BoundExpression) {
    do throws(QueryError) {
      let isBroken = try parseViolation(of: condition, dialect, over: schema)
      let column = isBroken.columnIndices.first.map { schema.fields[$0] }
      let rule = Rule(text: "\(name) (\(condition))", column: column ?? Field(name, .boolean))
      return (rule, isBroken)
    } catch {
      throw GrebeError(
        .unsupported, "this build does not compute the \(name): \(condition)",
        hint: error.description)
    }
  }

  /// The rows that break a rule, ascending, each with the first rule that it breaks.
  func violations(_ rows: ColumnBatch) throws(GrebeError) -> [Violation] {
    var broken: [Violation] = []
    for (rule, isBroken) in rules {
      broken += try exposing { () throws(ComputeError) in
        try RowRules.violations(rule, isBroken, rows)
      }
    }
    return RowRules.firstOfEachRow(broken)
  }

  /// A row of which it cannot be said whether it breaks the rule does.
  private static func violations(
    _ rule: Rule, _ isBroken: BoundExpression, _ rows: ColumnBatch
  ) throws(ComputeError) -> [Violation] {
    do throws(ComputeError) {
      return try isBroken.select(from: rows).indices.map { ($0, rule) }
    } catch {
      guard error.code == .invalidArgument else { throw error }
    }
    let (answers, faults) = try isBroken.evaluateEach(on: rows)
    let broken = (0..<answers.count).filter { answers[$0] == .boolean(true) }
    return broken.map { ($0, rule) } + faults.map { ($0.row, rule.because($0.fault)) }
  }

  /// Rows ascending, each once, with the first rule that it breaks.
  static func firstOfEachRow(_ violations: [Violation]) -> [Violation] {
    if violations.isEmpty { return [] }
    let first = Dictionary(
      violations.map { ($0.row, $0.rule) }, uniquingKeysWith: { first, _ in first })
    return first.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

extension Selection {
  /// The rows that are selected, ascending.
  var indices: [Int] {
    switch self {
    case .all(let count): Array(0..<count)
    case .rows(let rows): (0..<rows.count).map { Int(rows[$0]) }
    }
  }
}

/// The conditions that a table's schema puts on values, `delta.invariants`, wherever they stand in
/// it: for the fields of structs they are as much a rule for the row as for its columns.
private struct Invariants {
  struct Invariant {
    /// `s.x`, for messages.
    let path: String
    let json: String
    /// SQL over the columns; nil where there is none to be had of the metadata, or where the field
    /// is there more than once in a row, in arrays and maps.
    let condition: String?
  }

  private(set) var all: [Invariant] = []

  init(_ schema: Schema) { collect(schema.fields, "", isRepeated: false) }

  private mutating func collect(_ fields: [Field], _ prefix: String, isRepeated: Bool) {
    for field in fields {
      if let json = field.metadata["delta.invariants"] {
        all.append(
          Invariant(
            path: prefix + field.name, json: json,
            condition: isRepeated ? nil : Invariants.condition(json)))
      }
      collect(field.type, prefix + field.name + ".", isRepeated)
    }
  }

  private mutating func collect(_ type: DataType, _ prefix: String, _ isRepeated: Bool) {
    switch type {
    case .structure(let fields): collect(fields, prefix, isRepeated: isRepeated)
    case .array(let element, _): collect(element, prefix + "element.", true)
    case .map(let key, let value, _):
      collect(key, prefix + "key.", true)
      collect(value, prefix + "value.", true)
    default: break
    }
  }

  /// `{"expression":{"expression":"x > 3"}}`, as a JSON string.
  private static func condition(_ json: String) -> String? {
    guard let text = try? JSONDocument(utf8: json).root.string else { return nil }
    return try? JSONDocument(utf8: text).root["expression"]?["expression"]?.string
  }
}

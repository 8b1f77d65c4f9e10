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
    /// Holds for the rows that break the rule.
    fileprivate let isBroken: BoundExpression
  }

  private let rules: [Rule]

  var isEmpty: Bool { rules.isEmpty }

  /// - Parameters:
  ///   - schema: the columns of the rows, all of the table's among them.
  ///   - replaced: the partitions that the rows replace, and have to be in.
  /// - Throws: `unsupported` for a condition that this build does not compute.
  init(
    _ metadata: TableMetadata?, over schema: Schema, replaced: String? = nil
  ) throws(GrebeError) {
    var rules: [Rule] = []
    if let replaced {
      rules.append(try RowRules.rule("condition of --replace-where", replaced, over: schema))
    }
    for (name, condition) in metadata?.constraints ?? [] {
      rules.append(try RowRules.rule("constraint \(name)", condition, over: schema))
    }
    for field in metadata?.schema.fields ?? [] {
      guard let json = field.metadata["delta.invariants"],
        let text = try? JSONDocument(utf8: json).root.string,
        let condition = try? JSONDocument(utf8: text).root["expression"]?["expression"]?.string
      else { continue }
      rules.append(try RowRules.rule("invariant of \(field.name)", condition, over: schema))
    }
    self.rules = rules
  }

  private static func rule(
    _ name: String, _ condition: String, over schema: Schema
  ) throws(GrebeError) -> Rule {
    do throws(QueryError) {
      let isBroken = try parseCondition("(\(condition)) IS NOT TRUE", over: schema)
      let column = isBroken.columnIndices.first.map { schema.fields[$0] }
      return Rule(
        text: "\(name) (\(condition))", column: column ?? Field(name, .boolean),
        isBroken: isBroken)
    } catch {
      throw GrebeError(
        .unsupported, "the table has a \(name) that this build does not compute: \(condition)",
        hint: error.description)
    }
  }

  /// The rows that break a rule, ascending, each with the first rule that it breaks.
  func violations(_ rows: ColumnBatch) throws(GrebeError) -> [(row: Int, rule: Rule)] {
    var broken: [Int: Rule] = [:]
    for rule in rules.reversed() {
      let selection = try exposing { () throws(ComputeError) in
        try rule.isBroken.select(from: rows)
      }
      switch selection {
      case .all(let count): for row in 0..<count { broken[row] = rule }
      case .rows(let rows): for index in 0..<rows.count { broken[Int(rows[index])] = rule }
      }
    }
    return broken.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

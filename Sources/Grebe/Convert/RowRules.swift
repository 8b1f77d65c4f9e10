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

/// What a table's columns hold where a source has nothing for them: Delta protocol, "Default
/// Columns".
struct ColumnDefaults: Sendable {
  /// By position in the table's columns.
  private let values: [Int: Scalar]

  static let metadataKey = "CURRENT_DEFAULT"

  /// - Throws: `unsupported` for a default that this build does not compute.
  init(_ metadata: TableMetadata?, over schema: Schema) throws(GrebeError) {
    var values: [Int: Scalar] = [:]
    for field in metadata?.schema.fields ?? [] {
      guard let json = field.metadata[ColumnDefaults.metadataKey],
        let text = try? JSONDocument(utf8: json).root.string,
        let position = schema.index(of: field.name)
      else { continue }
      do throws(QueryError) {
        values[position] = try parseConstant(text, as: field.type)
      } catch {
        throw GrebeError(
          .unsupported,
          "the default of column \(field.name) is not a constant that this build "
            + "computes: \(text)", hint: error.description)
      }
    }
    self.values = values
  }

  /// The rows with defaults in columns that the source lacks.
  func filling(_ rows: ColumnBatch, lacks: (Int) -> Bool) -> ColumnBatch {
    let missing = values.keys.filter(lacks)
    if missing.isEmpty { return rows }
    var columns = rows.columns
    for position in missing {
      columns[position] = Column(
        rows.schema.fields[position].type, repeating: values[position]!, count: rows.rowCount)
    }
    return ColumnBatch(schema: rows.schema, columns: columns, rowCount: rows.rowCount)
  }
}

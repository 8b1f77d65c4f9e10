import Columns

extension BoundExpression {
  /// As SQL would write it, with the columns' names. For people, not for parsing.
  package func description(names: [String]) -> String {
    func text(_ part: BoundExpression) -> String { part.description(names: names) }
    func list(_ parts: [BoundExpression]) -> String { parts.map(text).joined(separator: ", ") }
    switch node {
    case .column(let index):
      let name = index < names.count ? names[index] : ""
      return name.isEmpty ? "#\(index + 1)" : name
    case .literal(let scalar): return scalar.sqlText
    case .compare(let op, let left, let right): return "\(text(left)) \(op.symbol) \(text(right))"
    case .and(let parts): return parts.map { nested($0, text) }.joined(separator: " AND ")
    case .or(let parts): return parts.map { nested($0, text) }.joined(separator: " OR ")
    case .not(let part): return "NOT (\(text(part)))"
    case .inList(let part, let values, let hasNull):
      let shown = values.prefix(8).map(\.sqlText) + (values.count > 8 ? ["…"] : [])
      return "\(text(part)) IN (" + (shown + (hasNull ? ["NULL"] : [])).joined(separator: ", ")
        + ")"
    case .like(let part, let pattern):
      return "\(text(part)) LIKE \(Scalar.string(pattern.source).sqlText)"
    case .isNull(let part): return "\(text(part)) IS NULL"
    case .isNotNull(let part): return "\(text(part)) IS NOT NULL"
    case .known(let value, let part): return "\(value) unless \(text(part)) IS NULL"
    case .arithmetic(let op, let left, let right):
      return "(\(text(left)) \(op.rawValue) \(text(right)))"
    case .negate(let part): return "-\(text(part))"
    case .cast(let part, _): return "CAST(\(text(part)) AS \(type))"
    case .field(let part, let index):
      guard case .structure(let fields) = part.type else { return text(part) }
      return "\(text(part)).\(fields[index].name)"
    case .call(let function, let parts): return "\(function)(\(list(parts)))"
    case .choose(let arms, let otherwise):
      let shown = arms.map { "WHEN \(text($0.condition)) THEN \(text($0.value))" }
      return "CASE \(shown.joined(separator: " ")) ELSE \(text(otherwise)) END"
    }
  }

  private func nested(_ part: BoundExpression, _ text: (BoundExpression) -> String) -> String {
    switch part.node {
    case .and, .or: "(\(text(part)))"
    default: text(part)
    }
  }
}

extension AggregateCall {
  package func description(names: [String]) -> String {
    let inside = argument?.description(names: names) ?? "*"
    return "\(function.rawValue)(\(isDistinct ? "DISTINCT " : "")\(inside))"
  }
}

extension Scalar {
  /// As a literal of SQL.
  fileprivate var sqlText: String {
    switch self {
    case .null: "NULL"
    case .string(let text):
      "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
        + "'"
    case .date: "DATE '\(description)'"
    case .timestamp, .timestampNtz: "TIMESTAMP '\(description)'"
    default: description
    }
  }
}

import Base
import Columns
import Compute

/// Turns expressions as written into bound ones, and says where in the text one does not fit.
///
/// In the scope of rows, names are the table's columns. In the scope of groups, whatever equals a
/// grouping key is that key, aggregates are computed, and any other column is an error.
struct Lowering {
  let statement: SelectStatement
  let binder: Binder
  /// Names of results, in lower case, to what they stand for.
  var aliases: [String: SQLExpression] = [:]
  /// Nil in the scope of rows.
  var keys: [BoundExpression]?
  /// Aggregates met so far.
  private(set) var calls: [AggregateCall] = []
  /// What the expression is for, in messages: `WHERE`, `GROUP BY`.
  var clause = "WHERE"
  var dialect = SQLDialect.grebe
  /// See `Spark`.
  var isStored = false

  init(_ statement: SelectStatement, _ schema: Schema) {
    self.statement = statement
    binder = Binder(schema)
  }

  mutating func lower(_ expression: SQLExpression) throws(QueryError) -> BoundExpression {
    if let (function, call) = expression.aggregate {
      return try lowerAggregate(function, call, expression)
    }
    if let keys, !holdsAggregate(expression) {
      var rows = self
      rows.keys = nil
      let bound = try rows.lower(expression)
      if bound.columnIndices.isEmpty { return bound }
      if let index = keys.firstIndex(of: bound) {
        return BoundExpression(.column(index), bound.type)
      }
      if case .column(_, let name) = expression.node {
        throw QueryError(
          .invalidArgument, "column \"\(name)\" is neither grouped nor aggregated",
          at: statement.position(expression.range),
          hint: "add it to GROUP BY, or take min(\(name)) or max(\(name))")
      }
    }
    return try lowerNode(expression)
  }

  /// Whether an aggregate is in it, aliases looked through.
  private func holdsAggregate(_ expression: SQLExpression) -> Bool {
    if expression.aggregate != nil { return true }
    if case .column(nil, let name) = expression.node, binder.schema.resolve(name) == nil,
      let alias = aliases[name.lowercased()]
    {
      return alias.hasAggregate
    }
    return expression.children.contains { holdsAggregate($0) }
  }

  /// A truth value.
  mutating func lowerCondition(_ expression: SQLExpression) throws(QueryError) -> BoundExpression {
    let bound = try lower(expression)
    let clause = clause
    return try at(expression) { () throws(ComputeError) in
      try Binder.condition(bound, of: clause)
    }
  }

  private func at(
    _ expression: SQLExpression, _ body: () throws(ComputeError) -> BoundExpression
  ) throws(QueryError) -> BoundExpression {
    do throws(ComputeError) { return try body() } catch {
      throw QueryError(error, at: statement.position(expression.range))
    }
  }

  private mutating func lowerAll(
    _ parts: [SQLExpression]
  ) throws(QueryError) -> [BoundExpression] {
    var bound: [BoundExpression] = []
    for part in parts { bound.append(try lower(part)) }
    return bound
  }

  // MARK: Nodes

  private mutating func lowerNode(_ expression: SQLExpression) throws(QueryError) -> BoundExpression
  {
    switch expression.node {
    case .column(let qualifier, let name): return try lowerColumn(qualifier, name, expression)
    case .literal(let scalar):
      return dialect == .spark ? spark.literal(scalar) : Binder.literal(scalar)
    case .choose(let operand, let arms, let otherwise):
      return try lowerCase(operand, arms, otherwise, expression)
    case .like(let part, let pattern, let escape, let ignoresCase):
      return try lowerLike(part, pattern, escape, ignoresCase, expression)
    case .call(let call): return try lowerCall(call, expression)
    case .extract(let field, _) where dialect == .spark: try checkSparkPart(field, expression)
    default: break
    }
    let children = try lowerAll(expression.children)
    return try at(expression) { [dialect, spark] () throws(ComputeError) in
      var parts = children
      if dialect == .spark {
        if let bound = try spark.bind(expression.node, parts) { return bound }
        if expression.node.isComparison { parts = try spark.comparable(parts) }
      }
      switch expression.node {
      case .negate: return try Binder.negate(parts[0])
      case .not: return try Binder.not(parts[0])
      case .and: return try Binder.and(parts)
      case .or: return try Binder.or(parts)
      case .arithmetic(let op, _, _): return try Binder.arithmetic(op, parts[0], parts[1])
      case .compare(let op, _, _): return try Binder.compare(op, parts[0], parts[1])
      case .concatenate: return try Binder.call("concat", parts)
      case .between: return try Binder.between(parts[0], low: parts[1], high: parts[2])
      case .inList: return try Binder.inList(parts[0], Array(parts.dropFirst()))
      case .isNull: return try Binder.isNull(parts[0])
      case .isTruth(_, let value): return try Lowering.isTruth(parts[0], value)
      case .isSame: return try Lowering.isSame(parts[0], parts[1])
      case .cast(_, let type, let isTry): return try Binder.cast(parts[0], to: type, isTry: isTry)
      case .extract(let field, _): return try Binder.extract(field, parts[0])
      case .field(_, let name): return try Binder.field(parts[0], name)
      case .column, .literal, .choose, .like, .call: preconditionFailure("lowered before")
      }
    }
  }

  private mutating func lowerColumn(
    _ qualifier: String?, _ name: String, _ expression: SQLExpression
  ) throws(QueryError) -> BoundExpression {
    // `a.b` is column b of table a if there is one, else field b of column a.
    if let qualifier, !isTable(qualifier) || binder.schema.resolve(name) == nil {
      if binder.schema.resolve(qualifier) != nil {
        let binder = binder
        return try at(expression) { () throws(ComputeError) in
          try Binder.field(binder.column(qualifier), name)
        }
      }
      if !isTable(qualifier) {
        throw QueryError(
          .invalidArgument, "no table or struct \"\(qualifier)\" in this query",
          at: statement.position(expression.range))
      }
    }
    if qualifier == nil, binder.schema.resolve(name) == nil, let alias = aliases[name.lowercased()]
    {
      var inner = self
      inner.aliases = [:]  // An alias sees columns, not other aliases, and never itself.
      let bound = try inner.lower(alias)
      calls = inner.calls
      return bound
    }
    do throws(ComputeError) { return try binder.column(name) } catch {
      // As other databases let text be written.
      let isQuoted = qualifier == nil && statement.source(expression.range).hasPrefix("\"")
      let hint = isQuoted ? "text goes in single quotes: '\(name)'" : nil
      throw QueryError(
        error.code, error.message, at: statement.position(expression.range),
        hint: error.hint.map { known in hint.map { "\(known); \($0)" } ?? known } ?? hint)
    }
  }

  /// Whether a name before a dot means the table of FROM.
  func isTable(_ qualifier: String) -> Bool {
    guard let table = statement.table else { return false }
    let name = qualifier.lowercased()
    if let alias = table.alias { return alias.lowercased() == name }
    let last = table.name.split(separator: table.isPath ? "/" : ".").last.map(String.init)
    return table.name.lowercased() == name || last?.lowercased() == name
  }

  private mutating func lowerCase(
    _ operand: SQLExpression?, _ arms: [(condition: SQLExpression, value: SQLExpression)],
    _ otherwise: SQLExpression?, _ expression: SQLExpression
  ) throws(QueryError) -> BoundExpression {
    var bound: [ConditionalValue<BoundExpression>] = []
    let subject = try operand.map { part throws(QueryError) in try lower(part) }
    for arm in arms {
      var condition = try lower(arm.condition)
      if let subject {
        let wanted = condition
        condition = try at(arm.condition) { [dialect, spark] () throws(ComputeError) in
          let pair = [subject, wanted]
          let parts = dialect == .spark ? try spark.comparable(pair) : pair
          return try Binder.compare(.equal, parts[0], parts[1])
        }
      }
      bound.append(.init(condition: condition, value: try lower(arm.value)))
    }
    let last = try otherwise.map { part throws(QueryError) in try lower(part) }
    return try at(expression) { () throws(ComputeError) in
      try Binder.choose(bound, otherwise: last)
    }
  }

  private mutating func lowerLike(
    _ part: SQLExpression, _ pattern: SQLExpression, _ escape: Character?, _ ignoresCase: Bool,
    _ expression: SQLExpression
  ) throws(QueryError) -> BoundExpression {
    var value = try lower(part)
    let text = try lower(pattern)
    if text.isNullLiteral { return BoundExpression(.literal(.null), .boolean) }
    guard case .string(var pattern) = text.literal else {
      throw QueryError(
        .unsupported, "LIKE takes its pattern as a literal",
        at: statement.position(pattern.range))
    }
    if dialect == .spark { try checkSparkPattern(pattern, escape, expression) }
    return try at(expression) { () throws(ComputeError) in
      if ignoresCase {
        value = try Binder.call("lower", [value])
        pattern = pattern.lowercased()
      }
      return try Binder.like(value, pattern: pattern, escape: escape)
    }
  }

  private mutating func lowerCall(
    _ call: SQLExpression.FunctionCall, _ expression: SQLExpression
  ) throws(QueryError) -> BoundExpression {
    if call.isStar || call.isDistinct {
      throw QueryError(
        .invalidArgument, "\(call.name) is no aggregate: it takes neither * nor DISTINCT",
        at: statement.position(expression.range))
    }
    let arguments = try lowerAll(call.arguments)
    do throws(ComputeError) {
      switch dialect {
      case .grebe: return try Binder.call(call.name, arguments)
      case .spark: return try spark.call(call.name, arguments)
      }
    } catch {
      let names = Binder.functionNames + AggregateFunction.allCases.map(\.rawValue)
      let isUnknown = error.message.hasPrefix("no function")
      throw QueryError(
        error.code, error.message, at: statement.position(expression.range),
        hint: isUnknown ? nameHint(for: call.name, among: names) : error.hint)
    }
  }

  // MARK: Aggregates

  private mutating func lowerAggregate(
    _ function: AggregateFunction, _ call: SQLExpression.FunctionCall, _ expression: SQLExpression
  ) throws(QueryError) -> BoundExpression {
    let place = statement.position(expression.range)
    guard let keys else {
      throw QueryError(
        .invalidArgument, "\(clause) cannot hold the aggregate \(call.name)", at: place,
        hint: clause == "WHERE" ? "use HAVING" : nil)
    }
    guard call.isStar ? function == .count : call.arguments.count == 1 else {
      throw QueryError(.invalidArgument, "\(call.name) takes one argument", at: place)
    }
    var rows = self
    rows.keys = nil
    rows.clause = "an aggregate"
    let argument = try call.arguments.first.map { part throws(QueryError) in try rows.lower(part) }
    let bound: AggregateCall
    do throws(ComputeError) {
      bound = try AggregateCall(function, argument, isDistinct: call.isDistinct)
    } catch {
      throw QueryError(error, at: place)
    }
    let index = calls.firstIndex(of: bound) ?? calls.count
    if index == calls.count { calls.append(bound) }
    return BoundExpression(.column(keys.count + index), bound.type)
  }

  // MARK: Rewritten

  /// `x IS TRUE` is never unknown.
  private static func isTruth(
    _ part: BoundExpression, _ value: Bool
  ) throws(ComputeError) -> BoundExpression {
    let condition = try Binder.condition(part, of: "IS \(value ? "TRUE" : "FALSE")")
    return try Binder.choose(
      [.init(condition: value ? condition : Binder.not(condition), value: .constant(true))],
      otherwise: .constant(false))
  }

  /// Equal, or both null; never unknown.
  private static func isSame(
    _ left: BoundExpression, _ right: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    let bothNull = try Binder.and([Binder.isNull(left), Binder.isNull(right)])
    let equal = try Binder.compare(.equal, left, right)
    return try Binder.choose(
      [.init(condition: Binder.or([bothNull, equal]), value: .constant(true))],
      otherwise: .constant(false))
  }
}

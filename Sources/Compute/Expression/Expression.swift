package import Columns

package enum ComparisonOperator: Sendable, Hashable, CaseIterable {
  case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual

  /// The operator with its sides exchanged: `a < b` is `b > a`.
  package var flipped: ComparisonOperator {
    switch self {
    case .equal, .notEqual: self
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    }
  }

  /// The operator that holds exactly where this one does not (between values, nulls apart).
  package var negated: ComparisonOperator {
    switch self {
    case .equal: .notEqual
    case .notEqual: .equal
    case .less: .greaterOrEqual
    case .lessOrEqual: .greater
    case .greater: .lessOrEqual
    case .greaterOrEqual: .less
    }
  }

  /// Whether it holds between values whose order is `order` (negative, zero, positive).
  package func holds(_ order: Int) -> Bool {
    switch self {
    case .equal: order == 0
    case .notEqual: order != 0
    case .less: order < 0
    case .lessOrEqual: order <= 0
    case .greater: order > 0
    case .greaterOrEqual: order >= 0
    }
  }

  package var symbol: String {
    switch self {
    case .equal: "="
    case .notEqual: "<>"
    case .less: "<"
    case .lessOrEqual: "<="
    case .greater: ">"
    case .greaterOrEqual: ">="
    }
  }
}

package enum ArithmeticOperator: String, Sendable, Hashable, CaseIterable {
  case add = "+"
  case subtract = "-"
  case multiply = "*"
  case divide = "/"
  case remainder = "%"
}

/// A condition and the value it leads to: one arm of CASE.
package struct ConditionalValue<Node: Sendable & Hashable>: Sendable, Hashable {
  package var condition: Node
  package var value: Node

  package init(condition: Node, value: Node) {
    self.condition = condition
    self.value = value
  }
}

/// A computation over the columns of a table, by name: what a user or a program writes.
///
/// `bind(to:)` checks it against a schema and gives the `BoundExpression` that runs. Semantics are
/// SQL's: three-valued logic, comparisons with null are null.
package indirect enum Expression: Sendable, Hashable {
  case column(String)
  case literal(Scalar)
  case compare(ComparisonOperator, Expression, Expression)
  case and([Expression])
  case or([Expression])
  case not(Expression)
  case inList(Expression, [Expression])
  case between(Expression, low: Expression, high: Expression)
  /// `%` any text, `_` one character, `escape` makes the next character plain.
  case like(Expression, pattern: String, escape: Character?)
  case isNull(Expression)
  case isNotNull(Expression)
  case arithmetic(ArithmeticOperator, Expression, Expression)
  case negate(Expression)
  /// A value that cannot be cast is an error, or null if `isTry`.
  case cast(Expression, DataType, isTry: Bool)
  case call(String, [Expression])
  /// CASE: the value of the first arm whose condition is true, else `otherwise`, else null.
  case choose([ConditionalValue<Expression>], otherwise: Expression?)
}

extension Expression {
  /// Resolves names, checks types and inserts the casts that SQL implies. O(nodes).
  package func bind(to schema: Schema) throws(ComputeError) -> BoundExpression {
    let binder = Binder(schema)
    switch self {
    case .column(let name): return try binder.column(name)
    case .literal(let scalar): return Binder.literal(scalar)
    case .compare(let op, let left, let right):
      return try Binder.compare(op, left.bind(to: schema), right.bind(to: schema))
    case .and(let parts): return try Binder.and(Expression.bind(parts, to: schema))
    case .or(let parts): return try Binder.or(Expression.bind(parts, to: schema))
    case .not(let part): return try Binder.not(part.bind(to: schema))
    case .inList(let value, let list):
      return try Binder.inList(value.bind(to: schema), Expression.bind(list, to: schema))
    case .between(let value, let low, let high):
      return try Binder.between(
        value.bind(to: schema), low: low.bind(to: schema), high: high.bind(to: schema))
    case .like(let value, let pattern, let escape):
      return try Binder.like(value.bind(to: schema), pattern: pattern, escape: escape)
    case .isNull(let part): return try Binder.isNull(part.bind(to: schema))
    case .isNotNull(let part): return try Binder.isNotNull(part.bind(to: schema))
    case .arithmetic(let op, let left, let right):
      return try Binder.arithmetic(op, left.bind(to: schema), right.bind(to: schema))
    case .negate(let part): return try Binder.negate(part.bind(to: schema))
    case .cast(let part, let type, let isTry):
      return try Binder.cast(part.bind(to: schema), to: type, isTry: isTry)
    case .call(let name, let arguments):
      return try Binder.call(name, Expression.bind(arguments, to: schema))
    case .choose(let arms, let otherwise):
      var bound: [ConditionalValue<BoundExpression>] = []
      for arm in arms {
        bound.append(
          try .init(condition: arm.condition.bind(to: schema), value: arm.value.bind(to: schema)))
      }
      return try Binder.choose(bound, otherwise: otherwise?.bind(to: schema))
    }
  }

  private static func bind(
    _ parts: [Expression], to schema: Schema
  ) throws(ComputeError) -> [BoundExpression] {
    var bound: [BoundExpression] = []
    for part in parts { bound.append(try part.bind(to: schema)) }
    return bound
  }
}

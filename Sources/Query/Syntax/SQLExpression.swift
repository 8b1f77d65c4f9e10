import Columns
import Compute

/// An expression as it is written: names unresolved, types unknown.
struct SQLExpression {
  indirect enum Node {
    /// `name`, `table.name` or `struct.field`: the schema tells.
    case column(qualifier: String?, name: String)
    /// A field of a struct that is itself more than a name: `a.b.c`.
    case field(SQLExpression, name: String)
    case literal(Scalar)
    case negate(SQLExpression)
    case not(SQLExpression)
    case and([SQLExpression])
    case or([SQLExpression])
    case arithmetic(ArithmeticOperator, SQLExpression, SQLExpression)
    case compare(ComparisonOperator, SQLExpression, SQLExpression)
    case concatenate(SQLExpression, SQLExpression)
    case between(SQLExpression, low: SQLExpression, high: SQLExpression)
    case inList(SQLExpression, [SQLExpression])
    case like(SQLExpression, pattern: SQLExpression, escape: Character?, ignoresCase: Bool)
    case isNull(SQLExpression)
    /// IS TRUE, IS FALSE: never unknown.
    case isTruth(SQLExpression, Bool)
    /// IS NOT DISTINCT FROM: equality in which nulls are equal.
    case isSame(SQLExpression, SQLExpression)
    case choose(
      operand: SQLExpression?, [(condition: SQLExpression, value: SQLExpression)],
      otherwise: SQLExpression?)
    case cast(SQLExpression, DataType, isTry: Bool)
    case extract(CalendarField, SQLExpression)
    case call(FunctionCall)
  }

  struct FunctionCall {
    /// In lower case.
    var name: String
    var arguments: [SQLExpression]
    /// `f(*)`
    var isStar = false
    var isDistinct = false
  }

  var node: Node
  /// Bytes of the text.
  var range: Range<Int>
  /// Of the tree below, this node counted.
  var depth: Int

  /// The aggregate that the node itself is, if it is one.
  var aggregate: (function: AggregateFunction, call: FunctionCall)? {
    guard case .call(let call) = node, let function = AggregateFunction(rawValue: call.name) else {
      return nil
    }
    return (function, call)
  }

  var children: [SQLExpression] {
    switch node {
    case .column, .literal: return []
    case .negate(let part), .not(let part), .isNull(let part), .isTruth(let part, _),
      .cast(let part, _, _), .extract(_, let part), .field(let part, _):
      return [part]
    case .and(let parts), .or(let parts): return parts
    case .arithmetic(_, let left, let right), .compare(_, let left, let right),
      .concatenate(let left, let right), .isSame(let left, let right):
      return [left, right]
    case .between(let part, let low, let high): return [part, low, high]
    case .inList(let part, let items): return [part] + items
    case .like(let part, let pattern, _, _): return [part, pattern]
    case .choose(let operand, let arms, let otherwise):
      let parts = arms.flatMap { [$0.condition, $0.value] }
      return (operand.map { [$0] } ?? []) + parts + (otherwise.map { [$0] } ?? [])
    case .call(let call): return call.arguments
    }
  }

  var hasAggregate: Bool { aggregate != nil || children.contains { $0.hasAggregate } }
}

extension SQLExpression.Node {
  var isComparison: Bool {
    switch self {
    case .compare, .between, .inList, .isSame: true
    default: false
    }
  }
}

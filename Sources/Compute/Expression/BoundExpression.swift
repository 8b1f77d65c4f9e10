package import Columns

/// An expression whose columns are positions in a schema and whose types all fit together: every
/// implied cast is a node, so that evaluating never has to decide about types.
package struct BoundExpression: Sendable, Hashable {
  package var node: Node
  /// The type of the values it yields.
  package var type: DataType

  package indirect enum Node: Sendable, Hashable {
    case column(Int)
    /// Of the expression's type; null is of any type.
    case literal(Scalar)
    /// Both sides have the same type.
    case compare(ComparisonOperator, BoundExpression, BoundExpression)
    /// At least two parts, none of them an `and` itself.
    case and([BoundExpression])
    case or([BoundExpression])
    case not(BoundExpression)
    /// `values` are distinct, not null and of the operand's type.
    case inList(BoundExpression, values: [Scalar], hasNull: Bool)
    case like(BoundExpression, LikePattern)
    case isNull(BoundExpression)
    case isNotNull(BoundExpression)
    /// True or false whatever the value is, null where it is null.
    case known(Bool, unlessNull: BoundExpression)
    case arithmetic(ArithmeticOperator, BoundExpression, BoundExpression)
    case negate(BoundExpression)
    case cast(BoundExpression, isTry: Bool)
    /// A field of a struct, by its position; null where the struct is.
    case field(BoundExpression, Int)
    case call(ScalarFunction, [BoundExpression])
    case choose([ConditionalValue<BoundExpression>], otherwise: BoundExpression)
  }

  package init(_ node: Node, _ type: DataType) {
    self.node = node
    self.type = type
  }
}

extension BoundExpression {
  /// Its value if it is a literal, null included.
  package var literal: Scalar? {
    if case .literal(let scalar) = node { scalar } else { nil }
  }

  package var isNullLiteral: Bool { literal == .null }

  /// The column if it is nothing but a column.
  package var columnIndex: Int? {
    if case .column(let index) = node { index } else { nil }
  }

  package static func constant(_ value: Bool) -> BoundExpression {
    BoundExpression(.literal(.boolean(value)), .boolean)
  }

  /// Direct parts, in order.
  package var children: [BoundExpression] {
    switch node {
    case .column, .literal: []
    case .compare(_, let left, let right), .arithmetic(_, let left, let right): [left, right]
    case .and(let parts), .or(let parts), .call(_, let parts): parts
    case .not(let part), .inList(let part, _, _), .like(let part, _), .isNull(let part),
      .isNotNull(let part), .known(_, let part), .negate(let part), .cast(let part, _),
      .field(let part, _):
      [part]
    case .choose(let arms, let otherwise):
      arms.flatMap { [$0.condition, $0.value] } + [otherwise]
    }
  }

  /// The columns it reads, ascending, each once.
  package var columnIndices: [Int] {
    var found: Set<Int> = []
    collectColumns(into: &found)
    return found.sorted()
  }

  private func collectColumns(into found: inout Set<Int>) {
    if case .column(let index) = node { found.insert(index) }
    for child in children { child.collectColumns(into: &found) }
  }

  /// The parts of a conjunction; itself if it is none.
  package var conjuncts: [BoundExpression] {
    if case .and(let parts) = node { parts } else { [self] }
  }

  /// The same expression with each column index replaced by `position(index)`.
  package func remappingColumns(_ position: (Int) -> Int) -> BoundExpression {
    replacing { part in
      part.columnIndex.map { BoundExpression(.column(position($0)), part.type) }
    }
  }

  /// The column, or the field of a struct, whose values these are: the position of the column, then
  /// of each field in its struct. Nil for what is computed.
  package var fieldPath: [Int]? {
    switch node {
    case .column(let index): [index]
    case .field(let part, let index): part.fieldPath.map { $0 + [index] }
    default: nil
    }
  }

  /// The same expression with other parts: outermost first, those for which `other` has one.
  package func replacing(_ other: (BoundExpression) -> BoundExpression?) -> BoundExpression {
    if let other = other(self) { return other }
    func again(_ part: BoundExpression) -> BoundExpression { part.replacing(other) }
    let mapped: Node =
      switch node {
      case .column, .literal: node
      case .compare(let op, let left, let right): .compare(op, again(left), again(right))
      case .and(let parts): .and(parts.map(again))
      case .or(let parts): .or(parts.map(again))
      case .not(let part): .not(again(part))
      case .inList(let part, let values, let hasNull):
        .inList(again(part), values: values, hasNull: hasNull)
      case .like(let part, let pattern): .like(again(part), pattern)
      case .isNull(let part): .isNull(again(part))
      case .isNotNull(let part): .isNotNull(again(part))
      case .known(let value, let part): .known(value, unlessNull: again(part))
      case .arithmetic(let op, let left, let right): .arithmetic(op, again(left), again(right))
      case .negate(let part): .negate(again(part))
      case .cast(let part, let isTry): .cast(again(part), isTry: isTry)
      case .field(let part, let index): .field(again(part), index)
      case .call(let function, let parts): .call(function, parts.map(again))
      case .choose(let arms, let otherwise):
        .choose(
          arms.map { .init(condition: again($0.condition), value: again($0.value)) },
          otherwise: again(otherwise))
      }
    return BoundExpression(mapped, type)
  }
}

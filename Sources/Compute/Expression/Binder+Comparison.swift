import Base
import Columns

extension Binder {
  package static func compare(
    _ op: ComparisonOperator, _ left: BoundExpression, _ right: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    try comparable(left)
    try comparable(right)
    if left.isNullLiteral || right.isNullLiteral {
      return BoundExpression(.literal(.null), .boolean)
    }
    if let scalar = right.literal, left.literal == nil {
      return try compare(op, left, literal: scalar, literalType: right.type)
    }
    if let scalar = left.literal, right.literal == nil {
      return try compare(op.flipped, right, literal: scalar, literalType: left.type)
    }
    if let a = left.literal, let b = right.literal {
      if case .string(let text) = a, right.type != .string {
        return try compare(op, literal(try Scalar.parseLiteral(text, as: right.type)), right)
      }
      if case .string(let text) = b, left.type != .string {
        return try compare(op, left, literal(try Scalar.parseLiteral(text, as: left.type)))
      }
      guard let order = Scalar.compare(a, b) else { throw mismatch(op, left.type, right.type) }
      return .constant(op.holds(order))
    }
    guard let type = DataType.common(left.type, right.type) else {
      throw mismatch(op, left.type, right.type)
    }
    return BoundExpression(
      .compare(op, try cast(left, to: type), try cast(right, to: type)), .boolean)
  }

  /// A comparison with a literal, made in the type of `value` wherever that gives the same answer.
  private static func compare(
    _ op: ComparisonOperator, _ value: BoundExpression, literal scalar: Scalar,
    literalType: DataType
  ) throws(ComputeError) -> BoundExpression {
    let scalar = try adapted(scalar, to: value.type)
    guard let fit = LiteralFit.fit(scalar, into: value.type) else {
      guard let type = DataType.common(value.type, scalar.naturalType) else {
        throw mismatch(op, value.type, literalType)
      }
      return BoundExpression(
        .compare(op, try cast(value, to: type), try cast(literal(scalar), to: type)), .boolean)
    }
    func node(_ op: ComparisonOperator, _ scalar: Scalar) -> BoundExpression {
      BoundExpression(
        .compare(op, value, BoundExpression(.literal(scalar), value.type)), .boolean)
    }
    func always(_ answer: Bool) -> BoundExpression {
      BoundExpression(.known(answer, unlessNull: value), .boolean)
    }
    switch fit {
    case .exact(let exact): return node(op, exact)
    case .between(let below):
      switch op {
      case .equal: return always(false)
      case .notEqual: return always(true)
      case .less, .lessOrEqual: return node(.lessOrEqual, below)
      case .greater, .greaterOrEqual: return node(.greater, below)
      }
    case .aboveAll: return always(op.holds(-1))
    case .belowAll: return always(op.holds(1))
    }
  }

  /// A string literal that meets another type is read as that type; numbers keep all their digits.
  private static func adapted(_ scalar: Scalar, to type: DataType) throws(ComputeError) -> Scalar {
    guard case .string(let text) = scalar, ![.string, .binary, .void].contains(type) else {
      return scalar
    }
    if type.isInteger, let number = Scalar.parseNumber(text) { return number }
    if case .decimal = type, let number = Scalar.parseNumber(text) { return number }
    return try Scalar.parseLiteral(text, as: type)
  }

  private static func comparable(_ part: BoundExpression) throws(ComputeError) {
    if !part.type.isOrdered {
      throw ComputeError(.unsupported, "values of type \(part.type) cannot be compared")
    }
  }

  private static func mismatch(
    _ op: ComparisonOperator, _ left: DataType, _ right: DataType
  ) -> ComputeError {
    .invalid("cannot compare \(left) \(op.symbol) \(right)", hint: "cast one side")
  }

  package static func between(
    _ value: BoundExpression, low: BoundExpression, high: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    try and([compare(.greaterOrEqual, value, low), compare(.lessOrEqual, value, high)])
  }

  /// IN over literals is one lookup; over anything else a disjunction of equalities.
  package static func inList(
    _ value: BoundExpression, _ list: [BoundExpression]
  ) throws(ComputeError) -> BoundExpression {
    try comparable(value)
    if value.isNullLiteral { return BoundExpression(.literal(.null), .boolean) }
    if value.literal != nil || list.contains(where: { $0.literal == nil }) {
      var parts: [BoundExpression] = []
      for item in list { parts.append(try compare(.equal, value, item)) }
      return try or(parts)
    }
    var values: [Scalar] = []
    var seen: Set<Scalar> = []
    var hasNull = false
    // What only compares in a wider type: doubles among decimals.
    var others: [BoundExpression] = []
    for item in list {
      guard let scalar = item.literal, !scalar.isNull else {
        hasNull = true
        continue
      }
      let adaptedScalar = try adapted(scalar, to: value.type)
      switch LiteralFit.fit(adaptedScalar, into: value.type) {
      case .exact(let exact): if seen.insert(exact).inserted { values.append(exact) }
      case .between, .aboveAll, .belowAll: continue  // Equal to no value of this type.
      case nil: others.append(try compare(.equal, value, literal(adaptedScalar)))
      }
    }
    let found = BoundExpression(.inList(value, values: values, hasNull: hasNull), .boolean)
    return others.isEmpty ? found : try or([found] + others)
  }

  package static func like(
    _ value: BoundExpression, pattern: String, escape: Character?
  ) throws(ComputeError) -> BoundExpression {
    if value.isNullLiteral { return BoundExpression(.literal(.null), .boolean) }
    guard value.type == .string else {
      throw .invalid("LIKE needs a string, and this is a \(value.type)", hint: "cast it to string")
    }
    let pattern = try LikePattern(pattern, escape: escape)
    return try folded(BoundExpression(.like(value, pattern), .boolean))
  }
}

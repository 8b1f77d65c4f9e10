package import Columns

extension Binder {
  /// `left op right` for numbers and dates.
  ///
  /// Integers compute in 64 bits and give a long; an overflow is an error. Decimals are exact:
  /// `+ -` keep the larger scale, `*` adds the scales. `/` is always a double. Dividing by zero,
  /// and the remainder by zero, give null. `date ± integer` moves by days, `date - date` counts
  /// them.
  package static func arithmetic(
    _ op: ArithmeticOperator, _ left: BoundExpression, _ right: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    let (left, right) = try operands(op, left, right)
    let node = BoundExpression.Node.arithmetic
    switch (left.type, right.type) {
    case (.date, .date) where op == .subtract:
      return try folded(BoundExpression(node(op, left, right), .long))
    case (.date, let other) where other.isInteger && (op == .add || op == .subtract):
      return try folded(BoundExpression(node(op, left, cast(right, to: .long)), .date))
    case (let other, .date) where other.isInteger && op == .add:
      return try folded(BoundExpression(node(op, right, cast(left, to: .long)), .date))
    case (let a, let b) where !a.isNumeric || !b.isNumeric:
      throw .invalid("cannot compute \(a) \(op.rawValue) \(b)", hint: "cast to a number first")
    case (let a, let b) where op == .divide || a.isFloating || b.isFloating:
      return try folded(
        BoundExpression(node(op, cast(left, to: .double), cast(right, to: .double)), .double))
    case (let a, let b) where a.isInteger && b.isInteger:
      return try folded(
        BoundExpression(node(op, cast(left, to: .long), cast(right, to: .long)), .long))
    default: return try decimal(op, left, right)
    }
  }

  /// Nulls, void columns and string literals take the other side's type.
  private static func operands(
    _ op: ArithmeticOperator, _ left: BoundExpression, _ right: BoundExpression
  ) throws(ComputeError) -> (BoundExpression, BoundExpression) {
    func adapt(
      _ part: BoundExpression, to other: BoundExpression
    ) throws(ComputeError) -> BoundExpression {
      if part.isNullLiteral || part.type == .void {
        let isLong = other.type == .date || other.type == .void
        return BoundExpression(.literal(.null), isLong ? .long : other.type)
      }
      guard let scalar = part.literal else { return part }
      if case .string(let text) = scalar {
        if other.type.isNumeric, let number = Scalar.parseNumber(text) { return literal(number) }
        if other.type == .date { return literal(try Scalar.parse(text, as: .date)) }
      }
      return part
    }
    return (try adapt(left, to: right), try adapt(right, to: left))
  }

  private static func decimal(
    _ op: ArithmeticOperator, _ left: BoundExpression, _ right: BoundExpression
  ) throws(ComputeError) -> BoundExpression {
    let (p1, s1) = exactShape(left)
    let (p2, s2) = exactShape(right)
    let most = DataType.maxDecimalPrecision
    if op == .multiply {
      let scale = s1 + s2
      guard scale <= most else {
        throw .invalid(
          "the product needs \(scale) digits after the point, more than \(most)",
          hint: "cast one side to double or to fewer digits")
      }
      let result = DataType.decimal(precision: min(most, p1 + p2), scale: scale)
      var a = try cast(left, to: .decimal(precision: p1, scale: s1))
      var b = try cast(right, to: .decimal(precision: p2, scale: s2))
      if p1 > 18 || p2 > 18 {  // 128-bit products take 128-bit factors.
        a = try cast(a, to: .decimal(precision: most, scale: s1))
        b = try cast(b, to: .decimal(precision: most, scale: s2))
      }
      return try folded(BoundExpression(.arithmetic(op, a, b), result))
    }
    let scale = max(s1, s2)
    let carry = op == .remainder ? 0 : 1
    let precision = min(most, max(p1 - s1, p2 - s2) + scale + carry)
    let result = DataType.decimal(precision: precision, scale: scale)
    return try folded(
      BoundExpression(.arithmetic(op, cast(left, to: result), cast(right, to: result)), result))
  }

  /// The quotient of two decimals, rounded to `scale` digits after the point, halves away from
  /// zero; null where the divisor is zero.
  package static func quotient(
    _ left: BoundExpression, _ right: BoundExpression, divisorScale: Int, scale: Int
  ) throws(ComputeError) -> BoundExpression {
    let most = DataType.maxDecimalPrecision
    let dividend = try cast(left, to: .decimal(precision: most, scale: scale + divisorScale))
    let divisor = try cast(right, to: .decimal(precision: most, scale: divisorScale))
    return try folded(
      BoundExpression(
        .arithmetic(.divide, dividend, divisor), .decimal(precision: most, scale: scale)))
  }

  /// Digits that a decimal needs for `part`: those of the value for a literal, else of its type.
  private static func exactShape(_ part: BoundExpression) -> (precision: Int, scale: Int) {
    if case .integer(let value) = part.literal { return (digitCount(Int128(value)), 0) }
    return part.type.decimalShape ?? (DataType.maxDecimalPrecision, 0)
  }

  package static func negate(_ part: BoundExpression) throws(ComputeError) -> BoundExpression {
    if part.isNullLiteral { return part }
    guard part.type.isNumeric else { throw .invalid("cannot negate a \(part.type)") }
    if let scalar = part.literal, let value = scalar.negated { return literal(value) }
    let type = part.type.isInteger ? DataType.long : part.type == .float ? .double : part.type
    return try folded(BoundExpression(.negate(cast(part, to: type)), type))
  }

  /// `part` as `type`; itself when it has that type.
  package static func cast(
    _ part: BoundExpression, to type: DataType, isTry: Bool = false
  ) throws(ComputeError) -> BoundExpression {
    if part.type == type { return part }
    if part.isNullLiteral { return BoundExpression(.literal(.null), type) }
    guard Cast.isPossible(from: part.type, to: type) else {
      throw .invalid("cannot cast \(part.type) to \(type)")
    }
    return try folded(BoundExpression(.cast(part, isTry: isTry), type))
  }
}

extension Scalar {
  /// Nil for what is not a number, and for the smallest long, which has no counterpart.
  var negated: Scalar? {
    switch self {
    case .integer(let value): value == .min ? nil : .integer(-value)
    case .double(let value): .double(-value)
    case .decimal(let unscaled, let scale):
      // -9223372036854775808 is written as the negation of a number no long holds.
      scale == 0 && unscaled == -Int128(Int64.min)
        ? .integer(.min) : .decimal(unscaled: -unscaled, scale: scale)
    default: nil
    }
  }
}

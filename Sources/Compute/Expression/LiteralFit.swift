import Base
import Columns

/// Where a literal lies among the values of a type, so that `column < literal` can run in the
/// column's own type whatever the literal's: `quantity < 2.5` becomes `quantity <= 2`.
enum LiteralFit: Equatable {
  /// The type has exactly this value.
  case exact(Scalar)
  /// Between `below` and the value after it.
  case between(below: Scalar)
  /// Greater than every value of the type (NaN included, for a literal that is NaN).
  case aboveAll
  case belowAll

  /// Nil when the comparison has to be made in another type than `type`.
  static func fit(_ literal: Scalar, into type: DataType) -> LiteralFit? {
    switch type {
    case .byte, .short, .integer, .long: fitInteger(literal, type)
    case .decimal(let precision, let scale): fitDecimal(literal, precision, scale)
    case .float: literal.doubleValue.map { .exact(.double(Double(Float($0)))) }
    case .double: literal.doubleValue.map { .exact(.double($0)) }
    case .date: fitDate(literal)
    case .timestamp, .timestampNtz, .timestampNanos, .timestampNtzNanos:
      literal.instantNanos.map { fitTime($0, type) }
    case .time, .timeNanos: literal.nanosOfDay.map { fitTime($0, type) }
    case .uuid: if case .uuid = literal { .exact(literal) } else { nil }
    case .boolean: if case .boolean = literal { .exact(literal) } else { nil }
    case .string: if case .string = literal { .exact(literal) } else { nil }
    case .binary:
      switch literal {
      case .binary: .exact(literal)
      case .string(let text): .exact(.binary(Array(text.utf8)))
      default: nil
      }
    default: nil
    }
  }

  private static func fitInteger(_ literal: Scalar, _ type: DataType) -> LiteralFit? {
    guard let range = type.integerRange else { return nil }
    func place(_ floor: Int128, isExact: Bool) -> LiteralFit {
      if floor > Int128(range.upperBound) { return .aboveAll }
      if floor < Int128(range.lowerBound) { return .belowAll }
      let value = Scalar.integer(Int64(floor))
      return isExact
        ? .exact(value) : floor == Int128(range.upperBound) ? .aboveAll : .between(below: value)
    }
    if case .double(let value) = literal {
      // Every value of the narrower types is a double, so comparing in integers is exact. Longs
      // are not: they meet doubles as doubles.
      guard type != .long else { return nil }
      if value.isNaN || value > 1e18 { return .aboveAll }
      if value < -1e18 { return .belowAll }
      let floor = value.rounded(.down)
      return place(Int128(floor), isExact: floor == value)
    }
    guard let (unscaled, scale) = literal.exactNumber, scale >= 0, scale <= 38 else { return nil }
    let (floor, remainder) = floorDivide(unscaled, powerOfTen(scale))
    return place(floor, isExact: remainder == 0)
  }

  private static func fitDecimal(_ literal: Scalar, _ precision: Int, _ scale: Int) -> LiteralFit? {
    guard let (unscaled, from) = literal.exactNumber, from >= 0, from <= 38 else { return nil }
    let limit = powerOfTen(precision)
    func place(_ floor: Int128, isExact: Bool) -> LiteralFit {
      if floor >= limit { return .aboveAll }
      if floor < -limit { return .belowAll }
      if floor == -limit { return .belowAll }
      if !isExact && floor == limit - 1 { return .aboveAll }
      let value = Scalar.decimal(unscaled: floor, scale: scale)
      return isExact ? .exact(value) : .between(below: value)
    }
    if from <= scale {
      let (scaled, overflow) = unscaled.multipliedReportingOverflow(by: powerOfTen(scale - from))
      if overflow { return unscaled < 0 ? .belowAll : .aboveAll }
      return place(scaled, isExact: true)
    }
    let (floor, remainder) = floorDivide(unscaled, powerOfTen(from - scale))
    return place(floor, isExact: remainder == 0)
  }

  private static func fitDate(_ literal: Scalar) -> LiteralFit? {
    if case .date = literal { return .exact(literal) }
    guard let nanos = literal.instantNanos else { return nil }
    let (days, rest) = floorDivide(nanos, Int128(microsPerDay) * 1000)
    // 64 bits of microseconds span fewer days than 32 bits of days.
    let day = Scalar.date(Int32(days))
    return rest == 0 ? .exact(day) : .between(below: day)
  }

  /// A time stamp or time of day, which counts microseconds or nanoseconds.
  private static func fitTime(_ nanos: Int128, _ type: DataType) -> LiteralFit {
    let (floor, rest) = floorDivide(nanos, type.isNanos ? 1 : 1000)
    guard let value = Int64(exactly: floor) else { return floor < 0 ? .belowAll : .aboveAll }
    let scalar = Scalar(time: value, type)
    return rest == 0 ? .exact(scalar) : value == .max ? .aboveAll : .between(below: scalar)
  }
}

extension Scalar {
  /// A slot's value as the time stamp or time of day it stands for.
  fileprivate init(time value: Int64, _ type: DataType) {
    switch type {
    case .timestamp: self = .timestamp(value)
    case .timestampNtz: self = .timestampNtz(value)
    case .timestampNanos: self = .timestampNanos(value)
    case .timestampNtzNanos: self = .timestampNtzNanos(value)
    case .time: self = .time(value)
    default: self = .timeNanos(value)
    }
  }
}

/// Quotient rounded towards negative infinity, and the remainder, which is not negative.
///
/// - Precondition: `divisor` is positive.
func floorDivide(_ value: Int128, _ divisor: Int128) -> (quotient: Int128, remainder: Int128) {
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
  return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

import Columns

extension DataType {
  /// The type both values are brought to before they are compared, or meet in CASE, COALESCE or IN;
  /// nil when there is none.
  ///
  /// Integers widen to integers, integers and decimals to a decimal that holds both, anything with
  /// a float to double, dates to time stamps, microseconds to nanoseconds. Time stamps with and
  /// without a zone meet as if the zone were UTC. Void is any type.
  static func common(_ a: DataType, _ b: DataType) -> DataType? {
    if a == b { return a }
    switch (a, b) {
    case _ where a.isInteger && b.isInteger: return a.integerWidth > b.integerWidth ? a : b
    case (.float, _) where b.isNumeric, (_, .float) where a.isNumeric,
      (.double, _) where b.isNumeric, (_, .double) where a.isNumeric:
      return .double
    case _ where a.isNumeric && b.isNumeric: return commonDecimal(a, b)
    case (.void, _): return b
    case (_, .void): return a
    case (.time, .timeNanos), (.timeNanos, .time): return .timeNanos
    case (.date, _) where b.isTimestamp: return b
    case (_, .date) where a.isTimestamp: return a
    case _ where a.isTimestamp && b.isTimestamp:
      let isInstant = a.isInstant || b.isInstant
      if a.isNanos || b.isNanos { return isInstant ? .timestampNanos : .timestampNtzNanos }
      return isInstant ? .timestamp : .timestampNtz
    default: return nil
    }
  }

  /// Double where 38 digits cannot hold both.
  private static func commonDecimal(_ a: DataType, _ b: DataType) -> DataType? {
    guard let (aPrecision, aScale) = a.decimalShape, let (bPrecision, bScale) = b.decimalShape
    else { return nil }
    let scale = max(aScale, bScale)
    let precision = max(aPrecision - aScale, bPrecision - bScale) + scale
    if precision > maxDecimalPrecision { return .double }
    return .decimal(precision: precision, scale: scale)
  }

  private var integerWidth: Int {
    switch self {
    case .byte: 1
    case .short: 2
    case .integer: 4
    default: 8
    }
  }

  /// Precision and scale of the decimal that holds every value of this exact numeric type.
  package var decimalShape: (precision: Int, scale: Int)? {
    switch self {
    case .decimal(let precision, let scale): (precision, scale)
    case .byte: (3, 0)
    case .short: (5, 0)
    case .integer: (10, 0)
    case .long: (19, 0)
    default: nil
    }
  }

  var isFloating: Bool { self == .float || self == .double }

  /// A date and a time of day, in any unit.
  var isTimestamp: Bool {
    switch self {
    case .timestamp, .timestampNtz, .timestampNanos, .timestampNtzNanos: true
    default: false
    }
  }

  private var isInstant: Bool { self == .timestamp || self == .timestampNanos }

  /// Whether its slots count nanoseconds.
  var isNanos: Bool {
    self == .timestampNanos || self == .timestampNtzNanos || self == .timeNanos
  }

  var isTimeOfDay: Bool { self == .time || self == .timeNanos }

  /// Whether its values can be compared, sorted and grouped. Nested values have no order here, and
  /// intervals none at all: a month is no number of days.
  package var isOrdered: Bool { physical != nil && self != .interval }

  var decimalScale: Int { if case .decimal(_, let scale) = self { scale } else { 0 } }
}

extension Scalar {
  /// The smallest type that holds this value; an integer for null, which is of any type.
  var naturalType: DataType {
    switch self {
    case .null: .integer
    case .boolean: .boolean
    case .integer(let value): Int32(exactly: value) == nil ? .long : .integer
    case .double: .double
    case .decimal(let unscaled, let scale): decimalType(unscaled, scale: scale)
    case .string: .string
    case .binary: .binary
    case .date: .date
    case .timestamp: .timestamp
    case .timestampNtz: .timestampNtz
    case .timestampNanos: .timestampNanos
    case .timestampNtzNanos: .timestampNtzNanos
    case .time: .time
    case .timeNanos: .timeNanos
    case .uuid: .uuid
    case .interval: .interval
    case .structure, .array, .map: .other("nested value")
    }
  }

  private func decimalType(_ unscaled: Int128, scale: Int) -> DataType {
    .decimal(
      precision: min(max(digitCount(unscaled), scale, 1), DataType.maxDecimalPrecision),
      scale: max(scale, 0))
  }
}

/// Decimal digits of `value`, at least 1.
func digitCount(_ value: Int128) -> Int {
  var rest = value.magnitude
  var count = 1
  while rest >= 10 {
    rest /= 10
    count += 1
  }
  return count
}

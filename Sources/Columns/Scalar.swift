import Base

/// One value on its own: a literal, a statistic, a partition value, a cell to print.
///
/// Never used per row in a loop over data.
public enum Scalar: Sendable, Hashable {
  case null
  case boolean(Bool)
  /// byte, short, integer, long
  case integer(Int64)
  case double(Double)
  /// `unscaled * 10^-scale`
  case decimal(unscaled: Int128, scale: Int)
  case string(String)
  case binary([UInt8])
  /// Days since 1970-01-01.
  case date(Int32)
  /// Microseconds since the epoch, an instant.
  case timestamp(Int64)
  /// Microseconds since the epoch, no zone.
  case timestampNtz(Int64)
  /// Nanoseconds since the epoch, as an instant and without a zone.
  case timestampNanos(Int64)
  case timestampNtzNanos(Int64)
  /// Microseconds and nanoseconds since midnight.
  case time(Int64)
  case timeNanos(Int64)
  /// 16 bytes, most significant first.
  case uuid([UInt8])
  case interval(months: UInt32, days: UInt32, millis: UInt32)
  case structure([NamedScalar])
  case array([Scalar])
  /// In the order they are stored in; keys may repeat.
  case map([ScalarEntry])

  public var isNull: Bool { self == .null }
}

/// A field of a struct.
public struct NamedScalar: Sendable, Hashable {
  public var name: String
  public var value: Scalar

  public init(_ name: String, _ value: Scalar) {
    self.name = name
    self.value = value
  }
}

/// An entry of a map.
public struct ScalarEntry: Sendable, Hashable {
  public var key: Scalar
  public var value: Scalar

  public init(_ key: Scalar, _ value: Scalar) {
    self.key = key
    self.value = value
  }
}

extension Column {
  /// The value at `row`. For edges (printing, statistics, tests), not for loops over data.
  public subscript(row: Int) -> Scalar {
    precondition(row >= 0 && row < count)
    if isNull(row) { return .null }
    switch values {
    case .boolean(let slots): return .boolean(slots[row] != 0)
    case .int32(let slots):
      return type == .date ? .date(slots[row]) : .integer(Int64(slots[row]))
    case .int64(let slots):
      switch type {
      case .timestamp: return .timestamp(slots[row])
      case .timestampNtz: return .timestampNtz(slots[row])
      case .timestampNanos: return .timestampNanos(slots[row])
      case .timestampNtzNanos: return .timestampNtzNanos(slots[row])
      case .time: return .time(slots[row])
      case .timeNanos: return .timeNanos(slots[row])
      case .decimal(_, let scale): return .decimal(unscaled: Int128(slots[row]), scale: scale)
      default: return .integer(slots[row])
      }
    case .int128(let slots):
      if case .decimal(_, let scale) = type {
        return .decimal(unscaled: slots[row], scale: scale)
      }
      return .decimal(unscaled: slots[row], scale: 0)
    case .float(let slots): return .double(Double(slots[row]))
    case .double(let slots): return .double(slots[row])
    case .bytes(let slots, let data):
      return bytesScalar([UInt8](data.slice(slots[row].range)))
    case .structure(let fields, _):
      guard case .structure(let types) = type else { return .null }
      return .structure(zip(types, fields).map { NamedScalar($0.name, $1[row]) })
    case .list(let slots, let element):
      let elements = slots[row].range.map { element[$0] }
      if case .map = type { return .map(elements.compactMap(\.entry)) }
      return .array(elements)
    }
  }

  private func bytesScalar(_ bytes: [UInt8]) -> Scalar {
    switch type {
    case .binary: .binary(bytes)
    case .uuid: .uuid(bytes)
    case .interval: Scalar(intervalBytes: bytes)
    default: .string(String(decoding: bytes, as: UTF8.self))
    }
  }
}

extension Scalar {
  /// A struct of key and value as the map entry it stands for.
  fileprivate var entry: ScalarEntry? {
    guard case .structure(let fields) = self, fields.count == 2 else { return nil }
    return ScalarEntry(fields[0].value, fields[1].value)
  }
}

extension Scalar {
  /// Order of two values of comparable types: numbers by value, strings and binaries by unsigned
  /// bytes. NaN is greater than every other number and equal to itself. Nil for null or types that
  /// do not compare.
  public static func compare(_ a: Scalar, _ b: Scalar) -> Int? {
    switch (a, b) {
    case (.boolean(let a), .boolean(let b)): return order(a ? 1 : 0, b ? 1 : 0)
    case (.string(let a), .string(let b)):
      return a.utf8.elementsEqual(b.utf8) ? 0 : a.utf8.lexicographicallyPrecedes(b.utf8) ? -1 : 1
    case (.binary(let a), .binary(let b)), (.uuid(let a), .uuid(let b)):
      return a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
    case (.date(let a), .date(let b)): return order(a, b)
    case (.timestamp(let a), .timestamp(let b)), (.timestampNtz(let a), .timestampNtz(let b)),
      (.timestamp(let a), .timestampNtz(let b)), (.timestampNtz(let a), .timestamp(let b)):
      return order(a, b)
    case (.date(let a), .timestamp(let b)), (.date(let a), .timestampNtz(let b)):
      return order(midnight(a), Int128(b))
    case (.timestamp(let a), .date(let b)), (.timestampNtz(let a), .date(let b)):
      return order(Int128(a), midnight(b))
    case (.integer(let a), .integer(let b)): return order(a, b)
    default:
      if let a = a.instantNanos, let b = b.instantNanos { return order(a, b) }
      if let a = a.nanosOfDay, let b = b.nanosOfDay { return order(a, b) }
      return compareNumbers(a, b)
    }
  }

  private static func compareNumbers(_ a: Scalar, _ b: Scalar) -> Int? {
    if case .double(let x) = a, let y = b.doubleValue { return orderDoubles(x, y) }
    if case .double(let y) = b, let x = a.doubleValue { return orderDoubles(x, y) }
    guard let (x, xScale) = a.exactNumber, let (y, yScale) = b.exactNumber else { return nil }
    // Bring both to the larger scale; a product past 128 bits decides by sign and size alone.
    let scale = max(xScale, yScale)
    let (left, leftOver) = x.multipliedReportingOverflow(by: powerOfTen(scale - xScale))
    let (right, rightOver) = y.multipliedReportingOverflow(by: powerOfTen(scale - yScale))
    if leftOver { return x < 0 ? -1 : 1 }
    if rightOver { return y < 0 ? 1 : -1 }
    return order(left, right)
  }

  /// In microseconds; dates reach further than time stamps.
  private static func midnight(_ days: Int32) -> Int128 { Int128(days) * Int128(microsPerDay) }

  /// Nanoseconds since the epoch of a time stamp or the start of a date.
  package var instantNanos: Int128? {
    switch self {
    case .timestamp(let micros), .timestampNtz(let micros): Int128(micros) * 1000
    case .timestampNanos(let nanos), .timestampNtzNanos(let nanos): Int128(nanos)
    case .date(let days): Scalar.midnight(days) * 1000
    default: nil
    }
  }

  package var nanosOfDay: Int128? {
    switch self {
    case .time(let micros): Int128(micros) * 1000
    case .timeNanos(let nanos): Int128(nanos)
    default: nil
    }
  }

  private static func order<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a == b ? 0 : 1 }

  private static func orderDoubles(_ a: Double, _ b: Double) -> Int {
    if a.isNaN || b.isNaN { return order(a.isNaN ? 1 : 0, b.isNaN ? 1 : 0) }
    return order(a, b)
  }

  /// An integer or decimal as unscaled value and scale.
  package var exactNumber: (Int128, Int)? {
    switch self {
    case .integer(let value): (Int128(value), 0)
    case .decimal(let unscaled, let scale): (unscaled, scale)
    default: nil
    }
  }

  /// Any number as a double, rounded to nearest.
  public var doubleValue: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .double(let value): value
    case .decimal(let unscaled, let scale): Double(decimalText(unscaled, scale: scale))
    default: nil
    }
  }
}

/// 10^exponent. - Precondition: `exponent` is in 0...38.
package func powerOfTen(_ exponent: Int) -> Int128 {
  precondition(exponent >= 0 && exponent <= 38)
  var value: Int128 = 1
  for _ in 0..<exponent { value *= 10 }
  return value
}

/// `-12.30` for unscaled -1230 and scale 2.
package func decimalText(_ unscaled: Int128, scale: Int) -> String {
  let digits = String(unscaled.magnitude)
  let sign = unscaled < 0 ? "-" : ""
  if scale <= 0 { return sign + digits + String(repeating: "0", count: -scale) }
  let wide =
    digits.count > scale ? digits : String(repeating: "0", count: scale + 1 - digits.count) + digits
  let point = wide.index(wide.endIndex, offsetBy: -scale)
  return sign + wide[..<point] + "." + wide[point...]
}

/// Shortest text that reads back as the same double; `NaN`, `Infinity`, `-Infinity` otherwise.
package func doubleText(_ value: Double) -> String {
  if value.isNaN { return "NaN" }
  if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
  return value.description
}

/// Shortest text that reads back as the same float, and that of a double for what is not finite.
package func floatText(_ value: Float) -> String {
  value.isFinite ? value.description : doubleText(Double(value))
}

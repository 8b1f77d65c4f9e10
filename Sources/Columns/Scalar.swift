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

  public var isNull: Bool { self == .null }
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
      let bytes = [UInt8](data.slice(slots[row].range))
      return type == .binary ? .binary(bytes) : .string(String(decoding: bytes, as: UTF8.self))
    }
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
    case (.binary(let a), .binary(let b)):
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
    default: return compareNumbers(a, b)
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

extension Scalar: CustomStringConvertible {
  /// As a person or a CSV file writes it. Null is empty; instants end in `Z`.
  public var description: String {
    switch self {
    case .null: ""
    case .boolean(let value): value ? "true" : "false"
    case .integer(let value): String(value)
    case .double(let value): doubleText(value)
    case .decimal(let unscaled, let scale): decimalText(unscaled, scale: scale)
    case .string(let value): value
    case .binary(let bytes):
      bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    case .date(let days): CivilDate(daysSinceEpoch: Int(days)).text
    case .timestamp(let micros): CivilTime(microsSinceEpoch: micros).text(separator: "T", zone: "Z")
    case .timestampNtz(let micros): CivilTime(microsSinceEpoch: micros).text(separator: "T")
    }
  }
}

/// Shortest text that reads back as the same double; `NaN`, `Infinity`, `-Infinity` otherwise.
package func doubleText(_ value: Double) -> String {
  if value.isNaN { return "NaN" }
  if value.isInfinite { return value < 0 ? "-Infinity" : "Infinity" }
  return value.description
}

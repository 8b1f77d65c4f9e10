import Base
package import Columns

// Values from text, as casts and literals read them. Spaces around are ignored.
//
//   number     [+-] digits [. digits] [e exponent]
//              as an integer or decimal rounded to its digits, halves away from zero
//   boolean    true t yes y 1 | false f no n 0, in any case
//   date       [+-]y{4,6}-m{1,2}-d{1,2}
//   time       h{1,2}:mm[:ss[.f{1,}]]
//   timestamp  date [(T | space) time [Z | (+|-)hh[[:]mm]]]
//              UTC where no zone is written; digits of the fraction that the type has no room for
//              (after the sixth, the ninth for nanoseconds) are dropped
//   uuid       8-4-4-4-12 hexadecimal digits, or 32 of them

extension Scalar {
  /// The value that `text` spells.
  ///
  /// - Throws: `ComputeError` if it spells none of this type.
  package static func parse(_ text: String, as type: DataType) throws(ComputeError) -> Scalar {
    let bytes = Array(text.utf8)
    let span = bytes.span
    let value: Scalar? =
      switch type {
      case .string: .string(text)
      case .binary: .binary(bytes)
      case .boolean: parseBoolean(span).map { .boolean($0) }
      case .byte, .short, .integer, .long:
        parseInteger(span, in: type.integerRange!).map { .integer($0) }
      case .float: parseDouble(span).map { .double(Double(Float($0))) }
      case .double: parseDouble(span).map { .double($0) }
      case .decimal(let precision, let scale):
        parseDecimal(span, precision: precision, scale: scale)
          .map { .decimal(unscaled: $0, scale: scale) }
      case .date: parseDate(span).map { .date($0) }
      case .timestamp: parseTimestamp(span).map { .timestamp($0) }
      case .timestampNtz: parseTimestamp(span).map { .timestampNtz($0) }
      case .timestampNanos: parseTimestampNanos(span).map { .timestampNanos($0) }
      case .timestampNtzNanos: parseTimestampNanos(span).map { .timestampNtzNanos($0) }
      case .time: parseTimeNanos(span).map { .time($0 / 1000) }
      case .timeNanos: parseTimeNanos(span).map { .timeNanos($0) }
      case .uuid:
        parseUUID(span).map { value in
          .uuid(
            stride(from: 120, through: 0, by: -8).map {
              UInt8(truncatingIfNeeded: value >> UInt128($0))
            })
        }
      default: nil
      }
    guard let value else { throw cannotRead(text, as: type) }
    return value
  }

  /// The literal that `text` spells: as `parse`, but a time that is finer than the microseconds of
  /// its type is one in nanoseconds, so that it compares as what it says.
  package static func parseLiteral(
    _ text: String, as type: DataType
  ) throws(ComputeError) -> Scalar {
    let finer: DataType
    switch type {
    case .timestamp: finer = .timestampNanos
    case .timestampNtz: finer = .timestampNtzNanos
    case .time: finer = .timeNanos
    default: return try parse(text, as: type)
    }
    let coarse = try parse(text, as: type)
    guard let exact = try? parse(text, as: finer), exact.nanos % 1000 != 0 else { return coarse }
    return exact
  }

  /// Of a time in nanoseconds.
  private var nanos: Int64 {
    switch self {
    case .timestampNanos(let nanos), .timestampNtzNanos(let nanos), .timeNanos(let nanos): nanos
    default: 0
    }
  }

  /// The number that `text` spells, with all its digits: an integer, a decimal or, with an
  /// exponent, a double. Nil if it spells none or has more than 38 digits.
  package static func parseNumber(_ text: String) -> Scalar? {
    let bytes = Array(text.utf8)
    guard let digits = DecimalText(bytes.span) else { return nil }
    if digits.hasExponent { return parseDouble(bytes.span).map { .double($0) } }
    guard let unscaled = digits.unscaled(scale: digits.fractionCount), digits.fractionCount <= 38
    else { return nil }
    if digits.hasPoint { return .decimal(unscaled: unscaled, scale: digits.fractionCount) }
    return Int64(exactly: unscaled).map { .integer($0) } ?? .decimal(unscaled: unscaled, scale: 0)
  }
}

func cannotRead(_ text: String, as type: DataType) -> ComputeError {
  let shown = text.count > 60 ? text.prefix(60) + "…" : text[...]
  return .invalid("cannot read '\(shown)' as \(type)")
}

/// A number taken apart: where its digits are, not yet their value.
struct DecimalText: ~Escapable {
  private let text: Span<UInt8>
  private var isNegative = false
  private var wholeRange = 0..<0
  private var fractionRange = 0..<0
  private(set) var hasPoint = false
  private(set) var hasExponent = false
  var fractionCount: Int { fractionRange.count }

  /// Nil when the text is not a number.
  @_lifetime(copy text)
  init?(_ text: Span<UInt8>) {
    let range = trimmed(text)
    self.text = text
    var position = range.lowerBound
    let end = range.upperBound
    if position < end, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+") {
      isNegative = text[position] == UInt8(ascii: "-")
      position += 1
    }
    var start = position
    while position < end && isDigit(text[position]) { position += 1 }
    wholeRange = start..<position
    if position < end && text[position] == UInt8(ascii: ".") {
      hasPoint = true
      position += 1
      start = position
      while position < end && isDigit(text[position]) { position += 1 }
      fractionRange = start..<position
    }
    if wholeRange.isEmpty && fractionRange.isEmpty { return nil }
    if position < end && text[position] | 0x20 == UInt8(ascii: "e") {
      hasExponent = true
      position += 1
      if position < end, text[position] == UInt8(ascii: "-") || text[position] == UInt8(ascii: "+")
      {
        position += 1
      }
      start = position
      while position < end && isDigit(text[position]) { position += 1 }
      if start == position { return nil }
    }
    if position != end { return nil }
  }

  /// The number times 10^scale, rounded; nil past 128 bits.
  func unscaled(scale: Int) -> Int128? {
    var value: Int128 = 0
    func take(_ digit: UInt8) -> Bool {
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int128(digit &- UInt8(ascii: "0")))
      value = sum
      return !over && !carry
    }
    for position in wholeRange where !take(text[position]) { return nil }
    for index in 0..<scale {
      let digit =
        index < fractionRange.count ? text[fractionRange.lowerBound + index] : UInt8(ascii: "0")
      if !take(digit) { return nil }
    }
    if fractionRange.count > scale, text[fractionRange.lowerBound + scale] >= UInt8(ascii: "5") {
      let (sum, over) = value.addingReportingOverflow(1)
      if over { return nil }
      value = sum
    }
    return isNegative ? -value : value
  }
}

func parseInteger(_ text: Span<UInt8>, in range: ClosedRange<Int64>) -> Int64? {
  guard let number = DecimalText(text) else { return nil }
  if number.hasExponent {
    guard let value = parseDouble(text)?.rounded(.toNearestOrAwayFromZero), abs(value) < 1e18 else {
      return nil
    }
    return range.contains(Int64(value)) ? Int64(value) : nil
  }
  guard let value = number.unscaled(scale: 0), let narrow = Int64(exactly: value),
    range.contains(narrow)
  else { return nil }
  return narrow
}

func parseDecimal(_ text: Span<UInt8>, precision: Int, scale: Int) -> Int128? {
  guard let number = DecimalText(text) else { return nil }
  if number.hasExponent {
    return parseDouble(text).flatMap { decimal(from: $0, precision: precision, scale: scale) }
  }
  guard let value = number.unscaled(scale: scale), value.magnitude < powerOfTen(precision).magnitude
  else { return nil }
  return value
}

/// `value` as a decimal, rounded to `scale`; nil if it is no number or too large.
func decimal(from value: Double, precision: Int, scale: Int) -> Int128? {
  let scaled = (value * Double(powerOfTen(scale))).rounded(.toNearestOrAwayFromZero)
  guard scaled.magnitude < 1.7e38 else { return nil }  // False for NaN.
  let unscaled = Int128(scaled)
  return unscaled.magnitude < powerOfTen(precision).magnitude ? unscaled : nil
}

/// Also `NaN`, `inf` and `infinity` with a sign.
func parseDouble(_ text: Span<UInt8>) -> Double? {
  let range = trimmed(text)
  if range.isEmpty { return nil }
  var word = ""
  for position in range {
    // Hexadecimal floats are Swift's, not SQL's.
    if text[position] | 0x20 == UInt8(ascii: "x") { return nil }
    word.unicodeScalars.append(Unicode.Scalar(text[position]))
  }
  return Double(word)
}

func parseBoolean(_ text: Span<UInt8>) -> Bool? {
  let range = trimmed(text)
  guard range.count <= 5 else { return nil }
  var word = ""
  for position in range { word.unicodeScalars.append(Unicode.Scalar(text[position] | 0x20)) }
  switch word {
  case "true", "t", "yes", "y": return true
  case "false", "f", "no", "n": return false
  case "1": return true
  case "0": return false
  default: return nil
  }
}

func trimmed(_ text: Span<UInt8>) -> Range<Int> {
  var start = 0
  var end = text.count
  while start < end && isSpace(text[start]) { start += 1 }
  while end > start && isSpace(text[end - 1]) { end -= 1 }
  return start..<end
}

@inline(__always) func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
@inline(__always) func isSpace(_ byte: UInt8) -> Bool { byte == 32 || byte &- 9 < 5 }

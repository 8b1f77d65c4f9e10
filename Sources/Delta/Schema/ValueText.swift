// Values as text: what partition values and statistics share. Dates and times are read by one small
// scanner that takes every spelling seen in tables:
//
//   date       -?Y{4,} - MM - DD
//   time       date ("T" | " ") hh ":" mm [":" ss ["." f{1,9}]] [zone]
//   zone       "Z" | ("+" | "-") hh [":"] mm [":" ss] | " "? "UTC"
import Base
import Columns

/// A cursor over the bytes of a short text.
private struct TextScanner {
  private let bytes: [UInt8]
  private var offset = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  var isAtEnd: Bool { offset == bytes.count }
  var next: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard next == UInt8(ascii: character) else { return false }
    offset += 1
    return true
  }

  /// Digits, at least `minCount` and at most `maxCount`; nil otherwise.
  mutating func digits(_ minCount: Int, _ maxCount: Int) -> (value: Int, count: Int)? {
    var value = 0
    var count = 0
    while let byte = next, (48...57).contains(byte), count < maxCount {
      value = value * 10 + Int(byte - 48)
      count += 1
      offset += 1
    }
    return count >= minCount ? (value, count) : nil
  }

  mutating func date() -> CivilDate? {
    let isNegative = take("-")
    if !isNegative { _ = take("+") }
    guard let year = digits(1, 6), take("-"), let month = digits(1, 2), take("-"),
      let day = digits(1, 2)
    else { return nil }
    let date = CivilDate(
      year: isNegative ? -year.value : year.value, month: month.value, day: day.value)
    return date.isValid ? date : nil
  }

  /// Microseconds of the day.
  mutating func time() -> Int64? {
    guard let hour = digits(1, 2), hour.value < 24, take(":"), let minute = digits(1, 2),
      minute.value < 60
    else { return nil }
    var micros = Int64(hour.value * 3600 + minute.value * 60) * 1_000_000
    guard take(":") else { return micros }
    guard let second = digits(1, 2), second.value < 60 else { return nil }
    micros += Int64(second.value) * 1_000_000
    guard take(".") else { return micros }
    guard let fraction = digits(1, 9) else { return nil }
    var scaled = fraction.value
    var count = fraction.count
    while count < 6 {
      scaled *= 10
      count += 1
    }
    while count > 6 {
      scaled /= 10
      count -= 1
    }
    return micros + Int64(scaled)
  }

  /// Microseconds that the zone is ahead of UTC; nil if it is none; `malformed` otherwise.
  mutating func zone() -> Zone {
    if isAtEnd { return .none }
    if take("Z") { return .offset(0) }
    _ = take(" ")
    if take("U") { return take("T") && take("C") ? .offset(0) : .malformed }
    let isBehind = take("-")
    guard isBehind || take("+"), let hour = digits(2, 2), hour.value <= 18 else {
      return .malformed
    }
    var seconds = hour.value * 3600
    if take(":") || !isAtEnd {
      guard let minute = digits(2, 2), minute.value < 60 else { return .malformed }
      seconds += minute.value * 60
    }
    if take(":") {
      guard let second = digits(2, 2), second.value < 60 else { return .malformed }
      seconds += second.value
    }
    return .offset(Int64(isBehind ? -seconds : seconds) * 1_000_000)
  }

  enum Zone {
    case none
    case offset(Int64)
    case malformed
  }
}

/// Days since 1970-01-01.
func parseDate(_ text: String) -> Int32? {
  var scanner = TextScanner(text)
  guard let date = scanner.date(), scanner.isAtEnd else { return nil }
  return Int32(exactly: date.daysSinceEpoch)
}

/// Microseconds since the epoch. A text without a zone is UTC.
package func parseTimestamp(_ text: String) -> Int64? {
  var scanner = TextScanner(text)
  guard let date = scanner.date() else { return nil }
  var micros: Int64 = 0
  if !scanner.isAtEnd {
    guard scanner.take("T") || scanner.take(" "), let time = scanner.time() else { return nil }
    micros = time
  }
  switch scanner.zone() {
  case .malformed: return nil
  case .none: break
  case .offset(let offset): micros -= offset
  }
  guard scanner.isAtEnd else { return nil }
  // The start of the earliest day lies before the earliest time stamp.
  return Int64(exactly: Int128(date.daysSinceEpoch) * Int128(microsPerDay) + Int128(micros))
}

/// The unscaled value of a number's text at `scale`, exactly; nil if it has more digits than
/// `precision` allows or more places than `scale` that are not zero.
func parseDecimal(_ text: String, precision: Int, scale: Int) -> Int128? {
  var digits: [UInt8] = []
  var exponent = 0
  var places = 0
  var isNegative = false
  var seenPoint = false
  var bytes = Array(text.utf8)[...]
  if let sign = bytes.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
    isNegative = sign == UInt8(ascii: "-")
    bytes.removeFirst()
  }
  while let byte = bytes.first {
    if (48...57).contains(byte) {
      digits.append(byte - 48)
      if seenPoint { places += 1 }
    } else if byte == UInt8(ascii: "."), !seenPoint {
      seenPoint = true
    } else if byte | 0x20 == UInt8(ascii: "e") {
      guard let value = Int(String(decoding: bytes.dropFirst(), as: UTF8.self)),
        abs(value) < 1000
      else { return nil }
      exponent = value
      bytes = []
      break
    } else {
      return nil
    }
    bytes.removeFirst()
  }
  guard !digits.isEmpty, digits.count < 1000 else { return nil }
  var shift = scale - places + exponent
  while shift < 0 {
    guard digits.popLast() ?? 0 == 0 else { return nil }
    shift += 1
  }
  digits += Array(repeating: 0, count: shift)
  let significant = digits.drop { $0 == 0 }
  guard significant.count <= precision else { return nil }
  let magnitude = significant.reduce(Int128(0)) { $0 * 10 + Int128($1) }
  return isNegative ? -magnitude : magnitude
}

/// A double as tables spell it, infinities and NaN included.
func parseDouble(_ text: String) -> Double? {
  switch text {
  case "NaN": .nan
  case "Infinity", "inf", "+Infinity": .infinity
  case "-Infinity", "-inf": -.infinity
  default:
    // The standard library also takes hexadecimal and `infinity`, which no table means.
    text.utf8.allSatisfy { (43...57).contains($0) || $0 | 0x20 == UInt8(ascii: "e") }
      ? Double(text) : nil
  }
}

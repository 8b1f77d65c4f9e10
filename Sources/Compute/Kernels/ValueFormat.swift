import Base

// Single values as text, written where a pointer points. Each function says how many bytes it
// wrote; `Scalar.text(as:)` is the reference, and the tests compare the two.
//
// SAFETY: callers leave room for the bytes that each function states.

/// At most 20 bytes.
@inline(__always)
@unsafe
func writeInteger(_ value: Int64, _ target: UnsafeMutablePointer<UInt8>) -> Int {
  if value >= 0 { return unsafe writeDigits(UInt64(value), target) }
  unsafe target[0] = UInt8(ascii: "-")
  return unsafe writeDigits(value.magnitude, target + 1) &+ 1
}

/// At most 20 bytes.
@inline(__always)
@unsafe
func writeDigits(_ value: UInt64, _ target: UnsafeMutablePointer<UInt8>) -> Int {
  var count = 1
  var limit: UInt64 = 10
  while value >= limit {
    count &+= 1
    if count == 20 { break }
    limit = limit &* 10
  }
  unsafe writePadded(value, count, target)
  return count
}

/// The last `count` digits, zeros in front.
@inline(__always)
@unsafe
func writePadded(_ value: UInt64, _ count: Int, _ target: UnsafeMutablePointer<UInt8>) {
  var rest = value
  var position = count
  while position >= 2 {
    position &-= 2
    let pair = rest % 100
    rest /= 100
    unsafe target[position] = digit(pair / 10)
    unsafe target[position &+ 1] = digit(pair % 10)
  }
  if position == 1 { unsafe target[0] = digit(rest % 10) }
}

@inline(__always)
private func digit(_ value: UInt64) -> UInt8 {
  UInt8(truncatingIfNeeded: value) &+ UInt8(ascii: "0")
}

/// A decimal of up to 38 digits; at most 41 bytes.
@unsafe
func writeDecimal(
  _ unscaled: Int128, scale: Int, _ target: UnsafeMutablePointer<UInt8>
) -> Int {
  var count = 0
  if unscaled < 0 {
    unsafe target[0] = UInt8(ascii: "-")
    count = 1
  }
  let magnitude = unscaled.magnitude
  if scale == 0 { return unsafe count + writeWide(magnitude, target + count) }
  if magnitude <= UInt128(UInt64.max), scale <= 19 {
    var power: UInt64 = 1
    for _ in 0..<scale { power = power &* 10 }
    let (whole, fraction) = UInt64(magnitude).quotientAndRemainder(dividingBy: power)
    count += unsafe writeDigits(whole, target + count)
    unsafe target[count] = UInt8(ascii: ".")
    unsafe writePadded(fraction, scale, target + count + 1)
    return count + 1 + scale
  }
  let power = powerOfTenMagnitude(scale)
  let (whole, fraction) = magnitude.quotientAndRemainder(dividingBy: power)
  count += unsafe writeWide(whole, target + count)
  unsafe target[count] = UInt8(ascii: ".")
  var rest = fraction
  var position = scale
  while position > 0 {  // Eighteen digits at a time fit 64 bits.
    let width = min(position, 18)
    let (more, part) = rest.quotientAndRemainder(dividingBy: 1_000_000_000_000_000_000)
    unsafe writePadded(UInt64(part), width, target + count + 1 + position - width)
    rest = more
    position -= width
  }
  return count + 1 + scale
}

private func powerOfTenMagnitude(_ exponent: Int) -> UInt128 {
  var power: UInt128 = 1
  for _ in 0..<exponent { power *= 10 }
  return power
}

/// At most 39 bytes.
@unsafe
private func writeWide(_ value: UInt128, _ target: UnsafeMutablePointer<UInt8>) -> Int {
  let billions: UInt128 = 1_000_000_000_000_000_000
  if value < billions { return unsafe writeDigits(UInt64(value), target) }
  let (high, low) = value.quotientAndRemainder(dividingBy: billions)
  let count = unsafe writeWide(high, target)
  unsafe writePadded(UInt64(low), 18, target + count)
  return count + 18
}

/// The shortest text that reads back as the same double; at most 24 bytes, 26 with quotes around
/// what is not finite.
@unsafe
func writeDouble(
  _ value: Double, quotesNonFinite: Bool = false, _ target: UnsafeMutablePointer<UInt8>
) -> Int {
  // Up to four places and fifteen digits: no other text of so few digits means the same double.
  let scaled = (value * 10_000).rounded()
  if scaled.magnitude < 1e15, scaled / 10_000 == value, value != 0 || value.sign == .plus {
    return unsafe writeTenThousandths(scaled, target)
  }
  if value.isFinite { return unsafe writeASCII(value.description, target) }
  let text = value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
  return unsafe writeASCII(quotesNonFinite ? "\"\(text)\"" : text, target)
}

/// The shortest text that reads back as the same float; at most 24 bytes, 26 with quotes around
/// what is not finite.
@unsafe
func writeFloat(
  _ value: Float, quotesNonFinite: Bool = false, _ target: UnsafeMutablePointer<UInt8>
) -> Int {
  // Up to four places and six digits: no other text of so few digits means the same float.
  let scaled = (Double(value) * 10_000).rounded()
  if scaled.magnitude < 1e6, Float(scaled / 10_000) == value, value != 0 || value.sign == .plus {
    return unsafe writeTenThousandths(scaled, target)
  }
  if value.isFinite { return unsafe writeASCII(value.description, target) }
  return unsafe writeDouble(Double(value), quotesNonFinite: quotesNonFinite, target)
}

/// `scaled / 10,000` with as many places as it needs, and at least one. `scaled` is whole.
@inline(__always)
@unsafe
private func writeTenThousandths(_ scaled: Double, _ target: UnsafeMutablePointer<UInt8>) -> Int {
  var count = 0
  if scaled < 0 {
    unsafe target[0] = UInt8(ascii: "-")
    count = 1
  }
  let (whole, fraction) = UInt64(scaled.magnitude).quotientAndRemainder(dividingBy: 10_000)
  count += unsafe writeDigits(whole, target + count)
  unsafe target[count] = UInt8(ascii: ".")
  unsafe writePadded(fraction, 4, target + count + 1)
  var end = count + 5
  while end > count + 2, unsafe target[end - 1] == UInt8(ascii: "0") { end -= 1 }
  return end
}

@unsafe
func writeASCII(_ text: String, _ target: UnsafeMutablePointer<UInt8>) -> Int {
  var count = 0
  for byte in text.utf8 {
    unsafe target[count] = byte
    count += 1
  }
  return count
}

/// `yyyy-mm-dd`; at most 20 bytes, for years outside 0...9999 with a sign.
@inline(__always)
@unsafe
func writeDate(_ days: Int64, _ target: UnsafeMutablePointer<UInt8>) -> Int {
  let date = civil(days)
  var count = 0
  if date.year < 0 || date.year > 9999 {
    unsafe target[0] = date.year < 0 ? UInt8(ascii: "-") : UInt8(ascii: "+")
    count = 1
  }
  let year = date.year.magnitude
  if year <= 9999 {
    unsafe writePadded(year, 4, target + count)
    count &+= 4
  } else {
    count &+= unsafe writeDigits(year, target + count)
  }
  unsafe target[count] = UInt8(ascii: "-")
  unsafe writePadded(UInt64(date.month), 2, target + count + 1)
  unsafe target[count &+ 3] = UInt8(ascii: "-")
  unsafe writePadded(UInt64(date.day), 2, target + count + 4)
  return count &+ 6
}

/// `hh:mm:ss[.f]` of nanoseconds since midnight, without trailing zeros; at most 31 bytes.
@inline(__always)
@unsafe
func writeTime(_ nanos: UInt64, _ target: UnsafeMutablePointer<UInt8>) -> Int {
  let (seconds, fraction) = nanos.quotientAndRemainder(dividingBy: 1_000_000_000)
  let hours = seconds / 3600
  var count = 2
  if hours < 100 {
    unsafe writePadded(hours, 2, target)
  } else {
    count = unsafe writeDigits(hours, target)
  }
  unsafe target[count] = UInt8(ascii: ":")
  unsafe writePadded(seconds / 60 % 60, 2, target + count + 1)
  unsafe target[count &+ 3] = UInt8(ascii: ":")
  unsafe writePadded(seconds % 60, 2, target + count + 4)
  count &+= 6
  if fraction == 0 { return count }
  unsafe target[count] = UInt8(ascii: ".")
  unsafe writePadded(fraction, 9, target + count + 1)
  count &+= 10
  while unsafe target[count &- 1] == UInt8(ascii: "0") { count &-= 1 }
  return count
}

/// `yyyy-mm-ddThh:mm:ss[.f]` of microseconds or nanoseconds since 1970, and `Z` for an instant; at
/// most 52 bytes.
@inline(__always)
@unsafe
func writeTimestamp(
  _ value: Int64, perDay: Int64, isInstant: Bool, _ target: UnsafeMutablePointer<UInt8>
) -> Int {
  var day = value / perDay
  var rest = value % perDay
  if rest < 0 {
    day &-= 1
    rest &+= perDay
  }
  var count = unsafe writeDate(day, target)
  unsafe target[count] = UInt8(ascii: "T")
  let nanos = UInt64(rest) &* (perDay == microsPerDay ? 1000 : 1)
  count &+= unsafe 1 &+ writeTime(nanos, target + count + 1)
  if isInstant {
    unsafe target[count] = UInt8(ascii: "Z")
    count &+= 1
  }
  return count
}

/// Two digits a byte.
@inline(__always)
@unsafe
func writeHex(
  _ bytes: UnsafePointer<UInt8>, _ count: Int, _ target: UnsafeMutablePointer<UInt8>
) {
  for index in 0..<count {
    let byte = unsafe bytes[index]
    unsafe target[index &* 2] = hexDigit(byte &>> 4)
    unsafe target[index &* 2 &+ 1] = hexDigit(byte & 15)
  }
}

@inline(__always)
func hexDigit(_ value: UInt8) -> UInt8 {
  value < 10 ? value &+ UInt8(ascii: "0") : value &- 10 &+ UInt8(ascii: "a")
}

/// 8-4-4-4-12 digits: 36 bytes, of 16.
@inline(__always)
@unsafe
func writeUUID(_ bytes: UnsafePointer<UInt8>, _ target: UnsafeMutablePointer<UInt8>) {
  var offset = 0
  for (start, count) in [(0, 4), (4, 2), (6, 2), (8, 2), (10, 6)] {
    if start > 0 {
      unsafe target[offset] = UInt8(ascii: "-")
      offset &+= 1
    }
    unsafe writeHex(bytes + start, count, target + offset)
    offset &+= count &* 2
  }
}

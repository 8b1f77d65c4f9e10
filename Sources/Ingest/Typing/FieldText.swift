import Base
import Columns

// The exact path: one field's text to one value, slowly and completely. The kernels send here what
// they do not recognise; inference classifies with the same functions.

/// The text of one field, without quotes. For every type but string, spaces around it do not count.
struct FieldText {
  let text: TextPointer
  private(set) var start: Int
  private(set) var end: Int

  init(_ text: TextPointer, _ range: Range<Int>, trimsSpaces: Bool) {
    self.text = text
    start = range.lowerBound
    end = range.upperBound
    guard trimsSpaces else { return }
    while start < end && isSpace(text.byte(start)) { start += 1 }
    while end > start && isSpace(text.byte(end - 1)) { end -= 1 }
  }

  var count: Int { end - start }
  var isEmpty: Bool { start == end }
  var range: Range<Int> { start..<end }
  var string: String { text.string(range) }

  /// The byte at `index`, or 0 outside.
  subscript(index: Int) -> UInt8 { index >= 0 && index < count ? text.byte(start + index) : 0 }

  private func isSpace(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }

  func equals(_ other: [UInt8]) -> Bool {
    guard count == other.count else { return false }
    for index in 0..<count where self[index] != other[index] { return false }
    return true
  }

  func equalsIgnoringCase(_ lowered: StaticString) -> Bool {
    guard count == lowered.utf8CodeUnitCount else { return false }
    for index in 0..<count {
      // SAFETY: index < utf8CodeUnitCount; literals in this file all have a pointer.
      let wanted = unsafe lowered.utf8Start[index]
      let byte = self[index]
      if (byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte) != wanted { return false }
    }
    return true
  }
}

@inline(__always)
func isDigit(_ byte: UInt8) -> Bool { byte &- ASCII.zero <= 9 }

extension FieldText {
  /// `true`, `false`, `t`, `f`, `yes`, `no`, `y`, `n`, `1`, `0` in any case.
  func boolean() -> Bool? {
    if equalsIgnoringCase("true") || equalsIgnoringCase("t") || equalsIgnoringCase("yes")
      || equalsIgnoringCase("y") || equalsIgnoringCase("1")
    {
      return true
    }
    if equalsIgnoringCase("false") || equalsIgnoringCase("f") || equalsIgnoringCase("no")
      || equalsIgnoringCase("n") || equalsIgnoringCase("0")
    {
      return false
    }
    return nil
  }

  /// The parts of `[+-] digits [. digits] [(e|E) [+-] digits]`; nil if it is no such number.
  func number() -> NumberParts? {
    var index = 0
    var parts = NumberParts()
    parts.isNegative = self[0] == ASCII.minus
    parts.hasPlus = self[0] == ASCII.plus
    if parts.isNegative || parts.hasPlus { index = 1 }
    parts.integerStart = index
    while isDigit(self[index]) { index += 1 }
    parts.integerEnd = index
    parts.fractionStart = index
    parts.fractionEnd = index
    if self[index] == ASCII.point {
      index += 1
      parts.hasPoint = true
      parts.fractionStart = index
      while isDigit(self[index]) { index += 1 }
      parts.fractionEnd = index
    }
    guard parts.digitCount > 0 else { return nil }
    if self[index] | 0x20 == 0x65 {
      index += 1
      let isNegative = self[index] == ASCII.minus
      if isNegative || self[index] == ASCII.plus { index += 1 }
      guard isDigit(self[index]) else { return nil }
      var exponent = 0
      while isDigit(self[index]) {
        exponent = min(exponent * 10 + Int(self[index] - ASCII.zero), 1_000_000)
        index += 1
      }
      parts.hasExponent = true
      parts.exponent = isNegative ? -exponent : exponent
    }
    return index == count ? parts : nil
  }

  /// Whether it is a number written with what its value does not keep: `007`, `+1`.
  var isPaddedNumber: Bool {
    let first = self[0] == ASCII.minus ? 1 : 0
    guard self[0] == ASCII.plus || self[first] == ASCII.zero && isDigit(self[first + 1]) else {
      return false
    }
    return number() != nil
  }

  /// The digits of `parts` in order, without the point.
  func digit(_ index: Int, of parts: NumberParts) -> UInt8 {
    let integerCount = parts.integerEnd - parts.integerStart
    let offset =
      index < integerCount
      ? parts.integerStart + index : parts.fractionStart + index - integerCount
    return self[offset] - ASCII.zero
  }

  /// Exact integer value; nil where it is not an integer or does not fit.
  func integer() -> Int64? {
    guard let parts = number(), !parts.hasPoint, !parts.hasExponent else { return nil }
    var value: Int64 = 0
    for index in 0..<parts.digitCount {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let digit = Int64(digit(index, of: parts))
      let (sum, overflow2) =
        parts.isNegative
        ? product.subtractingReportingOverflow(digit) : product.addingReportingOverflow(digit)
      if overflow || overflow2 { return nil }
      value = sum
    }
    return value
  }

  /// The nearest double; infinite where the number is beyond all doubles. `nan` and `inf` in any
  /// case.
  func double() -> Double? {
    if let parts = number() { return double(parts) }
    let isNegative = self[0] == ASCII.minus
    let signed = isNegative || self[0] == ASCII.plus
    var rest = self
    if signed { rest.start += 1 }
    if rest.equalsIgnoringCase("inf") || rest.equalsIgnoringCase("infinity") {
      return isNegative ? -.infinity : .infinity
    }
    return rest.equalsIgnoringCase("nan") && !signed ? .nan : nil
  }

  private func double(_ parts: NumberParts) -> Double? {
    var mantissa: UInt64 = 0
    var taken = 0
    var index = 0
    let digitCount = parts.digitCount
    while index < digitCount && taken < 19 {
      let digit = UInt64(digit(index, of: parts))
      mantissa = mantissa &* 10 &+ digit
      if mantissa != 0 { taken += 1 }
      index += 1
    }
    let fractionCount = parts.fractionEnd - parts.fractionStart
    let exponent = parts.exponent - fractionCount + (digitCount - index)
    if index == digitCount, let exact = decimalToDouble(mantissa, exponent: exponent) {
      return parts.isNegative ? -exact : exact
    }
    return Double(string)
  }

  /// Whether a type whose nearest value is given holds the number of `parts`: it is neither beyond
  /// the type's range nor, without being zero, nearer to zero than to all else; and an integer,
  /// with neither point nor exponent, is that value exactly.
  ///
  /// - Complexity: O(1) up to the last integer that has a successor in the type, 2^53 in a double;
  ///   else O(digits * log2 of the number).
  func isHeld(by nearest: some BinaryFloatingPoint, _ parts: NumberParts) -> Bool {
    guard nearest != 0 else {
      return (0..<parts.digitCount).allSatisfy { digit($0, of: parts) == 0 }
    }
    guard nearest.isFinite else { return false }
    if parts.hasPoint || parts.hasExponent || nearest.magnitude < 1 { return true }
    // `nearest` is a multiple of 2^shift, and no further than half of that from the number: another
    // multiple the number cannot be.
    let shift = Int(nearest.exponent) - type(of: nearest).significandBitCount
    return shift <= 0 || isMultiple(ofTwoTo: shift, parts)
  }

  /// Whether 2^`exponent` divides the integer of `parts`.
  private func isMultiple(ofTwoTo exponent: Int, _ parts: NumberParts) -> Bool {
    // The integer modulo 2^32, 2^64 and so on, the lowest bits first.
    var words = [UInt32](repeating: 0, count: (exponent + 31) / 32)
    for index in 0..<parts.digitCount {
      var carry = UInt64(digit(index, of: parts))
      for word in words.indices {
        let product = UInt64(words[word]) * 10 + carry
        words[word] = UInt32(truncatingIfNeeded: product)
        carry = product >> 32
      }
    }
    words[words.count - 1] <<= UInt32(words.count * 32 - exponent)
    return words.allSatisfy { $0 == 0 }
  }

  /// `number * 10^scale` as an integer; nil where digits would be lost or 10^`precision` is
  /// reached.
  func decimal(precision: Int, scale: Int) -> Int128? {
    guard let parts = number() else { return nil }
    let fractionCount = parts.fractionEnd - parts.fractionStart
    // Number of digits that stay left of the new point.
    var kept = parts.digitCount - fractionCount + parts.exponent + scale
    let limit = powerOfTen(precision)
    var value: Int128 = 0
    for index in 0..<parts.digitCount {
      let digit = digit(index, of: parts)
      if kept <= 0 {
        if digit != 0 { return nil }
        continue
      }
      guard value <= (limit - 1 - Int128(digit)) / 10 else { return nil }
      value = value * 10 + Int128(digit)
      kept -= 1
    }
    if value == 0 { return 0 }
    while kept > 0 {  // Bounded: the value is not 0, so 38 turns reach every limit.
      guard value <= (limit - 1) / 10 else { return nil }
      value *= 10
      kept -= 1
    }
    return parts.isNegative ? -value : value
  }
}

/// Offsets within a field's text.
struct NumberParts {
  var isNegative = false
  var hasPlus = false
  var integerStart = 0
  var integerEnd = 0
  var hasPoint = false
  var fractionStart = 0
  var fractionEnd = 0
  var hasExponent = false
  /// Bounded by a million, which is beyond every double and decimal.
  var exponent = 0

  var digitCount: Int { integerEnd - integerStart + fractionEnd - fractionStart }
}

import Base

// Numbers with groups and decimal commas, brought into the plain form that everything else reads.
//
//   grouped := [+-] digit{1,3} (group digit{3})* [point digit*]
//
// Where groups are optional (with decimal commas) the digits may also stand together.

extension FieldText {
  /// Longest number that is brought into the plain form.
  private static let groupedBytesMax = 64

  /// Calls `body` with the number in its plain form; nil where the text is no number of `style`.
  func withPlainNumber<R>(_ style: NumberStyle, _ body: (FieldText) -> R) -> R? {
    if style == .plain { return body(self) }
    guard count <= FieldText.groupedBytesMax else { return nil }
    let padding = bufferPaddingBytes
    let room = 2 * padding + FieldText.groupedBytesMax
    // SAFETY: the plain form is not longer than the text; kernels do not read it, and the padding
    // on both sides is what a text has. It does not outlive the call.
    return unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: room) { scratch -> R? in
      unsafe scratch.initialize(repeating: 0)
      guard let base = scratch.baseAddress else { return nil }
      let plain = unsafe Slots(base: base + padding)
      guard let length = ungroup(style, into: plain) else { return nil }
      let text = unsafe TextPointer(base: UnsafePointer(base + padding))
      return body(FieldText(text, 0..<length, trimsSpaces: false))
    }
  }

  /// Stores the plain form; its length, or nil where the text is not of `style`.
  private func ungroup(_ style: NumberStyle, into plain: Slots<UInt8>) -> Int? {
    var index = 0
    var length = 0
    func append(_ byte: UInt8) {
      plain[length] = byte
      length += 1
    }
    if self[0] == ASCII.minus || self[0] == ASCII.plus {
      append(self[0])
      index = 1
    }
    let first = index
    while isDigit(self[index]) {
      append(self[index])
      index += 1
    }
    let firstCount = index - first
    var groupCount = 0
    while case let separator = groupSeparatorCount(style, at: index), separator > 0 {
      guard firstCount >= 1 && firstCount <= 3 && self[first] != ASCII.zero else { return nil }
      index += separator
      for _ in 0..<3 {
        guard isDigit(self[index]) else { return nil }
        append(self[index])
        index += 1
      }
      guard !isDigit(self[index]) else { return nil }
      groupCount += 1
    }
    if groupCount == 0 && firstCount > 3 && !style.groupsAreOptional { return nil }
    if self[index] == style.point && index < count {
      append(ASCII.point)
      index += 1
      while isDigit(self[index]) {
        append(self[index])
        index += 1
      }
    }
    return index == count && length > 0 ? length : nil
  }

  /// Bytes of the separator of thousands at `index`; 0 where there is none.
  private func groupSeparatorCount(_ style: NumberStyle, at index: Int) -> Int {
    let byte = self[index]
    switch style {
    case .plain: return 0
    case .commaGroups: return byte == ASCII.comma ? 1 : 0
    case .apostropheGroups: return byte == ASCII.apostrophe ? 1 : 0
    case .decimalComma: return byte == ASCII.point ? 1 : 0
    case .spaceGroups, .decimalCommaSpaceGroups:
      if byte == ASCII.space { return 1 }
      if byte == 0xC2 && self[index + 1] == 0xA0 { return 2 }  // No-break space.
      let isNarrow = byte == 0xE2 && self[index + 1] == 0x80 && self[index + 2] == 0xAF
      return isNarrow ? 3 : 0
    }
  }

  /// The styles in which the text is a number, a bit for each raw value.
  func numberStyles() -> UInt8 {
    if let parts = number() { return styles(ofPlain: parts) }
    // What groups and decimal commas need: a digit at the front, behind a sign at most.
    let first = self[0] == ASCII.minus || self[0] == ASCII.plus ? self[1] : self[0]
    guard isDigit(first) || first == ASCII.comma else { return 0 }
    var styles: UInt8 = 0
    for style in NumberStyle.allCases where style != .plain {
      let isNumber = withPlainNumber(style) { $0.number() != nil } ?? false
      if isNumber { styles |= 1 << style.rawValue }
    }
    return styles
  }

  /// The same for a number that is plain: others allow it too where it has nothing to group.
  private func styles(ofPlain parts: NumberParts) -> UInt8 {
    if parts.hasExponent { return NumberStyle.plain.bit }
    let integerCount = parts.integerEnd - parts.integerStart
    var styles = NumberStyle.plain.bit
    if integerCount <= 3 {
      styles |= NumberStyle.commaGroups.bit | NumberStyle.spaceGroups.bit
      styles |= NumberStyle.apostropheGroups.bit
    }
    if !parts.hasPoint {
      styles |= NumberStyle.decimalComma.bit | NumberStyle.decimalCommaSpaceGroups.bit
    } else if (1...3).contains(integerCount) && self[parts.integerStart] != ASCII.zero
      && parts.fractionEnd - parts.fractionStart == 3
    {
      styles |= NumberStyle.decimalComma.bit  // 1.234 may be more than a thousand.
    }
    return styles
  }
}

extension FieldText {
  /// Whether the text, a number of these styles, has a point that may be before a fraction or
  /// between thousands: `1.234`.
  func mayGroupByPoint(_ styles: UInt8) -> Bool {
    let both = NumberStyle.plain.bit | NumberStyle.decimalComma.bit
    return styles & both == both && (0..<count).contains { self[$0] == ASCII.point }
  }
}

/// Whether a text is a number only if a comma begins its fraction: `0,5`.
package func showsDecimalComma(_ text: String) -> Bool {
  FieldText.with(text) { field in
    var evidence = NumberEvidence()
    evidence.observe(field, field.numberStyles())
    return evidence.showsComma
  }
}

/// Whether a text is one date if it begins with the day, and another if with the month.
package func mayBeTwoDates(_ text: String) -> Bool {
  FieldText.with(text) { field in
    let orders = field.dateOrders()
    return [DateOrder.dayFirst, .monthFirst].allSatisfy { orders & $0.bit != 0 }
  }
}

extension FieldText {
  /// Calls `body` with a text that is no part of another one.
  fileprivate static func with<Result>(_ text: String, _ body: (FieldText) -> Result) -> Result {
    let bytes = Buffer(Array(text.utf8))
    // SAFETY: the field is all of the buffer; the pointer does not leave the closure.
    return unsafe bytes.withUnsafePointer { base in
      body(FieldText(unsafe TextPointer(base: base), 0..<bytes.count, trimsSpaces: true))
    }
  }
}

extension NumberStyle {
  var bit: UInt8 { 1 << rawValue }
}

/// Whether the double nearest to a decimal still says what was written: rounded to as many digits
/// it gives these digits again, as with every double that a program wrote out.
///
/// - Parameters:
///   - mantissa: the significant digits as an integer, 17 at most.
///   - exponent: of ten; the number is `mantissa * 10^exponent`.
/// - Complexity: O(1).
func doubleKeeps(_ mantissa: UInt64, exponent: Int, nearest: Double) -> Bool {
  guard nearest.isFinite, nearest != 0 else { return mantissa == 0 }
  if mantissa < 1_000_000_000_000_000 && nearest.isNormal { return true }  // 15 digits survive.
  guard (-20...0).contains(exponent) else { return shortestDigits(nearest) == mantissa }
  // |nearest - mantissa / 10^n| <= 1/2 / 10^n, in integers: nearest is `significand * 2^-shift`.
  let shift = 52 - Int(nearest.exponent)
  guard (-10...68).contains(shift) else { return shortestDigits(nearest) == mantissa }
  var scaled = UInt128(nearest.significandBitPattern | 1 &<< 52) << UInt128(max(-shift, 0))
  for _ in 0..<(-exponent) { scaled *= 10 }  // Below 2^53 * 10^20, or little above `mantissa`.
  let unit = UInt128(1) << UInt128(max(shift, 0))
  let wanted = UInt128(mantissa) * unit
  let difference = scaled > wanted ? scaled - wanted : wanted - scaled
  return difference * 2 <= unit
}

/// The fewest digits that tell a double from all others, without zeros at the end.
private func shortestDigits(_ value: Double) -> UInt64 {
  var digits: UInt64 = 0
  for byte in value.description.utf8 {
    if byte == 0x65 { break }  // e
    if isDigit(byte) { digits = digits &* 10 &+ UInt64(byte &- ASCII.zero) }
  }
  while digits != 0 && digits % 10 == 0 { digits /= 10 }
  return digits
}

// Eight ASCII digits at once, in a 64-bit word (first character in the lowest byte).
//
//   load      the 8 bytes that END at the field's end, so that short fields line up at the top
//   strip     xor '0' and mask away what lies before the field: leading zeros take its place
//   check     every byte is at most 9
//   combine   pairs, then quads, then the whole by two multiplications

let zeroWord: UInt64 = 0x3030_3030_3030_3030

/// The last `length` (1...8) bytes before `end`, minus '0', above zeros. For any other length
/// anything.
@inline(__always)
func digitWord(_ text: TextPointer, endingAt end: Int, length: Int) -> UInt64 {
  let keep = UInt64.max &<< UInt64(truncatingIfNeeded: 64 &- 8 &* length)
  return (text.word(end &- 8) ^ zeroWord) & keep
}

/// 1 if a '0' and another digit stand at `start`: `007` is not what the number 7 looks like.
@inline(__always)
func leadingZeroFlag(_ text: TextPointer, _ start: Int) -> UInt64 {
  flag(Int((text.halfWord(start) ^ 0x3030).byteSwapped), below: 10)
}

/// Not zero if a byte of `digits` is above 9.
@inline(__always)
func nonDigits(_ digits: UInt64) -> UInt64 {
  ((digits &+ 0x7676_7676_7676_7676) | digits) & 0x8080_8080_8080_8080
}

/// The number that eight digits spell. The result is meaningless if one is above 9.
@inline(__always)
func combineDigits(_ digits: UInt64) -> UInt64 {
  let pairs = digits &* 10 &+ (digits &>> 8)
  let high = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
  let low = ((pairs &>> 16) & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
  return (high &+ low) &>> 32
}

/// `byte` minus '0', eight times: what `pointBit` looks for.
@inline(__always)
func pointPattern(_ byte: UInt8) -> UInt64 {
  UInt64(byte ^ ASCII.zero) &* 0x0101_0101_0101_0101
}

/// The high bit of the lowest byte equal to the pattern's, if any (higher bits are not exact).
@inline(__always)
func pointBit(_ digits: UInt64, _ pattern: UInt64) -> UInt64 {
  let zeroed = digits ^ pattern
  return (zeroed &- 0x0101_0101_0101_0101) & ~zeroed & 0x8080_8080_8080_8080
}

/// `digits` without the byte whose high bit is the lowest of `point`; the bytes below move up.
@inline(__always)
func removingPoint(_ digits: UInt64, _ point: UInt64) -> (digits: UInt64, fractionCount: Int) {
  let index = point.trailingZeroBitCount &>> 3
  let shift = UInt64(truncatingIfNeeded: index &* 8)
  let below = digits & ((1 as UInt64) &<< shift &- 1)
  let above = digits & (0xFFFF_FFFF_FFFF_FF00 &<< shift)
  return (above | below &<< 8, 7 &- index)
}

/// Digits and at most one point, up to 16 characters: `mantissa / 10^fractionCount`.
struct ShortDecimal {
  var mantissa: UInt64
  var fractionCount: Int
  /// Not 0: something else than a short decimal, or more than a double's mantissa holds; the rest
  /// is meaningless then.
  var wrong: UInt64
}

@inline(__always)
func shortDecimal(
  _ text: TextPointer, start: Int, end: Int, point pattern: UInt64
) -> ShortDecimal {
  let length = end &- start
  if length <= 8 {
    var digits = digitWord(text, endingAt: end, length: length)
    let point = pointBit(digits, pattern)
    if point == 0 {
      return ShortDecimal(
        mantissa: combineDigits(digits), fractionCount: 0,
        wrong: nonDigits(digits) | flag(length, below: 1))
    }
    let fractionCount: Int
    (digits, fractionCount) = removingPoint(digits, point)
    return ShortDecimal(
      mantissa: combineDigits(digits), fractionCount: fractionCount,
      wrong: nonDigits(digits) | flag(length, below: 2))
  }
  return mediumDecimal(text, length, end, pattern)
}

/// The same for 9 to 16 characters.
@inline(__always)
private func mediumDecimal(
  _ text: TextPointer, _ length: Int, _ end: Int, _ pattern: UInt64
) -> ShortDecimal {
  guard length <= 16 else { return ShortDecimal(mantissa: 0, fractionCount: 0, wrong: 1) }
  var last = text.word(end &- 8) ^ zeroWord
  var first = digitWord(text, endingAt: end &- 8, length: length &- 8)
  var fractionCount = 0
  var scale: UInt64 = 100_000_000
  let lastPoint = pointBit(last, pattern)
  if lastPoint != 0 {
    (last, fractionCount) = removingPoint(last, lastPoint)
    scale = 10_000_000
  } else {
    let firstPoint = pointBit(first, pattern)
    if firstPoint != 0 {
      (first, fractionCount) = removingPoint(first, firstPoint)
      fractionCount &+= 8
    }
  }
  let mantissa = combineDigits(first) &* scale &+ combineDigits(last)
  return ShortDecimal(
    mantissa: mantissa, fractionCount: fractionCount,
    wrong: nonDigits(first) | nonDigits(last)
      | flag(Int(exactMantissaMax), below: Int(truncatingIfNeeded: mantissa)))
}

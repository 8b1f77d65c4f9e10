// The double nearest to `mantissa * 10^exponent`.
//
//   1. Both exact as doubles: one division or multiplication rounds once (Clinger 1990).
//   2. Else 64 bits of mantissa times 128 bits of the power of five decide all but a few cases
//      (Lemire, "Number parsing at a gigabyte per second", 2021).
//   3. What is left (nil) takes the library's exact conversion.

/// Nil where neither way decides. - Complexity: O(1).
func decimalToDouble(_ mantissa: UInt64, exponent: Int) -> Double? {
  if mantissa == 0 { return 0 }
  if mantissa <= exactMantissaMax && abs(exponent) <= 22 {
    let power = exactPowersOfTen[abs(exponent)]
    return exponent < 0 ? Double(mantissa) / power : Double(mantissa) * power
  }
  guard abs(exponent) <= powerOfFiveMax else { return nil }
  let power = powersOfFive[exponent + powerOfFiveMax]
  return roundProduct(mantissa, exponent, UInt64(power >> 64), UInt64(truncatingIfNeeded: power))
}

/// - Parameters high, low: the upper 128 bits of 5^exponent.
private func roundProduct(
  _ mantissa: UInt64, _ exponent: Int, _ powerHigh: UInt64, _ powerLow: UInt64
) -> Double? {
  let leadingZeros = mantissa.leadingZeroBitCount
  let normalised = mantissa &<< UInt64(leadingZeros)
  var (high, low) = normalised.multipliedFullWidth(by: powerHigh)
  // 55 bits are needed: 53, one to round and one that may be a leading zero. Where the 9 below are
  // all ones, the lower half of the power may carry into them.
  if high & 0x1FF == 0x1FF {
    let correction = normalised.multipliedFullWidth(by: powerLow).high
    let (sum, overflow) = low.addingReportingOverflow(correction)
    low = sum
    high &+= overflow ? 1 : 0
  }
  if low == .max && !(-27...55).contains(exponent) { return nil }
  let upperBit = high &>> 63
  let shift = upperBit &+ 9
  var result = high &>> shift
  // floor(log2(10^exponent)) by a multiplication.
  let log2 = (217_706 &* exponent) >> 16
  var biased = log2 + 63 + Int(upperBit) - leadingZeros + 1023
  guard biased > 0 else { return nil }
  // Exactly half way: to even, if nothing was cut off.
  if low <= 1 && (-4...23).contains(exponent) && result & 3 == 1 && result &<< shift == high {
    result &= ~1
  }
  result = (result &+ (result & 1)) &>> 1
  if result >= 1 &<< 53 {
    result = 1 &<< 52
    biased += 1
  }
  guard biased < 0x7FF else { return nil }
  return Double(bitPattern: UInt64(biased) &<< 52 | result & ~(1 &<< 52))
}

/// 5^55 is the largest power that 128 bits hold.
private let powerOfFiveMax = 55

/// The upper 128 bits of 5^-55 ... 5^55. Negative powers are rounded up while that is what makes
/// the product exact enough, down beyond (Lemire, section 6).
private let powersOfFive: [UInt128] = {
  var positive: [UInt128] = [1]
  for _ in 0..<powerOfFiveMax { positive.append(positive[positive.count - 1] * 5) }
  let negative = (1...powerOfFiveMax).reversed().map { exponent -> UInt128 in
    let power = positive[exponent]
    let bitCount = UInt128(128 - power.leadingZeroBitCount)
    let quotient = power.dividingFullWidth((high: 1 << (bitCount - 1), low: 0)).quotient
    return exponent <= 27 ? quotient + 1 : quotient
  }
  return negative + positive.map { $0 << UInt128($0.leadingZeroBitCount) }
}()

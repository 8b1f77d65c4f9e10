import Base
import CKernels

// Kernels for numbers. Each converts what is plainly written (an optional minus, up to 16 digits, a
// point for the fractional types, no needless leading zero) and lists every other row, null or not,
// as an exception for the exact path (`FieldText`). Slots of exceptions hold anything.

func convertInt32(
  _ column: FieldColumn, range: ClosedRange<Int64>, into output: Slots<Int32>,
  exceptions: inout ExceptionList
) {
  if column.isPlain && range.upperBound == Int64(Int32.max) {
    let done = convertVectors(column, into: output, exceptions: &exceptions)
    convertInteger(
      column, from: done, isPlain: true, isNarrow: false, range, output, &exceptions)
  } else {
    convertInteger(column, isPlain: false, isNarrow: true, range, output, &exceptions)
  }
}

func convertInt64(
  _ column: FieldColumn, into output: Slots<Int64>, exceptions: inout ExceptionList
) {
  let range = Int64.min...Int64.max
  if column.isPlain {
    let done = convertVectors(column, into: output, exceptions: &exceptions)
    convertInteger(
      column, from: done, isPlain: true, isNarrow: false, range, output, &exceptions)
  } else {
    convertInteger(column, isPlain: false, isNarrow: false, range, output, &exceptions)
  }
}

/// - Parameters:
///   - first: rows before it are done.
///   - isNarrow: whether eight digits may be beyond `range`.
@inline(__always)
private func convertInteger<T: FixedWidthInteger & BitwiseCopyable>(
  _ column: FieldColumn, from first: Int = 0, isPlain: Bool, isNarrow: Bool,
  _ range: ClosedRange<Int64>, _ output: Slots<T>, _ exceptions: inout ExceptionList
) {
  let text = column.text
  let (lowest, highest) = (Int(range.lowerBound), Int(range.upperBound))
  var list = exceptions
  for row in first..<column.rowCount {
    var (start, end, _) = column.bounds(row, isPlain: isPlain)
    let sign: Int64 = text.byte(start) == ASCII.minus ? -1 : 0
    start &-= Int(sign)
    let length = end &- start
    var magnitude: UInt64
    var wrong = leadingZeroFlag(text, start)
    if length <= 8 {
      let digits = digitWord(text, endingAt: end, length: length)
      magnitude = combineDigits(digits)
      wrong |= nonDigits(digits) | flag(length, below: 1)
    } else {
      let last = text.word(end &- 8) ^ zeroWord
      let first = digitWord(text, endingAt: end &- 8, length: length &- 8)
      magnitude = combineDigits(first) &* 100_000_000 &+ combineDigits(last)
      wrong |= nonDigits(first) | nonDigits(last) | flag(16, below: length)
    }
    let value = (Int64(truncatingIfNeeded: magnitude) ^ sign) &- sign
    output[row] = T(truncatingIfNeeded: value)
    // A 16-digit value and a bound of T are too far apart to subtract only where T has no bounds.
    if T.bitWidth < 64 && (isNarrow || length > 8) {
      wrong |= flag(Int(value), below: lowest) | flag(highest, below: Int(value))
    }
    list.append(row, unlessZero: wrong)
  }
  exceptions = list
}

/// 10^0 ... 10^22, the powers of ten that a double holds exactly.
let exactPowersOfTen: [Double] = [
  1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17,
  1e18, 1e19, 1e20, 1e21, 1e22,
]

/// Mantissas up to 2^53 divided by an exact power of ten round once, so they round right (Clinger).
let exactMantissaMax: UInt64 = 1 << 53

/// - Parameters:
///   - point: the byte between units and tenths.
///   - isExact: whether a number whose digits the nearest double does not keep is an exception.
func convertDouble(
  _ column: FieldColumn, point: UInt8 = ASCII.point, isExact: Bool = false,
  into output: Slots<Double>, exceptions: inout ExceptionList
) {
  assert(exceptions.count == 0)
  var list = exceptions
  let powers = exactPowersOfTen
  unsafe powers.withUnsafeBufferPointer { powers in
    // SAFETY: the table has 23 entries, so it has a base address.
    let rules = unsafe DoubleRules(
      point: point, pattern: pointPattern(point), isExact: isExact,
      powers: powers.baseAddress.unsafelyUnwrapped)
    guard column.isPlain else {
      for row in 0..<column.rowCount {
        convertDouble(column, row, isPlain: false, rules, output, &list)
      }
      return
    }
    let (done, listed) = convertVectors(column, rules, into: output, list.rows)
    // Among what vectors leave are numbers of more digits. Those that stay listed move up.
    for index in 0..<listed {
      convertDouble(column, Int(list.rows[index]), isPlain: true, rules, output, &list)
    }
    for row in done..<column.rowCount {
      convertDouble(column, row, isPlain: true, rules, output, &list)
    }
  }
  exceptions = list
}

/// How the doubles of a column are read.
@safe
struct DoubleRules {
  let point: UInt8
  let pattern: UInt64
  let isExact: Bool
  /// Of ten, 0 to 22.
  let powers: UnsafePointer<Double>
}

@inline(__always)
private func convertDouble(
  _ column: FieldColumn, _ row: Int, isPlain: Bool, _ rules: DoubleRules, _ output: Slots<Double>,
  _ list: inout ExceptionList
) {
  let text = column.text
  var (start, end, _) = column.bounds(row, isPlain: isPlain)
  let isNegative = text.byte(start) == ASCII.minus
  start &+= isNegative ? 1 : 0
  let number = shortDecimal(text, start: start, end: end, point: rules.pattern)
  // SAFETY: a short decimal has at most 15 digits after its point.
  let divisor = unsafe rules.powers[number.fractionCount & 15]
  var magnitude = Double(Int64(truncatingIfNeeded: number.mantissa)) / divisor
  var wrong = number.wrong
  if wrong != 0,
    let wide = wideDecimal(
      text, start: start, end: end, point: rules.point, isExact: rules.isExact)
  {
    magnitude = wide
    wrong = 0
  }
  let sign: UInt64 = isNegative ? 1 &<< 63 : 0
  output[row] = Double(bitPattern: magnitude.bitPattern | sign)
  list.append(row, unlessZero: wrong | leadingZeroFlag(text, start))
}

/// Numbers with a point and 16 or 17 significant digits, as programs write doubles; nil for all
/// else.
@inline(never)
private func wideDecimal(
  _ text: TextPointer, start: Int, end: Int, point: UInt8, isExact: Bool
) -> Double? {
  guard end &- start > 8 && end &- start <= 20 else { return nil }  // 19 digits fit 64 bits.
  var mantissa: UInt64 = 0
  var pointOffset = -1
  for offset in start..<end {
    let byte = text.byte(offset)
    if byte == point && pointOffset < 0 {
      pointOffset = offset
    } else {
      guard isDigit(byte) else { return nil }
      mantissa = mantissa &* 10 &+ UInt64(byte &- ASCII.zero)
    }
  }
  guard pointOffset >= 0 && mantissa < 100_000_000_000_000_000 else { return nil }
  let exponent = pointOffset &- end &+ 1
  guard let nearest = decimalToDouble(mantissa, exponent: exponent) else { return nil }
  return isExact && !doubleKeeps(mantissa, exponent: exponent, nearest: nearest) ? nil : nearest
}

/// Decimals of up to 18 digits as unscaled integers. Digits past the scale are exceptions.
func convertDecimal64(
  _ column: FieldColumn, precision: Int, scale: Int, point: UInt8 = ASCII.point,
  into output: Slots<Int64>, exceptions: inout ExceptionList
) {
  let isPlain = column.isPlain
  let text = column.text
  let pattern = pointPattern(point)
  let rules = decimalRules(precision: precision, scale: scale)
  unsafe rules.withUnsafeBufferPointer { rules in
    // SAFETY: there are 17 rules, so they have a base address.
    let rules = unsafe rules.baseAddress.unsafelyUnwrapped
    let done =
      unsafe isPlain
      ? convertDecimalVectors(column, point: point, rules, into: output, exceptions: &exceptions)
      : 0
    var list = exceptions
    for row in done..<column.rowCount {
      var (start, end, _) = column.bounds(row, isPlain: isPlain)
      let isNegative = text.byte(start) == ASCII.minus
      start &+= isNegative ? 1 : 0
      let number = shortDecimal(text, start: start, end: end, point: pattern)
      // SAFETY: a short decimal has at most 15 digits after its point.
      let rule = unsafe rules[number.fractionCount & 15]
      let mantissa = Int64(truncatingIfNeeded: number.mantissa)
      let product = mantissa &* rule.factor
      output[row] = isNegative ? 0 &- product : product
      list.append(
        row,
        unlessZero: number.wrong | leadingZeroFlag(text, start)
          | (flag(Int(mantissa), below: Int(rule.bound)) ^ 1))
    }
    exceptions = list
  }
}

/// By the digits behind the point, 0 to 15, how a number becomes an unscaled decimal, and once more
/// that of a number without point. Numbers of more digits than the scale have are below no bound.
private func decimalRules(precision: Int, scale: Int) -> [grebe_decimal_rule] {
  let rules = (0..<16).map { digits in
    digits > scale
      ? grebe_decimal_rule(factor: 0, bound: 0)
      : grebe_decimal_rule(
        factor: powerOfTenInt64(scale - digits), bound: powerOfTenInt64(precision - scale + digits))
  }
  return rules + [rules[0]]
}

private func powerOfTenInt64(_ exponent: Int) -> Int64 {
  var value: Int64 = 1
  for _ in 0..<exponent { value *= 10 }
  return value
}

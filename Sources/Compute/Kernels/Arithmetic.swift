import Base
import Columns

// Arithmetic wraps and remembers that it did; only then are the rows looked at one by one, because
// the slot of a null row may overflow without anyone minding.

/// `a op b` for every row; null where either is, and where a divisor is zero.
func computeArithmetic(
  _ op: ArithmeticOperator, _ a: Operand, _ b: Operand, _ type: DataType, count: Int
) throws(ComputeError) -> Operand {
  if a.isNullConstant || b.isNullConstant { return .constant(.null, type) }
  let validity = intersect(a.validity, b.validity)
  switch (a.type.physical, b.type.physical) {
  case (.double, .double):
    return try computeDoubles(op, a.doubles!, b.doubles!, validity, count)
  case (.int32, .int32):  // date - date
    let slots = zip(a.int32s!, b.int32s!, count: count) { Int64($0) &- Int64($1) }
    return .column(Column(type: type, validity: validity, values: .int64(slots)))
  case (.int32, .int64):
    return try shiftDates(op, a.int32s!, b.int64s!, validity, count)
  case (.int64, .int64) where type.physical == .int128:
    // The product of two decimals of up to 18 digits: 36 digits always fit.
    let slots = zip(a.int64s!, b.int64s!, count: count) { Int128($0) &* Int128($1) }
    return .column(Column(type: type, validity: validity, values: .int128(slots)))
  case (.int64, .int64):
    let result = try computeIntegers(op, a.int64s!, b.int64s!, type, validity, count)
    return .column(Column(type: type, validity: result.validity, values: .int64(result.slots)))
  case (.int128, .int128):
    let result = try computeIntegers(op, a.int128s!, b.int128s!, type, validity, count)
    return .column(Column(type: type, validity: result.validity, values: .int128(result.slots)))
  default: preconditionFailure("arithmetic on \(a.type) and \(b.type) was bound")
  }
}

func computeNegation(
  _ a: Operand, _ type: DataType, count: Int
) throws(ComputeError) -> Operand {
  if case .double(let slots) = a.column(count: count).values {
    // Not 0 - x, which would lose the sign of a zero.
    return .column(Column(type: type, validity: a.validity, values: .double(map(slots) { -$0 })))
  }
  let zero = Operand.constant(.decimal(unscaled: 0, scale: 0), type)
  return try computeArithmetic(.subtract, zero, a, type, count: count)
}

// MARK: Doubles

private func computeDoubles(
  _ op: ArithmeticOperator, _ a: Lane<Double>, _ b: Lane<Double>, _ validity: Bitmap?, _ count: Int
) throws(ComputeError) -> Operand {
  let slots: Buffer<Double>
  switch op {
  case .add: slots = zip(a, b, count: count) { $0 + $1 }
  case .subtract: slots = zip(a, b, count: count) { $0 - $1 }
  case .multiply: slots = zip(a, b, count: count) { $0 * $1 }
  case .divide: slots = zip(a, b, count: count) { $0 / $1 }
  case .remainder: slots = zip(a, b, count: count) { $0.truncatingRemainder(dividingBy: $1) }
  }
  let nulls = op == .divide || op == .remainder ? divisorsNotZero(b, count) : nil
  return .column(
    Column(type: .double, validity: intersect(validity, nulls), values: .double(slots)))
}

/// One where the divisor is not zero; nil when none is.
private func divisorsNotZero<T: BitwiseCopyable & Numeric>(_ b: Lane<T>, _ count: Int) -> Bitmap? {
  switch b {
  case .one(let divisor):
    divisor == .zero ? Bitmap(nonZero: Buffer(repeating: 0, count: count)) : nil
  case .many(let slots): Bitmap(nonZero: map(slots) { $0 == .zero ? 0 : 1 })
  }
}

// MARK: Integers and decimals

private func computeIntegers<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
  _ op: ArithmeticOperator, _ a: Lane<T>, _ b: Lane<T>, _ type: DataType, _ validity: Bitmap?,
  _ count: Int
) throws(ComputeError) -> (slots: Buffer<T>, validity: Bitmap?) {
  var overflowed = false
  // A decimal's limit is its digits, not its bits. The binder gives the result the digits it may
  // need, so only where it ran out of them is there anything to check.
  var limit: T?
  if type.decimalShape?.precision == DataType.maxDecimalPrecision, type.physical == .int128 {
    limit = T(truncatingIfNeeded: powerOfTen(DataType.maxDecimalPrecision))
  }
  let slots: Buffer<T>
  var validity = validity
  switch op {
  case .add:
    slots = zip(a, b, count: count) {
      let (value, over) = $0.addingReportingOverflow($1)
      overflowed = overflowed || over
      return value
    }
  case .subtract:
    slots = zip(a, b, count: count) {
      let (value, over) = $0.subtractingReportingOverflow($1)
      overflowed = overflowed || over
      return value
    }
  case .multiply:
    slots = zip(a, b, count: count) {
      let (value, over) = multiply($0, $1)
      overflowed = overflowed || over
      return value
    }
  case .divide:
    // Decimals only, and so never the smallest of all integers by -1.
    slots = zip(a, b, count: count) { $1 == 0 ? 0 : divideRounding($0, $1) }
    validity = intersect(validity, divisorsNotZero(b, count))
  case .remainder:
    // x % -1 is 0 and must not trap for the smallest x.
    slots = zip(a, b, count: count) { $1 == 0 || $1 == -1 ? 0 : $0 % $1 }
    validity = intersect(validity, divisorsNotZero(b, count))
  }
  if let limit, !overflowed {
    overflowed = exceeds(slots, limit)
  }
  if overflowed { try reportOverflow(op, a, b, type, limit, validity, count) }
  return (slots, validity)
}

/// The product, and whether it overflowed. Where both factors fit 64 bits, 128 hold the product,
/// and that is far cheaper than the general case.
@inline(__always)
private func multiply<T: FixedWidthInteger & SignedInteger>(_ a: T, _ b: T) -> (T, Bool) {
  if T.bitWidth == 128 {
    let (x, y) = (Int64(truncatingIfNeeded: a), Int64(truncatingIfNeeded: b))
    if T(truncatingIfNeeded: x) == a && T(truncatingIfNeeded: y) == b {
      let (high, low) = x.multipliedFullWidth(by: y)
      return (T(truncatingIfNeeded: high) &<< 64 | T(truncatingIfNeeded: low), false)
    }
  }
  return a.multipliedReportingOverflow(by: b)
}

/// Whether any slot is at `limit` or further from zero.
private func exceeds<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
  _ slots: Buffer<T>, _ limit: T
) -> Bool {
  let values = slots.span
  var found = false
  for row in values.indices {
    let value = values[row]
    found = (value >= limit) || (value <= 0 &- limit) ? true : found
  }
  return found
}

/// Finds the first row with values whose result does not fit. Returns if there is none.
private func reportOverflow<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
  _ op: ArithmeticOperator, _ a: Lane<T>, _ b: Lane<T>, _ type: DataType, _ limit: T?,
  _ validity: Bitmap?, _ count: Int
) throws(ComputeError) {
  for row in 0..<count where validity?[row] ?? true {
    let (x, y) = (a[row], b[row])
    let (value, over) =
      op == .add
      ? x.addingReportingOverflow(y)
      : op == .subtract ? x.subtractingReportingOverflow(y) : x.multipliedReportingOverflow(by: y)
    if over || (limit != nil && (value >= limit! || value <= -limit!)) {
      let isDecimal = limit != nil
      let text = isDecimal ? "a result" : "\(x) \(op.rawValue) \(y)"
      throw .overflow(text, type)
    }
  }
}

extension Lane {
  subscript(row: Int) -> T {
    switch self {
    case .many(let slots): slots[row]
    case .one(let value): value
    }
  }
}

// MARK: Dates

private func shiftDates(
  _ op: ArithmeticOperator, _ dates: Lane<Int32>, _ days: Lane<Int64>, _ validity: Bitmap?,
  _ count: Int
) throws(ComputeError) -> Operand {
  var overflowed = false
  let sign: Int64 = op == .add ? 1 : -1
  let slots = zip(dates, days, count: count) { (date: Int32, days: Int64) -> Int32 in
    let (value, over) = Int64(date).addingReportingOverflow(sign &* days)
    let narrow = Int32(truncatingIfNeeded: value)
    overflowed = overflowed || over || Int64(narrow) != value
    return narrow
  }
  if overflowed {
    for row in 0..<count where validity?[row] ?? true {
      let (value, over) = Int64(dates[row]).addingReportingOverflow(sign &* days[row])
      if over || Int32(exactly: value) == nil {
        throw .overflow("a date moved by \(days[row]) days", .date)
      }
    }
  }
  return .column(Column(type: .date, validity: validity, values: .int32(slots)))
}

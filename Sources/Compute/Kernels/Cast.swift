import Base
package import Columns

/// Conversion of columns between types: what CAST does, and what reading a file with an older
/// schema needs.
package enum Cast {
  /// Whether values of `source` have a meaning as `target` at all (a single one may still not fit).
  /// Void is a null of any type; nested values become JSON text, or the same shape of castable
  /// parts.
  package static func isPossible(from source: DataType, to target: DataType) -> Bool {
    if source == target || source == .void { return target.unknownPart == nil }
    if source.isNested || target.isNested {
      return target == .string
        ? source.unknownPart == nil : isReshaping(from: source, to: target)
    }
    guard source.physical != nil, target.physical != nil, target != .void else { return false }
    switch (source, target) {
    case (.string, _): return target != .interval
    case (_, .string), (.uuid, .binary): return true
    case (.binary, _), (_, .binary), (.uuid, _), (_, .uuid), (.interval, _), (_, .interval):
      return false
    case (.boolean, _): return target.isNumeric
    case (_, .boolean): return source.isNumeric
    case (.date, _): return target.isTimestamp
    case _ where source.isTimestamp: return target.isTimestamp || target == .date
    case _ where source.isTimeOfDay: return target.isTimeOfDay
    default: return source.isNumeric && target.isNumeric
    }
  }

  /// The same rows as `type`. Decimals and doubles round to the digits there are; a value that does
  /// not fit is an error, or null if `isTry`. O(rows).
  ///
  /// - Precondition: `isPossible(from: column.type, to: type)`.
  package static func apply(
    _ column: Column, to type: DataType, isTry: Bool = false
  ) throws(ComputeError) -> Column {
    if column.type == type { return column }
    precondition(isPossible(from: column.type, to: type))
    if column.type == .void { return Column(type, repeating: .null, count: column.count) }
    if type.isNested { return try reshape(column, to: type, isTry: isTry) }
    var conversion = Conversion(column: column, type: type, isTry: isTry)
    let values: ColumnValues =
      switch (column.type, type) {
      case (.binary, .string): try conversion.checkedText()
      case (.string, .binary), (.uuid, .binary): column.values
      case (.string, _): try conversion.fromText()
      case (_, .string): try textValues(column)
      case (let source, _) where source == .date || source.isTimestamp || source.isTimeOfDay:
        try conversion.betweenTimes()
      case (.float, _), (.double, _): try conversion.fromDoubles()
      default: try conversion.fromIntegers()
      }
    return Column(type: type, validity: conversion.validity, values: values)
  }
}

@inline(__always)
func floorDays(_ micros: Int64) -> Int64 {
  let days = micros / microsPerDay
  return micros % microsPerDay < 0 ? days &- 1 : days
}

@inline(__always)
private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
  let quotient = value / divisor
  return value % divisor < 0 ? quotient &- 1 : quotient
}

/// One cast of one column: what is shared between its kernels.
struct Conversion {
  let column: Column
  let type: DataType
  let isTry: Bool
  /// The column's, less the rows that did not fit.
  private(set) var validity: Bitmap?

  init(column: Column, type: DataType, isTry: Bool) {
    self.column = column
    self.type = type
    self.isTry = isTry
    validity = column.validity
  }

  /// `body` of every slot; nil where the value does not fit.
  @inline(__always)
  mutating func run<A: BitwiseCopyable, R: BitwiseCopyable & ExpressibleByIntegerLiteral>(
    _ slots: Buffer<A>, _ body: (A) -> R?
  ) throws(ComputeError) -> Buffer<R> {
    var failed = false
    let result = map(slots) { (slot: A) -> R in
      if let value = body(slot) { return value }
      failed = true
      return 0
    }
    if failed { try exclude { body(slots[$0]) == nil } }
    return result
  }

  /// Rows whose value did not fit become null, or the first of them an error.
  mutating func exclude(_ isBad: (Int) -> Bool) throws(ComputeError) {
    var bits = BitmapBuilder(capacity: column.count)
    for row in 0..<column.count {
      let bad = !column.isNull(row) && isBad(row)
      if bad && !isTry {
        throw column.type == .string
          ? cannotRead(column[row].text(as: column.type), as: type)
          : .overflow(column[row].text(as: column.type), type)
      }
      bits.append(!column.isNull(row) && !bad)
    }
    validity = bits.freeze()
  }

  var int32s: Buffer<Int32> {
    if case .int32(let slots) = column.values { slots } else { Buffer() }
  }
  var int64s: Buffer<Int64> {
    if case .int64(let slots) = column.values { slots } else { Buffer() }
  }

  // MARK: Between dates, times and time stamps

  /// Days, microseconds and nanoseconds into one another. What is finer is cut off, towards the
  /// past.
  mutating func betweenTimes() throws(ComputeError) -> ColumnValues {
    let perDay = type.isNanos ? microsPerDay * 1000 : microsPerDay
    switch (column.type, type) {
    case (.date, _):
      return try .int64(
        run(int32s) { days in
          let (value, over) = Int64(days).multipliedReportingOverflow(by: perDay)
          return over ? nil : value
        })
    case (let source, .date):
      let scale: Int64 = source.isNanos ? 1000 : 1
      return try .int32(run(int64s) { Int32(exactly: floorDays(floorDivide($0, scale))) })
    case (let source, _) where source.isNanos && !type.isNanos:
      return .int64(map(int64s) { floorDivide($0, 1000) })
    case (let source, _) where !source.isNanos && type.isNanos:
      return try .int64(
        run(int64s) { micros in
          let (nanos, over) = micros.multipliedReportingOverflow(by: 1000)
          return over ? nil : nanos
        })
    default: return column.values
    }
  }

  // MARK: From doubles

  mutating func fromDoubles() throws(ComputeError) -> ColumnValues {
    if case .float(let slots) = column.values {
      if type == .double { return .double(map(slots) { Double($0) }) }
      return try fromDoubles(map(slots) { Double($0) })
    }
    guard case .double(let slots) = column.values else { preconditionFailure("not a double") }
    return try fromDoubles(slots)
  }

  private mutating func fromDoubles(_ slots: Buffer<Double>) throws(ComputeError) -> ColumnValues {
    switch type {
    case .float: return .float(map(slots) { Float($0) })
    case .boolean: return .boolean(map(slots) { $0 != 0 ? 1 : 0 })
    case .decimal(let precision, let scale):
      if precision <= 18 {
        return try .int64(
          run(slots) { decimal(from: $0, precision: precision, scale: scale).map { Int64($0) } })
      }
      return try .int128(run(slots) { decimal(from: $0, precision: precision, scale: scale) })
    case .long: return try .int64(run(slots) { Int64(exactly: $0.rounded(.toNearestOrEven)) })
    default:
      let range = type.integerRange!
      return try .int32(
        run(slots) { value in
          guard let whole = Int64(exactly: value.rounded(.toNearestOrEven)), range.contains(whole)
          else { return nil }
          return Int32(whole)
        })
    }
  }

  // MARK: From booleans, integers and decimals

  mutating func fromIntegers() throws(ComputeError) -> ColumnValues {
    switch column.values {
    case .boolean(let slots): try fromIntegers(map(slots) { Int64($0) }, scale: 0)
    case .int32(let slots):
      if type == .long {
        .int64(map(slots) { Int64($0) })
      } else {
        try fromIntegers(map(slots) { Int64($0) }, scale: 0)
      }
    case .int64(let slots): try fromIntegers(slots, scale: column.type.decimalScale)
    case .int128(let slots): try fromIntegers(slots, scale: column.type.decimalScale)
    default: preconditionFailure("not an integer")
    }
  }

  private mutating func fromIntegers<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
    _ slots: Buffer<T>, scale: Int
  ) throws(ComputeError) -> ColumnValues {
    switch type {
    case .boolean: return .boolean(map(slots) { $0 != 0 ? 1 : 0 })
    case .double: return .double(toDoubles(slots, scale))
    case .float: return .float(map(toDoubles(slots, scale)) { Float($0) })
    case .decimal(let precision, let newScale):
      if case .int64 = column.values, type.physical == .int64, newScale == scale,
        Cast.isWidening(from: column.type, to: type)
      {
        return column.values
      }
      if precision <= 18 && T.self == Int64.self {
        return try .int64(rescale(slots, scale, newScale, limit: precision))
      }
      let wide: Buffer<Int128> =
        try rescale(map(slots) { Int128($0) }, scale, newScale, limit: precision)
      return precision <= 18 ? .int64(map(wide) { Int64(truncatingIfNeeded: $0) }) : .int128(wide)
    default:
      let range = type.integerRange!
      let divisor = powerOfTen(scale)
      let low = T(truncatingIfNeeded: range.lowerBound)
      let high = T(truncatingIfNeeded: range.upperBound)
      let whole =
        scale == 0
        ? slots : map(slots) { T(truncatingIfNeeded: divideRounding(Int128($0), divisor)) }
      if type == .long {
        return try .int64(
          run(whole) { $0 < low || $0 > high ? nil : Int64(truncatingIfNeeded: $0) })
      }
      return try .int32(run(whole) { $0 < low || $0 > high ? nil : Int32(truncatingIfNeeded: $0) })
    }
  }

  /// Unscaled values from one scale to another; nil past `limit` digits.
  private mutating func rescale<T: FixedWidthInteger & SignedInteger & BitwiseCopyable, R>(
    _ slots: Buffer<T>, _ from: Int, _ to: Int, limit: Int
  ) throws(ComputeError) -> Buffer<R> where R: FixedWidthInteger & SignedInteger & BitwiseCopyable {
    if Cast.isWidening(from: column.type, to: type), let factor = R(exactly: powerOfTen(to - from))
    {
      // Every value fits: that is what widening means.
      if from == to { return map(slots) { R(truncatingIfNeeded: $0) } }
      return map(slots) { R(truncatingIfNeeded: $0) &* factor }
    }
    let bound = R(truncatingIfNeeded: powerOfTen(limit))
    if to < from {
      let divisor = powerOfTen(from - to)
      return try run(slots) { (slot: T) -> R? in
        let value = R(truncatingIfNeeded: divideRounding(Int128(slot), divisor))
        return value >= bound || value <= -bound ? nil : value
      }
    }
    let power = powerOfTen(to - from)
    guard let factor = R(exactly: power) else {
      // No value but zero survives a factor this large.
      return try run(slots) { (slot: T) -> R? in slot == 0 ? 0 : nil }
    }
    return try run(slots) { (slot: T) -> R? in
      let (value, over) = R(truncatingIfNeeded: slot).multipliedReportingOverflow(by: factor)
      return over || value >= bound || value <= -bound ? nil : value
    }
  }
}

/// Halves away from zero. - Precondition: `divisor` is a power of ten.
@inline(__always)
func divideRounding<T: FixedWidthInteger & SignedInteger>(_ value: T, _ divisor: T) -> T {
  let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
  if remainder.magnitude >= divisor.magnitude &- remainder.magnitude {
    return quotient &+ ((value < 0) == (divisor < 0) ? 1 : -1)
  }
  return quotient
}

/// The nearest doubles of decimals.
private func toDoubles<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
  _ slots: Buffer<T>, _ scale: Int
) -> Buffer<Double> {
  if scale == 0 { return map(slots) { Double($0) } }
  let divisor = Double(powerOfTen(min(scale, 22)))
  let exact = T(truncatingIfNeeded: Int64(1) << 53)
  let isExactDivisor = scale <= 22
  return map(slots) { value in
    // Both sides are exact doubles, so the quotient is rounded once.
    if isExactDivisor && value <= exact && value >= -exact { return Double(value) / divisor }
    return Double(decimalText(Int128(value), scale: scale)) ?? .nan
  }
}

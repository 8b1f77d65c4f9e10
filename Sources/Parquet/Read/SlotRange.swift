// Numbers that a slot has room for and the column's type does not hold: 1000 as INT(8), ten digits
// as DECIMAL(9), a time before midnight. No writer may store them (LogicalTypes.md), and what is
// made of them differs from reader to reader, so that none is handed out. spec/conformance.md,
// "Values".
import Base
import Columns

/// What the numbers of a type are within, where its slots hold more.
struct SlotRange {
  /// Zero or less.
  let low: Int128
  /// Zero or more. In 4 and 8 bytes a slot also holds `high - low`.
  let high: Int128
  let slotSizeBytes: Int

  /// Nil where every number that can be stored is one of the type.
  init?(_ mapping: LeafMapping, storedAs element: SchemaElement) {
    let range: ClosedRange<Int128>
    switch (mapping.type, element.annotation) {
    case (.short, .integer(8, false)): range = 0...255
    case (.integer, .integer(16, false)): range = 0...65_535
    case (.byte, _): range = -128...127
    case (.short, _): range = -32_768...32_767
    // The end of the day is a time: DuckDB writes 24:00:00.
    case (.time, _): range = 0...Int128(microsPerDay)
    case (.timeNanos, _): range = 0...Int128(microsPerDay) * 1000
    case (.decimal(let precision, _), .decimal):
      let limit = powerOfTen(precision) - 1
      if element.type == .int32 && limit > Int128(Int32.max) { return nil }
      if element.type == .int64 && limit > Int128(Int64.max) { return nil }
      range = -limit...limit
    default: return nil
    }
    low = range.lowerBound
    high = range.upperBound
    slotSizeBytes = mapping.type.physical?.slotSizeBytes ?? 0
  }

  /// Whether all of `count` slots are within.
  @unsafe
  func holds(_ slots: UnsafeRawPointer, count: Int) -> Bool {
    // SAFETY: the caller has `count` slots of `slotSizeBytes`, aligned to them.
    switch slotSizeBytes {
    case 4:
      unsafe areWithin(
        slots.assumingMemoryBound(to: Int32.self), count, low: Int32(low), high: Int32(high))
    case 8:
      unsafe areWithin(
        slots.assumingMemoryBound(to: Int64.self), count, low: Int64(low), high: Int64(high))
    default:
      unsafe areWithin(slots.assumingMemoryBound(to: Int128.self), count, low: low, high: high)
    }
  }
}

/// Twice 38 digits are more than 128 bits, so that differences as below would wrap.
@unsafe
private func areWithin(
  _ slots: UnsafePointer<Int128>, _ count: Int, low: Int128, high: Int128
) -> Bool {
  // SAFETY: the caller has `count` slots.
  var isWithin = true
  for index in 0..<count {
    let value = unsafe slots[index]
    isWithin = isWithin && value >= low && value <= high
  }
  return isWithin
}

/// The sign of `(value - low) | (high - value)` is set for a value outside, and for no other: with
/// `low <= 0 <= high` and a `high - low` that does not wrap, a difference wraps only where the
/// value is outside, and to a negative one. So a batch costs one comparison, and a value two
/// differences, which vectors have.
@inline(__always) @unsafe
private func areWithin<T: FixedWidthInteger & SignedInteger>(
  _ slots: UnsafePointer<T>, _ count: Int, low: T, high: T
) -> Bool {
  // SAFETY: the caller has `count` slots.
  var signs: T = 0
  for index in 0..<count {
    let value = unsafe slots[index]
    signs |= (value &- low) | (high &- value)
  }
  return signs >= 0
}

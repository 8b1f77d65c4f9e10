import Base
import Columns

// Stored values -> slots, for types whose slots are not what is stored (LeafConversion). One loop a
// conversion; the caller decides once per batch.
//
//   INT96 := nanoseconds of the day (i64, little endian)  Julian day (i32, little endian)
//            1970-01-01 is Julian day 2,440,588
//
// Spark's own arithmetic on INT96 wraps, so that far time stamps come out right only modulo 2^64.
// Microseconds reach every year that it writes, as in DuckDB; 64 bits of nanoseconds, which pyarrow
// and Polars make of it, end with 2262 and give another year then. What is finer is cut off, and
// whoever reads is told.

let julianDayOfEpoch: Int64 = 2_440_588

/// Converts `count` stored values of a fixed size. Returns whether nanoseconds were cut off.
///
/// - Throws: `DecodingFault` when a value does not fit its slot.
/// - Precondition: `source` holds `count * storedSizeBytes` bytes, `output` room for the slots.
@unsafe
func convertStored(
  _ conversion: LeafConversion, _ source: UnsafeRawPointer, storedSizeBytes: Int, count: Int,
  isWide: Bool, into output: UnsafeMutableRawPointer
) throws(DecodingFault) -> Bool {
  // SAFETY: the caller gives `count` stored values and room for as many slots; stored values have
  // the alignment of their buffer, 64 bytes.
  switch conversion {
  case .none, .null: preconditionFailure("nothing to convert")
  case .int32ToInt64:
    let stored = unsafe source.assumingMemoryBound(to: Int32.self)
    let slots = unsafe output.bindMemory(to: Int64.self, capacity: count)
    for index in 0..<count { unsafe slots[index] = Int64(stored[index]) }
  case .uint32ToInt64:
    let stored = unsafe source.assumingMemoryBound(to: UInt32.self)
    let slots = unsafe output.bindMemory(to: Int64.self, capacity: count)
    for index in 0..<count { unsafe slots[index] = Int64(stored[index]) }
  case .uint64ToInt128:
    let stored = unsafe source.assumingMemoryBound(to: UInt64.self)
    let slots = unsafe output.bindMemory(to: Int128.self, capacity: count)
    for index in 0..<count { unsafe slots[index] = Int128(stored[index]) }
  case .int64ToInt128:
    let stored = unsafe source.assumingMemoryBound(to: Int64.self)
    let slots = unsafe output.bindMemory(to: Int128.self, capacity: count)
    for index in 0..<count { unsafe slots[index] = Int128(stored[index]) }
  case .millisToMicros: try unsafe convertMillis(source, count, output)
  case .timeMillis:
    let stored = unsafe source.assumingMemoryBound(to: Int32.self)
    let slots = unsafe output.bindMemory(to: Int64.self, capacity: count)
    for index in 0..<count { unsafe slots[index] = Int64(stored[index]) &* 1000 }
  case .int96ToMicros: return unsafe convertInt96(source, count, output)
  case .decimalBytes:
    for index in 0..<count {
      let bytes = unsafe UnsafeRawBufferPointer(
        start: source.advanced(by: index * storedSizeBytes), count: storedSizeBytes)
      unsafe try storeDecimal(bytes, index: index, isWide: isWide, into: output)
    }
  case .float16:
    let slots = unsafe output.bindMemory(to: Float.self, capacity: count)
    for index in 0..<count {
      let half = unsafe source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
      unsafe slots[index] = floatFromHalf(UInt16(littleEndian: half))
    }
  }
  return false
}

@unsafe
private func convertMillis(
  _ source: UnsafeRawPointer, _ count: Int, _ output: UnsafeMutableRawPointer
) throws(DecodingFault) {
  // SAFETY: as in `convertStored`.
  let stored = unsafe source.assumingMemoryBound(to: Int64.self)
  let slots = unsafe output.bindMemory(to: Int64.self, capacity: count)
  var overflowed = false
  for index in 0..<count {
    let (micros, overflow) = unsafe stored[index].multipliedReportingOverflow(by: 1000)
    overflowed = overflowed || overflow
    unsafe slots[index] = micros
  }
  // Milliseconds of years that microseconds do not reach.
  if overflowed { throw .unsupported(offset: 0) }
}

@unsafe
private func convertInt96(
  _ source: UnsafeRawPointer, _ count: Int, _ output: UnsafeMutableRawPointer
) -> Bool {
  // SAFETY: as in `convertStored`; a stored value has 12 bytes.
  let slots = unsafe output.bindMemory(to: Int64.self, capacity: count)
  var cut: Int64 = 0
  for index in 0..<count {
    let nanos = unsafe Int64(
      littleEndian: source.loadUnaligned(fromByteOffset: index * 12, as: Int64.self))
    let day = unsafe Int32(
      littleEndian: source.loadUnaligned(fromByteOffset: index * 12 + 8, as: Int32.self))
    let start = (Int64(day) - julianDayOfEpoch) &* microsPerDay
    let micros = floorDivide(nanos, by: 1000)
    cut |= nanos &- micros &* 1000
    unsafe slots[index] = start &+ micros
  }
  return cut != 0
}

/// Stores big-endian two's complement of any length as slot `index`.
@unsafe
func storeDecimal(
  _ bytes: UnsafeRawBufferPointer, index: Int, isWide: Bool, into output: UnsafeMutableRawPointer
) throws(DecodingFault) {
  // SAFETY: positions are below the count of `bytes`; `output` has a slot `index`.
  let isNegative = unsafe bytes.count > 0 && bytes[0] & 0x80 != 0
  let sign: UInt8 = isNegative ? 0xFF : 0
  let extra = max(bytes.count - 16, 0)
  for position in 0..<extra where unsafe bytes[position] != sign {
    throw .outOfRange(offset: index)
  }
  var value: Int128 = isNegative ? -1 : 0
  for position in extra..<bytes.count {
    value = unsafe (value &<< 8) | Int128(bytes[position])
  }
  guard (value < 0) == isNegative else { throw .outOfRange(offset: index) }
  if isWide {
    unsafe output.storeBytes(of: value, toByteOffset: index * 16, as: Int128.self)
  } else {
    guard let narrow = Int64(exactly: value) else { throw .outOfRange(offset: index) }
    unsafe output.storeBytes(of: narrow, toByteOffset: index * 8, as: Int64.self)
  }
}

/// IEEE 754 half precision to single, exactly.
func floatFromHalf(_ bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 0x1F
  let fraction = UInt32(bits) & 0x3FF
  switch exponent {
  case 0:  // Zero or subnormal: fraction * 2^-24.
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}

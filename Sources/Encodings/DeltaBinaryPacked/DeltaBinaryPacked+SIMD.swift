// A miniblock of DELTA_BINARY_PACKED, unpacked and added up, and a block of differences.
// The kernels are in CKernels/bits.h.
import Base
import CKernels

/// The integers that the encoding holds. Never a witness call: the decoder is inlined for both.
protocol DeltaValue: FixedWidthInteger, SignedInteger, BitwiseCopyable {
  /// Writes `count` values whose differences, less `least`, are `width` bits each (0 to 64) from
  /// `source` on. The first follows `last`. Returns the last of them.
  ///
  /// - Precondition: `source` holds `ceil(count * width / 8)` bytes and `bufferPaddingBytes` more
  ///   that may be read.
  @unsafe
  static func sumDeltas(
    _ source: UnsafePointer<UInt8>, width: Int, count: Int, least: Self, last: Self,
    into output: UnsafeMutablePointer<Self>, level: KernelLevel
  ) -> Self

  /// Stores the differences of a block of 128 values, from that to the value before `values` on,
  /// less the smallest, which is returned. `set` gets what is set in any of each 32.
  @unsafe
  static func differences(
    _ values: UnsafePointer<Self>, into deltas: UnsafeMutablePointer<UInt64>,
    set: UnsafeMutablePointer<UInt64>, level: KernelLevel
  ) -> Self
}

extension Int64: DeltaValue {
  @unsafe
  static func differences(
    _ values: UnsafePointer<Int64>, into deltas: UnsafeMutablePointer<UInt64>,
    set: UnsafeMutablePointer<UInt64>, level: KernelLevel
  ) -> Int64 {
    // SAFETY: as the caller promises.
    #if arch(x86_64)
      if level == .avx512 { return unsafe grebe_differences_i64_avx512(values, deltas, set) }
      if level == .avx2 { return unsafe grebe_differences_i64_avx2(values, deltas, set) }
    #endif
    return unsafe differencesScalar(values, count: 128, into: deltas, set: set)
  }

  @unsafe
  static func sumDeltas(
    _ source: UnsafePointer<UInt8>, width: Int, count: Int, least: Int64, last: Int64,
    into output: UnsafeMutablePointer<Int64>, level: KernelLevel
  ) -> Int64 {
    // SAFETY: whole groups go to the kernel, the rest is less than one.
    #if arch(x86_64)
      if level == .avx512 {
        let groupCount = count / 8
        let value = unsafe grebe_delta_i64_avx512(
          source, UInt32(width), groupCount, least, last, output)
        let done = groupCount &* 8
        return unsafe sumDeltasScalar(
          source + groupCount &* width, width: width, count: count &- done, least: least,
          last: value, into: output + done)
      }
    #endif
    return unsafe sumDeltasScalar(
      source, width: width, count: count, least: least, last: last, into: output)
  }
}

extension Int32: DeltaValue {
  @unsafe
  static func differences(
    _ values: UnsafePointer<Int32>, into deltas: UnsafeMutablePointer<UInt64>,
    set: UnsafeMutablePointer<UInt64>, level: KernelLevel
  ) -> Int32 {
    // SAFETY: as the caller promises.
    #if arch(x86_64)
      if level == .avx512 { return unsafe grebe_differences_i32_avx512(values, deltas, set) }
      if level == .avx2 { return unsafe grebe_differences_i32_avx2(values, deltas, set) }
    #endif
    return unsafe differencesScalar(values, count: 128, into: deltas, set: set)
  }

  @unsafe
  static func sumDeltas(
    _ source: UnsafePointer<UInt8>, width: Int, count: Int, least: Int32, last: Int32,
    into output: UnsafeMutablePointer<Int32>, level: KernelLevel
  ) -> Int32 {
    // SAFETY: as above, and an even number of groups.
    #if arch(x86_64)
      if level == .avx512 && width <= 32 || level == .avx2 && width <= 25 {
        let groupCount = count / 16 * 2
        let value =
          unsafe level == .avx512
          ? grebe_delta_i32_avx512(source, UInt32(width), groupCount, least, last, output)
          : grebe_delta_i32_avx2(source, UInt32(width), groupCount, least, last, output)
        let done = groupCount &* 8
        return unsafe sumDeltasScalar(
          source + groupCount &* width, width: width, count: count &- done, least: least,
          last: value, into: output + done)
      }
    #endif
    return unsafe sumDeltasScalar(
      source, width: width, count: count, least: least, last: last, into: output)
  }
}

/// The reference.
@inline(__always) @unsafe
private func sumDeltasScalar<Value: DeltaValue>(
  _ source: UnsafePointer<UInt8>, width: Int, count: Int, least: Value, last: Value,
  into output: UnsafeMutablePointer<Value>
) -> Value {
  // SAFETY: a load starts before its value's end and reads at most 9 bytes.
  let mask = width == 0 ? 0 : UInt64.max &>> UInt64(64 &- width)
  let bytes = unsafe UnsafeRawPointer(source)
  var value = last
  var bit = 0
  if width <= 57 {  // With a shift of at most 7, one load has the difference.
    for slot in 0..<count {
      let word = unsafe UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
      let delta = (word &>> UInt64(bit & 7)) & mask
      value = value &+ least &+ Value(truncatingIfNeeded: delta)
      unsafe output[slot] = value
      bit &+= width
    }
    return value
  }
  for slot in 0..<count {
    let word = unsafe UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
    let shift = UInt64(bit & 7)
    // A shift of 64 is no shift in wrapping arithmetic: two steps reach it.
    let high = unsafe (UInt64(source[(bit &>> 3) &+ 8]) &<< 1) &<< (63 &- shift)
    value = value &+ least &+ Value(truncatingIfNeeded: ((word &>> shift) | high) & mask)
    unsafe output[slot] = value
    bit &+= width
  }
  return value
}

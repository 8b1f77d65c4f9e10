// Bit-packed integers, least significant bit first: value `i` of width `w` is the `w` bits that
// start at bit `i * w` of the input. Eight values fill exactly `w` bytes, a group.
//
//   w = 3:   byte 0    byte 1    byte 2
//            21110000  54443332  77766655     value of each bit's owner, high bit on the left
package import Base
import CKernels

/// Groups from which on a vector kernel is worth its call.
private let vectorGroupCount = 2

/// Writes `count` values of `width` bits, the first of which is number `index` of the run at
/// `source`.
///
/// - Precondition: `width` is in 1...32, and `source` holds `ceil((index + count) * width / 8)`
///   bytes and `bufferPaddingBytes` more that may be read.
@unsafe
package func unpackBits(
  _ source: UnsafePointer<UInt8>, width: Int, index: Int, count: Int,
  into output: UnsafeMutablePointer<UInt32>, level: KernelLevel = .best
) {
  // SAFETY: the parts add up to `count`; see the precondition.
  let head = min(count, (8 &- index & 7) & 7)
  unsafe unpackSingly(source, width: width, index: index, count: head, into: output)
  let groupCount = (count &- head) / 8
  let first = index &+ head
  // `first` is a multiple of 8: its bits start at a byte.
  let start = unsafe source.advanced(by: (first / 8) &* width)
  unsafe unpackGroups(
    start, width: width, groupCount: groupCount, into: output.advanced(by: head), level: level)
  let done = head &+ groupCount &* 8
  unsafe unpackSingly(
    source, width: width, index: index &+ done, count: count &- done,
    into: output.advanced(by: done))
}

/// As above, a byte a value: `width` is in 1...8.
@unsafe
func unpackBytes(
  _ source: UnsafePointer<UInt8>, width: Int, index: Int, count: Int,
  into output: UnsafeMutablePointer<UInt8>, level: KernelLevel = .best
) {
  // SAFETY: as above.
  let head = min(count, (8 &- index & 7) & 7)
  unsafe unpackSingly(source, width: width, index: index, count: head, into: output)
  let groupCount = (count &- head) / 8
  let first = index &+ head
  let start = unsafe source.advanced(by: (first / 8) &* width)
  unsafe unpackGroups(
    start, width: width, groupCount: groupCount, into: output.advanced(by: head), level: level)
  let done = head &+ groupCount &* 8
  unsafe unpackSingly(
    source, width: width, index: index &+ done, count: count &- done,
    into: output.advanced(by: done))
}

/// The reference: any position, any number, one value at a time.
@inline(__always) @unsafe
func unpackSingly<Value: FixedWidthInteger & UnsignedInteger>(
  _ source: UnsafePointer<UInt8>, width: Int, index: Int, count: Int,
  into output: UnsafeMutablePointer<Value>
) {
  // SAFETY: a load starts before its value's end and reads at most 8 bytes.
  let mask = UInt64(UInt32.max) &>> UInt64(32 &- width)
  let bytes = unsafe UnsafeRawPointer(source)
  var bit = index &* width
  for slot in 0..<count {
    let word = unsafe UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
    unsafe output[slot] = Value(truncatingIfNeeded: (word &>> UInt64(bit & 7)) & mask)
    bit &+= width
  }
}

// MARK: Whole groups

@unsafe
private func unpackGroups(
  _ source: UnsafePointer<UInt8>, width: Int, groupCount: Int,
  into output: UnsafeMutablePointer<UInt32>, level: KernelLevel
) {
  // SAFETY: `groupCount` groups are there, with padding for a vector; see `unpackBits`.
  if groupCount == 0 { return }
  #if arch(x86_64)
    if groupCount >= vectorGroupCount {
      switch level {
      case .avx512:
        return unsafe grebe_unpack_u32_avx512(source, UInt32(width), groupCount, output)
      case .avx2: return unsafe grebe_unpack_u32_avx2(source, UInt32(width), groupCount, output)
      case .sse2, .scalar: break
      }
    }
  #endif
  unsafe unpackGroupsScalar(source, width: width, groupCount: groupCount, into: output)
}

@unsafe
private func unpackGroups(
  _ source: UnsafePointer<UInt8>, width: Int, groupCount: Int,
  into output: UnsafeMutablePointer<UInt8>, level: KernelLevel
) {
  // SAFETY: as above.
  #if arch(x86_64)
    if groupCount >= vectorGroupCount {
      switch level {
      case .avx512:
        return unsafe grebe_unpack_u8_avx512(source, UInt32(width), groupCount, output)
      case .avx2: return unsafe grebe_unpack_u8_avx2(source, UInt32(width), groupCount, output)
      case .sse2, .scalar: break
      }
    }
  #endif
  unsafe unpackSingly(source, width: width, index: 0, count: groupCount &* 8, into: output)
}

/// One constant width a loop, so that every shift is one.
@unsafe
private func unpackGroupsScalar(
  _ raw: UnsafePointer<UInt8>, width: Int, groupCount: Int,
  into output: UnsafeMutablePointer<UInt32>
) {
  // SAFETY: `groupCount` groups are there; see `unpackBits`.
  let source = unsafe UnsafeRawPointer(raw)
  switch width {
  case 1: unsafe narrow(source, 1, groupCount, output)
  case 2: unsafe narrow(source, 2, groupCount, output)
  case 3: unsafe narrow(source, 3, groupCount, output)
  case 4: unsafe narrow(source, 4, groupCount, output)
  case 5: unsafe narrow(source, 5, groupCount, output)
  case 6: unsafe narrow(source, 6, groupCount, output)
  case 7: unsafe narrow(source, 7, groupCount, output)
  case 8: unsafe narrow(source, 8, groupCount, output)
  case 9: unsafe wide(source, 9, groupCount, output)
  case 10: unsafe wide(source, 10, groupCount, output)
  case 11: unsafe wide(source, 11, groupCount, output)
  case 12: unsafe wide(source, 12, groupCount, output)
  case 16: unsafe wide(source, 16, groupCount, output)
  case 20: unsafe wide(source, 20, groupCount, output)
  default: unsafe wide(source, width, groupCount, output)
  }
}

/// Widths up to 8: one load has a whole group.
@inline(__always) @unsafe
private func narrow(
  _ source: UnsafeRawPointer, _ width: Int, _ groupCount: Int,
  _ output: UnsafeMutablePointer<UInt32>
) {
  // SAFETY: a group has `width` bytes, and a load reads at most 8.
  let mask = UInt32.max &>> UInt32(32 &- width)
  var input = unsafe source
  var slots = unsafe output
  for _ in 0..<groupCount {
    let word = unsafe UInt64(littleEndian: input.loadUnaligned(as: UInt64.self))
    let shift = UInt64(width)
    unsafe slots[0] = UInt32(truncatingIfNeeded: word) & mask
    unsafe slots[1] = UInt32(truncatingIfNeeded: word &>> shift) & mask
    unsafe slots[2] = UInt32(truncatingIfNeeded: word &>> (2 &* shift)) & mask
    unsafe slots[3] = UInt32(truncatingIfNeeded: word &>> (3 &* shift)) & mask
    unsafe slots[4] = UInt32(truncatingIfNeeded: word &>> (4 &* shift)) & mask
    unsafe slots[5] = UInt32(truncatingIfNeeded: word &>> (5 &* shift)) & mask
    unsafe slots[6] = UInt32(truncatingIfNeeded: word &>> (6 &* shift)) & mask
    unsafe slots[7] = UInt32(truncatingIfNeeded: word &>> (7 &* shift)) & mask
    unsafe input += width
    unsafe slots += 8
  }
}

/// Any width: a load for every value. 32 bits and a shift of at most 7 fit a word.
@inline(__always) @unsafe
private func wide(
  _ source: UnsafeRawPointer, _ width: Int, _ groupCount: Int,
  _ output: UnsafeMutablePointer<UInt32>
) {
  // SAFETY: a group has `width` bytes, and a load reads at most 8 from a value's first.
  let mask = UInt32.max &>> UInt32(32 &- width)
  var input = unsafe source
  var slots = unsafe output
  for _ in 0..<groupCount {
    unsafe slots[0] = lane(input, 0, width) & mask
    unsafe slots[1] = lane(input, 1, width) & mask
    unsafe slots[2] = lane(input, 2, width) & mask
    unsafe slots[3] = lane(input, 3, width) & mask
    unsafe slots[4] = lane(input, 4, width) & mask
    unsafe slots[5] = lane(input, 5, width) & mask
    unsafe slots[6] = lane(input, 6, width) & mask
    unsafe slots[7] = lane(input, 7, width) & mask
    unsafe input += width
    unsafe slots += 8
  }
}

@inline(__always) @unsafe
private func lane(_ input: UnsafeRawPointer, _ index: Int, _ width: Int) -> UInt32 {
  // SAFETY: as in `wide`.
  let bit = index &* width
  let word = unsafe UInt64(
    littleEndian: input.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
  return UInt32(truncatingIfNeeded: word &>> UInt64(bit & 7))
}

// Bit-packed integers, least significant bit first: value `i` of width `w` is the `w` bits that
// start at bit `i * w` of the input. Eight values fill exactly `w` bytes, a group.
//
//   w = 3:   byte 0    byte 1    byte 2
//            21110000  54443332  77766655     value of each bit's owner, high bit on the left
import Base

/// Writes `count` values of `width` bits, the first of which is number `index` of the run at
/// `source`.
///
/// - Precondition: `width` is in 1...32, and `source` holds `ceil((index + count) * width / 8)`
///   bytes and 8 more that may be read.
@unsafe
package func unpackBits(
  _ source: UnsafePointer<UInt8>, width: Int, index: Int, count: Int,
  into output: UnsafeMutablePointer<UInt32>
) {
  // SAFETY: the parts add up to `count`; see the precondition.
  let head = min(count, (8 &- index & 7) & 7)
  unsafe unpackSingly(source, width: width, index: index, count: head, into: output)
  let groupCount = (count &- head) / 8
  let first = index &+ head
  // `first` is a multiple of 8: its bits start at a byte.
  let start = unsafe UnsafeRawPointer(source).advanced(by: (first / 8) &* width)
  unsafe unpackGroups(
    start, width: width, groupCount: groupCount, into: output.advanced(by: head))
  let done = head &+ groupCount &* 8
  unsafe unpackSingly(
    source, width: width, index: index &+ done, count: count &- done,
    into: output.advanced(by: done))
}

/// The reference: any position, any number, one value at a time.
@unsafe
func unpackSingly(
  _ source: UnsafePointer<UInt8>, width: Int, index: Int, count: Int,
  into output: UnsafeMutablePointer<UInt32>
) {
  // SAFETY: a load starts before its value's end and reads at most 8 bytes.
  let mask = UInt64(UInt32.max) &>> UInt64(32 &- width)
  let bytes = unsafe UnsafeRawPointer(source)
  var bit = index &* width
  for slot in 0..<count {
    let word = unsafe UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
    unsafe output[slot] = UInt32(truncatingIfNeeded: (word &>> UInt64(bit & 7)) & mask)
    bit &+= width
  }
}

/// Whole groups. The width is decided here, once: each loop below is compiled for its own.
@unsafe
private func unpackGroups(
  _ source: UnsafeRawPointer, width: Int, groupCount: Int,
  into output: UnsafeMutablePointer<UInt32>
) {
  // SAFETY: `groupCount` groups are there; see `unpackBits`.
  if groupCount == 0 { return }
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
  case 13: unsafe wide(source, 13, groupCount, output)
  case 14: unsafe wide(source, 14, groupCount, output)
  case 15: unsafe wide(source, 15, groupCount, output)
  case 16: unsafe wide(source, 16, groupCount, output)
  case 17: unsafe wide(source, 17, groupCount, output)
  case 18: unsafe wide(source, 18, groupCount, output)
  case 19: unsafe wide(source, 19, groupCount, output)
  case 20: unsafe wide(source, 20, groupCount, output)
  case 24: unsafe wide(source, 24, groupCount, output)
  case 32: unsafe wide(source, 32, groupCount, output)
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

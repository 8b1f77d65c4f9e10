// Bit packing, least significant bit first, the inside of the RLE/bit-packed hybrid.
// Parquet format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
//
//   values  0 1 2 3 4 5 6 7 at 3 bits
//   bytes   10001000 11000110 11111010       (first value in the low bits of the first byte)
//
// A group is eight values: `bitWidth` whole bytes, so that groups never share a byte.
//
// All kernels store whole words and run past the packed bytes by at most `packSlackBytes`:
// what the padding of every `BufferBuilder` allows.
package import Base
import CKernels

/// Bytes past the end of their output that the kernels may overwrite.
let packSlackBytes = 16

/// Appends `groupCount` groups of eight values at `bitWidth` bits each.
///
/// - Precondition: `values` holds the groups from `start` on; every value is below `1 << bitWidth`.
package func appendPacked(
  _ values: Span<UInt16>, from start: Int, groupCount: Int, bitWidth: Int,
  to output: inout ByteWriter, level: KernelLevel = .best
) {
  precondition(bitWidth >= 0 && bitWidth <= 16)
  precondition(start >= 0 && groupCount >= 0 && start + groupCount * 8 <= values.count)
  let sizeBytes = groupCount * bitWidth
  unsafe values.withUnsafeBufferPointer { source in
    guard let base = source.baseAddress, sizeBytes > 0 else { return }
    // SAFETY: the span holds the groups (checked above); the tail has `sizeBytes` and the padding.
    let target = unsafe output.buffer.unsafeTail(sizeBytes)
    #if arch(x86_64)
      if level >= .avx2 && bitWidth < 16 {
        unsafe grebe_pack_u16_avx2(base + start, UInt32(bitWidth), groupCount, target)
        return unsafe output.buffer.advance(by: sizeBytes)
      }
    #endif
    unsafe packGroups(
      base + start, groupCount: groupCount, bitWidth: bitWidth,
      to: UnsafeMutableRawPointer(target))
    unsafe output.buffer.advance(by: sizeBytes)
  }
}

/// As above, for values of up to 32 bits.
package func appendPacked(
  _ values: Span<UInt32>, from start: Int, groupCount: Int, bitWidth: Int,
  to output: inout ByteWriter, level: KernelLevel = .best
) {
  precondition(bitWidth >= 0 && bitWidth <= 32)
  precondition(start >= 0 && groupCount >= 0 && start + groupCount * 8 <= values.count)
  let sizeBytes = groupCount * bitWidth
  unsafe values.withUnsafeBufferPointer { source in
    guard let base = source.baseAddress, sizeBytes > 0 else { return }
    // SAFETY: as above.
    let target = unsafe output.buffer.unsafeTail(sizeBytes)
    #if arch(x86_64)
      if level >= .avx2 {
        unsafe grebe_pack_u32_avx2(base + start, UInt32(bitWidth), groupCount, target)
        return unsafe output.buffer.advance(by: sizeBytes)
      }
    #endif
    unsafe packInOrder(
      base + start, count: groupCount &* 8, bitWidth: bitWidth,
      to: UnsafeMutableRawPointer(target))
    unsafe output.buffer.advance(by: sizeBytes)
  }
}

/// As above, for values of up to 8 bits.
package func appendPacked(
  _ values: Span<UInt8>, from start: Int, groupCount: Int, bitWidth: Int,
  to output: inout ByteWriter, level: KernelLevel = .best
) {
  precondition(bitWidth >= 0 && bitWidth <= 8)
  precondition(start >= 0 && groupCount >= 0 && start + groupCount * 8 <= values.count)
  let sizeBytes = groupCount * bitWidth
  unsafe values.withUnsafeBufferPointer { source in
    guard let base = source.baseAddress, sizeBytes > 0 else { return }
    // SAFETY: as above.
    let target = unsafe output.buffer.unsafeTail(sizeBytes)
    #if arch(x86_64)
      if level >= .avx2 {
        unsafe grebe_pack_u8_avx2(base + start, UInt32(bitWidth), groupCount, target)
        return unsafe output.buffer.advance(by: sizeBytes)
      }
    #endif
    unsafe packInOrder(
      base + start, count: groupCount &* 8, bitWidth: bitWidth,
      to: UnsafeMutableRawPointer(target))
    unsafe output.buffer.advance(by: sizeBytes)
  }
}

/// Packs four 16-bit lanes of one word into the low `4 * bitWidth` bits.
@inline(__always)
private func packLanes(_ lanes: UInt64, _ width: UInt64) -> UInt64 {
  let even = lanes & 0x0000_FFFF_0000_FFFF
  let odd = (lanes &>> 16) & 0x0000_FFFF_0000_FFFF
  let pairs = even | (odd &<< width)
  return (pairs & 0xFFFF_FFFF) | ((pairs &>> 32) &<< (width &* 2))
}

/// The kernel for dictionary codes: four values a step, no memory between.
@unsafe
private func packGroups(
  _ values: UnsafePointer<UInt16>, groupCount: Int, bitWidth: Int,
  to output: UnsafeMutableRawPointer
) {
  // SAFETY: the caller's values and output, and `packSlackBytes` behind the output.
  let width = UInt64(bitWidth)
  var source = unsafe UnsafeRawPointer(values)
  var target = unsafe output
  if bitWidth == 16 {
    unsafe target.copyMemory(from: source, byteCount: groupCount &* 16)
  } else if bitWidth <= 8 {
    for _ in 0..<groupCount {
      let low = unsafe packLanes(source.loadUnaligned(as: UInt64.self), width)
      let high = unsafe packLanes(source.loadUnaligned(fromByteOffset: 8, as: UInt64.self), width)
      unsafe target.storeBytes(of: low | (high &<< (width &* 4)), as: UInt64.self)
      unsafe source += 16
      unsafe target += bitWidth
    }
  } else {
    for _ in 0..<groupCount {
      let low = unsafe packLanes(source.loadUnaligned(as: UInt64.self), width)
      let high = unsafe packLanes(source.loadUnaligned(fromByteOffset: 8, as: UInt64.self), width)
      unsafe target.storeBytes(of: low | (high &<< (width &* 4)), as: UInt64.self)
      unsafe target.storeBytes(of: high &>> (64 &- width &* 4), toByteOffset: 8, as: UInt64.self)
      unsafe source += 16
      unsafe target += bitWidth
    }
  }
}

/// The reference: any number of values of up to 32 bits, one after the other.
@inline(__always) @unsafe
private func packInOrder<Value: FixedWidthInteger & UnsignedInteger>(
  _ values: UnsafePointer<Value>, count: Int, bitWidth: Int, to output: UnsafeMutableRawPointer
) {
  // SAFETY: the caller's values; the packer keeps to the output and its slack.
  var packer = unsafe WordPacker(output)
  for index in 0..<count {
    unsafe packer.append(UInt64(values[index]), bitWidth: UInt64(bitWidth))
  }
}

/// Packs `count` values of `bitWidth` bits, 1...64, storing up to seven bytes past them.
///
/// - Precondition: `count` is even.
@unsafe
func packWords(
  _ values: UnsafePointer<UInt64>, count: Int, bitWidth: Int, to output: UnsafeMutableRawPointer
) {
  // SAFETY: the caller's values; the output takes them and seven bytes more.
  var packer = unsafe WordPacker(output)
  let width = UInt64(bitWidth)
  if bitWidth <= 28 {
    for index in 0..<count / 2 {
      let pair = unsafe values[2 &* index] | (values[2 &* index &+ 1] &<< width)
      packer.append(pair, bitWidth: 2 &* width)
    }
  } else if bitWidth <= 56 {
    for index in 0..<count { unsafe packer.append(values[index], bitWidth: width) }
  } else {
    for index in 0..<count {
      let value = unsafe values[index]
      packer.append(value & 0xFFFF_FFFF, bitWidth: 32)
      packer.append(value &>> 32, bitWidth: width &- 32)
    }
  }
}

/// Appends up to 56 bits at a time: fewer than eight wait, so that both fit a word.
@safe
private struct WordPacker {
  private var target: UnsafeMutableRawPointer
  private var bits: UInt64 = 0
  private var bitCount: UInt64 = 0

  // SAFETY: the caller keeps to the room it has.
  @unsafe
  init(_ target: UnsafeMutableRawPointer) { unsafe self.target = unsafe target }

  @inline(__always)
  mutating func append(_ value: UInt64, bitWidth: UInt64) {
    bits |= value &<< bitCount
    bitCount &+= bitWidth
    // SAFETY: the caller's output takes the packed bits, and seven bytes more.
    unsafe target.storeBytes(of: bits.littleEndian, as: UInt64.self)
    unsafe target += Int(bitCount &>> 3)
    bits &>>= bitCount & 56
    bitCount &= 7
  }
}

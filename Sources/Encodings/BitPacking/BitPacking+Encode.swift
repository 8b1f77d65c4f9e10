// Bit packing, least significant bit first, the inside of the RLE/bit-packed hybrid.
// Parquet format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".
//
//   values  0 1 2 3 4 5 6 7 at 3 bits
//   bytes   10001000 11000110 11111010       (first value in the low bits of the first byte)
//
// A group is eight values: `bitWidth` whole bytes, so that groups never share a byte.
//
// Both kernels store whole words and run past the packed bytes by less than `packSlackBytes`:
// what the padding of every `BufferBuilder` allows.
package import Base

/// Bytes past the end of their output that the kernels may overwrite.
let packSlackBytes = 16

/// Appends `groupCount` groups of eight values at `bitWidth` bits each.
///
/// - Precondition: `values` holds the groups from `start` on; every value is below `1 << bitWidth`.
package func appendPacked(
  _ values: Span<UInt16>, from start: Int, groupCount: Int, bitWidth: Int,
  to output: inout ByteWriter
) {
  precondition(bitWidth >= 0 && bitWidth <= 16)
  precondition(start >= 0 && groupCount >= 0 && start + groupCount * 8 <= values.count)
  let sizeBytes = groupCount * bitWidth
  unsafe values.withUnsafeBufferPointer { source in
    guard let base = source.baseAddress, sizeBytes > 0 else { return }
    // SAFETY: the span holds the groups (checked above); the tail has `sizeBytes` and the padding.
    let target = unsafe UnsafeMutableRawPointer(output.buffer.unsafeTail(sizeBytes))
    unsafe packGroups(base + start, groupCount: groupCount, bitWidth: bitWidth, to: target)
    unsafe output.buffer.advance(by: sizeBytes)
  }
}

/// As above, for values of up to 32 bits.
package func appendPacked(
  _ values: Span<UInt32>, from start: Int, groupCount: Int, bitWidth: Int,
  to output: inout ByteWriter
) {
  precondition(bitWidth >= 0 && bitWidth <= 32)
  precondition(start >= 0 && groupCount >= 0 && start + groupCount * 8 <= values.count)
  let sizeBytes = groupCount * bitWidth
  unsafe values.withUnsafeBufferPointer { source in
    guard let base = source.baseAddress, sizeBytes > 0 else { return }
    // SAFETY: as above.
    let target = unsafe UnsafeMutableRawPointer(output.buffer.unsafeTail(sizeBytes))
    unsafe packGroups(base + start, groupCount: groupCount, bitWidth: bitWidth, to: target)
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

/// The kernel for wider values: one after the other through a 64-bit accumulator.
@unsafe
private func packGroups(
  _ values: UnsafePointer<UInt32>, groupCount: Int, bitWidth: Int,
  to output: UnsafeMutableRawPointer
) {
  // SAFETY: as above.
  let width = UInt64(bitWidth)
  var target = unsafe output
  var bits: UInt64 = 0
  var bitCount: UInt64 = 0
  for index in 0..<groupCount &* 8 {
    bits |= unsafe UInt64(values[index]) &<< bitCount
    bitCount &+= width
    if bitCount >= 32 {
      unsafe target.storeBytes(of: UInt32(truncatingIfNeeded: bits), as: UInt32.self)
      unsafe target += 4
      bits &>>= 32
      bitCount &-= 32
    }
  }
  if bitCount > 0 { unsafe target.storeBytes(of: bits, as: UInt64.self) }
}

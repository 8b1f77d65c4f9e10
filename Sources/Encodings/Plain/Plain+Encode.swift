// PLAIN: values one after the other, little endian.
// Parquet format, Encodings.md, "Plain (PLAIN = 0)".
//
//   BOOLEAN               one bit a value, least significant bit first
//   INT32 INT64 FLOAT DOUBLE   4 or 8 bytes: as the slots of a column hold them, copied whole
//   FIXED_LEN_BYTE_ARRAY  the bytes; a decimal is a big-endian two's complement integer
//   BYTE_ARRAY            4 bytes of length, then the bytes
package import Base
package import Columns

/// Appends the low 32 bits of each of `values`: decimals of up to nine digits, kept in 64-bit
/// slots.
package func appendPlainNarrowed(_ values: Span<Int64>, to output: inout ByteWriter) {
  let tail = unsafe output.buffer.unsafeTail(values.count * 4)
  // SAFETY: the tail has four bytes a value.
  let target = UnsafeMutableRawPointer(tail)
  for index in values.indices {
    let narrow = unsafe Int32(truncatingIfNeeded: values[unchecked: index])
    unsafe target.storeBytes(of: narrow.littleEndian, toByteOffset: index &* 4, as: Int32.self)
  }
  unsafe output.buffer.advance(by: values.count * 4)
}

/// Appends `values` as big-endian integers of `sizeBytes` bytes, 1...16, without lengths.
///
/// - Precondition: every value fits `sizeBytes` bytes.
package func appendPlainBigEndian(
  _ values: Span<Int128>, sizeBytes: Int, to output: inout ByteWriter
) {
  precondition((1...16).contains(sizeBytes))
  // SAFETY: each store is 16 bytes whose first `sizeBytes` matter; the padding takes the last one's
  // rest.
  let tail = unsafe output.buffer.unsafeTail(values.count * sizeBytes)
  let target = UnsafeMutableRawPointer(tail)
  let shift = Int128(128 - sizeBytes * 8)
  for index in values.indices {
    let value = unsafe (values[unchecked: index] &<< shift).bigEndian
    unsafe target.storeBytes(of: value, toByteOffset: index &* sizeBytes, as: Int128.self)
  }
  unsafe output.buffer.advance(by: values.count * sizeBytes)
}

/// Appends the low bit of each of `values`, eight to a byte, the last byte filled with 0.
package func appendPlainBooleans(_ values: Span<UInt8>, to output: inout ByteWriter) {
  let groupCount = values.count / 8
  let tail = unsafe output.buffer.unsafeTail(groupCount + 1)
  unsafe values.withUnsafeBufferPointer { source in
    // SAFETY: `groupCount` groups of eight bytes lie in the span; the tail has a byte for each.
    let base = unsafe UnsafeRawPointer(source.baseAddress)
    for group in 0..<groupCount {
      let bytes = unsafe base!.loadUnaligned(fromByteOffset: group &* 8, as: UInt64.self)
      // The factor moves bit 0 of byte i to bit 56 + i; no two of its products meet.
      let bits = ((bytes & 0x0101_0101_0101_0101) &* 0x0102_0408_1020_4080) &>> 56
      unsafe tail[group] = UInt8(truncatingIfNeeded: bits)
    }
  }
  var last: UInt8 = 0
  for index in groupCount * 8..<values.count { last |= (values[index] & 1) << UInt8(index % 8) }
  unsafe tail[groupCount] = last
  unsafe output.buffer.advance(by: (values.count + 7) / 8)
}

/// Appends the values at `slices` of `data`, each behind its length.
///
/// - Precondition: every slice lies within `data`, the promise of every `Column`.
/// - Complexity: O(bytes); about 1 ns a short value.
package func appendPlainBytes(
  _ slices: Span<ValueSlice>, of data: Buffer<UInt8>, to output: inout ByteWriter
) {
  // SAFETY: a buffer has padding.
  unsafe data.withUnsafePointer { unsafe appendPlainBytes(slices, at: $0, to: &output) }
}

/// The same of values at `slices` of what `data` points at, which has `bufferPaddingBytes` behind
/// it.
@unsafe
package func appendPlainBytes(
  _ slices: Span<ValueSlice>, at data: UnsafeRawPointer, to output: inout ByteWriter
) {
  var sizeBytes = slices.count &* 4
  for index in slices.indices { sizeBytes &+= unsafe Int(slices[unchecked: index].count) }
  // SAFETY: the caller's slices lie in `data`, which is readable for `bufferPaddingBytes` past its
  // end; the tail has `sizeBytes` and the same padding. So both sides of a 32-byte step are in
  // bounds.
  var target = unsafe UnsafeMutableRawPointer(output.buffer.unsafeTail(sizeBytes))
  for index in slices.indices {
    let slice = unsafe slices[unchecked: index]
    let count = Int(slice.count)
    unsafe target.storeBytes(of: slice.count.littleEndian, as: UInt32.self)
    unsafe target += 4
    unsafe copyShort(data + Int(slice.offset), count, to: target)
    unsafe target += count
  }
  unsafe output.buffer.advance(by: sizeBytes)
}

/// Copies `count` bytes in steps of 32, reading and writing up to 31 bytes past the end.
@inline(__always) @unsafe
func copyShort(_ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer) {
  // SAFETY: the caller's source and target have `count` bytes and padding.
  if _slowPath(count > 256) {
    unsafe target.copyMemory(from: source, byteCount: count)
    return
  }
  var offset = 0
  repeat {
    let low = unsafe source.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt8>.self)
    let high = unsafe source.loadUnaligned(fromByteOffset: offset &+ 16, as: SIMD16<UInt8>.self)
    unsafe target.storeBytes(of: low, toByteOffset: offset, as: SIMD16<UInt8>.self)
    unsafe target.storeBytes(of: high, toByteOffset: offset &+ 16, as: SIMD16<UInt8>.self)
    offset &+= 32
  } while offset < count
}

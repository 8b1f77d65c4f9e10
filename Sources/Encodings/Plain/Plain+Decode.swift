// PLAIN: values one after the other. parquet-format, Encodings.md, "Plain".
//
//   BOOLEAN               one bit each, least significant bit first
//   INT32 ... DOUBLE      little endian, as the slots are: copied by the caller
//   BYTE_ARRAY            length (u32, little endian), then that many bytes
//   FIXED_LEN_BYTE_ARRAY  the bytes alone
package import Base
package import Columns

/// Writes `count` booleans, from bit `index` of `source` on, as bytes of 0 or 1.
///
/// - Precondition: `source` holds `ceil((index + count) / 8)` bytes.
@unsafe
package func unpackBooleans(
  _ source: UnsafePointer<UInt8>, index: Int, count: Int, into output: UnsafeMutablePointer<UInt8>
) {
  // SAFETY: bits up to `index + count` are there, and room for `count` bytes.
  var done = 0
  while done < count && (index &+ done) & 7 != 0 {
    unsafe output[done] = booleanBit(source, index &+ done)
    done &+= 1
  }
  while done &+ 8 <= count {
    // Each bit is multiplied into its own byte: bit k lands at bit 7 of byte k after the shift.
    let byte = unsafe UInt64(source[(index &+ done) &>> 3])
    let low = ((byte & 0x7F) &* 0x0002_0408_1020_4081) & 0x0101_0101_0101_0101
    let spread = low | ((byte &>> 7) &<< 56)
    unsafe UnsafeMutableRawPointer(output).storeBytes(
      of: spread.littleEndian, toByteOffset: done, as: UInt64.self)
    done &+= 8
  }
  while done < count {
    unsafe output[done] = booleanBit(source, index &+ done)
    done &+= 1
  }
}

@inline(__always) @unsafe
private func booleanBit(_ source: UnsafePointer<UInt8>, _ index: Int) -> UInt8 {
  // SAFETY: the caller's `index` is below its count.
  unsafe (source[index &>> 3] &>> UInt8(index & 7)) & 1
}

/// Writes the places of `count` byte arrays, the first of which has its length at `offset`.
/// Returns the offset after the last.
///
/// - Throws: `DecodingFault` when a length or its bytes go past the end.
@unsafe
package func scanByteArrays(
  _ bytes: Buffer<UInt8>, at offset: Int, count: Int, into output: UnsafeMutablePointer<ValueSlice>
) throws(DecodingFault) -> Int {
  // SAFETY: every offset is compared with the end before its load.
  let end = bytes.count
  guard end <= Int(UInt32.max) else { throw .outOfRange(offset: 0) }
  return try unsafe bytes.withUnsafePointer { base throws(DecodingFault) in
    let raw = unsafe UnsafeRawPointer(base)
    var position = offset
    for slot in 0..<count {
      let start = position &+ 4
      guard start <= end else { throw .truncated(offset: position) }
      let length = unsafe Int(
        UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: position, as: UInt32.self)))
      guard length <= end &- start else { throw .outOfRange(offset: position) }
      unsafe output[slot] = ValueSlice(
        offset: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: length))
      position = start &+ length
    }
    return position
  }
}

// DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.
// parquet-format, Encodings.md, "Delta-length byte array".
//
//   page := lengths (DELTA_BINARY_PACKED, INT32)  bytes of the values, one after the other
package import Base
package import Columns

/// Appends values of `lengths` bytes each, which lie one after the other in `bytes`, as one page.
///
/// - Precondition: the lengths add up to the count of `bytes`.
/// - Complexity: O(bytes).
package func appendDeltaLengthByteArray(
  _ lengths: Span<Int32>, of bytes: borrowing ByteWriter, to output: inout ByteWriter
) {
  appendDeltaBinaryPacked(lengths, to: &output)
  output.append(bytes.bytes)
}

/// Appends the bytes of the values at `slices` of `data` to `bytes`, and their lengths to
/// `lengths`.
///
/// - Precondition: every slice lies within `data`, the promise of every `Column`.
/// - Complexity: O(bytes); about 1 ns a short value.
package func appendBytes(
  _ slices: Span<ValueSlice>, of data: Buffer<UInt8>, lengths: inout BufferBuilder<Int32>,
  to bytes: inout ByteWriter
) {
  let sizeBytes = appendLengths(slices, to: &lengths)
  // SAFETY: as in `appendPlainBytes`: both sides of a 32-byte step are in bounds or padding.
  unsafe data.withUnsafePointer { data in
    var target = unsafe UnsafeMutableRawPointer(bytes.buffer.unsafeTail(sizeBytes))
    for index in slices.indices {
      let slice = unsafe slices[unchecked: index]
      if slice.count == 0 { continue }
      unsafe copyShort(data + Int(slice.offset), Int(slice.count), to: target)
      unsafe target += Int(slice.count)
    }
  }
  unsafe bytes.buffer.advance(by: sizeBytes)
}

/// Returns their sum.
private func appendLengths(
  _ slices: Span<ValueSlice>, to lengths: inout BufferBuilder<Int32>
) -> Int {
  // SAFETY: the tail has a length a slice.
  var sizeBytes = 0
  let counts = unsafe lengths.unsafeTail(slices.count)
  for index in slices.indices {
    let count = unsafe slices[unchecked: index].count
    unsafe counts[index] = Int32(truncatingIfNeeded: count)
    sizeBytes &+= Int(count)
  }
  unsafe lengths.advance(by: slices.count)
  return sizeBytes
}

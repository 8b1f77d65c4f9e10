// BYTE_STREAM_SPLIT: byte k of every value, for each k in turn. parquet-format, Encodings.md,
// "Byte Stream Split".
//
//   three values of 4 bytes    a0 a1 a2 a3  b0 b1 b2 b3  c0 c1 c2 c3
//   as stored                  a0 b0 c0  a1 b1 c1  a2 b2 c2  a3 b3 c3

/// Writes values `index ..< index + count` of a page of `valueCount`, each `sizeBytes` wide.
///
/// - Precondition: `source` holds `valueCount * sizeBytes` bytes.
@unsafe
package func joinByteStreams(
  _ source: UnsafePointer<UInt8>, valueCount: Int, sizeBytes: Int, index: Int, count: Int,
  into output: UnsafeMutableRawPointer
) {
  // SAFETY: `index + count` is at most `valueCount`, so that every stream has the bytes; `output`
  // has room for `count` values.
  let first = unsafe source.advanced(by: index)
  switch sizeBytes {
  case 4: unsafe join4(first, valueCount, count, output)
  case 8: unsafe join8(first, valueCount, count, output)
  default:
    for stream in 0..<sizeBytes {
      let bytes = unsafe first.advanced(by: stream &* valueCount)
      for slot in 0..<count {
        unsafe output.storeBytes(
          of: bytes[slot], toByteOffset: slot &* sizeBytes &+ stream, as: UInt8.self)
      }
    }
  }
}

@unsafe
private func join4(
  _ first: UnsafePointer<UInt8>, _ stride: Int, _ count: Int, _ output: UnsafeMutableRawPointer
) {
  // SAFETY: as in `joinByteStreams`.
  let (a, b) = unsafe (first, first + stride)
  let (c, d) = unsafe (first + 2 &* stride, first + 3 &* stride)
  let slots = unsafe output.bindMemory(to: UInt32.self, capacity: count)
  for slot in 0..<count {
    let low = unsafe UInt32(a[slot]) | UInt32(b[slot]) &<< 8
    let high = unsafe UInt32(c[slot]) | UInt32(d[slot]) &<< 8
    unsafe slots[slot] = (low | high &<< 16).littleEndian
  }
}

@unsafe
private func join8(
  _ first: UnsafePointer<UInt8>, _ stride: Int, _ count: Int, _ output: UnsafeMutableRawPointer
) {
  // SAFETY: as in `joinByteStreams`.
  let slots = unsafe output.bindMemory(to: UInt64.self, capacity: count)
  for slot in 0..<count {
    var value: UInt64 = 0
    var byte = unsafe first + slot
    for stream in 0..<8 {
      value |= unsafe UInt64(byte.pointee) &<< UInt64(stream &* 8)
      unsafe byte += stride
    }
    unsafe slots[slot] = value.littleEndian
  }
}

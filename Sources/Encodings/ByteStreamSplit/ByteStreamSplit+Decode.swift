// BYTE_STREAM_SPLIT: byte k of every value, for each k in turn. parquet-format, Encodings.md,
// "Byte Stream Split". INT32, INT64, FLOAT, DOUBLE and FIXED_LEN_BYTE_ARRAY.
//
//   three values of 4 bytes    a0 a1 a2 a3  b0 b1 b2 b3  c0 c1 c2 c3
//   as stored                  a0 b0 c0  a1 b1 c1  a2 b2 c2  a3 b3 c3
package import Base

/// Values that the loop for any width handles at a time, so that their bytes stay near.
private let blockCount = 512

/// Writes values `index ..< index + count` of a page of `valueCount`, each `sizeBytes` wide.
///
/// - Precondition: `source` holds `valueCount * sizeBytes` bytes.
@unsafe
package func joinByteStreams(
  _ source: UnsafePointer<UInt8>, valueCount: Int, sizeBytes: Int, index: Int, count: Int,
  into output: UnsafeMutableRawPointer, level: KernelLevel = .best
) {
  // SAFETY: `index + count` is at most `valueCount`, so that every stream has the bytes; `output`
  // has room for `count` values.
  let first = unsafe source.advanced(by: index)
  let done = unsafe joinBlocks(
    first, stride: valueCount, sizeBytes: sizeBytes, count: count, into: output, level: level)
  let rest = unsafe first + done
  let target = unsafe output + done &* sizeBytes
  switch sizeBytes {
  case 4: unsafe join4(rest, valueCount, count &- done, target)
  case 8: unsafe join8(rest, valueCount, count &- done, target)
  default:
    var start = 0
    while start < count {
      let end = min(start &+ blockCount, count)
      for stream in 0..<sizeBytes {
        let bytes = unsafe first.advanced(by: stream &* valueCount)
        for slot in start..<end {
          unsafe output.storeBytes(
            of: bytes[slot], toByteOffset: slot &* sizeBytes &+ stream, as: UInt8.self)
        }
      }
      start = end
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
  for slot in 0..<count {
    let low = unsafe UInt32(a[slot]) | UInt32(b[slot]) &<< 8
    let high = unsafe UInt32(c[slot]) | UInt32(d[slot]) &<< 8
    unsafe output.storeBytes(
      of: (low | high &<< 16).littleEndian, toByteOffset: slot &* 4, as: UInt32.self)
  }
}

@unsafe
private func join8(
  _ first: UnsafePointer<UInt8>, _ stride: Int, _ count: Int, _ output: UnsafeMutableRawPointer
) {
  // SAFETY: as in `joinByteStreams`.
  for slot in 0..<count {
    var value: UInt64 = 0
    var byte = unsafe first + slot
    for stream in 0..<8 {
      value |= unsafe UInt64(byte.pointee) &<< UInt64(stream &* 8)
      unsafe byte += stride
    }
    unsafe output.storeBytes(of: value.littleEndian, toByteOffset: slot &* 8, as: UInt64.self)
  }
}

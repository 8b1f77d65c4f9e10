// BYTE_STREAM_SPLIT: the first bytes of all values, then the second bytes, and so on. The format is
// drawn in ByteStreamSplit+Decode.swift. Exponents end up side by side, which compression likes.
package import Base

/// Values that the loop for any width handles at a time, so that their bytes stay near.
private let blockCount = 512

/// Appends `values`, PLAIN values of `valueBytes` bytes, as one stream a byte. O(values).
package func appendByteStreams(
  _ values: RawSpan, valueBytes: Int, to output: inout ByteWriter, level: KernelLevel = .best
) {
  precondition(valueBytes > 0 && values.byteCount % valueBytes == 0)
  let count = values.byteCount / valueBytes
  let tail = unsafe output.buffer.unsafeTail(values.byteCount)
  unsafe values.withUnsafeBytes { source in
    guard let base = source.baseAddress else { return }
    // SAFETY: both sides have `count * valueBytes` bytes.
    let done = unsafe splitBlocks(
      base.assumingMemoryBound(to: UInt8.self), sizeBytes: valueBytes, count: count, into: tail,
      level: level)
    var start = done
    while start < count {
      let end = min(start &+ blockCount, count)
      for stream in 0..<valueBytes {
        let from = unsafe base + stream
        let to = unsafe tail + stream &* count
        for index in start..<end {
          unsafe to[index] = from.load(fromByteOffset: index &* valueBytes, as: UInt8.self)
        }
      }
      start = end
    }
  }
  unsafe output.buffer.advance(by: values.byteCount)
}

// BYTE_STREAM_SPLIT: the first bytes of all values, then the second bytes, and so on. The format is
// drawn in ByteStreamSplit+Decode.swift. Exponents end up side by side, which compression likes.
package import Base

/// Appends `values`, PLAIN values of 4 or 8 bytes, as one stream a byte. O(values), below 1 ns a
/// value.
package func appendByteStreams(
  _ values: RawSpan, valueBytes: Int, to output: inout ByteWriter
) {
  precondition(valueBytes == 4 || valueBytes == 8)
  precondition(values.byteCount % valueBytes == 0)
  let count = values.byteCount / valueBytes
  let tail = unsafe output.buffer.unsafeTail(values.byteCount)
  unsafe values.withUnsafeBytes { source in
    guard let base = source.baseAddress else { return }
    // SAFETY: both sides have `count * valueBytes` bytes.
    var done = 0
    if valueBytes == 8 {
      let target = UnsafeMutableRawPointer(tail)
      while done &+ 8 <= count {
        unsafe splitEight(base + done &* 8, to: target + done, stride: count)
        done &+= 8
      }
    }
    for stream in 0..<valueBytes {
      let from = unsafe base + stream
      let to = unsafe tail + stream &* count
      for index in done..<count {
        unsafe to[index] = from.load(fromByteOffset: index &* valueBytes, as: UInt8.self)
      }
    }
  }
  unsafe output.buffer.advance(by: values.byteCount)
}

/// Transposes eight words of eight bytes: exchanges the halves of words at distances 4, 2 and 1.
@inline(__always) @unsafe
private func splitEight(
  _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, stride: Int
) {
  // SAFETY: the caller's 64 bytes, and eight streams of at least eight bytes more.
  var (a, b) = unsafe (word(source, 0), word(source, 1))
  var (c, d) = unsafe (word(source, 2), word(source, 3))
  var (e, f) = unsafe (word(source, 4), word(source, 5))
  var (g, h) = unsafe (word(source, 6), word(source, 7))
  exchange(&a, &e, shift: 32, mask: 0x0000_0000_FFFF_FFFF)
  exchange(&b, &f, shift: 32, mask: 0x0000_0000_FFFF_FFFF)
  exchange(&c, &g, shift: 32, mask: 0x0000_0000_FFFF_FFFF)
  exchange(&d, &h, shift: 32, mask: 0x0000_0000_FFFF_FFFF)
  exchange(&a, &c, shift: 16, mask: 0x0000_FFFF_0000_FFFF)
  exchange(&b, &d, shift: 16, mask: 0x0000_FFFF_0000_FFFF)
  exchange(&e, &g, shift: 16, mask: 0x0000_FFFF_0000_FFFF)
  exchange(&f, &h, shift: 16, mask: 0x0000_FFFF_0000_FFFF)
  exchange(&a, &b, shift: 8, mask: 0x00FF_00FF_00FF_00FF)
  exchange(&c, &d, shift: 8, mask: 0x00FF_00FF_00FF_00FF)
  exchange(&e, &f, shift: 8, mask: 0x00FF_00FF_00FF_00FF)
  exchange(&g, &h, shift: 8, mask: 0x00FF_00FF_00FF_00FF)
  unsafe target.storeBytes(of: a.littleEndian, as: UInt64.self)
  unsafe target.storeBytes(of: b.littleEndian, toByteOffset: stride, as: UInt64.self)
  unsafe target.storeBytes(of: c.littleEndian, toByteOffset: 2 &* stride, as: UInt64.self)
  unsafe target.storeBytes(of: d.littleEndian, toByteOffset: 3 &* stride, as: UInt64.self)
  unsafe target.storeBytes(of: e.littleEndian, toByteOffset: 4 &* stride, as: UInt64.self)
  unsafe target.storeBytes(of: f.littleEndian, toByteOffset: 5 &* stride, as: UInt64.self)
  unsafe target.storeBytes(of: g.littleEndian, toByteOffset: 6 &* stride, as: UInt64.self)
  unsafe target.storeBytes(of: h.littleEndian, toByteOffset: 7 &* stride, as: UInt64.self)
}

@inline(__always) @unsafe
private func word(_ source: UnsafeRawPointer, _ index: Int) -> UInt64 {
  // SAFETY: the caller's 64 bytes.
  unsafe UInt64(littleEndian: source.loadUnaligned(fromByteOffset: index &* 8, as: UInt64.self))
}

/// Exchanges the upper fields of `low` with the lower ones of `high`.
@inline(__always)
private func exchange(_ low: inout UInt64, _ high: inout UInt64, shift: UInt64, mask: UInt64) {
  let upper = (low &>> shift) & mask
  low = (low & mask) | ((high & mask) &<< shift)
  high = upper | (high & ~mask)
}

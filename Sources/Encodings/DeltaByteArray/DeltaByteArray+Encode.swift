// DELTA_BYTE_ARRAY: what each value shares with the one before it, and the rest. The format is
// drawn in DeltaByteArray+Decode.swift. For sorted values; others share little.
package import Base
package import Columns

/// Appends the values at `slices` of `data` as one page.
///
/// - Precondition: every slice lies within `data`, the promise of every `Column`.
/// - Complexity: O(bytes).
package func appendDeltaByteArray(
  _ slices: Span<ValueSlice>, of data: Buffer<UInt8>, to output: inout ByteWriter
) {
  // SAFETY: a buffer has padding.
  unsafe data.withUnsafePointer { unsafe appendDeltaByteArray(slices, at: $0, to: &output) }
}

/// The same of values at `slices` of what `bytes` points at, which has `bufferPaddingBytes` behind
/// it.
@unsafe
package func appendDeltaByteArray(
  _ slices: Span<ValueSlice>, at bytes: UnsafeRawPointer, to output: inout ByteWriter
) {
  // SAFETY: the caller's slices lie there, and the padding takes a load of eight bytes.
  var prefixes = BufferBuilder<Int32>(capacity: slices.count)
  var suffixes = BufferBuilder<ValueSlice>(capacity: slices.count)
  var previous = ValueSlice(offset: 0, count: 0)
  for index in slices.indices {
    let slice = slices[index]
    let shared = unsafe sharedPrefix(
      bytes + Int(previous.offset), bytes + Int(slice.offset),
      countMax: Int(min(previous.count, slice.count)))
    prefixes.append(Int32(truncatingIfNeeded: shared))
    suffixes.append(
      ValueSlice(offset: slice.offset + UInt32(shared), count: slice.count - UInt32(shared)))
    previous = slice
  }
  appendDeltaBinaryPacked(prefixes.span, to: &output)
  unsafe appendDeltaLengthByteArray(suffixes.span, at: bytes, to: &output)
}

/// Appends `values` of `valueBytes` bytes each, FIXED_LEN_BYTE_ARRAY, as one page.
package func appendDeltaByteArray(
  fixed values: RawSpan, valueBytes: Int, to output: inout ByteWriter
) {
  precondition(valueBytes > 0 && values.byteCount % valueBytes == 0)
  // A copy, because the bytes of a span have no padding behind them.
  var copy = ByteWriter(capacity: values.byteCount)
  copy.append(values)
  var slices = BufferBuilder<ValueSlice>(capacity: values.byteCount / valueBytes)
  for offset in stride(from: 0, to: values.byteCount, by: valueBytes) {
    slices.append(ValueSlice(offset: UInt32(offset), count: UInt32(valueBytes)))
  }
  appendDeltaByteArray(slices.span, of: copy.take(), to: &output)
}

/// How many bytes, up to `countMax`, are equal at the front.
@inline(__always) @unsafe
private func sharedPrefix(
  _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, countMax: Int
) -> Int {
  // SAFETY: a load starts before `countMax` and reads at most seven bytes past it.
  var offset = 0
  while offset < countMax {
    let difference =
      unsafe a.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
      ^ b.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian
    if difference != 0 { return min(offset &+ difference.trailingZeroBitCount / 8, countMax) }
    offset &+= 8
  }
  return countMax
}

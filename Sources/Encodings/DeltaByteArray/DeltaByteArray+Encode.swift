// DELTA_BYTE_ARRAY: what each value shares with the one before it, and the rest. The format is
// drawn in DeltaByteArray+Decode.swift. For sorted values; others share little.
package import Base

/// Appends values of `lengths` bytes each, which lie one after the other in `bytes`, as one page.
///
/// - Precondition: the lengths add up to the count of `bytes`.
/// - Complexity: O(bytes).
package func appendDeltaByteArray(
  _ lengths: Span<Int32>, of bytes: borrowing ByteWriter, to output: inout ByteWriter
) {
  var prefixes = BufferBuilder<Int32>(capacity: lengths.count)
  var suffixes = BufferBuilder<Int32>(capacity: lengths.count)
  // SAFETY: the tails have a number a value, whose bytes add up to the writer's, and its padding
  // takes a load of eight bytes.
  let start = unsafe UnsafeRawPointer(bytes.buffer.unsafeStart)
  let prefix = unsafe prefixes.unsafeTail(lengths.count)
  let suffix = unsafe suffixes.unsafeTail(lengths.count)
  var (previous, value) = unsafe (start, start)
  var (previousCount, suffixesSizeBytes) = (0, 0)
  for index in lengths.indices {
    let count = unsafe Int(lengths[unchecked: index])
    let shared = unsafe sharedPrefix(previous, value, countMax: min(previousCount, count))
    unsafe prefix[index] = Int32(truncatingIfNeeded: shared)
    unsafe suffix[index] = Int32(truncatingIfNeeded: count &- shared)
    suffixesSizeBytes &+= count &- shared
    unsafe (previous, previousCount) = unsafe (value, count)
    unsafe value += count
  }
  unsafe prefixes.advance(by: lengths.count)
  unsafe suffixes.advance(by: lengths.count)
  appendDeltaBinaryPacked(prefixes.span, to: &output)
  appendDeltaBinaryPacked(suffixes.span, to: &output)
  // SAFETY: both sides of a 32-byte step are in bounds or padding.
  var target = unsafe UnsafeMutableRawPointer(output.buffer.unsafeTail(suffixesSizeBytes))
  var source = unsafe start
  for index in lengths.indices {
    let count = unsafe Int(suffix[index])
    unsafe source += Int(prefix[index])
    if count > 0 { unsafe copyShort(source, count, to: target) }
    unsafe source += count
    unsafe target += count
  }
  unsafe output.buffer.advance(by: suffixesSizeBytes)
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

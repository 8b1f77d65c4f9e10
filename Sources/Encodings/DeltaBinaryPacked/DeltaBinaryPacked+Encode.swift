// DELTA_BINARY_PACKED: differences of neighbouring integers, bit-packed in small blocks. The format
// is drawn in DeltaBinaryPacked+Decode.swift. Blocks of 128 values in four miniblocks of 32, as
// parquet-mr and Arrow write them.
package import Base
import CKernels

private let blockCount = 128
private let miniblockCount = 4
private let miniblockValueCount = 32

/// Appends `values` as one stream. O(values), about 0.4 ns a value.
package func appendDeltaBinaryPacked(
  _ values: Span<Int64>, to output: inout ByteWriter, level: KernelLevel = .best
) {
  appendDeltas(values, to: &output, level: level)
}

/// As above. Differences wrap in 32 bits, so that none is wider.
package func appendDeltaBinaryPacked(
  _ values: Span<Int32>, to output: inout ByteWriter, level: KernelLevel = .best
) {
  appendDeltas(values, to: &output, level: level)
}

@inline(__always)
private func appendDeltas<T: DeltaValue>(
  _ values: Span<T>, to output: inout ByteWriter, level: KernelLevel
) {
  output.appendULEB128(UInt64(blockCount))
  output.appendULEB128(UInt64(miniblockCount))
  output.appendULEB128(UInt64(values.count))
  output.appendZigZag(values.isEmpty ? 0 : Int64(values[0]))
  // One word a difference, and zeros behind the last: a miniblock is packed whole. Behind them
  // what is set in any difference of each miniblock.
  // SAFETY: `scratch` has a block and a word a miniblock throughout; whole blocks of values are.
  var scratch = BufferBuilder<UInt64>(capacity: blockCount + miniblockCount)
  scratch.append(repeating: 0, count: blockCount + miniblockCount)
  let deltas = unsafe scratch.unsafeStart
  let set = unsafe deltas + blockCount
  unsafe values.withUnsafeBufferPointer { source in
    var start = 1
    while start < source.count {
      let count = min(blockCount, source.count - start)
      let first = unsafe source.baseAddress.unsafelyUnwrapped + start
      let smallest =
        unsafe count == blockCount
        ? T.differences(first, into: deltas, set: set, level: level)
        : differencesScalar(first, count: count, into: deltas, set: set)
      output.appendZigZag(Int64(smallest))
      unsafe appendMiniblocks(deltas, set: set, count: count, to: &output, level: level)
      start += count
    }
  }
}

/// Stores `count` differences, from that to the value before `values` on, less the smallest of
/// them, which is returned; zeros up to a whole block. The reference.
@inline(__always) @unsafe
func differencesScalar<T: DeltaValue>(
  _ values: UnsafePointer<T>, count: Int, into deltas: UnsafeMutablePointer<UInt64>,
  set: UnsafeMutablePointer<UInt64>
) -> T {
  // SAFETY: there is a value before the first; `deltas` has a block, `set` a word a miniblock.
  var smallest = T.max
  for index in 0..<count {
    let delta = unsafe values[index] &- values[index &- 1]
    smallest = delta < smallest ? delta : smallest
  }
  for index in 0..<count {
    let delta = unsafe values[index] &- values[index &- 1]
    let excess = T.Magnitude(truncatingIfNeeded: delta &- smallest)
    unsafe deltas[index] = UInt64(truncatingIfNeeded: excess)
  }
  for index in count..<blockCount { unsafe deltas[index] = 0 }
  for miniblock in 0..<miniblockCount {
    var bits: UInt64 = 0
    for index in 0..<miniblockValueCount {
      bits |= unsafe deltas[miniblock &* miniblockValueCount &+ index]
    }
    unsafe set[miniblock] = bits
  }
  return smallest
}

/// Appends the widths of the miniblocks and those miniblocks that have values.
@unsafe
private func appendMiniblocks(
  _ deltas: UnsafePointer<UInt64>, set: UnsafePointer<UInt64>, count: Int,
  to output: inout ByteWriter, level: KernelLevel
) {
  // SAFETY: a block of deltas. Four widths, then at most 64 bits a value; the padding takes the
  // last store's rest.
  let tail = unsafe output.buffer.unsafeTail(miniblockCount + blockCount * 8)
  var sizeBytes = miniblockCount
  for miniblock in 0..<miniblockCount {
    let width = unsafe 64 &- set[miniblock].leadingZeroBitCount
    unsafe tail[miniblock] = UInt8(truncatingIfNeeded: width)
    if miniblock &* miniblockValueCount < count && width > 0 {
      unsafe packMiniblock(
        deltas + miniblock &* miniblockValueCount, bitWidth: width, to: tail + sizeBytes,
        level: level)
      sizeBytes &+= miniblockValueCount / 8 &* width
    }
  }
  unsafe output.buffer.advance(by: sizeBytes)
}

/// Packs 32 values of `bitWidth` 1...64 bits, storing up to 64 bytes past them.
@inline(__always) @unsafe
func packMiniblock(
  _ values: UnsafePointer<UInt64>, bitWidth: Int, to output: UnsafeMutablePointer<UInt8>,
  level: KernelLevel
) {
  // SAFETY: the caller's 32 values, and padding behind its output.
  #if arch(x86_64)
    if level == .avx512 {
      return unsafe grebe_pack_u64_avx512(values, UInt32(bitWidth), output)
    }
    if level == .avx2 { return unsafe grebe_pack_u64_avx2(values, UInt32(bitWidth), output) }
  #endif
  unsafe packWords(
    values, count: miniblockValueCount, bitWidth: bitWidth, to: UnsafeMutableRawPointer(output))
}

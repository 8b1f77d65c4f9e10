// DELTA_BINARY_PACKED: differences of neighbouring integers, bit-packed in small blocks. The format
// is drawn in DeltaBinaryPacked+Decode.swift. Blocks of 128 values in four miniblocks of 32, as
// parquet-mr and Arrow write them.
package import Base

private let blockCount = 128
private let miniblockCount = 4
private let miniblockValueCount = 32

/// Appends `values` as one stream. O(values), about 1 ns a value.
package func appendDeltaBinaryPacked(_ values: Span<Int64>, to output: inout ByteWriter) {
  appendDeltas(values, to: &output)
}

/// As above. Differences wrap in 32 bits, so that none is wider.
package func appendDeltaBinaryPacked(_ values: Span<Int32>, to output: inout ByteWriter) {
  appendDeltas(values, to: &output)
}

@inline(__always)
private func appendDeltas<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
  _ values: Span<T>, to output: inout ByteWriter
) {
  output.appendULEB128(UInt64(blockCount))
  output.appendULEB128(UInt64(miniblockCount))
  output.appendULEB128(UInt64(values.count))
  output.appendZigZag(values.isEmpty ? 0 : Int64(values[0]))
  // One word a difference, and zeros behind the last: a miniblock is packed whole.
  // SAFETY: `deltas` has a block throughout.
  var deltas = BufferBuilder<UInt64>(capacity: blockCount)
  deltas.append(repeating: 0, count: blockCount)
  var start = 1
  while start < values.count {
    let count = min(blockCount, values.count - start)
    let smallest = unsafe fillDeltas(values, from: start, count: count, deltas.unsafeStart)
    output.appendZigZag(Int64(smallest))
    unsafe appendMiniblocks(deltas.unsafeStart, count: count, to: &output)
    start += count
  }
}

/// Stores `count` differences, from the value at `start - 1` on, less the smallest of them, which
/// is returned; zeros up to a whole block.
@inline(__always) @unsafe
private func fillDeltas<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
  _ values: Span<T>, from start: Int, count: Int, _ deltas: UnsafeMutablePointer<UInt64>
) -> T {
  precondition(start > 0 && start + count <= values.count && count <= blockCount)
  // SAFETY: indices are within the bounds checked above; `deltas` has a block.
  var smallest = T.max
  for index in start..<start &+ count {
    let delta = unsafe values[unchecked: index] &- values[unchecked: index &- 1]
    smallest = delta < smallest ? delta : smallest
  }
  for index in 0..<count {
    let delta = unsafe values[unchecked: start &+ index] &- values[unchecked: start &+ index &- 1]
    let excess = T.Magnitude(truncatingIfNeeded: delta &- smallest)
    unsafe deltas[index] = UInt64(truncatingIfNeeded: excess)
  }
  for index in count..<blockCount { unsafe deltas[index] = 0 }
  return smallest
}

/// Appends the widths of the miniblocks and those miniblocks that have values.
@unsafe
private func appendMiniblocks(
  _ deltas: UnsafePointer<UInt64>, count: Int, to output: inout ByteWriter
) {
  // SAFETY: a block of deltas. Four widths, then at most 64 bits a value; the padding takes the
  // last store's rest.
  let tail = unsafe UnsafeMutableRawPointer(
    output.buffer.unsafeTail(miniblockCount + blockCount * 8))
  var sizeBytes = miniblockCount
  for miniblock in 0..<miniblockCount {
    let source = unsafe deltas + miniblock * miniblockValueCount
    var bits: UInt64 = 0
    for index in 0..<miniblockValueCount { bits |= unsafe source[index] }
    let width = 64 - bits.leadingZeroBitCount
    unsafe tail.storeBytes(of: UInt8(width), toByteOffset: miniblock, as: UInt8.self)
    if miniblock * miniblockValueCount < count && width > 0 {
      unsafe packWords(source, bitWidth: width, to: tail + sizeBytes)
      sizeBytes += miniblockValueCount / 8 * width
    }
  }
  unsafe output.buffer.advance(by: sizeBytes)
}

/// Packs 32 values of `bitWidth` bits, 1...64, storing up to seven bytes past them.
@unsafe
private func packWords(
  _ values: UnsafePointer<UInt64>, bitWidth: Int, to output: UnsafeMutableRawPointer
) {
  // SAFETY: a miniblock of values; the output takes it and seven bytes more.
  var packer = unsafe WordPacker(output)
  let width = UInt64(bitWidth)
  if bitWidth <= 28 {
    for index in 0..<miniblockValueCount / 2 {
      let pair = unsafe values[2 &* index] | (values[2 &* index &+ 1] &<< width)
      packer.append(pair, bitWidth: 2 &* width)
    }
  } else if bitWidth <= 56 {
    for index in 0..<miniblockValueCount { unsafe packer.append(values[index], bitWidth: width) }
  } else {
    for index in 0..<miniblockValueCount {
      let value = unsafe values[index]
      packer.append(value & 0xFFFF_FFFF, bitWidth: 32)
      packer.append(value &>> 32, bitWidth: width &- 32)
    }
  }
}

/// Appends up to 56 bits at a time: fewer than eight wait, so that both fit a word.
@safe
private struct WordPacker {
  private var target: UnsafeMutableRawPointer
  private var bits: UInt64 = 0
  private var bitCount: UInt64 = 0

  // SAFETY: the caller keeps to the room it has.
  @unsafe
  init(_ target: UnsafeMutableRawPointer) { unsafe self.target = unsafe target }

  @inline(__always)
  mutating func append(_ value: UInt64, bitWidth: UInt64) {
    bits |= value &<< bitCount
    bitCount &+= bitWidth
    // SAFETY: the caller's output takes the packed bits, and seven bytes more.
    unsafe target.storeBytes(of: bits.littleEndian, as: UInt64.self)
    unsafe target += Int(bitCount &>> 3)
    bits &>>= bitCount & 56
    bitCount &= 7
  }
}

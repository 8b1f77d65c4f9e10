// DELTA_BINARY_PACKED: differences of neighbouring integers, bit-packed in small blocks.
// parquet-format, Encodings.md, "Delta Encoding".
//
//   page      := blockSize miniblockCount valueCount firstValue block*
//                (ULEB128, ULEB128, ULEB128, zigzag)
//   block     := minDelta (zigzag)  width (one byte a miniblock)  miniblock*
//   miniblock := blockSize / miniblockCount differences less minDelta, bit-packed
//                (UnpackBits.swift)
//
// Only miniblocks that have values are stored; the last is padded. All arithmetic wraps, in 64
// bits: the low 32 bits of the results are those of 32-bit arithmetic.
package import Base

/// Largest block this reader takes; writers use 128 to 2048 values.
private let blockSizeMax: UInt64 = 1 << 16

/// Reads a DELTA_BINARY_PACKED stream batch by batch.
package struct DeltaBinaryDecoder: Sendable {
  private let bytes: Buffer<UInt8>
  private let miniblockCount: Int
  private let miniblockValueCount: Int
  /// Values the header promises.
  package let valueCount: Int
  /// Of what is read next.
  private var offset: Int
  /// Values that were neither handed out nor unpacked.
  private var remaining: Int
  private var last: Int64
  private var isFirstPending: Bool
  private var minDelta: Int64 = 0
  /// Where the current block's widths are.
  private var widthsOffset = 0
  /// Of the next miniblock in the current block.
  private var miniblock: Int
  /// Differences of the current miniblock, widened, and the next of them.
  private var pending: [UInt64] = []
  private var pendingIndex = 0

  package init(_ bytes: Buffer<UInt8>) throws(DecodingFault) {
    var reader = ByteReader(bytes.bytes)
    let blockSize = Int(try reader.readULEB128(max: blockSizeMax))
    let miniblockCount = Int(try reader.readULEB128(max: 512))
    let count = Int(try reader.readULEB128(max: UInt64(Int32.max)))
    let first = try reader.readZigZag()
    guard miniblockCount > 0, blockSize > 0, blockSize % miniblockCount == 0,
      (blockSize / miniblockCount) % 8 == 0
    else { throw .malformed(offset: 0) }
    self.bytes = bytes
    self.miniblockCount = miniblockCount
    miniblockValueCount = blockSize / miniblockCount
    valueCount = count
    offset = reader.offset
    remaining = max(count - 1, 0)
    last = first
    isFirstPending = count > 0
    miniblock = miniblockCount
  }

  /// Writes the next `count` values. O(count).
  ///
  /// - Throws: `DecodingFault` when the stream has fewer values or ends early.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutablePointer<Int64>
  ) throws(DecodingFault) {
    // SAFETY: `output` has room for `count`; `step` values are pending.
    var written = 0
    if isFirstPending && count > 0 {
      unsafe output[0] = last
      written = 1
      isFirstPending = false
    }
    while written < count {
      if pendingIndex == pending.count { try unpackMiniblock() }
      let step = min(count &- written, pending.count &- pendingIndex)
      let (base, index) = (minDelta, pendingIndex)
      var value = last
      unsafe pending.withUnsafeBufferPointer { deltas in
        for slot in 0..<step {
          value &+= base &+ Int64(bitPattern: unsafe deltas[index &+ slot])
          unsafe output[written &+ slot] = value
        }
      }
      last = value
      pendingIndex &+= step
      written &+= step
    }
  }

  /// The offset after the last stored miniblock, whatever was decoded so far.
  package func endOffset() throws(DecodingFault) -> Int {
    var walker = self
    while walker.remaining > 0 {  // Bounded: a miniblock takes values, a block takes bytes.
      _ = try walker.nextMiniblock()
    }
    return walker.offset
  }

  /// Moves past the next miniblock: where it starts, its width, its number of values.
  private mutating func nextMiniblock() throws(DecodingFault) -> (
    start: Int, width: Int, count: Int
  ) {
    guard remaining > 0 else { throw .truncated(offset: offset) }
    if miniblock == miniblockCount {
      let bytes = bytes
      var reader = ByteReader(bytes.bytes, at: offset)
      minDelta = try reader.readZigZag()
      widthsOffset = reader.offset
      _ = try reader.readBytes(miniblockCount)
      offset = reader.offset
      miniblock = 0
    }
    let width = Int(bytes[widthsOffset + miniblock])
    guard width <= 64 else { throw .outOfRange(offset: widthsOffset + miniblock) }
    let count = min(miniblockValueCount, remaining)
    let start = offset
    // Some writers cut the padding of the last miniblock: what has values must be there.
    guard (count * width + 7) / 8 <= bytes.count - start else { throw .truncated(offset: start) }
    offset = min(start + miniblockValueCount * width / 8, bytes.count)
    miniblock += 1
    remaining -= count
    return (start, width, count)
  }

  private mutating func unpackMiniblock() throws(DecodingFault) {
    let (start, width, count) = try nextMiniblock()
    pendingIndex = 0
    if pending.count != count { pending = [UInt64](repeating: 0, count: count) }
    let bytes = bytes
    unsafe pending.withUnsafeMutableBufferPointer { deltas in
      // SAFETY: `nextMiniblock` saw the bytes of `count` values; buffers are padded.
      unsafe bytes.withUnsafePointer { base in
        unsafe unpackBits64(
          base.advanced(by: start), width: width, count: count, into: deltas.baseAddress!)
      }
    }
  }
}

/// Writes `count` values of `width` bits (0 to 64), the first of which starts at `source`.
///
/// - Precondition: `source` holds `ceil(count * width / 8)` bytes and 9 more that may be read.
@unsafe
func unpackBits64(
  _ source: UnsafePointer<UInt8>, width: Int, count: Int,
  into output: UnsafeMutablePointer<UInt64>
) {
  // SAFETY: the last load starts before the last value's end and reads at most 9 bytes.
  if width == 0 {
    unsafe output.update(repeating: 0, count: count)
    return
  }
  let mask = UInt64.max &>> UInt64(64 &- width)
  let bytes = unsafe UnsafeRawPointer(source)
  var bit = 0
  if width <= 57 {  // With a shift of at most 7, one load has the value.
    for slot in 0..<count {
      let word = unsafe UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
      unsafe output[slot] = (word &>> UInt64(bit & 7)) & mask
      bit &+= width
    }
    return
  }
  for slot in 0..<count {
    let word = unsafe UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: bit &>> 3, as: UInt64.self))
    let shift = UInt64(bit & 7)
    // A shift of 64 is no shift in wrapping arithmetic: two steps reach it.
    let high = unsafe (UInt64(source[(bit &>> 3) &+ 8]) &<< 1) &<< (63 &- shift)
    unsafe output[slot] = ((word &>> shift) | high) & mask
    bit &+= width
  }
}

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
// bits or in 32: the low 32 bits of the ones are the others.
//
// Control plane: `DeltaPosition` reads headers and widths and checks every length. Data plane:
// `sumDeltas` unpacks a miniblock and adds it up in one pass, where it can into the output.
package import Base

/// Largest block this reader takes, and most miniblocks of one; writers use 128 to 2048 values in
/// 4 to 32 miniblocks.
private let blockSizeMax = 1 << 16
private let miniblockCountMax = 512

/// Reads a DELTA_BINARY_PACKED stream batch by batch.
package struct DeltaBinaryDecoder: Sendable {
  private let bytes: Buffer<UInt8>
  /// Values the header promises.
  package let valueCount: Int
  private var position: DeltaPosition
  /// The last value that was decoded, in the output or in `pending`.
  private var last: Int64
  private var isFirstPending: Bool
  /// Values of a miniblock that was not handed out whole, and the next of them.
  private var pending: [Int64] = []
  private var pendingIndex = 0

  package init(_ bytes: Buffer<UInt8>) throws(DecodingFault) {
    var reader = ByteReader(bytes.bytes)
    let blockSize = Int(try reader.readULEB128(max: UInt64(Int32.max)))
    let miniblockCount = Int(try reader.readULEB128(max: UInt64(Int32.max)))
    let count = Int(try reader.readULEB128(max: UInt64(Int32.max)))
    let first = try reader.readZigZag()
    guard miniblockCount > 0, blockSize > 0, blockSize % miniblockCount == 0,
      (blockSize / miniblockCount) % 8 == 0
    else { throw .malformed(offset: 0) }
    guard blockSize <= blockSizeMax, miniblockCount <= miniblockCountMax else {
      throw .unsupported(offset: 0)
    }
    self.bytes = bytes
    valueCount = count
    last = first
    isFirstPending = count > 0
    position = DeltaPosition(
      offset: reader.offset, remaining: max(count - 1, 0), miniblockCount: miniblockCount,
      miniblockValueCount: blockSize / miniblockCount)
  }

  /// Writes the next `count` values. O(count).
  ///
  /// - Throws: `DecodingFault` when the stream has fewer values or ends early.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutablePointer<Int64>
  ) throws(DecodingFault) {
    // SAFETY: as the caller promises.
    try unsafe decodeValues(count, output)
  }

  /// As above, in 32 bits.
  ///
  /// - Precondition: the stream is read in one width throughout.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutablePointer<Int32>
  ) throws(DecodingFault) {
    // SAFETY: as the caller promises.
    try unsafe decodeValues(count, output)
  }

  @inline(__always) @unsafe
  private mutating func decodeValues<Value: DeltaValue>(
    _ count: Int, _ output: UnsafeMutablePointer<Value>
  ) throws(DecodingFault) {
    // SAFETY: `output` has room for `count`; `written` never passes it.
    var written = 0
    if isFirstPending && count > 0 {
      unsafe output[0] = Value(truncatingIfNeeded: last)
      written = 1
      isFirstPending = false
    }
    let (bytes, level) = (bytes, KernelLevel.best)
    var position = position
    defer { self.position = position }
    while written < count {
      if pendingIndex < pending.count {
        let step = min(count &- written, pending.count &- pendingIndex)
        for slot in 0..<step {
          unsafe output[written &+ slot] = Value(truncatingIfNeeded: pending[pendingIndex &+ slot])
        }
        pendingIndex &+= step
        written &+= step
        continue
      }
      try unsafe bytes.withUnsafePointer { base throws(DecodingFault) in
        var value = Value(truncatingIfNeeded: last)
        defer { last = Int64(value) }
        // Miniblocks that the output takes whole.
        while written < count && position.nextCount <= count &- written {
          let part = try unsafe position.nextMiniblock(base, endOffset: bytes.count)
          value = unsafe Value.sumDeltas(
            base + part.start, width: part.width, count: part.count,
            least: Value(truncatingIfNeeded: position.minDelta), last: value,
            into: output + written, level: level)
          written &+= part.count
        }
        if written < count { try unsafe unpackPending(base, &position, &value, level) }
      }
    }
  }

  /// Decodes a miniblock of which the output takes only a part.
  @inline(never) @unsafe
  private mutating func unpackPending<Value: DeltaValue>(
    _ base: UnsafePointer<UInt8>, _ position: inout DeltaPosition, _ value: inout Value,
    _ level: KernelLevel
  ) throws(DecodingFault) {
    // SAFETY: `nextMiniblock` saw the bytes of its values; scratch has room for them.
    let part = try unsafe position.nextMiniblock(base, endOffset: bytes.count)
    var scratch = BufferBuilder<Value>(capacity: part.count)
    let values = unsafe scratch.unsafeTail(part.count)
    value = unsafe Value.sumDeltas(
      base + part.start, width: part.width, count: part.count,
      least: Value(truncatingIfNeeded: position.minDelta), last: value, into: values, level: level)
    unsafe scratch.advance(by: part.count)
    pending = (0..<part.count).map { Int64(scratch[$0]) }
    pendingIndex = 0
  }

  /// The offset after the last stored miniblock, whatever was decoded so far.
  package func endOffset() throws(DecodingFault) -> Int {
    var walker = position
    // SAFETY: `nextMiniblock` stays within the bytes.
    try unsafe bytes.withUnsafePointer { base throws(DecodingFault) in
      while walker.remaining > 0 {  // Bounded: a miniblock takes values, a block takes bytes.
        _ = try unsafe walker.nextMiniblock(base, endOffset: bytes.count)
      }
    }
    return walker.offset
  }
}

/// Where a decoder stands in its blocks.
private struct DeltaPosition: Sendable {
  /// Of what is read next.
  var offset: Int
  /// Values that were not decoded.
  var remaining: Int
  let miniblockCount: Int
  let miniblockValueCount: Int
  var minDelta: Int64 = 0
  /// Where the current block's widths are.
  var widthsOffset = 0
  /// Of the next miniblock in the current block.
  var miniblock: Int

  init(offset: Int, remaining: Int, miniblockCount: Int, miniblockValueCount: Int) {
    self.offset = offset
    self.remaining = remaining
    self.miniblockCount = miniblockCount
    self.miniblockValueCount = miniblockValueCount
    miniblock = miniblockCount
  }

  /// Values of the next miniblock; where there is none, few enough for asking to throw.
  var nextCount: Int { min(miniblockValueCount, remaining) }

  /// Moves past the next miniblock: where it starts, its width, its number of values.
  @inline(__always) @unsafe
  mutating func nextMiniblock(
    _ base: UnsafePointer<UInt8>, endOffset: Int
  ) throws(DecodingFault) -> (start: Int, width: Int, count: Int) {
    // SAFETY: offsets are compared with `endOffset` before their bytes are read.
    guard remaining > 0 else { throw .truncated(offset: offset) }
    if miniblock == miniblockCount { try unsafe readBlockHeader(base, endOffset: endOffset) }
    let width = unsafe Int(base[widthsOffset &+ miniblock])
    guard width <= 64 else { throw .outOfRange(offset: widthsOffset &+ miniblock) }
    let count = nextCount
    let start = offset
    // Some writers cut the padding of the last miniblock: what has values must be there.
    guard (count &* width &+ 7) / 8 <= endOffset &- start else {
      throw .truncated(offset: start)
    }
    offset = min(start &+ miniblockValueCount &* width / 8, endOffset)
    miniblock &+= 1
    remaining &-= count
    return (start, width, count)
  }

  @unsafe
  private mutating func readBlockHeader(
    _ base: UnsafePointer<UInt8>, endOffset: Int
  ) throws(DecodingFault) {
    // SAFETY: the bytes up to `endOffset` are there for the call.
    var reader = ByteReader(
      unsafe RawSpan(_unsafeStart: UnsafeRawPointer(base), byteCount: endOffset), at: offset)
    minDelta = try reader.readZigZag()
    widthsOffset = reader.offset
    _ = try reader.readBytes(miniblockCount)
    offset = reader.offset
    miniblock = 0
  }
}

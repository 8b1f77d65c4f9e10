// Repetition and definition levels: small integers, one a slot of the page.
// parquet-format, Encodings.md, "RLE/Bit-Packing Hybrid", "Bit-packed (Deprecated)".
//
//   bits     ceil(log2(maxLevel + 1)); no bits, and no bytes, where the only level is 0
//   rle      the hybrid of RLEBitPacked+Decode.swift; its length in front is the page's business
//   bitPacked   values one after the other, most significant bit first, without headers:
//
//     w = 3:   byte 0    byte 1    byte 2
//              00011122  23334445  55666777     value of each bit's owner, high bit on the left
//
// The deprecated form is turned into the packed run it would be in the hybrid, once a page.
package import Base

/// How a page stores its levels.
package enum LevelEncoding: Sendable {
  case rle
  /// Deprecated, read only.
  case bitPacked
}

/// Reads the levels of a page batch by batch.
package struct LevelDecoder: Sendable {
  private var runs: HybridDecoder
  package let maxLevel: Int

  /// - Throws: `DecodingFault` when `maxLevel` is not in 0...255.
  package init(
    _ bytes: Buffer<UInt8>, maxLevel: Int, encoding: LevelEncoding = .rle
  ) throws(DecodingFault) {
    guard (0...255).contains(maxLevel) else { throw .outOfRange(offset: 0) }
    self.maxLevel = maxLevel
    let width = bitWidth(ofMax: UInt32(maxLevel))
    switch encoding {
    case .bitPacked where width > 0:
      runs = HybridDecoder(packed: reversedBits(bytes, bitWidth: width), bitWidth: width)
    case .rle, .bitPacked: runs = try HybridDecoder(bytes, bitWidth: width)
    }
  }

  /// Bytes of `valueCount` BIT_PACKED levels, which no length tells.
  package static func bitPackedSizeBytes(valueCount: Int, maxLevel: Int) -> Int {
    (valueCount * bitWidth(ofMax: UInt32(maxLevel)) + 7) / 8
  }

  /// Writes the next `count` levels. Returns how many are `maxLevel`.
  ///
  /// - Throws: `DecodingFault` when there are fewer, or one is above `maxLevel`.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutablePointer<UInt8>
  ) throws(DecodingFault) -> Int {
    // SAFETY: `output` has room for `count`, which are the parts of runs.
    let (width, most) = (runs.bitWidth, UInt8(maxLevel))
    var mostCount = 0
    try unsafe runs.forEachRun(count) { run, done, step throws(DecodingFault) in
      let target = unsafe output.advanced(by: done)
      switch run {
      case .repeated(let value):
        guard value <= UInt32(most) else { throw .outOfRange(offset: 0) }
        unsafe target.update(repeating: UInt8(value), count: step)
        if value == UInt32(most) { mostCount &+= step }
      case .packed(let start, let index):
        unsafe unpackBytes(start, width: width, index: index, count: step, into: target)
        mostCount &+= try unsafe countMost(target, count: step, most: most)
      }
    }
    return mostCount
  }

  /// Sets a bit from `firstBit` on in `words` for each of the next `count` levels that is
  /// `maxLevel`. The words are zero where the bits go. Returns how many of them are ones.
  ///
  /// - Throws: as `decode`.
  @unsafe
  package mutating func decodeBits(
    count: Int, into words: UnsafeMutablePointer<UInt64>, firstBit: Int
  ) throws(DecodingFault) -> Int {
    // SAFETY: the caller has words for `firstBit + count` bits; scratch holds a part of a run.
    if maxLevel == 1 {
      return try unsafe runs.decodeBits(count: count, into: words, firstBit: firstBit)
    }
    let (width, most) = (runs.bitWidth, UInt8(maxLevel))
    var scratch = BufferBuilder<UInt8>()
    var oneCount = 0
    try unsafe runs.forEachRun(count) { run, done, step throws(DecodingFault) in
      switch run {
      case .repeated(let value):
        guard value <= UInt32(most) else { throw .outOfRange(offset: 0) }
        guard value == UInt32(most) else { return }
        unsafe setBits(words, firstBit: firstBit &+ done, count: step)
        oneCount &+= step
      case .packed(let start, let index):
        var part = 0
        while part < step {
          let size = min(step &- part, 4096)
          let levels = unsafe scratch.unsafeTail(4096)
          unsafe unpackBytes(
            start, width: width, index: index &+ part, count: size, into: levels)
          _ = try unsafe countMost(levels, count: size, most: most)
          oneCount &+= unsafe setBits(
            of: levels, count: size, atLeast: most, into: words,
            firstBit: firstBit &+ done &+ part)
          part &+= size
        }
      }
    }
    return oneCount
  }

  /// Takes up to `limit` levels that one run says are all `level`. 0 where the next level is in a
  /// packed run or another one.
  package mutating func takeRepeated(_ level: Int, limit: Int) throws(DecodingFault) -> Int {
    guard (0...maxLevel).contains(level) else { return 0 }
    return try runs.takeRepeated(UInt32(level), limit: limit)
  }
}

/// How many of `count` levels are `most`.
///
/// - Throws: `DecodingFault` when one is above.
@inline(__always) @unsafe
private func countMost(
  _ levels: UnsafePointer<UInt8>, count: Int, most: UInt8
) throws(DecodingFault) -> Int {
  // SAFETY: there are `count` levels.
  var largest: UInt8 = 0
  for index in 0..<count { largest = unsafe max(largest, levels[index]) }
  guard largest <= most else { throw .outOfRange(offset: 0) }
  return largest < most ? 0 : unsafe countLevels(levels, count: count, atLeast: most)
}

/// The packed run that BIT_PACKED values are with their bits in the other order. O(bits).
private func reversedBits(_ bytes: Buffer<UInt8>, bitWidth width: Int) -> Buffer<UInt8> {
  let valueCount = bytes.count * 8 / width
  var levels = BufferBuilder<UInt8>(capacity: valueCount + 8)
  var pending: UInt32 = 0
  var pendingBits = 0
  for byte in 0..<bytes.count {
    pending = pending &<< 8 | UInt32(bytes[byte])
    pendingBits += 8
    while pendingBits >= width {
      pendingBits -= width
      let level = (pending &>> UInt32(pendingBits)) & (1 &<< UInt32(width) &- 1)
      levels.append(UInt8(truncatingIfNeeded: level))
    }
  }
  while levels.count % 8 != 0 { levels.append(0) }
  var packed = ByteWriter(capacity: bytes.count + 8)
  appendPacked(
    levels.span, from: 0, groupCount: levels.count / 8, bitWidth: width, to: &packed)
  return packed.take()
}

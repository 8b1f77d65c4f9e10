// RLE / bit-packed hybrid: levels, dictionary indices, booleans.
// parquet-format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid".
//
//   input := run*          run := header payload
//   header := ULEB128; its low bit picks the payload, the rest counts it
//     0    repeated:   `header >> 1` times one value of ceil(bitWidth / 8) little-endian bytes
//     1    bit-packed: `header >> 1` groups of 8 values, drawn in UnpackBits.swift
//
// Width 0 has no bits to store: every value is 0 and nothing is read.
package import Base

/// Largest legal run header: Parquet counts the values of a page in an Int32.
private let headerMax = UInt64(UInt32.max)

/// Reads a hybrid stream batch by batch.
package struct HybridDecoder: Sendable {
  private let bytes: Buffer<UInt8>
  package let bitWidth: Int
  /// Of the next run's header.
  private var offset = 0
  /// Values of the current run that were not read yet.
  private var runRemaining = 0
  /// Where the current run's groups start; negative when it is a repeated value.
  private var packedOffset = -1
  /// Of the next value in the current packed run.
  private var packedIndex = 0
  private var repeatedValue: UInt32 = 0

  /// - Throws: `DecodingFault` when `bitWidth` is not in 0...32.
  package init(_ bytes: Buffer<UInt8>, bitWidth: Int) throws(DecodingFault) {
    guard (0...32).contains(bitWidth) else { throw .outOfRange(offset: 0) }
    self.bytes = bytes
    self.bitWidth = bitWidth
  }

  /// Writes the next `count` values. O(count).
  ///
  /// - Throws: `DecodingFault` when the input ends early.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutablePointer<UInt32>
  ) throws(DecodingFault) {
    if bitWidth == 0 {
      unsafe output.update(repeating: 0, count: count)
      return
    }
    var written = 0
    while written < count {  // Bounded: a run has values, or its header consumed input.
      if runRemaining == 0 { try readHeader() }
      let step = min(count &- written, runRemaining)
      let target = unsafe output.advanced(by: written)
      if packedOffset < 0 {
        unsafe target.update(repeating: repeatedValue, count: step)
      } else {
        let (start, index, width) = (packedOffset, packedIndex, bitWidth)
        // SAFETY: `readHeader` saw the bytes of every value of the run; buffers are padded.
        unsafe bytes.withUnsafePointer { base in
          unsafe unpackBits(
            base.advanced(by: start), width: width, index: index, count: step, into: target)
        }
        packedIndex &+= step
      }
      runRemaining &-= step
      written &+= step
    }
  }

  /// Reads the next run's header and what a repeated run repeats.
  private mutating func readHeader() throws(DecodingFault) {
    let bytes = bytes
    var reader = ByteReader(bytes.bytes, at: offset)
    let header = try reader.readULEB128(max: headerMax)
    if header & 1 == 0 {
      var value: UInt32 = 0
      for index in 0..<(bitWidth + 7) / 8 {
        value |= UInt32(try reader.readUInt8()) &<< UInt32(index * 8)
      }
      repeatedValue = value
      packedOffset = -1
      runRemaining = Int(header >> 1)
      offset = reader.offset
    } else {
      // Some writers leave out the padding of the last group: what is there counts.
      let start = reader.offset
      let groupCount = Int(header >> 1)
      let sizeBytes = min(groupCount * bitWidth, bytes.count - start)
      packedOffset = start
      packedIndex = 0
      runRemaining = min(groupCount * 8, sizeBytes * 8 / bitWidth)
      guard runRemaining > 0 || groupCount == 0 else { throw .truncated(offset: start) }
      offset = start + sizeBytes
    }
  }

  // MARK: Validity

  /// Sets the next `count` bits from `firstBit` on in `words` from values of width 1. The words are
  /// zero where the bits go. Returns how many of them are ones.
  @unsafe
  package mutating func decodeBits(
    count: Int, into words: UnsafeMutablePointer<UInt64>, firstBit: Int
  ) throws(DecodingFault) -> Int {
    precondition(bitWidth == 1)
    var written = 0
    var oneCount = 0
    while written < count {  // Bounded as in `decode`.
      if runRemaining == 0 { try readHeader() }
      let step = min(count &- written, runRemaining)
      let bit = firstBit &+ written
      if packedOffset < 0 {
        if repeatedValue > 1 { throw .outOfRange(offset: offset) }
        if repeatedValue == 1 {
          unsafe setBits(words, firstBit: bit, count: step)
          oneCount &+= step
        }
      } else {
        let (start, index) = (packedOffset, packedIndex)
        // SAFETY: as in `decode`.
        oneCount &+= unsafe bytes.withUnsafePointer { base in
          unsafe copyBits(
            base.advanced(by: start), index: index, count: step, into: words, firstBit: bit)
        }
        packedIndex &+= step
      }
      runRemaining &-= step
      written &+= step
    }
    return oneCount
  }
}

/// Sets `count` bits from `firstBit` on.
@unsafe
private func setBits(_ words: UnsafeMutablePointer<UInt64>, firstBit: Int, count: Int) {
  // SAFETY: the caller has words for `firstBit + count` bits.
  var bit = firstBit
  let end = firstBit &+ count
  while bit < end {
    let inWord = bit & 63
    let step = min(64 &- inWord, end &- bit)
    let ones = UInt64.max &>> UInt64(64 &- step)
    unsafe words[bit &>> 6] |= ones &<< UInt64(inWord)
    bit &+= step
  }
}

/// Copies `count` bits from bit `index` of `source`. Returns how many are ones.
@unsafe
private func copyBits(
  _ source: UnsafePointer<UInt8>, index: Int, count: Int,
  into words: UnsafeMutablePointer<UInt64>, firstBit: Int
) -> Int {
  // SAFETY: the run has `index + count` bits, and padding for the last load; the caller has words
  // for `firstBit + count`.
  let bytes = unsafe UnsafeRawPointer(source)
  var oneCount = 0
  var done = 0
  while done < count {  // At least one bit a turn, 57 or more in the middle.
    let from = index &+ done
    let bit = firstBit &+ done
    let inWord = bit & 63
    // A load has 64 bits, of which up to 7 come before the first.
    let step = min(min(64 &- (from & 7), 64 &- inWord), count &- done)
    let loaded = unsafe UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: from &>> 3, as: UInt64.self))
    let bits = (loaded &>> UInt64(from & 7)) & (UInt64.max &>> UInt64(64 &- step))
    unsafe words[bit &>> 6] |= bits &<< UInt64(inWord)
    oneCount &+= bits.nonzeroBitCount
    done &+= step
  }
  return oneCount
}

// RLE / bit-packed hybrid: levels, dictionary indices, booleans.
// parquet-format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid".
//
//   input := run*          run := header payload
//   header := ULEB128; its low bit picks the payload, the rest counts it
//     0    repeated:   `header >> 1` times one value of ceil(bitWidth / 8) little-endian bytes
//     1    bit-packed: `header >> 1` groups of 8 values, drawn in UnpackBits.swift
//
// Width 0 has no bits to store: every value is 0 and nothing is read.
//
// Control plane: `HybridPosition` reads headers and checks every length; `forEachRun` cuts what the
// caller wants into parts of runs. Data plane: one loop a part.
package import Base

/// Reads a hybrid stream batch by batch.
package struct HybridDecoder: Sendable {
  private let bytes: Buffer<UInt8>
  package let bitWidth: Int
  private var position = HybridPosition()

  /// - Throws: `DecodingFault` when `bitWidth` is not in 0...32.
  package init(_ bytes: Buffer<UInt8>, bitWidth: Int) throws(DecodingFault) {
    guard (0...32).contains(bitWidth) else { throw .outOfRange(offset: 0) }
    self.bytes = bytes
    self.bitWidth = bitWidth
    if bitWidth == 0 { position.runRemaining = .max }  // One run of zeros without an end.
  }

  /// A stream that is one packed run without header: all whole values of `packed`.
  init(packed: Buffer<UInt8>, bitWidth: Int) {
    precondition((1...32).contains(bitWidth))
    bytes = packed
    self.bitWidth = bitWidth
    position.runRemaining = packed.count * 8 / bitWidth
    position.packedOffset = 0
    position.offset = packed.count
  }

  /// Writes the next `count` values. O(count).
  ///
  /// - Throws: `DecodingFault` when the input ends early.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutablePointer<UInt32>
  ) throws(DecodingFault) {
    // SAFETY: parts of runs add up to `count`; a packed part has its bytes, and padding.
    let width = bitWidth
    try unsafe forEachRun(count) { run, done, step in
      switch run {
      case .repeated(let value):
        unsafe output.advanced(by: done).update(repeating: value, count: step)
      case .packed(let start, let index):
        unsafe unpackBits(
          start, width: width, index: index, count: step, into: output.advanced(by: done))
      }
    }
  }

  /// As above, a byte a value.
  ///
  /// - Precondition: `bitWidth` is at most 8.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutablePointer<UInt8>
  ) throws(DecodingFault) {
    precondition(bitWidth <= 8)
    // SAFETY: as above.
    let width = bitWidth
    try unsafe forEachRun(count) { run, done, step in
      switch run {
      case .repeated(let value):
        unsafe output.advanced(by: done).update(
          repeating: UInt8(truncatingIfNeeded: value), count: step)
      case .packed(let start, let index):
        unsafe unpackBytes(
          start, width: width, index: index, count: step, into: output.advanced(by: done))
      }
    }
  }

  /// Sets the next `count` bits from `firstBit` on in `words` from values of width 1. The words are
  /// zero where the bits go. Returns how many of them are ones.
  @unsafe
  package mutating func decodeBits(
    count: Int, into words: UnsafeMutablePointer<UInt64>, firstBit: Int
  ) throws(DecodingFault) -> Int {
    precondition(bitWidth == 1)
    // SAFETY: as above; the caller has words for `firstBit + count` bits.
    var oneCount = 0
    try unsafe forEachRun(count) { run, done, step throws(DecodingFault) in
      switch run {
      case .repeated(let value):
        if value > 1 { throw .outOfRange(offset: 0) }
        if value == 0 { return }
        unsafe setBits(words, firstBit: firstBit &+ done, count: step)
        oneCount &+= step
      case .packed(let start, let index):
        oneCount &+= unsafe copyBits(
          start, index: index, count: step, into: words, firstBit: firstBit &+ done)
      }
    }
    return oneCount
  }

  /// Takes up to `limit` values off the current run if it repeats `value`; 0 if it does not.
  ///
  /// - Throws: `DecodingFault` when the next header is not legal.
  package mutating func takeRepeated(
    _ value: UInt32, limit: Int
  ) throws(DecodingFault) -> Int {
    if limit <= 0 { return 0 }
    // SAFETY: headers are read within the bytes.
    try unsafe bytes.withUnsafePointer { base throws(DecodingFault) in
      while position.runRemaining == 0 {  // Bounded: a header consumes input.
        try unsafe position.readHeader(base, endOffset: bytes.count, bitWidth: bitWidth)
      }
    }
    guard position.packedOffset < 0, position.repeatedValue == value else { return 0 }
    let count = min(limit, position.runRemaining)
    position.take(count)
    return count
  }

  /// Calls `body` with the parts of runs that the next `count` values are: what it is, how many
  /// values were before it, how many it has.
  @inline(__always) @unsafe
  mutating func forEachRun(
    _ count: Int, _ body: (HybridRun, Int, Int) throws(DecodingFault) -> Void
  ) throws(DecodingFault) {
    let (bytes, bitWidth) = (bytes, bitWidth)
    var position = position
    defer { self.position = position }
    try unsafe bytes.withUnsafePointer { base throws(DecodingFault) in
      var done = 0
      while done < count {  // Bounded: a run has values, or its header consumed input.
        if position.runRemaining == 0 {
          // SAFETY: the header is read within the bytes.
          try unsafe position.readHeader(base, endOffset: bytes.count, bitWidth: bitWidth)
        }
        let step = min(count &- done, position.runRemaining)
        let run: HybridRun =
          unsafe position.packedOffset < 0
          ? .repeated(position.repeatedValue)
          : .packed(base.advanced(by: position.packedOffset), index: position.packedIndex)
        try body(run, done, step)
        position.take(step)
        done &+= step
      }
    }
  }
}

/// A part of a run.
// SAFETY: the pointer is valid for the call it is handed to; only unsafe kernels follow it.
@safe
enum HybridRun {
  case repeated(UInt32)
  /// The run's groups, and the number of the part's first value among them.
  case packed(UnsafePointer<UInt8>, index: Int)
}

/// Where a decoder stands in its stream; apart from the bytes, so that loops keep it in registers.
struct HybridPosition: Sendable {
  /// Of the next run's header.
  var offset = 0
  /// Values of the current run that were not read yet.
  var runRemaining = 0
  /// Where the current run's groups start; negative when it is a repeated value.
  var packedOffset = -1
  /// Of the next value in the current packed run.
  var packedIndex = 0
  var repeatedValue: UInt32 = 0

  @inline(__always)
  mutating func take(_ count: Int) {
    runRemaining &-= count
    packedIndex &+= count
  }

  /// Reads the next run's header and what a repeated run repeats.
  @unsafe
  mutating func readHeader(
    _ base: UnsafePointer<UInt8>, endOffset: Int, bitWidth: Int
  ) throws(DecodingFault) {
    // SAFETY: every offset is compared with `endOffset`; a load of four bytes reaches the padding.
    let header = try unsafe readRunHeader(base, endOffset: endOffset)
    if header & 1 == 0 {
      let sizeBytes = (bitWidth + 7) / 8
      guard sizeBytes <= endOffset &- offset else { throw .truncated(offset: offset) }
      let loaded = unsafe UInt32(
        littleEndian: UnsafeRawPointer(base).loadUnaligned(
          fromByteOffset: offset, as: UInt32.self))
      repeatedValue = loaded & (UInt32.max &>> UInt32(32 &- sizeBytes &* 8))
      packedOffset = -1
      runRemaining = header &>> 1
      offset &+= sizeBytes
    } else {
      // Some writers leave out the padding of the last group: what is there counts.
      let groupCount = header &>> 1
      let sizeBytes = min(groupCount &* bitWidth, endOffset &- offset)
      packedOffset = offset
      packedIndex = 0
      // A run that was not cut short needs no division.
      runRemaining =
        sizeBytes == groupCount &* bitWidth ? groupCount &* 8 : sizeBytes &* 8 / bitWidth
      guard runRemaining > 0 || groupCount == 0 else { throw .truncated(offset: offset) }
      offset &+= sizeBytes
    }
  }

  /// A ULEB128 of at most 32 bits: Parquet counts the values of a page in an Int32.
  @inline(__always) @unsafe
  private mutating func readRunHeader(
    _ base: UnsafePointer<UInt8>, endOffset: Int
  ) throws(DecodingFault) -> Int {
    // SAFETY: every byte lies before `endOffset`.
    let start = offset
    var header = 0
    var shift = 0
    while true {
      guard offset < endOffset else { throw .truncated(offset: offset) }
      let byte = unsafe Int(base[offset])
      offset &+= 1
      header |= (byte & 0x7F) &<< shift
      if byte < 0x80 { break }
      shift &+= 7
      guard shift < 64 else { throw .outOfRange(offset: start) }
    }
    guard UInt64(bitPattern: Int64(header)) <= UInt64(UInt32.max) else {
      throw .outOfRange(offset: start)
    }
    return header
  }
}

// MARK: Bits

/// Sets `count` bits from `firstBit` on.
@unsafe
package func setBits(_ words: UnsafeMutablePointer<UInt64>, firstBit: Int, count: Int) {
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

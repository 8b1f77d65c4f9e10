// ALP, adaptive lossless floating-point: decimals as integers, a power of ten for every vector of
// values. parquet-format, AlpEncoding.md (ALP = 10).
//
//   page    := header  offset (u32 a vector, from the first offset on)  vector*
//   header  := mode (u8, 0)  integers (u8, 0)  log2(vectorSize) (u8, 3...15)  valueCount (i32)
//   vector  := exponent (u8)  factor (u8)  exceptionCount (u16)  base (i32 / i64)  width (u8)
//              packed integers less base   exception indices (u16 each)   exceptions, as they are
//
//   value    = integer * 10^factor * 10^-exponent, unless it is an exception
//
// All integers are little endian; vectors follow one another without gaps, the last may be shorter.
package import Base

private let headerBytes = 7

/// Reads an ALP page batch by batch.
package struct ALPDecoder: Sendable {
  private let bytes: Buffer<UInt8>
  private let valueBytes: Int
  private let vectorSize: Int
  /// Values of the page.
  package let valueCount: Int
  /// Of the next value.
  private var index = 0
  /// A vector that was not handed out whole, as bytes; its first value's index.
  private var pending = Buffer<UInt8>()
  private var pendingStart = 0

  /// - Parameter valueBytes: 4 for FLOAT, 8 for DOUBLE.
  /// - Throws: `DecodingFault` when the header or the offsets are not legal.
  package init(_ bytes: Buffer<UInt8>, valueBytes: Int) throws(DecodingFault) {
    precondition(valueBytes == 4 || valueBytes == 8)
    var reader = ByteReader(bytes.bytes)
    let (mode, integers) = (try reader.readUInt8(), try reader.readUInt8())
    let logVectorSize = try reader.readUInt8()
    let count = try reader.readInteger(Int32.self)
    // Reserved for what comes.
    guard mode == 0, integers == 0 else { throw .unsupported(offset: 0) }
    guard (3...15).contains(logVectorSize), count >= 0 else {
      throw .malformed(offset: 0)
    }
    self.bytes = bytes
    self.valueBytes = valueBytes
    vectorSize = 1 << Int(logVectorSize)
    valueCount = Int(count)
    let vectorCount = (valueCount + vectorSize - 1) / vectorSize
    guard vectorCount * 4 <= reader.remaining else { throw .truncated(offset: headerBytes) }
  }

  /// Writes the next `count` values, `valueBytes` each. O(count).
  ///
  /// - Throws: `DecodingFault` when the page has fewer, or a vector is not legal.
  @unsafe
  package mutating func decode(
    count: Int, into output: UnsafeMutableRawPointer
  ) throws(DecodingFault) {
    // SAFETY: `output` has room for `count` values of `valueBytes`.
    guard count <= valueCount - index else { throw .truncated(offset: bytes.count) }
    if valueBytes == 8 {
      try unsafe decodeValues(
        count, output.bindMemory(to: Double.self, capacity: count))
    } else {
      try unsafe decodeValues(count, output.bindMemory(to: Float.self, capacity: count))
    }
  }

  @inline(__always) @unsafe
  private mutating func decodeValues<Value: ALPValue>(
    _ count: Int, _ output: UnsafeMutablePointer<Value>
  ) throws(DecodingFault) {
    // SAFETY: a vector goes to the output where it fits, else into scratch of its size.
    var written = 0
    while written < count {
      let vector = index / vectorSize
      let start = vector * vectorSize
      let size = min(vectorSize, valueCount - start)
      if index == start && size <= count - written {
        try unsafe decodeVector(vector, count: size, into: output + written)
        index += size
        written += size
        continue
      }
      if pending.count == 0 || pendingStart != start {
        var scratch = BufferBuilder<Value>(capacity: size)
        let values = unsafe scratch.unsafeTail(size)
        try unsafe decodeVector(vector, count: size, into: values)
        unsafe scratch.advance(by: size)
        pending = scratch.freeze().asBytes()
        pendingStart = start
      }
      let step = min(start + size - index, count - written)
      let offset = (index - start) * valueBytes
      unsafe pending.withUnsafePointer {
        unsafe UnsafeMutableRawPointer(output + written).copyMemory(
          from: $0 + offset, byteCount: step * valueBytes)
      }
      index += step
      written += step
    }
  }

  @inline(__always) @unsafe
  private func decodeVector<Value: ALPValue>(
    _ vector: Int, count: Int, into output: UnsafeMutablePointer<Value>
  ) throws(DecodingFault) {
    // SAFETY: the reader checks every part of the vector; `output` has room for `count`.
    var reader = ByteReader(bytes.bytes, at: headerBytes + vector * 4)
    let start = headerBytes + Int(try reader.readInteger(UInt32.self))
    guard start <= bytes.count else { throw .outOfRange(offset: reader.offset) }
    reader = ByteReader(bytes.bytes, at: start)
    let (exponent, factor) = (Int(try reader.readUInt8()), Int(try reader.readUInt8()))
    let exceptionCount = Int(try reader.readInteger(UInt16.self))
    let base = try reader.readInteger(Value.Integer.self)
    let width = Int(try reader.readUInt8())
    guard exponent <= Value.exponentMax, factor <= exponent, width <= Value.Integer.bitWidth,
      exceptionCount <= count
    else { throw .malformed(offset: start) }
    let packedOffset = reader.offset
    _ = try reader.readBytes((count * width + 7) / 8)
    unsafe bytes.withUnsafePointer {
      unsafe Value.decode(
        $0 + packedOffset, width: width, count: count, base: base,
        factor: Value.powers[factor], exponent: Value.inversePowers[exponent], into: output,
        level: .best)
    }
    var exceptions = reader
    _ = try exceptions.readBytes(exceptionCount * 2)
    for _ in 0..<exceptionCount {
      let slot = Int(try reader.readInteger(UInt16.self))
      guard slot < count else { throw .outOfRange(offset: reader.offset) }
      unsafe output[slot] = Value(pattern: try exceptions.readInteger(Value.Pattern.self))
    }
    try checkNeighbour(of: vector, endOffset: exceptions.offset)
  }

  /// The vector after this one begins where it ends.
  private func checkNeighbour(of vector: Int, endOffset: Int) throws(DecodingFault) {
    guard (vector + 1) * vectorSize < valueCount else { return }
    var reader = ByteReader(bytes.bytes, at: headerBytes + (vector + 1) * 4)
    guard headerBytes + Int(try reader.readInteger(UInt32.self)) == endOffset else {
      throw .malformed(offset: endOffset)
    }
  }
}

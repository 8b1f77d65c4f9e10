/// What a byte-level kernel reports: a case and where, nothing that allocates. Modules wrap it.
package enum DecodingFault: Error, Equatable {
  /// The input ends before the value does.
  case truncated(offset: Int)
  /// A length, count or header is outside its limit.
  case outOfRange(offset: Int)
  /// Bytes that no writer of the format may produce.
  case malformed(offset: Int)
  /// A string that is not UTF-8.
  case notText(offset: Int)
  /// Legal, or of a later version of the format, and more than this build reads.
  case unsupported(offset: Int)
  /// A number that fits its place in memory, and not its type.
  case outsideType
}

/// A cursor over borrowed bytes. `read*` moves it; every read checks the end.
package struct ByteReader: ~Escapable {
  package let bytes: RawSpan
  package private(set) var offset: Int

  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, at offset: Int = 0) {
    self.bytes = bytes
    self.offset = offset
  }

  package var remaining: Int { bytes.byteCount - offset }
  package var isAtEnd: Bool { offset >= bytes.byteCount }

  @_lifetime(self: copy self)
  package mutating func readUInt8() throws(DecodingFault) -> UInt8 {
    try readInteger(UInt8.self)
  }

  /// A little-endian integer.
  @inlinable @_lifetime(self: copy self)
  package mutating func readInteger<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type
  ) throws(DecodingFault) -> T {
    // SAFETY: every bit pattern is a value of a fixed-width integer.
    let value = unsafe try load(T.self)
    return T(littleEndian: value)
  }

  /// `@unsafe` because a type may have bit patterns that are no value.
  @usableFromInline @_lifetime(self: copy self) @unsafe
  mutating func load<T: BitwiseCopyable>(_ type: T.Type) throws(DecodingFault) -> T {
    guard remaining >= MemoryLayout<T>.size else { throw .truncated(offset: offset) }
    // SAFETY: the bytes that are left were counted above, and the load checks its bounds itself.
    let value = unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self)
    offset += MemoryLayout<T>.size
    return value
  }

  /// Base-128 varint, low group first, at most `max`.
  @_lifetime(self: copy self)
  package mutating func readULEB128(max: UInt64 = .max) throws(DecodingFault) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try readUInt8()
      guard shift < 63 || (shift == 63 && byte <= 1) else { throw .outOfRange(offset: start) }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    guard value <= max else { throw .outOfRange(offset: start) }
    return value
  }

  /// Zigzag varint, as Thrift's compact protocol and DELTA_BINARY_PACKED write signed integers.
  @_lifetime(self: copy self)
  package mutating func readZigZag() throws(DecodingFault) -> Int64 {
    let raw = try readULEB128()
    return Int64(bitPattern: (raw >> 1) ^ (0 &- (raw & 1)))
  }

  /// The next `count` bytes, borrowed.
  @_lifetime(self: copy self) @_lifetime(copy self)
  package mutating func readBytes(_ count: Int) throws(DecodingFault) -> RawSpan {
    guard count >= 0 else { throw .outOfRange(offset: offset) }
    guard count <= remaining else { throw .truncated(offset: offset) }
    let slice = bytes.extracting(offset..<offset + count)
    offset += count
    return slice
  }
}

/// Growable bytes with little-endian and varint appends; freezes to a `Buffer<UInt8>`.
// SAFETY: whatever is stored through a tail is as long as the tail that was
// asked for just before it.
package struct ByteWriter: ~Copyable {
  package var buffer: BufferBuilder<UInt8>

  package init(capacity: Int = 0) { buffer = BufferBuilder(capacity: capacity) }

  package var count: Int { buffer.count }

  @inlinable
  package mutating func append(_ byte: UInt8) { buffer.append(byte) }

  package mutating func append(_ bytes: RawSpan) {
    let tail = unsafe buffer.unsafeTail(bytes.byteCount)
    unsafe bytes.withUnsafeBytes { source in
      guard let start = source.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(tail).copyMemory(from: start, byteCount: source.count)
    }
    unsafe buffer.advance(by: bytes.byteCount)
  }

  package mutating func append(_ bytes: Buffer<UInt8>) { append(bytes.bytes) }

  package mutating func append(_ bytes: [UInt8]) {
    let span = bytes.span
    unsafe append(span.bytes)
  }

  package mutating func append(utf8 string: some StringProtocol) {
    var string = String(string)
    string.withUTF8 { utf8 in
      let bytes = unsafe RawSpan(_unsafeBytes: UnsafeRawBufferPointer(utf8))
      append(bytes)
    }
  }

  package mutating func appendInteger<T: FixedWidthInteger & BitwiseCopyable>(_ value: T) {
    let tail = unsafe buffer.unsafeTail(MemoryLayout<T>.size)
    unsafe UnsafeMutableRawPointer(tail).storeBytes(of: value.littleEndian, as: T.self)
    unsafe buffer.advance(by: MemoryLayout<T>.size)
  }

  package mutating func appendULEB128(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    append(UInt8(rest))
  }

  package mutating func appendZigZag(_ value: Int64) {
    appendULEB128(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  package mutating func removeAll() { buffer.removeAll() }

  /// Forgets the bytes, and gives the memory back if it is for more than `limit` of them.
  package mutating func removeAll(keepingCapacity limit: Int) {
    buffer.removeAll(keepingCapacity: limit)
  }

  /// The bytes so far, borrowed.
  package var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = buffer.span
      return unsafe _overrideLifetime(span.bytes, borrowing: self)
    }
  }

  package consuming func freeze() -> Buffer<UInt8> { take() }

  /// The bytes so far; the writer is empty afterwards. O(1).
  package mutating func take() -> Buffer<UInt8> { buffer.take() }
}

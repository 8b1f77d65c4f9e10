import CZlib

// gzip members (RFC 1952):
//
//   block := member*  trailing      member := 1F 8B ... deflate data, CRC-32, size mod 2^32
//
// What follows the last member and starts no other is ignored, as the gzip command and Java do:
// padding and garbage hold no data, and the members' checksums vouch for what came before. zlib is
// told to expect the gzip header by adding 16 to the window bits.
private let gzipWindowBits: Int32 = 15 + 16
// SAFETY: `MemoryLayout` touches no memory.
private let streamSizeBytes = unsafe Int32(MemoryLayout<z_stream>.size)

/// zlib keeps a pointer to its stream, so the stream lives at a fixed address.
@safe
final class GzipInflater {
  private let stream: UnsafeMutablePointer<z_stream>

  init?() {
    // SAFETY: the stream is allocated and initialised here, and never shared.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    guard unsafe inflateInit2_(stream, gzipWindowBits, ZLIB_VERSION, streamSizeBytes) == Z_OK else {
      unsafe stream.deallocate()
      return nil
    }
  }

  deinit {
    // SAFETY: `init` succeeded: the stream is initialised.
    unsafe inflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Inflates every member of `source`; the members together fit `target`.
  @unsafe
  func inflate(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    guard let inputCount = UInt32(exactly: source.count),
      let outputCount = UInt32(exactly: target.count)
    else { throw .malformed }
    unsafe stream.pointee.next_in = unsafe UnsafeMutableRawPointer(mutating: source.baseAddress)?
      .assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_in = inputCount
    // A member of nothing still needs somewhere to point.
    var nothing: UInt8 = 0
    return try unsafe withUnsafeMutablePointer(to: &nothing) { spare throws(CompressionFault) in
      unsafe stream.pointee.next_out =
        unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self) ?? spare
      unsafe stream.pointee.avail_out = outputCount
      repeat {  // Bounded: every member consumes input.
        guard unsafe inflateReset(stream) == Z_OK else { throw .malformed }
        guard unsafe CZlib.inflate(stream, Z_FINISH) == Z_STREAM_END else { throw .malformed }
      } while unsafe startsMember(stream.pointee)
      return target.count - Int(unsafe stream.pointee.avail_out)
    }
  }
}

/// Whether the rest of the input has a member's magic number.
@unsafe
private func startsMember(_ stream: z_stream) -> Bool {
  // SAFETY: `avail_in` bytes are at `next_in`.
  guard unsafe stream.avail_in >= 2, let next = unsafe stream.next_in else { return false }
  return unsafe next[0] == 0x1F && next[1] == 0x8B
}

@safe
final class GzipDeflater {
  private let stream: UnsafeMutablePointer<z_stream>

  init?(level: Int) {
    // SAFETY: the stream is allocated and initialised here, and never shared.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    let status = unsafe deflateInit2_(
      stream, Int32(clamping: level), Z_DEFLATED, gzipWindowBits, 8, Z_DEFAULT_STRATEGY,
      ZLIB_VERSION, streamSizeBytes)
    guard status == Z_OK else {
      unsafe stream.deallocate()
      return nil
    }
  }

  deinit {
    // SAFETY: `init` succeeded: the stream is initialised.
    unsafe deflateEnd(stream)
    unsafe stream.deallocate()
  }

  /// Writes `source` as one member.
  @unsafe
  func deflate(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    guard let inputCount = UInt32(exactly: source.count) else { throw .malformed }
    guard unsafe deflateReset(stream) == Z_OK else { throw .malformed }
    unsafe stream.pointee.next_in = unsafe UnsafeMutableRawPointer(mutating: source.baseAddress)?
      .assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_in = inputCount
    unsafe stream.pointee.next_out = unsafe target.baseAddress?.assumingMemoryBound(to: UInt8.self)
    unsafe stream.pointee.avail_out = UInt32(clamping: target.count)
    guard unsafe CZlib.deflate(stream, Z_FINISH) == Z_STREAM_END else { throw .malformed }
    return Int(clamping: unsafe stream.pointee.total_out)
  }
}

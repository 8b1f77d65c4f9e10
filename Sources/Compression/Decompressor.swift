package import Base
import CLZ4
import CSnappy
import CZlib
import CZstd

/// Decompresses blocks of any codec; keeps the libraries' contexts from block to block.
///
/// Not `Sendable`: one a worker. No input, however damaged, reads or writes out of bounds.
@safe
package final class Decompressor {
  private var zstd: OpaquePointer?
  private var gzip: GzipInflater?

  // SAFETY: nil is no context.
  package init() { unsafe zstd = nil }

  // SAFETY: the context belongs to this object alone and is freed with it once.
  deinit { unsafe _ = ZSTD_freeDCtx(zstd) }

  /// Appends the bytes of the block `input`, which must be exactly `sizeBytes`.
  ///
  /// The caller has compared `sizeBytes` with its limit: that much is allocated.
  /// - Throws: `CompressionFault`; `output` is unchanged then.
  package func decompress(
    _ input: RawSpan, codec: Codec, sizeBytes: Int, into output: inout BufferBuilder<UInt8>
  ) throws(CompressionFault) {
    precondition(sizeBytes >= 0)
    // SAFETY: `unsafeTail` gives `sizeBytes` writable bytes; every callee is told that number.
    let target = unsafe UnsafeMutableRawBufferPointer(
      start: output.unsafeTail(sizeBytes), count: sizeBytes)
    let written = try unsafe input.withUnsafeBytes { source throws(CompressionFault) in
      try unsafe decompress(source, codec: codec, into: target)
    }
    guard written == sizeBytes else { throw .sizeMismatch(expectedBytes: sizeBytes) }
    unsafe output.advance(by: sizeBytes)
  }

  /// The bytes of the block `input`, which must be exactly `sizeBytes`.
  package func decompress(
    _ input: RawSpan, codec: Codec, sizeBytes: Int
  ) throws(CompressionFault) -> Buffer<UInt8> {
    var output = BufferBuilder<UInt8>(capacity: sizeBytes)
    try decompress(input, codec: codec, sizeBytes: sizeBytes, into: &output)
    return output.freeze()
  }

  @unsafe
  private func decompress(
    _ source: UnsafeRawBufferPointer, codec: Codec, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    switch codec {
    case .none:
      guard source.count == target.count else {
        throw .sizeMismatch(expectedBytes: target.count)
      }
      unsafe target.copyMemory(from: source)
      return source.count
    case .zstd: return try unsafe decompressZstd(source, into: target)
    case .gzip:
      if gzip == nil { gzip = GzipInflater() }
      guard let gzip else { throw .outOfMemory }
      return try unsafe gzip.inflate(source, into: target)
    case .snappy: return try unsafe decompressSnappy(source, into: target)
    case .lz4Raw: return try unsafe decompressLZ4(source, into: target)
    case .lz4Hadoop: return try unsafe decompressHadoopLZ4(source, into: target)
    }
  }

  @unsafe
  private func decompressZstd(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    if unsafe zstd == nil { unsafe zstd = unsafe ZSTD_createDCtx() }
    guard let context = unsafe zstd else { throw .outOfMemory }
    let written = unsafe ZSTD_decompressDCtx(
      context, target.baseAddress, target.count, source.baseAddress, source.count)
    guard ZSTD_isError(written) == 0 else { throw .malformed }
    return written
  }

  @unsafe
  private func decompressSnappy(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    // The length is asked for first: snappy trusts its own header for how much it writes.
    var sizeBytes = 0
    guard
      unsafe snappy_uncompressed_length(source.bytePointer, source.count, &sizeBytes) == SNAPPY_OK
    else { throw .malformed }
    guard sizeBytes == target.count else { throw .sizeMismatch(expectedBytes: target.count) }
    let status = unsafe snappy_uncompress(
      source.bytePointer, source.count, target.bytePointer, &sizeBytes)
    guard status == SNAPPY_OK else { throw .malformed }
    return sizeBytes
  }

  @unsafe
  private func decompressLZ4(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    guard let sourceSize = Int32(exactly: source.count),
      let targetSize = Int32(exactly: target.count)
    else { throw .malformed }
    let written = unsafe LZ4_decompress_safe(
      source.bytePointer, target.bytePointer, sourceSize, targetSize)
    guard written >= 0 else { throw .malformed }
    return Int(written)
  }

  // The LZ4 codec of Hadoop:
  //
  //   block := uncompressedSize (u32, big endian) chunk*     until that many bytes are out
  //   chunk := compressedSize (u32, big endian) LZ4 block
  //
  // Some writers put a bare LZ4 block under the same codec number; it is tried second.
  @unsafe
  private func decompressHadoopLZ4(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: offset and written stay within their sides, checked at each chunk.
    var offset = 0
    var written = 0
    while source.count - offset >= 8 {  // Bounded: every turn consumes at least eight bytes.
      let uncompressed = unsafe Int(
        UInt32(bigEndian: source.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
      let compressed = unsafe Int(
        UInt32(bigEndian: source.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)))
      offset += 8
      guard compressed <= source.count - offset, uncompressed <= target.count - written,
        let count = unsafe try? decompressLZ4(
          UnsafeRawBufferPointer(rebasing: source[offset..<offset + compressed]),
          into: UnsafeMutableRawBufferPointer(
            rebasing: target[written..<written + uncompressed])),
        count == uncompressed
      else { return unsafe try decompressLZ4(source, into: target) }
      offset += compressed
      written += uncompressed
    }
    if offset == source.count, written == target.count { return written }
    return unsafe try decompressLZ4(source, into: target)
  }
}

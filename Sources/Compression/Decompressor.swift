package import Base
import CSnappy
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
  /// Allocates `sizeBytes`, and that only after the block was found able to hold as much: see
  /// `Codec.expansionMaxBytes`.
  /// - Throws: `CompressionFault`; `output` is unchanged then.
  package func decompress(
    _ input: RawSpan, codec: Codec, sizeBytes: Int, into output: inout BufferBuilder<UInt8>
  ) throws(CompressionFault) {
    precondition(sizeBytes >= 0)
    // SAFETY: `unsafeTail` gives `sizeBytes` writable bytes; every callee is told that number.
    let written = try unsafe input.withUnsafeBytes { source throws(CompressionFault) in
      guard try unsafe mayHold(sizeBytes, source, codec: codec) else {
        throw .sizeMismatch(expectedBytes: sizeBytes)
      }
      let target = unsafe UnsafeMutableRawBufferPointer(
        start: output.unsafeTail(sizeBytes), count: sizeBytes)
      return try unsafe decompress(source, codec: codec, into: target)
    }
    guard written == sizeBytes else { throw .sizeMismatch(expectedBytes: sizeBytes) }
    unsafe output.advance(by: sizeBytes)
  }

  /// The bytes of the block `input`, which must be exactly `sizeBytes`.
  package func decompress(
    _ input: RawSpan, codec: Codec, sizeBytes: Int
  ) throws(CompressionFault) -> Buffer<UInt8> {
    var output = BufferBuilder<UInt8>()
    try decompress(input, codec: codec, sizeBytes: sizeBytes, into: &output)
    return output.freeze()
  }

  /// Whether the block may hold `sizeBytes` bytes, as far as that shows before memory is taken.
  @unsafe
  private func mayHold(
    _ sizeBytes: Int, _ source: UnsafeRawBufferPointer, codec: Codec
  ) throws(CompressionFault) -> Bool {
    // SAFETY: the libraries get the size of the block with its address.
    guard sizeBytes <= codec.expansionMaxBytes(of: source.count) else { return false }
    switch codec {
    case .none: return sizeBytes == source.count
    case .brotli: return try unsafe brotliMayHold(sizeBytes, source)
    case .snappy:
      // Asked first also because snappy trusts its own header for how much it writes.
      var statedBytes = 0
      let status = unsafe snappy_uncompressed_length(
        source.bytePointer, source.count, &statedBytes)
      return status == SNAPPY_OK && statedBytes == sizeBytes
    case .gzip, .zstd, .lz4Raw, .lz4Hadoop: return true
    }
  }

  @unsafe
  private func decompress(
    _ source: UnsafeRawBufferPointer, codec: Codec, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    switch codec {
    case .none:
      unsafe target.copyMemory(from: source)
      return source.count
    case .zstd: return try unsafe decompressZstd(source, into: target)
    case .gzip:
      if gzip == nil { gzip = GzipInflater() }
      guard let gzip else { throw .outOfMemory }
      return try unsafe gzip.inflate(source, into: target)
    case .brotli: return try unsafe decompressBrotli(source, into: target)
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
    // SAFETY: `mayHold` compared the size that snappy writes with the target's.
    var sizeBytes = target.count
    let status = unsafe snappy_uncompress(
      source.bytePointer, source.count, target.bytePointer, &sizeBytes)
    guard status == SNAPPY_OK else { throw .malformed }
    return sizeBytes
  }
}

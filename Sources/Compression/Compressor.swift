package import Base
import CBrotli
import CSnappy
import CZlib
import CZstd

/// How much time a block is worth.
package enum CompressionEffort {
  /// What the codec's level says.
  case full
  /// Less, where the codec can: see `Codec.hasQuickEffort`.
  case quick
}

extension Codec {
  /// Whether blocks can be compressed faster than its level says: zstd at level 1, which then looks
  /// for matches at every fourth place only and still codes what is left by its frequency, unlike
  /// the negative levels. About two thirds of the time, the size between a little less and a third
  /// more.
  package var hasQuickEffort: Bool { self == .zstd(level: 1) }
}

/// Compresses blocks with one codec; keeps the library's context from block to block.
///
/// Not `Sendable`: one a worker. The same input gives the same bytes with the same library version.
@safe
package final class Compressor {
  package let codec: Codec
  private var zstd: OpaquePointer?
  /// Whether `zstd` knows the parameters of `compressQuickly`.
  private var isSetUp = false
  private var gzip: GzipDeflater?

  package init(_ codec: Codec) {
    // SAFETY: nil is no context.
    self.codec = codec
    unsafe zstd = nil
  }

  // SAFETY: the context belongs to this object alone and is freed with it once.
  deinit { unsafe _ = ZSTD_freeCCtx(zstd) }

  /// An upper bound of the compressed size of `sizeBytes` bytes.
  package func boundBytes(of sizeBytes: Int) -> Int {
    switch codec {
    case .none: sizeBytes
    case .snappy: snappy_max_compressed_length(sizeBytes)
    // zlib's own bound for any setting: stored blocks of 5 bytes a 16 KiB and a header.
    case .gzip: sizeBytes + (sizeBytes >> 12) + (sizeBytes >> 14) + (sizeBytes >> 25) + 64
    case .zstd: ZSTD_compressBound(sizeBytes)
    // Zero for what is too large: then there is no room and the call fails.
    case .brotli: BrotliEncoderMaxCompressedSize(sizeBytes)
    case .lz4Raw, .lz4Hadoop: sizeBytes + sizeBytes / 255 + 16
    }
  }

  /// Appends `input` as one compressed block. Returns its size in bytes.
  @discardableResult
  package func compress(
    _ input: RawSpan, _ effort: CompressionEffort = .full, into output: inout ByteWriter
  ) throws(CompressionFault) -> Int {
    if codec == .none {
      output.append(input)
      return input.byteCount
    }
    let capacity = boundBytes(of: input.byteCount)
    // SAFETY: `unsafeTail` gives `capacity` writable bytes; every callee is told that number.
    let target = unsafe UnsafeMutableRawBufferPointer(
      start: output.buffer.unsafeTail(capacity), count: capacity)
    let sizeBytes = try unsafe input.withUnsafeBytes { source throws(CompressionFault) in
      try unsafe compress(source, effort, into: target)
    }
    unsafe output.buffer.advance(by: sizeBytes)
    return sizeBytes
  }

  @unsafe
  private func compress(
    _ source: UnsafeRawBufferPointer, _ effort: CompressionEffort,
    into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    switch codec {
    case .zstd where effort == .quick && codec.hasQuickEffort:
      return try unsafe compressQuickly(source, into: target)
    case .none, .lz4Hadoop: throw .notWritable
    case .zstd(let level): return try unsafe compressZstd(source, level: level, into: target)
    case .brotli(let level): return try unsafe compressBrotli(source, level: level, into: target)
    case .gzip(let level):
      if gzip == nil { gzip = GzipDeflater(level: level) }
      guard let gzip else { throw .outOfMemory }
      return try unsafe gzip.deflate(source, into: target)
    case .snappy:
      var written = target.count
      let status = unsafe snappy_compress(
        source.bytePointer, source.count, target.bytePointer, &written)
      guard status == SNAPPY_OK else { throw .malformed }
      return written
    case .lz4Raw: return try unsafe compressLZ4(source, into: target)
    }
  }

  /// zstd's level -3 (every fourth place), literals Huffman coded.
  @unsafe
  private func compressQuickly(
    _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    let context = try unsafe zstdContext()
    // SAFETY: as above. ZSTD_c_literalCompressionMode has this number and no stable name; a library
    // that does not know it compresses without. Calls that name a level ignore both.
    if !isSetUp {
      _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, -3)
      _ = unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_experimentalParam5, 1)
      isSetUp = true
    }
    let written = unsafe ZSTD_compress2(
      context, target.baseAddress, target.count, source.baseAddress, source.count)
    guard ZSTD_isError(written) == 0 else { throw .malformed }
    return written
  }

  @unsafe
  private func zstdContext() throws(CompressionFault) -> OpaquePointer {
    // SAFETY: nil until the first use, and freed by `deinit` alone.
    if unsafe zstd == nil { unsafe zstd = unsafe ZSTD_createCCtx() }
    guard let context = unsafe zstd else { throw .outOfMemory }
    return unsafe context
  }

  @unsafe
  private func compressZstd(
    _ source: UnsafeRawBufferPointer, level: Int, into target: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> Int {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    let context = try unsafe zstdContext()
    let written = unsafe ZSTD_compressCCtx(
      context, target.baseAddress, target.count, source.baseAddress, source.count,
      Int32(clamping: level))
    guard ZSTD_isError(written) == 0 else { throw .malformed }
    return written
  }
}

extension UnsafeRawBufferPointer {
  // SAFETY: the fallback stands for no bytes and is never read.
  /// Never nil: the libraries want a valid address even for no bytes.
  var bytePointer: UnsafePointer<CChar> {
    let fallback = unsafe UnsafePointer<CChar>(bitPattern: 64)!
    return unsafe baseAddress?.assumingMemoryBound(to: CChar.self) ?? fallback
  }
}

extension UnsafeMutableRawBufferPointer {
  // SAFETY: the fallback stands for no bytes and is never written.
  var bytePointer: UnsafeMutablePointer<CChar> {
    let fallback = unsafe UnsafeMutablePointer<CChar>(bitPattern: 64)!
    return unsafe baseAddress?.assumingMemoryBound(to: CChar.self) ?? fallback
  }
}

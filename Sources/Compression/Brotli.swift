// Brotli streams (RFC 7932), one a block. The library has no way to start a decoder or an encoder
// afresh, so that each block makes its own.
//
// A few bytes can hold a page of 2 GiB, and pages like that exist: one value repeated. Before
// memory is given to such a claim, the stream is decoded once without keeping what comes out.
import CBrotli

/// Claims up to this much, or up to this many times the block, are believed without a look.
private let believedBytes = 1 << 20
private let believedExpansion = 1024

/// Decodes the stream at the start of `source`, which ends within `target`.
@unsafe
func decompressBrotli(
  _ source: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
) throws(CompressionFault) -> Int {
  // SAFETY: the library gets the sizes of both sides with their addresses.
  var written = target.count
  let status = unsafe BrotliDecoderDecompress(
    source.count, source.unsignedPointer, &written, target.unsignedPointer)
  guard status == BROTLI_DECODER_RESULT_SUCCESS else { throw .malformed }
  return written
}

/// Whether `source` may hold `sizeBytes` bytes: looks only where the claim is extraordinary.
///
/// Memory: the window of the stream, 16 MiB at most.
@unsafe
func brotliMayHold(
  _ sizeBytes: Int, _ source: UnsafeRawBufferPointer
) throws(CompressionFault) -> Bool {
  // SAFETY: the decoder gets the size of the input with its address; what it hands out is not read.
  if sizeBytes <= believedBytes || sizeBytes / believedExpansion <= source.count { return true }
  guard let decoder = unsafe BrotliDecoderCreateInstance(nil, nil, nil) else { throw .outOfMemory }
  defer { unsafe BrotliDecoderDestroyInstance(decoder) }
  var availableIn = source.count
  var nextIn: UnsafePointer<UInt8>? = unsafe source.unsignedPointer
  var availableOut = 0
  var countBytes = 0
  while countBytes <= sizeBytes {  // Bounded: every turn puts bytes out or is the last.
    let status = unsafe BrotliDecoderDecompressStream(
      decoder, &availableIn, &nextIn, &availableOut, nil, nil)
    var chunkBytes = 0
    _ = unsafe BrotliDecoderTakeOutput(decoder, &chunkBytes)
    countBytes += chunkBytes
    if status == BROTLI_DECODER_RESULT_SUCCESS { return countBytes == sizeBytes }
    guard status == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT, chunkBytes > 0 else { return false }
  }
  return false
}

/// Writes `source` as one stream.
@unsafe
func compressBrotli(
  _ source: UnsafeRawBufferPointer, level: Int, into target: UnsafeMutableRawBufferPointer
) throws(CompressionFault) -> Int {
  // SAFETY: the library gets the sizes of both sides with their addresses.
  var written = target.count
  let status = unsafe BrotliEncoderCompress(
    Int32(clamping: level), BROTLI_DEFAULT_WINDOW, BROTLI_MODE_GENERIC, source.count,
    source.unsignedPointer, &written, target.unsignedPointer)
  guard status == BROTLI_TRUE else { throw .outOfMemory }
  return written
}

extension UnsafeRawBufferPointer {
  // SAFETY: the same address, and `UInt8` has the layout of `CChar`.
  var unsignedPointer: UnsafePointer<UInt8> {
    unsafe UnsafeRawPointer(bytePointer).assumingMemoryBound(to: UInt8.self)
  }
}

extension UnsafeMutableRawBufferPointer {
  // SAFETY: the same address, and `UInt8` has the layout of `CChar`.
  var unsignedPointer: UnsafeMutablePointer<UInt8> {
    unsafe UnsafeMutableRawPointer(bytePointer).assumingMemoryBound(to: UInt8.self)
  }
}

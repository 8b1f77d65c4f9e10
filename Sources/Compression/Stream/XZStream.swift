import CLzma

/// .xz streams, one after the other, padding between them.
@safe
final class XZStream: StreamLibrary {
  /// Memory that a dictionary may take: that of the highest preset, and as much again.
  private static let memoryLimitBytes: UInt64 = 256 << 20

  /// LZMA_CONCATENATED, whose macro Swift cannot read: further streams follow the first.
  private static let concatenated: UInt32 = 0x08

  private let stream: UnsafeMutablePointer<lzma_stream>

  init() throws(CompressionFault) {
    // SAFETY: the stream lives at a fixed address, is initialised here, and is never shared.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: lzma_stream())
    let status = unsafe lzma_stream_decoder(
      stream, XZStream.memoryLimitBytes, XZStream.concatenated)
    guard status == LZMA_OK else {
      unsafe stream.deallocate()
      throw .outOfMemory
    }
  }

  deinit {
    // SAFETY: `init` succeeded: the stream is the library's until it is told.
    unsafe lzma_end(stream)
    unsafe stream.deallocate()
  }

  @unsafe
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> StreamStep {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    unsafe stream.pointee.next_in = unsafe input.unsignedPointer
    unsafe stream.pointee.avail_in = input.count
    unsafe stream.pointee.next_out = unsafe output.unsignedPointer
    unsafe stream.pointee.avail_out = output.count
    switch unsafe lzma_code(stream, LZMA_RUN) {
    case LZMA_OK, LZMA_BUF_ERROR, LZMA_STREAM_END: break
    case LZMA_MEM_ERROR, LZMA_MEMLIMIT_ERROR: throw .outOfMemory
    default: throw .malformed
    }
    return unsafe StreamStep(
      consumed: input.count - stream.pointee.avail_in,
      written: output.count - stream.pointee.avail_out)
  }

  func isComplete() -> Bool {
    // SAFETY: there is nothing to read and nothing is written.
    unsafe stream.pointee.avail_in = 0
    unsafe stream.pointee.avail_out = 0
    return unsafe lzma_code(stream, LZMA_FINISH) == LZMA_STREAM_END
  }
}

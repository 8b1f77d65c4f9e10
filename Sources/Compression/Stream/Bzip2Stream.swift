import CBzip2

/// bzip2 streams. Zeros behind the last one are padding; anything else there is damage.
@safe
final class Bzip2Stream: StreamLibrary {
  private enum Place { case start, stream, between, trailing }

  private let stream: UnsafeMutablePointer<bz_stream>
  private var place = Place.start

  init() {
    // SAFETY: the stream lives at a fixed address, is initialised here, and is never shared.
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: bz_stream())
  }

  deinit {
    // SAFETY: the library holds memory for it only inside a stream.
    if place == .stream { unsafe _ = BZ2_bzDecompressEnd(stream) }
    unsafe stream.deallocate()
  }

  @unsafe
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> StreamStep {
    if place == .trailing { return try unsafe paddingStep(input) }
    if place != .stream {
      guard let first = unsafe input.first else { return StreamStep() }
      if place == .between && first != UInt8(ascii: "B") {
        place = .trailing
        return try unsafe paddingStep(input)
      }
      unsafe stream.pointee = bz_stream()
      guard unsafe BZ2_bzDecompressInit(stream, 0, 0) == BZ_OK else { throw .outOfMemory }
      place = .stream
    }
    // SAFETY: the library gets the sizes of both sides with their addresses, and only reads
    // the input.
    let inputCount = UInt32(clamping: input.count)
    let outputCount = UInt32(clamping: output.count)
    unsafe stream.pointee.next_in = unsafe UnsafeMutablePointer(mutating: input.bytePointer)
    unsafe stream.pointee.avail_in = inputCount
    unsafe stream.pointee.next_out = unsafe output.bytePointer
    unsafe stream.pointee.avail_out = outputCount
    let status = unsafe BZ2_bzDecompress(stream)
    guard status == BZ_OK || status == BZ_STREAM_END else { throw .malformed }
    let step = unsafe StreamStep(
      consumed: Int(inputCount - stream.pointee.avail_in),
      written: Int(outputCount - stream.pointee.avail_out))
    if status == BZ_STREAM_END {
      unsafe _ = BZ2_bzDecompressEnd(stream)
      place = .between
    }
    return step
  }

  func isComplete() -> Bool { place != .stream }
}

import CLZ4

/// LZ4 frames, skippable ones left out.
@safe
final class LZ4Stream: StreamLibrary {
  private let context: OpaquePointer
  private var isBetweenFrames = true

  init() throws(CompressionFault) {
    // SAFETY: the context belongs to this object alone and is freed with it once.
    var made: OpaquePointer?
    let status = unsafe LZ4F_createDecompressionContext(&made, UInt32(LZ4F_VERSION))
    guard LZ4F_isError(status) == 0, let made = unsafe made else { throw .outOfMemory }
    unsafe context = unsafe made
  }

  // SAFETY: made by `init`, freed once.
  deinit { unsafe _ = LZ4F_freeDecompressionContext(context) }

  @unsafe
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> StreamStep {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    if input.count == 0 && isBetweenFrames { return StreamStep() }
    var consumed = input.count
    var written = output.count
    let status = unsafe LZ4F_decompress(
      context, output.baseAddress, &written, input.baseAddress, &consumed, nil)
    guard LZ4F_isError(status) == 0 else { throw .malformed }
    isBetweenFrames = status == 0
    return StreamStep(consumed: consumed, written: written)
  }

  func isComplete() -> Bool { isBetweenFrames }
}

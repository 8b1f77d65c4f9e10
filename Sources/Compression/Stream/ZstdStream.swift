import CZstd

/// zstd frames, skippable ones left out.
@safe
final class ZstdStream: StreamLibrary {
  private let context: OpaquePointer
  private var isBetweenFrames = true

  init() throws(CompressionFault) {
    // SAFETY: the context belongs to this object alone and is freed with it once.
    guard let made = unsafe ZSTD_createDCtx() else { throw .outOfMemory }
    unsafe context = unsafe made
  }

  // SAFETY: made by `init`, freed once.
  deinit { unsafe _ = ZSTD_freeDCtx(context) }

  @unsafe
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> StreamStep {
    // SAFETY: the library gets the sizes of both sides with their addresses.
    if input.count == 0 && isBetweenFrames { return StreamStep() }
    var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
    var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
    let status = unsafe ZSTD_decompressStream(context, &target, &source)
    guard ZSTD_isError(status) == 0 else { throw .malformed }
    isBetweenFrames = status == 0
    return unsafe StreamStep(consumed: source.pos, written: target.pos)
  }

  func isComplete() -> Bool { isBetweenFrames }
}

package import Base

/// Decompresses a file front to back, in pieces of any size. Several members or frames, one after
/// the other, are one text, as the formats' own commands have it.
///
/// Not `Sendable`: one a file.
package final class StreamDecoder {
  private let library: any StreamLibrary

  /// - Throws: `outOfMemory`.
  package init(_ codec: StreamCodec) throws(CompressionFault) {
    switch codec {
    case .gzip: library = GzipStream()
    case .zstd: library = try ZstdStream()
    case .lz4: library = try LZ4Stream()
    case .bzip2: library = Bzip2Stream()
    case .xz: library = try XZStream()
    }
  }

  /// Decodes from `input` until it is used up or `limit` bytes were appended to `output`.
  ///
  /// - Returns: how many bytes of `input` are used up. Fewer than all only where the limit was
  ///   reached; call again with the rest then, or with nothing, as more may be held back.
  /// - Throws: `malformed`, `outOfMemory`.
  package func decode(
    _ input: RawSpan, into output: inout BufferBuilder<UInt8>, limit: Int
  ) throws(CompressionFault) -> Int {
    // SAFETY: the tail has `limit` bytes; the libraries get the sizes with the addresses.
    let target = unsafe UnsafeMutableRawBufferPointer(start: output.unsafeTail(limit), count: limit)
    let library = library
    let step = try unsafe input.withUnsafeBytes { source throws(CompressionFault) in
      var total = StreamStep()
      while total.written < limit {  // Bounded: a step without progress is the last.
        let step = try unsafe library.decode(
          UnsafeRawBufferPointer(rebasing: source[total.consumed...]),
          into: UnsafeMutableRawBufferPointer(rebasing: target[total.written...]))
        total.consumed += step.consumed
        total.written += step.written
        if step.consumed == 0 && step.written == 0 { break }
      }
      return total
    }
    unsafe output.advance(by: step.written)
    return step.consumed
  }

  /// Checks that the file may end where the input has ended.
  ///
  /// - Throws: `malformed` when it is cut short.
  package func finish() throws(CompressionFault) {
    guard library.isComplete() else { throw .malformed }
  }
}

/// What one call of a library has used up and made.
struct StreamStep {
  var consumed = 0
  var written = 0
}

/// One codec's library, behind the loop that all share.
protocol StreamLibrary: AnyObject {
  /// Decodes what fits. A step that neither consumes nor writes means: more input, please.
  @unsafe
  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws(CompressionFault) -> StreamStep

  /// Whether the input so far is whole members or frames.
  func isComplete() -> Bool
}

/// Passes over what follows the last member of a file: tapes and disks pad with zeros. Anything
/// else is text that was appended without being compressed, or damage.
///
/// - Throws: `malformed` for a byte that is not zero.
@unsafe
func paddingStep(_ input: UnsafeRawBufferPointer) throws(CompressionFault) -> StreamStep {
  // SAFETY: the bytes are read within the call, which they outlive.
  guard unsafe input.allSatisfy({ $0 == 0 }) else { throw .malformed }
  return StreamStep(consumed: input.count, written: 0)
}

import Base
import Compression
import Ingest
import Store

/// The text of one source, front to back: read, decompressed and turned into UTF-8 as it is asked
/// for.
///
/// Not `Sendable`: whoever reads a source owns its stream.
final class TextStream {
  /// Bytes of the file that are read at a time.
  private static let chunkBytes: Int64 = 256 << 10
  /// Bytes that are turned into UTF-8 at a time.
  private static let pieceBytes = 64 << 10

  private let file: SourceFile
  private let reader: any ObjectReader
  private let decoder: StreamDecoder?
  private let transcoder: Transcoder?
  /// Of the file, read and not yet decompressed.
  private var chunk = Buffer<UInt8>()
  private var chunkOffset = 0
  /// Bytes of the file that are read.
  private(set) var bytesRead: Int64 = 0
  private let checksums: SourceChecksums?
  /// Of the bytes that are read.
  private var checksum: UInt32 = 0
  /// Decompressed and not yet turned into UTF-8: less than a character as a rule.
  private var pending = BufferBuilder<UInt8>()
  private var bytesAreAtEnd = false
  /// Whether all of the text has been read.
  private(set) var isAtEnd = false

  /// - Parameter checksums: nil where nobody asks for the file's.
  init(
    _ file: SourceFile, coding: SourceCoding, checksums: SourceChecksums? = nil
  ) throws(GrebeError) {
    self.file = file
    self.checksums = checksums
    reader = try exposing { () throws(StoreError) in try file.store.openReader(file.path) }
    do throws(CompressionFault) {
      decoder = try coding.compression.map { codec throws(CompressionFault) in
        try StreamDecoder(codec)
      }
    } catch {
      throw TextStream.error(error, file)
    }
    transcoder =
      coding.encoding == .utf8
      ? nil : try exposing { () throws(IngestError) in try Transcoder(coding.encoding) }
  }

  /// Appends the next `count` bytes of text to `output`: fewer only at the end, and a few more
  /// where characters were turned into UTF-8.
  func read(_ count: Int, into output: inout BufferBuilder<UInt8>) throws(GrebeError) {
    guard let transcoder else {
      try readBytes(count, into: &output)
      isAtEnd = bytesAreAtEnd
      return
    }
    let wanted = output.count + count
    while output.count < wanted && !isAtEnd {
      try readBytes(TextStream.pieceBytes, into: &pending)
      let piece = pending.take()
      let used = transcoder.transcode(piece.bytes, into: &output, isEnd: bytesAreAtEnd)
      pending.append(contentsOf: piece.slice(used..<piece.count).span)
      isAtEnd = bytesAreAtEnd && pending.count == 0
    }
  }

  /// The file's bytes, decompressed.
  private func readBytes(
    _ count: Int, into output: inout BufferBuilder<UInt8>
  ) throws(GrebeError) {
    let wanted = output.count + count
    while output.count < wanted && !bytesAreAtEnd {
      if chunkOffset == chunk.count { try readChunk(atMost: Int64(wanted - output.count)) }
      let rest = chunk.slice(chunkOffset..<chunk.count)
      let before = output.count
      guard let decoder else {
        output.append(contentsOf: rest.span)
        chunkOffset = chunk.count
        bytesAreAtEnd = bytesRead == file.sizeBytes
        continue
      }
      do throws(CompressionFault) {
        chunkOffset += try decoder.decode(rest.bytes, into: &output, limit: wanted - before)
        // At the end of the file the decoder is asked until it gives nothing more.
        if rest.count == 0 && bytesRead == file.sizeBytes && output.count == before {
          try decoder.finish()
          bytesAreAtEnd = true
        }
      } catch {
        throw TextStream.error(error, file)
      }
    }
  }

  private func readChunk(atMost wanted: Int64) throws(GrebeError) {
    // Text that is not compressed is read as far as it is wanted, no further.
    let limit = decoder == nil ? min(TextStream.chunkBytes, wanted) : TextStream.chunkBytes
    let end = min(bytesRead + limit, file.sizeBytes)
    let range = bytesRead..<end
    chunk = try exposing { () throws(StoreError) in try reader.read(range) }
    chunkOffset = 0
    bytesRead = end
    if let checksums { checksum = checksums.checksum(chunk.bytes, seed: checksum) }
  }

  /// Notes the checksum of what is read of the file, which is source `source` of the plan.
  func noteChecksum(source: Int) {
    checksums?.note(
      0..<bytesRead, of: file.sizeBytes, source: source, checksum: checksum)
  }

  private static func error(_ fault: CompressionFault, _ file: SourceFile) -> GrebeError {
    if fault == .outOfMemory {
      return GrebeError(
        .resourceLimit, "the compressed file needs more memory than there is", place: file.name)
    }
    return GrebeError(
      .corrupt, "the compressed file is damaged or cut short", place: file.name,
      hint: "nothing was committed; compare its checksum with the original's")
  }
}

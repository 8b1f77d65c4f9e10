import Base
import Store

/// Hands out the text of one range, front to back.
final class RangeReader {
  private enum Origin {
    case file(any ObjectReader, end: Int64)
    case text(Buffer<UInt8>)
    case stream(TextStream)
  }

  private let origin: Origin
  private let range: TextRange
  private let start: Int64
  private let file: SourceFile
  /// Offset in the source's text of the first byte that has not been handed out.
  private(set) var offset: Int64
  /// Of a stream: read, and not yet handed out.
  private var leftover = Buffer<UInt8>()
  private let checksums: SourceChecksums
  /// Of the file's bytes from `checksumStart` to `offset`, where the text is the file's own bytes.
  private var checksum: UInt32 = 0
  private var checksumStart: Int64

  init(
    _ range: TextRange, of source: PlannedSource, checksums: SourceChecksums
  ) throws(GrebeError) {
    self.range = range
    self.checksums = checksums
    file = source.file
    start = range.start
    offset = range.start
    checksumStart = range.start
    if let text = range.text {
      origin = .text(text)
    } else if let end = range.end {
      let reader = try exposing { () throws(StoreError) in
        try source.file.store.openReader(source.file.path)
      }
      origin = .file(reader, end: end)
      // What comes before the first record counts for the checksum too.
      if range.start > 0 && range.start == source.dataOffset {
        let front = try exposing { () throws(StoreError) in try reader.read(0..<range.start) }
        checksum = checksums.checksum(front.bytes, seed: 0)
        checksumStart = 0
      }
    } else {
      // What was read to pass over the header and beyond it is read once more: it is little.
      let stream = try TextStream(source.file, coding: source.coding, checksums: checksums)
      leftover = try stream.skip(range.start)
      origin = .stream(stream)
    }
  }

  var isAtEnd: Bool {
    switch origin {
    case .file(_, let end): offset >= end
    case .text(let text): offset - start == text.count
    case .stream(let stream): stream.isAtEnd && leftover.count == 0
    }
  }

  /// Appends text until `output` holds about `capacity` bytes in all, or the range ends.
  func fill(_ output: inout BufferBuilder<UInt8>, capacity: Int) throws(GrebeError) {
    let wanted = capacity - output.count
    guard wanted > 0 else { return }
    let before = output.count
    switch origin {
    case .file(let reader, let end):
      try read(Int(min(Int64(wanted), end - offset)), from: reader, into: &output)
    case .text(let text):
      let first = Int(offset - start)
      output.append(contentsOf: text.slice(first..<min(first + wanted, text.count)).span)
    case .stream(let stream):
      output.append(contentsOf: leftover.span)
      leftover = Buffer()
      try stream.read(wanted, into: &output)
    }
    offset += Int64(output.count - before)
  }

  /// Notes the checksum of the file's bytes that were handed out. Call it once, at the end.
  func noteChecksum() {
    switch origin {
    case .file:
      checksums.note(
        checksumStart..<offset, of: file.sizeBytes, source: range.source, checksum: checksum)
    case .stream(let stream): stream.noteChecksum(source: range.source)
    case .text: break  // Whoever read the text notes it.
    }
  }

  private func read(
    _ wanted: Int, from reader: any ObjectReader, into output: inout BufferBuilder<UInt8>
  ) throws(GrebeError) {
    // SAFETY: the tail has room for `wanted` bytes and `read` never writes more.
    let tail = unsafe output.unsafeTail(wanted)
    let offset = offset
    let got = try exposing { () throws(StoreError) in
      unsafe try reader.read(
        into: UnsafeMutableRawBufferPointer(start: tail, count: wanted), at: offset)
    }
    // SAFETY: `got` bytes at the tail were just written.
    checksum = unsafe checksums.checksum(
      UnsafeRawBufferPointer(start: tail, count: got).bytes, seed: checksum)
    unsafe output.advance(by: got)
    guard got == wanted else {
      throw file.shortened
    }
  }
}

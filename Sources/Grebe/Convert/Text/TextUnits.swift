import Base
import Ingest
import Store
import Synchronization

/// Cuts the sources into units, in order, as workers ask for them (spec/decisions/0003).
///
/// A unit ends at the first record boundary past its nominal size. Of a source whose text is its
/// own bytes that is found by its newlines, or by scanning it (`FileCuts`). Of a compressed one the
/// unit's text is decompressed here, while other workers parse; of many that are small each is left
/// whole to its worker, so that many are decompressed at once.
final class TextUnits: Sendable {
  static let unitBytes: Int64 = 16 << 20
  private static let chunkBytes: Int64 = 256 << 10
  /// Bytes past the size of a unit in which a record of compressed text has to end: twice what a
  /// record may have.
  private static let uncutBytesMax: Int64 = 32 << 20
  /// Bytes of text that a byte of a compressed file counts for, when units are filled.
  private static let expansion: Int64 = 4
  /// What part of a unit every source counts for at least: to open a small one takes as long as to
  /// read some of a large one, and all workers are to share many of them.
  private static let sourcesPerUnitMax: Int64 = 2048
  /// Compressed files from which on, and size up to which, they are left whole.
  private static let wholeCountMin = 8
  private static let wholeBytesMax: Int64 = 16 << 20

  private struct Cursor {
    var source = 0
    var offset: Int64
    /// Of compressed sources, and where a source begins.
    var line: Int64
    var ordinal = 0
    var reader: (any ObjectReader)?
    /// By source, for those that are cut and whose text is their own bytes.
    var cuts: [Int: FileCuts] = [:]
    var isMisled = false
    var stream: TextStream?
    /// Read from the stream, and past the last cut.
    var leftover = Buffer<UInt8>()
  }

  private let sources: [PlannedSource]
  private let unitBytes: Int64
  private let leavesWhole: Bool
  private let trustsNewlines: Bool
  private let checksums: SourceChecksums
  private let cursor: Mutex<Cursor>

  /// - Parameter trustsNewlines: whether newlines may end units of a source in which all have ended
  ///   records so far. Then ask `isMisled` at the end.
  init(
    _ plan: ConversionPlan, unitBytes: Int64 = TextUnits.unitBytes, trustsNewlines: Bool = true,
    checksums: SourceChecksums = SourceChecksums()
  ) {
    self.checksums = checksums
    self.trustsNewlines = trustsNewlines
    sources = plan.sources
    self.unitBytes = unitBytes
    leavesWhole = sources.count(where: { !$0.coding.isPlain }) >= TextUnits.wholeCountMin
    cursor = Mutex(
      Cursor(offset: plan.sources.first?.dataOffset ?? 0, line: plan.sources.first?.dataLine ?? 1))
  }

  /// Whether a unit was cut at a newline that ends no record: what was parsed is void.
  var isMisled: Bool { cursor.withLock { $0.isMisled } }

  /// Whether the sources fill no more than one unit, as far as their sizes tell.
  ///
  /// - Complexity: O(sources of a unit).
  var isOne: Bool {
    var size: Int64 = 0
    for source in sources {
      size += share(sizeLeft(source))
      if size > unitBytes { return false }
    }
    return true
  }

  /// The next unit; nil after the last, and from when the units are known to be misled.
  func next() throws(GrebeError) -> TextUnit? {
    try cursor.withLock { (cursor) throws(GrebeError) in
      if cursor.isMisled { return nil }
      var ranges: [TextRange] = []
      var size: Int64 = 0
      while cursor.source < sources.count && size < unitBytes {
        let left = sizeLeft(cursor)
        let isWhole = left <= unitBytes - size || mustBeWhole(cursor.source)
        // A source that only just does not fit starts the next unit instead of being cut.
        if !isWhole && !ranges.isEmpty { break }
        if isWhole {
          ranges.append(whole(&cursor))
          size += share(left)
        } else {
          guard let range = try cut(&cursor) else {
            cursor.isMisled = true
            return nil
          }
          ranges.append(range)
          size += unitBytes
        }
      }
      guard !ranges.isEmpty else { return nil }
      defer { cursor.ordinal += 1 }
      return TextUnit(ordinal: cursor.ordinal, ranges: ranges)
    }
  }

  /// Bytes of text that the source at hand has left, as far as its file tells.
  private func sizeLeft(_ cursor: Cursor) -> Int64 {
    if cursor.stream != nil { return .max }
    return sizeLeft(sources[cursor.source], from: cursor.offset)
  }

  private func sizeLeft(_ source: PlannedSource, from offset: Int64 = 0) -> Int64 {
    source.coding.isPlain
      ? source.file.sizeBytes - offset : source.file.sizeBytes * TextUnits.expansion
  }

  /// What a source counts for in a unit that it is whole in.
  private func share(_ sizeBytes: Int64) -> Int64 {
    max(sizeBytes, unitBytes / TextUnits.sourcesPerUnitMax)
  }

  private func mustBeWhole(_ index: Int) -> Bool {
    let source = sources[index]
    return
      (!source.coding.isPlain && leavesWhole && source.file.sizeBytes <= TextUnits.wholeBytesMax)
  }

  /// Notes that a range whose first line is not known ends where a record does, if it begins where
  /// one does.
  func noteRegular(_ range: TextRange, lineCount: Int64, hasInnerNewlines: Bool) {
    cursor.withLock {
      $0.cuts[range.source]?.noteRegular(
        from: range.start, lineCount: lineCount, hasInnerNewlines: hasInnerNewlines)
    }
  }

  /// The line on which a range begins; nil: the units are misled, and what was parsed of it is
  /// void.
  ///
  /// - Complexity: O(1) as a rule; else O(bytes before it that are in other workers' hands).
  func firstLine(of range: TextRange) throws(GrebeError) -> Int64? {
    if let line = range.firstLine { return line }
    let file = sources[range.source].file
    return try cursor.withLock { (cursor) throws(GrebeError) in
      if cursor.isMisled { return nil }
      let line = try file.reading { () throws(StoreError) in
        try cursor.cuts[range.source]?.firstLine(
          at: range.start, file.store.openReader(file.path))
      }
      if line == nil { cursor.isMisled = true }
      return line
    }
  }

  private func whole(_ cursor: inout Cursor) -> TextRange {
    let source = sources[cursor.source]
    let end = source.file.sizeBytes
    cursor.cuts[cursor.source]?.cutLast(from: cursor.offset)
    // A source that was never cut begins on the cursor's line; of one that was, its cuts know more.
    let firstLine =
      if let cuts = cursor.cuts[cursor.source] {
        cuts.settled.offset == cursor.offset ? cuts.settled.line : nil
      } else {
        Optional(cursor.line)
      }
    let range = TextRange(
      source: cursor.source, start: source.coding.isPlain ? min(cursor.offset, end) : cursor.offset,
      end: source.coding.isPlain ? end : nil, firstLine: firstLine,
      isLast: true,
      fileBytes: source.coding.isPlain ? end - accountedStart(cursor.offset, source) : end)
    advance(&cursor)
    return range
  }

  /// Where what a range accounts for begins that itself begins at `offset`.
  private func accountedStart(_ offset: Int64, _ source: PlannedSource) -> Int64 {
    offset == source.dataOffset ? 0 : offset
  }

  private func advance(_ cursor: inout Cursor) {
    cursor.source += 1
    cursor.reader = nil
    cursor.stream = nil
    cursor.leftover = Buffer()
    if cursor.source < sources.count {
      cursor.offset = sources[cursor.source].dataOffset
      cursor.line = sources[cursor.source].dataLine
    }
  }

  /// The range from the cursor to the first record boundary past the nominal size of a unit; nil
  /// where the units are misled.
  private func cut(_ cursor: inout Cursor) throws(GrebeError) -> TextRange? {
    sources[cursor.source].coding.isPlain
      ? try sources[cursor.source].file.reading { () throws(StoreError) in try cutFile(&cursor) }
      : try cutStream(&cursor)
  }

  private func cutFile(_ cursor: inout Cursor) throws(StoreError) -> TextRange? {
    let source = sources[cursor.source]
    if cursor.reader == nil {
      cursor.reader = try source.file.store.openReader(source.file.path)
    }
    guard let reader = cursor.reader else { preconditionFailure("a reader was just opened") }
    let start = cursor.offset
    let nominal = start + unitBytes
    var cuts = cursor.cuts[cursor.source] ?? FileCuts(source)
    var firstLine: Int64?
    var end: Int64?
    if trustsNewlines && cuts.newlinesSuffice {
      end = try cuts.cutByNewline(from: start, past: nominal, reader)
    }
    if end == nil {
      guard try cuts.settle(upTo: start, reader) else { return nil }
      firstLine = cuts.settled.line
      end = try cuts.cutExactly(past: nominal, reader)
    }
    cursor.cuts[cursor.source] = cuts
    cursor.offset = end ?? start
    let range = TextRange(
      source: cursor.source, start: start, end: end, firstLine: firstLine,
      isLast: end == source.file.sizeBytes,
      fileBytes: cursor.offset - accountedStart(start, source))
    if range.isLast { advance(&cursor) }
    return range
  }

  private func cutStream(_ cursor: inout Cursor) throws(GrebeError) -> TextRange {
    let source = sources[cursor.source]
    let stream = try stream(&cursor)
    let bytesBefore = cursor.offset == source.dataOffset ? 0 : stream.bytesRead
    var text = BufferBuilder<UInt8>(capacity: Int(unitBytes + TextUnits.chunkBytes))
    var cutter = RecordCutter(source)
    var lines = source.format.lineCounter
    var chunk = cursor.leftover
    cursor.leftover = Buffer()
    var isCut = false
    while !isCut {
      if chunk.count == 0 {
        if stream.isAtEnd { break }
        chunk = try nextChunk(of: stream)
      }
      if Int64(text.count) > unitBytes + TextUnits.uncutBytesMax {
        throw GrebeError(
          .corrupt,
          "no record ends within \(TextUnits.uncutBytesMax >> 20) MiB of line "
            + "\(cursor.line + Int64(lines.count))", place: source.file.name,
          hint: "is a quote or bracket not closed? Look at the decompressed text")
      }
      let isWanted = text.count >= unitBytes
      var step = cutter.advance(over: chunk, isWanted: isWanted)
      if step == .misled {
        cutter = RecordCutter(source, isExact: true)
        let before = text.take()
        _ = cutter.advance(over: before, isWanted: false)
        text = BufferBuilder<UInt8>(capacity: Int(unitBytes + TextUnits.chunkBytes))
        text.append(contentsOf: before.span)
        step = cutter.advance(over: chunk, isWanted: isWanted)
      }
      var taken = chunk
      if case .cut(let end) = step {
        isCut = true
        taken = chunk.slice(0..<end)
      }
      lines.take(taken)
      text.append(contentsOf: taken.span)
      cursor.leftover = chunk.slice(taken.count..<chunk.count)
      chunk = Buffer()
    }
    let bytes = text.take()
    // Only what follows tells whether anything does.
    if cursor.leftover.count == 0 && !stream.isAtEnd {
      cursor.leftover = try nextChunk(of: stream)
    }
    let isLast = stream.isAtEnd && cursor.leftover.count == 0
    let range = TextRange(
      source: cursor.source, start: cursor.offset, end: cursor.offset + Int64(bytes.count),
      firstLine: cursor.line, isLast: isLast, text: bytes,
      fileBytes: stream.bytesRead - bytesBefore)
    cursor.offset += Int64(bytes.count)
    cursor.line += Int64(lines.count)
    if isLast {
      stream.noteChecksum(source: cursor.source)
      advance(&cursor)
    }
    return range
  }

  private func nextChunk(of stream: TextStream) throws(GrebeError) -> Buffer<UInt8> {
    var builder = BufferBuilder<UInt8>()
    try stream.read(Int(TextUnits.chunkBytes), into: &builder)
    return builder.take()
  }

  /// The stream of the source at hand, past what comes before its first record.
  private func stream(_ cursor: inout Cursor) throws(GrebeError) -> TextStream {
    if let stream = cursor.stream { return stream }
    let source = sources[cursor.source]
    let stream = try TextStream(source.file, coding: source.coding, checksums: checksums)
    cursor.leftover = try stream.skip(source.dataOffset)
    cursor.stream = stream
    return stream
  }
}

extension TextStream {
  /// Passes over the first `count` bytes of text; returns what was read beyond them.
  func skip(_ count: Int64) throws(GrebeError) -> Buffer<UInt8> {
    var builder = BufferBuilder<UInt8>()
    try read(Int(count), into: &builder)
    let front = builder.take()
    return front.slice(min(Int(count), front.count)..<front.count)
  }
}

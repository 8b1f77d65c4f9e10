import Base
import Ingest
import Store
import Synchronization

/// A stretch of one source that starts and ends at record boundaries.
struct TextRange: Sendable, Equatable {
  let source: Int
  let start: Int64
  let end: Int64
  /// 1-based line on which `start` is.
  let firstLine: Int64
  /// Whether other ranges hold the rest of the source.
  let isSplit: Bool
}

/// What one worker converts at a time: a stretch of a large source, or several small sources.
struct TextUnit: Sendable, Equatable {
  let ordinal: Int
  let ranges: [TextRange]
}

/// Cuts the sources into units, in order, as workers ask for them (spec/decisions/0003).
///
/// A unit ends where the first record past its nominal size begins (`BoundarySearch`), found from a
/// start that is known to be one; that is a pass at memory speed as a rule, and it leaves the text
/// in the page cache for the worker that parses it.
final class TextUnits: Sendable {
  static let unitBytes: Int64 = 16 << 20

  private struct Cursor {
    var source = 0
    var offset: Int64
    var line: Int64
    var ordinal = 0
    var reader: (any ObjectReader)?
  }

  private let sources: [PlannedSource]
  private let sequentialSources: Set<Int>
  private let unitBytes: Int64
  private let cursor: Mutex<Cursor>

  init(_ plan: ConversionPlan, unitBytes: Int64 = TextUnits.unitBytes) {
    sources = plan.sources
    sequentialSources = plan.sequentialSources
    self.unitBytes = unitBytes
    cursor = Mutex(
      Cursor(offset: plan.sources.first?.dataOffset ?? 0, line: plan.sources.first?.dataLine ?? 1))
  }

  /// The next unit, or nil after the last.
  func next() throws(StoreError) -> TextUnit? {
    try cursor.withLock { (cursor) throws(StoreError) in
      var ranges: [TextRange] = []
      var size: Int64 = 0
      while cursor.source < sources.count && size < unitBytes {
        let fileEnd = sources[cursor.source].file.sizeBytes
        let room = unitBytes - size
        let isWhole =
          fileEnd - cursor.offset <= room || sequentialSources.contains(cursor.source)
        // A file that only just does not fit starts the next unit instead of being cut.
        if !isWhole && !ranges.isEmpty { break }
        if isWhole {
          ranges.append(range(cursor, to: fileEnd))
          size += max(fileEnd - cursor.offset, 0)
          advance(&cursor)
        } else {
          let (end, lines) = try boundary(after: cursor.offset + room, &cursor)
          ranges.append(range(cursor, to: end))
          size += end - cursor.offset
          cursor.offset = end
          cursor.line += lines
          if end == fileEnd { advance(&cursor) }
        }
      }
      guard !ranges.isEmpty else { return nil }
      defer { cursor.ordinal += 1 }
      return TextUnit(ordinal: cursor.ordinal, ranges: ranges)
    }
  }

  private func range(_ cursor: Cursor, to end: Int64) -> TextRange {
    let source = sources[cursor.source]
    return TextRange(
      source: cursor.source, start: min(cursor.offset, end), end: end, firstLine: cursor.line,
      isSplit: cursor.offset > source.dataOffset || end < source.file.sizeBytes)
  }

  private func advance(_ cursor: inout Cursor) {
    cursor.source += 1
    cursor.reader = nil
    if cursor.source < sources.count {
      cursor.offset = sources[cursor.source].dataOffset
      cursor.line = sources[cursor.source].dataLine
    }
  }

  /// The first record boundary at or after `nominal`, and the lines up to it.
  private func boundary(
    after nominal: Int64, _ cursor: inout Cursor
  ) throws(StoreError) -> (end: Int64, lines: Int64) {
    let source = sources[cursor.source]
    if cursor.reader == nil {
      cursor.reader = try source.file.store.openReader(source.file.path)
    }
    guard let reader = cursor.reader else { return (cursor.offset, 0) }
    let search = BoundarySearch(dialect: source.dialect, columnCount: source.columnMap.count)
    let found = try search.boundary(
      from: cursor.offset, after: nominal, end: source.file.sizeBytes
    ) { (range) throws(StoreError) in try reader.read(range) }
    return (found.offset, found.lineCount)
  }
}

import Base
import Ingest
import Store

/// Where one file is cut into ranges, and how far that is known to be right
/// (spec/decisions/0003).
///
/// The first range is scanned for its quotes. Where every newline in it ends a record, the next
/// ranges end at the first newline past their size, and nobody reads them but the workers that
/// parse them. A worker that found nothing but well placed quotes, up to a record's end at the
/// range's, knows that the cut is right if the range begins where a record does: so all are, from
/// the first one on. Before a worker tells anything of a range that depends on where it began (a
/// bad row, a value of another type, a misplaced quote) the range is settled: what lies before it
/// and is not known to be right is scanned after all.
struct FileCuts {
  /// A range that was handed out: where it ends, and its newlines once a worker has found it to be
  /// regular.
  private struct Cut {
    let end: Int64
    var lineCount: Int64?
  }

  private static let chunkBytes: Int64 = 256 << 10
  /// Bytes that are read in search of a newline.
  private static let probeBytes: Int64 = 64 << 10

  private let source: PlannedSource
  /// Up to here all cuts are right: a record begins there, on that line.
  private(set) var settled: (offset: Int64, line: Int64)
  private var hasScanned = false
  private var hasInnerNewlines = false
  /// By their start, ranges that were cut by newlines.
  private var cuts: [Int64: Cut] = [:]
  /// By their start, the first lines of ranges that are settled.
  private var firstLines: [Int64: Int64] = [:]

  init(_ source: PlannedSource) {
    self.source = source
    settled = (source.dataOffset, source.dataLine)
  }

  /// Whether every newline that was looked at ended a record, those of one range at least.
  var newlinesSuffice: Bool { hasScanned && !hasInnerNewlines }

  /// The range from `start` to the first newline past `nominal`; nil where none is near.
  mutating func cutByNewline(
    from start: Int64, past nominal: Int64, _ reader: any ObjectReader
  ) throws(StoreError) -> Int64? {
    let fileEnd = source.file.sizeBytes
    let probe = try reader.read(nominal..<min(nominal + Self.probeBytes, fileEnd))
    let bytes = probe.span
    guard let newline = bytes.indices.first(where: { bytes[$0] == source.format.newline }) else {
      return nil
    }
    let end = nominal + Int64(newline) + 1
    cuts[start] = Cut(end: end)
    return end
  }

  /// The last range, up to the end of the file. Where all before it is settled there is nothing to
  /// find out about it.
  mutating func cutLast(from start: Int64) {
    if start != settled.offset { cuts[start] = Cut(end: source.file.sizeBytes) }
  }

  /// The range from where all is settled to the first record boundary past `nominal`, which
  /// settles it.
  mutating func cutExactly(
    past nominal: Int64, _ reader: any ObjectReader
  ) throws(StoreError) -> Int64 {
    let (end, lineCount) = try scan(past: nominal, reader)
    settled = (end, settled.line + lineCount)
    return end
  }

  /// Notes that the range from `start` ends where a record does, if it begins where one does.
  mutating func noteRegular(from start: Int64, lineCount: Int64, hasInnerNewlines: Bool) {
    cuts[start]?.lineCount = lineCount
    self.hasInnerNewlines = self.hasInnerNewlines || hasInnerNewlines
  }

  /// The line on which the range at `start` begins; nil: no record begins there, or none where a
  /// range before it ends.
  mutating func firstLine(
    at start: Int64, _ reader: any ObjectReader
  ) throws(StoreError) -> Int64? {
    // Its end has to be right too, if what it holds is to be believed.
    try settle(upTo: cuts[start]?.end ?? start, reader) ? firstLines[start] : nil
  }

  /// Settles up to `offset`, where a range ends. False if no record begins there.
  mutating func settle(
    upTo offset: Int64, _ reader: any ObjectReader
  ) throws(StoreError) -> Bool {
    while settled.offset < offset {
      guard try settleNext(reader) else { return false }
    }
    return true
  }

  /// Settles the range that begins where all before is settled.
  private mutating func settleNext(_ reader: any ObjectReader) throws(StoreError) -> Bool {
    guard let cut = cuts[settled.offset] else {
      preconditionFailure("ranges follow on each other")
    }
    firstLines[settled.offset] = settled.line
    var lineCount = cut.lineCount ?? 0
    if cut.lineCount == nil && cut.end < source.file.sizeBytes {
      let end: Int64
      (end, lineCount) = try scan(past: cut.end - 1, reader)
      // A blank line may be told from where it begins: its newline is the one that was cut at.
      guard end == cut.end || end == cut.end - 1 else { return false }
      lineCount += cut.end - end
    }
    settled = (cut.end, settled.line + lineCount)
    return true
  }

  /// From where all is settled to the first record boundary past `nominal`: its offset, and the
  /// newlines before it. O(bytes).
  private mutating func scan(
    past nominal: Int64, _ reader: any ObjectReader
  ) throws(StoreError) -> (end: Int64, lineCount: Int64) {
    let fileEnd = source.file.sizeBytes
    var cutter = RecordCutter(source)
    var lines = source.format.lineCounter
    var offset = settled.offset
    var isCut = false
    while offset < fileEnd && !isCut {
      let isPast = offset >= nominal
      let wanted = min(Self.chunkBytes, (isPast ? fileEnd : nominal) - offset)
      let chunk = try reader.read(offset..<offset + wanted)
      var taken = chunk
      switch cutter.advance(over: chunk, isWanted: isPast) {
      case .passed: break
      case .cut(let end):
        isCut = true
        taken = chunk.slice(0..<end)
      case .misled:
        cutter = RecordCutter(source, isExact: true)
        (offset, lines) = (settled.offset, source.format.lineCounter)
        continue
      }
      lines.take(taken)
      offset += Int64(taken.count)
    }
    hasScanned = true
    hasInnerNewlines = hasInnerNewlines || !cutter.newlinesSuffice
    return (offset, Int64(lines.count))
  }
}

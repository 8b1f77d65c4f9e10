import Base
import Columns
import Delta
import Ingest
import Store

/// Converts units, one at a time: text -> batches -> row groups, bad rows -> quarantine.
///
/// Owned by one thread; everything it touches in its loops is its own.
final class ConversionWorker {
  /// Where a batch comes from.
  private struct Place {
    let range: TextRange
    let unit: TextUnit
    /// Offset of the batch's text in that of the source.
    let textStart: Int64
    /// Newlines of the range before it.
    let lineOffset: Int64
  }

  /// Text parsed at a time: small enough that it and its columns stay in the second-level cache.
  /// Where there are so many columns that what each keeps would leave the cache between two batches
  /// of a few rows, larger ones cost less.
  static func batchBytes(columnCount: Int) -> Int {
    min(max(256 << 10, columnCount * (2 << 10)), 8 << 20)
  }

  /// Rejects that are held as values before they become columns.
  private static let rejectCountMax = 4096

  let attempt: ConversionAttempt
  let session: PartitionedWriter.Session
  let quarantine: PartitionedWriter.Session?
  /// The parser of the sources at hand: many small ones of one kind share it.
  private var open: (layout: TextLayout, filled: Set<Int>, parser: TextParser)?
  /// What the columns of the source at hand hold where it has nothing for them.
  private var constants: (source: Int, defaults: ColumnDefaults)?
  /// How the records of the source at hand are parsed, for those that go to quarantine.
  private var context: (source: Int, json: String)?
  /// The Parquet source at hand.
  var openFile: (source: Int, reader: DataFileReader)?
  var counts = RowCounts()
  /// The first line of the range at hand, once it is known: a record begins there then.
  private var firstLine: Int64?
  private(set) var ignored = IgnoredColumns()
  var skipped = SkippedTally()
  /// What goes to quarantine.
  var setAside = SkippedTally()
  private var rejects: [Reject] = []

  init(
    attempt: ConversionAttempt, session: PartitionedWriter.Session,
    quarantine: PartitionedWriter.Session?
  ) {
    self.attempt = attempt
    self.session = session
    self.quarantine = quarantine
  }

  /// - Parameter isCancelled: looked at between batches.
  func convert(_ unit: ConversionUnit, isCancelled: () -> Bool) throws(GrebeError) {
    switch unit {
    case .text(let unit): try convert(unit, isCancelled: isCancelled)
    case .rowGroups(let unit): try convert(unit, isCancelled: isCancelled)
    }
  }

  private func convert(_ unit: TextUnit, isCancelled: () -> Bool) throws(GrebeError) {
    rejects = []
    for range in unit.ranges {
      let before = counts.written
      try convert(range, of: unit, isCancelled: isCancelled)
      attempt.report(
        rowsWritten: counts.written - before, source: range.source, ordinal: unit.ordinal)
    }
    guard attempt.writesRows else { return }
    try exposing { () throws(DeltaError) in
      try session.endUnit(ordinal: unit.ordinal)
      try quarantine?.write(attempt.quarantineBatch(rejects))
      try quarantine?.endUnit(ordinal: unit.ordinal)
    }
  }

  /// Hands over what a long unit has so far.
  private func endPart(of unit: TextUnit) throws(GrebeError) {
    guard attempt.writesRows else { return }
    try exposing { () throws(DeltaError) in
      try session.endPart(ordinal: unit.ordinal)
      try quarantine?.write(attempt.quarantineBatch(rejects))
      try quarantine?.endPart(ordinal: unit.ordinal)
    }
    rejects = []
  }

  private func convert(
    _ range: TextRange, of unit: TextUnit, isCancelled: () -> Bool
  ) throws(GrebeError) {
    let parser = try parser(range.source)
    let reader = try RangeReader(
      range, of: attempt.plan.sources[range.source], checksums: attempt.sourceChecksums)
    firstLine = range.firstLine
    do throws(GrebeError) {
      guard try convertBatches(of: range, in: unit, reader, parser, isCancelled) else { return }
    } catch {
      // What seems wrong with the text may be where it was cut.
      if error.code != .cancelled, firstLine == nil, try attempt.firstLine(of: range) == nil {
        return
      }
      throw error
    }
    reader.noteChecksum()
    counts.bytesRead += range.fileBytes
  }

  /// - Returns: false if the range does not begin where a record does.
  private func convertBatches(
    of range: TextRange, in unit: TextUnit, _ reader: RangeReader, _ parser: TextParser,
    _ isCancelled: () -> Bool
  ) throws(GrebeError) -> Bool {
    var text = BufferBuilder<UInt8>()
    var capacity = ConversionWorker.batchBytes(
      columnCount: attempt.plan.sourceSchema.fields.count)
    var lineOffset: Int64 = 0
    var partStart = range.start
    var hasInnerNewlines = false
    // Of a text without records too it has to be told whether it ends as it should.
    repeat {
      if isCancelled() { throw GrebeError(.cancelled, "interrupted; nothing was committed") }
      if reader.offset - partStart >= TextUnits.unitBytes * 2 {
        try endPart(of: unit)
        partStart = reader.offset
      }
      try reader.fill(&text, capacity: capacity)
      let textStart = reader.offset - Int64(text.count)
      let isEnd = reader.isAtEnd
      let parsed = try parse(text, isEnd: isEnd, with: parser, in: range)
      let place = Place(range: range, unit: unit, textStart: textStart, lineOffset: lineOffset)
      guard try take(parsed, place) else { return false }
      // A record longer than the text needs more of it; the parser says when it is too long.
      if parsed.consumedBytes == 0 && !isEnd { capacity *= 2 }
      lineOffset += Int64(parsed.newlineCount)
      hasInnerNewlines = hasInnerNewlines || parsed.hasInnerNewlines
      text = parsed.remainder(capacity: isEnd ? 0 : capacity)
      if isEnd && parsed.consumedBytes == 0 { break }
    } while !reader.isAtEnd || text.count > 0
    if firstLine == nil {
      attempt.noteRegular(range, lineCount: lineOffset, hasInnerNewlines: hasInnerNewlines)
    }
    return true
  }

  private func parse(
    _ text: consuming BufferBuilder<UInt8>, isEnd: Bool, with parser: TextParser,
    in range: TextRange
  ) throws(GrebeError) -> ParsedBatch {
    do throws(IngestError) {
      return try parser.parse(text, isEnd: isEnd, isSourceEnd: isEnd && range.isLast)
    } catch {
      throw GrebeError(
        error.code, error.description, place: attempt.plan.sources[range.source].file.name,
        hint: error.hint)
    }
  }

  private func parser(_ index: Int) throws(GrebeError) -> TextParser {
    let source = attempt.plan.sources[index]
    let defaults = defaults(index)
    let filled = defaults.columns
    if let open, open.layout === source.layout, open.filled == filled { return open.parser }
    let parser = try exposing { () throws(IngestError) in
      try TextParser(source, of: attempt.plan, defaults: defaults)
    }
    open = (source.layout, filled, parser)
    return parser
  }

  private func defaults(_ index: Int) -> ColumnDefaults {
    if let constants, constants.source == index { return constants.defaults }
    let defaults = attempt.plan.defaults(
      of: attempt.plan.sources[index].file, besides: attempt.defaults)
    constants = (index, defaults)
    return defaults
  }

  private func context(_ index: Int) -> String {
    guard attempt.options.quarantines else { return "" }
    if let context, context.source == index { return context.json }
    let source = attempt.plan.sources[index]
    let json = RecordContext(source, of: attempt.plan).json
    context = (index, json)
    return json
  }

  /// Tells what a batch has shown and writes its rows.
  ///
  /// - Returns: false if it is void, because its range does not begin where a record does.
  private func take(_ parsed: ParsedBatch, _ place: Place) throws(GrebeError) -> Bool {
    // Before anything is told of a batch, its text has to be known to be whole records.
    if parsed.isRemarkable, try line(place) == nil { return false }
    if !parsed.contradictions.isEmpty {
      attempt.report(contradictions: parsed.contradictions, ordinal: place.unit.ordinal)
    }
    if let count = parsed.neededFieldCount { try report(fieldCount: count, place) }
    if !parsed.newFields.isEmpty { try report(newFields: parsed, place) }
    guard attempt.writesRows else { return true }
    noteIgnored(parsed, of: attempt.plan.sources[place.range.source])
    let parser = try parser(place.range.source)
    let (compared, mismatches, emptyTexts) = try attempt.plan.partition.comparing(
      defaults(place.range.source).filling(parsed, of: parser), absences: parsed.absences,
      lacks: parser.lacks)
    var (rows, faults) = try attempt.plan.completing(compared)
    let broken = try breaking(&rows, mismatches + faults, of: parsed, parser)
    counts.read += parsed.rowsRead
    counts.written += rows.rowCount
    counts.emptyTexts.merge(emptyTexts, uniquingKeysWith: +)
    counts.skippedLines += parsed.commentCount
    counts.headerRows += parsed.headerRowCount
    let noRowCount = parsed.rejects.count { $0.reason.isNoRow }
    counts.noRows += noRowCount
    counts.bad += parsed.rejects.count + broken.count - noRowCount
    let bad = broken.isEmpty ? parsed.rejects : sorted(parsed.rejects + broken)
    if !bad.isEmpty, try !take(bad, place) { return !attempt.isMisled }
    try exposing { () throws(DeltaError) in try session.write(rows) }
    return true
  }

  /// Takes bad rows. Returns false if their batch is not to be written.
  private func take(_ bad: [RejectedRow], _ place: Place) throws(GrebeError) -> Bool {
    guard let line = try line(place) else { return false }
    let source = attempt.plan.sources[place.range.source]
    let context = context(place.range.source)
    for row in bad {
      let reject = {
        Reject(
          row, source: source.file.name, context: context, textStart: place.textStart,
          firstLine: line)
      }
      switch attempt.options.fate(ofReason: row.reason) {
      case .fail:
        attempt.report(firstBad: reject(), row, ordinal: place.unit.ordinal)
        return false
      case .quarantine:
        counts.quarantined += 1
        let kept = reject()
        setAside.add(row.reason, source: source.ordinal, row) { kept }
        rejects.append(kept)
      case .skip: skipped.add(row.reason, source: source.ordinal, row, reject: reject)
      }
    }
    if let quarantine, rejects.count >= ConversionWorker.rejectCountMax {
      try exposing { () throws(DeltaError) in
        try quarantine.write(attempt.quarantineBatch(rejects))
      }
      rejects = []
    }
    return true
  }

  /// The line on which a batch begins; nil if it is void.
  private func line(_ place: Place) throws(GrebeError) -> Int64? {
    if firstLine == nil { firstLine = try attempt.firstLine(of: place.range) }
    return firstLine.map { $0 + place.lineOffset }
  }

  private func noteIgnored(_ parsed: ParsedBatch, of source: PlannedSource) {
    noteIgnored(source.layout.ignoredColumns, rowCount: parsed.rowsRead, source: source.ordinal)
    noteIgnored(
      attempt.plan.paths.ignored(of: source.file), rowCount: parsed.rowsRead,
      source: source.ordinal)
    for member in parsed.ignoredMembers {
      ignored.add(member.name, rowCount: member.rowCount, source: source.ordinal)
    }
  }

  func noteIgnored(_ names: [String], rowCount: Int, source: Int) {
    for name in names { ignored.add(name, rowCount: rowCount, source: source) }
  }

  /// Takes the rows that break a rule of the table out of a batch.
  ///
  /// - Parameter known: those that are known to.
  private func breaking(
    _ rows: inout ColumnBatch, _ known: [RowRules.Violation], of parsed: ParsedBatch,
    _ parser: TextParser
  ) throws(GrebeError) -> [RejectedRow] {
    if attempt.rules.isEmpty && known.isEmpty { return [] }
    let violations = try RowRules.firstOfEachRow(known + attempt.rules.violations(rows))
    if violations.isEmpty { return [] }
    rows = rows.dropping(violations.map(\.row))
    return violations.map { row, rule in
      parser.rejecting(row, of: parsed, .constraint, "the row breaks the " + rule.text)
    }
  }

  private func sorted(_ rejects: [RejectedRow]) -> [RejectedRow] {
    rejects.sorted { $0.byteOffset < $1.byteOffset }
  }

  /// Records with more fields than the source was thought to have.
  private func report(fieldCount count: Int, _ place: Place) throws(GrebeError) {
    let source = attempt.plan.sources[place.range.source]
    if attempt.plan.newColumns != .ignore && attempt.plan.newColumns != .rescue {
      for field in source.surplusFields(to: count) {
        try attempt.plan.checkAdding(field, from: source.file)
      }
    }
    attempt.report(fieldCount: count, source: place.range.source)
  }

  /// Members that the schema lacks: columns to add where columns are guessed, else a fault of the
  /// source.
  private func report(newFields parsed: ParsedBatch, _ place: Place) throws(GrebeError) {
    let file = attempt.plan.sources[place.range.source].file
    for field in parsed.newFields { try attempt.plan.checkAdding(field, from: file) }
    attempt.report(newFields: parsed.newFields, ordinal: place.unit.ordinal)
  }
}

extension ParsedBatch {
  /// Whether there is more to tell of the text than its rows.
  fileprivate var isRemarkable: Bool {
    !isRegular || !rejects.isEmpty || !contradictions.isEmpty || neededFieldCount != nil
      || !newFields.isEmpty
  }
}

extension ColumnBatch {
  /// The rows but these. O(rows).
  ///
  /// - Parameter dropped: ascending.
  func dropping(_ dropped: [Int]) -> ColumnBatch {
    var kept = BufferBuilder<UInt32>(capacity: rowCount)
    var next = 0
    for row in 0..<rowCount {
      if next < dropped.count, dropped[next] == row { next += 1 } else { kept.append(UInt32(row)) }
    }
    return selecting(.rows(kept.freeze()))
  }
}

import Base
import Columns
import Delta
import Ingest
import Store

/// Converts units, one at a time: text -> batches -> row groups, bad rows -> quarantine.
///
/// Owned by one thread; everything it touches in its loops is its own.
final class ConversionWorker {
  /// Text parsed at a time: small enough that it and its columns stay in the second-level cache.
  static let batchBytes = 256 << 10

  /// Rejects that are held as values before they become columns.
  private static let rejectCountMax = 4096

  let attempt: ConversionAttempt
  let session: PartitionedWriter.Session
  let quarantine: PartitionedWriter.Session?
  private var open: (source: Int, reader: any ObjectReader, parser: CSVBatchParser)?
  /// The Parquet source at hand.
  var openFile: (source: Int, reader: DataFileReader)?
  var counts = RowCounts()
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
    for range in unit.ranges { try convert(range, of: unit, isCancelled: isCancelled) }
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
    let (reader, parser) = try source(range.source)
    var text = BufferBuilder<UInt8>(capacity: ConversionWorker.batchBytes)
    var capacity = ConversionWorker.batchBytes
    var offset = range.start  // Of the first byte not read yet.
    var line = range.firstLine
    var partStart = range.start
    while offset < range.end || text.count > 0 {
      if isCancelled() { throw GrebeError(.cancelled, "interrupted; nothing was committed") }
      if offset - partStart >= TextUnits.unitBytes * 2 {
        try endPart(of: unit)
        partStart = offset
      }
      offset += try fill(&text, from: reader, at: offset, end: range.end, capacity: capacity)
      let textStart = offset - Int64(text.count)
      let isEnd = offset == range.end
      let parsed = try parse(text, isEnd: isEnd, with: parser, in: range)
      try take(parsed, place: (range, unit, textStart, line))
      // A record longer than the text needs more of it; the parser says when it is too long.
      if parsed.consumedBytes == 0 && !isEnd { capacity *= 2 }
      line += Int64(parsed.newlineCount)
      text = parsed.remainder(capacity: capacity)
      if isEnd && parsed.consumedBytes == 0 { break }
    }
    counts.bytesRead += range.end - range.start
  }

  private func parse(
    _ text: consuming BufferBuilder<UInt8>, isEnd: Bool, with parser: CSVBatchParser,
    in range: TextRange
  ) throws(GrebeError) -> ParsedBatch {
    do throws(IngestError) {
      return try parser.parse(text, isEnd: isEnd)
    } catch {
      throw GrebeError(
        error.code, error.description, place: attempt.plan.sources[range.source].file.name,
        hint: error.hint)
    }
  }

  /// Reads up to `capacity` bytes in all into `text`; returns how many were new.
  private func fill(
    _ text: inout BufferBuilder<UInt8>, from reader: any ObjectReader, at offset: Int64, end: Int64,
    capacity: Int
  ) throws(GrebeError) -> Int64 {
    let wanted = Int(min(Int64(capacity - text.count), end - offset))
    guard wanted > 0 else { return 0 }
    // SAFETY: the tail has room for `wanted` bytes and `read` never writes more.
    let tail = unsafe text.unsafeTail(wanted)
    let got = try exposing { () throws(StoreError) in
      unsafe try reader.read(
        into: UnsafeMutableRawBufferPointer(start: tail, count: wanted), at: offset)
    }
    unsafe text.advance(by: got)
    guard got == wanted else {
      throw GrebeError(
        .io, "the source became shorter while it was read", hint: "nothing was committed; try again"
      )
    }
    return Int64(got)
  }

  private func source(_ index: Int) throws(GrebeError) -> (any ObjectReader, CSVBatchParser) {
    if let open, open.source == index { return (open.reader, open.parser) }
    let source = attempt.plan.sources[index]
    let reader = try exposing { () throws(StoreError) in
      try source.file.store.openReader(source.file.path)
    }
    let parser = try exposing { () throws(IngestError) in
      try CSVBatchParser(
        CSVParserOptions(
          schema: attempt.plan.sourceSchema, columnMap: source.columnMap, dialect: source.dialect,
          inferredColumns: attempt.plan.inferredColumns))
    }
    open = (index, reader, parser)
    return (reader, parser)
  }

  private func take(
    _ parsed: ParsedBatch, place: (range: TextRange, unit: TextUnit, textStart: Int64, line: Int64)
  ) throws(GrebeError) {
    if !parsed.contradictions.isEmpty { attempt.report(contradictions: parsed.contradictions) }
    if place.range.isSplit, parsed.rejects.contains(where: { $0.reason == .unclosedQuote }) {
      return attempt.report(misleadingSource: place.range.source)
    }
    guard attempt.writesRows else { return }
    counts.read += parsed.rowsRead
    counts.written += parsed.batch.rowCount
    counts.bad += parsed.rejects.count
    for row in parsed.rejects {
      let reject = Reject(
        row, source: attempt.plan.sources[place.range.source].file.name,
        textStart: place.textStart, firstLine: place.line)
      switch attempt.options.onBadRow {
      case .fail: return attempt.report(firstBad: reject, row, ordinal: place.unit.ordinal)
      case .quarantine: rejects.append(reject)
      case .skip: break
      }
    }
    if let quarantine, rejects.count >= ConversionWorker.rejectCountMax {
      try exposing { () throws(DeltaError) in
        try quarantine.write(attempt.quarantineBatch(rejects))
      }
      rejects = []
    }
    let rows = attempt.plan.partition.completing(parsed.batch)
    try exposing { () throws(DeltaError) in try session.write(rows) }
  }
}

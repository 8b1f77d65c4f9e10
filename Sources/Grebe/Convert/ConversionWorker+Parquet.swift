import Base
import Columns
import Delta
import Ingest
import JSON
import Store

extension ConversionWorker {
  /// Row groups -> the table's columns -> row groups. A value that does not fit makes a bad row.
  func convert(_ unit: RowGroupUnit, isCancelled: () -> Bool) throws(GrebeError) {
    for part in unit.parts {
      let before = counts.written
      try convert(part, unit.ordinal, isCancelled: isCancelled)
      attempt.report(
        rowsWritten: counts.written - before, source: part.source, ordinal: unit.ordinal)
    }
    try exposing { () throws(DeltaError) in
      try session.endUnit(ordinal: unit.ordinal)
      try quarantine?.endUnit(ordinal: unit.ordinal)
    }
  }

  private func convert(
    _ part: RowGroupUnit.Part, _ ordinal: Int, isCancelled: () -> Bool
  ) throws(GrebeError) {
    let source = attempt.plan.parquet[part.source]
    guard !source.fileColumns.isEmpty else {
      throw GrebeError(
        .corrupt, "the source has none of the table's columns", place: source.file.name)
    }
    let reader = try reader(of: part.source)
    var firstRow = source.rowCounts[..<part.rowGroup].reduce(0, +)
    var failure: GrebeError?
    let (_, bytesRead) = try source.file.reading { () throws(DeltaError) in
      try reader.forEachBatch(rowGroup: part.rowGroup, columns: source.fileColumns) { batch in
        do throws(GrebeError) {
          try take(batch, of: source, firstRow: firstRow, ordinal, isCancelled: isCancelled)
          firstRow += batch.rowCount
          return true
        } catch {
          failure = error
          return false
        }
      }
    }
    if let failure { throw failure }
    counts.bytesRead += bytesRead
  }

  /// - Parameter firstRow: position in the file of the batch's first row.
  private func take(
    _ batch: ColumnBatch, of source: ParquetSource, firstRow: Int, _ ordinal: Int,
    isCancelled: () -> Bool
  ) throws(GrebeError) {
    if isCancelled() { throw GrebeError(.cancelled, "interrupted; nothing was committed") }
    let lacks = { (column: Int) in source.positions[column] == nil }
    let defaults = attempt.plan.defaults(of: source.file, besides: attempt.defaults)
    var (all, misfits) = try source.rows(
      batch, as: defaults.easing(attempt.plan.sourceSchema, lacks: lacks))
    all = defaults.filling(all, lacks: lacks)
    let (compared, mismatches, emptyTexts) = try attempt.plan.partition.comparing(
      all, lacks: lacks)
    let (complete, faults) = try attempt.plan.completing(compared)
    misfits += try (mismatches + faults + attempt.rules.violations(complete)).map { row, rule in
      ParquetSource.Misfit(
        row: row, field: rule.column, reason: .constraint,
        message: "the row breaks the " + rule.text)
    }
    counts.read += complete.rowCount
    noteIgnored(source.ignoredColumns, rowCount: complete.rowCount, source: source.ordinal)
    guard let rows = try keeping(complete, misfits, of: batch, source, firstRow: firstRow, ordinal)
    else { return }
    counts.written += rows.rowCount
    counts.emptyTexts.merge(emptyTexts, uniquingKeysWith: +)
    try exposing { () throws(DeltaError) in
      try session.write(rows)
      try session.handOverFull(ordinal: ordinal)
    }
    attempt.waitForRoom(ordinal, isCancelled: isCancelled)
  }

  /// The rows without misfits, the others being dealt with; nil if they end the load.
  private func keeping(
    _ rows: ColumnBatch, _ misfits: [ParquetSource.Misfit], of batch: ColumnBatch,
    _ source: ParquetSource, firstRow: Int, _ ordinal: Int
  ) throws(GrebeError) -> ColumnBatch? {
    if misfits.isEmpty { return rows }
    var bad: [Int: ParquetSource.Misfit] = [:]
    for misfit in misfits where bad[misfit.row] == nil { bad[misfit.row] = misfit }
    counts.bad += bad.count
    var rejects: [Reject] = []
    let context = RecordContext.json(ofParquet: source.file)
    for (row, misfit) in bad.sorted(by: { $0.key < $1.key }) {
      let reject = {
        Reject(misfit, batch, row: row, firstRow: firstRow, source.file, context: context)
      }
      switch attempt.options.fate(ofReason: misfit.reason) {
      case .fail:
        attempt.report(firstBad: reject(), nil, ordinal: ordinal)
        return nil
      case .quarantine:
        let kept = reject()
        setAside.add(misfit.reason, source: source.ordinal, nil) { kept }
        rejects.append(kept)
      case .skip: skipped.add(misfit.reason, source: source.ordinal, nil, reject: reject)
      }
    }
    counts.quarantined += rejects.count
    let kept = attempt.quarantineBatch(rejects)
    try exposing { () throws(DeltaError) in try quarantine?.write(kept) }
    var good = BufferBuilder<UInt32>(capacity: rows.rowCount)
    for row in 0..<rows.rowCount where bad[row] == nil { good.append(UInt32(row)) }
    return rows.selecting(.rows(good.freeze()))
  }

  private func reader(of source: Int) throws(GrebeError) -> DataFileReader {
    if let openFile, openFile.source == source { return openFile.reader }
    let reader = try attempt.plan.parquet[source].file.parquetReader(
      memoryBytes: attempt.environment.readerMemoryBytes)
    openFile = (source, reader)
    return reader
  }
}

extension Reject {
  /// A row of a Parquet file: its number, from 1, in place of a line, its values as JSON in place
  /// of a text.
  fileprivate init(
    _ misfit: ParquetSource.Misfit, _ batch: ColumnBatch, row: Int, firstRow: Int,
    _ file: SourceFile, context: String
  ) {
    var json = JSONWriter()
    json.beginObject()
    for (field, column) in zip(batch.schema.fields, batch.columns) {
      json.member(field.name, raw: column[row].jsonText(as: column.type))
    }
    json.endObject()
    self.init(
      source: file.name, line: Int64(firstRow + row + 1), column: misfit.field.name,
      reason: misfit.reason, message: misfit.message, raw: json.text,
      context: context)
  }
}

import Base
import Columns
import Delta

extension ConversionWorker {
  /// Row groups -> the table's columns -> row groups. A value that does not fit ends the load.
  func convert(_ unit: RowGroupUnit, isCancelled: () -> Bool) throws(GrebeError) {
    for part in unit.parts {
      let before = counts.written
      try convert(part, isCancelled: isCancelled)
      attempt.report(
        rowsWritten: counts.written - before, source: part.source, ordinal: unit.ordinal)
    }
    try exposing { () throws(DeltaError) in
      try session.endUnit(ordinal: unit.ordinal)
      try quarantine?.endUnit(ordinal: unit.ordinal)
    }
  }

  private func convert(
    _ part: RowGroupUnit.Part, isCancelled: () -> Bool
  ) throws(GrebeError) {
    let source = attempt.plan.parquet[part.source]
    guard !source.fileColumns.isEmpty else {
      throw GrebeError(
        .corrupt, "the source has none of the table's columns", place: source.file.name)
    }
    let reader = try reader(of: part.source)
    var failure: GrebeError?
    let (_, bytesRead) = try source.file.reading { () throws(DeltaError) in
      try reader.forEachBatch(rowGroup: part.rowGroup, columns: source.fileColumns) { batch in
        do throws(GrebeError) {
          try take(batch, of: source, isCancelled: isCancelled)
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

  private func take(
    _ batch: ColumnBatch, of source: ParquetSource, isCancelled: () -> Bool
  ) throws(GrebeError) {
    if isCancelled() { throw GrebeError(.cancelled, "interrupted; nothing was committed") }
    let rows = try source.rows(batch, as: attempt.plan.sourceSchema)
    counts.read += rows.rowCount
    counts.written += rows.rowCount
    try exposing { () throws(DeltaError) in
      try session.write(attempt.plan.completing(rows))
    }
  }

  private func reader(of source: Int) throws(GrebeError) -> DataFileReader {
    if let openFile, openFile.source == source { return openFile.reader }
    let reader = try attempt.plan.parquet[source].file.parquetReader()
    openFile = (source, reader)
    return reader
  }
}

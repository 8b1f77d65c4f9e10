import Base
import Columns
package import Parquet
package import Store

/// One data file of a table: row groups in the order given, then the `add`
/// action that describes it.
///
/// Nothing is visible before `finish`; a writer that is released earlier leaves nothing behind.
package final class DataFileWriter {
  private let path: String
  private let partitionValues: [String: String?]
  private let layout: DataFileLayout
  private let output: any ObjectWriter
  private var assembler: FileAssembler

  /// - Parameter path: relative to the table's root, raw.
  package init(
    store: any ObjectStore, path: String, partitionValues: [String: String?], layout: DataFileLayout
  ) throws(DeltaError) {
    self.path = path
    self.partitionValues = partitionValues
    self.layout = layout
    assembler = try encoding(path) { () throws(ParquetError) in
      try FileAssembler(schema: layout.fileSchema, options: layout.parquet)
    }
    output = try storing { () throws(StoreError) in try store.createWriter(path) }
    try append([assembler.header()])
  }

  package var sizeBytes: Int64 { output.sizeBytes }

  package func append(_ group: EncodedRowGroup) throws(DeltaError) {
    try append(assembler.add(group))
  }

  private func append(_ parts: [Buffer<UInt8>]) throws(DeltaError) {
    for part in parts { try storing { () throws(StoreError) in try output.append(part.bytes) } }
  }

  /// Writes the footer, makes the file visible, and describes it. It is durable before a commit
  /// that names it.
  package func finish(nowMillis: Int64) throws(DeltaError) -> AddFile {
    let footer = try encoding(path) { () throws(ParquetError) in try assembler.footer() }
    try append([footer])
    try storing { () throws(StoreError) in try output.finishForCommit() }
    return AddFile(
      path: logPath(path), partitionValues: partitionValues, sizeBytes: output.sizeBytes,
      modifiedMillis: nowMillis, dataChange: true,
      statisticsJSON: Delta.statisticsJSON(
        rowCount: Int64(assembler.rowCount), schema: layout.fileSchema,
        columns: assembler.statistics, indexed: layout.statisticsColumns))
  }
}

/// Runs Parquet calls whose failure is the data file's.
func encoding<R: ~Copyable>(
  _ path: String = "", _ body: () throws(ParquetError) -> R
) throws(DeltaError) -> R {
  do {
    return try body()
  } catch {
    throw DeltaError(
      error.code, error.description, file: path.isEmpty ? nil : path, hint: error.hint)
  }
}

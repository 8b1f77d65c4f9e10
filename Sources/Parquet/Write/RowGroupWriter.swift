package import Base
package import Columns

/// A finished row group: bytes, and what the footer will say about them.
package struct EncodedRowGroup: Sendable {
  package let rowCount: Int
  /// The bytes in the order of the file; the file continues with them wherever it ends now.
  package let parts: [Buffer<UInt8>]
  /// One a column. Bounds are exact but for long strings and binaries, and absent where a NaN is.
  package let statistics: [ColumnStatistics]
  let chunks: [EncodedChunk]

  /// Of all parts.
  package var sizeBytes: Int { chunks.reduce(0) { $0 + $1.sizeBytes } }
}

/// Turns batches into row groups. Not `Sendable`: one a worker, which may use it again and again.
///
/// The bytes of a row group depend on its rows and the options alone: not on how the rows were cut
/// into batches, not on earlier row groups.
package final class RowGroupWriter {
  package let schema: Schema
  private let columns: [ColumnChunkWriter]
  /// Rows since the last `finish`.
  package private(set) var rowCount = 0

  /// - Throws: `ParquetError` (`unsupported`) for a column of a nested or unknown type.
  package init(
    schema: Schema, options: ParquetWriteOptions = ParquetWriteOptions()
  ) throws(ParquetError) {
    self.schema = schema
    let pageWriter = PageWriter(options)
    var columns: [ColumnChunkWriter] = []
    for field in schema.fields {
      let element = try leafElement(of: field.type, name: field.name)
      columns.append(try ColumnChunkWriter(field, element, options, pageWriter))
    }
    self.columns = columns
  }

  /// About how many bytes the row group takes: finished pages, and buffered rows uncompressed.
  package var sizeBytes: Int { columns.reduce(0) { $0 + $1.sizeBytes } }

  /// Adds the rows of `batch`, any number of them.
  ///
  /// - Throws: `ParquetError` when a column has another type than the schema's, or a null where the
  ///   schema allows none. The row group is of no use then.
  package func append(_ batch: ColumnBatch) throws(ParquetError) {
    guard batch.columns.count == columns.count else {
      throw ParquetError(
        .invalidArgument, "\(batch.columns.count) columns for a schema of \(columns.count)")
    }
    for (index, column) in batch.columns.enumerated() {
      guard column.type == schema.fields[index].type else {
        throw ParquetError(
          .invalidArgument, "a column of \(column.type) where \(schema.fields[index].type) is due",
          at: ParquetPlace(column: schema.fields[index].name))
      }
      try columns[index].append(column)
    }
    rowCount += batch.rowCount
  }

  /// Ends the row group. The writer is empty afterwards.
  package func finish() throws(ParquetError) -> EncodedRowGroup {
    var chunks: [EncodedChunk] = []
    chunks.reserveCapacity(columns.count)
    for column in columns { chunks.append(try column.finish()) }
    var parts: [Buffer<UInt8>] = []
    for chunk in chunks {
      if let dictionary = chunk.dictionaryPage { parts.append(dictionary) }
      if chunk.dataPages.count > 0 { parts.append(chunk.dataPages) }
    }
    let statistics = zip(chunks, schema.fields).map { chunk, field in
      chunk.bounds.statistics(of: field.type, nullCount: chunk.nullCount)
    }
    defer { rowCount = 0 }
    return EncodedRowGroup(
      rowCount: rowCount, parts: parts, statistics: statistics, chunks: chunks)
  }
}

package import Base
package import Columns

/// A finished row group: bytes, and what the footer will say about them.
package struct EncodedRowGroup: Sendable {
  package let rowCount: Int
  /// The bytes in the order of the file; the file continues with them wherever it ends now.
  package let parts: [Buffer<UInt8>]
  /// One a leaf, in the order of the schema. Bounds are exact but for long strings and binaries,
  /// and absent where a NaN is.
  package let statistics: [ColumnStatistics]
  let chunks: [EncodedChunk]

  /// Of all parts.
  package var sizeBytes: Int { parts.reduce(0) { $0 + $1.count } }
}

/// Turns batches into row groups. Not `Sendable`: one a worker, which may use it again and again.
///
/// The bytes of a row group depend on its rows and the options alone: not on how the rows were cut
/// into batches, not on earlier row groups.
package final class RowGroupWriter {
  package let schema: Schema
  private let columns: [ColumnWriter]
  private let leaves: [WriteLeaf]
  private let pageWriter: PageWriter
  private let sizeLimit: Int
  /// Rows since the last `finish`.
  package private(set) var rowCount = 0
  /// Whether the row group reached `rowGroupSizeBytes`, by what `sizeBytes` was when it was last
  /// looked at: then it is time to `finish`.
  package private(set) var isFull = false

  /// Rows after which the size of the row group is looked at, if they are short.
  static let checkRowCount = 4096
  /// Varying bytes of rows after which it is looked at.
  private let checkSizeBytes: Int
  /// Since it was last looked at.
  private var unchecked = (rowCount: 0, sizeBytes: 0)

  /// - Throws: `ParquetError` (`unsupported`) for a column of an unknown type.
  package init(
    schema: Schema, options: ParquetWriteOptions = ParquetWriteOptions()
  ) throws(ParquetError) {
    self.schema = schema
    sizeLimit = options.rowGroupSizeBytes
    checkSizeBytes = max(sizeLimit / 16, 1 << 20)
    let written = try WriteSchema(schema, options)
    leaves = written.leaves
    pageWriter = PageWriter(options)
    var columns: [ColumnWriter] = []
    var first = 0
    for field in written.fields {
      let count = leafTypes(field.type).count
      var chunks: [ColumnChunkWriter] = []
      for leaf in leaves[first..<first + count] {
        chunks.append(
          try ColumnChunkWriter(leaf, leafCount: leaves.count, options, pageWriter))
      }
      columns.append(ColumnWriter(field: field, leaves: chunks))
      first += count
    }
    self.columns = columns
  }

  /// About the bytes that a writer holds besides the finished pages of the row group in progress:
  /// some 70 KiB a leaf where there are thousands, and up to 204 KiB where there are few.
  ///
  /// - Throws: as the initialiser.
  package static func bufferBytes(
    _ schema: Schema, _ options: ParquetWriteOptions
  ) throws(ParquetError) -> Int {
    let leaves = try WriteSchema(schema, options).leaves
    return leaves.reduce(0) { total, leaf in
      let isFixed = plainValueBytes(leaf.column.element).map { $0 <= 8 } ?? false
      return total + options.leafBufferBytes(of: leaves.count, isFixed: isFixed)
    }
  }

  /// About how many bytes the row group takes: finished pages, and buffered rows uncompressed.
  package var sizeBytes: Int { columns.reduce(0) { $0 + $1.sizeBytes } }

  /// Adds the rows of `batch`, any number of them, whether the row group is full or not.
  ///
  /// - Throws: `ParquetError` when a column has another type than the schema's, or a null where the
  ///   schema allows none. The row group is of no use then.
  package func append(_ batch: ColumnBatch) throws(ParquetError) {
    try check(batch)
    var row = 0
    while row < batch.rowCount { row += try appendUntilCheck(batch, from: row) }
  }

  /// Adds rows from the start of `rows` until the row group is full, at least one. Returns how
  /// many. Where a row group ends does not depend on how its rows were cut into batches.
  ///
  /// - Parameter rowLimit: rows with which the row group is full, whatever their size.
  package func append(
    _ batch: ColumnBatch, rows: Range<Int>, rowLimit: Int = .max
  ) throws(ParquetError) -> Int {
    try check(batch)
    var row = rows.lowerBound
    repeat {
      let count = min(rows.upperBound - row, max(rowLimit - rowCount, 1))
      row += try appendUntilCheck(batch, from: row, end: row + count)
      if rowCount >= rowLimit { isFull = true }
    } while row < rows.upperBound && !isFull
    return row - rows.lowerBound
  }

  private func check(_ batch: ColumnBatch) throws(ParquetError) {
    guard batch.columns.count == columns.count else {
      throw ParquetError(
        .invalidArgument, "\(batch.columns.count) columns for a schema of \(columns.count)")
    }
    for (column, field) in zip(batch.columns, schema.fields) {
      guard column.type.isWritten(like: field.type) else {
        throw ParquetError(
          .invalidArgument, "a column of \(column.type) where \(field.type) is due",
          at: ParquetPlace(column: field.name))
      }
    }
  }

  /// Adds rows up to the next at which the size is looked at. Returns how many.
  private func appendUntilCheck(
    _ batch: ColumnBatch, from row: Int, end: Int? = nil
  ) throws(ParquetError) -> Int {
    let untilCheck = Self.checkRowCount - unchecked.rowCount
    let (rows, sizeBytes) = batch.rows(
      row..<min(row + untilCheck, end ?? batch.rowCount),
      ofVaryingBytes: checkSizeBytes - unchecked.sizeBytes)
    for (writer, column) in zip(columns, batch.columns) { try writer.append(column, rows: rows) }
    rowCount += rows.count
    unchecked.rowCount += rows.count
    unchecked.sizeBytes += sizeBytes
    if unchecked.rowCount == Self.checkRowCount || unchecked.sizeBytes >= checkSizeBytes {
      isFull = self.sizeBytes >= sizeLimit
      unchecked = (0, 0)
    }
    return rows.count
  }

  /// Ends the row group. The writer is empty afterwards.
  package func finish() throws(ParquetError) -> EncodedRowGroup {
    var chunks: [EncodedChunk] = []
    chunks.reserveCapacity(leaves.count)
    for column in columns {
      for leaf in column.leaves { chunks.append(try leaf.finish()) }
    }
    var parts: [Buffer<UInt8>] = []
    for chunk in chunks {
      parts += chunk.dictionaryPage
      parts += chunk.dataPages
    }
    parts += chunks.compactMap(\.bloomFilter)
    let statistics = zip(chunks, leaves).map { chunk, leaf in
      chunk.bounds.statistics(
        of: leaf.type, nullCount: chunk.nullCount, nanCount: chunk.nanCount)
    }
    defer {
      pageWriter.trim()
      rowCount = 0
      isFull = false
      unchecked = (0, 0)
    }
    return EncodedRowGroup(
      rowCount: rowCount, parts: parts, statistics: statistics, chunks: chunks)
  }
}

/// The leaves of one column of the schema.
private struct ColumnWriter {
  let leaves: [ColumnChunkWriter]
  /// Nil for a column that is a leaf itself.
  private let shredder: Shredder?

  init(field: Field, leaves: [ColumnChunkWriter]) {
    self.leaves = leaves
    shredder = field.type.isNested ? Shredder(field: field) : nil
  }

  var sizeBytes: Int { leaves.reduce(0) { $0 + $1.sizeBytes } }

  func append(_ column: Column, rows: Range<Int>) throws(ParquetError) {
    guard let shredder else { return try leaves[0].append(column, rows: rows) }
    if rows.isEmpty { return }
    guard let slots = try shredder.shred(column, rows: rows) else {
      // Long lists: half of the rows at a time.
      let middle = rows.lowerBound + rows.count / 2
      try append(column, rows: rows.lowerBound..<middle)
      return try append(column, rows: middle..<rows.upperBound)
    }
    for (leaf, slots) in zip(leaves, slots) { try leaf.append(slots) }
  }
}

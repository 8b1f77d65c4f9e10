package import Base
package import Columns
import Compression

/// Decodes columns of one row group into batches: `ranges` to fetch, `supply`, then `next` until
/// nil.
///
/// Does no I/O and starts no threads: one decoder a worker. Memory: one decompressed page a column
/// and the batches that the caller keeps.
package final class RowGroupDecoder {
  package let metadata: ParquetMetadata
  package let rowGroup: Int
  /// Top-level indices of the columns, in the order of the batches.
  package let columns: [Int]
  /// The columns of the batches.
  package let schema: Schema
  /// Where the chunks are in the file, one a column.
  package let ranges: [Range<Int64>]
  /// Rows that were not handed out yet.
  package private(set) var remainingRowCount: Int
  private let group: RowGroupMetadata
  private let verifiesChecksums: Bool
  private var decoders: [FlatColumnDecoder] = []

  /// - Parameter columns: top-level indices, in any order; none is legal and gives rows without
  ///   columns.
  /// - Throws: `ParquetError`: `unsupported` for a nested column or one of a type without slots, by
  ///   name; `corrupt` when a chunk lies outside the file.
  package init(
    metadata: ParquetMetadata, rowGroup: Int, columns: [Int], verifiesChecksums: Bool = true
  ) throws(ParquetError) {
    guard metadata.rowGroups.indices.contains(rowGroup) else {
      throw ParquetError(.invalidArgument, "there is no row group \(rowGroup)")
    }
    let group = metadata.rowGroups[rowGroup]
    var ranges: [Range<Int64>] = []
    for column in columns {
      guard metadata.schema.fields.indices.contains(column) else {
        throw ParquetError(.invalidArgument, "there is no column \(column)")
      }
      let field = metadata.schema.fields[column]
      guard let leaf = group.leaf(ofColumn: column), field.type.physical != nil else {
        throw .unsupported(
          "reading a column of type \(field.type)",
          at: ParquetPlace(rowGroup: rowGroup, column: field.name))
      }
      ranges.append(try group.byteRange(leaf: leaf.index))
    }
    self.metadata = metadata
    self.rowGroup = rowGroup
    self.columns = columns
    self.group = group
    self.ranges = ranges
    self.verifiesChecksums = verifiesChecksums
    schema = metadata.schema.selecting(columns)
    remainingRowCount = group.rowCount
  }

  /// Takes the bytes of `ranges`, in that order, and starts from the first row.
  ///
  /// - Throws: `ParquetError` when a buffer is not as long as its range or a codec is unsupported.
  package func supply(_ chunks: [Buffer<UInt8>]) throws(ParquetError) {
    guard chunks.count == ranges.count else {
      throw ParquetError(.invalidArgument, "\(chunks.count) chunks for \(ranges.count) columns")
    }
    let decompressor = Decompressor()
    let checksum = verifiesChecksums ? CRC32() : nil
    decoders = []
    for (index, column) in columns.enumerated() {
      guard let leaf = group.leaf(ofColumn: column) else { continue }
      let place = group.place(leaf: leaf.index, offset: ranges[index].lowerBound)
      guard chunks[index].count == ranges[index].count else {
        throw .corrupt("the chunk was cut short", at: place)
      }
      let chunk = try group.chunkMetadata(leaf: leaf.index)
      let pages = try PageReader(
        chunk: chunks[index], chunkOffset: ranges[index].lowerBound, metadata: chunk, leaf: leaf,
        rowGroup: rowGroup, decompressor: decompressor, checksum: checksum)
      let values = try LeafValues(
        leaf: leaf, mapping: group.shape.mappings[leaf.index], place: place)
      decoders.append(
        try FlatColumnDecoder(
          pages: pages, values: values, rowCount: group.rowCount, valueCount: chunk.valueCount))
    }
    remainingRowCount = group.rowCount
  }

  /// The next rows, at most `maxRows`; nil at the end. All columns have the same rows.
  ///
  /// - Precondition: `supply` was called, `maxRows` is positive.
  package func next(maxRows: Int) throws(ParquetError) -> ColumnBatch? {
    precondition(maxRows > 0 && decoders.count == columns.count)
    let count = min(maxRows, remainingRowCount)
    if count == 0 { return nil }
    var batch: [Column] = []
    batch.reserveCapacity(decoders.count)
    for decoder in decoders { batch.append(try decoder.decode(count)) }
    remainingRowCount -= count
    return ColumnBatch(schema: schema, columns: batch, rowCount: count)
  }
}

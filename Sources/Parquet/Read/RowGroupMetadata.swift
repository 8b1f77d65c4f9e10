import Base
package import Columns

/// Some old writers left the header of the dictionary page out of a chunk's size (PARQUET-816). No
/// such header is longer than this.
let missingHeaderMaxBytes: Int64 = 100

/// A row group of a file: where its chunks are and what is known about them.
package struct RowGroupMetadata: Sendable {
  /// In the file.
  package let index: Int
  package let rowCount: Int
  let group: RowGroup
  let shape: FileShape

  init(index: Int, rowCount: Int, group: RowGroup, shape: FileShape) {
    self.index = index
    self.rowCount = rowCount
    self.group = group
    self.shape = shape
  }

  /// Compressed size of all chunks.
  package var sizeBytes: Int64 {
    group.columns.reduce(0) { $0 &+ ($1.metadata?.totalCompressedSizeBytes ?? 0) }
  }

  /// Uncompressed size of all chunks.
  package var uncompressedSizeBytes: Int64 {
    group.columns.reduce(0) { $0 &+ ($1.metadata?.totalUncompressedSizeBytes ?? 0) }
  }

  package var sortingColumns: [SortingColumn] { group.sortingColumns ?? [] }

  /// The chunk of a leaf.
  package func chunk(leaf: Int) -> ColumnChunk { group.columns[leaf] }

  /// The leaf of a top-level column; nil when it is nested.
  package func leaf(ofColumn column: Int) -> LeafColumn? { shape.tree.flatLeaf(ofColumn: column) }

  /// What the chunk of a top-level column says about its values. Nested columns: nothing.
  ///
  /// Bounds are left out where their order is unsound or their bytes are no value of the type:
  /// see StatisticsMapping.swift.
  package func statistics(column: Int) -> ColumnStatistics {
    leaf(ofColumn: column).map { statistics(leaf: $0) } ?? ColumnStatistics()
  }

  package func statistics(leaf: LeafColumn) -> ColumnStatistics {
    guard let metadata = group.columns[leaf.index].metadata else { return ColumnStatistics() }
    let order = leaf.index < shape.orders.count ? shape.orders[leaf.index] : nil
    return columnStatistics(
      metadata.statistics, valueCount: metadata.valueCount, leaf: leaf,
      mapping: shape.mappings[leaf.index], order: order, faults: shape.faults)
  }

  /// The bytes of a leaf's chunk in the file, dictionary page included.
  ///
  /// - Throws: `ParquetError` when the chunk is not in this file, encrypted, of another type than
  ///   the schema says, or outside the file.
  package func byteRange(leaf: Int) throws(ParquetError) -> Range<Int64> {
    let metadata = try chunkMetadata(leaf: leaf)
    var start = metadata.dataPageOffset
    // The file's magic is there: some writers mean "none" by zero.
    if let dictionary = metadata.dictionaryPageOffset, dictionary >= 4 {
      start = min(start, dictionary)
    }
    let (end, overflow) = start.addingReportingOverflow(metadata.totalCompressedSizeBytes)
    guard !overflow, end <= shape.fileSizeBytes else {
      throw .corrupt("the chunk lies outside the file", at: place(leaf: leaf, offset: start))
    }
    if shape.understatesChunks {  // What is too much is never looked at.
      return start..<min(end + missingHeaderMaxBytes, shape.fileSizeBytes)
    }
    return start..<end
  }

  /// Whether pages of a leaf may start in the middle of a row, although the format forbids it where
  /// there is an offset index.
  func mayContinueRows(leaf: Int) -> Bool {
    shape.tree.leaves[leaf].maxRepetition > 0 && !shape.startsPagesWithRows
  }

  /// The bytes of a leaf's offset index; nil when it has none.
  package func offsetIndexRange(leaf: Int) throws(ParquetError) -> Range<Int64>? {
    guard let offset = group.columns[leaf].offsetIndexOffset,
      let size = group.columns[leaf].offsetIndexSizeBytes, size > 0
    else { return nil }
    guard offset >= 0, offset <= shape.fileSizeBytes - Int64(size) else {
      throw .corrupt(
        "the offset index lies outside the file", at: place(leaf: leaf, offset: offset))
    }
    return offset..<offset + Int64(size)
  }

  package func chunkMetadata(leaf: Int) throws(ParquetError) -> ColumnMetaData {
    let chunk = group.columns[leaf]
    let here = place(leaf: leaf)
    guard !chunk.isEncrypted else { throw .unsupported("an encrypted column", at: here) }
    guard chunk.filePath == nil || chunk.filePath == "" else {
      throw .unsupported("a chunk in another file", at: here)
    }
    guard let metadata = chunk.metadata else {
      throw .corrupt("the chunk has no metadata", at: here)
    }
    guard metadata.type == shape.tree.leaves[leaf].type else {
      throw .corrupt(
        "the chunk is \(metadata.type.name), the schema says "
          + shape.tree.leaves[leaf].type.name, at: here)
    }
    return metadata
  }

  /// - Parameter offset: nil for what the footer says of the chunk.
  func place(leaf: Int, offset: Int64? = nil) -> ParquetPlace {
    ParquetPlace(
      rowGroup: index, column: shape.tree.leaves[leaf].path.joined(separator: "."),
      offset: offset ?? shape.footerOffset)
  }
}

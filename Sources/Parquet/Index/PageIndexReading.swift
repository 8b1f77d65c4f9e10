// The page index of a chunk: two Thrift structs between the row groups and the footer, each at the
// offset that `ColumnChunk` gives. PageIndex.md of the format.
//
//   OffsetIndex   where each data page is and its first row
//   ColumnIndex   bounds and counts of each page; says nothing without the offset index
package import Base
package import Columns

extension RowGroupMetadata {
  /// Where the column index of a leaf is; nil when it has none that can be used.
  ///
  /// - Throws: `ParquetError` (`corrupt`) when it lies outside the file.
  package func columnIndexRange(leaf: Int) throws(ParquetError) -> Range<Int64>? {
    let chunk = group.columns[leaf]
    guard !chunk.isEncrypted, try offsetIndexRange(leaf: leaf) != nil,
      let offset = chunk.columnIndexOffset, let sizeBytes = chunk.columnIndexSizeBytes,
      sizeBytes > 0
    else { return nil }
    guard offset >= 0, offset <= shape.fileSizeBytes - Int64(sizeBytes) else {
      throw .corrupt(
        "the column index lies outside the file", at: place(leaf: leaf, offset: offset))
    }
    return offset..<offset + Int64(sizeBytes)
  }

  /// Parses the bytes of `offsetIndexRange`.
  ///
  /// - Throws: `ParquetError` (`corrupt`) when the pages are not in the order of their rows, or
  ///   have rows that the row group has not.
  package func offsetIndex(
    leaf: Int, _ bytes: Buffer<UInt8>
  ) throws(ParquetError) -> OffsetIndex {
    let range = try offsetIndexRange(leaf: leaf)
    let index = try parse(OffsetIndex.self, bytes, leaf: leaf, range)
    // Some writers let a row of lists go on over pages, which then start with no row of their own.
    let isNested = shape.tree.leaves[leaf].maxRepetition > 0
    let lastRow = Int64(max(isNested ? rowCount : rowCount - 1, 0))
    var least: Int64 = 0
    for (page, location) in index.pageLocations.enumerated() {
      guard location.firstRowIndex >= least, location.firstRowIndex <= lastRow,
        page > 0 || location.firstRowIndex == 0
      else {
        throw .corrupt(
          "the offset index has pages out of order",
          at: place(leaf: leaf, offset: range?.lowerBound))
      }
      least = location.firstRowIndex + (isNested ? 0 : 1)
    }
    return index
  }

  /// What the page index says of the pages of a leaf that is not repeated, from the bytes of
  /// `columnIndexRange`.
  ///
  /// Bounds follow the rules of StatisticsMapping.swift, and are never exact.
  package func pageStatistics(
    leaf: LeafColumn, offsetIndex: OffsetIndex, columnIndex bytes: Buffer<UInt8>
  ) throws(ParquetError) -> PagedStatistics {
    precondition(leaf.maxRepetition == 0)
    let range = try columnIndexRange(leaf: leaf.index)
    let index = try parse(ColumnIndex.self, bytes, leaf: leaf.index, range)
    let pages = offsetIndex.pageLocations
    guard index.nullPages.count == pages.count else {
      throw .corrupt(
        "the column index has \(index.nullPages.count) pages, the offset index \(pages.count)",
        at: place(leaf: leaf.index, offset: range?.lowerBound))
    }
    let order = leaf.index < shape.orders.count ? shape.orders[leaf.index] : nil
    var firstRows: [Int] = []
    var statistics: [ColumnStatistics] = []
    for page in pages.indices {
      let start = Int(pages[page].firstRowIndex)
      let end = page + 1 < pages.count ? Int(pages[page + 1].firstRowIndex) : rowCount
      firstRows.append(start)
      if index.nullPages[page] {
        statistics.append(ColumnStatistics(nullCount: end - start))
        continue
      }
      let known = ChunkStatistics(
        minValue: index.minValues[page], maxValue: index.maxValues[page], isMinValueExact: false,
        isMaxValueExact: false, nullCount: index.nullCounts?[page],
        nanCount: index.nanCounts?[page])
      statistics.append(
        columnStatistics(
          known, valueCount: Int64(end - start), leaf: leaf,
          mapping: shape.mappings[leaf.index], order: order, faults: shape.faults))
    }
    return PagedStatistics(firstRows: firstRows, pages: statistics)
  }

  private func parse<T: ThriftReadable>(
    _ type: T.Type, _ bytes: Buffer<UInt8>, leaf: Int, _ range: Range<Int64>?
  ) throws(ParquetError) -> T {
    var reader = ThriftReader(bytes.bytes)
    do { return try T(from: &reader) } catch {
      throw .corrupt(
        "the page index is damaged: \(error.text)", at: place(leaf: leaf, offset: range?.lowerBound)
      )
    }
  }
}

// What is kept of a row group until the footer is written: Thrift already, because a file may have
// millions of chunks. Only where the indexes will be is not known before.
import Base
import Columns

struct RowGroupRecord: Sendable {
  /// Where something of a chunk ends in the bytes of all chunks.
  private struct Ends {
    var metadata: Int
    var columnIndex: Int
    var offsetIndex: Int
  }

  private let rowCount: Int
  private let offset: Int
  private let uncompressedSizeBytes: Int
  private let compressedSizeBytes: Int
  private let sortingColumns: [SortingColumn]
  /// `ColumnMetaData` of every chunk, one after the other.
  private let metadata: Buffer<UInt8>
  let columnIndexes: Buffer<UInt8>
  let offsetIndexes: Buffer<UInt8>
  private let ends: [Ends]
  /// Where in the file the indexes begin.
  var columnIndexOffset = 0
  var offsetIndexOffset = 0

  /// - Parameter offset: where the row group begins in the file.
  init(
    _ group: EncodedRowGroup, _ leaves: [WriteLeaf], _ options: ParquetWriteOptions, offset: Int
  ) {
    rowCount = group.rowCount
    self.offset = offset
    sortingColumns = options.sortingColumns
    uncompressedSizeBytes = group.chunks.reduce(0) { $0 + $1.uncompressedSizeBytes }
    compressedSizeBytes = group.chunks.reduce(0) { $0 + $1.sizeBytes }
    var metadata = ThriftWriter()
    var columnIndexes = ThriftWriter()
    var offsetIndexes = ThriftWriter()
    var ends: [Ends] = []
    var start = offset
    var filterStart = offset + compressedSizeBytes
    for (chunk, leaf) in zip(group.chunks, leaves) {
      var column = columnMetaData(chunk, leaf.column, options, at: start)
      if let filter = chunk.bloomFilter {
        column.bloomFilterOffset = Int64(filterStart)
        column.bloomFilterSizeBytes = Int32(filter.count)
        filterStart += filter.count
      }
      metadata.write(column)
      if options.writesPageIndex && !chunk.pages.isEmpty {
        if let index = chunk.columnIndex(leaf.column.element) { columnIndexes.write(index) }
        offsetIndexes.write(chunk.offsetIndex(from: Int(column.dataPageOffset)))
      }
      start += chunk.sizeBytes
      ends.append(
        Ends(
          metadata: metadata.bytes.count, columnIndex: columnIndexes.bytes.count,
          offsetIndex: offsetIndexes.bytes.count))
    }
    self.metadata = metadata.take()
    self.columnIndexes = columnIndexes.take()
    self.offsetIndexes = offsetIndexes.take()
    self.ends = ends
  }

  fileprivate func chunk(_ index: Int) -> ChunkRecord {
    let from = index == 0 ? Ends(metadata: 0, columnIndex: 0, offsetIndex: 0) : ends[index - 1]
    let to = ends[index]
    return ChunkRecord(
      metadata: metadata.slice(from.metadata..<to.metadata),
      columnIndex: IndexPlace(from.columnIndex..<to.columnIndex, after: columnIndexOffset),
      offsetIndex: IndexPlace(from.offsetIndex..<to.offsetIndex, after: offsetIndexOffset))
  }

  fileprivate func record(ordinal: Int) -> NumberedRowGroup {
    NumberedRowGroup(record: self, ordinal: Int16(exactly: ordinal))
  }

  fileprivate func writeFields(to writer: inout ThriftWriter, ordinal: Int16?) {
    writer.field(1, list: ends.indices.map { chunk($0) })
    writer.field(2, Int64(uncompressedSizeBytes))
    writer.field(3, Int64(rowCount))
    writer.field(4, list: sortingColumns.isEmpty ? nil : sortingColumns)
    writer.field(5, Int64(offset))
    writer.field(6, Int64(compressedSizeBytes))
    writer.field(7, ordinal)
  }
}

private func columnMetaData(
  _ chunk: EncodedChunk, _ leaf: LeafColumn, _ options: ParquetWriteOptions, at offset: Int
) -> ColumnMetaData {
  let bounds = chunk.bounds
  var statistics = ChunkStatistics(nullCount: Int64(chunk.nullCount))
  if let (min, max) = bounds.encoded(as: leaf.element) {
    statistics.minValue = min
    statistics.maxValue = max
    statistics.isMinValueExact = bounds.isMinExact
    statistics.isMaxValueExact = bounds.isMaxExact
  }
  statistics.nanCount = chunk.nanCount.map { Int64($0) }
  statistics.distinctCount = chunk.distinctCount.map { Int64($0) }
  let dictionaryBytes = chunk.dictionaryBytes
  var metadata = ColumnMetaData(
    type: leaf.type, encodings: chunk.encodings, path: leaf.path, codec: CodecNumber(options.codec),
    valueCount: Int64(chunk.slotCount),
    totalUncompressedSizeBytes: Int64(chunk.uncompressedSizeBytes),
    totalCompressedSizeBytes: Int64(chunk.sizeBytes),
    dataPageOffset: Int64(offset + dictionaryBytes),
    dictionaryPageOffset: dictionaryBytes == 0 ? nil : Int64(offset), statistics: statistics,
    encodingStats: chunk.encodingStats(isV2: options.profile == .modern))
  metadata.sizeStatistics = chunk.sizeStatistics
  return metadata
}

// MARK: The footer. Field numbers are those of the structs of the same name in Metadata.

/// Where an index is in the file; nil for none.
private struct IndexPlace {
  let offset: Int64?
  let sizeBytes: Int32?

  init(_ range: Range<Int>, after start: Int) {
    offset = range.isEmpty ? nil : Int64(start + range.lowerBound)
    sizeBytes = range.isEmpty ? nil : Int32(range.count)
  }
}

/// `ColumnChunk`.
private struct ChunkRecord: ThriftWritable {
  let metadata: Buffer<UInt8>
  let columnIndex: IndexPlace
  let offsetIndex: IndexPlace

  func writeFields(to writer: inout ThriftWriter) {
    writer.field(2, 0 as Int64)
    writer.field(3, written: metadata)
    writer.field(4, offsetIndex.offset)
    writer.field(5, offsetIndex.sizeBytes)
    writer.field(6, columnIndex.offset)
    writer.field(7, columnIndex.sizeBytes)
  }
}

/// `RowGroup`.
private struct NumberedRowGroup: ThriftWritable {
  let record: RowGroupRecord
  let ordinal: Int16?

  func writeFields(to writer: inout ThriftWriter) {
    record.writeFields(to: &writer, ordinal: ordinal)
  }
}

/// `FileMetaData`.
struct Footer: ThriftWritable {
  let schema: [SchemaElement]
  let rowCount: Int
  let rowGroups: [RowGroupRecord]
  let leafCount: Int
  let options: ParquetWriteOptions

  func writeFields(to writer: inout ThriftWriter) {
    // Every reader takes 1; what a 2 would mean was never agreed upon.
    writer.field(1, 1 as Int32)
    writer.field(2, list: schema)
    writer.field(3, Int64(rowCount))
    writer.field(4, list: rowGroups.enumerated().map { $1.record(ordinal: $0) })
    writer.field(5, list: options.keyValueMetadata.isEmpty ? nil : options.keyValueMetadata)
    writer.field(6, options.createdBy)
    writer.field(7, list: [ColumnOrder](repeating: .typeDefined, count: leafCount))
  }
}

// Puts row groups together to a file and knows what its footer says.
// parquet.thrift, `FileMetaData`; README.md, "File format".
//
//   "PAR1"
//   row group: column chunk*            chunk := dictionary page?, data pages
//   ...
//   column index of every chunk         row group by row group
//   offset index of every chunk
//   FileMetaData (Thrift)
//   its length, u32 little endian
//   "PAR1"
package import Base
package import Columns

/// Assembles one file. Does no I/O: it hands out the bytes in the order of the file.
package struct FileAssembler: Sendable {
  private let schema: Schema
  private let options: ParquetWriteOptions
  private let elements: [SchemaElement]
  /// In the order of the schema.
  private let leaves: [SchemaElement]
  private var rowGroups: [RowGroup] = []
  private var chunks: [[EncodedChunkIndex]] = []

  /// Bytes handed out so far.
  package private(set) var sizeBytes = 0
  package private(set) var rowCount = 0
  /// One a column, over all row groups.
  package private(set) var statistics: [ColumnStatistics]

  /// - Throws: `ParquetError` (`unsupported`) for a column of a nested or unknown type.
  package init(
    schema: Schema, options: ParquetWriteOptions = ParquetWriteOptions()
  ) throws(ParquetError) {
    self.schema = schema
    self.options = options
    elements = try schemaElements(of: schema)
    var leaves: [SchemaElement] = []
    for field in schema.fields { leaves.append(try leafElement(of: field.type, name: field.name)) }
    self.leaves = leaves
    statistics = schema.fields.map { _ in ColumnStatistics(nullCount: 0) }
  }

  package var rowGroupCount: Int { rowGroups.count }

  /// The bytes a file starts with: the first to write.
  package mutating func header() -> Buffer<UInt8> {
    precondition(sizeBytes == 0)
    sizeBytes = fileMagic.count
    return Buffer(fileMagic)
  }

  /// Adds a row group of a writer with the same schema and options. Returns the bytes to append.
  package mutating func add(_ group: EncodedRowGroup) -> [Buffer<UInt8>] {
    precondition(sizeBytes > 0 && group.chunks.count == leaves.count)
    var offset = sizeBytes
    var columns: [ColumnChunk] = []
    for (index, chunk) in group.chunks.enumerated() {
      columns.append(columnChunk(chunk, leaf: index, at: offset))
      offset += chunk.sizeBytes
      let wasEmpty = statistics[index].nullCount == rowCount
      statistics[index].merge(
        group.statistics[index], isEmpty: wasEmpty, otherIsEmpty: chunk.nullCount == chunk.rowCount)
    }
    if options.writesPageIndex {
      chunks.append(
        zip(group.chunks, columns).map { chunk, column in
          EncodedChunkIndex(chunk, firstPageOffset: column.metadata!.dataPageOffset)
        })
    }
    rowGroups.append(
      RowGroup(
        columns: columns,
        totalUncompressedSizeBytes: group.chunks.reduce(0) { $0 + Int64($1.uncompressedSizeBytes) },
        rowCount: Int64(group.rowCount),
        sortingColumns: options.sortingColumns.isEmpty ? nil : options.sortingColumns,
        fileOffset: Int64(sizeBytes), totalCompressedSizeBytes: Int64(group.sizeBytes),
        ordinal: Int16(exactly: rowGroups.count)))
    sizeBytes = offset
    rowCount += group.rowCount
    return group.parts
  }

  private func columnChunk(_ chunk: EncodedChunk, leaf index: Int, at offset: Int) -> ColumnChunk {
    let leaf = leaves[index]
    var statistics = ChunkStatistics(nullCount: Int64(chunk.nullCount))
    if let bounds = chunk.bounds.encoded(as: leaf.type!, sizeBytes: Int(leaf.typeLength ?? 0)) {
      statistics.minValue = bounds.min
      statistics.maxValue = bounds.max
      statistics.isMinValueExact = chunk.bounds.isMinExact
      statistics.isMaxValueExact = chunk.bounds.isMaxExact
    }
    let dictionaryBytes = chunk.dictionaryPage?.count ?? 0
    return ColumnChunk(
      metadata: ColumnMetaData(
        type: leaf.type!, encodings: chunk.encodings, path: [leaf.name],
        codec: CodecNumber(options.codec), valueCount: Int64(chunk.rowCount),
        totalUncompressedSizeBytes: Int64(chunk.uncompressedSizeBytes),
        totalCompressedSizeBytes: Int64(chunk.sizeBytes),
        dataPageOffset: Int64(offset + dictionaryBytes),
        dictionaryPageOffset: chunk.dictionaryPage == nil ? nil : Int64(offset),
        statistics: statistics, encodingStats: chunk.encodingStats))
  }

  /// Ends the file: the last bytes.
  ///
  /// - Throws: `ParquetError` (`resourceLimit`) when the metadata does not fit its length.
  package mutating func footer() throws(ParquetError) -> Buffer<UInt8> {
    precondition(sizeBytes > 0)
    var writer = ThriftWriter(capacity: 4096)
    appendIndexes(to: &writer)
    let start = writer.bytes.count
    writer.write(
      FileMetaData(
        version: 2, schema: elements, rowCount: Int64(rowCount), rowGroups: rowGroups,
        keyValueMetadata: options.keyValueMetadata.isEmpty ? nil : options.keyValueMetadata,
        createdBy: options.createdBy, columnOrders: leaves.map { _ in .typeDefined }))
    let length = writer.bytes.count - start
    guard length <= Limits.footerBytes else {
      throw ParquetError(
        .resourceLimit, "the footer would take \(length) bytes", hint: "write larger row groups")
    }
    writer.bytes.appendInteger(UInt32(length))
    writer.bytes.append(fileMagic)
    sizeBytes += writer.bytes.count
    return writer.take()
  }

  /// All column indexes, then all offset indexes, and where each one is.
  private mutating func appendIndexes(to writer: inout ThriftWriter) {
    for (group, columns) in chunks.enumerated() {
      for (index, chunk) in columns.enumerated() {
        guard let columnIndex = chunk.columnIndex(leaves[index]) else { continue }
        let start = writer.bytes.count
        writer.write(columnIndex)
        rowGroups[group].columns[index].columnIndexOffset = Int64(sizeBytes + start)
        rowGroups[group].columns[index].columnIndexSizeBytes = Int32(writer.bytes.count - start)
      }
    }
    for (group, columns) in chunks.enumerated() {
      for (index, chunk) in columns.enumerated() where !chunk.pages.isEmpty {
        let start = writer.bytes.count
        writer.write(chunk.offsetIndex)
        rowGroups[group].columns[index].offsetIndexOffset = Int64(sizeBytes + start)
        rowGroups[group].columns[index].offsetIndexSizeBytes = Int32(writer.bytes.count - start)
      }
    }
  }
}

/// What a file starts and ends with.
private let fileMagic = Array("PAR1".utf8)

package import Base

/// `PageEncodingStats`: how many pages of a type use an encoding.
package struct PageEncodingStats: Sendable, Equatable {
  package var pageType: PageType
  package var encoding: PageEncoding
  package var count: Int32

  package init(pageType: PageType, encoding: PageEncoding, count: Int32) {
    self.pageType = pageType
    self.encoding = encoding
    self.count = count
  }
}

/// `ColumnMetaData`: where a chunk's pages are and what is known about them.
package struct ColumnMetaData: Sendable, Equatable {
  package var type: ParquetType
  package var encodings: [PageEncoding]
  package var path: [String]
  package var codec: CodecNumber
  /// Nulls included; in nested columns, levels.
  package var valueCount: Int64
  package var totalUncompressedSizeBytes: Int64
  package var totalCompressedSizeBytes: Int64
  package var keyValueMetadata: [KeyValue]?
  /// From the start of the file.
  package var dataPageOffset: Int64
  package var indexPageOffset: Int64?
  package var dictionaryPageOffset: Int64?
  package var statistics: ChunkStatistics?
  package var encodingStats: [PageEncodingStats]?
  package var bloomFilterOffset: Int64?
  /// Header and bits.
  package var bloomFilterSizeBytes: Int32?
  package var sizeStatistics: SizeStatistics?
  package var geospatialStatistics: GeospatialStatistics?

  package init(
    type: ParquetType, encodings: [PageEncoding], path: [String], codec: CodecNumber,
    valueCount: Int64, totalUncompressedSizeBytes: Int64, totalCompressedSizeBytes: Int64,
    dataPageOffset: Int64, dictionaryPageOffset: Int64? = nil, statistics: ChunkStatistics? = nil,
    encodingStats: [PageEncodingStats]? = nil
  ) {
    self.type = type
    self.encodings = encodings
    self.path = path
    self.codec = codec
    self.valueCount = valueCount
    self.totalUncompressedSizeBytes = totalUncompressedSizeBytes
    self.totalCompressedSizeBytes = totalCompressedSizeBytes
    self.dataPageOffset = dataPageOffset
    self.dictionaryPageOffset = dictionaryPageOffset
    self.statistics = statistics
    self.encodingStats = encodingStats
  }
}

/// `ColumnChunk`: a leaf of a row group, and where its page indexes are.
package struct ColumnChunk: Sendable, Equatable {
  /// Set when the data is in another file, which no table format uses.
  package var filePath: String?
  package var fileOffset: Int64
  package var metadata: ColumnMetaData?
  package var offsetIndexOffset: Int64?
  package var offsetIndexSizeBytes: Int32?
  package var columnIndexOffset: Int64?
  package var columnIndexSizeBytes: Int32?
  /// Whether the chunk carries encryption metadata. Such chunks cannot be read.
  package var isEncrypted = false

  package init(metadata: ColumnMetaData?, fileOffset: Int64 = 0) {
    self.metadata = metadata
    self.fileOffset = fileOffset
  }
}

extension PageEncodingStats: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(pageType: .data, encoding: .plain, count: 0)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: pageType = PageType(rawValue: try reader.readInt32(field))
      case 2: encoding = PageEncoding(rawValue: try reader.readInt32(field))
      case 3: count = try reader.readInt32(field)
      default: try reader.skip(field)
      }
    }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, pageType.rawValue)
    writer.field(2, encoding.rawValue)
    writer.field(3, count)
  }
}

extension ColumnMetaData: ThriftReadable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(
      type: .boolean, encodings: [], path: [], codec: CodecNumber(rawValue: -1), valueCount: -1,
      totalUncompressedSizeBytes: 0, totalCompressedSizeBytes: -1, dataPageOffset: -1)
    var last = try reader.beginStruct()
    var hasType = false
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1:
        guard let known = ParquetType(rawValue: try reader.readInt32(field)) else {
          throw .outOfRange(offset: reader.offset)
        }
        type = known
        hasType = true
      case 2: encodings = try reader.readInt32List(field).map { PageEncoding(rawValue: $0) }
      case 3: path = try reader.readStringList(field)
      case 4: codec = CodecNumber(rawValue: try reader.readInt32(field))
      case 5: valueCount = try reader.readInt64(field)
      case 6: totalUncompressedSizeBytes = try reader.readInt64(field)
      case 7: totalCompressedSizeBytes = try reader.readInt64(field)
      case 8: keyValueMetadata = try reader.readList(of: KeyValue.self, field)
      case 9: dataPageOffset = try reader.readInt64(field)
      case 10: indexPageOffset = try reader.readInt64(field)
      case 11: dictionaryPageOffset = try reader.readInt64(field)
      case 12: statistics = try reader.readStruct(ChunkStatistics.self, field)
      case 13: encodingStats = try reader.readList(of: PageEncodingStats.self, field)
      // Dremio used these numbers for something else before they were given away.
      case 14 where field.type == .i64: bloomFilterOffset = try reader.readInt64(field)
      case 15 where field.type == .i32: bloomFilterSizeBytes = try reader.readInt32(field)
      case 16: sizeStatistics = try reader.readStruct(SizeStatistics.self, field)
      case 17: geospatialStatistics = try reader.readStruct(GeospatialStatistics.self, field)
      default: try reader.skip(field)
      }
    }
    guard hasType, valueCount >= 0, totalCompressedSizeBytes >= 0, dataPageOffset >= 0 else {
      throw .malformed(offset: reader.offset)
    }
  }
}

extension ColumnMetaData: ThriftWritable {
  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, type.rawValue)
    writer.field(2, list: encodings.map(\.rawValue))
    writer.field(3, list: path)
    writer.field(4, codec.rawValue)
    writer.field(5, valueCount)
    writer.field(6, totalUncompressedSizeBytes)
    writer.field(7, totalCompressedSizeBytes)
    writer.field(8, list: keyValueMetadata)
    writer.field(9, dataPageOffset)
    writer.field(10, indexPageOffset)
    writer.field(11, dictionaryPageOffset)
    writer.field(12, statistics)
    writer.field(13, list: encodingStats)
    writer.field(14, bloomFilterOffset)
    writer.field(15, bloomFilterSizeBytes)
    writer.field(16, sizeStatistics)
    writer.field(17, geospatialStatistics)
  }
}

extension ColumnChunk: ThriftReadable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(metadata: nil)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: filePath = try reader.readString(field)
      case 2: fileOffset = try reader.readInt64(field)
      case 3: metadata = try reader.readStruct(ColumnMetaData.self, field)
      case 4: offsetIndexOffset = try reader.readInt64(field)
      case 5: offsetIndexSizeBytes = try reader.readInt32(field)
      case 6: columnIndexOffset = try reader.readInt64(field)
      case 7: columnIndexSizeBytes = try reader.readInt32(field)
      case 8, 9:
        isEncrypted = true
        try reader.skip(field)
      default: try reader.skip(field)
      }
    }
  }
}

extension ColumnChunk: ThriftWritable {
  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, filePath)
    writer.field(2, fileOffset)
    writer.field(3, metadata)
    writer.field(4, offsetIndexOffset)
    writer.field(5, offsetIndexSizeBytes)
    writer.field(6, columnIndexOffset)
    writer.field(7, columnIndexSizeBytes)
  }
}

// What stands before every page of a chunk:
//
//   page := PageHeader (Thrift), compressedSizeBytes bytes
//
// The bytes of the three kinds of page that hold data, once decompressed:
//
//   dictionary   values, PLAIN
//   data V1      repetition levels, definition levels, values    all of it compressed together;
//                RLE levels start with their size (u32, little endian);
//                none where the maximum level is 0
//   data V2      repetition levels, definition levels | values   only the values are compressed;
//                the header has the sizes of the levels
package import Base

/// `PageHeader` with the one detail header that is set.
package struct PageHeader: Sendable, Equatable {
  package var uncompressedSizeBytes: Int32
  package var compressedSizeBytes: Int32
  /// CRC-32 of the page's bytes as they are in the file, header excluded.
  package var crc: UInt32?
  package var kind: Kind

  package enum Kind: Sendable, Equatable {
    case data(DataPageHeader)
    case dataV2(DataPageHeaderV2)
    case dictionary(DictionaryPageHeader)
    /// An index page or one of a newer format: readers pass over it.
    case other(PageType)
  }

  package init(
    kind: Kind, uncompressedSizeBytes: Int32, compressedSizeBytes: Int32, crc: UInt32? = nil
  ) {
    self.kind = kind
    self.uncompressedSizeBytes = uncompressedSizeBytes
    self.compressedSizeBytes = compressedSizeBytes
    self.crc = crc
  }
}

package struct DataPageHeader: Sendable, Equatable {
  /// Nulls included.
  package var valueCount: Int32
  package var encoding: PageEncoding
  package var definitionLevelEncoding: PageEncoding
  package var repetitionLevelEncoding: PageEncoding
  package var statistics: ChunkStatistics?

  package init(
    valueCount: Int32, encoding: PageEncoding, definitionLevelEncoding: PageEncoding = .rle,
    repetitionLevelEncoding: PageEncoding = .rle, statistics: ChunkStatistics? = nil
  ) {
    self.valueCount = valueCount
    self.encoding = encoding
    self.definitionLevelEncoding = definitionLevelEncoding
    self.repetitionLevelEncoding = repetitionLevelEncoding
    self.statistics = statistics
  }
}

package struct DataPageHeaderV2: Sendable, Equatable {
  /// Nulls included.
  package var valueCount: Int32
  package var nullCount: Int32
  package var rowCount: Int32
  package var encoding: PageEncoding
  package var definitionLevelsSizeBytes: Int32
  package var repetitionLevelsSizeBytes: Int32
  /// Nil means true.
  package var isCompressed: Bool?
  package var statistics: ChunkStatistics?

  package init(
    valueCount: Int32, nullCount: Int32, rowCount: Int32, encoding: PageEncoding,
    definitionLevelsSizeBytes: Int32, repetitionLevelsSizeBytes: Int32, isCompressed: Bool? = nil,
    statistics: ChunkStatistics? = nil
  ) {
    self.valueCount = valueCount
    self.nullCount = nullCount
    self.rowCount = rowCount
    self.encoding = encoding
    self.definitionLevelsSizeBytes = definitionLevelsSizeBytes
    self.repetitionLevelsSizeBytes = repetitionLevelsSizeBytes
    self.isCompressed = isCompressed
    self.statistics = statistics
  }
}

package struct DictionaryPageHeader: Sendable, Equatable {
  package var valueCount: Int32
  package var encoding: PageEncoding
  package var isSorted: Bool?

  package init(valueCount: Int32, encoding: PageEncoding = .plain, isSorted: Bool? = nil) {
    self.valueCount = valueCount
    self.encoding = encoding
    self.isSorted = isSorted
  }
}

extension PageHeader: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    var last = try reader.beginStruct()
    var type: PageType?
    var uncompressed: Int32 = -1
    var compressed: Int32 = -1
    var crc: UInt32?
    var data: DataPageHeader?
    var dictionary: DictionaryPageHeader?
    var dataV2: DataPageHeaderV2?
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: type = PageType(rawValue: try reader.readInt32(field))
      case 2: uncompressed = try reader.readInt32(field)
      case 3: compressed = try reader.readInt32(field)
      case 4: crc = UInt32(truncatingIfNeeded: try reader.readInt64(field))
      case 5: data = try reader.readStruct(DataPageHeader.self, field)
      case 7: dictionary = try reader.readStruct(DictionaryPageHeader.self, field)
      case 8: dataV2 = try reader.readStruct(DataPageHeaderV2.self, field)
      default: try reader.skip(field)
      }
    }
    guard let type, uncompressed >= 0, compressed >= 0 else {
      throw .malformed(offset: reader.offset)
    }
    let kind: Kind? =
      switch type {
      case .data: data.map { .data($0) }
      case .dataV2: dataV2.map { .dataV2($0) }
      case .dictionary: dictionary.map { .dictionary($0) }
      default: .other(type)
      }
    guard let kind else { throw .malformed(offset: reader.offset) }
    self.init(
      kind: kind, uncompressedSizeBytes: uncompressed, compressedSizeBytes: compressed, crc: crc)
  }

  package func writeFields(to writer: inout ThriftWriter) {
    let type: PageType =
      switch kind {
      case .data: .data
      case .dataV2: .dataV2
      case .dictionary: .dictionary
      case .other(let type): type
      }
    writer.field(1, type.rawValue)
    writer.field(2, uncompressedSizeBytes)
    writer.field(3, compressedSizeBytes)
    writer.field(4, crc.map { Int32(bitPattern: $0) })
    switch kind {
    case .data(let header): writer.field(5, header)
    case .dictionary(let header): writer.field(7, header)
    case .dataV2(let header): writer.field(8, header)
    case .other: break
    }
  }
}

extension DataPageHeader: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(valueCount: -1, encoding: PageEncoding(rawValue: -1))
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: valueCount = try reader.readInt32(field)
      case 2: encoding = PageEncoding(rawValue: try reader.readInt32(field))
      case 3: definitionLevelEncoding = PageEncoding(rawValue: try reader.readInt32(field))
      case 4: repetitionLevelEncoding = PageEncoding(rawValue: try reader.readInt32(field))
      default: try reader.skip(field)  // Statistics: the index and the chunk have better ones.
      }
    }
    guard valueCount >= 0 else { throw .malformed(offset: reader.offset) }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, valueCount)
    writer.field(2, encoding.rawValue)
    writer.field(3, definitionLevelEncoding.rawValue)
    writer.field(4, repetitionLevelEncoding.rawValue)
    writer.field(5, statistics)
  }
}

extension DataPageHeaderV2: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(
      valueCount: -1, nullCount: -1, rowCount: -1, encoding: PageEncoding(rawValue: -1),
      definitionLevelsSizeBytes: -1, repetitionLevelsSizeBytes: -1)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: valueCount = try reader.readInt32(field)
      case 2: nullCount = try reader.readInt32(field)
      case 3: rowCount = try reader.readInt32(field)
      case 4: encoding = PageEncoding(rawValue: try reader.readInt32(field))
      case 5: definitionLevelsSizeBytes = try reader.readInt32(field)
      case 6: repetitionLevelsSizeBytes = try reader.readInt32(field)
      case 7: isCompressed = try reader.readBool(field)
      default: try reader.skip(field)
      }
    }
    guard valueCount >= 0, nullCount >= 0, nullCount <= valueCount, rowCount >= 0,
      definitionLevelsSizeBytes >= 0, repetitionLevelsSizeBytes >= 0
    else { throw .malformed(offset: reader.offset) }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, valueCount)
    writer.field(2, nullCount)
    writer.field(3, rowCount)
    writer.field(4, encoding.rawValue)
    writer.field(5, definitionLevelsSizeBytes)
    writer.field(6, repetitionLevelsSizeBytes)
    writer.field(7, isCompressed)
    writer.field(8, statistics)
  }
}

extension DictionaryPageHeader: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(valueCount: -1, encoding: PageEncoding(rawValue: -1))
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: valueCount = try reader.readInt32(field)
      case 2: encoding = PageEncoding(rawValue: try reader.readInt32(field))
      case 3: isSorted = try reader.readBool(field)
      default: try reader.skip(field)
      }
    }
    guard valueCount >= 0 else { throw .malformed(offset: reader.offset) }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, valueCount)
    writer.field(2, encoding.rawValue)
    writer.field(3, isSorted)
  }
}

package import Base

/// `KeyValue`: one entry of free metadata.
package struct KeyValue: Sendable, Equatable {
  package var key: String
  package var value: String?

  package init(key: String, value: String?) {
    self.key = key
    self.value = value
  }
}

/// `SortingColumn`: how the rows of a row group are sorted.
package struct SortingColumn: Sendable, Equatable {
  /// Of the leaf, in the row group.
  package var columnIndex: Int32
  package var isDescending: Bool
  package var nullsFirst: Bool

  package init(columnIndex: Int32, isDescending: Bool = false, nullsFirst: Bool = true) {
    self.columnIndex = columnIndex
    self.isDescending = isDescending
    self.nullsFirst = nullsFirst
  }
}

/// `RowGroup`: one chunk a leaf, in the order of the schema.
package struct RowGroup: Sendable, Equatable {
  package var columns: [ColumnChunk]
  package var totalUncompressedSizeBytes: Int64
  package var rowCount: Int64
  package var sortingColumns: [SortingColumn]?
  /// Of the first page, from the start of the file.
  package var fileOffset: Int64?
  package var totalCompressedSizeBytes: Int64?
  package var ordinal: Int16?

  package init(
    columns: [ColumnChunk], totalUncompressedSizeBytes: Int64, rowCount: Int64,
    sortingColumns: [SortingColumn]? = nil, fileOffset: Int64? = nil,
    totalCompressedSizeBytes: Int64? = nil, ordinal: Int16? = nil
  ) {
    self.columns = columns
    self.totalUncompressedSizeBytes = totalUncompressedSizeBytes
    self.rowCount = rowCount
    self.sortingColumns = sortingColumns
    self.fileOffset = fileOffset
    self.totalCompressedSizeBytes = totalCompressedSizeBytes
    self.ordinal = ordinal
  }
}

/// `ColumnOrder`: which order a leaf's statistics are in.
package enum ColumnOrder: Sendable, Equatable {
  /// The order of the logical type.
  case typeDefined
  /// IEEE 754 total order, for floats.
  case ieee754Total
  /// Chronological order of INT96 time stamps.
  case int96Timestamp
  /// Newer than this build: bounds in it mean nothing here.
  case other(id: Int16)
}

/// `FileMetaData`: the footer.
package struct FileMetaData: Sendable, Equatable {
  package var version: Int32
  /// Depth first; the first element is the root.
  package var schema: [SchemaElement]
  package var rowCount: Int64
  package var rowGroups: [RowGroup]
  package var keyValueMetadata: [KeyValue]?
  package var createdBy: String?
  /// One a leaf. Without it `minValue` and `maxValue` mean nothing.
  package var columnOrders: [ColumnOrder]?
  /// Of the columns, in a file whose footer is not encrypted itself.
  package var encryptionAlgorithm: EncryptionAlgorithm?

  package init(
    version: Int32 = 1, schema: [SchemaElement], rowCount: Int64, rowGroups: [RowGroup],
    keyValueMetadata: [KeyValue]? = nil, createdBy: String? = nil,
    columnOrders: [ColumnOrder]? = nil
  ) {
    self.version = version
    self.schema = schema
    self.rowCount = rowCount
    self.rowGroups = rowGroups
    self.keyValueMetadata = keyValueMetadata
    self.createdBy = createdBy
    self.columnOrders = columnOrders
  }
}

extension KeyValue: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(key: "", value: nil)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: key = try reader.readString(field)
      case 2: value = try reader.readString(field)
      default: try reader.skip(field)
      }
    }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, key)
    writer.field(2, value)
  }
}

extension SortingColumn: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(columnIndex: -1, isDescending: false, nullsFirst: false)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: columnIndex = try reader.readInt32(field)
      case 2: isDescending = try reader.readBool(field)
      case 3: nullsFirst = try reader.readBool(field)
      default: try reader.skip(field)
      }
    }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, columnIndex)
    writer.field(2, isDescending)
    writer.field(3, nullsFirst)
  }
}

extension RowGroup: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(columns: [], totalUncompressedSizeBytes: 0, rowCount: -1)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: columns = try reader.readList(of: ColumnChunk.self, field)
      case 2: totalUncompressedSizeBytes = try reader.readInt64(field)
      case 3: rowCount = try reader.readInt64(field)
      case 4: sortingColumns = try reader.readList(of: SortingColumn.self, field)
      case 5: fileOffset = try reader.readInt64(field)
      case 6: totalCompressedSizeBytes = try reader.readInt64(field)
      case 7: ordinal = Int16(truncatingIfNeeded: try reader.readInt64(field))
      default: try reader.skip(field)
      }
    }
    guard rowCount >= 0 else { throw .malformed(offset: reader.offset) }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, list: columns)
    writer.field(2, totalUncompressedSizeBytes)
    writer.field(3, rowCount)
    writer.field(4, list: sortingColumns)
    writer.field(5, fileOffset)
    writer.field(6, totalCompressedSizeBytes)
    writer.field(7, ordinal)
  }
}

extension ColumnOrder: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self = .other(id: 0)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: self = .typeDefined
      case 2: self = .ieee754Total
      case 3: self = .int96Timestamp
      default: self = .other(id: field.id)
      }
      try reader.skip(field)
    }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    switch self {
    case .typeDefined: writer.field(1, Order())
    case .ieee754Total: writer.field(2, Order())
    case .int96Timestamp: writer.field(3, Order())
    case .other(let id): writer.field(id, Order())
    }
  }

  private struct Order: ThriftWritable {
    func writeFields(to writer: inout ThriftWriter) {}
  }
}

extension FileMetaData: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(version: -1, schema: [], rowCount: -1, rowGroups: [])
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: version = try reader.readInt32(field)
      case 2: schema = try reader.readList(of: SchemaElement.self, field)
      case 3: rowCount = try reader.readInt64(field)
      case 4: rowGroups = try reader.readList(of: RowGroup.self, field)
      case 5: keyValueMetadata = try reader.readList(of: KeyValue.self, field)
      case 6: createdBy = try reader.readString(field)
      case 7: columnOrders = try reader.readList(of: ColumnOrder.self, field)
      case 8: encryptionAlgorithm = try reader.readStruct(EncryptionAlgorithm.self, field)
      default: try reader.skip(field)
      }
    }
    guard !schema.isEmpty, rowCount >= 0 else { throw .malformed(offset: reader.offset) }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, version)
    writer.field(2, list: schema)
    writer.field(3, rowCount)
    writer.field(4, list: rowGroups)
    writer.field(5, list: keyValueMetadata)
    writer.field(6, createdBy)
    writer.field(7, list: columnOrders)
  }
}

package import Base

/// `PageLocation`: where a data page is and which row it starts at.
package struct PageLocation: Sendable, Equatable {
  /// Of the page's header, from the start of the file.
  package var offset: Int64
  /// Header included.
  package var compressedSizeBytes: Int32
  /// In the row group.
  package var firstRowIndex: Int64

  package init(offset: Int64, compressedSizeBytes: Int32, firstRowIndex: Int64) {
    self.offset = offset
    self.compressedSizeBytes = compressedSizeBytes
    self.firstRowIndex = firstRowIndex
  }
}

/// `OffsetIndex` of a chunk: its data pages in order.
package struct OffsetIndex: Sendable, Equatable {
  package var pageLocations: [PageLocation]
  /// Of each page, as in `SizeStatistics`.
  package var unencodedByteArrayBytes: [Int64]?

  package init(pageLocations: [PageLocation], unencodedByteArrayBytes: [Int64]? = nil) {
    self.pageLocations = pageLocations
    self.unencodedByteArrayBytes = unencodedByteArrayBytes
  }
}

/// `ColumnIndex` of a chunk: bounds of every data page, in the order of the offset index.
package struct ColumnIndex: Sendable, Equatable {
  package var nullPages: [Bool]
  /// PLAIN, byte arrays without their length; empty for pages of nulls.
  package var minValues: [[UInt8]]
  package var maxValues: [[UInt8]]
  package var boundaryOrder: BoundaryOrder
  package var nullCounts: [Int64]?
  /// The histograms of `SizeStatistics`, those of all pages one after the other.
  package var repetitionLevelHistograms: [Int64]?
  package var definitionLevelHistograms: [Int64]?
  package var nanCounts: [Int64]?

  package init(
    nullPages: [Bool], minValues: [[UInt8]], maxValues: [[UInt8]], boundaryOrder: BoundaryOrder,
    nullCounts: [Int64]? = nil, repetitionLevelHistograms: [Int64]? = nil,
    definitionLevelHistograms: [Int64]? = nil, nanCounts: [Int64]? = nil
  ) {
    self.nullPages = nullPages
    self.minValues = minValues
    self.maxValues = maxValues
    self.boundaryOrder = boundaryOrder
    self.nullCounts = nullCounts
    self.repetitionLevelHistograms = repetitionLevelHistograms
    self.definitionLevelHistograms = definitionLevelHistograms
    self.nanCounts = nanCounts
  }
}

extension PageLocation: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(offset: -1, compressedSizeBytes: -1, firstRowIndex: -1)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: offset = try reader.readInt64(field)
      case 2: compressedSizeBytes = try reader.readInt32(field)
      case 3: firstRowIndex = try reader.readInt64(field)
      default: try reader.skip(field)
      }
    }
    guard offset >= 0, compressedSizeBytes >= 0, firstRowIndex >= 0 else {
      throw .malformed(offset: reader.offset)
    }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, offset)
    writer.field(2, compressedSizeBytes)
    writer.field(3, firstRowIndex)
  }
}

extension OffsetIndex: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(pageLocations: [])
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: pageLocations = try reader.readList(of: PageLocation.self, field)
      case 2: unencodedByteArrayBytes = try reader.readInt64List(field)
      default: try reader.skip(field)
      }
    }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, list: pageLocations)
    writer.field(2, list: unencodedByteArrayBytes)
  }
}

extension ColumnIndex: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(nullPages: [], minValues: [], maxValues: [], boundaryOrder: .unordered)
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: nullPages = try reader.readBoolList(field)
      case 2: minValues = try reader.readBinaryList(field)
      case 3: maxValues = try reader.readBinaryList(field)
      case 4: boundaryOrder = BoundaryOrder(rawValue: try reader.readInt32(field))
      case 5: nullCounts = try reader.readInt64List(field)
      case 6: repetitionLevelHistograms = try reader.readInt64List(field)
      case 7: definitionLevelHistograms = try reader.readInt64List(field)
      case 8: nanCounts = try reader.readInt64List(field)
      default: try reader.skip(field)
      }
    }
    let count = nullPages.count
    guard minValues.count == count, maxValues.count == count,
      nullCounts == nil || nullCounts!.count == count,
      nanCounts == nil || nanCounts!.count == count
    else { throw .malformed(offset: reader.offset) }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, list: nullPages)
    writer.field(2, list: minValues)
    writer.field(3, list: maxValues)
    writer.field(4, boundaryOrder.rawValue)
    writer.field(5, list: nullCounts)
    writer.field(6, list: repetitionLevelHistograms)
    writer.field(7, list: definitionLevelHistograms)
    writer.field(8, list: nanCounts)
  }
}

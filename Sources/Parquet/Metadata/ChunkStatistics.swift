package import Base

/// `Statistics` of a chunk or page, as bytes: PLAIN values, byte arrays without their length.
package struct ChunkStatistics: Sendable, Equatable {
  /// The deprecated pair, in signed order whatever the type.
  package var deprecatedMax: [UInt8]?
  package var deprecatedMin: [UInt8]?
  package var nullCount: Int64?
  package var distinctCount: Int64?
  /// The pair in the column's own order.
  package var maxValue: [UInt8]?
  package var minValue: [UInt8]?
  package var isMaxValueExact: Bool?
  package var isMinValueExact: Bool?
  package var nanCount: Int64?

  package init(
    minValue: [UInt8]? = nil, maxValue: [UInt8]? = nil, isMinValueExact: Bool? = nil,
    isMaxValueExact: Bool? = nil, nullCount: Int64? = nil, distinctCount: Int64? = nil,
    nanCount: Int64? = nil
  ) {
    self.minValue = minValue
    self.maxValue = maxValue
    self.isMinValueExact = isMinValueExact
    self.isMaxValueExact = isMaxValueExact
    self.nullCount = nullCount
    self.distinctCount = distinctCount
    self.nanCount = nanCount
  }
}

extension ChunkStatistics: ThriftReadable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init()
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: deprecatedMax = try reader.readBinary(field)
      case 2: deprecatedMin = try reader.readBinary(field)
      case 3: nullCount = try reader.readInt64(field)
      case 4: distinctCount = try reader.readInt64(field)
      case 5: maxValue = try reader.readBinary(field)
      case 6: minValue = try reader.readBinary(field)
      case 7: isMaxValueExact = try reader.readBool(field)
      case 8: isMinValueExact = try reader.readBool(field)
      case 9: nanCount = try reader.readInt64(field)
      default: try reader.skip(field)
      }
    }
  }
}

extension ChunkStatistics: ThriftWritable {
  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, deprecatedMax)
    writer.field(2, deprecatedMin)
    writer.field(3, nullCount)
    writer.field(4, distinctCount)
    writer.field(5, maxValue)
    writer.field(6, minValue)
    writer.field(7, isMaxValueExact)
    writer.field(8, isMinValueExact)
    writer.field(9, nanCount)
  }
}

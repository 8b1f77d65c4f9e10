package import Base

/// `SizeStatistics`: how large a chunk's values are without an encoding, and how often each level
/// occurs in it.
package struct SizeStatistics: Sendable, Equatable {
  /// Bytes of BYTE_ARRAY values, their lengths excluded. Nil for every other type.
  package var unencodedByteArrayBytes: Int64?
  /// `maxRepetition + 1` counts; may be left out where the maximum is 0.
  package var repetitionLevelHistogram: [Int64]?
  /// `maxDefinition + 1` counts; may be left out where the maximum is 0 or 1.
  package var definitionLevelHistogram: [Int64]?

  package init(
    unencodedByteArrayBytes: Int64? = nil, repetitionLevelHistogram: [Int64]? = nil,
    definitionLevelHistogram: [Int64]? = nil
  ) {
    self.unencodedByteArrayBytes = unencodedByteArrayBytes
    self.repetitionLevelHistogram = repetitionLevelHistogram
    self.definitionLevelHistogram = definitionLevelHistogram
  }
}

extension SizeStatistics: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init()
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: unencodedByteArrayBytes = try reader.readInt64(field)
      case 2: repetitionLevelHistogram = try reader.readInt64List(field)
      case 3: definitionLevelHistogram = try reader.readInt64List(field)
      default: try reader.skip(field)
      }
    }
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, unencodedByteArrayBytes)
    writer.field(2, list: repetitionLevelHistogram)
    writer.field(3, list: definitionLevelHistogram)
  }
}

package import Base

/// `BloomFilterHeader`: what stands before the bits of a bloom filter. Its three unions have one
/// member each so far; any other makes the filter one that this build cannot ask.
package struct BloomFilterHeader: Sendable, Equatable {
  package var sizeBytes: Int32
  /// Split blocks, xxHash, uncompressed.
  package var isKnown: Bool

  package init(sizeBytes: Int32) {
    self.sizeBytes = sizeBytes
    isKnown = true
  }
}

extension BloomFilterHeader: ThriftReadable, ThriftWritable {
  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(sizeBytes: -1)
    var last = try reader.beginStruct()
    var knownCount = 0
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1: sizeBytes = try reader.readInt32(field)
      case 2, 3, 4:
        if try reader.readStruct(FirstMember.self, field).isSet { knownCount += 1 }
      default: try reader.skip(field)
      }
    }
    guard sizeBytes >= 0 else { throw .malformed(offset: reader.offset) }
    isKnown = knownCount == 3
  }

  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, sizeBytes)
    writer.field(2, FirstMember())
    writer.field(3, FirstMember())
    writer.field(4, FirstMember())
  }
}

/// A union whose first member, an empty struct, is set.
private struct FirstMember: ThriftReadable, ThriftWritable {
  var isSet = true

  init() {}

  init(from reader: inout ThriftReader) throws(DecodingFault) {
    isSet = false
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      isSet = field.id == 1
      try reader.skip(field)
    }
  }

  func writeFields(to writer: inout ThriftWriter) { writer.field(1, Empty()) }

  private struct Empty: ThriftWritable {
    func writeFields(to writer: inout ThriftWriter) {}
  }
}

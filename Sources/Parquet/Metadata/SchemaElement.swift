package import Base

/// `SchemaElement`: one node of the schema tree, which the footer lists depth first.
package struct SchemaElement: Sendable, Equatable {
  /// Nil for groups.
  package var type: ParquetType?
  /// Bytes of a value, for FIXED_LEN_BYTE_ARRAY.
  package var typeLength: Int32?
  /// Nil for the root.
  package var repetition: Repetition?
  package var name: String
  /// Nil for leaves.
  package var childCount: Int32?
  package var convertedType: ConvertedType?
  package var scale: Int32?
  package var precision: Int32?
  package var fieldID: Int32?
  package var logicalType: LogicalType?
  /// Set for the repetition VECTOR, which this build refuses by name; `repetition` is nil then.
  package var vectorLength: Int32?

  package init(
    name: String, type: ParquetType? = nil, typeLength: Int32? = nil,
    repetition: Repetition? = nil, childCount: Int32? = nil, convertedType: ConvertedType? = nil,
    scale: Int32? = nil, precision: Int32? = nil, fieldID: Int32? = nil,
    logicalType: LogicalType? = nil
  ) {
    self.name = name
    self.type = type
    self.typeLength = typeLength
    self.repetition = repetition
    self.childCount = childCount
    self.convertedType = convertedType
    self.scale = scale
    self.precision = precision
    self.fieldID = fieldID
    self.logicalType = logicalType
  }
}

extension SchemaElement: ThriftReadable {
  /// `FieldRepetitionType` VECTOR.
  private static let vectorRepetition: Int32 = 3

  package init(from reader: inout ThriftReader) throws(DecodingFault) {
    self.init(name: "")
    var last = try reader.beginStruct()
    while let field = try reader.nextField(after: &last) {
      switch field.id {
      case 1:
        type = ParquetType(rawValue: try reader.readInt32(field))
        guard type != nil else { throw .outOfRange(offset: reader.offset) }
      case 2: typeLength = try reader.readInt32(field)
      case 3:
        let kind = try reader.readInt32(field)
        repetition = Repetition(rawValue: kind)
        guard repetition != nil || kind == SchemaElement.vectorRepetition else {
          throw .outOfRange(offset: reader.offset)
        }
      case 4: name = try reader.readString(field)
      case 5: childCount = try reader.readInt32(field)
      case 6: convertedType = ConvertedType(rawValue: try reader.readInt32(field))
      case 7: scale = try reader.readInt32(field)
      case 8: precision = try reader.readInt32(field)
      case 9: fieldID = try reader.readInt32(field)
      case 10: logicalType = try reader.readStruct(LogicalType.self, field)
      case 11: vectorLength = try reader.readInt32(field)
      default: try reader.skip(field)
      }
    }
  }
}

extension SchemaElement: ThriftWritable {
  package func writeFields(to writer: inout ThriftWriter) {
    writer.field(1, type?.rawValue)
    writer.field(2, typeLength)
    writer.field(3, repetition?.rawValue)
    writer.field(4, name)
    writer.field(5, childCount)
    writer.field(6, convertedType?.rawValue)
    writer.field(7, scale)
    writer.field(8, precision)
    writer.field(9, fieldID)
    writer.field(10, logicalType)
  }
}

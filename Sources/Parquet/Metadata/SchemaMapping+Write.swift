// Grebe's types as Parquet schema elements: the types of Delta's schema, as Spark writes them.
//
//   boolean         BOOLEAN                        string         BYTE_ARRAY  STRING
//   byte            INT32  INTEGER(8, signed)      binary         BYTE_ARRAY
//   short           INT32  INTEGER(16, signed)     date           INT32  DATE
//   integer         INT32                          timestamp      INT64  TIMESTAMP(UTC, micros)
//   long            INT64                          timestamp_ntz  INT64  TIMESTAMP(local, micros)
//   float, double   FLOAT, DOUBLE                  structure      group
//   decimal(p<=9)   INT32  DECIMAL                 array          LIST of three levels
//   decimal(p<=18)  INT64  DECIMAL                 map            MAP of three levels
//   decimal(p>18)   FIXED_LEN_BYTE_ARRAY(least bytes that hold p digits)  DECIMAL
import Base
package import Columns

/// The elements of a file with the columns of `schema`, root first.
///
/// - Parameter storage: by name of the column, how it is stored otherwise than above.
/// - Throws: `ParquetError`: `unsupported` for a type that Parquet has no place for here,
///   `invalidArgument` for the storage of a column that is not there.
package func schemaElements(
  of schema: Schema, storage: [String: ColumnStorage] = [:]
) throws(ParquetError) -> [SchemaElement] {
  for name in storage.keys where schema.index(of: name) == nil {
    throw ParquetError(
      .invalidArgument, "storage of a column that is not written", at: ParquetPlace(column: name))
  }
  var elements = [SchemaElement(name: "schema", childCount: Int32(schema.count))]
  for field in schema.fields {
    try append(field, storage[field.name] ?? ColumnStorage(), to: &elements)
  }
  return elements
}

private func append(
  _ field: Field, _ storage: ColumnStorage, to elements: inout [SchemaElement]
) throws(ParquetError) {
  let name = field.name
  let repetition: Repetition = field.nullable ? .optional : .required
  let fieldID = storage.fieldID ?? field.metadata["delta.columnMapping.id"].flatMap { Int32($0) }
  switch field.type {
  case .structure(let fields):
    if fields.isEmpty {
      throw .unsupported("a struct without fields", at: ParquetPlace(column: name))
    }
    elements.append(
      SchemaElement(
        name: name, repetition: repetition, childCount: Int32(fields.count), fieldID: fieldID))
    for (index, field) in fields.enumerated() {
      try append(field, try storage.child(index, of: fields.count, name), to: &elements)
    }
  case .array(let element, let containsNull):
    elements.append(
      SchemaElement(
        name: name, repetition: repetition, childCount: 1, convertedType: .list, fieldID: fieldID,
        logicalType: .list))
    elements.append(SchemaElement(name: "list", repetition: .repeated, childCount: 1))
    try append(
      Field("element", element, nullable: containsNull), try storage.child(0, of: 1, name),
      to: &elements)
  case .map(let key, let value, let valueContainsNull):
    elements.append(
      SchemaElement(
        name: name, repetition: repetition, childCount: 1, convertedType: .map, fieldID: fieldID,
        logicalType: .map))
    elements.append(SchemaElement(name: "key_value", repetition: .repeated, childCount: 2))
    try append(
      Field("key", key, nullable: false), try storage.child(0, of: 2, name), to: &elements)
    try append(
      Field("value", value, nullable: valueContainsNull), try storage.child(1, of: 2, name),
      to: &elements)
  case .string where storage.stored?.isVariant == true:
    elements.append(
      SchemaElement(
        name: name, repetition: repetition, childCount: 2, fieldID: fieldID,
        logicalType: .variant(version: 1)))
    for part in ["metadata", "value"] {
      elements.append(SchemaElement(name: part, type: .byteArray, repetition: .required))
    }
  default:
    var element =
      if let stored = storage.stored {
        try storedElement(of: field.type, as: stored, name: name)
      } else {
        try leafElement(of: field.type, name: name)
      }
    element.repetition = repetition
    element.fieldID = fieldID
    elements.append(element)
  }
}

/// The element of a column of a type that is not nested; its repetition is left open.
package func leafElement(of type: DataType, name: String) throws(ParquetError) -> SchemaElement {
  func leaf(
    _ type: ParquetType, _ converted: ConvertedType? = nil, _ logical: LogicalType? = nil
  ) -> SchemaElement {
    SchemaElement(name: name, type: type, convertedType: converted, logicalType: logical)
  }
  switch type {
  case .boolean: return leaf(.boolean)
  case .byte: return leaf(.int32, .int8, .integer(bitWidth: 8, isSigned: true))
  case .short: return leaf(.int32, .int16, .integer(bitWidth: 16, isSigned: true))
  case .integer: return leaf(.int32)
  case .long: return leaf(.int64)
  case .float: return leaf(.float)
  case .double: return leaf(.double)
  case .string: return leaf(.byteArray, .utf8, .string)
  case .binary: return leaf(.byteArray)
  case .date: return leaf(.int32, .date, .date)
  case .timestamp:
    return leaf(.int64, .timestampMicros, .timestamp(isAdjustedToUTC: true, unit: .micros))
  case .timestampNtz:
    return leaf(.int64, .timestampMicros, .timestamp(isAdjustedToUTC: false, unit: .micros))
  case .decimal(let precision, let scale):
    return try decimalElement(name: name, precision: precision, scale: scale)
  case .void: return leaf(.int32, nil, .null)
  case .time:
    return leaf(.int64, .timeMicros, .time(isAdjustedToUTC: false, unit: .micros))
  case .timeNanos: return leaf(.int64, nil, .time(isAdjustedToUTC: false, unit: .nanos))
  case .timestampNanos:
    return leaf(.int64, nil, .timestamp(isAdjustedToUTC: true, unit: .nanos))
  case .timestampNtzNanos:
    return leaf(.int64, nil, .timestamp(isAdjustedToUTC: false, unit: .nanos))
  case .uuid:
    var element = leaf(.fixedLengthByteArray, nil, .uuid)
    element.typeLength = 16
    return element
  case .interval:
    var element = leaf(.fixedLengthByteArray, .interval)
    element.typeLength = 12
    return element
  case .structure, .array, .map, .other:
    throw .unsupported("type \(type)", at: ParquetPlace(column: name))
  }
}

private func decimalElement(
  name: String, precision: Int, scale: Int
) throws(ParquetError) -> SchemaElement {
  guard (1...DataType.maxDecimalPrecision).contains(precision), (0...precision).contains(scale)
  else {
    throw ParquetError(
      .invalidArgument, "decimal(\(precision),\(scale)) does not exist",
      at: ParquetPlace(column: name))
  }
  let type: ParquetType =
    precision <= 9 ? .int32 : precision <= 18 ? .int64 : .fixedLengthByteArray
  return SchemaElement(
    name: name, type: type,
    typeLength: type == .fixedLengthByteArray ? Int32(decimalSizeBytes(precision)) : nil,
    convertedType: .decimal, scale: Int32(scale), precision: Int32(precision),
    logicalType: .decimal(scale: Int32(scale), precision: Int32(precision)))
}

/// The least number of bytes whose two's complement holds every number of `precision` digits.
///
/// - Precondition: `precision` is in 1...38.
package func decimalSizeBytes(_ precision: Int) -> Int {
  let largest = powerOfTen(precision) - 1
  // One more bit for the sign, rounded up to bytes.
  return (128 - largest.leadingZeroBitCount + 1 + 7) / 8
}

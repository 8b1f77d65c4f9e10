// Parquet schema elements as Grebe's types. What SchemaMapping+Write.swift writes comes back as it
// was; what other writers store is mapped by its annotation, the logical type first:
//
//   INT32, INT64        integer, long; DECIMAL(p<=18); unsigned ones as the next wider signed type
//                       (8 bits: short, 16: integer, 32: long, 64: decimal(20,0))
//   INT64 TIMESTAMP     timestamp when adjusted to UTC, else timestamp_ntz; milliseconds become
//                       microseconds, nanoseconds are floored to microseconds
//   INT96               timestamp (Impala's and Spark's nanoseconds of a Julian day, floored)
//   BYTE_ARRAY          string for STRING, ENUM, JSON; DECIMAL; else binary
//   FIXED               DECIMAL, FLOAT16 as float, else binary
//   TIME, INTERVAL, VARIANT, GEOMETRY, GEOGRAPHY   `DataType.other` with that name: such a column
//                       stands in the schema and is refused by name when it is asked for
import Base
package import Columns

/// What turns a stored value into a column's slot.
package enum LeafConversion: Sendable, Equatable {
  /// Stored as the slot is.
  case none
  /// INT32 to a wider slot, with or without a sign.
  case int32ToInt64, uint32ToInt64
  /// UINT_64 to an Int128 slot.
  case uint64ToInt128, int64ToInt128
  /// Times 1000, divided by 1000 and floored.
  case millisToMicros, nanosToMicros
  /// Nanoseconds of the day and Julian day to microseconds since 1970.
  case int96ToMicros
  /// Big-endian two's complement.
  case decimalBytes
  /// IEEE half precision.
  case float16
}

/// A leaf's logical type and how to get there.
package struct LeafMapping: Sendable {
  package let type: DataType
  package let conversion: LeafConversion

  fileprivate init(_ type: DataType, _ conversion: LeafConversion = .none) {
    self.type = type
    self.conversion = conversion
  }

  /// - Throws: `ParquetError` when annotation and physical type do not go together.
  package init(_ element: SchemaElement) throws(ParquetError) {
    switch element.type {
    case .boolean: self.init(.boolean)
    case .int32: self = try LeafMapping.int32(element)
    case .int64: self = try LeafMapping.int64(element)
    case .int96: self.init(.timestamp, .int96ToMicros)
    case .float: self.init(.float)
    case .double: self.init(.double)
    case .byteArray: self = try LeafMapping.byteArray(element)
    case .fixedLengthByteArray: self = try LeafMapping.fixed(element)
    case nil: throw .corrupt("\"\(element.name)\" is a group", at: ParquetPlace())
    }
  }

  private static func int32(_ element: SchemaElement) throws(ParquetError) -> LeafMapping {
    switch element.annotation {
    case .date: return LeafMapping(.date)
    case .decimal(let scale, let precision):
      let type = try decimal(element, scale: scale, precision: precision)
      return LeafMapping(type, .int32ToInt64)
    case .integer(8, true): return LeafMapping(.byte)
    case .integer(16, true), .integer(8, false): return LeafMapping(.short)
    case .integer(16, false): return LeafMapping(.integer)
    case .integer(32, false): return LeafMapping(.long, .uint32ToInt64)
    case .time: return LeafMapping(.other("time"))
    default: return LeafMapping(.integer)
    }
  }

  private static func int64(_ element: SchemaElement) throws(ParquetError) -> LeafMapping {
    switch element.annotation {
    case .decimal(let scale, let precision):
      let type = try decimal(element, scale: scale, precision: precision)
      return LeafMapping(type, type.physical == .int128 ? .int64ToInt128 : .none)
    case .timestamp(let isAdjustedToUTC, let unit):
      let conversion: LeafConversion =
        switch unit {
        case .millis: .millisToMicros
        case .micros: .none
        case .nanos: .nanosToMicros
        }
      return LeafMapping(isAdjustedToUTC ? .timestamp : .timestampNtz, conversion)
    case .integer(64, false):
      return LeafMapping(.decimal(precision: 20, scale: 0), .uint64ToInt128)
    case .time: return LeafMapping(.other("time"))
    default: return LeafMapping(.long)
    }
  }

  private static func byteArray(_ element: SchemaElement) throws(ParquetError) -> LeafMapping {
    switch element.annotation {
    case .string, .enumeration, .json: return LeafMapping(.string)
    case .decimal(let scale, let precision):
      let type = try decimal(element, scale: scale, precision: precision)
      return LeafMapping(type, .decimalBytes)
    case .variant: return LeafMapping(.other("variant"))
    case .geometry: return LeafMapping(.other("geometry"))
    case .geography: return LeafMapping(.other("geography"))
    default: return LeafMapping(.binary)
    }
  }

  private static func fixed(_ element: SchemaElement) throws(ParquetError) -> LeafMapping {
    guard let length = element.typeLength, length >= 0, length <= Limits.pageBytes else {
      throw .corrupt("the fixed length of \"\(element.name)\" is missing", at: ParquetPlace())
    }
    if element.convertedType == .interval { return LeafMapping(.other("interval")) }
    switch element.annotation {
    case .decimal(let scale, let precision):
      let type = try decimal(element, scale: scale, precision: precision)
      return LeafMapping(type, .decimalBytes)
    case .float16:
      guard length == 2 else {
        throw .corrupt("\"\(element.name)\" is a FLOAT16 of \(length) bytes", at: ParquetPlace())
      }
      return LeafMapping(.float, .float16)
    default: return LeafMapping(.binary)
    }
  }

  private static func decimal(
    _ element: SchemaElement, scale: Int32, precision: Int32
  ) throws(ParquetError) -> DataType {
    let limit: Int32 = element.type == .int32 ? 18 : 38
    guard precision >= 1, scale >= 0, scale <= precision else {
      throw .corrupt(
        "\"\(element.name)\" is a DECIMAL(\(precision),\(scale))", at: ParquetPlace())
    }
    guard precision <= limit else { return .other("decimal(\(precision),\(scale))") }
    return .decimal(precision: Int(precision), scale: Int(scale))
  }
}

extension SchemaElement {
  /// The logical type, or the one that the converted type stands for.
  package var annotation: LogicalType? {
    switch logicalType {
    case .some(.other), nil: break
    case .some(let type): return type
    }
    switch convertedType {
    case .utf8: return .string
    case .map, .mapKeyValue: return .map
    case .list: return .list
    case .enumeration: return .enumeration
    case .decimal: return .decimal(scale: scale ?? 0, precision: precision ?? 0)
    case .date: return .date
    case .timeMillis: return .time(isAdjustedToUTC: true, unit: .millis)
    case .timeMicros: return .time(isAdjustedToUTC: true, unit: .micros)
    case .timestampMillis: return .timestamp(isAdjustedToUTC: true, unit: .millis)
    case .timestampMicros: return .timestamp(isAdjustedToUTC: true, unit: .micros)
    case .uint8: return .integer(bitWidth: 8, isSigned: false)
    case .uint16: return .integer(bitWidth: 16, isSigned: false)
    case .uint32: return .integer(bitWidth: 32, isSigned: false)
    case .uint64: return .integer(bitWidth: 64, isSigned: false)
    case .int8: return .integer(bitWidth: 8, isSigned: true)
    case .int16: return .integer(bitWidth: 16, isSigned: true)
    case .int32: return .integer(bitWidth: 32, isSigned: true)
    case .int64: return .integer(bitWidth: 64, isSigned: true)
    case .json: return .json
    case .bson: return .bson
    default: return nil
    }
  }
}

extension SchemaTree {
  /// The columns of the file: its root's children.
  package func schema() throws(ParquetError) -> Schema {
    var fields: [Field] = []
    fields.reserveCapacity(root.children.count)
    for child in root.children { fields.append(try field(of: child)) }
    return Schema(fields)
  }
}

/// A bare repeated node, outside LIST and MAP, is an array of what it holds.
private func field(of node: SchemaNode) throws(ParquetError) -> Field {
  if node.element.repetition == .repeated {
    let type = DataType.array(element: try dataType(of: node), containsNull: false)
    return Field(node.name, type, nullable: false)
  }
  return Field(
    node.name, try dataType(of: node), nullable: node.element.repetition == .optional)
}

/// The type of one occurrence of `node`, its own repetition left aside.
private func dataType(of node: SchemaNode) throws(ParquetError) -> DataType {
  if node.isLeaf { return try LeafMapping(node.element).type }
  switch node.element.annotation {
  case .list:
    if let type = try listType(node) { return type }
  case .map:
    if let type = try mapType(node) { return type }
  default: break
  }
  var fields: [Field] = []
  for child in node.children { fields.append(try field(of: child)) }
  return .structure(fields)
}

/// LogicalTypes.md, "Lists", with its backward-compatibility rules for two-level lists.
private func listType(_ node: SchemaNode) throws(ParquetError) -> DataType? {
  guard node.children.count == 1, node.children[0].element.repetition == .repeated else {
    return nil
  }
  let repeated = node.children[0]
  let isElement =
    repeated.isLeaf || repeated.children.count != 1 || repeated.name == "array"
    || repeated.name == node.name + "_tuple"
  if isElement {
    return .array(element: try dataType(of: repeated), containsNull: false)
  }
  let element = try field(of: repeated.children[0])
  return .array(element: element.type, containsNull: element.nullable)
}

/// LogicalTypes.md, "Maps". Keys are never null whatever their repetition says.
private func mapType(_ node: SchemaNode) throws(ParquetError) -> DataType? {
  guard node.children.count == 1, node.children[0].element.repetition == .repeated,
    node.children[0].children.count == 2
  else { return nil }
  let key = try field(of: node.children[0].children[0])
  let value = try field(of: node.children[0].children[1])
  return .map(key: key.type, value: value.type, valueContainsNull: value.nullable)
}

// Parquet schema elements as Grebe's types. What SchemaMapping+Write.swift writes comes back as it
// was; what other writers store is mapped by its annotation, the logical type first:
//
//   INT32, INT64        integer, long; DECIMAL(p<=18); unsigned ones as the next wider signed type
//                       (8 bits: short, 16: integer, 32: long, 64: decimal(20,0))
//   INT32, INT64 TIME   time, milliseconds as microseconds; nanoseconds: time_nanos
//   INT64 TIMESTAMP     timestamp when adjusted to UTC, else timestamp_ntz, milliseconds as
//                       microseconds; nanoseconds: timestamp_nanos, timestamp_ntz_nanos
//   INT96               timestamp (Impala's and Spark's nanoseconds of a Julian day, floored)
//   BYTE_ARRAY          string for STRING, ENUM, JSON; DECIMAL; else binary, BSON and the WKB of
//                       GEOMETRY and GEOGRAPHY among them
//   FIXED               DECIMAL, FLOAT16 as float, UUID, INTERVAL, else binary
//   any                 UNKNOWN as void: nulls, whatever the file says
//
// An annotation that the physical type cannot have, or that this build does not know, is left
// aside: LogicalTypes.md lets readers do so. What groups mean is in ColumnShape.swift.
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
  /// INT64 times 1000.
  case millisToMicros
  /// INT32 times 1000.
  case timeMillis
  /// Nanoseconds of the day and Julian day to microseconds since 1970.
  case int96ToMicros
  /// Big-endian two's complement.
  case decimalBytes
  /// IEEE half precision.
  case float16
  /// There are no values.
  case null
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
    if element.annotation == .null {
      self.init(.void, .null)
      return
    }
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
    case .time(_, .millis): return LeafMapping(.time, .timeMillis)
    default: return LeafMapping(.integer)
    }
  }

  private static func int64(_ element: SchemaElement) throws(ParquetError) -> LeafMapping {
    switch element.annotation {
    case .decimal(let scale, let precision):
      let type = try decimal(element, scale: scale, precision: precision)
      return LeafMapping(type, type.physical == .int128 ? .int64ToInt128 : .none)
    case .timestamp(let isAdjustedToUTC, .nanos):
      return LeafMapping(isAdjustedToUTC ? .timestampNanos : .timestampNtzNanos)
    case .timestamp(let isAdjustedToUTC, let unit):
      return LeafMapping(
        isAdjustedToUTC ? .timestamp : .timestampNtz, unit == .millis ? .millisToMicros : .none)
    case .integer(64, false):
      return LeafMapping(.decimal(precision: 20, scale: 0), .uint64ToInt128)
    case .time(_, .micros): return LeafMapping(.time)
    case .time(_, .nanos): return LeafMapping(.timeNanos)
    default: return LeafMapping(.long)
    }
  }

  private static func byteArray(_ element: SchemaElement) throws(ParquetError) -> LeafMapping {
    switch element.annotation {
    case .string, .enumeration, .json: return LeafMapping(.string)
    case .decimal(let scale, let precision):
      let type = try decimal(element, scale: scale, precision: precision)
      return LeafMapping(type, .decimalBytes)
    default: return LeafMapping(.binary)
    }
  }

  private static func fixed(_ element: SchemaElement) throws(ParquetError) -> LeafMapping {
    guard let length = element.typeLength, length >= 0, length <= Limits.pageBytes else {
      throw .corrupt("the fixed length of \"\(element.name)\" is missing", at: ParquetPlace())
    }
    if element.convertedType == .interval {
      try check(length, is: 12, "INTERVAL", element)
      return LeafMapping(.interval)
    }
    switch element.annotation {
    case .decimal(let scale, let precision):
      let type = try decimal(element, scale: scale, precision: precision)
      return LeafMapping(type, .decimalBytes)
    case .float16:
      try check(length, is: 2, "FLOAT16", element)
      return LeafMapping(.float, .float16)
    case .uuid:
      try check(length, is: 16, "UUID", element)
      return LeafMapping(.uuid)
    default: return LeafMapping(.binary)
    }
  }

  private static func check(
    _ length: Int32, is expected: Int32, _ name: String, _ element: SchemaElement
  ) throws(ParquetError) {
    guard length == expected else {
      throw .corrupt("\"\(element.name)\" is a \(name) of \(length) bytes", at: ParquetPlace())
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

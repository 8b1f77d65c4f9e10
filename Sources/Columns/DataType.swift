/// The logical type of a column: Delta's type system (PROTOCOL.md, "Schema Serialization Format"),
/// and the types that Parquet files have and Delta tables have not.
public indirect enum DataType: Sendable, Hashable {
  case boolean
  /// 8, 16, 32 and 64 bits, signed.
  case byte, short, integer, long
  case float, double
  /// `precision` digits (1 to 38), `scale` of them after the point (0 to precision).
  case decimal(precision: Int, scale: Int)
  /// UTF-8.
  case string
  case binary
  /// Days since 1970-01-01, proleptic Gregorian.
  case date
  /// Microseconds since 1970-01-01T00:00:00Z, an instant.
  case timestamp
  /// Microseconds since 1970-01-01T00:00:00 of an unnamed time zone.
  case timestampNtz
  case structure([Field])
  case array(element: DataType, containsNull: Bool)
  case map(key: DataType, value: DataType, valueContainsNull: Bool)
  /// Nothing but nulls: Delta's `void`, Parquet's UNKNOWN.
  case void
  /// Parquet's TIME: microseconds or nanoseconds since midnight.
  case time, timeNanos
  /// Nanoseconds since 1970-01-01T00:00:00, as an instant and of an unnamed time zone. Tables have
  /// microseconds: Delta has no such type.
  case timestampNanos, timestampNtzNanos
  /// 16 bytes, most significant first.
  case uuid
  /// Parquet's INTERVAL: months, days and milliseconds, each a little-endian UInt32.
  case interval
  /// A type that Delta has and this build does not know, by its name in the schema.
  case other(String)

  public static let maxDecimalPrecision = 38
}

extension DataType {
  /// How the slots of a column of this type are stored; nil for nested and unknown types.
  package var physical: PhysicalType? {
    switch self {
    case .boolean, .void: .boolean
    case .byte, .short, .integer, .date: .int32
    case .long, .timestamp, .timestampNtz, .time, .timeNanos, .timestampNanos, .timestampNtzNanos:
      .int64
    case .decimal(let precision, _): precision <= 18 ? .int64 : .int128
    case .float: .float
    case .double: .double
    case .string, .binary, .uuid, .interval: .bytes
    case .structure, .array, .map, .other: nil
    }
  }

  public var isNumeric: Bool {
    switch self {
    case .byte, .short, .integer, .long, .float, .double, .decimal: true
    default: false
    }
  }

  public var isInteger: Bool {
    switch self {
    case .byte, .short, .integer, .long: true
    default: false
    }
  }

  /// Smallest and largest value of an integer type.
  package var integerRange: ClosedRange<Int64>? {
    switch self {
    case .byte: -128...127
    case .short: -32_768...32_767
    case .integer: Int64(Int32.min)...Int64(Int32.max)
    case .long: .min ... .max
    default: nil
    }
  }
}

extension DataType {
  /// Type of the elements that a column of this array or map type is slices of; nil for others.
  package var elementField: Field? {
    switch self {
    case .array(let element, let containsNull):
      Field("element", element, nullable: containsNull)
    case .map(let key, let value, let valueContainsNull):
      Field(
        "key_value",
        .structure([
          Field("key", key, nullable: false), Field("value", value, nullable: valueContainsNull),
        ]), nullable: false)
    default: nil
    }
  }

  /// The first type in it that no column can hold, since this build does not know it; nil when it
  /// is known throughout. O(types).
  package var unknownPart: DataType? {
    switch self {
    case .structure(let fields): fields.lazy.compactMap(\.type.unknownPart).first
    case .array(let element, _): element.unknownPart
    case .map(let key, let value, _): key.unknownPart ?? value.unknownPart
    case .other: self
    default: nil
    }
  }

  /// Whether rows of this type have other columns below them.
  package var isNested: Bool {
    switch self {
    case .structure, .array, .map: true
    default: false
    }
  }
}

/// How slots are stored in memory.
package enum PhysicalType: Sendable, Hashable, CaseIterable {
  case boolean, int32, int64, int128, float, double, bytes
}

extension DataType: CustomStringConvertible {
  /// As Spark's DDL spells it, in lower case: `decimal(15,2)`, `array<string>`.
  public var description: String {
    switch self {
    case .boolean: "boolean"
    case .byte: "byte"
    case .short: "short"
    case .integer: "integer"
    case .long: "long"
    case .float: "float"
    case .double: "double"
    case .decimal(let precision, let scale): "decimal(\(precision),\(scale))"
    case .string: "string"
    case .binary: "binary"
    case .date: "date"
    case .timestamp: "timestamp"
    case .timestampNtz: "timestamp_ntz"
    case .structure(let fields):
      "struct<" + fields.map { "\($0.name):\($0.type)" }.joined(separator: ",") + ">"
    case .array(let element, _): "array<\(element)>"
    case .map(let key, let value, _): "map<\(key),\(value)>"
    case .void: "void"
    case .time: "time"
    case .timeNanos: "time_nanos"
    case .timestampNanos: "timestamp_nanos"
    case .timestampNtzNanos: "timestamp_ntz_nanos"
    case .uuid: "uuid"
    case .interval: "interval"
    case .other(let name): name
    }
  }
}

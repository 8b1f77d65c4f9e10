import Columns

extension DataType {
  /// A type by its name in SQL, in any case; nil if there is none of this name. Decimals are
  /// written with their digits, which the parser reads.
  init?(sqlName: String) {
    switch sqlName.uppercased() {
    case "BOOLEAN", "BOOL", "LOGICAL": self = .boolean
    case "TINYINT", "BYTE", "INT1": self = .byte
    case "SMALLINT", "SHORT", "INT2": self = .short
    case "INTEGER", "INT", "INT4": self = .integer
    case "BIGINT", "LONG", "INT8": self = .long
    case "FLOAT", "REAL", "FLOAT4": self = .float
    case "DOUBLE", "FLOAT8": self = .double
    case "DECIMAL", "NUMERIC", "DEC": self = .decimal(precision: 18, scale: 3)
    case "STRING", "VARCHAR", "TEXT", "CHAR": self = .string
    case "BINARY", "BLOB", "BYTEA", "VARBINARY": self = .binary
    case "DATE": self = .date
    case "TIMESTAMP", "DATETIME", "TIMESTAMPTZ", "TIMESTAMP_LTZ": self = .timestamp
    case "TIMESTAMP_NTZ": self = .timestampNtz
    case "TIMESTAMP_NANOS": self = .timestampNanos
    case "TIMESTAMP_NTZ_NANOS", "TIMESTAMP_NS": self = .timestampNtzNanos
    case "TIME": self = .time
    case "TIME_NANOS", "TIME_NS": self = .timeNanos
    case "UUID": self = .uuid
    default: return nil
    }
  }

  /// For hints.
  static let sqlNames = [
    "boolean", "tinyint", "smallint", "integer", "bigint", "float", "double", "decimal", "string",
    "varchar", "binary", "date", "timestamp", "timestamp_ntz", "timestamp_nanos", "time", "uuid",
  ]
}

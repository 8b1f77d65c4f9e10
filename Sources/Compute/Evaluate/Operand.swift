import Base
import Columns

/// What an expression evaluates to inside: a column, or one value for all rows.
enum Operand {
  case column(Column)
  case constant(Scalar, DataType)

  var type: DataType {
    switch self {
    case .column(let column): column.type
    case .constant(_, let type): type
    }
  }

  var validity: Bitmap? { if case .column(let column) = self { column.validity } else { nil } }

  var isNullConstant: Bool { if case .constant(.null, _) = self { true } else { false } }

  /// Written out, `count` rows.
  func column(count: Int) -> Column {
    switch self {
    case .column(let column): column
    case .constant(let scalar, let type): Column(type, repeating: scalar, count: count)
    }
  }

  // The lanes of a physical type; nil when the operand is stored in another way.

  var int32s: Lane<Int32>? {
    switch self {
    case .column(let column):
      if case .int32(let slots) = column.values { .many(slots) } else { nil }
    case .constant(let scalar, _): .one(Int32(truncatingIfNeeded: scalar.storedInteger))
    }
  }

  var int64s: Lane<Int64>? {
    switch self {
    case .column(let column):
      if case .int64(let slots) = column.values { .many(slots) } else { nil }
    case .constant(let scalar, _): .one(Int64(truncatingIfNeeded: scalar.storedInteger))
    }
  }

  var int128s: Lane<Int128>? {
    switch self {
    case .column(let column):
      if case .int128(let slots) = column.values { .many(slots) } else { nil }
    case .constant(let scalar, _): .one(scalar.storedInteger)
    }
  }

  var floats: Lane<Float>? {
    switch self {
    case .column(let column):
      if case .float(let slots) = column.values { .many(slots) } else { nil }
    case .constant(let scalar, _): .one(Float(scalar.doubleValue ?? 0))
    }
  }

  var doubles: Lane<Double>? {
    switch self {
    case .column(let column):
      if case .double(let slots) = column.values { .many(slots) } else { nil }
    case .constant(let scalar, _): .one(scalar.doubleValue ?? 0)
    }
  }

  var booleans: Lane<UInt8>? {
    switch self {
    case .column(let column):
      if case .boolean(let slots) = column.values { .many(slots) } else { nil }
    case .constant(let scalar, _): .one(scalar == .boolean(true) ? 1 : 0)
    }
  }
}

extension Scalar {
  /// The bytes of a string, binary or UUID.
  var bytes: [UInt8]? {
    switch self {
    case .string(let text): Array(text.utf8)
    case .binary(let bytes), .uuid(let bytes): bytes
    default: nil
    }
  }
}

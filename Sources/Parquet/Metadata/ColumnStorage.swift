// How a file stores a column where the column's type leaves a choice. A file that is rewritten
// keeps it: what `SchemaMapping+Read.swift` maps onto one type comes back as what it was.
//
//   type             stored by default       or as
//   short, integer   INT32                   UINT_8, UINT_16; INTEGER(32)
//   long             INT64                   INT32 UINT_32; INTEGER(64)
//   decimal(20,0)    FIXED DECIMAL           INT64 UINT_64
//   decimal          the smallest that       DECIMAL in INT32 (up to 9 digits), INT64 (up to 18),
//                    holds its digits        FIXED of up to 16 bytes, BYTE_ARRAY
//   float            FLOAT                   FIXED(2) FLOAT16, if every value is one
//   string           STRING                  ENUM, JSON; a VARIANT group, if every value is JSON
//   binary           BYTE_ARRAY              BSON, GEOMETRY, GEOGRAPHY; FIXED, if all are as long
//   time             INT64 TIME(micros)      INT32 TIME(millis), if there are no micros
//   timestamp(_ntz)  INT64 TIMESTAMP(micros) TIMESTAMP(millis), if there are no micros
import Base
import Columns

/// What the file has for the values of a leaf, or the group of a VARIANT.
package struct StoredAs: Sendable, Hashable {
  /// Nil for a VARIANT.
  package var type: ParquetType?
  /// Of FIXED_LEN_BYTE_ARRAY.
  package var sizeBytes: Int32?
  package var annotation: LogicalType?

  package init(_ type: ParquetType?, sizeBytes: Int32? = nil, _ annotation: LogicalType? = nil) {
    self.type = type
    self.sizeBytes = sizeBytes
    self.annotation = annotation
  }

  /// A group of metadata and value, not shredded.
  package static let variant = StoredAs(nil, .variant(version: 1))

  var isVariant: Bool {
    if case .variant = annotation { return true }
    return false
  }
}

/// How one column is stored, in the shape of its type.
package struct ColumnStorage: Sendable, Hashable {
  package var fieldID: Int32?
  /// Nil: as `SchemaMapping+Write.swift` stores the type.
  package var stored: StoredAs?
  /// Of the fields of a struct, the element of an array, key and value of a map; none: the same as
  /// if every one were empty.
  package var children: [ColumnStorage]

  package init(
    _ stored: StoredAs? = nil, fieldID: Int32? = nil, children: [ColumnStorage] = []
  ) {
    self.stored = stored
    self.fieldID = fieldID
    self.children = children
  }

  /// Nothing but what is done anyway.
  package var isEmpty: Bool {
    stored == nil && fieldID == nil && children.allSatisfy(\.isEmpty)
  }

  /// - Throws: `invalidArgument` when it is not of the shape of `type`.
  func child(_ index: Int, of count: Int, _ name: String) throws(ParquetError) -> ColumnStorage {
    if children.isEmpty { return ColumnStorage() }
    guard children.count == count else {
      throw ParquetError(
        .invalidArgument, "storage of \(children.count) parts where there are \(count)",
        at: ParquetPlace(column: name))
    }
    return children[index]
  }
}

// MARK: Of a file

extension ParquetMetadata {
  /// By name, the columns that are stored otherwise than they would be by default.
  package var storage: [String: ColumnStorage] {
    let pairs = shapes.map { ($0.field.name, $0.storage) }
    return Dictionary(pairs, uniquingKeysWith: { first, _ in first }).filter { !$0.value.isEmpty }
  }
}

extension ColumnShape {
  /// How this column was stored; by default where it could not be written so.
  var storage: ColumnStorage {
    var storage = ColumnStorage(fieldID: element?.fieldID)
    switch kind {
    case .leaf: storage.stored = element.flatMap { storedAs($0) }
    case .variant: storage.stored = .variant
    case .structure(let fields): storage.children = fields.map(\.storage)
    case .list(let element, _):
      if case .map = type { return element.storage.with(fieldID: storage.fieldID) }
      storage.children = [element.storage]
    }
    return storage
  }

  private func storedAs(_ element: SchemaElement) -> StoredAs? {
    let stored = StoredAs(element)
    guard let usual = try? leafElement(of: type, name: ""),
      let other = try? storedElement(of: type, as: stored, name: "")
    else { return nil }
    return other == usual ? nil : stored
  }
}

extension ColumnStorage {
  fileprivate func with(fieldID: Int32?) -> ColumnStorage {
    ColumnStorage(stored, fieldID: fieldID, children: children)
  }
}

// MARK: Written

/// The element of a leaf of `type` that is stored as `stored`; its repetition is left open.
///
/// - Throws: `ParquetError` (`unsupported`) for what the type cannot be stored as.
func storedElement(
  of type: DataType, as stored: StoredAs, name: String
) throws(ParquetError) -> SchemaElement {
  guard isStorable(type, as: stored) else {
    throw .unsupported("a column of \(type) as \(stored)", at: ParquetPlace(column: name))
  }
  var element = SchemaElement(
    name: name, type: stored.type,
    typeLength: stored.type == .fixedLengthByteArray ? stored.sizeBytes : nil,
    convertedType: stored.annotation?.convertedType, logicalType: stored.annotation)
  if case .decimal(let scale, let precision) = stored.annotation {
    element.scale = scale
    element.precision = precision
  }
  return element
}

private func isStorable(_ type: DataType, as stored: StoredAs) -> Bool {
  let sizeBytes = stored.sizeBytes ?? 0
  switch (type, stored.type, stored.annotation) {
  case (.short, .int32, .integer(8, false)), (.integer, .int32, .integer(16, false)),
    (.integer, .int32, .integer(32, true)), (.long, .int32, .integer(32, false)),
    (.long, .int64, .integer(64, true)),
    (.decimal(20, 0), .int64, .integer(64, false)),
    (.string, .byteArray, .enumeration), (.string, .byteArray, .json),
    (.binary, .byteArray, .bson), (.binary, .byteArray, .geometry),
    (.binary, .byteArray, .geography),
    (.time, .int32, .time(_, .millis)), (.time, .int64, .time(_, .micros)),
    (.timeNanos, .int64, .time(_, .nanos)),
    (.timestamp, .int64, .timestamp(true, .millis)),
    (.timestampNtz, .int64, .timestamp(false, .millis)):
    return true
  case (.float, .fixedLengthByteArray, .float16): return sizeBytes == 2
  case (.binary, .fixedLengthByteArray, nil): return sizeBytes > 0
  case (.decimal(let precision, let scale), let physical?, .decimal(let itsScale, let digits)):
    guard Int(digits) == precision, Int(itsScale) == scale, (1...38).contains(precision),
      (0...precision).contains(scale)
    else { return false }
    switch physical {
    case .int32: return precision <= 9
    case .int64: return precision <= 18
    case .fixedLengthByteArray:
      return (decimalSizeBytes(precision)...16).contains(Int(sizeBytes))
    default: return physical == .byteArray
    }
  default: return false
  }
}

extension LogicalType {
  /// What old readers know the type as; nil for those that have none. Local timestamps have one
  /// too, as LogicalTypes.md demands: what knows no other annotation knows no zone either.
  fileprivate var convertedType: ConvertedType? {
    switch self {
    case .string: .utf8
    case .enumeration: .enumeration
    case .json: .json
    case .bson: .bson
    case .decimal: .decimal
    case .date: .date
    case .time(_, .millis): .timeMillis
    case .time(_, .micros): .timeMicros
    case .timestamp(_, .millis): .timestampMillis
    case .timestamp(_, .micros): .timestampMicros
    case .integer(8, true): .int8
    case .integer(16, true): .int16
    case .integer(32, true): .int32
    case .integer(64, true): .int64
    case .integer(8, false): .uint8
    case .integer(16, false): .uint16
    case .integer(32, false): .uint32
    case .integer(64, false): .uint64
    default: nil
    }
  }
}

extension StoredAs: CustomStringConvertible {
  /// `FIXED_LEN_BYTE_ARRAY(2) float16`
  package var description: String {
    let size = type == .fixedLengthByteArray ? "(\(sizeBytes ?? 0))" : ""
    let parts = [type.map { $0.name + size }, annotation.map { "\($0)" }]
    return parts.compactMap { $0 }.joined(separator: " ")
  }
}

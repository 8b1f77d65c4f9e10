public import Base

/// Where one value of varying size lies in what its column shares: bytes of a string or binary,
/// elements of an array or map.
@frozen
public struct ValueSlice: BitwiseCopyable, Sendable, Equatable {
  public var offset: UInt32
  public var count: UInt32

  @inlinable
  public init(offset: UInt32, count: UInt32) {
    self.offset = offset
    self.count = count
  }

  @inlinable
  public var range: Range<Int> { Int(offset)..<Int(offset) + Int(count) }
}

/// The slots of a column, one a row; a null row's slot holds an unspecified legal value.
///
/// Strings are slices of shared bytes: slices may overlap, repeat and leave gaps, so that
/// filtering, dictionary decoding and CSV fields move eight bytes a value instead of the text.
/// Arrays and maps are slices of shared elements for the same reason. Every `ValueSlice.range`
/// lies within `data`, or within the rows of `element`: whoever builds a column guarantees it.
public indirect enum ColumnValues: Sendable {
  /// 0 or 1; void, with no row valid.
  case boolean(Buffer<UInt8>)
  /// byte, short, integer, date
  case int32(Buffer<Int32>)
  /// long, timestamps, times, decimal up to 18 digits (unscaled)
  case int64(Buffer<Int64>)
  /// decimal of 19 to 38 digits (unscaled)
  case int128(Buffer<Int128>)
  case float(Buffer<Float>)
  case double(Buffer<Double>)
  /// string (valid UTF-8), binary; uuid (16 bytes), interval (12 bytes)
  case bytes(Buffer<ValueSlice>, data: Buffer<UInt8>)
  /// struct: its fields in order, each with as many rows as the struct itself. Under a null struct
  /// a field's row is unspecified, null or not.
  case structure([Column], count: Int)
  /// array, map: slices of the rows of `element`. A map's element is a struct of key and value.
  case list(Buffer<ValueSlice>, element: Column)

  public var count: Int {
    switch self {
    case .boolean(let slots): slots.count
    case .int32(let slots): slots.count
    case .int64(let slots): slots.count
    case .int128(let slots): slots.count
    case .float(let slots): slots.count
    case .double(let slots): slots.count
    case .bytes(let slots, _): slots.count
    case .structure(_, let count): count
    case .list(let slots, _): slots.count
    }
  }
}

/// An immutable run of rows of one column.
public struct Column: Sendable {
  public let type: DataType
  /// Number of rows, nulls included.
  public let count: Int
  /// 1 where the row has a value; nil when every row has one.
  public let validity: Bitmap?
  public let values: ColumnValues

  public init(type: DataType, validity: Bitmap? = nil, values: ColumnValues) {
    precondition(validity == nil || validity!.count == values.count)
    if case .structure(let fields, let count) = values {
      precondition(fields.allSatisfy { $0.count == count })
    }
    self.type = type
    self.count = values.count
    self.validity = validity
    self.values = values
  }

  /// O(count / 64).
  public var nullCount: Int { validity?.zeroCount ?? 0 }

  public func isNull(_ row: Int) -> Bool { validity.map { !$0[row] } ?? false }
}

/// Columns of equal length: what every stage hands to the next. Rows never become objects.
public struct ColumnBatch: Sendable {
  public let schema: Schema
  public let columns: [Column]
  public let rowCount: Int

  public init(schema: Schema, columns: [Column], rowCount: Int) {
    precondition(columns.count == schema.count)
    precondition(columns.allSatisfy { $0.count == rowCount })
    self.schema = schema
    self.columns = columns
    self.rowCount = rowCount
  }

  /// The columns at `indices`, in that order. O(indices).
  public func selecting(_ indices: [Int]) -> ColumnBatch {
    ColumnBatch(
      schema: schema.selecting(indices), columns: indices.map { columns[$0] }, rowCount: rowCount)
  }

  public func column(_ name: String) -> Column? { schema.index(of: name).map { columns[$0] } }
}

extension ColumnBatch {
  /// Bytes that the slots and string data take in memory, for budgets; shared
  /// data counts every time.
  package var sizeBytes: Int { columns.reduce(0) { $0 + $1.sizeBytes } }
}

extension Column {
  /// Bytes that the slots and string data take in memory.
  package var sizeBytes: Int {
    let slotBytes =
      switch values {
      case .boolean: count
      case .int32, .float: count * 4
      case .int64, .double: count * 8
      case .int128: count * 16
      case .bytes(_, let data): count * 8 + data.count
      case .structure(let fields, _): fields.reduce(0) { $0 + $1.sizeBytes }
      case .list(_, let element): count * 8 + element.sizeBytes
      }
    return slotBytes + (validity?.count ?? 0) / 8
  }
}

extension Column {
  /// The same rows under the names of `type`. O(fields).
  ///
  /// - Precondition: `type` differs from this column's in the names, nullability and metadata of
  ///   fields alone.
  package func renamed(to type: DataType) -> Column {
    let values: ColumnValues
    switch (self.values, type) {
    case (.structure(let columns, let count), .structure(let fields)):
      precondition(columns.count == fields.count)
      values = .structure(
        zip(columns, fields).map { $0.renamed(to: $1.type) }, count: count)
    case (.list(let slots, let element), _):
      guard let field = type.elementField else { preconditionFailure("no list: \(type)") }
      values = .list(slots, element: element.renamed(to: field.type))
    default: values = self.values
    }
    return Column(type: type, validity: validity, values: values)
  }
}

extension ColumnBatch {
  /// The same rows under the names of `schema`. O(fields).
  package func renamed(to schema: Schema) -> ColumnBatch {
    ColumnBatch(
      schema: schema, columns: zip(columns, schema.fields).map { $0.renamed(to: $1.type) },
      rowCount: rowCount)
  }
}

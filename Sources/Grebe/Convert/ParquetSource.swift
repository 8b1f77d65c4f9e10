import Base
import Columns
import Compute
import Delta
import Ingest

// Parquet files as sources: columns go by name, and types that tables lack become ones they have.
//
//   timestamp_nanos, timestamp_ntz_nanos   timestamp, timestamp_ntz; what is finer than a
//                                          microsecond is cut off
//   time, time_nanos, uuid, interval       string, as they print
//   void                                   string, all null

/// A Parquet file, and how its rows become the table's.
struct ParquetSource: Sendable {
  let file: SourceFile
  /// Place among the sources of the load.
  var ordinal = 0
  /// Rows of each row group.
  let rowCounts: [Int]
  /// For each column that sources fill, its position in the file; nil where the file lacks it.
  let positions: [Int?]

  /// Columns, of those that sources fill, that values are rescued from; see `RescuedData`.
  var hidden: Range<Int>?
  /// Names of the file's columns that are left out.
  var ignoredColumns: [String] = []
  /// Columns whose values must not change in a cast.
  var exactColumns: Set<String> = []

  /// Columns of the file to read, in the order of `positions`.
  var fileColumns: [Int] { positions.compactMap { $0 } }

  /// A value that its column does not take.
  struct Misfit {
    /// In the batch.
    let row: Int
    let field: Field
    let reason: RejectReason
    let message: String
  }

  /// Rows of the file, cast to the columns that sources fill, and the values that do not fit: their
  /// rows are not to be loaded.
  func rows(
    _ batch: ColumnBatch, as schema: Schema
  ) throws(GrebeError) -> (batch: ColumnBatch, misfits: [Misfit]) {
    var columns: [Column] = []
    var misfits: [Misfit] = []
    var next = 0
    for (index, (field, position)) in zip(schema.fields, positions).enumerated() {
      var column: Column
      if position == nil {
        column = Column(field.type, repeating: .null, count: batch.rowCount)
      } else {
        column = batch.columns[next]
        next += 1
      }
      if let hidden, hidden.contains(index) {
        if position != nil { column = try json(column, of: field) }
      } else {
        column = try cast(column, to: field, &misfits)
      }
      findNulls(in: column, of: field, &misfits)
      columns.append(column)
    }
    return (ColumnBatch(schema: schema, columns: columns, rowCount: batch.rowCount), misfits)
  }

  /// The values as JSON: numbers and booleans stay what they are, bytes are hexadecimal text, and
  /// whatever a file's column can hold has a text.
  private func json(_ column: Column, of field: Field) throws(GrebeError) -> Column {
    do throws(ComputeError) {
      return Column(
        type: .string, validity: column.validity, values: try column.jsonTexts().values)
    } catch {
      throw GrebeError(error.code, "column \(field.name): \(error.message)", place: file.name)
    }
  }

  /// Takes the rows that have a null where the column, or a part of it, allows none.
  private func findNulls(in column: Column, of field: Field, _ misfits: inout [Misfit]) {
    let isRequired = !field.nullable && column.nullCount > 0
    guard isRequired || field.type.hasRequiredParts else { return }
    let known = Set(misfits.lazy.map(\.row))
    for row in 0..<column.count where !known.contains(row) {
      let isMisfit =
        column.isNull(row) ? isRequired : column.lacksRequiredPart(of: field.type, row: row)
      guard isMisfit else { continue }
      misfits.append(
        Misfit(
          row: row, field: field, reason: .nullInRequired,
          message: "a null where the column allows none"))
    }
  }

  /// Null where a value does not fit. Where the type is narrower than the file's, and nobody named
  /// it, a value that the cast would change does not fit either.
  private func cast(
    _ column: Column, to field: Field, _ misfits: inout [Misfit]
  ) throws(GrebeError) -> Column {
    if column.type == field.type { return column }
    let cast: Column
    var back: Column?
    do throws(ComputeError) {
      cast = try Cast.apply(column, to: field.type, isTry: true)
      if exactColumns.contains(field.name) {
        back = try Cast.apply(cast, to: column.type, isTry: true)
      }
    } catch {
      throw GrebeError(error.code, "column \(field.name): \(error.message)", place: file.name)
    }
    // As a rule nothing is lost, and the values need not be looked at.
    if back == nil && cast.nullCount == column.nullCount { return cast }
    for row in 0..<column.count where !column.isNull(row) {
      guard cast.isNull(row) || back.map({ !isSame($0[row], column[row]) }) ?? false else {
        continue
      }
      misfits.append(
        Misfit(
          row: row, field: field, reason: .outOfRange,
          message: "\"\(column[row].text(as: column.type))\" does not fit \(field.type)"))
    }
    return cast
  }
}

/// Whether a value came back from a cast as it was; a NaN did.
private func isSame(_ one: Scalar, _ other: Scalar) -> Bool {
  if case .double(let one) = one, case .double(let other) = other {
    return one == other || one.isNaN && other.isNaN
  }
  return one == other
}

extension SourceFile {
  /// - Parameter memoryBytes: what the reader may hold; nil where it does not matter.
  func parquetReader(memoryBytes: Int? = nil) throws(GrebeError) -> DataFileReader {
    try reading { () throws(DeltaError) in
      try DataFileReader(store: store, path: path, memoryBytes: memoryBytes)
    }
  }

  /// Runs what reads the file; errors name it as the user does, not as its store does.
  func reading<R>(_ body: () throws(DeltaError) -> R) throws(GrebeError) -> R {
    do { return try body() } catch {
      throw GrebeError(error.code, error.message, place: name, hint: error.hint)
    }
  }
}

extension DataType {
  /// The type of a table's column that holds values of this type: see above.
  var inTables: DataType {
    switch inMicroseconds {
    case .time, .timeNanos, .uuid, .interval, .void: .string
    case .structure(let fields):
      .structure(fields.map { Field($0.name, $0.type.inTables, nullable: true) })
    case .array(let element, _): .array(element: element.inTables, containsNull: true)
    case .map(let key, let value, _):
      .map(key: key.inTables, value: value.inTables, valueContainsNull: true)
    case let type: type
    }
  }

  /// With time stamps in microseconds, the one thing that sources may lose: a note says so.
  var inMicroseconds: DataType {
    switch self {
    case .timestampNanos: .timestamp
    case .timestampNtzNanos: .timestampNtz
    case .structure(let fields):
      .structure(fields.map { Field($0.name, $0.type.inMicroseconds, nullable: $0.nullable) })
    case .array(let element, let containsNull):
      .array(element: element.inMicroseconds, containsNull: containsNull)
    case .map(let key, let value, let containsNull):
      .map(
        key: key.inMicroseconds, value: value.inMicroseconds, valueContainsNull: containsNull)
    default: self
    }
  }

  /// Whether some of it counts nanoseconds, which tables do not hold.
  var hasNanos: Bool {
    switch self {
    case .timestampNanos, .timestampNtzNanos: true
    case .structure(let fields): fields.contains { $0.type.hasNanos }
    case .array(let element, _): element.hasNanos
    case .map(let key, let value, _): key.hasNanos || value.hasNanos
    default: false
    }
  }
}

extension DataType {
  /// Whether a field, element or value within it may not be null.
  fileprivate var hasRequiredParts: Bool {
    switch self {
    case .structure(let fields): fields.contains { !$0.nullable || $0.type.hasRequiredParts }
    case .array(let element, let containsNull): !containsNull || element.hasRequiredParts
    case .map(let key, let value, let containsNull):
      !containsNull || key.hasRequiredParts || value.hasRequiredParts
    default: false
    }
  }
}

extension Column {
  /// Whether something within a row, which has a value, is null and may not be.
  fileprivate func lacksRequiredPart(of type: DataType, row: Int) -> Bool {
    switch (type, values) {
    case (.structure(let fields), .structure(let columns, _)):
      zip(fields, columns).contains { field, column in
        column.isNull(row)
          ? !field.nullable : column.lacksRequiredPart(of: field.type, row: row)
      }
    case (_, .list(let slices, let elements)):
      type.elementField.map { field in
        slices[row].range.contains { index in
          elements.isNull(index)
            ? !field.nullable : elements.lacksRequiredPart(of: field.type, row: index)
        }
      } ?? false
    default: false
    }
  }
}

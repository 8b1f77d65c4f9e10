import Base
import Columns
import Compute
import Ingest
import JSON
import Query

/// What a table's columns hold where a source, or a record of JSON, has nothing for them: Delta
/// protocol, "Default Columns".
///
/// Nothing is not null: an empty field of delimited text and a JSON null say null, and stay it.
struct ColumnDefaults: Sendable {
  private struct Value: Sendable {
    let field: Field
    let scalar: Scalar
  }

  /// By position in the columns that sources fill.
  private var values: [Int: Value]
  /// Those that the table computes: what is not there is filled elsewhere.
  private let computed: Set<Int>

  static let metadataKey = "CURRENT_DEFAULT"

  /// Those that may be missing.
  var columns: Set<Int> { computed.union(values.keys) }

  /// - Parameters:
  ///   - schema: the columns that sources fill; a table's have its metadata.
  ///   - given: those of them that the table computes.
  /// - Throws: `unsupported` for a default that this build does not compute, or that is not a whole
  ///   column's.
  init(_ schema: Schema, given: [GivenColumn]) throws(GrebeError) {
    computed = Set(given.map(\.column))
    var values: [Int: Value] = [:]
    for (position, field) in schema.fields.enumerated() {
      if let path = field.type.path(to: ColumnDefaults.metadataKey) {
        throw GrebeError(
          .unsupported, "the default of \(field.name).\(path) is not that of a whole column",
          hint: "this build does not fill fields below columns: drop that default first")
      }
      guard let json = field.metadata[ColumnDefaults.metadataKey] else { continue }
      let scalar = try ColumnDefaults.scalar(json, field)
      if !scalar.isNull { values[position] = Value(field: field, scalar: scalar) }
    }
    self.values = values
  }

  /// The same for a source that has one value for all rows of a column, whatever the default is.
  ///
  /// - Parameter constants: by position in `schema`, the columns that sources fill.
  func adding(_ constants: [Int: Scalar], _ schema: Schema) -> ColumnDefaults {
    if constants.isEmpty { return self }
    var defaults = self
    for (position, scalar) in constants {
      defaults.values[position] = Value(field: schema.fields[position], scalar: scalar)
    }
    return defaults
  }

  private static func scalar(_ json: String, _ field: Field) throws(GrebeError) -> Scalar {
    var reason = "it is no SQL text"
    if let text = try? JSONDocument(utf8: json).root.string {
      do throws(QueryError) {
        return try parseConstant(text, as: field.type)
      } catch { reason = error.description }
    }
    throw GrebeError(
      .unsupported,
      "the default of column \(field.name) is not a constant that this build computes: \(json)",
      hint: reason)
  }

  /// The columns as a parser is to take them that fills none of those that `lacks` is true of: what
  /// is not there breaks no rule before it is filled.
  func easing(_ schema: Schema, lacks: (Int) -> Bool) -> Schema {
    var schema = schema
    for position in columns where lacks(position) { schema.fields[position].nullable = true }
    return schema
  }

  /// The rows with defaults in columns that the source lacks. O(1) for each row and such column.
  func filling(_ rows: ColumnBatch, lacks: (Int) -> Bool) -> ColumnBatch {
    let missing = values.filter { lacks($0.key) }
    if missing.isEmpty { return rows }
    var (schema, columns) = (rows.schema, rows.columns)
    for (position, value) in missing {
      schema.fields[position] = value.field
      columns[position] = Column(value.field.type, repeating: value.scalar, count: rows.rowCount)
    }
    return ColumnBatch(schema: schema, columns: columns, rowCount: rows.rowCount)
  }

  /// The rows of text with defaults in what its source, or a record, lacks.
  func filling(_ parsed: ParsedBatch, of parser: TextParser) throws(GrebeError) -> ColumnBatch {
    if values.isEmpty { return parsed.batch }
    let rows = filling(parsed.batch, lacks: parser.lacks)
    if parsed.absences.isEmpty { return rows }
    var absent: [Int: [Int]] = [:]
    for absence in parsed.absences { absent[absence.column, default: []].append(absence.row) }
    var columns = rows.columns
    for (position, places) in absent {
      guard let value = values[position] else { continue }
      columns[position] = try exposing { () throws(ComputeError) in
        try columns[position].replacing(places, with: value.scalar)
      }
    }
    return ColumnBatch(schema: rows.schema, columns: columns, rowCount: rows.rowCount)
  }
}

extension Column {
  /// The column with one value in place of those of some rows. O(rows).
  fileprivate func replacing(_ rows: [Int], with value: Scalar) throws(ComputeError) -> Column {
    if rows.count == count { return Column(type, repeating: value, count: count) }
    let both = try Column.concatenating(
      [self, Column(type, repeating: value, count: 1)], type: type)
    var places = BufferBuilder<UInt32>(capacity: count)
    for row in 0..<count { places.append(UInt32(row)) }
    for row in rows { places[row] = UInt32(count) }
    return both.gathering(places.freeze())
  }
}

extension DataType {
  /// The first field below a column of this type that has such metadata.
  fileprivate func path(to key: String) -> String? {
    switch self {
    case .structure(let fields):
      for field in fields {
        if field.metadata[key] != nil { return field.name }
        if let path = field.type.path(to: key) { return field.name + "." + path }
      }
      return nil
    case .array(let element, _): return element.path(to: key).map { "element." + $0 }
    case .map(let mapKey, let value, _):
      return mapKey.path(to: key).map { "key." + $0 } ?? value.path(to: key).map { "value." + $0 }
    default: return nil
    }
  }
}

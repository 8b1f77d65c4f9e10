// Column mapping: Delta protocol (PROTOCOL.md), "Column Mapping". A column then has a name that
// lasts while the column is renamed, and an id. The log (partition values, statistics) goes by the
// lasting name in both modes, files by the name or by the id:
//
//   mode   in files        in the log
//   none   name            name
//   name   physicalName    physicalName
//   id     field id        physicalName
package import Columns
import JSON
import Parquet

/// How a table's columns are found in its files and its log.
package enum ColumnMapping: String, Sendable {
  case none, name, id

  static let modeProperty = "delta.columnMapping.mode"
  static let maxIDProperty = "delta.columnMapping.maxColumnId"
  /// Larger ids than this leave no room for new ones: Parquet's field ids have 32 bits.
  static let maxIDLimit = Int64(Int32.max) - 1_000_000
  static let idKey = "delta.columnMapping.id"
  static let physicalNameKey = "delta.columnMapping.physicalName"
}

extension TableMetadata {
  /// Nil for a mode that the protocol does not have.
  var statedColumnMapping: ColumnMapping? {
    guard let mode = configuration[ColumnMapping.modeProperty] else { return ColumnMapping.none }
    return ColumnMapping(rawValue: mode.lowercased())
  }

  package var columnMapping: ColumnMapping { statedColumnMapping ?? .none }

  /// The partition columns as the log calls them, in their order.
  package var physicalPartitionColumns: [String] {
    partitionColumns.map { name in
      schema.index(of: name).map { schema.fields[$0].physicalName(columnMapping) } ?? name
    }
  }

  /// What a partition column of the log is called by the table.
  package func logicalPartitionValues(_ values: [String: String?]) -> [String: String?] {
    guard columnMapping != .none else { return values }
    var named: [String: String?] = [:]
    for (name, physical) in zip(partitionColumns, physicalPartitionColumns) {
      if let value = values[physical] { named.updateValue(value, forKey: name) }
    }
    return named
  }
}

// MARK: Giving ids

extension TableMetadata {
  /// The metadata with column mapping turned on: every column keeps the name that files have.
  package func mapped(as mode: ColumnMapping) -> TableMetadata {
    // After ids that were given before mapping was turned off: none is given again.
    let last = configuration[ColumnMapping.maxIDProperty].flatMap { Int32($0) } ?? 0
    var ids = ColumnIDs(next: max(last, 0) &+ 1, physicalName: { name, _ in name })
    var mapped = self
    mapped.schema = Schema(ids.assigned(schema.fields))
    mapped.configuration[ColumnMapping.modeProperty] = mode.rawValue
    mapped.configuration[ColumnMapping.maxIDProperty] = String(ids.next - 1)
    return mapped
  }

  /// The metadata with other columns. In a mapped table a column without an id that has the name
  /// and type of one that is there is that one; others get an id, and a physical name that no
  /// column has had.
  ///
  /// - Parameter id: makes the names: the same of it and the same columns gives the same names.
  package func with(_ schema: Schema, id: String) -> TableMetadata {
    var changed = self
    changed.schema = schema
    guard columnMapping != .none else { return changed }
    let last = configuration[ColumnMapping.maxIDProperty].flatMap { Int32($0) } ?? 0
    var ids = ColumnIDs(next: last + 1, physicalName: { _, number in "col-\(id)-\(number)" })
    changed.schema = Schema(ids.assigned(schema.fields.map(keepingID)))
    changed.configuration[ColumnMapping.maxIDProperty] = String(ids.next - 1)
    return changed
  }

  private func keepingID(_ field: Field) -> Field {
    guard field.columnMappingID == nil, let index = schema.index(of: field.name),
      schema.fields[index].type == field.type
    else { return field }
    var field = field
    for key in [ColumnMapping.idKey, ColumnMapping.physicalNameKey] {
      field.metadata[key] = schema.fields[index].metadata[key]
    }
    return field
  }

  package func extended(by fields: some Collection<Field>, id: String) -> TableMetadata {
    with(Schema(schema.fields + fields), id: id)
  }
}

/// Hands out the ids of column mapping.
private struct ColumnIDs {
  var next: Int32
  let physicalName: (_ name: String, _ id: Int32) -> String

  mutating func assigned(_ fields: [Field]) -> [Field] {
    fields.map { field in
      var field = field
      if field.columnMappingID == nil || field.metadata[ColumnMapping.physicalNameKey] == nil {
        field.metadata[ColumnMapping.idKey] = String(next)
        field.metadata[ColumnMapping.physicalNameKey] = jsonText(physicalName(field.name, next))
        next += 1
      }
      field.type = assigned(field.type)
      return field
    }
  }

  private mutating func assigned(_ type: DataType) -> DataType {
    switch type {
    case .structure(let fields): .structure(assigned(fields))
    case .array(let element, let containsNull):
      .array(element: assigned(element), containsNull: containsNull)
    case .map(let key, let value, let valueContainsNull):
      .map(key: assigned(key), value: assigned(value), valueContainsNull: valueContainsNull)
    default: type
    }
  }
}

extension Field {
  /// What the log, and in mode `name` the files, call the column. Its own name where it has no
  /// other.
  package func physicalName(_ mapping: ColumnMapping) -> String {
    guard mapping != .none, let json = metadata[ColumnMapping.physicalNameKey],
      let name = try? JSONDocument(utf8: json).root.string
    else { return name }
    return name
  }

  var columnMappingID: Int32? { metadata[ColumnMapping.idKey].flatMap { Int32($0) } }

  /// The column as files have it, the fields below it too.
  package func physical(_ mapping: ColumnMapping) -> Field {
    if mapping == .none { return self }
    var field = self
    field.name = physicalName(mapping)
    field.type = type.physical(mapping)
    return field
  }
}

extension DataType {
  /// The type with its fields named as files name them.
  package func physical(_ mapping: ColumnMapping) -> DataType {
    if mapping == .none { return self }
    return switch self {
    case .structure(let fields): .structure(fields.map { $0.physical(mapping) })
    case .array(let element, let containsNull):
      .array(element: element.physical(mapping), containsNull: containsNull)
    case .map(let key, let value, let valueContainsNull):
      .map(
        key: key.physical(mapping), value: value.physical(mapping),
        valueContainsNull: valueContainsNull)
    default: self
    }
  }
}

extension Schema {
  /// Whether every field has an id and a physical name, as column mapping demands.
  var isFullyMapped: Bool {
    func check(_ type: DataType) -> Bool {
      switch type {
      case .structure(let fields):
        fields.allSatisfy {
          $0.columnMappingID != nil && $0.metadata[ColumnMapping.physicalNameKey] != nil
            && check($0.type)
        }
      case .array(let element, _): check(element)
      case .map(let key, let value, _): check(key) && check(value)
      default: true
      }
    }
    return check(.structure(fields))
  }

  /// The columns as files have them.
  package func physical(_ mapping: ColumnMapping) -> Schema {
    mapping == .none ? self : Schema(fields.map { $0.physical(mapping) })
  }

  /// What files call the field at a path of names; names that there are not stay.
  func physicalPath(_ path: [String], _ mapping: ColumnMapping) -> [String] {
    guard mapping != .none, let name = path.first,
      let field = fields.first(where: { $0.name == name })
    else { return path }
    let rest = Array(path.dropFirst())
    guard case .structure(let inner) = field.type else {
      return [field.physicalName(mapping)] + rest
    }
    return [field.physicalName(mapping)] + Schema(inner).physicalPath(rest, mapping)
  }
}

extension ParquetMetadata {
  /// Position in the file of a column of the table; nil if the file has none. By its id where the
  /// table maps columns by id, else by name: see `ColumnShape.logical`.
  ///
  /// - Parameter field: physical. O(columns).
  func column(of field: Field, _ mapping: ColumnMapping) throws(DeltaError) -> Int? {
    // Change files have a column that is none of the table's, and so has no id.
    let isMapped = field.metadata[ColumnMapping.physicalNameKey] != nil
    guard mapping == .id, isMapped || field.columnMappingID != nil else {
      return try schema.position(of: field)
    }
    guard let id = field.columnMappingID else { return nil }
    return schema.fields.indices.first { fieldID(column: $0) == id }
  }
}

extension Schema {
  /// Position, among the fields of a file, of a field of the table that goes by its name.
  ///
  /// - Throws: `corrupt` where several may be meant.
  func position(of field: Field) throws(DeltaError) -> Int? {
    let found = matches(field.name)
    guard found.count > 1 else { return found.first }
    throw .corrupt(
      "the file has \(found.map { "`\(fields[$0].name)`" }.joined(separator: " and ")), and "
        + "either may be the table's `\(field.name)`")
  }
}

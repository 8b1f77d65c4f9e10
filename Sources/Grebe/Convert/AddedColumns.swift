public import Columns
import Delta
import Ingest

/// A column that a load gave the table, or a field of one of its structs.
public struct AddedColumn: Sendable, Equatable {
  /// Of a field: the path to it, as `grebe alter` takes it: `who.age`, `items.element.price`.
  public let name: String
  public let type: DataType

  /// As the history has it.
  var change: TableChange { .addColumn(Field(name, type)) }
}

extension ConversionPlan {
  /// A table's metadata with the columns and the fields of structs that an append adds, and the
  /// types that it widens; nil without any.
  func extending(_ table: TableMetadata, id: String) -> TableMetadata? {
    var metadata = table
    for field in widenedFields {
      guard let index = metadata.schema.index(of: field.name) else { continue }
      metadata.schema.fields[index].type = field.type
    }
    for (index, field) in metadata.schema.fields.enumerated() where field.type.isNested {
      guard let planned = tableSchema.index(of: field.name) else { continue }
      metadata.schema.fields[index].type = field.type.adding(
        fieldsOf: tableSchema.fields[planned].type)
    }
    metadata = metadata.extended(by: sourceSchema.stored.fields[addedColumns], id: id)
    return metadata == table ? nil : metadata
  }
}

extension Schema {
  /// The columns, and the fields of structs, that `old` lacks, in their order here. What is added
  /// is told as a whole, not with the fields in it. O(fields).
  func added(to old: Schema) -> [AddedColumn] {
    var found: [AddedColumn] = []
    fields.collectAdded(to: old.fields, "", &found)
    return found
  }
}

extension [Field] {
  fileprivate func collectAdded(
    to old: [Field], _ prefix: String, _ found: inout [AddedColumn]
  ) {
    let known = Dictionary(old.map { ($0.name, $0.type) }, uniquingKeysWith: { first, _ in first })
    for field in self {
      let path = prefix + field.name
      if let type = known[field.name] {
        field.type.collectAdded(to: type, path, &found)
      } else {
        found.append(AddedColumn(name: path, type: field.type))
      }
    }
  }
}

extension DataType {
  fileprivate func collectAdded(
    to old: DataType, _ path: String, _ found: inout [AddedColumn]
  ) {
    switch (self, old) {
    case (.structure(let fields), .structure(let others)):
      fields.collectAdded(to: others, path + ".", &found)
    case (.array(let element, _), .array(let other, _)):
      element.collectAdded(to: other, path + ".element", &found)
    case (.map(let key, let value, _), .map(let otherKey, let otherValue, _)):
      key.collectAdded(to: otherKey, path + ".key", &found)
      value.collectAdded(to: otherValue, path + ".value", &found)
    default: break
    }
  }
}

public import Columns
import Delta

/// A column that a load gave the table, or a field of one of its structs.
public struct AddedColumn: Sendable, Equatable {
  /// Of a field: the path to it, as `grebe alter` takes it: `who.age`, `items.element.price`.
  public let name: String
  public let type: DataType

  /// As the history has it.
  var change: TableChange { .addColumn(Field(name, type)) }
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

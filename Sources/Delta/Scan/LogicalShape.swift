// Variants of tables: Delta protocol (PROTOCOL.md), "Variant Data Type". Files have them as groups
// of `metadata` and `value`, and of `typed_value` where they are shredded.
import Columns
import Parquet

extension ColumnShape {
  /// The same with variants where `type`, of a table, has them: writers did without the annotation
  /// before Parquet had one. A group that cannot be one stays what it is.
  ///
  /// - Parameter byID: whether fields go by their ids; else by name.
  func withVariants(of type: DataType, byID: Bool) -> ColumnShape {
    switch (type, kind) {
    case (.other("variant"), .structure(let children)):
      let names = Set(children.map(\.field.name))
      guard names.contains("metadata"), names.isSubset(of: ["metadata", "value", "typed_value"])
      else { return self }
      return with(type: .string, .variant(children))
    case (.structure(let fields), .structure(let children)):
      let children = children.map { child in
        let field = fields.first {
          byID ? $0.columnMappingID == child.element?.fieldID : $0.name == child.field.name
        }
        return field.map { child.withVariants(of: $0.type, byID: byID) } ?? child
      }
      return with(type: .structure(children.map(\.field)), .structure(children))
    case (.array(let element, _), .list(let child, let definition)):
      let child = child.withVariants(of: element, byID: byID)
      return with(
        type: .array(element: child.type, containsNull: child.field.nullable),
        .list(element: child, definition: definition))
    case (.map(_, let value, _), .list(let entry, let definition)):
      guard case .map(let key, _, let containsNull) = self.type,
        case .structure(var parts) = entry.kind
      else { return self }
      parts[1] = parts[1].withVariants(of: value, byID: byID)
      return with(
        type: .map(key: key, value: parts[1].type, valueContainsNull: containsNull),
        .list(
          element: entry.with(type: .structure(parts.map(\.field)), .structure(parts)),
          definition: definition))
    default: return self
    }
  }
}

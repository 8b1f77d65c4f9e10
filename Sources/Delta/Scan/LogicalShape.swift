import Columns
import Parquet

extension ColumnShape {
  /// A column of a file as one of a table: its fields go by the names that the table's files have
  /// for them, and what the table has as a variant is one.
  ///
  ///  - With column mapping by id, the id of a field says which it is (PROTOCOL.md, "Reader
  ///    Requirements for Column Mapping"); one that has none of the ids gets no name.
  ///  - Without, the name does; regardless of case where no field has exactly that name, for
  ///    engines that take no heed of it make tables of files that somebody else wrote.
  ///  - Variants (PROTOCOL.md, "Variant Data Type") are groups of `metadata` and `value`, and of
  ///    `typed_value` where they are shredded. Writers did without the annotation before Parquet
  ///    had one. A group that cannot be a variant stays what it is.
  ///
  /// - Parameter type: of the table, physical. O(fields), squared within a struct.
  /// - Throws: `corrupt` for names that differ from the table's, and each other, in case alone.
  func logical(as type: DataType, byID: Bool) throws(DeltaError) -> ColumnShape {
    switch (type, kind) {
    case (.other("variant"), .structure(let children)):
      let names = Set(children.map(\.field.name))
      guard names.contains("metadata"), names.isSubset(of: ["metadata", "value", "typed_value"])
      else { return self }
      return with(type: .string, .variant(children))
    case (.structure(let fields), .structure(let children)):
      var named = children
      if byID { for index in named.indices { named[index] = named[index].named("") } }
      let schema = Schema(children.map(\.field))
      for field in fields {
        let index =
          byID ? children.firstIndex { $0.hasID(of: field) } : try schema.position(of: field)
        guard let index else { continue }
        named[index] = try children[index].logical(as: field.type, byID: byID).named(field.name)
      }
      return with(type: .structure(named.map(\.field)), .structure(named))
    case (.array(let element, _), .list(let child, let definition)):
      let child = try child.logical(as: element, byID: byID)
      return with(
        type: .array(element: child.type, containsNull: child.field.nullable),
        .list(element: child, definition: definition))
    case (.map(let key, let value, _), .list(let entry, let definition)):
      guard case .map(_, _, let containsNull) = self.type, case .structure(var parts) = entry.kind
      else { return self }
      parts[0] = try parts[0].logical(as: key, byID: byID)
      parts[1] = try parts[1].logical(as: value, byID: byID)
      return with(
        type: .map(key: parts[0].type, value: parts[1].type, valueContainsNull: containsNull),
        .list(
          element: entry.with(type: .structure(parts.map(\.field)), .structure(parts)),
          definition: definition))
    default: return self
    }
  }

  private func hasID(of field: Field) -> Bool {
    field.columnMappingID != nil && field.columnMappingID == element?.fieldID
  }
}

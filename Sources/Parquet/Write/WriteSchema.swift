// The schema of a file that is written: its elements, and the leaves that chunks are written of.
import Base
package import Columns

/// A leaf of the file, and what its values are.
struct WriteLeaf: Sendable {
  let column: LeafColumn
  let type: DataType
  /// Names from the root, for errors.
  var name: String { column.path.joined(separator: ".") }
  /// Whether statistics of the leaf are a row's: no list stands above it.
  var isPerRow: Bool { column.maxRepetition == 0 }
  /// What values have to fit, for errors: `long`, `float as FLOAT16`.
  var valueName: String {
    StoreConversion(type, column.element) == nil
      ? "\(type)" : "\(type) as \(StoredAs(column.element))"
  }
}

struct WriteSchema: Sendable {
  let elements: [SchemaElement]
  let leaves: [WriteLeaf]
  /// The columns as the file has them: VARIANTs are structs.
  let fields: [Field]

  /// - Throws: `ParquetError` (`unsupported`) for a type that Parquet has no place for.
  init(_ schema: Schema, _ options: ParquetWriteOptions) throws(ParquetError) {
    elements = try schemaElements(of: schema, storage: options.storage)
    fields = schema.fields.map { field in
      var field = field
      if let storage = options.storage[field.name] { field.type = field.type.stored(storage) }
      return field
    }
    let types = fields.flatMap { leafTypes($0.type) }
    leaves = zip(try SchemaTree(elements).leaves, types).map { WriteLeaf(column: $0, type: $1) }
  }
}

extension DataType {
  /// The type with a struct wherever the file has a VARIANT.
  ///
  /// - Precondition: `storage` has the type's shape: `schemaElements` took it.
  fileprivate func stored(_ storage: ColumnStorage) -> DataType {
    func part(_ index: Int) -> ColumnStorage {
      storage.children.isEmpty ? ColumnStorage() : storage.children[index]
    }
    switch self {
    case .string where storage.stored?.isVariant == true: return variantType
    case .structure(var fields):
      for index in fields.indices { fields[index].type = fields[index].type.stored(part(index)) }
      return .structure(fields)
    case .array(let element, let containsNull):
      return .array(element: element.stored(part(0)), containsNull: containsNull)
    case .map(let key, let value, let valueContainsNull):
      return .map(
        key: key.stored(part(0)), value: value.stored(part(1)),
        valueContainsNull: valueContainsNull)
    default: return self
    }
  }
}

extension Schema {
  /// `keys`, positions of columns that are leaves themselves, as the footer has them.
  package func sortingColumns(
    _ keys: [(column: Int, isDescending: Bool, nullsFirst: Bool)]
  ) -> [SortingColumn] {
    keys.map { key in
      let leafIndex = fields[..<key.column].reduce(0) { $0 + leafTypes($1.type).count }
      return SortingColumn(
        columnIndex: Int32(leafIndex), isDescending: key.isDescending, nullsFirst: key.nullsFirst)
    }
  }
}

/// The types of the leaves below `type`, in order; itself if it is not nested.
func leafTypes(_ type: DataType) -> [DataType] {
  switch type {
  case .structure(let fields): fields.flatMap { leafTypes($0.type) }
  case .array(let element, _): leafTypes(element)
  case .map(let key, let value, _): leafTypes(key) + leafTypes(value)
  default: [type]
  }
}

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
}

struct WriteSchema: Sendable {
  let elements: [SchemaElement]
  let leaves: [WriteLeaf]

  /// - Throws: `ParquetError` (`unsupported`) for a type that Parquet has no place for.
  init(_ schema: Schema) throws(ParquetError) {
    elements = try schemaElements(of: schema)
    let types = schema.fields.flatMap { leafTypes($0.type) }
    leaves = zip(try SchemaTree(elements).leaves, types).map { WriteLeaf(column: $0, type: $1) }
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

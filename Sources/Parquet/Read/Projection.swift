import Base
package import Columns

/// What of a file is read: its columns, or any of its leaves.
package struct Projection: Sendable {
  /// The columns of the batches, in order.
  package let shapes: [ColumnShape]

  package var schema: Schema { Schema(shapes.map(\.field)) }
  /// Indices of the leaves that are read.
  package var leaves: [Int] { shapes.flatMap(\.leaves) }

  /// Whole columns, in any order.
  ///
  /// - Parameter columns: positions in `metadata.schema`; none is legal and gives rows without
  ///   columns.
  package init(columns: [Int], of metadata: ParquetMetadata) throws(ParquetError) {
    var shapes: [ColumnShape] = []
    for column in columns {
      guard metadata.shapes.indices.contains(column) else {
        throw ParquetError(.invalidArgument, "there is no column \(column)")
      }
      shapes.append(metadata.shapes[column])
    }
    self.shapes = shapes
  }

  /// Columns of a file, whole or what `ColumnShape.keeping` left of them, in any order.
  package init(_ shapes: [ColumnShape]) { self.shapes = shapes }

  /// Every column that has one of the leaves, in the order of the file; structs have only the
  /// fields that are asked for.
  package init(leaves: [Int], of metadata: ParquetMetadata) throws(ParquetError) {
    guard leaves.allSatisfy(metadata.tree.leaves.indices.contains) else {
      throw ParquetError(.invalidArgument, "there is no such leaf")
    }
    let kept = Set(leaves)
    shapes = metadata.shapes.compactMap { $0.keeping(kept) }
  }

  /// The leaves at or below each path of names in the file's tree. Paths that the file does not
  /// have are left out.
  package init(paths: [[String]], of metadata: ParquetMetadata) throws(ParquetError) {
    let leaves = metadata.tree.leaves.filter { leaf in
      paths.contains { leaf.path.starts(with: $0) }
    }
    try self.init(leaves: leaves.map(\.index), of: metadata)
  }
}

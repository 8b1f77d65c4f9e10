import Base
import Columns

/// Decodes one column of a row group, with all its leaves.
///
/// Each leaf tells the rows of every node above it; where several do, they have to agree.
final class ColumnDecoder {
  let shape: ColumnShape
  let leaves: [LeafDecoder]
  /// Positions in `leaves` by the index of the leaf in the file.
  private let positions: [Int: Int]
  private var rows: [LeafRows] = []

  /// - Parameter leaves: those of `shape`, in order.
  init(_ shape: ColumnShape, leaves: [LeafDecoder]) {
    self.shape = shape
    self.leaves = leaves
    positions = Dictionary(
      zip(leaves.map(\.leaf.index), leaves.indices), uniquingKeysWith: { first, _ in first })
  }

  /// The rows that every leaf was asked for.
  ///
  /// - Throws: `ParquetError` when the leaves do not tell the same rows.
  func take() throws(ParquetError) -> Column {
    rows = leaves.map { $0.take() }
    defer { rows = [] }
    return try column(shape, depth: 0)
  }

  /// - Parameters:
  ///   - depth: number of nodes above.
  ///   - outer: which rows of the struct above are there; nil: all.
  private func column(
    _ shape: ColumnShape, depth: Int, outer: Bitmap? = nil
  ) throws(ParquetError) -> Column {
    if case .leaf(let index) = shape.kind { return rows[position(index)].column }
    let own = try nestedRows(shape, depth: depth)
    let isList = shape.type.elementField != nil
    let present = own.validity ?? outer
    var children: [Column] = []
    for child in shape.children {
      children.append(try column(child, depth: depth + 1, outer: isList ? nil : present))
    }
    let count = isList ? own.slices.count : children[0].count
    // A leaf's own levels cannot disagree, but those of another can.
    guard own.validity?.count ?? count == count else { throw disagree(shape) }
    if case .list = shape.kind {
      guard children[0].count == own.elementCount else { throw disagree(shape) }
      return Column(
        type: shape.type, validity: own.validity, values: .list(own.slices, element: children[0]))
    }
    guard children.allSatisfy({ $0.count == count }) else { throw disagree(shape) }
    guard case .variant(let shapes) = shape.kind else {
      return Column(
        type: shape.type, validity: own.validity, values: .structure(children, count: count))
    }
    func child(_ name: String) -> Column? {
      shapes.firstIndex { $0.field.name == name }.map { children[$0] }
    }
    guard let metadata = child("metadata"), present?.count ?? count == count else {
      throw disagree(shape)
    }
    // One that is required has no nulls of its own, but no value either where a struct is null.
    return try variantColumn(
      metadata: metadata, value: child("value"), typed: child("typed_value"),
      validity: present, place: place(of: shape))
  }

  /// The rows of a node, as its first leaf tells them.
  ///
  /// - Throws: `ParquetError` when another leaf tells them otherwise.
  private func nestedRows(
    _ shape: ColumnShape, depth: Int
  ) throws(ParquetError) -> NestedRows.Taken {
    let leaves = shape.leaves
    let first = rows[position(leaves[0])].nested[depth]
    for leaf in leaves.dropFirst() {
      guard rows[position(leaf)].nested[depth] == first else { throw disagree(shape) }
    }
    return first
  }

  private func position(_ leaf: Int) -> Int { positions[leaf]! }

  private func place(of shape: ColumnShape) -> ParquetPlace {
    leaves[position(shape.leaves[0])].place
  }

  private func disagree(_ shape: ColumnShape) -> ParquetError {
    .corrupt("the leaves of \"\(shape.field.name)\" have different rows", at: place(of: shape))
  }
}

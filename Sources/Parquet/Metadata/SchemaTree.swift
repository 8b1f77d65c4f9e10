// The schema of a file is a tree, listed depth first in the footer:
//
//   schema (root)                      levels a leaf's page stores for each value:
//     required int64 a                   definition: how many optional or repeated nodes of its
//     optional group b                   path are there; repetition: at which repeated node of its
//       repeated int32 c                 path the value continues the row (0: a new row)
//
//   a: maximum definition 0, repetition 0      b.c: definition 2, repetition 1
import Base

/// A node of the schema tree with the levels it stands at.
package struct SchemaNode: Sendable {
  package let element: SchemaElement
  package let children: [SchemaNode]
  /// Definition level of a value that is there.
  package let maxDefinition: Int
  package let maxRepetition: Int
  /// Position among the leaves of the file, which is the position of its chunk in a row group.
  /// For groups the first leaf below.
  package let firstLeaf: Int
  package let leafCount: Int

  package var name: String { element.name }
  package var isLeaf: Bool { element.type != nil }
}

/// One leaf: a column as the format sees it.
package struct LeafColumn: Sendable {
  package let element: SchemaElement
  package let type: ParquetType
  package let path: [String]
  package let maxDefinition: Int
  package let maxRepetition: Int
  package let index: Int
}

/// The schema of a file as a tree.
package struct SchemaTree: Sendable {
  package let root: SchemaNode
  /// In the order of the chunks of a row group.
  package let leaves: [LeafColumn]

  /// - Throws: `ParquetError` when the elements are no tree, or nest or number past the limits.
  package init(_ elements: [SchemaElement]) throws(ParquetError) {
    guard elements.count <= Limits.fieldCount else {
      throw ParquetError(.unsupported, "the schema has \(elements.count) elements")
    }
    var builder = TreeBuilder(elements: elements)
    root = try builder.node(path: [], definition: 0, repetition: 0)
    guard builder.position == elements.count else {
      throw .corrupt("the schema has elements outside its root", at: ParquetPlace())
    }
    leaves = builder.leaves
  }

  /// The leaf of a top-level column; nil when it is nested.
  package func flatLeaf(ofColumn column: Int) -> LeafColumn? {
    let node = root.children[column]
    guard node.isLeaf, node.element.repetition != .repeated else { return nil }
    return leaves[node.firstLeaf]
  }

  /// The leaf at exactly this path.
  package func leaf(_ path: [String]) -> LeafColumn? { leaves.first { $0.path == path } }
}

private struct TreeBuilder {
  let elements: [SchemaElement]
  var position = 0
  var leaves: [LeafColumn] = []

  mutating func node(
    path: [String], definition: Int, repetition: Int
  ) throws(ParquetError) -> SchemaNode {
    guard position < elements.count else {
      throw .corrupt("the schema ends early", at: ParquetPlace())
    }
    guard path.count <= Limits.schemaDepth else {
      throw ParquetError(
        .unsupported, "a column lies in more than \(Limits.schemaDepth) groups",
        at: ParquetPlace(column: path[0]))
    }
    let isRoot = position == 0
    let element = elements[position]
    position += 1
    var definition = definition
    var repetition = repetition
    if !isRoot {
      if element.vectorLength != nil {
        throw .unsupported("a VECTOR", at: ParquetPlace(column: element.name))
      }
      guard let kind = element.repetition else {
        throw .corrupt("schema element \"\(element.name)\" has no repetition", at: ParquetPlace())
      }
      if kind != .required { definition += 1 }
      if kind == .repeated { repetition += 1 }
    }
    let firstLeaf = leaves.count
    var children: [SchemaNode] = []
    if let type = element.type {
      guard !isRoot, (element.childCount ?? 0) == 0 else {
        throw .corrupt("schema element \"\(element.name)\" is leaf and group", at: ParquetPlace())
      }
      leaves.append(
        LeafColumn(
          element: element, type: type, path: path, maxDefinition: definition,
          maxRepetition: repetition, index: leaves.count))
    } else {
      let count = Int(element.childCount ?? 0)
      guard count >= 0, count <= elements.count - position else {
        throw .corrupt("schema group \"\(element.name)\" has a bad size", at: ParquetPlace())
      }
      for _ in 0..<count {
        guard position < elements.count else {
          throw .corrupt("the schema ends early", at: ParquetPlace())
        }
        children.append(
          try node(
            path: path + [elements[position].name], definition: definition, repetition: repetition))
      }
    }
    return SchemaNode(
      element: element, children: children, maxDefinition: definition, maxRepetition: repetition,
      firstLeaf: firstLeaf, leafCount: leaves.count - firstLeaf)
  }
}

// How a column of the batches comes out of the leaves of the file. The schema tree says how values
// are stored; its annotations say what was meant (LogicalTypes.md, "Nested Types"):
//
//   optional group tags (LIST)         array<string>    a list is there from definition level 1 on,
//     repeated group list                               an element from 2 on, its value at 3
//       optional binary element
//
//   optional group tags (LIST)         the same without null elements, as old writers had it
//     repeated binary array
//
//   repeated binary tags               no annotation: a list that is never null
//
//   optional group properties (MAP)    map<string, string>; MAP_KEY_VALUE means the same; without
//     repeated group key_value         a value it is a list of keys
//       required binary key
//       optional binary value
//
// Names are no part of this, but for "array" and "_tuple" in old lists.
package import Columns

/// A column, or a part of a nested one: its type, and the levels at which its rows are there.
package struct ColumnShape: Sendable {
  package indirect enum Kind: Sendable {
    /// Index of the leaf in the file.
    case leaf(Int)
    case structure([ColumnShape])
    /// Arrays and maps. From `definition` on, that of the repeated node, there is an element.
    case list(element: ColumnShape, definition: Int)
    /// The children of a VARIANT group: `metadata`, `value`, `typed_value` in any order.
    case variant([ColumnShape])
  }

  package let field: Field
  package let kind: Kind
  /// Definition level from which on a row is there. Rows are null below it if the field is
  /// nullable; if not, they are only missing where what lies above is null.
  package let definition: Int
  /// The schema's element for the whole of it; nil for a bare repeated node's list.
  package let element: SchemaElement?

  package init(
    _ field: Field, _ kind: Kind, definition: Int, element: SchemaElement? = nil
  ) {
    self.field = field
    self.kind = kind
    self.definition = definition
    self.element = element
  }

  package var type: DataType { field.type }

  /// The parts of this one, none for leaves.
  package var children: [ColumnShape] {
    switch kind {
    case .leaf: []
    case .structure(let children), .variant(let children): children
    case .list(let element, _): [element]
    }
  }

  /// Indices of the leaves below, in order.
  package var leaves: [Int] {
    if case .leaf(let index) = kind { return [index] }
    return children.flatMap(\.leaves)
  }

  /// The same with some of its leaves; nil without any. Maps keep their keys and variants
  /// everything, for their rows mean nothing without.
  package func keeping(_ kept: Set<Int>) -> ColumnShape? {
    let leaves = leaves
    guard leaves.contains(where: kept.contains) else { return nil }
    if leaves.allSatisfy(kept.contains) { return self }
    switch kind {
    case .leaf, .variant: return self
    case .structure(let children):
      let children = children.compactMap { $0.keeping(kept) }
      return with(type: .structure(children.map(\.field)), .structure(children))
    case .list(let element, let definition):
      guard case .map(_, _, let containsNull) = type, case .structure(let entry) = element.kind
      else {
        guard let part = element.keeping(kept) else { return nil }
        return with(
          type: .array(element: part.type, containsNull: part.field.nullable),
          .list(element: part, definition: definition))
      }
      let value = entry[1].keeping(kept) ?? entry[1]
      let part = element.with(
        type: .structure([entry[0].field, value.field]), .structure([entry[0], value]))
      return with(
        type: .map(key: entry[0].type, value: value.type, valueContainsNull: containsNull),
        .list(element: part, definition: definition))
    }
  }

  /// Every leaf, in order, with the nodes above it that are part of this column, outermost first.
  /// O(leaves x depth).
  var nestedLeaves: [(leaf: Int, nodes: [NestedNode])] {
    var leaves: [(leaf: Int, nodes: [NestedNode])] = []
    var nodes: [NestedNode] = []
    appendLeaves(to: &leaves, below: &nodes, repetition: 0, slotDefinition: 0)
    return leaves
  }

  /// - Parameters:
  ///   - repetition: number of lists in `nodes`.
  ///   - slotDefinition: of the innermost of them.
  private func appendLeaves(
    to leaves: inout [(leaf: Int, nodes: [NestedNode])], below nodes: inout [NestedNode],
    repetition: Int, slotDefinition: Int
  ) {
    if case .leaf(let index) = kind { return leaves.append((index, nodes)) }
    var elementDefinition: Int?
    if case .list(_, let definition) = kind { elementDefinition = definition }
    nodes.append(
      NestedNode(
        repetition: repetition, slotDefinition: slotDefinition,
        nullDefinition: field.nullable ? definition : nil, elementDefinition: elementDefinition))
    for child in children {
      child.appendLeaves(
        to: &leaves, below: &nodes, repetition: repetition + (elementDefinition == nil ? 0 : 1),
        slotDefinition: elementDefinition ?? slotDefinition)
    }
    nodes.removeLast()
  }

  /// The same with another type and kind.
  package func with(type: DataType, _ kind: Kind) -> ColumnShape {
    var field = field
    field.type = type
    return ColumnShape(field, kind, definition: definition, element: element)
  }

  /// The same under another name.
  package func named(_ name: String) -> ColumnShape { renamed(name, nullable: field.nullable) }

  fileprivate func renamed(_ name: String, nullable: Bool) -> ColumnShape {
    var field = field
    field.name = name
    field.nullable = nullable
    return ColumnShape(field, kind, definition: definition, element: element)
  }
}

extension SchemaTree {
  /// The columns of the file: its root's children.
  ///
  /// - Throws: `ParquetError` when an annotation and what it stands at do not go together.
  package func columnShapes() throws(ParquetError) -> [ColumnShape] {
    try shapes(of: root.children)
  }
}

private func shapes(of nodes: [SchemaNode]) throws(ParquetError) -> [ColumnShape] {
  var shapes: [ColumnShape] = []
  shapes.reserveCapacity(nodes.count)
  for node in nodes { shapes.append(try shape(of: node)) }
  return shapes
}

/// A bare repeated node, outside LIST and MAP, is an array of what it holds.
private func shape(of node: SchemaNode) throws(ParquetError) -> ColumnShape {
  let one = try occurrence(of: node)
  return node.element.repetition == .repeated ? list(node.name, of: one, repeating: node) : one
}

/// A list that is never null.
private func list(
  _ name: String, of element: ColumnShape, repeating node: SchemaNode
) -> ColumnShape {
  ColumnShape(
    Field(
      name, .array(element: element.type, containsNull: element.field.nullable), nullable: false),
    .list(element: element, definition: node.maxDefinition),
    definition: node.maxDefinition - 1)
}

/// One occurrence of `node`, its being repeated left aside.
private func occurrence(of node: SchemaNode) throws(ParquetError) -> ColumnShape {
  let nullable = node.element.repetition == .optional
  func shape(_ type: DataType, _ kind: ColumnShape.Kind) -> ColumnShape {
    ColumnShape(
      Field(node.name, type, nullable: nullable), kind, definition: node.maxDefinition,
      element: node.element)
  }
  if node.isLeaf {
    let type = try LeafMapping(node.element).type
    // A column of nothing but nulls has them even where the file requires values.
    let leaf = shape(type, .leaf(node.firstLeaf))
    return type == .void ? leaf.renamed(node.name, nullable: true) : leaf
  }
  switch node.element.annotation {
  case .list:
    if let list = try annotatedList(node) { return shape(list.type, list.kind) }
  case .map:
    if let map = try annotatedMap(node) { return shape(map.type, map.kind) }
  case .variant:
    if let type = try unsupportedVariantType(node) {
      // Stands in the schema, and is refused by name when it is asked for.
      return shape(.other(type), .leaf(node.firstLeaf))
    }
    return shape(.string, .variant(try shapes(of: node.children)))
  default: break
  }
  let children = try shapes(of: node.children)
  return shape(.structure(children.map(\.field)), .structure(children))
}

/// The node that a LIST or MAP repeats: its only child.
private func repeatedChild(_ node: SchemaNode) -> SchemaNode? {
  guard node.children.count == 1, node.children[0].element.repetition == .repeated else {
    return nil
  }
  return node.children[0]
}

/// LogicalTypes.md, "Lists": the rules of backward compatibility, in their order.
private func annotatedList(_ node: SchemaNode) throws(ParquetError) -> ColumnShape? {
  guard let repeated = repeatedChild(node) else { return nil }
  let isElement =
    repeated.isLeaf || repeated.children.count != 1
    || repeated.children[0].element.repetition == .repeated
    || repeated.name == "array" || repeated.name == node.name + "_tuple"
  let element =
    isElement ? try occurrence(of: repeated) : try occurrence(of: repeated.children[0])
  return list(node.name, of: element, repeating: repeated)
}

/// LogicalTypes.md, "Maps". Keys are never null whatever their repetition says.
private func annotatedMap(_ node: SchemaNode) throws(ParquetError) -> ColumnShape? {
  guard let repeated = repeatedChild(node), (1...2).contains(repeated.children.count) else {
    return nil
  }
  let entry = try shapes(of: repeated.children)
  guard entry.count == 2 else { return list(node.name, of: entry[0], repeating: repeated) }
  let key = entry[0].renamed("key", nullable: false)
  let value = entry[1].named("value")
  let element = ColumnShape(
    Field("key_value", .structure([key.field, value.field]), nullable: false),
    .structure([key, value]), definition: repeated.maxDefinition)
  return ColumnShape(
    Field(
      node.name,
      .map(key: key.type, value: value.type, valueContainsNull: value.field.nullable),
      nullable: false),
    .list(element: element, definition: repeated.maxDefinition),
    definition: repeated.maxDefinition - 1)
}

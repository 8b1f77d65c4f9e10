import Base
import Columns

/// The nodes of a schema: the root is a struct of the columns, or the one column that any value
/// fills. Owns them and their memory, which lasts from batch to batch.
// SAFETY: nodes lie in one allocation, which only `deinit` frees; a `JSONNodeRef` of the tree
// points into it, and children point at nodes of the same tree.
@safe
final class JSONColumnTree {
  private let nodes: UnsafeMutablePointer<JSONNode>
  private let nodeCount: Int
  /// Position of the member of each name under a struct: exactly, and without regard to case.
  private var positions: [Int: [String: Int]] = [:]
  private var foldedPositions: [Int: [String: Int]] = [:]

  /// - Throws: `unsupported` for a column of a type that JSON does not fill, `invalidArgument` for
  ///   inferred or rescued columns that are not there.
  init(_ options: JSONParserOptions) throws(IngestError) {
    let fields = options.schema.fields
    for field in fields { try JSONColumnTree.check(field.type, field.name) }
    guard options.inferredColumns.union(options.absenceColumns).allSatisfy(fields.indices.contains),
      options.areObjects || fields.count == 1,
      !options.rescues || fields.last?.type == .string && options.areObjects,
      !options.areTuples || options.areObjects && !options.rescues
    else {
      throw IngestError(
        .invalidArgument, "an inferred, rescued or value column that the schema does not have")
    }
    let below = fields.reduce(0) { $0 + JSONColumnTree.nodeCount($1.type) }
    nodeCount = options.areObjects ? 1 + below : below
    // SAFETY: as many nodes as are made below; `deinit` frees what each of them owns.
    unsafe nodes = .allocate(capacity: nodeCount)
    let root = options.areObjects ? Field("", .structure(fields), nullable: false) : fields[0]
    var used = 1
    unsafe make(
      nodes, root, parent: nil, column: options.areObjects ? -1 : 0,
      given: .structure(options.schema.fields), options, &used)
    if options.rescues { replaceLast(fields.count - 1) }
    if options.areObjects {
      for column in options.absenceColumns {
        unsafe self.root.child(column).base.pointee.notesAbsence = true
      }
    }
    for node in 0..<used { noteNames(unsafe JSONNodeRef(base: nodes + node)) }
  }

  deinit {
    // SAFETY: every node was made by `make`, and its memory is its own.
    for index in 0..<nodeCount {
      let node = unsafe nodes + index
      unsafe node.pointee.slots.deallocate()
      unsafe node.pointee.nulls.deallocate()
      unsafe node.pointee.pattern.deallocate()
    }
    unsafe nodes.deinitialize(count: nodeCount)
    unsafe nodes.deallocate()
  }

  // SAFETY: the first node is made by `init`.
  var root: JSONNodeRef { unsafe JSONNodeRef(base: nodes) }

  /// Starts a batch.
  func removeAll() {
    for index in 0..<nodeCount {
      // SAFETY: `init` made so many nodes.
      let node = unsafe JSONNodeRef(base: nodes + index)
      node.count = 0
      node.variantRow = -1
      unsafe node.base.pointee.nullWordCount = 0
    }
  }

  /// The member of a struct called `name`, and whether only without regard to case. O(1).
  func member(_ name: String, of parent: JSONNodeRef) -> (node: JSONNodeRef, isVariant: Bool)? {
    let key = unsafe parent.base - nodes
    if let index = positions[key]?[name] { return (parent.child(index), false) }
    guard let index = foldedPositions[key]?[name.lowercased()] else { return nil }
    return (parent.child(index), true)
  }

  // MARK: Making

  private static func check(_ type: DataType, _ name: String) throws(IngestError) {
    switch type {
    case .structure(let fields): for field in fields { try check(field.type, name) }
    case .array(let element, _): try check(element, name)
    case .map(.string, let value, _): try check(value, name)
    case .boolean, .byte, .short, .integer, .long, .float, .double, .decimal, .string, .date,
      .timestamp, .timestampNtz, .void:
      return
    default:
      throw IngestError(
        .unsupported, "JSON cannot fill type \(type)", place: "column \"\(name)\"")
    }
  }

  private static func nodeCount(_ type: DataType) -> Int {
    switch type {
    case .structure(let fields): 1 + fields.reduce(0) { $0 + nodeCount($1.type) }
    case .array(let element, _): 1 + nodeCount(element)
    case .map(_, let value, _): 2 + nodeCount(value)
    default: 1
    }
  }

  private func make(
    _ node: UnsafeMutablePointer<JSONNode>, _ field: Field,
    parent: UnsafeMutablePointer<JSONNode>?, column: Int, given: DataType?,
    _ options: JSONParserOptions, _ used: inout Int
  ) {
    let pattern = jsonPattern(field.jsonKey)
    // SAFETY: `node` lies in `nodes` and was not made before; so do its children, `used` on.
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: pattern.count + 8)
    unsafe bytes.update(repeating: 0, count: pattern.count + 8)
    for (index, byte) in pattern.enumerated() { unsafe bytes[index] = byte }
    let children = childFields(field.type)
    unsafe node.initialize(
      to: JSONNode(
        kind: column < 0 ? .structure : JSONColumnTree.kind(field.type), isNullable: field.nullable,
        guess: JSONColumnTree.guess(column, given, options), column: column, field: field,
        storedType: field.type.storedType,
        parent: parent, children: nodes + used, childCount: children.count,
        slots: .allocate(capacity: 1), nulls: .allocate(capacity: 1), pattern: bytes,
        patternCount: pattern.count))
    let first = used
    used += children.count
    for (index, child) in children.enumerated() {
      let isColumn = column < 0
      unsafe make(
        nodes + first + index, child, parent: node, column: isColumn ? index : column,
        given: isColumn
          ? options.givenTypes[index] ?? child.type
          : given.flatMap { childFields($0).first { $0.name.isSameName(child.name) }?.type },
        options, &used)
    }
  }

  /// - Parameter given: nil for what the given type of its column does not have.
  private static func guess(
    _ column: Int, _ given: DataType?, _ options: JSONParserOptions
  ) -> JSONNode.Guess {
    if given == nil { return .inferred }
    guard options.inferredColumns.contains(column) else { return .declared }
    return options.numberColumns.contains(column) ? .number : .inferred
  }

  private func childFields(_ type: DataType) -> [Field] {
    switch type {
    case .structure(let fields): fields
    case .array(let element, let containsNull):
      [Field("element", element, nullable: containsNull)]
    case .map(let key, let value, let containsNull):
      [Field("key", key, nullable: false), Field("value", value, nullable: containsNull)]
    default: []
    }
  }

  private static func kind(_ type: DataType) -> JSONNode.Kind {
    switch type {
    case .structure(let fields): fields.isEmpty ? .emptyObject : .structure
    case .array: .list
    case .map: .map
    case .boolean: .boolean
    case .date, .timestamp, .timestampNtz: .temporal
    case .string: .text
    case .void: .void
    default: .number
    }
  }

  /// The last column is not filled by a member.
  private func replaceLast(_ column: Int) {
    // SAFETY: the column's node exists, and has no children.
    let node = unsafe root.child(column).base
    let old = unsafe node.pointee
    unsafe node.pointee = JSONNode(
      kind: .rescued, isNullable: true, guess: .declared, column: column, field: old.field,
      storedType: old.storedType,
      parent: old.parent, children: old.children, slots: old.slots, nulls: old.nulls,
      pattern: old.pattern)
  }

  private func noteNames(_ node: JSONNodeRef) {
    guard node.kind == .structure else { return }
    let key = unsafe node.base - nodes
    for index in 0..<node.childCount where node.child(index).kind != .rescued {
      let name = node.child(index).field.jsonKey
      positions[key, default: [:]][name] = index
      if foldedPositions[key]?[name.lowercased()] == nil {
        foldedPositions[key, default: [:]][name.lowercased()] = index
      }
    }
  }
}

/// `"name":`, or nothing for a name with bytes that JSON escapes.
private func jsonPattern(_ name: String) -> [UInt8] {
  let bytes = Array(name.utf8)
  if bytes.contains(where: { $0 < 0x20 || $0 == ASCII.quote || $0 == ASCII.backslash }) {
    return []
  }
  return [ASCII.quote] + bytes + [ASCII.quote, ASCII.colon]
}

extension String {
  fileprivate func isSameName(_ other: String) -> Bool { lowercased() == other.lowercased() }
}

import Columns
import JSON

/// What the objects seen at one place have in common.
///
/// A struct with a field a member, unless there is no end to the names of the members. Then the
/// names are data, and the objects are maps, if one type holds all members as they were written.
///
///  1. More than 64 names, of which an object has less than a quarter on average; or more than 1000
///     names: a map, if the members are of one family of types.
///  2. Else, if there are more than 1000 names: JSON text.
///  3. Else a struct.
///
/// One family: all members join to a type that is no string, or all are strings.
struct JSONObjectShape: Sendable, Equatable {
  static let sparseNamesMin = 64
  static let fieldsMax = 1000

  private(set) var names: [String] = []
  private(set) var shapes: [JSONShape] = []
  /// Position of each name; names that differ only in case share one.
  private var positions: [String: Int] = [:]
  private var foldedPositions: [String: Int] = [:]
  var objectCount = 0
  var memberCount = 0
  /// Members of the largest object.
  var largest = 0
  /// Of a map: what all members join to. None: no map yet.
  private var mapValue: [JSONShape] = []
  /// Too many names for a struct, and values of many kinds.
  private var isText = false
  /// Whether the members are the columns of a table, which are never a map.
  var isTable = false

  mutating func observe(_ value: JSONValue, _ formats: ValueFormats, depth: Int) {
    if isText { return }
    objectCount += 1
    var count = 0
    for (name, member) in value.members {
      count += 1
      withMember(name) { $0.observe(member, formats, depth: depth) }
    }
    memberCount += count
    largest = max(largest, count)
  }

  /// Changes what is known of the member `name`.
  mutating func withMember(_ name: String, _ body: (inout JSONShape) -> Void) {
    if isText { return }
    if !mapValue.isEmpty { return body(&mapValue[0]) }
    body(&shapes[position(of: name)])
    if names.count > JSONObjectShape.fieldsMax && !isTable { collapse() }
  }

  private mutating func position(of name: String) -> Int {
    if let known = positions[name] { return known }
    let folded = name.lowercased()
    if let known = foldedPositions[folded] {
      positions[name] = known
      return known
    }
    names.append(name)
    shapes.append(JSONShape())
    positions[name] = shapes.count - 1
    foldedPositions[folded] = shapes.count - 1
    return shapes.count - 1
  }

  mutating func merge(_ other: JSONObjectShape) {
    objectCount += other.objectCount
    memberCount += other.memberCount
    largest = max(largest, other.largest)
    if isText || other.isText { return becomeText() }
    if let value = other.mapValue.first {
      becomeMap(value)
    } else {
      for (name, shape) in zip(other.names, other.shapes) {
        withMember(name) { $0.merge(shape) }
      }
    }
  }

  mutating func becomeMap(_ value: JSONShape) {
    if isText { return }
    var joined = mapValue.first ?? JSONShape()
    joined.merge(value)
    for shape in shapes { joined.merge(shape) }
    (names, shapes, positions, foldedPositions) = ([], [], [:], [:])
    mapValue = [joined]
  }

  private mutating func becomeText() {
    (names, shapes, positions, foldedPositions, mapValue) = ([], [], [:], [:], [])
    isText = true
  }

  private mutating func collapse() {
    if let value = commonValue { becomeMap(value) } else { becomeText() }
  }

  /// What all members join to, if they are of one family.
  private var commonValue: JSONShape? {
    var joined = JSONShape()
    var hasOther = false
    for shape in shapes {
      joined.merge(shape)
      if !shape.isEmpty && shape.type != .string { hasOther = true }
    }
    return hasOther && joined.type == .string ? nil : joined
  }

  private var isSparse: Bool {
    names.count > JSONObjectShape.sparseNamesMin
      && memberCount * 4 < objectCount * names.count
  }

  var type: DataType {
    if isText { return .string }
    if let value = mapValue.first ?? (isSparse ? commonValue : nil) {
      return .map(key: .string, value: value.type, valueContainsNull: true)
    }
    return .structure(fields)
  }

  /// A field a name, as they first appeared.
  var fields: [Field] { zip(names, shapes).map { Field(member: $0, $1.type, among: names) } }
}

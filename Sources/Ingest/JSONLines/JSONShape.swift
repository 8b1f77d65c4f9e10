import Base
package import Columns
import JSON

/// What the values seen at one place of JSON records allow a column to be: scalars, objects by
/// member, elements of arrays. Joining is commutative and associative but for the order of members,
/// which is that of their first appearance. spec/ingest/json.md, "Types".
struct JSONShape: Sendable, Equatable {
  var scalar = JSONScalarEvidence()
  /// None or one, as an array to have a place of its own in memory.
  private var objects: [JSONObjectShape] = []
  private var elements: [JSONShape] = []
  /// An array or object deeper than types go.
  private var isTooDeep = false

  init() {}

  /// Levels of arrays and objects that become types; what is deeper is text.
  static let depthMax = 24

  var isEmpty: Bool { scalar.kinds.isEmpty && objects.isEmpty && elements.isEmpty && !isTooDeep }
  var object: JSONObjectShape? { objects.first }
  var element: JSONShape? { elements.first }

  /// Whether nothing can change the type any more.
  var isText: Bool {
    if isTooDeep || scalar.kinds.contains(.text) { return true }
    let families = (scalar.kinds.isEmpty ? 0 : 1) + objects.count + elements.count
    return families > 1
  }

  mutating func merge(_ other: JSONShape) {
    if isText && other.isText { return }
    scalar.merge(other.scalar)
    isTooDeep = isTooDeep || other.isTooDeep
    if let object = other.object { withObject { $0.merge(object) } }
    if let element = other.element { withElement { $0.merge(element) } }
  }

  mutating func withObject(_ body: (inout JSONObjectShape) -> Void) {
    if objects.isEmpty { objects.append(JSONObjectShape()) }
    body(&objects[0])
  }

  mutating func withElement(_ body: (inout JSONShape) -> Void) {
    if elements.isEmpty { elements.append(JSONShape()) }
    body(&elements[0])
  }
}

// MARK: From values

extension JSONShape {
  /// Notes one more value. O(its text).
  mutating func observe(_ value: JSONValue, _ formats: ValueFormats, depth: Int = 0) {
    if isText { return }
    switch value.kind {
    case .null: return
    case .boolean: scalar.merge(JSONScalarEvidence(.boolean))
    case .number:
      let text = Array((value.numberText ?? "").utf8)
      scalar.merge(withField(text) { $0.classifyJSONNumber() })
    case .string:
      let text = Array((value.string ?? "").utf8)
      scalar.merge(withField(text) { $0.classifyJSONString(formats) })
    case .array where depth < JSONShape.depthMax:
      withElement { shape in
        for element in value.elements { shape.observe(element, formats, depth: depth + 1) }
      }
    case .object where depth < JSONShape.depthMax:
      withObject { $0.observe(value, formats, depth: depth + 1) }
    default: isTooDeep = true
    }
  }
}

/// Calls `body` with a text of its own.
func withField<R>(_ bytes: [UInt8], _ body: (FieldText) -> R) -> R {
  let buffer = Buffer(bytes)
  // SAFETY: the range is the buffer's, which outlives the call.
  return unsafe buffer.withUnsafePointer { base in
    body(FieldText(unsafe TextPointer(base: base), 0..<buffer.count, trimsSpaces: false))
  }
}

// MARK: From and to types

extension JSONShape {
  /// A shape equal to having seen values that need just `type`.
  init(type: DataType) {
    switch type {
    case .void: return
    case .structure(let fields):
      withObject { object in
        object.objectCount = 1
        object.memberCount = fields.count
        object.largest = fields.count
        for field in fields {
          object.withMember(field.jsonKey) { $0.merge(JSONShape(type: field.type)) }
        }
      }
    case .array(let element, _): withElement { $0.merge(JSONShape(type: element)) }
    case .map(_, let value, _):
      withObject { $0.becomeMap(JSONShape(type: value)) }
    default: scalar = JSONScalarEvidence(type: type)
    }
  }

  /// The narrowest type that holds every value as it was written. `void` where no value was seen,
  /// an empty struct where only empty objects were; `storedType` makes them what tables can hold.
  var type: DataType {
    if isEmpty { return .void }
    if isText { return .string }
    if let object { return object.type }
    if let element { return .array(element: element.type, containsNull: true) }
    return scalar.type
  }
}

/// The narrowest type that holds the values of both types. O(fields).
func joinedType(_ a: DataType, _ b: DataType) -> DataType {
  if a == b { return a }
  var shape = JSONShape(type: a)
  shape.merge(JSONShape(type: b))
  return shape.type
}

extension DataType {
  /// The type as columns and tables hold it: what is `void` is a string, always null; what is a
  /// struct without fields is a string, `{}`.
  package var storedType: DataType {
    switch self {
    case .void, .structure([]): .string
    case .structure(let fields):
      .structure(
        fields.map { field in
          var stored = field
          stored.type = field.type.storedType
          return stored
        })
    case .array(let element, let containsNull):
      .array(element: element.storedType, containsNull: containsNull)
    case .map(let key, let value, let containsNull):
      .map(key: key, value: value.storedType, valueContainsNull: containsNull)
    default: self
    }
  }
}

extension Field {
  /// What a member of JSON objects fills. For a zero byte, which readers of tables take in no name,
  /// its name has `_`, and the metadata has the member's own.
  init(member: String, _ type: DataType, among members: [String]) {
    guard member.utf8.contains(0) else {
      self.init(member, type)
      return
    }
    let plain = String(member.map { $0 == "\0" ? "_" : $0 })
    var name = plain
    var number = 0
    while members.contains(where: { $0.lowercased() == name.lowercased() }) {
      number += 1
      name = "\(plain)_\(number)"
    }
    self.init(name, type, metadata: [Field.jsonKeyMetadata: jsonQuoted(member)])
  }

  /// Key of the metadata that holds the name of the JSON member a column is filled from, as JSON,
  /// where that is not the column's own name.
  package static let jsonKeyMetadata = "grebe.jsonKey"

  /// Name of the JSON member that fills this column.
  package var jsonKey: String {
    guard let quoted = metadata[Field.jsonKeyMetadata],
      let document = try? JSONDocument(utf8: quoted), let key = document.root.string
    else { return name }
    return key
  }
}

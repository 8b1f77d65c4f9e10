// A table's schema as `metaData.schemaString` holds it: Delta protocol (PROTOCOL.md), "Schema
// Serialization Format".
//
//   struct  {"type":"struct","fields":[{"name":"a","type":T,"nullable":true,"metadata":{}}]}
//   array   {"type":"array","elementType":T,"containsNull":true}
//   map     {"type":"map","keyType":T,"valueType":T,"valueContainsNull":true}
//   T       one of these, or a name: "long", "decimal(10,2)", ...
import Base
package import Columns
import JSON

extension Schema {
  /// - Throws: `ActionFault` that says what is wrong with the schema.
  init(deltaJSON text: String) throws(ActionFault) {
    let document: JSONDocument
    do { document = try JSONDocument(utf8: text) } catch {
      throw ActionFault(message: "`metaData.schemaString`: \(error.description)")
    }
    guard case .structure(let fields) = try DataType(deltaJSON: document.root, depth: 0) else {
      throw ActionFault(message: "the schema is not a struct")
    }
    self.init(fields)
  }

  package var deltaJSON: String {
    var writer = JSONWriter()
    DataType.structure(fields).write(to: &writer)
    return writer.text
  }
}

extension DataType {
  fileprivate init(deltaJSON json: JSONValue, depth: Int) throws(ActionFault) {
    if depth > Limits.schemaDepth { throw ActionFault(message: "the schema is nested too deeply") }
    if let name = json.string {
      self = try DataType(deltaName: name)
      return
    }
    switch json["type"]?.string {
    case "struct":
      guard let list = json["fields"], list.kind == .array else {
        throw ActionFault(message: "a struct in the schema has no fields")
      }
      var fields: [Field] = []
      var names: Set<String> = []
      for element in list.elements {
        let field = try Field(deltaJSON: element, depth: depth + 1)
        guard names.insert(field.name).inserted else {
          throw ActionFault(message: "the schema has two columns `\(field.name)`")
        }
        fields.append(field)
      }
      self = .structure(fields)
    case "array":
      self = .array(
        element: try DataType.part(json, "elementType", depth),
        containsNull: json["containsNull"]?.boolean ?? true)
    case "map":
      self = .map(
        key: try DataType.part(json, "keyType", depth),
        value: try DataType.part(json, "valueType", depth),
        valueContainsNull: json["valueContainsNull"]?.boolean ?? true)
    case let name?: self = .other(name)
    case nil: throw ActionFault(message: "a type in the schema has no name")
    }
  }

  private static func part(
    _ json: JSONValue, _ name: String, _ depth: Int
  ) throws(ActionFault) -> DataType {
    guard let part = json[name] else {
      throw ActionFault(message: "a type in the schema has no \(name)")
    }
    return try DataType(deltaJSON: part, depth: depth + 1)
  }

  /// A primitive type by its name in a schema.
  init(deltaName name: String) throws(ActionFault) {
    switch name {
    case "boolean": self = .boolean
    case "byte": self = .byte
    case "short": self = .short
    case "integer": self = .integer
    case "long": self = .long
    case "float": self = .float
    case "double": self = .double
    case "string": self = .string
    case "binary": self = .binary
    case "date": self = .date
    case "timestamp": self = .timestamp
    case "timestamp_ntz": self = .timestampNtz
    case "void": self = .void
    case "decimal": self = .decimal(precision: 10, scale: 0)
    default:
      guard name.hasPrefix("decimal(") else {
        self = .other(name)
        return
      }
      guard let (precision, scale) = DataType.decimalParameters(name) else {
        throw ActionFault(message: "the schema has a type `\(name)`")
      }
      self = .decimal(precision: precision, scale: scale)
    }
  }

  private static func decimalParameters(_ name: String) -> (Int, Int)? {
    guard name.hasSuffix(")") else { return nil }
    let inside = name.dropFirst("decimal(".count).dropLast()
    let parts = inside.split(separator: ",").map { $0.filter { $0 != " " } }
    guard parts.count == 2, let precision = Int(parts[0]), let scale = Int(parts[1]),
      (1...maxDecimalPrecision).contains(precision), (0...precision).contains(scale)
    else { return nil }
    return (precision, scale)
  }

  fileprivate func write(to writer: inout JSONWriter) {
    switch self {
    case .structure(let fields):
      writer.beginObject()
      writer.member("type", "struct")
      writer.key("fields")
      writer.beginArray()
      for field in fields { field.write(to: &writer) }
      writer.endArray()
      writer.endObject()
    case .array(let element, let containsNull):
      writer.beginObject()
      writer.member("type", "array")
      writer.key("elementType")
      element.write(to: &writer)
      writer.member("containsNull", containsNull)
      writer.endObject()
    case .map(let key, let value, let valueContainsNull):
      writer.beginObject()
      writer.member("type", "map")
      writer.key("keyType")
      key.write(to: &writer)
      writer.key("valueType")
      value.write(to: &writer)
      writer.member("valueContainsNull", valueContainsNull)
      writer.endObject()
    default: writer.string(description)
    }
  }
}

extension Field {
  fileprivate init(deltaJSON json: JSONValue, depth: Int) throws(ActionFault) {
    guard let name = json["name"]?.string else {
      throw ActionFault(message: "a column in the schema has no name")
    }
    guard let type = json["type"] else {
      throw ActionFault(message: "the column `\(name)` has no type")
    }
    var metadata: [String: String] = [:]
    if let members = json["metadata"]?.members {
      for (key, value) in members { metadata[key] = value.json }
    }
    self.init(
      name, try DataType(deltaJSON: type, depth: depth),
      nullable: json["nullable"]?.boolean ?? true, metadata: metadata)
  }

  fileprivate func write(to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("name", name)
    writer.key("type")
    type.write(to: &writer)
    writer.member("nullable", nullable)
    writer.key("metadata")
    writer.beginObject()
    for (key, json) in metadata.sorted(by: { $0.key < $1.key }) { writer.member(key, raw: json) }
    writer.endObject()
    writer.endObject()
  }
}

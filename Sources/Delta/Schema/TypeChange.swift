import Columns
import Compute
import JSON

/// A step in the history of a column's type: Delta protocol (PROTOCOL.md), "Type Change Metadata".
struct TypeChange: Equatable {
  static let key = "delta.typeChanges"

  let from: DataType
  let to: DataType
  /// From the field to its elements, keys or values: `element`, `key.element`; empty for its own.
  var path = ""

  /// The history `known`, a JSON array, with this step behind it.
  func appended(to known: String?) -> String {
    var writer = JSONWriter()
    writer.beginArray()
    if let document = known.flatMap({ try? JSONDocument(utf8: $0) }) {
      for step in document.root.elements { writer.raw(step.json) }
    }
    writer.beginObject()
    if !path.isEmpty { writer.member("fieldPath", path) }
    writer.member("fromType", from.description)
    writer.member("toType", to.description)
    writer.endObject()
    writer.endArray()
    return writer.text
  }

  /// Whether files with the old type can be read as the new one.
  var isReadable: Bool { from.isTableWidening(to: to) || Cast.isWidening(from: from, to: to) }
}

extension DataType {
  /// "Supported Type Changes" of the protocol.
  func isTableWidening(to other: DataType) -> Bool {
    switch (self, other) {
    case (.float, .double), (.date, .timestampNtz): true
    case (_, .decimal(let precision, let scale)) where isInteger:
      precision - scale >= (self == .long ? 20 : 10)
    case _ where isInteger:
      other.isNumeric && other != .float && Cast.isWidening(from: self, to: other)
    case (.decimal, .decimal): Cast.isWidening(from: self, to: other)
    default: false
    }
  }
}

extension Schema {
  /// The first change of a type in the histories of the columns, nested ones included, after which
  /// older files cannot be read; nil if there is none. O(fields).
  func unreadableTypeChange() -> String? { Self.unreadableTypeChange(in: fields) }

  private static func unreadableTypeChange(in fields: [Field]) -> String? {
    for field in fields {
      if let history = field.metadata[TypeChange.key] {
        guard let document = try? JSONDocument(utf8: history), document.root.kind == .array else {
          return "in a history that is no JSON array"
        }
        for step in document.root.elements {
          let (from, to) = (step["fromType"]?.string ?? "?", step["toType"]?.string ?? "?")
          guard let old = try? DataType(deltaName: from), let new = try? DataType(deltaName: to),
            TypeChange(from: old, to: new).isReadable
          else { return "from \(from) to \(to)" }
        }
      }
      if let found = unreadableTypeChange(in: children(of: field.type)) { return found }
    }
    return nil
  }

  /// The fields of every struct in the type.
  private static func children(of type: DataType) -> [Field] {
    switch type {
    case .structure(let fields): fields
    case .array(let element, _): children(of: element)
    case .map(let key, let value, _): children(of: key) + children(of: value)
    default: []
    }
  }
}

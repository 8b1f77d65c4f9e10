// Fields by the paths that SQL has for them:
//
//   customer.address.zip    a field of a struct in a struct
//   tags.element.k          a field of the structs in an array
//   counts.key, counts.value.n    the keys of a map, a field of its values
//
// Names may have dots: a path that leads to more than one field is refused.
import Columns

/// A field that is looked at where it is, to be changed.
struct PlacedField {
  /// Its siblings and itself.
  var fields: [Field]
  let index: Int
  /// What follows the field in the path: `element`, `key.element`; empty for the field itself.
  let inner: String
  /// The table's own column that it is, or lies in.
  let column: Field
  let isColumn: Bool

  var field: Field { fields[index] }
}

extension [Field] {
  /// Replaces the siblings of the field at `path`, itself included. False if there is no such
  /// field.
  ///
  /// - Parameter column: that these fields lie in; nil for the table's own.
  mutating func change(
    _ path: Substring, in column: Field? = nil,
    _ body: (inout PlacedField) throws(DeltaError) -> Void
  ) throws(DeltaError) -> Bool {
    for end in path.ends {
      guard let index = Schema(self).resolve(String(path[..<end])) else { continue }
      let column = (field: column ?? self[index], isOwn: column == nil)
      let rest = path[end...].dropFirst()
      if end == path.endIndex || self[index].type.type(at: rest) != nil {
        var place = PlacedField(
          fields: self, index: index, inner: String(rest), column: column.field,
          isColumn: column.isOwn)
        try body(&place)
        self = place.fields
        return true
      }
      if try self[index].type.change(rest, in: column.field, body) { return true }
    }
    return false
  }
}

extension [Field] {
  /// Whether a path may be read in more ways than one: a column `a.b` beside a field b of a.
  func isAmbiguous(_ path: Substring) -> Bool { readings(of: path) > 1 }

  /// More than two count as two.
  fileprivate func readings(of path: Substring) -> Int {
    var count = 0
    for end in path.ends where count < 2 {
      guard let index = Schema(self).resolve(String(path[..<end])) else { continue }
      let rest = path[end...].dropFirst()
      let type = self[index].type
      count += end == path.endIndex || type.type(at: rest) != nil ? 1 : type.readings(of: rest)
    }
    return count
  }
}

extension DataType {
  fileprivate func readings(of path: Substring) -> Int {
    switch self {
    case .structure(let fields): fields.readings(of: path)
    case .array(let element, _): path.below("element").map { element.readings(of: $0) } ?? 0
    case .map(let key, let value, _):
      path.below("key").map { key.readings(of: $0) }
        ?? path.below("value").map { value.readings(of: $0) } ?? 0
    default: 0
    }
  }

  /// Replaces the fields of the struct at `path`; an empty path is this type's own.
  fileprivate mutating func change(
    _ path: Substring, in column: Field,
    _ body: (inout PlacedField) throws(DeltaError) -> Void
  ) throws(DeltaError) -> Bool {
    switch self {
    case .structure(var fields):
      guard try fields.change(path, in: column, body) else { return false }
      self = .structure(fields)
    case .array(var element, let containsNull):
      guard let rest = path.below("element"), try element.change(rest, in: column, body)
      else { return false }
      self = .array(element: element, containsNull: containsNull)
    case .map(var key, var value, let containsNull):
      if let rest = path.below("key") {
        guard try key.change(rest, in: column, body) else { return false }
      } else {
        guard let rest = path.below("value"), try value.change(rest, in: column, body)
        else { return false }
      }
      self = .map(key: key, value: value, valueContainsNull: containsNull)
    default: return false
    }
    return true
  }

  /// The type of elements, keys or values that a path of such words alone leads to.
  func type(at path: Substring) -> DataType? {
    if path.isEmpty { return self }
    switch self {
    case .array(let element, _): return path.below("element").flatMap { element.type(at: $0) }
    case .map(let key, let value, _):
      return path.below("key").flatMap { key.type(at: $0) }
        ?? path.below("value").flatMap { value.type(at: $0) }
    default: return nil
    }
  }

  /// This type with another one at such a path.
  func replacing(_ path: Substring, with type: DataType) -> DataType {
    if path.isEmpty { return type }
    switch self {
    case .array(let element, let containsNull):
      return .array(
        element: element.replacing(path.below("element") ?? "", with: type),
        containsNull: containsNull)
    case .map(let key, let value, let containsNull):
      if let rest = path.below("key") {
        return .map(
          key: key.replacing(rest, with: type), value: value, valueContainsNull: containsNull)
      }
      return .map(
        key: key, value: value.replacing(path.below("value") ?? "", with: type),
        valueContainsNull: containsNull)
    default: return self
    }
  }
}

extension Substring {
  /// Where a name at its start may end: the whole first, then at every dot from the last, but one
  /// that nothing follows.
  fileprivate var ends: [Index] {
    [endIndex] + indices.dropLast().reversed().filter { self[$0] == "." }
  }

  /// What follows a first word and its dot; nil if it starts otherwise.
  fileprivate func below(_ word: String) -> Substring? {
    guard hasPrefix(word) else { return nil }
    let rest = dropFirst(word.count)
    if rest.isEmpty { return rest }
    return rest.first == "." && rest.count > 1 ? rest.dropFirst() : nil
  }
}

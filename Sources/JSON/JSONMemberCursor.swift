import Base

/// Goes through an object's members in the order of the text without making a text of each name.
package struct JSONMemberCursor: Sendable {
  private let document: JSONDocument
  private var next: Int
  private let end: Int
  private var key = 0

  /// - Parameter value: an object; other kinds have no members.
  package init(_ value: JSONValue) {
    document = value.document
    next = value.index + 1
    end = value.kind == .object ? Int(document.nodes[value.index].next) : next
  }

  /// Moves to the next member; false when there is none.
  package mutating func advance() -> Bool {
    guard next < end else { return false }
    key = next
    next = Int(document.nodes[key + 1].next)
    return true
  }

  /// Whether no member follows.
  package var isLast: Bool { next >= end }

  package var name: String { JSONValue(document: document, index: key).string ?? "" }
  package var value: JSONValue { JSONValue(document: document, index: key + 1) }
  package var valueIsNull: Bool { document.nodes[key + 1].kind == .null }

  /// Whether the member has this name.
  package func isNamed(_ name: StaticString) -> Bool {
    let node = document.nodes[key]
    if node.isSpecial { return self.name == name.description }
    let count = name.utf8CodeUnitCount
    guard Int(node.end &- node.start) == count else { return false }
    // SAFETY: the key's range, as long as the name, was checked to lie within the bytes, and a
    // static string has as many bytes as it says.
    return unsafe document.bytes.withUnsafePointer { bytes in
      let start = unsafe bytes + Int(node.start)
      let expected = unsafe name.utf8Start
      for index in 0..<count where unsafe start[index] != expected[index] { return false }
      return true
    }
  }
}

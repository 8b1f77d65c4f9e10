import Base
import JSON

/// The members of the object at the front of a text that may be cut off, one byte a step.
struct JSONMemberScan {
  struct Member: Equatable {
    var name: String
    /// Of the first byte of the value, and behind its last or that of the text.
    var valueOffset: Int
    var valueEnd: Int
    var isArray = false
    /// Of an array.
    var elementCount = 0
    var hasObjectsOnly = true
  }

  private(set) var members: [Member] = []
  /// RFC 7946: the member `type` says so.
  private(set) var isFeatureCollection = false

  func member(_ name: String) -> Member? { members.first { $0.name == name } }

  /// The names of members that are not called `name`, and say more than what GeoJSON this is.
  func others(than name: String) -> [String] {
    members.map(\.name).filter { $0 != name && !(isFeatureCollection && $0 == "type") }
  }

  /// - Parameter start: offset of the `{`.
  init(_ body: Buffer<UInt8>, from start: Int) {
    var depth = 0
    var offset = start
    var key: Range<Int>?
    var isElementStart = false
    while offset < body.count {
      let byte = body[offset]
      if isElementStart && !isJSONSpace(byte) {
        isElementStart = false
        note(elementBeginning: byte)
      }
      switch byte {
      case ASCII.quote:
        let end = JSONMemberScan.closingQuote(body, offset + 1)
        if depth == 1 && key == nil { key = offset..<min(end + 1, body.count) }
        offset = end
      case ASCII.colon where depth == 1:
        if let key { begin(body, key, after: offset) }
        if let last = members.last, last.isArray { isElementStart = false }
      case ASCII.openBrace, ASCII.openBracket:
        depth += 1
        if depth == 2 && byte == ASCII.openBracket { isElementStart = true }
      case ASCII.closeBrace, ASCII.closeBracket:
        depth -= 1
        if depth == 0 {
          end(body, offset)
          return
        }
      case ASCII.comma:
        if depth == 1 {
          end(body, offset)
          key = nil
        }
        if depth == 2, members.last?.isArray == true { isElementStart = true }
      default: break
      }
      offset += 1
    }
    end(body, body.count)
  }

  private mutating func begin(_ body: Buffer<UInt8>, _ key: Range<Int>, after colon: Int) {
    guard members.last.map({ $0.valueEnd > 0 }) ?? true else { return }
    var value = colon + 1
    while value < body.count && isJSONSpace(body[value]) { value += 1 }
    let name = (try? JSONDocument(body, range: key))?.root.string ?? ""
    let isArray = value < body.count && body[value] == ASCII.openBracket
    members.append(Member(name: name, valueOffset: value, valueEnd: 0, isArray: isArray))
  }

  private mutating func end(_ body: Buffer<UInt8>, _ offset: Int) {
    guard let last = members.indices.last, members[last].valueEnd == 0 else { return }
    members[last].valueEnd = offset
    if members[last].name == "type",
      let document = try? JSONDocument(body, range: members[last].valueOffset..<offset)
    {
      isFeatureCollection = document.root.string == "FeatureCollection"
    }
  }

  private mutating func note(elementBeginning byte: UInt8) {
    guard let last = members.indices.last, members[last].isArray, byte != ASCII.closeBracket else {
      return
    }
    members[last].elementCount += 1
    if byte != ASCII.openBrace { members[last].hasObjectsOnly = false }
  }

  /// Offset of the quote that ends the string whose text begins at `start`, or of the text's end.
  private static func closingQuote(_ body: Buffer<UInt8>, _ start: Int) -> Int {
    var offset = start
    while offset < body.count && body[offset] != ASCII.quote {
      offset += body[offset] == ASCII.backslash ? 2 : 1
    }
    return min(offset, body.count)
  }
}

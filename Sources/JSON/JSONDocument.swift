package import Base

/// A checked JSON text and its index. Values are read from it on demand; copies share it.
package final class JSONDocument: Sendable {
  let bytes: Buffer<UInt8>
  let nodes: Buffer<JSONNode>
  /// The nodes of the lines' values; nil for a document of one value.
  private let lineRoots: [UInt32]?

  /// Parses the bytes of `range` (all, if nil). O(bytes); 16 bytes of index a value.
  ///
  /// - Throws: `JSONError` with an offset from the start of `range`.
  package convenience init(
    _ bytes: Buffer<UInt8>, range: Range<Int>? = nil, depthMax: Int = Limits.jsonDepth
  ) throws(JSONError) {
    try self.init(bytes.slice(range ?? 0..<bytes.count), depthMax: depthMax, isLines: false)
  }

  /// Parses newline-delimited values: one a line that is not blank.
  ///
  /// - Throws: `JSONError` with an offset from the start of `lines`.
  package convenience init(
    lines: Buffer<UInt8>, depthMax: Int = Limits.jsonDepth
  ) throws(JSONError) {
    try self.init(lines, depthMax: depthMax, isLines: true)
  }

  private init(_ bytes: Buffer<UInt8>, depthMax: Int, isLines: Bool) throws(JSONError) {
    guard bytes.count < Int(UInt32.max) else {
      throw JSONError(reason: .tooLong, offset: 0)
    }
    self.bytes = bytes
    // A guess at the nodes: a growing index would be copied again and again.
    let guess = min(bytes.count / 12 + 8, 1 << 20)
    var lineRoots: [UInt32] = []
    // SAFETY: the indexer reads within `0 ..< bytes.count` and is gone before the buffer.
    nodes = try unsafe bytes.withUnsafePointer { start throws(JSONError) in
      var indexer = unsafe JSONIndexer(
        start, range: 0..<bytes.count, depthMax: depthMax, nodeGuess: guess)
      if isLines {
        while try indexer.nextLine() { lineRoots.append(indexer.lineRoot) }
      } else {
        try indexer.run()
      }
      return indexer.nodes.take()
    }
    self.lineRoots = isLines ? lineRoots : nil
  }

  package convenience init(utf8 text: String) throws(JSONError) {
    try self.init(Buffer(Array(text.utf8)))
  }

  package var root: JSONValue { JSONValue(document: self, index: 0) }

  /// Lines that are not blank; 1 for a document of one value.
  package var lineCount: Int { lineRoots?.count ?? 1 }

  /// The value of a line, blank lines not counted.
  package func line(_ index: Int) -> JSONValue {
    JSONValue(document: self, index: lineRoots.map { Int($0[index]) } ?? 0)
  }
}

/// One value of a document: a position in its index.
package struct JSONValue: Sendable {
  let document: JSONDocument
  let index: Int

  private var node: JSONNode { document.nodes[index] }

  package var kind: JSONKind { node.kind }
  package var isNull: Bool { kind == .null }

  package var boolean: Bool? { kind == .boolean ? node.isSpecial : nil }

  /// An integer written without fraction and exponent, if it fits.
  package var int64: Int64? {
    let node = node
    guard node.kind == .number, !node.isSpecial else { return nil }
    return integer(document.bytes, node.range)
  }

  /// An integer that is written as a fraction, `448.0` or `4.48e2`, as writers do whose numbers are
  /// all doubles; nil beyond those that doubles tell from fractions.
  package var wholeNumber: Int64? {
    double.flatMap { $0.magnitude < 0x1p52 ? Int64(exactly: $0) : nil }
  }

  /// The nearest double. Numbers beyond its range become infinite.
  package var double: Double? { kind == .number ? Double(rawText) : nil }

  /// A number as it is written, for types that a double would round.
  package var numberText: String? { kind == .number ? rawText : nil }

  package var string: String? {
    guard kind == .string else { return nil }
    return node.isSpecial ? unescaped(document.bytes, node.range) : rawText
  }

  /// The value's own text: a string's without its quotes and with its escapes.
  private var rawText: String {
    let part = document.bytes.slice(node.range)
    // SAFETY: `start` has `part.count` bytes, and the text is copied before the closure ends.
    return unsafe part.withUnsafePointer { start in
      unsafe String(
        decoding: UnsafeBufferPointer(start: start, count: part.count), as: UTF8.self)
    }
  }

  /// The value's own bytes, shared with the source: of an object or array all of it.
  package var rawBytes: Buffer<UInt8> { document.bytes.slice(node.range) }

  /// The value as JSON, as it stands in the source.
  package var json: String { kind == .string ? "\"" + rawText + "\"" : rawText }

  /// The elements of an array, the values of an object; none for other kinds.
  package var elements: JSONElements { JSONElements(self) }

  /// The members of an object in the order of the text; none for other kinds.
  package var members: JSONMembers { JSONMembers(self) }

  /// The member of this name; the last, if it was written more than once. O(members).
  package subscript(_ name: String) -> JSONValue? {
    guard kind == .object else { return nil }
    var found: Int?
    var cursor = index + 1
    let end = Int(node.next)
    while cursor < end {
      if isKey(cursor, name) { found = cursor + 1 }
      cursor = Int(document.nodes[cursor + 1].next)
    }
    return found.map { JSONValue(document: document, index: $0) }
  }

  private func isKey(_ index: Int, _ name: String) -> Bool {
    let key = document.nodes[index]
    if key.isSpecial { return unescaped(document.bytes, key.range) == name }
    guard key.range.count == name.utf8.count else { return false }
    // SAFETY: the key's range, as long as the name, was checked to lie within the bytes.
    return unsafe document.bytes.withUnsafePointer { bytes in
      var offset = key.range.lowerBound
      for byte in name.utf8 {
        if unsafe bytes[offset] != byte { return false }
        offset &+= 1
      }
      return true
    }
  }
}

extension JSONNode {
  var range: Range<Int> { Int(start)..<Int(end) }
}

package struct JSONElements: Sequence, IteratorProtocol, Sendable {
  private let document: JSONDocument
  private var cursor: Int
  private let end: Int
  private let isObject: Bool

  fileprivate init(_ value: JSONValue) {
    document = value.document
    isObject = value.kind == .object
    cursor = value.index + 1
    end = isObject || value.kind == .array ? Int(document.nodes[value.index].next) : cursor
  }

  package mutating func next() -> JSONValue? {
    guard cursor < end else { return nil }
    let value = JSONValue(document: document, index: isObject ? cursor + 1 : cursor)
    cursor = Int(document.nodes[value.index].next)
    return value
  }
}

package struct JSONMembers: Sequence, IteratorProtocol, Sendable {
  private let document: JSONDocument
  private var cursor: Int
  private let end: Int

  fileprivate init(_ value: JSONValue) {
    document = value.document
    cursor = value.index + 1
    end = value.kind == .object ? Int(document.nodes[value.index].next) : cursor
  }

  package mutating func next() -> (name: String, value: JSONValue)? {
    guard cursor < end else { return nil }
    let name = JSONValue(document: document, index: cursor).string ?? ""
    let value = JSONValue(document: document, index: cursor + 1)
    cursor = Int(document.nodes[cursor + 1].next)
    return (name, value)
  }
}

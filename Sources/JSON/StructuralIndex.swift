// The structural index of a JSON text: one node a value, in the order of the text, so that values
// are found without parsing again and decoded only when asked for. Grammar: RFC 8259, strictly.
//
//   text    {"a": [1, "x\n"], "b": null}
//   node 0  object  bytes 0..<28        next 7
//        1  string  a
//        2  array   bytes 6..<17        next 5
//        3  number  1
//        4  string  x\n  (escaped)
//        5  string  b
//        6  null
//
// An object's nodes are its keys and values in turn. `next` is the node after the whole value.
import Base

package enum JSONKind: UInt8, Sendable, BitwiseCopyable {
  case null, boolean, number, string, array, object
}

/// Limits: 4 GiB of text, which callers' own limits stay below.
struct JSONNode: BitwiseCopyable, Sendable {
  /// Of the value; of a string's contents, quotes left out.
  var start: UInt32
  var end: UInt32
  var next: UInt32
  var kind: JSONKind
  /// A string with escapes, a number with a fraction or an exponent, the boolean `true`.
  var isSpecial: Bool
}

/// Builds the index in one pass without recursion.
@safe
struct JSONIndexer: ~Copyable {
  private let bytes: UnsafePointer<UInt8>
  private let end: Int
  private let depthMax: Int
  private var offset: Int
  var nodes: BufferBuilder<JSONNode>
  /// Nodes of the containers that are open.
  private var open: [UInt32] = []
  /// Whether a line ended where white space was skipped last.
  private var passedNewline = false
  /// The node of the value that `nextLine` found.
  private(set) var lineRoot: UInt32 = 0

  /// - Parameters:
  ///   - bytes: readable in `range` and 8 bytes past it, as a `Buffer`'s bytes are.
  init(_ bytes: UnsafePointer<UInt8>, range: Range<Int>, depthMax: Int, nodeGuess: Int) {
    nodes = BufferBuilder(capacity: nodeGuess)
    // SAFETY: the caller keeps the bytes while the indexer lives.
    unsafe self.bytes = unsafe bytes
    offset = range.lowerBound
    end = range.upperBound
    self.depthMax = depthMax
  }

  private func fault(_ reason: JSONError.Reason, _ at: Int) -> JSONError {
    JSONError(reason: at >= end && reason == .unexpectedByte ? .endsEarly : reason, offset: at)
  }

  /// The byte at `index`. Callers compare `index` with `end` first.
  @inline(__always)
  private func byte(_ index: Int) -> UInt8 {
    assert(index < end)
    // SAFETY: every caller has checked that the index is below `end`, and offsets only grow.
    return unsafe bytes[index]
  }

  /// The byte at the cursor; 0, which no grammar rule takes, at the end.
  private var current: UInt8 { offset < end ? byte(offset) : 0 }

  private mutating func skipSpace() {
    while offset < end {
      let next = byte(offset)
      guard next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 else { return }
      if next == 0x0A { passedNewline = true }
      offset &+= 1
    }
  }

  /// Indexes one value that fills the range but for white space.
  mutating func run() throws(JSONError) {
    skipSpace()
    try wholeValue()
    skipSpace()
    if offset < end { throw fault(.trailingBytes, offset) }
  }

  /// Indexes the value of the next line that is not blank, which it must fill; false at the end.
  mutating func nextLine() throws(JSONError) -> Bool {
    skipSpace()
    guard offset < end else { return false }
    lineRoot = UInt32(truncatingIfNeeded: nodes.count)
    passedNewline = false
    try wholeValue()
    if passedNewline { throw fault(.unexpectedByte, offset) }
    skipSpace()
    if offset < end && !passedNewline { throw fault(.trailingBytes, offset) }
    return true
  }

  private mutating func wholeValue() throws(JSONError) {
    try value()
    while let container = open.last {
      skipSpace()
      if nodes[Int(container)].kind == .array {
        try nextElement(of: container)
      } else {
        try nextMember(of: container)
      }
    }
  }

  private mutating func nextElement(of container: UInt32) throws(JSONError) {
    let isFirst = nodes.count == Int(container) + 1
    switch current {
    case UInt8(ascii: "]") where offset < end:
      close(container)
      return
    case UInt8(ascii: ",") where !isFirst:
      offset &+= 1
      skipSpace()
    default:
      if !isFirst { throw fault(.unexpectedByte, offset) }
    }
    try value()
  }

  private mutating func nextMember(of container: UInt32) throws(JSONError) {
    let isFirst = nodes.count == Int(container) + 1
    switch current {
    case UInt8(ascii: "}"):
      close(container)
      return
    case UInt8(ascii: ",") where !isFirst:
      offset &+= 1
      skipSpace()
    default:
      if !isFirst { throw fault(.unexpectedByte, offset) }
    }
    guard current == UInt8(ascii: "\"") else { throw fault(.unexpectedByte, offset) }
    try string()
    skipSpace()
    guard current == UInt8(ascii: ":") else { throw fault(.unexpectedByte, offset) }
    offset &+= 1
    skipSpace()
    try value()
  }

  private mutating func close(_ container: UInt32) {
    offset &+= 1
    nodes[Int(container)].end = UInt32(truncatingIfNeeded: offset)
    nodes[Int(container)].next = UInt32(truncatingIfNeeded: nodes.count)
    open.removeLast()
  }

  private mutating func add(_ kind: JSONKind, _ start: Int, _ end: Int, isSpecial: Bool = false) {
    nodes.append(
      JSONNode(
        start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
        next: UInt32(truncatingIfNeeded: nodes.count &+ 1), kind: kind, isSpecial: isSpecial))
  }

  private mutating func value() throws(JSONError) {
    switch current {
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "{"): try container(.object)
    case UInt8(ascii: "["): try container(.array)
    case UInt8(ascii: "t"): try word("true", .boolean, isSpecial: true)
    case UInt8(ascii: "f"): try word("false", .boolean)
    case UInt8(ascii: "n"): try word("null", .null)
    default: try number()
    }
  }

  private mutating func container(_ kind: JSONKind) throws(JSONError) {
    if open.count >= depthMax { throw fault(.tooDeep, offset) }
    open.append(UInt32(truncatingIfNeeded: nodes.count))
    add(kind, offset, offset)
    offset &+= 1
  }

  private mutating func word(
    _ text: StaticString, _ kind: JSONKind, isSpecial: Bool = false
  ) throws(JSONError) {
    let start = offset
    // SAFETY: a static string has as many bytes as it says.
    let expected = unsafe text.utf8Start
    for index in 0..<text.utf8CodeUnitCount {
      guard offset < end, unsafe byte(offset) == expected[index] else {
        throw fault(.unexpectedByte, offset)
      }
      offset &+= 1
    }
    add(kind, start, offset, isSpecial: isSpecial)
  }

  /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
  private mutating func number() throws(JSONError) {
    let start = offset
    if current == UInt8(ascii: "-") { offset &+= 1 }
    let first = offset
    let digitCount = digits()
    if digitCount == 0 {
      throw fault(first == start ? .unexpectedByte : .badNumber, offset)
    }
    if digitCount > 1, byte(first) == UInt8(ascii: "0") { throw fault(.badNumber, first) }
    var isFraction = false
    if current == UInt8(ascii: ".") {
      offset &+= 1
      isFraction = true
      if digits() == 0 { throw fault(.badNumber, offset) }
    }
    if current | 0x20 == UInt8(ascii: "e") {
      offset &+= 1
      isFraction = true
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { offset &+= 1 }
      if digits() == 0 { throw fault(.badNumber, offset) }
    }
    add(.number, start, offset, isSpecial: isFraction)
  }

  private mutating func digits() -> Int {
    let start = offset
    while offset < end, byte(offset) &- UInt8(ascii: "0") < 10 { offset &+= 1 }
    return offset &- start
  }
}

// MARK: Strings

extension JSONIndexer {
  /// From the opening quote to after the closing one. Most bytes are passed eight at a time.
  private mutating func string() throws(JSONError) {
    let start = offset &+ 1
    var isEscaped = false
    var cursor = start
    while true {
      cursor = skipPlain(cursor)
      guard cursor < end else { throw fault(.endsEarly, end) }
      let next = byte(cursor)
      if next == UInt8(ascii: "\"") { break }
      if next == UInt8(ascii: "\\") {
        isEscaped = true
        cursor = try escape(cursor)
      } else if next < 0x20 {
        throw fault(.controlCharacter, cursor)
      } else if next >= 0x80 {
        cursor = try multibyte(cursor)
      } else {
        cursor &+= 1
      }
    }
    add(.string, start, cursor, isSpecial: isEscaped)
    offset = cursor &+ 1
  }

  /// The first byte from `cursor` that ends a run of eights without quote, backslash, control or
  /// non-ASCII bytes; the exact byte is looked for by the caller.
  private func skipPlain(_ cursor: Int) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let tops: UInt64 = 0x8080_8080_8080_8080
    var cursor = cursor
    while cursor &+ 8 <= end {
      // SAFETY: the eight bytes lie before `end`.
      let word = unsafe UnsafeRawPointer(bytes + cursor).loadUnaligned(as: UInt64.self)
      let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
      let slash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
      let special =
        ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash)
        | ((word &- ones &* 0x20) & ~word) | word
      if special & tops != 0 { return cursor }
      cursor &+= 8
    }
    return cursor
  }

  /// After the escape at `cursor`.
  private func escape(_ cursor: Int) throws(JSONError) -> Int {
    guard cursor &+ 1 < end else { throw fault(.endsEarly, end) }
    switch byte(cursor &+ 1) {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
      UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
      return cursor &+ 2
    case UInt8(ascii: "u"):
      guard cursor &+ 6 <= end else { throw fault(.endsEarly, end) }
      for index in cursor &+ 2..<cursor &+ 6 where hexDigitValue(byte(index)) == nil {
        throw fault(.badEscape, cursor)
      }
      return cursor &+ 6
    default: throw fault(.badEscape, cursor)
    }
  }

  /// After the UTF-8 sequence of more than one byte at `cursor` (RFC 3629: shortest form, no
  /// surrogates, at most U+10FFFF).
  private func multibyte(_ cursor: Int) throws(JSONError) -> Int {
    let lead = byte(cursor)
    let count = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    guard lead >= 0xC2, lead <= 0xF4, cursor &+ count <= end else {
      throw fault(.badUTF8, cursor)
    }
    for index in cursor &+ 1..<cursor &+ count where byte(index) & 0xC0 != 0x80 {
      throw fault(.badUTF8, cursor)
    }
    let second = byte(cursor &+ 1)
    switch lead {
    case 0xE0 where second < 0xA0, 0xED where second > 0x9F, 0xF0 where second < 0x90,
      0xF4 where second > 0x8F:
      throw fault(.badUTF8, cursor)
    default: return cursor &+ count
    }
  }
}

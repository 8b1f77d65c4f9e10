import Base
import Columns

// The walk: entries of the structural index -> slots of the nodes, one record a call, without
// values in between.
//
//   {"id":7,"customer":{"name":"Ada"},"tags":["a","b"]}
//   ^^  ^ ^^        ^  ^^    ^ ^   ^ ^^    ^ ^^ ^^^ ^^^      entries
//
// Members are expected in the order of the schema, so that a key costs a comparison with `"id":`.
// Any other key is looked up. What lies between entries is a scalar or white space, nothing else.
//
// A function that takes a value returns the entry behind it, or -1 for a record given up: then
// `notes.fault` says why. Entries behind the last point behind the text, at a byte that no rule
// takes, so the walk stops there by itself.
//
// SAFETY: entries lie within the text or at its end, and every step that moves on has
// seen a byte of the text first; a text may be read 64 bytes past its end.

struct JSONWalk {
  let text: TextPointer
  let entries: Slots<UInt32>
  let backslashes: Slots<UInt64>
  let hasBackslashes: Bool
  /// Length of the text.
  let count: Int
  /// Bit `b` for each byte `b` that is white space: a newline is not in `lines`.
  let spaces: UInt64
  let depthMax: Int
  let collectsUnknown: Bool
  let countsUnknown: Bool
  let rescues: Bool
  let tree: JSONColumnTree
  let notes: JSONNotes

  /// The row that the record at hand becomes.
  var row: Int { tree.root.count }

  /// The same walk over other entries, in a text that ends at `count`.
  func with(entries: Slots<UInt32>, count: Int) -> JSONWalk {
    JSONWalk(
      text: text, entries: entries, backslashes: backslashes, hasBackslashes: hasBackslashes,
      count: count, spaces: spaces, depthMax: depthMax, collectsUnknown: collectsUnknown,
      countsUnknown: countsUnknown, rescues: rescues, tree: tree, notes: notes)
  }

  @inline(__always)
  func entry(_ index: Int) -> Int { Int(entries[index]) }

  @inline(__always)
  func isSpace(_ byte: UInt8) -> Bool {
    byte <= 0x20 && spaces &>> UInt64(byte & 63) & 1 == 1
  }

  /// The first offset from `offset` on that is not white space.
  @inline(__always)
  func afterSpaces(_ offset: Int) -> Int {
    isSpace(text.byte(offset)) ? afterMoreSpaces(offset &+ 1) : offset
  }

  @inline(never)
  private func afterMoreSpaces(_ offset: Int) -> Int {
    var offset = offset
    while isSpace(text.byte(offset)) { offset &+= 1 }
    return offset
  }

  /// Whether nothing but white space lies between.
  @inline(__always)
  func isGap(_ start: Int, _ end: Int) -> Bool { start == end || afterSpaces(start) == end }

  @inline(never)
  func fail(_ offset: Int, _ message: String, _ reason: RejectReason = .invalidJSON) -> Int {
    // Behind the last line nothing but its end follows.
    let isAtEnd = offset >= count || afterSpaces(offset) >= count
    notes.fault = JSONFault(
      reason: reason, message: isAtEnd ? "the JSON ends early" : message,
      offset: min(offset, count), node: nil)
    return -1
  }

  // MARK: Values

  /// The value at `at`, which `entry` is the first entry not before.
  func value(_ node: JSONNodeRef, _ at: Int, _ index: Int, _ depth: Int) -> Int {
    let first = text.byte(at)
    switch node.kind {
    case .number where first &- ASCII.zero <= 9 || first == ASCII.minus:
      var end = entry(index)
      if text.byte(end &- 1) <= 0x20 { end = withoutSpaces(at, end) }
      // The kernels check the rest.
      guard isDigit(text.byte(end &- 1)),
        first != ASCII.minus || isDigit(text.byte(at &+ 1)), end > at
      else { return fail(at, "not a JSON number") }
      node.append(
        UInt64(truncatingIfNeeded: at &- 1) & 0xFFFF_FFFF | UInt64(truncatingIfNeeded: end) &<< 32)
      return index
    case .text where first == ASCII.quote:
      let close = entry(index &+ 1)
      guard entry(index) == at, text.byte(close) == ASCII.quote else { return unclosed(at) }
      node.append(at &+ 1, close &- at &- 1)
      return isGap(close &+ 1, entry(index &+ 2)) ? index &+ 2 : unexpected(close &+ 1)
    case .temporal where first == ASCII.quote:
      let close = entry(index &+ 1)
      guard entry(index) == at, text.byte(close) == ASCII.quote else { return unclosed(at) }
      node.append(at, close)
      return isGap(close &+ 1, entry(index &+ 2)) ? index &+ 2 : unexpected(close &+ 1)
    case .structure where first == ASCII.openBrace:
      return closed(object(node, index, depth &+ 1))
    case .list where first == ASCII.openBracket:
      return closed(list(node, index, depth &+ 1))
    case .map where first == ASCII.openBrace:
      return closed(map(node, index, depth &+ 1))
    default:
      return otherValue(node, at, index, depth)
    }
  }

  /// After a container, whose bracket is the entry before `index`.
  @inline(__always)
  private func closed(_ index: Int) -> Int {
    if index < 0 { return index }
    let end = entry(index &- 1) &+ 1
    return isGap(end, entry(index)) ? index : unexpected(end)
  }

  /// Where the scalar at `start` ends that white space follows before `end`.
  private func withoutSpaces(_ start: Int, _ end: Int) -> Int {
    var end = end
    while end > start && isSpace(text.byte(end &- 1)) { end &-= 1 }
    return end
  }

  @inline(never)
  func unclosed(_ offset: Int) -> Int {
    fail(offset, "a string is not closed")
  }

  @inline(never)
  func unexpected(_ offset: Int) -> Int {
    fail(afterSpaces(offset), "unexpected character in JSON")
  }

  /// Literals, and whatever is not of the node's kind.
  @inline(never)
  private func otherValue(
    _ node: JSONNodeRef, _ at: Int, _ index: Int, _ depth: Int
  ) -> Int {
    let first = text.byte(at)
    if first == 0x6E, literal(at, index, 0x6C6C_756E, 4) {  // null
      takeNull(node, at)
      return index
    }
    if node.kind == .boolean {
      if first == 0x74, literal(at, index, 0x6575_7274, 4) {  // true
        node.append(1)
        return index
      }
      if first == 0x66, literal(at, index, 0x65_736C_6166, 5) {  // false
        node.append(0)
        return index
      }
    }
    let next = skip(at, index, depth)
    guard next >= 0 else { return next }
    let end = notes.skippedEnd
    switch node.kind {
    case .text:
      // Bit 63: the backslashes in it are not this string's escapes.
      let slot = UInt64(truncatingIfNeeded: at) | UInt64(truncatingIfNeeded: end &- at) &<< 32
      node.append(hasBackslash(at..<end) ? slot | 1 &<< 63 : slot)
    case .emptyObject where first == ASCII.openBrace && isEmptyObject(at, end):
      node.append(at, end &- at)
    case .number where first == ASCII.quote && node.guess != .inferred,
      .boolean where first == ASCII.quote && node.guess != .inferred:
      takeQuoted(node, at, end)
    default:
      takeMisfit(node, at..<end)
    }
    return next
  }

  /// Whether the `length` bytes at `at` are `word`, and nothing else up to entry `index`.
  private func literal(_ at: Int, _ index: Int, _ word: UInt64, _ length: Int) -> Bool {
    let mask: UInt64 = 1 &<< UInt64(truncatingIfNeeded: 8 &* length) &- 1
    return text.word(at) & mask == word && isGap(at &+ length, entry(index))
  }

  private func isEmptyObject(_ at: Int, _ end: Int) -> Bool { afterSpaces(at &+ 1) == end &- 1 }

  private func takeNull(_ node: JSONNodeRef, _ at: Int) {
    if !node.isNullable {
      notes.misfits.append(
        JSONMisfit(row: row, node: node, reason: .nullInRequired, range: at..<at + 4))
    }
    node.appendNull()
  }

  /// A string where a declared type wants a number or boolean: read as CSV reads it.
  private func takeQuoted(_ node: JSONNodeRef, _ at: Int, _ end: Int) {
    guard node.kind == .boolean else {
      node.append(at, end &- 1)
      return
    }
    let field = FieldText(text, at + 1..<end - 1, trimsSpaces: true)
    if let value = field.boolean() {
      node.append(value ? 1 : 0)
    } else {
      takeMisfit(node, at..<end)
    }
  }

  /// A value that the node has no room for.
  func takeMisfit(_ node: JSONNodeRef, _ range: Range<Int>) {
    if node.guess == .inferred {
      notes.contradict(node.column, row: row)
    } else {
      notes.misfits.append(
        JSONMisfit(row: row, node: node, reason: .invalidValue, range: range))
    }
    node.appendNull()
  }
}

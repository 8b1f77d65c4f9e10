import Base
import Columns

// Keys that were not expected where they are.
//
// SAFETY: see JSONWalk.swift.

extension JSONWalk {
  struct FoundKey {
    /// Nil: the schema has no such member.
    var node: JSONNodeRef?
    /// Whether the name differs in case.
    var isVariant = false
    /// Of the value.
    var valueAt: Int
  }

  /// The string at entry `index` as a key: its closing quote, and where its value begins.
  func readKey(_ key: Int, _ index: Int) -> (close: Int, valueAt: Int)? {
    let close = entry(index &+ 1)
    guard text.byte(key) == ASCII.quote, text.byte(close) == ASCII.quote, close > key else {
      return nil
    }
    let colon = afterSpaces(close &+ 1)
    guard text.byte(colon) == ASCII.colon else { return nil }
    return (close, afterSpaces(colon &+ 1))
  }

  /// The member of `node` whose key is entry `index`. Nil: given up.
  @inline(never)
  func lookUp(_ node: JSONNodeRef, _ expected: JSONNodeRef, _ key: Int, _ index: Int) -> FoundKey? {
    guard let (close, valueAt) = readKey(key, index) else {
      let isQuote = text.byte(key) == ASCII.quote
      _ = fail(isQuote ? afterSpaces(entry(index + 1) + 1) : key, "a key and a colon are missing")
      return nil
    }
    let name = key + 1..<close
    let isEscaped = hasBackslash(name)
    if !isEscaped, let near = nearby(node, expected, name) {
      return FoundKey(node: near, valueAt: valueAt)
    }
    guard let text = unescapedJSON(text, name, hasEscapes: isEscaped) else {
      _ = fail(key, "not a JSON escape")
      return nil
    }
    let found = tree.member(text, of: node)
    return FoundKey(node: found?.node, isVariant: found?.isVariant ?? false, valueAt: valueAt)
  }

  /// One of the members expected next: records leave members out more often than they mix them up.
  private func nearby(
    _ node: JSONNodeRef, _ expected: JSONNodeRef, _ name: Range<Int>
  ) -> JSONNodeRef? {
    var candidate = expected
    let last = node.child(node.childCount)
    for _ in 0..<4 {
      guard candidate < last else { return nil }
      if candidate.patternCount == name.count + 3 && hasName(candidate, name) { return candidate }
      candidate = candidate.next
    }
    return nil
  }

  private func hasName(_ node: JSONNodeRef, _ name: Range<Int>) -> Bool {
    let pattern = unsafe node.base.pointee.pattern
    for offset in 0..<name.count
    where unsafe pattern[offset + 1] != text.byte(name.lowerBound + offset) { return false }
    return true
  }

  /// Notes a member whose name differs in case from its column's.
  func takeVariant(_ node: JSONNodeRef, _ row: Int) {
    if node.count == row { node.variantRow = row } else { node.variantRow = -2 - row }
  }

  /// A member that the record has had before: the last of equal names counts. False: the names
  /// differ in case, and the record is given up.
  @inline(never)
  func takeAgain(_ node: JSONNodeRef, _ row: Int, _ key: Int) -> Bool {
    if node.variantRow == row || node.variantRow == -2 - row {
      notes.fault = JSONFault(
        reason: .ambiguousKey, message: "two keys differ only in case", offset: key, node: node)
      return false
    }
    node.truncate(to: row)
    return true
  }

  /// A member that the schema lacks. Returns the entry behind its value.
  @inline(never)
  func unknownMember(
    _ parent: JSONNodeRef, _ key: Int, _ index: Int, _ valueAt: Int, _ depth: Int
  ) -> Int {
    let next = skip(valueAt, index &+ 2, depth)
    guard next >= 0 else { return -1 }
    if parent.guess == .inferred {
      notes.contradict(parent.column, row: row)
    } else if collectsUnknown || rescues || countsUnknown {
      if notes.hasManyUnknown(row) {
        if countsUnknown { return next }
        return fail(
          key, "more than \(Limits.fieldCount) members that are no columns", .tooManyFields)
      }
      notes.unknown.append(
        JSONUnknownMember(
          row: row, parent: parent, key: key..<entry(index &+ 1) &+ 1,
          value: valueAt..<notes.skippedEnd))
    }
    return next
  }
}

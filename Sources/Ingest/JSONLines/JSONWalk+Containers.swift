import Base
import Columns

// SAFETY: see JSONWalk.swift.

extension JSONWalk {
  /// The object whose brace is entry `index`. Returns the entry behind its end.
  func object(_ node: JSONNodeRef, _ index: Int, _ depth: Int) -> Int {
    if depth > depthMax { return tooDeep(index) }
    let row = node.count
    var index = index &+ 1
    var at = entry(index &- 1) &+ 1
    var expected = node.child(0)
    let last = node.child(node.childCount)
    var isInOrder = true
    if text.byte(entry(index)) == ASCII.closeBrace {
      guard isGap(at, entry(index)) else { return unexpected(at) }
      index &+= 1
    } else {
      while true {
        let key = entry(index)
        guard isGap(at, key) else { return unexpected(at) }
        var target = expected
        var valueAt: Int
        if expected < last && matches(expected, key) {
          valueAt = key &+ expected.patternCount
          expected = expected.next
        } else {
          isInOrder = false
          guard let found = lookUp(node, expected, key, index) else { return -1 }
          valueAt = found.valueAt
          guard let member = found.node else {
            index = unknownMember(node, key, index, valueAt, depth)
            if index < 0 { return -1 }
            guard let next = separator(&index, &at) else { return -1 }
            if next { continue } else { break }
          }
          target = member
          expected = member.next
          if found.isVariant { takeVariant(member, row) }
        }
        valueAt = afterSpaces(valueAt)
        if target.count != row { guard takeAgain(target, row, key) else { return -1 } }
        index = value(target, valueAt, index &+ 2, depth)
        if index < 0 { return -1 }
        let separator = entry(index)
        at = separator &+ 1
        index &+= 1
        if text.byte(separator) == ASCII.comma { continue }
        if text.byte(separator) == ASCII.closeBrace { break }
        return unexpected(separator)
      }
    }
    if !isInOrder || expected < last { complete(node, row) }
    node.count = row &+ 1
    return index
  }

  /// Whether the text at `offset` is the node's key in its usual form, colon included.
  @inline(__always)
  private func matches(_ node: JSONNodeRef, _ offset: Int) -> Bool {
    // SAFETY: a pattern has 8 bytes more than `patternCount`, and the text 64 past its end.
    let count = unsafe node.base.pointee.patternCount
    let pattern = unsafe UnsafeRawPointer(node.base.pointee.pattern)
    if count >= 8 {
      let tail = count &- 8
      var done = 0
      while done < tail {
        let wanted = unsafe pattern.loadUnaligned(fromByteOffset: done, as: UInt64.self)
        if text.word(offset &+ done) != UInt64(littleEndian: wanted) { return false }
        done &+= 8
      }
      let wanted = unsafe pattern.loadUnaligned(fromByteOffset: tail, as: UInt64.self)
      return text.word(offset &+ tail) == UInt64(littleEndian: wanted)
    }
    if count == 0 { return false }
    let wanted = unsafe UInt64(littleEndian: pattern.loadUnaligned(as: UInt64.self))
    let mask: UInt64 = (1 &<< UInt64(truncatingIfNeeded: 8 &* count)) &- 1
    return text.word(offset) & mask == wanted
  }

  /// Moves behind the separator at `index`; whether more members follow. Nil: given up.
  private func separator(_ index: inout Int, _ at: inout Int) -> Bool? {
    let separator = entry(index)
    at = separator + 1
    index += 1
    if text.byte(separator) == ASCII.comma { return true }
    if text.byte(separator) == ASCII.closeBrace { return false }
    _ = unexpected(separator)
    return nil
  }

  /// Nulls for the members that the object lacks.
  @inline(never)
  private func complete(_ node: JSONNodeRef, _ row: Int) {
    for index in 0..<node.childCount where node.child(index).count == row {
      let child = node.child(index)
      if child.notesAbsence {
        notes.absences.append(JSONAbsence(row: self.row, column: child.column))
      } else if !child.isNullable {
        notes.misfits.append(
          JSONMisfit(row: self.row, node: child, reason: .nullInRequired, range: 0..<0))
      }
      child.appendNull()
    }
  }

  @inline(never)
  func tooDeep(_ index: Int) -> Int {
    fail(entry(index), "more than \(depthMax) arrays and objects in one another", .tooDeep)
  }

  /// The array whose bracket is entry `index`. Returns the entry behind its end.
  func list(_ node: JSONNodeRef, _ index: Int, _ depth: Int) -> Int {
    if depth > depthMax { return tooDeep(index) }
    let element = node.child(0)
    let first = element.count
    var at = afterSpaces(entry(index) &+ 1)
    var index = index &+ 1
    if text.byte(at) == ASCII.closeBracket {
      index &+= 1
    } else {
      while true {
        index = value(element, at, index, depth)
        if index < 0 { return -1 }
        let separator = entry(index)
        index &+= 1
        if text.byte(separator) == ASCII.comma {
          at = afterSpaces(separator &+ 1)
          continue
        }
        if text.byte(separator) == ASCII.closeBracket { break }
        return unexpected(separator)
      }
    }
    node.append(first, element.count &- first)
    return index
  }

  /// The array at `at`, whose elements are the fields of `node` in order. Returns the entry behind
  /// it.
  func tuple(_ node: JSONNodeRef, _ at: Int, _ index: Int) -> Int {
    guard text.byte(at) == ASCII.openBracket else {
      return skip(at, index, 0) < 0 ? -1 : fail(at, "the record is not an array", .invalidValue)
    }
    var field = node.child(0)
    let last = node.child(node.childCount)
    var at = afterSpaces(entry(index) &+ 1)
    var index = index &+ 1
    if text.byte(at) == ASCII.closeBracket {
      index &+= 1
    } else {
      while true {
        guard field < last else {
          return fail(at, "more than \(node.childCount) elements", .tooManyFields)
        }
        index = value(field, at, index, 1)
        if index < 0 { return -1 }
        field = field.next
        let separator = entry(index)
        index &+= 1
        if text.byte(separator) == ASCII.closeBracket { break }
        guard text.byte(separator) == ASCII.comma else { return unexpected(separator) }
        at = afterSpaces(separator &+ 1)
      }
    }
    let end = entry(index &- 1) &+ 1
    guard isGap(end, entry(index)) else { return unexpected(end) }
    if field < last {
      return fail(end &- 1, "fewer than \(node.childCount) elements", .tooFewFields)
    }
    node.count += 1
    return index
  }

  /// The object whose brace is entry `index`, of any names. Returns the entry behind its end.
  func map(_ node: JSONNodeRef, _ index: Int, _ depth: Int) -> Int {
    if depth > depthMax { return tooDeep(index) }
    let (keys, values) = (node.child(0), node.child(1))
    let first = keys.count
    var index = index &+ 1
    var at = entry(index &- 1) &+ 1
    if text.byte(entry(index)) == ASCII.closeBrace {
      guard isGap(at, entry(index)) else { return unexpected(at) }
      index &+= 1
    } else {
      while true {
        let key = entry(index)
        guard isGap(at, key), let found = readKey(key, index) else { return unexpected(at) }
        keys.append(key &+ 1, found.close &- key &- 1)
        index = value(values, found.valueAt, index &+ 2, depth)
        if index < 0 { return -1 }
        let separator = entry(index)
        at = separator &+ 1
        index &+= 1
        if text.byte(separator) == ASCII.comma { continue }
        if text.byte(separator) == ASCII.closeBrace { break }
        return unexpected(separator)
      }
    }
    if hasRepeatedKey(keys, from: first) {
      return fail(at, "a key of a map is there twice", .ambiguousKey)
    }
    node.append(first, keys.count &- first)
    return index
  }

  private func hasRepeatedKey(_ keys: JSONNodeRef, from first: Int) -> Bool {
    let count = keys.count - first
    if count < 2 { return false }
    if count <= 12 && !hasBackslashes { return hasRepeatedBytes(keys, from: first) }
    var seen: Set<String> = []
    for row in first..<keys.count {
      let range = keys.slice(row).range
      let key = unescapedJSON(text, range, hasEscapes: hasBackslash(range)) ?? ""
      if !seen.insert(key).inserted { return true }
    }
    return false
  }

  /// The same for a few keys without escapes.
  private func hasRepeatedBytes(_ keys: JSONNodeRef, from first: Int) -> Bool {
    for row in first + 1..<keys.count {
      let key = keys.slot(row)
      for other in first..<row where keys.slot(other) &>> 32 == key &>> 32 {
        let (a, b) = (keys.slice(row).range, Int(keys.slice(other).offset))
        let isSame = a.allSatisfy { text.byte($0) == text.byte(b + $0 - a.lowerBound) }
        if isSame { return true }
      }
    }
    return false
  }

  func hasBackslash(_ range: Range<Int>) -> Bool {
    hasBackslashes && hasBit(backslashes, range)
  }
}

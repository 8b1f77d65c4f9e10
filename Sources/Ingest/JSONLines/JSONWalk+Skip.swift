import Base

// Values that no node takes apart: text of a column, members that the schema lacks. They are
// checked as strictly as the rest. SAFETY: see JSONWalk.swift.

extension JSONWalk {
  /// The value at `at`, which entry `index` is the first not before. Returns the entry behind it,
  /// and its end in `notes.skippedEnd`.
  @inline(never)
  func skip(_ at: Int, _ index: Int, _ depth: Int) -> Int {
    var at = at
    var index = index
    /// Of the containers around: whether it is an object.
    var open: [Bool] = []
    while true {
      let first = text.byte(at)
      if first | 0x20 == ASCII.openBrace {
        guard entry(index) == at else { return unexpected(at) }
        if depth + open.count >= depthMax { return tooDeep(index) }
        open.append(first == ASCII.openBrace)
        index += 1
        at = afterSpaces(at + 1)
        let isEmpty = text.byte(at) == (first == ASCII.openBrace ? ASCII.closeBrace : ASCII.closeBracket)
        if !isEmpty {
          if first == ASCII.openBrace {
            guard let value = key(at, &index) else { return -1 }
            at = value
          }
          continue
        }
        open.removeLast()
        index += 1
        at += 1
      } else {
        at = scalar(at, &index)
        if at < 0 { return -1 }
      }
      // Behind a value: what may follow depends on what it is in.
      while true {
        guard let isObject = open.last else {
          notes.skippedEnd = at
          return isGap(at, entry(index)) ? index : unexpected(at)
        }
        let separator = entry(index)
        guard isGap(at, separator) else { return unexpected(at) }
        index += 1
        if text.byte(separator) == ASCII.comma {
          at = afterSpaces(separator + 1)
          if isObject {
            guard let value = key(at, &index) else { return -1 }
            at = value
          }
          break
        }
        guard text.byte(separator) == (isObject ? ASCII.closeBrace : ASCII.closeBracket) else {
          return unexpected(separator)
        }
        open.removeLast()
        at = separator + 1
      }
    }
  }

  /// Behind the key at `at` and its colon; moves `index` behind its quotes. Nil: given up.
  private func key(_ at: Int, _ index: inout Int) -> Int? {
    guard entry(index) == at, let found = readKey(at, index) else {
      _ = unexpected(at)
      return nil
    }
    let name = at + 1..<found.close
    guard !hasBackslash(name) || hasGoodEscapes(text, name) else {
      _ = fail(at, "not a JSON escape")
      return nil
    }
    index += 2
    return found.valueAt
  }

  /// Behind the string, number or literal at `at`; moves `index` behind a string's quotes. -1:
  /// given up.
  private func scalar(_ at: Int, _ index: inout Int) -> Int {
    if text.byte(at) == ASCII.quote {
      let close = entry(index + 1)
      guard entry(index) == at, text.byte(close) == ASCII.quote else { return unclosed(at) }
      let contents = at + 1..<close
      guard !hasBackslash(contents) || hasGoodEscapes(text, contents) else {
        return fail(at, "not a JSON escape")
      }
      index += 2
      return close + 1
    }
    var end = entry(index)
    while end > at && isSpace(text.byte(end - 1)) { end -= 1 }
    guard end > at else { return unexpected(at) }
    let word = FieldText(text, at..<end, trimsSpaces: false)
    if word.equals("true") || word.equals("false") || word.equals("null") { return end }
    return word.isJSONNumber ? end : unexpected(at)
  }
}

extension FieldText {
  fileprivate func equals(_ word: StaticString) -> Bool {
    guard count == word.utf8CodeUnitCount else { return false }
    for index in 0..<count {
      // SAFETY: index < utf8CodeUnitCount; literals in this file all have a pointer.
      if unsafe word.utf8Start[index] != self[index] { return false }
    }
    return true
  }
}

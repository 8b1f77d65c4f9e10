import Base
import Columns

/// A record set aside before conversion.
struct JSONFramedReject {
  var range: Range<Int>
  var reason: RejectReason
  var message: String
  var node: JSONNodeRef?
}

/// What the walk over a text found.
struct JSONFrame {
  var rejects: [JSONFramedReject] = []
  var consumedBytes = 0
  /// The end of the array was seen.
  var isPastEnd = false
  /// Text behind the end of the array was seen and rejected.
  var hasTail = false
  /// What was consumed last, white space left out, is a comma.
  var isAfterComma = false
}

/// Walks over the records of a text one after another: the rows' values are in the nodes then.
struct JSONFramer {
  let walk: JSONWalk
  let options: JSONParserOptions
  let summary: JSONStructureSummary
  let entryCount: Int
  let isEnd: Bool
  let isInputEnd: Bool
  let hasInvalidUTF8: Bool

  private var text: TextPointer { walk.text }
  private var root: JSONNodeRef { walk.tree.root }

  // MARK: Lines

  func frameLines(_ frame: inout JSONFrame, _ rows: inout BufferBuilder<UInt32>) {
    var last = entryCount
    while last > 0 && text.byte(walk.entry(last - 1)) != ASCII.lineFeed { last -= 1 }
    var index = 0
    var start = 0
    while index < last && frame.rejects.count < options.rejectCountMax {
      let at = beginning(from: start)
      var end = walk.entry(index)
      if at == end && text.byte(end) == ASCII.lineFeed {  // Blank.
        index &+= 1
        start = end &+ 1
        continue
      }
      let row = root.count
      let next = record(at, index)
      if next >= 0 && text.byte(walk.entry(next)) == ASCII.lineFeed {
        end = walk.entry(next)
        index = next &+ 1
        keep(at..<end, row, &frame, &rows)
      } else {
        if next >= 0 { _ = walk.unexpected(walk.entry(next)) }
        while text.byte(walk.entry(index)) != ASCII.lineFeed { index += 1 }
        end = walk.entry(index)
        index += 1
        giveUp(at..<end, row, &frame)
      }
      start = end &+ 1
    }
    frame.consumedBytes = start
  }

  /// Where the first record from `start` on begins: behind white space, and what else may stand
  /// before a record.
  @inline(__always)
  private func beginning(from start: Int) -> Int {
    let at = walk.afterSpaces(start)
    let count = prefixBytes(at)
    return count == 0 ? at : beginning(behind: at + count)
  }

  @inline(never)
  private func beginning(behind start: Int) -> Int {
    var at = walk.afterSpaces(start)
    while true {
      let count = prefixBytes(at)
      if count == 0 { return at }
      at = walk.afterSpaces(at + count)
    }
  }

  @inline(__always)
  private func prefixBytes(_ at: Int) -> Int {
    at < walk.count ? jsonPrefixBytes(text, at, count: walk.count) : 0
  }

  /// Walks over one record. Returns the entry behind it, or -1.
  @inline(__always)
  private func record(_ at: Int, _ index: Int) -> Int {
    if options.areTuples { return walk.tuple(root, at, index) }
    if options.areObjects && text.byte(at) != ASCII.openBrace { return notAnObject(at, index) }
    return walk.value(root, at, index, 0)
  }

  private func notAnObject(_ at: Int, _ index: Int) -> Int {
    if walk.skip(at, index, 0) < 0 { return -1 }
    return walk.fail(at, "the record is not an object", .invalidValue)
  }

  /// A row, if the bytes of the record are in order as well.
  @inline(__always)
  private func keep(
    _ range: Range<Int>, _ row: Int, _ frame: inout JSONFrame,
    _ rows: inout BufferBuilder<UInt32>
  ) {
    if summary.hasControls || hasInvalidUTF8, let fault = byteFault(range) {
      walk.notes.fault = fault
      return giveUp(range, row, &frame)
    }
    rows.append(UInt32(truncatingIfNeeded: range.lowerBound))
    rows.append(UInt32(truncatingIfNeeded: range.upperBound))
  }

  private func byteFault(_ range: Range<Int>) -> JSONFault? {
    if hasInvalidUTF8, let offset = firstInvalidUTF8(text, range) {
      return JSONFault(
        reason: .invalidUTF8, message: "the text is not UTF-8", offset: offset, node: nil)
    }
    guard summary.hasControls else { return nil }
    var isInside = false
    var offset = range.lowerBound
    while offset < range.upperBound {
      let byte = text.byte(offset)
      if byte == ASCII.quote { isInside.toggle() }
      if isInside && byte < 0x20 {
        return JSONFault(
          reason: .invalidJSON, message: "a control character in a string must be escaped",
          offset: offset, node: nil)
      }
      offset += isInside && byte == ASCII.backslash ? 2 : 1
    }
    return nil
  }

  /// Takes back what the record that was to become `row` has put into nodes and notes.
  private func takeBack(_ row: Int) {
    walk.notes.drop(row)
    root.truncate(to: row)
  }

  private func giveUp(_ range: Range<Int>, _ row: Int, _ frame: inout JSONFrame) {
    takeBack(row)
    var end = range.upperBound
    while end > range.lowerBound && isJSONSpace(text.byte(end - 1)) { end -= 1 }
    var fault =
      walk.notes.fault
      ?? JSONFault(
        reason: .invalidJSON, message: "not JSON", offset: range.lowerBound, node: nil)
    if fault.reason == .invalidJSON, isCutOff(at: fault.offset, range.lowerBound..<end) {
      fault.message = "the JSON ends early"
    }
    // Bytes that are no UTF-8 are what is wrong, whatever else they made look wrong.
    if hasInvalidUTF8, let bytes = byteFault(range), bytes.reason == .invalidUTF8 { fault = bytes }
    frame.rejects.append(
      JSONFramedReject(
        range: range.lowerBound..<end, reason: fault.reason,
        message: message(of: fault, in: range.lowerBound..<end),
        node: fault.node))
  }

  /// Whether nothing is wrong with a record but that it ends at `offset`, or in the literal or
  /// number there.
  private func isCutOff(at offset: Int, _ record: Range<Int>) -> Bool {
    if offset >= record.upperBound { return true }
    var before = offset - 1
    while before > record.lowerBound && isJSONSpace(text.byte(before)) { before -= 1 }
    guard before >= record.lowerBound,
      [ASCII.colon, ASCII.comma, ASCII.openBracket].contains(text.byte(before))
    else { return false }
    let rest = text.string(offset..<record.upperBound)
    return ["true", "false", "null"].contains { $0.hasPrefix(rest) }
      || rest.utf8.allSatisfy { isDigit($0) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains($0) }
  }

  /// What is wrong with a record, with the text in which that shows.
  private func message(of fault: JSONFault, in record: Range<Int>) -> String {
    let offset = min(max(fault.offset, record.lowerBound), record.upperBound)
    let place = "byte \(offset - record.lowerBound) of the record"
    guard fault.reason == .invalidJSON, offset < record.upperBound else {
      return "\(fault.message), \(place)"
    }
    let shown = text.string(offset..<min(offset + JSONFramer.shownBytes, record.upperBound))
    return "\(fault.message) at \(shown.map { $0.isNewline ? " " : String($0) }.joined()), \(place)"
  }

  /// Of the text of a fault.
  private static let shownBytes = 24

  // MARK: Values and elements

  func frameValues(_ frame: inout JSONFrame, _ rows: inout BufferBuilder<UInt32>) {
    let count = walk.count
    let isArray = options.layout.isArray
    var index = 0
    var start = 0
    var endsInReject = false
    while frame.rejects.count < options.rejectCountMax {
      let at = isArray ? walk.afterSpaces(start) : beginning(from: start)
      frame.consumedBytes = at
      guard at < count else { break }
      let row = root.count
      while index < entryCount && walk.entry(index) < at { index += 1 }
      if isArray && text.byte(at) | 0x20 == ASCII.closeBrace { return endArray(at, &frame) }
      let found = isArray ? element(at, index) : topValue(at, index)
      if let end = found {
        keep(at..<end.offset, row, &frame, &rows)
        start = end.next
        endsInReject = false
      } else {
        guard
          let end = JSONBoundaryScanner.recordEnd(
            text, from: at, count: count, layout: options.layout) ?? (isEnd ? count : nil)
        else {
          takeBack(row)
          return
        }
        giveUp(at..<end, row, &frame)
        endsInReject = end == count
        start = isArray && end < count && text.byte(end) == ASCII.comma ? end + 1 : end
      }
      frame.consumedBytes = start
      frame.isAfterComma = isArray && start > 0 && text.byte(start - 1) == ASCII.comma
    }
    if isEnd && isInputEnd && isArray && frame.consumedBytes >= count && !endsInReject {
      frame.rejects.append(
        JSONFramedReject(
          range: count..<count, reason: .invalidJSON, message: "the array is not closed", node: nil)
      )
    }
  }

  /// Takes the bracket that ends the array, or a brace that does so by mistake.
  private func endArray(_ at: Int, _ frame: inout JSONFrame) {
    if text.byte(at) == ASCII.closeBrace {
      frame.hasTail = true
      frame.rejects.append(
        JSONFramedReject(
          range: at..<walk.count, reason: .invalidJSON, message: "a brace ends the array",
          node: nil))
    } else if frame.isAfterComma {
      frame.rejects.append(
        JSONFramedReject(
          range: at..<at, reason: .invalidJSON, message: "an element is missing", node: nil))
    }
    frame.isAfterComma = false
    frameTail(&frame, from: at + 1)
  }

  /// Where the element at `at` ends, and the next begins; nil: given up, or cut off.
  private func element(_ at: Int, _ index: Int) -> (offset: Int, next: Int)? {
    let next = record(at, index)
    guard next >= 0 else { return nil }
    let separator = walk.entry(next)
    switch text.byte(separator) {
    case ASCII.comma where separator < walk.count: return (separator, separator + 1)
    case ASCII.closeBracket where separator < walk.count: return (separator, separator)
    default:
      _ = walk.unexpected(separator)
      return nil
    }
  }

  /// Where the value at `at` ends, which nothing has to follow; nil: given up, or cut off.
  private func topValue(_ at: Int, _ index: Int) -> (offset: Int, next: Int)? {
    let first = text.byte(at)
    if first == ASCII.openBrace && root.kind == .structure && !options.areTuples {
      let next = walk.object(root, index, 1)
      guard next >= 0 else { return nil }
      let end = walk.entry(next - 1) + 1
      return (end, end)
    }
    // Anything else is walked over as if its end were the end of the text.
    let end: Int
    if first | 0x20 == ASCII.openBrace || first == ASCII.quote {
      guard let found = valueEnd(index) else {
        _ = walk.fail(at, "a string or bracket is not closed")
        return nil
      }
      end = found
    } else {
      var offset = at
      while offset < walk.count && !isJSONSpace(text.byte(offset))
        && !isJSONSeparator(text.byte(offset)) && text.byte(offset) != ASCII.quote
      { offset += 1 }
      if offset == walk.count && !isEnd { return nil }
      end = offset
    }
    return alone(at..<end, index) ? (end, end) : nil
  }

  /// Behind the string or container that begins at entry `index`.
  private func valueEnd(_ index: Int) -> Int? {
    var depth = 0
    var index = index
    while index < entryCount {
      let byte = text.byte(walk.entry(index))
      if byte == ASCII.quote {
        index += 1
        guard index < entryCount, text.byte(walk.entry(index)) == ASCII.quote else { return nil }
      } else if byte | 0x20 == ASCII.openBrace {
        depth += 1
      } else if byte | 0x20 == ASCII.closeBrace {
        depth -= 1
      }
      if depth <= 0 { return walk.entry(index) + 1 }
      index += 1
    }
    return nil
  }

  /// Walks over the value that fills `range`, with a structure of its own.
  ///
  /// - Parameter index: of the first entry not before it.
  private func alone(_ range: Range<Int>, _ index: Int) -> Bool {
    guard range.count > 0 else { return walk.fail(range.lowerBound, "not a JSON value") >= 0 }
    var positions: [UInt32] = []
    var index = index
    while index < entryCount && walk.entry(index) < range.upperBound {
      positions.append(UInt32(walk.entry(index)))
      index += 1
    }
    for _ in 0..<JSONStructure.sentinelCount { positions.append(UInt32(range.upperBound)) }
    return unsafe positions.withUnsafeMutableBufferPointer { entries in
      // SAFETY: there are at least the sentinels, and the walk stays within them.
      let own = walk.with(
        entries: unsafe Slots(base: entries.baseAddress.unsafelyUnwrapped),
        count: range.upperBound)
      if options.areTuples { return own.tuple(root, range.lowerBound, 0) >= 0 }
      if options.areObjects && text.byte(range.lowerBound) != ASCII.openBrace {
        if own.skip(range.lowerBound, 0, 0) >= 0 {
          _ = own.fail(range.lowerBound, "the record is not an object", .invalidValue)
        }
        return false
      }
      return own.value(root, range.lowerBound, 0, 0) >= 0
    }
  }

  /// What follows the array: nothing, or the rest of the object it is a member of.
  func frameTail(_ frame: inout JSONFrame, from start: Int) {
    frame.consumedBytes = walk.count
    frame.isPastEnd = true
    guard options.layout == .array && !frame.hasTail else { return }
    let at = walk.afterSpaces(start)
    guard at < walk.count else { return }
    frame.hasTail = true
    frame.rejects.append(
      JSONFramedReject(
        range: at..<walk.count, reason: .invalidJSON, message: "text follows the array", node: nil))
  }
}

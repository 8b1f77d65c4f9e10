import Base
import CKernels

/// What the structural index tells about a text besides the positions of its entries.
struct JSONStructureSummary: Equatable {
  var positionCount = 0
  /// All newlines.
  var newlineCount = 0
  var endsInsideString = false
  /// A newline inside a string: strings end there, and the index has to be made line by line.
  var hasBrokenStrings = false
  /// A byte below 0x20 inside a string.
  var hasControls = false
  var hasBackslashes = false
  var hasNonASCII = false
}

/// Writes the position of every bracket, brace and comma outside strings and of every quote that
/// opens or closes a string to `positions`, of newlines outside strings as well if `newlines`; and
/// a bit a byte for backslashes to `backslashes`, 64 a word. O(count).
///
/// Reads up to 64 bytes past `count`. `CKernels/json.h` has the definitions.
func indexJSON(
  _ text: TextPointer, count: Int, newlines: Bool, positions: Slots<UInt32>,
  backslashes: Slots<UInt64>, level: KernelLevel
) -> JSONStructureSummary {
  #if arch(x86_64)
    guard level != .scalar else {
      return indexJSONScalar(
        text, count: count, newlines: newlines, positions: positions, backslashes: backslashes)
    }
    let raw: grebe_json_summary
    // SAFETY: the kernels read up to 64 bytes past `count`, which a text is padded for, write at
    // most one position a byte and 72 more, and one word for each 64 bytes begun: `JSONStructure`
    // has room for them.
    switch level {
    case .avx512:
      unsafe raw = grebe_json_index_avx512(
        text.base, count, newlines ? 1 : 0, positions.base, backslashes.base)
    case .avx2:
      unsafe raw = grebe_json_index_avx2(
        text.base, count, newlines ? 1 : 0, positions.base, backslashes.base)
    default:
      unsafe raw = grebe_json_index_sse2(
        text.base, count, newlines ? 1 : 0, positions.base, backslashes.base)
    }
    return JSONStructureSummary(
      positionCount: Int(raw.position_count), newlineCount: Int(raw.newline_count),
      endsInsideString: raw.inside != 0, hasBrokenStrings: raw.broken != 0,
      hasControls: raw.controls != 0, hasBackslashes: raw.backslashes != 0,
      hasNonASCII: raw.non_ascii != 0)
  #else
    return indexJSONScalar(
      text, count: count, newlines: newlines, positions: positions, backslashes: backslashes)
  #endif
}

/// The reference: one byte a step.
func indexJSONScalar(
  _ text: TextPointer, count: Int, newlines: Bool, positions: Slots<UInt32>,
  backslashes: Slots<UInt64>
) -> JSONStructureSummary {
  var summary = JSONStructureSummary()
  var isInside = false
  var isEscaped = false
  var position = 0
  for offset in 0..<count {
    let byte = text.byte(offset)
    if offset & 63 == 0 { backslashes[offset >> 6] = 0 }
    let isBackslash = byte == ASCII.backslash
    if isBackslash {
      backslashes[offset >> 6] |= 1 << UInt64(offset & 63)
      summary.hasBackslashes = true
    }
    if byte >= 0x80 { summary.hasNonASCII = true }
    var isEntry = false
    if byte == ASCII.quote && !isEscaped {
      isInside.toggle()
      isEntry = true
    } else if isInside {
      if byte < 0x20 { summary.hasControls = true }
      if byte == ASCII.lineFeed { summary.hasBrokenStrings = true }
    } else {
      isEntry = isJSONSeparator(byte) || newlines && byte == ASCII.lineFeed
    }
    if byte == ASCII.lineFeed { summary.newlineCount += 1 }
    if isEntry {
      positions[position] = UInt32(offset)
      position += 1
    }
    isEscaped = isBackslash && !isEscaped
  }
  summary.positionCount = position
  summary.endsInsideString = isInside
  return summary
}

/// Whether `byte` is a bracket, a brace or a comma.
@inline(__always)
func isJSONSeparator(_ byte: UInt8) -> Bool {
  byte == ASCII.comma || byte | 0x20 == ASCII.openBrace || byte | 0x20 == ASCII.closeBrace
}

/// Bytes at `offset` that may stand before a record and are no part of it: the separator of a text
/// sequence (RFC 7464), or the byte-order mark of a file that `cat` has put behind another.
@inline(__always)
func jsonPrefixBytes(_ text: TextPointer, _ offset: Int, count: Int) -> Int {
  let byte = text.byte(offset)
  if byte == ASCII.recordSeparator { return 1 }
  guard byte == 0xEF, offset + 3 <= count, text.byte(offset + 1) == 0xBB,
    text.byte(offset + 2) == 0xBF
  else { return 0 }
  return 3
}

/// Whether `byte` is white space to JSON.
@inline(__always)
func isJSONSpace(_ byte: UInt8) -> Bool {
  byte == ASCII.space || byte == ASCII.lineFeed || byte == ASCII.carriageReturn
    || byte == ASCII.tab
}

extension ASCII {
  static let recordSeparator: UInt8 = 0x1E
  static let openBrace: UInt8 = 0x7B
  static let closeBrace: UInt8 = 0x7D
  static let openBracket: UInt8 = 0x5B
  package static let closeBracket: UInt8 = 0x5D
}

/// The entries of a text, with the memory they lie in, which lasts from batch to batch.
struct JSONStructure: ~Copyable {
  /// Entries behind the last that a walk may look at: they point behind the text.
  static let sentinelCount = 8

  private var positions = BufferBuilder<UInt32>()
  private var backslashes = BufferBuilder<UInt64>()
  private(set) var summary = JSONStructureSummary()
  private(set) var count = 0

  var positionSlots: Slots<UInt32> {
    // SAFETY: read up to `count + sentinelCount`, which `index` has written.
    unsafe Slots(base: positions.unsafeStart)
  }

  var backslashSlots: Slots<UInt64> {
    // SAFETY: `index` has written a word for each 64 bytes of the text.
    unsafe Slots(base: backslashes.unsafeStart)
  }

  /// Indexes `text`, line by line where a string is broken by a newline.
  mutating func index(_ text: TextPointer, count textCount: Int, newlines: Bool, level: KernelLevel)
  {
    positions.removeAll()
    backslashes.removeAll()
    // SAFETY: room for a position a byte, the kernels' 72, and the sentinels; a word for each 64
    // bytes begun of the text, and one for a part that begins within a word.
    let slots = unsafe Slots(base: positions.unsafeTail(textCount + 192))
    let words = unsafe Slots(base: backslashes.unsafeTail(textCount / 64 + 2))
    summary = indexJSON(
      text, count: textCount, newlines: newlines, positions: slots, backslashes: words,
      level: level)
    count = summary.positionCount
    if summary.hasBrokenStrings {
      indexLines(text, textCount, newlines, level, slots)
    }
    for sentinel in 0..<JSONStructure.sentinelCount {
      slots[count + sentinel] = UInt32(textCount)
    }
  }

  /// Strings end with their line.
  private mutating func indexLines(
    _ text: TextPointer, _ textCount: Int, _ newlines: Bool, _ level: KernelLevel,
    _ slots: Slots<UInt32>
  ) {
    // SAFETY: room for the words of the longest line.
    var scratch = BufferBuilder<UInt64>()
    let words = unsafe Slots(base: scratch.unsafeTail(textCount / 64 + 2))
    count = 0
    summary.endsInsideString = false
    summary.hasControls = false
    var start = 0
    while start < textCount {
      let end = text.firstOffset(of: ASCII.lineFeed, in: start..<textCount)
      // SAFETY: the line lies within the text, and the entries found so far are fewer than the
      // bytes before it.
      let line = unsafe TextPointer(base: text.base + start)
      let tail = unsafe Slots(base: slots.base + count)
      let found = indexJSON(
        line, count: end - start, newlines: false, positions: tail, backslashes: words,
        level: level)
      for index in 0..<found.positionCount { tail[index] += UInt32(start) }
      count += found.positionCount
      // A string that its line leaves open may seem to end, over the newline, with a quote of the
      // next.
      let isBroken = found.endsInsideString && end < textCount
      summary.hasControls = summary.hasControls || found.hasControls || isBroken
      if newlines && end < textCount {
        slots[count] = UInt32(end)
        count += 1
      }
      if end == textCount { summary.endsInsideString = found.endsInsideString }
      start = end + 1
    }
  }

  /// Whether a backslash lies in `range`. O(range / 64).
  func hasBackslash(in range: Range<Int>) -> Bool {
    summary.hasBackslashes && hasBit(backslashSlots, range)
  }
}

/// Whether one of the bits of `range` is set.
@inline(__always)
func hasBit(_ words: Slots<UInt64>, _ range: Range<Int>) -> Bool {
  guard !range.isEmpty else { return false }
  let first = range.lowerBound &>> 6
  let last = (range.upperBound &- 1) &>> 6
  let low: UInt64 = .max &<< UInt64(truncatingIfNeeded: range.lowerBound & 63)
  let high: UInt64 = .max &>> UInt64(truncatingIfNeeded: 63 &- (range.upperBound &- 1) & 63)
  if first == last { return words[first] & low & high != 0 }
  if words[first] & low != 0 || words[last] & high != 0 { return true }
  var index = first &+ 1
  while index < last {
    if words[index] != 0 { return true }
    index &+= 1
  }
  return false
}

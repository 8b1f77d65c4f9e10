import Base

// LIKE: `%` stands for any text, `_` for one character (a Unicode scalar), all else for itself.
//
//   pattern  := segment ("%" segment)*        segment := (byte | "_")*
//
// The first segment is anchored at the start, the last at the end, and each in between is taken at
// its leftmost place, which is right because `%` may stand for anything: O(text * pattern).

/// A compiled LIKE pattern.
package struct LikePattern: Sendable, Hashable {
  package let source: String
  package let escape: Character?
  let segments: [Segment]

  /// What stands between two `%`.
  struct Segment: Sendable, Hashable {
    /// UTF-8 units; `anyCharacter` for `_`.
    var units: [UInt16] = []

    var isEmpty: Bool { units.isEmpty }
    /// Whether it holds no `_`.
    var isPlain: Bool { !units.contains(LikePattern.anyCharacter) }
    /// The bytes before the first `_`.
    var prefix: [UInt8] { units.prefix { $0 != LikePattern.anyCharacter }.map { UInt8($0) } }
  }

  static let anyCharacter: UInt16 = 0x100

  package init(_ source: String, escape: Character? = nil) throws(ComputeError) {
    self.source = source
    self.escape = escape
    var segments = [Segment()]
    var characters = source.unicodeScalars.makeIterator()
    let escapeScalar = escape?.unicodeScalars.first
    while let scalar = characters.next() {
      var plain = scalar
      if scalar == escapeScalar {
        guard let escaped = characters.next() else {
          throw .invalid("the LIKE pattern '\(source)' ends with its escape character")
        }
        plain = escaped
      } else if scalar == "%" {
        segments.append(Segment())
        continue
      } else if scalar == "_" {
        segments[segments.count - 1].units.append(LikePattern.anyCharacter)
        continue
      }
      segments[segments.count - 1].units += Array(String(plain).utf8).map(UInt16.init)
    }
    // Two `%` in a row say no more than one.
    let last = segments.count - 1
    self.segments = segments.enumerated().filter { $0 == 0 || $0 == last || !$1.isEmpty }.map(\.1)
  }

  /// The bytes every match starts with.
  package var prefix: [UInt8] { segments[0].prefix }

  /// Whether the pattern is its prefix and one `%` at the end.
  package var isPrefixOnly: Bool {
    segments[0].isPlain && segments.count == 2 && segments[1].isEmpty
  }
  package var isPlainText: Bool { segments.count == 1 && segments[0].isPlain }

  /// The text to look for anywhere, of a pattern such as `%text%`.
  var infix: [UInt8]? {
    guard segments.count == 3, segments[0].isEmpty, segments[2].isEmpty, segments[1].isPlain
    else { return nil }
    return segments[1].prefix
  }

  package func matches(_ text: String) -> Bool {
    let bytes = Buffer(Array(text.utf8))
    // SAFETY: the pointer is used while the buffer lives, within its count.
    return unsafe bytes.withUnsafePointer { unsafe matches($0, bytes.count) }
  }

  /// Whether the `count` bytes of UTF-8 at `text` match.
  // SAFETY: no position outside 0 ..< count is read.
  @unsafe
  func matches(_ text: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    guard let afterFirst = unsafe match(segments[0], text, at: 0, end: count) else { return false }
    if segments.count == 1 { return afterFirst == count }
    guard let lastStart = unsafe matchBackwards(segments[segments.count - 1], text, count),
      lastStart >= afterFirst
    else { return false }
    var position = afterFirst
    for index in 1..<segments.count - 1 {
      guard let next = unsafe find(segments[index], text, from: position, end: lastStart) else {
        return false
      }
      position = next
    }
    return true
  }

  /// Where the text goes on after `segment` matched at `start`.
  // SAFETY: positions stay below `end`.
  @unsafe
  private func match(
    _ segment: Segment, _ text: UnsafePointer<UInt8>, at start: Int, end: Int
  ) -> Int? {
    var position = start
    for unit in segment.units {
      guard position < end else { return nil }
      if unit == LikePattern.anyCharacter {
        position += 1
        while unsafe position < end && isContinuation(text[position]) { position += 1 }
      } else {
        guard unsafe UInt16(text[position]) == unit else { return nil }
        position += 1
      }
    }
    return position
  }

  // SAFETY: positions stay below `end`.
  @unsafe
  private func find(
    _ segment: Segment, _ text: UnsafePointer<UInt8>, from start: Int, end: Int
  ) -> Int? {
    guard let first = segment.units.first else { return start }
    var position = start
    while position < end {
      // `_` may only start where a character does.
      let fits =
        unsafe first == LikePattern.anyCharacter
        ? !isContinuation(text[position]) : UInt16(text[position]) == first
      if fits, let after = unsafe match(segment, text, at: position, end: end) { return after }
      position += 1
    }
    return nil
  }

  /// Where `segment` starts when it ends at `end`.
  // SAFETY: positions stay in 0 ..< end.
  @unsafe
  private func matchBackwards(
    _ segment: Segment, _ text: UnsafePointer<UInt8>, _ end: Int
  ) -> Int? {
    var position = end
    for unit in segment.units.reversed() {
      guard position > 0 else { return nil }
      position -= 1
      if unit == LikePattern.anyCharacter {
        while unsafe position > 0 && isContinuation(text[position]) { position -= 1 }
      } else if unsafe UInt16(text[position]) != unit {
        return nil
      }
    }
    return position
  }
}

@inline(__always)
func isContinuation(_ byte: UInt8) -> Bool { byte & 0xC0 == 0x80 }

/// Whether `needle` is among the `count` bytes at `text`. Looks for its first byte eight places at
/// a time. Up to 7 bytes past the text are loaded and ignored; buffers are padded for that.
// SAFETY: `bytesEqual` is only called where the whole needle fits before the end.
@inline(__always)
@unsafe
func containsBytes(
  _ text: UnsafePointer<UInt8>, _ count: Int, _ needle: UnsafePointer<UInt8>, _ needleCount: Int
) -> Bool {
  if needleCount == 0 { return true }
  let last = count &- needleCount
  let ones: UInt64 = 0x0101_0101_0101_0101
  let low7: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
  let first = unsafe UInt64(needle[0]) &* ones
  var offset = 0
  while offset <= last {
    // The top bit of each byte of `hits` is set where the text's byte is the needle's first.
    let difference = unsafe UInt64(littleEndian: loadWord(text + offset)) ^ first
    var hits = ~(((difference & low7) &+ low7) | difference | low7)
    while hits != 0 {
      let place = offset &+ hits.trailingZeroBitCount / 8
      if place > last { return false }
      if unsafe bytesEqual(text + place, needle, needleCount) { return true }
      hits &= hits &- 1
    }
    offset &+= 8
  }
  return false
}

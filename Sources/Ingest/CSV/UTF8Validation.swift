/// Offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or nil.
///
/// Eight bytes a step over ASCII. Reads no byte outside `range` to decide, up to 8 past it to load.
func firstInvalidUTF8(_ text: TextPointer, _ range: Range<Int>) -> Int? {
  var offset = range.lowerBound
  let end = range.upperBound
  while offset < end {
    if offset &+ 8 <= end && text.word(offset) & 0x8080_8080_8080_8080 == 0 {
      offset &+= 8
      continue
    }
    let lead = text.byte(offset)
    if lead < 0x80 {
      offset &+= 1
      continue
    }
    let length = wellFormedLength(text, offset, available: end &- offset, lead: lead)
    if length == 0 { return offset }
    offset &+= length
  }
  return nil
}

/// Bytes of the multi-byte sequence at `offset`; 0 where it is not well formed.
@inline(__always)
private func wellFormedLength(
  _ text: TextPointer, _ offset: Int, available: Int, lead: UInt8
) -> Int {
  func isContinuation(_ index: Int) -> Bool { text.byte(offset &+ index) & 0xC0 == 0x80 }
  switch lead {
  case 0xC2...0xDF:
    return available >= 2 && isContinuation(1) ? 2 : 0
  case 0xE0...0xEF:
    guard available >= 3 && isContinuation(1) && isContinuation(2) else { return 0 }
    let second = text.byte(offset &+ 1)
    // E0 begins with an overlong form, ED with surrogates.
    if lead == 0xE0 && second < 0xA0 || lead == 0xED && second > 0x9F { return 0 }
    return 3
  case 0xF0...0xF4:
    guard available >= 4 && isContinuation(1) && isContinuation(2) && isContinuation(3) else {
      return 0
    }
    let second = text.byte(offset &+ 1)
    if lead == 0xF0 && second < 0x90 || lead == 0xF4 && second > 0x8F { return 0 }
    return 4
  default:
    return 0
  }
}

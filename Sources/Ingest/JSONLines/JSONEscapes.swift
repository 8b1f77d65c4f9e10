import Base

// Escapes of JSON strings (RFC 8259, section 7). Half a surrogate pair on its own becomes U+FFFD.

/// Whether every backslash of a string's contents begins an escape.
func hasGoodEscapes(_ text: TextPointer, _ range: Range<Int>) -> Bool {
  var offset = range.lowerBound
  while offset < range.upperBound {
    guard text.byte(offset) == ASCII.backslash else {
      offset &+= 1
      continue
    }
    let length = escapeLength(text, offset, range.upperBound)
    if length == 0 { return false }
    offset &+= length
  }
  return true
}

/// Bytes of the escape at `offset`; 0 where it is none.
private func escapeLength(_ text: TextPointer, _ offset: Int, _ end: Int) -> Int {
  guard offset + 1 < end else { return 0 }
  switch text.byte(offset + 1) {
  case ASCII.quote, ASCII.backslash, ASCII.slash, 0x62, 0x66, 0x6E, 0x72, 0x74: return 2
  case 0x75:
    guard offset + 6 <= end else { return 0 }
    for index in 2..<6 where hexDigitValue(text.byte(offset + index)) == nil { return 0 }
    return 6
  default: return 0
  }
}

/// Appends a string's contents without escapes to `output`; false, with part of them, where a
/// backslash begins no escape.
func appendUnescapedJSON(
  _ text: TextPointer, _ range: Range<Int>, to output: inout BufferBuilder<UInt8>
) -> Bool {
  var offset = range.lowerBound
  let end = range.upperBound
  while offset < end {
    let byte = text.byte(offset)
    guard byte == ASCII.backslash else {
      output.append(byte)
      offset &+= 1
      continue
    }
    let length = escapeLength(text, offset, end)
    if length == 0 { return false }
    let letter = text.byte(offset &+ 1)
    offset &+= length
    switch letter {
    case 0x62: output.append(8)
    case 0x66: output.append(12)
    case 0x6E: output.append(10)
    case 0x72: output.append(13)
    case 0x74: output.append(9)
    case 0x75:
      var unit = hexUnit(text, offset - 4)
      if unit & 0xFC00 == 0xD800, text.byte(offset) == ASCII.backslash,
        escapeLength(text, offset, end) == 6
      {
        let low = hexUnit(text, offset + 2)
        if low & 0xFC00 == 0xDC00 {
          unit = 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
          offset += 6
        }
      }
      for byte in String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8 { output.append(byte) }
    default: output.append(letter)
    }
  }
  return true
}

private func hexUnit(_ text: TextPointer, _ offset: Int) -> UInt32 {
  (0..<4).reduce(0) { $0 << 4 | UInt32(hexDigitValue(text.byte(offset + $1)) ?? 0) }
}

/// A string's contents; nil where a backslash begins no escape.
func unescapedJSON(_ text: TextPointer, _ range: Range<Int>, hasEscapes: Bool) -> String? {
  guard hasEscapes else { return text.string(range) }
  var bytes = BufferBuilder<UInt8>()
  guard appendUnescapedJSON(text, range, to: &bytes) else { return nil }
  return String(decoding: [UInt8](bytes.take()), as: UTF8.self)
}

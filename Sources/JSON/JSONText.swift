// Checked numbers and strings of a JSON text as values: RFC 8259, sections 6 and 7.
import Base

/// A number's digits as an integer; nil if it does not fit.
func integer(_ bytes: Buffer<UInt8>, _ range: Range<Int>) -> Int64? {
  let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
  var value: Int64 = 0
  for index in range.dropFirst(isNegative ? 1 : 0) {
    // Downwards: there is one negative number more than there are positive ones.
    let (tens, over) = value.multipliedReportingOverflow(by: 10)
    let digit = Int64(bytes[index] &- UInt8(ascii: "0"))
    let (next, under) = tens.subtractingReportingOverflow(digit)
    if over || under { return nil }
    value = next
  }
  if isNegative { return value }
  return value == .min ? nil : -value
}

/// A checked string's text. Half a surrogate pair on its own becomes U+FFFD.
func unescaped(_ bytes: Buffer<UInt8>, _ range: Range<Int>) -> String {
  let source = bytes.slice(range)
  // A text is never longer than it is with its escapes.
  var output = ByteWriter(capacity: source.count)
  var cursor = 0
  while cursor < source.count {
    let plain = cursor
    cursor = source.index(of: UInt8(ascii: "\\"), from: cursor)
    if cursor > plain {
      let run = source.slice(plain..<cursor)
      output.append(run.bytes)
    }
    if cursor < source.count { cursor = unescape(source, cursor, into: &output) }
  }
  let text = output.take()
  // SAFETY: `start` has `text.count` bytes, and the text is copied before the closure ends.
  return unsafe text.withUnsafePointer { start in
    unsafe String(decoding: UnsafeBufferPointer(start: start, count: text.count), as: UTF8.self)
  }
}

/// Writes what the checked escape at `cursor` stands for; returns the offset after it.
private func unescape(
  _ bytes: Buffer<UInt8>, _ cursor: Int, into output: inout ByteWriter
) -> Int {
  let next = cursor + 2
  switch bytes[cursor + 1] {
  case UInt8(ascii: "b"): output.append(8)
  case UInt8(ascii: "f"): output.append(12)
  case UInt8(ascii: "n"): output.append(10)
  case UInt8(ascii: "r"): output.append(13)
  case UInt8(ascii: "t"): output.append(9)
  case UInt8(ascii: "u"): return unescapeUnit(bytes, next, into: &output)
  case let letter: output.append(letter)
  }
  return next
}

/// The same for the four digits of a `\u` escape, and for the escape after it where the two are a
/// surrogate pair.
private func unescapeUnit(
  _ bytes: Buffer<UInt8>, _ start: Int, into output: inout ByteWriter
) -> Int {
  var unit = hexUnit(bytes, start)
  var cursor = start + 4
  if unit & 0xFC00 == 0xD800, cursor + 6 <= bytes.count, bytes[cursor] == UInt8(ascii: "\\"),
    bytes[cursor + 1] == UInt8(ascii: "u")
  {
    let low = hexUnit(bytes, cursor + 2)
    if low & 0xFC00 == 0xDC00 {
      unit = 0x10000 + (unit & 0x3FF) << 10 + (low & 0x3FF)
      cursor += 6
    }
  }
  output.append(utf8: String(Unicode.Scalar(unit) ?? "\u{FFFD}"))
  return cursor
}

extension Buffer where Element == UInt8 {
  /// The first such byte at or after `start`; `count` if there is none.
  fileprivate func index(of byte: UInt8, from start: Int) -> Int {
    let bytes = span
    var index = start
    while index < bytes.count && bytes[index] != byte { index &+= 1 }
    return index
  }
}

/// The four hexadecimal digits at `offset`, checked by the indexer.
private func hexUnit(_ bytes: Buffer<UInt8>, _ offset: Int) -> UInt32 {
  (0..<4).reduce(0) { $0 << 4 | UInt32(hexDigitValue(bytes[offset + $1]) ?? 0) }
}

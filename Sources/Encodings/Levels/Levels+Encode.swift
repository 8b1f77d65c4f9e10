// Definition levels of a flat column: one bit a row, 1 where the row has a value. At a width of one
// bit the packed groups of the hybrid are the bytes of the validity bitmap itself, so packed runs
// are copied and repeated runs are found a word (64 rows) at a time.
package import Base

/// Words of equal bits from which on a repeated run is smaller than eight packed bytes a word.
private let repeatWords = 1

/// The most bytes that `appendLevels` writes for `rowCount` rows.
package func maxLevelBytes(rowCount: Int) -> Int {
  // Packed bytes, and per word of a repeated run at most ten bytes for its own and the next header.
  (rowCount + 63) / 64 * 20 + 16
}

/// Appends the levels of rows `0..<rowCount`, whose bits are in `words`.
///
/// - Precondition: `words` holds `ceil(rowCount / 64)` words; bits past `rowCount` are zero.
package func appendLevels(_ words: Span<UInt64>, rowCount: Int, to output: inout ByteWriter) {
  precondition(words.count * 64 >= rowCount)
  let whole = rowCount / 64
  var start = 0  // The first word that is not written yet.
  var index = 0
  while index < whole {
    let word = words[index]
    var end = index
    if word == 0 || word == .max {
      while end < whole && words[end] == word { end += 1 }
    }
    if end - index < repeatWords {
      index += 1
      continue
    }
    appendPackedWords(words, start..<index, to: &output)
    appendRepeated(word == 0 ? 0 : 1, count: (end - index) * 64, bitWidth: 1, to: &output)
    index = end
    start = end
  }
  let rest = rowCount - whole * 64
  guard rest > 0 else { return appendPackedWords(words, start..<whole, to: &output) }
  let last = words[whole]
  if start == whole, last == 0 || last == ~0 >> UInt64(64 - rest) {
    return appendRepeated(last == 0 ? 0 : 1, count: rest, bitWidth: 1, to: &output)
  }
  // One packed run up to the end: whole words, then the bytes of the last.
  let lastBytes = (rest + 7) / 8
  output.appendULEB128(UInt64((whole - start) * 8 + lastBytes) << 1 | 1)
  for index in start..<whole { output.appendInteger(words[index]) }
  for byte in 0..<lastBytes { output.append(UInt8(truncatingIfNeeded: last >> UInt64(byte * 8))) }
}

private func appendPackedWords(
  _ words: Span<UInt64>, _ range: Range<Int>, to output: inout ByteWriter
) {
  guard !range.isEmpty else { return }
  output.appendULEB128(UInt64(range.count * 8) << 1 | 1)
  for index in range { output.appendInteger(words[index]) }
}

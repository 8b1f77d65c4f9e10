import Base
import Columns

/// Slices of the text, one a row, and the rows whose field is empty and unquoted as exceptions.
func sliceStrings(
  _ column: FieldColumn, into output: Slots<ValueSlice>, exceptions: inout ExceptionList
) {
  if column.isPlain {
    sliceStrings(column, isPlain: true, output, &exceptions)
  } else {
    sliceStrings(column, isPlain: false, output, &exceptions)
  }
}

@inline(__always)
private func sliceStrings(
  _ column: FieldColumn, isPlain: Bool, _ output: Slots<ValueSlice>,
  _ exceptions: inout ExceptionList
) {
  var list = exceptions
  for row in 0..<column.rowCount {
    let (start, end, isQuoted) = column.bounds(row, isPlain: isPlain)
    output[row] = ValueSlice(
      offset: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: end &- start))
    list.append(row, if: end == start && !isQuoted)
  }
  exceptions = list
}

/// Lists the rows whose field is one of `texts`, none of which is empty, and unquoted.
func findNullTexts(
  _ column: FieldColumn, _ texts: [[UInt8]], exceptions: inout ExceptionList
) {
  // Most fields have a length that no such text has.
  var lengths: UInt64 = 0
  for text in texts { lengths |= 1 &<< UInt64(min(text.count, 63)) }
  var list = exceptions
  for row in 0..<column.rowCount {
    let (start, end, isQuoted) = column.bounds(row)
    guard !isQuoted && lengths &>> UInt64(min(end &- start, 63)) & 1 != 0 else { continue }
    let field = FieldText(column.text, start..<end, trimsSpaces: false)
    list.append(row, if: texts.contains { field.equals($0) })
  }
  exceptions = list
}

/// Appends the unescaped bytes of the fields that hold escapes to `extra` and points their slices
/// there. `extra` follows the text in the column's data, so its offsets begin at `extraStart`.
func unescapeStrings(
  _ column: FieldColumn, dialect: CSVDialect, slices: Slots<ValueSlice>, extraStart: Int,
  extra: inout BufferBuilder<UInt8>
) {
  for row in 0..<column.rowCount {
    let (start, end, isQuoted) = column.bounds(row)
    let first = extra.count
    if dialect.escape == nil {
      guard isQuoted, unquote(column, start..<end, to: &extra) else { continue }
    } else {
      guard unescape(column, start..<end, isQuoted: isQuoted, dialect, to: &extra) else { continue }
    }
    slices[row] = ValueSlice(
      offset: UInt32(extraStart + first), count: UInt32(extra.count - first))
  }
}

/// Appends the field with its doubled quotes made one; false, and nothing, where it has none.
private func unquote(
  _ column: FieldColumn, _ field: Range<Int>, to extra: inout BufferBuilder<UInt8>
) -> Bool {
  let text = column.text
  let end = field.upperBound
  var mark = text.firstOffsetFast(of: column.quote, from: field.lowerBound, to: end)
  guard mark < end else { return false }
  // SAFETY: the field's bytes and a word more, which is all that the loop below stores.
  let output = unsafe Slots(base: extra.unsafeTail(field.count + 8))
  var length = 0
  var copied = field.lowerBound
  while mark < end {
    length &+= text.copy(copied..<mark, to: output, at: length)
    copied = mark &+ 1  // The second of two quotes is copied with what follows it.
    mark = text.firstOffsetFast(of: column.quote, from: min(mark &+ 2, end), to: end)
  }
  length &+= text.copy(min(copied, end)..<end, to: output, at: length)
  unsafe extra.advance(by: length)
  return true
}

/// The same with an escape byte besides.
private func unescape(
  _ column: FieldColumn, _ field: Range<Int>, isQuoted: Bool, _ dialect: CSVDialect,
  to extra: inout BufferBuilder<UInt8>
) -> Bool {
  let text = column.text
  let first = extra.count
  var offset = field.lowerBound
  while offset < field.upperBound {
    var byte = text.byte(offset)
    let hasNext = offset + 1 < field.upperBound
    let isEscape = byte == dialect.escape && hasNext && dialect.escapes(text.byte(offset + 1))
    let isDoubled = isQuoted && byte == dialect.quote && hasNext
    if isEscape || isDoubled {
      offset += 1
      byte = text.byte(offset)
    } else if dialect.escapesLetters && byte == dialect.escape && hasNext,
      let meant = CSVDialect.escaped(text.byte(offset + 1))
    {
      offset += 1
      byte = meant
    }
    extra.append(byte)
    offset += 1
  }
  if extra.count - first < field.count { return true }
  extra.truncate(to: first)
  return false
}

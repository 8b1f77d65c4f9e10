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

/// Appends the unescaped bytes of the quoted fields that hold escapes to `extra` and points their
/// slices there. `extra` follows the text in the column's data, so its offsets begin at
/// `extraStart`.
///
/// - Parameter escape: the byte that makes the next one ordinary; with doubled quotes, the quote.
func unescapeStrings(
  _ column: FieldColumn, escape: UInt8, slices: Slots<ValueSlice>, extraStart: Int,
  extra: inout BufferBuilder<UInt8>
) {
  let text = column.text
  for row in 0..<column.rowCount {
    let (start, end, isQuoted) = column.bounds(row)
    guard isQuoted else { continue }
    var mark = text.firstOffset(of: escape, in: start..<end)
    guard mark < end else { continue }
    let first = extra.count
    var copied = start
    while mark < end {
      append(text, copied..<mark, to: &extra)
      copied = mark + 1  // The byte after an escape is copied with what follows it.
      mark = text.firstOffset(of: escape, in: min(mark + 2, end)..<end)
    }
    append(text, min(copied, end)..<end, to: &extra)
    slices[row] = ValueSlice(
      offset: UInt32(extraStart + first), count: UInt32(extra.count - first))
  }
}

private func append(_ text: TextPointer, _ range: Range<Int>, to extra: inout BufferBuilder<UInt8>)
{
  // SAFETY: the range lies within the text.
  let span = unsafe Span(_unsafeStart: text.base + range.lowerBound, count: range.count)
  extra.append(contentsOf: span)
}

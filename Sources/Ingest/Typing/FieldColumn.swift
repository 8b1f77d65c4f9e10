import Base

/// The fields of one column of a framed batch.
///
/// Field `row` lies between `ends[row * stride] + 1` and `ends[row * stride + 1]`; quotes and a CR
/// at the end of the line still have to go.
@safe
struct FieldColumn {
  let text: TextPointer
  /// Points at the entry before the column's first field.
  let ends: UnsafePointer<UInt32>
  let stride: Int
  let rowCount: Int
  let quote: UInt8
  /// Whether a field may be quoted.
  let trimsQuotes: Bool
  /// Whether this is the last column of lines that may end in CR LF.
  let trimsCarriage: Bool
  /// Bytes of a delimiter before its last.
  var tailCount = 0
  /// Whether a field may be missing: it ends before it starts.
  var mayBeMissing = false
  /// What the kernels may use.
  var level = KernelLevel.scalar

  /// Whether fields are their values: nothing to trim.
  var isPlain: Bool { !trimsQuotes && !trimsCarriage && tailCount == 0 && !mayBeMissing }

  /// Where the value of `row` lies, without quotes, and whether it had them.
  func bounds(_ row: Int) -> (start: Int, end: Int, isQuoted: Bool) {
    bounds(row, isPlain: isPlain)
  }

  /// - Parameter isPlain: the property of that name, as a constant where a kernel is compiled for
  ///   each.
  @inline(__always)
  func bounds(_ row: Int, isPlain: Bool) -> (start: Int, end: Int, isQuoted: Bool) {
    // SAFETY: the frame has `stride` entries for each of `rowCount` rows and one more.
    let entry = unsafe ends + row &* stride
    var start = unsafe Int(entry[0] &+ 1)
    var end = unsafe Int(entry[1])
    if isPlain { return (start, end, false) }
    end &-= tailCount
    if end < start { return (end, end, false) }
    if trimsCarriage && end > start && text.byte(end &- 1) == ASCII.carriageReturn { end &-= 1 }
    guard trimsQuotes && end &- start >= 2 && text.byte(start) == quote else {
      return (start, end, false)
    }
    start &+= 1
    end &-= 1
    return (start, end, true)
  }

  /// The same fields with their quotes left on.
  func keepingQuotes() -> FieldColumn {
    // SAFETY: the same frame, for as long as this column.
    unsafe FieldColumn(
      text: text, ends: ends, stride: stride, rowCount: rowCount, quote: quote, trimsQuotes: false,
      trimsCarriage: trimsCarriage, tailCount: tailCount, mayBeMissing: mayBeMissing, level: level)
  }
}

/// Rows a kernel could not convert, in order, for the exact path. Appending is branch-free.
@safe
struct ExceptionList {
  /// Room for one entry a row.
  let rows: Slots<UInt32>
  var count = 0

  @inline(__always)
  mutating func append(_ row: Int, if isException: Bool) {
    rows[count] = UInt32(truncatingIfNeeded: row)
    count &+= isException ? 1 : 0
  }

  /// Appends `row` unless `wrong` is 0: kernels collect what is wrong by OR, without branches.
  @inline(__always)
  mutating func append(_ row: Int, unlessZero wrong: UInt64) { append(row, if: wrong != 0) }
}

// Conditions as bits. Comparisons joined by OR become branches in the generated code, and leap
// years and lengths are hard to predict; subtractions and shifts do not.

/// 1 if `a < b`. - Precondition: the difference fits.
@inline(__always)
func flag(_ a: Int, below b: Int) -> UInt64 { UInt64(bitPattern: Int64(a &- b)) &>> 63 }

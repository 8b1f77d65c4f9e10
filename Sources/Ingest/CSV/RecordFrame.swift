import Base

/// Where the rows and fields of a text lie: what the structural index and the general parser both
/// yield and the column kernels read.
///
/// Field `column` of `row` lies between `ends[row * stride + column] + 1` and
/// `ends[row * stride + column + 1]`, less the delimiter's tail unless it is the last. The index
/// yields shared boundaries (stride = fields of a record); the general parser, which skips rows,
/// gives each row its own start (stride one more).
struct RecordFrame {
  var rowCount = 0
  /// Fields of a record in the text.
  var fieldCount: Int
  var stride: Int
  /// Whether rows may lack fields at their end: those end before they start.
  var hasMissingFields = false
  /// The most fields that a record had, where that is too many.
  var surplusFieldCount = 0
  /// Whether fields may still carry their quotes, doubled quotes, a CR at the line's end.
  var hasQuotes = false
  var hasEscapes = false
  var hasCarriageReturns = false
  /// Whether the structural index found the records.
  var isRegular = false
  /// Whether a newline lies within a field, as far as the index tells.
  var hasInnerNewlines = false
  var consumedBytes = 0
  /// All newlines of the text, if the index counted them.
  var newlineCount: Int?
  /// Lines that the user calls comments, and ends of a database's text.
  var commentCount = 0
  var rejects: [FramedReject] = []
}

/// A record that is no row, as the framing found it.
struct FramedReject {
  var range: Range<Int>
  var reason: RejectReason
  var message: String
  /// Position of the field to blame.
  var fieldIndex: Int?
}

/// Frames a text: the fast way where it is regular, the general way elsewhere.
struct RecordFramer {
  let text: TextPointer
  let count: Int
  let isEnd: Bool
  /// Fields of a record in the text, the one behind a delimiter at its end included.
  let fieldCount: Int
  let options: CSVParserOptions

  /// One pass of the index kernel, then a check that every record has `fieldCount` fields. Nil
  /// where anything is irregular.
  func frameFast(_ positions: inout BufferBuilder<UInt32>) -> RecordFrame? {
    let dialect = options.dialect
    guard options.framesFast && dialect.quotesByParity else { return nil }
    positions.removeAll()
    let room = positionCapacity(textBytes: count) + 2
    // SAFETY: the tail has room for what the index writes, one entry before it and one after.
    let ends = unsafe Slots(base: positions.unsafeTail(room))
    ends[0] = UInt32.max
    let summary = indexStructure(
      text, count: count, dialect: dialect, positions: unsafe Slots(base: ends.base + 1),
      level: options.kernelLevel)
    guard !summary.hasMisplacedQuotes else { return nil }

    var rowCount = summary.recordCount
    if isEnd {
      guard !summary.endsInsideQuotes else { return nil }
      var endCount = summary.positionCount
      if count > 0 && text.byte(count - 1) != dialect.newline {
        endCount += 1
        ends[endCount] = UInt32(count)
        rowCount += 1
      }
      guard endCount == rowCount * fieldCount else { return nil }
    } else {
      guard summary.positionCount >= rowCount * fieldCount else { return nil }
      let rest = rowCount == 0 ? count : count - Int(ends[rowCount * fieldCount])
      guard rest <= options.recordBytesMax else { return nil }
      // A quote in a comment looks like one that opens: the end of the comment would not do.
      if dialect.comment != nil && summary.endsInsideQuotes { return nil }
    }
    guard isRegular(ends, rowCount: rowCount) else { return nil }
    if summary.hasNonASCII && hasByteOrderMark(ends, rowCount: rowCount) { return nil }
    if dialect.endsWithDelimiter && !endsEmpty(ends, rowCount: rowCount) { return nil }

    let consumed = rowCount == 0 ? 0 : min(Int(ends[rowCount * fieldCount]) + 1, count)
    if summary.hasNonASCII && firstInvalidUTF8(text, 0..<consumed) != nil { return nil }
    return RecordFrame(
      rowCount: rowCount, fieldCount: fieldCount, stride: fieldCount, hasQuotes: summary.hasQuotes,
      hasEscapes: summary.hasEscapes,
      hasCarriageReturns: summary.hasCarriageReturns
        || (dialect.newline == ASCII.lineFeed && isEnd && count > 0
          && text.byte(count - 1) == ASCII.carriageReturn),
      isRegular: true, hasInnerNewlines: summary.newlineCount > summary.recordCount,
      consumedBytes: consumed, newlineCount: summary.newlineCount)
  }

  /// Whether the last separator of every row is a newline. The rows are as many as the newlines, so
  /// all others are delimiters then.
  private func isRegular(_ ends: Slots<UInt32>, rowCount: Int) -> Bool {
    let newline = options.dialect.newline
    var isRegular = true
    for row in 0..<rowCount {
      let end = Int(ends[(row &+ 1) &* fieldCount])
      isRegular = isRegular && (text.byte(end) == newline || end == count)
    }
    guard let comment = options.dialect.comment, isRegular else { return isRegular }
    for row in 0..<rowCount
    where text.byte(Int(ends[row &* fieldCount] &+ 1)) == comment { return false }
    return true
  }

  /// Whether a row begins with a byte-order mark, which is none of its first field.
  private func hasByteOrderMark(_ ends: Slots<UInt32>, rowCount: Int) -> Bool {
    for row in 0..<rowCount {
      let start = Int(ends[row &* fieldCount] &+ 1)
      if start &+ 2 < count, text.byte(start) == 0xEF, text.hasByteOrderMark(start) { return true }
    }
    return false
  }

  /// Whether nothing stands behind the last delimiter of every row.
  private func endsEmpty(_ ends: Slots<UInt32>, rowCount: Int) -> Bool {
    guard fieldCount > 1 else { return false }
    var isEmpty = true
    for row in 0..<rowCount {
      let end = Int(ends[(row &+ 1) &* fieldCount])
      let length = end &- Int(ends[(row &+ 1) &* fieldCount &- 1]) &- 1
      isEmpty =
        isEmpty && (length == 0 || length == 1 && text.byte(end &- 1) == ASCII.carriageReturn)
    }
    return isEmpty
  }

  /// Record by record; bad ones are set aside.
  ///
  /// - Throws: `corrupt` for a line longer than a record may be.
  func frameGeneral(_ ends: inout BufferBuilder<UInt32>) throws(IngestError) -> RecordFrame {
    ends.removeAll()
    var frame = RecordFrame(fieldCount: fieldCount, stride: fieldCount + 1)
    frame.hasQuotes = options.dialect.quote != nil
    frame.hasEscapes = frame.hasQuotes || options.dialect.escape != nil
    let walker = RecordWalker(
      scanner: RecordScanner(dialect: options.dialect, text: text, count: count, isEnd: isEnd),
      fieldCount: fieldCount, recordBytesMax: options.recordBytesMax)
    let isWellFormed = firstInvalidUTF8(text, 0..<count) == nil
    var spare = BufferBuilder<UInt32>()
    var start = 0
    while start < count, frame.rejects.count < options.rejectCountMax {
      let mark = ends.count
      let (record, next) = try walker.next(from: start, ends: &ends, spare: &spare)
      if case .incomplete = record {
        ends.truncate(to: mark)
        break
      }
      if let parts = walker.partsBetweenCarriages(of: record, start..<next, &spare) {
        ends.truncate(to: mark)
        for part in parts {
          let mark = ends.count
          let (record, _) = walker.endingAtCarriages(part.upperBound)
            .scan(from: part.lowerBound, ends: &ends)
          take(record, part, mark, &frame, &ends, walker, checksUTF8: !isWellFormed)
        }
      } else {
        take(record, start..<next, mark, &frame, &ends, walker, checksUTF8: !isWellFormed)
      }
      start = next
    }
    frame.consumedBytes = start
    return frame
  }

  /// Adds a record, whose ends are those from `mark` on, to the rows or the rejects.
  private func take(
    _ found: ScannedRecord, _ range: Range<Int>, _ mark: Int, _ frame: inout RecordFrame,
    _ ends: inout BufferBuilder<UInt32>, _ walker: RecordWalker, checksUTF8: Bool
  ) {
    var record = found
    if fieldCount > 1, record == .fields(1), walker.scanner.isEndMarker(range) {
      frame.commentCount += 1
      ends.truncate(to: mark)
      return
    }
    if case .blank = record, fieldCount == 1 { record = .fields(1) }
    if case .fields(let found) = record { pad(found, &frame, &ends, walker) }
    if let reject = reject(record, range, ends, mark, walker, checksUTF8: checksUTF8) {
      frame.rejects.append(reject)
      ends.truncate(to: mark)
    } else if case .fields = record {
      frame.rowCount += 1
    } else {
      if case .comment = record { frame.commentCount += 1 }
      ends.truncate(to: mark)
    }
  }

  /// Makes up the ends of the fields that an accepted record lacks; notes a surplus.
  private func pad(
    _ found: Int, _ frame: inout RecordFrame, _ ends: inout BufferBuilder<UInt32>,
    _ walker: RecordWalker
  ) {
    if found > fieldCount { frame.surplusFieldCount = max(frame.surplusFieldCount, found) }
    guard found < fieldCount && walker.accepts(found) else { return }
    // The record's last field is none of the last column: it has no delimiter to leave out.
    let end = ends[ends.count - 1] &+ UInt32(options.dialect.delimiterTail.count)
    ends[ends.count - 1] = end
    ends.append(repeating: end, count: fieldCount - found)
    frame.hasMissingFields = true
  }

  /// Why the record is not a row, if it is not.
  private func reject(
    _ record: ScannedRecord, _ range: Range<Int>, _ ends: borrowing BufferBuilder<UInt32>,
    _ mark: Int, _ walker: RecordWalker, checksUTF8: Bool
  ) -> FramedReject? {
    switch record {
    case .blank, .incomplete: return nil
    case .comment:
      // What the user calls a comment is none of the rows; what only looks like one may be.
      guard let comment = options.dialect.comment, options.dialect.commentGuess != nil else {
        return nil
      }
      let mark = String(UnicodeScalar(comment))
      return FramedReject(
        range: range, reason: .comment,
        message: "a line that begins with '\(mark)' and does not have the fields of a record",
        fieldIndex: nil)
    case .textAfterQuote(let field):
      return FramedReject(
        range: range, reason: .textAfterQuote, message: "text follows a closing quote",
        fieldIndex: field)
    case .unclosedQuote(let field):
      return FramedReject(
        range: range, reason: .unclosedQuote, message: "a quote opens and never closes",
        fieldIndex: field)
    case .fields(let found) where !walker.accepts(found):
      return wrongCount(found, range, found < fieldCount ? .tooFewFields : .tooManyFields)
    case .fields(let found):
      if options.dialect.endsWithDelimiter && found == fieldCount
        && ends[mark + fieldCount] != ends[mark + fieldCount - 1] &+ 1
      {
        return wrongCount(found, range, .tooManyFields)
      }
      guard checksUTF8, let invalid = firstInvalidUTF8(text, range) else { return nil }
      var field = 0
      while field < fieldCount - 1 && Int(ends[mark + field + 1]) < invalid { field += 1 }
      return FramedReject(
        range: range, reason: .invalidUTF8, message: "the text is not UTF-8", fieldIndex: field)
    }
  }

  /// A record that does not have the fields of a row; a header may have others than its rows.
  private func wrongCount(
    _ found: Int, _ range: Range<Int>, _ reason: RejectReason
  ) -> FramedReject {
    if RepeatedHeader(options.dialect)?.matches(text, range) ?? false {
      return FramedReject(
        range: range, reason: .repeatedHeader,
        message: "the header again, which does not have the fields of a row", fieldIndex: nil)
    }
    let expected = options.columnMap.count
    return FramedReject(
      range: range, reason: reason,
      message: "\(found) \(found == 1 ? "field" : "fields") where "
        + "\(expected) \(expected == 1 ? "is" : "are") expected", fieldIndex: nil)
  }
}

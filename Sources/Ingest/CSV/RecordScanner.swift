import Base

/// What one record turned out to be.
enum ScannedRecord: Equatable {
  /// `fieldCount` ends were appended.
  case fields(Int)
  case blank
  case comment
  /// Text follows a closing quote; the field's index.
  case textAfterQuote(field: Int)
  /// No closing quote before the end of the input; the index of the first field that is misquoted.
  case unclosedQuote(field: Int)
  /// The text ends first.
  case incomplete(insideQuotes: Bool)
}

/// The general parser: the grammar of `CSVDialect`, one byte a step, one record a call.
///
/// It is what the structural index must agree with where quotes are well placed, and what decides
/// everywhere else. A record with text after a closing quote ends at the next newline; one whose
/// quote never closes at the end of its first line. `RecordWalker` decides what is lost with it.
struct RecordScanner {
  let dialect: CSVDialect
  let text: TextPointer
  let count: Int
  /// Whether the input ends where the text does.
  let isEnd: Bool
  /// What the loops compare with; `delimiter` stands in for what the dialect does not have.
  private let delimiter: UInt8
  private let newline: UInt8
  /// CR where it ends a line, else the newline.
  private let carriage: UInt8
  private let quote: UInt8
  private let escape: UInt8
  private let hasTail: Bool
  private let hasCarriage: Bool
  private let hasEndMarkers: Bool

  init(dialect: CSVDialect, text: TextPointer, count: Int, isEnd: Bool) {
    self.dialect = dialect
    self.text = text
    self.count = count
    self.isEnd = isEnd
    delimiter = dialect.delimiter
    newline = dialect.newline
    quote = dialect.quote ?? dialect.delimiter
    escape = dialect.escape ?? dialect.delimiter
    hasTail = !dialect.delimiterTail.isEmpty
    hasCarriage = dialect.newline == ASCII.lineFeed
    hasEndMarkers = dialect.hasEndMarkers
    carriage = dialect.endsAtCarriage ? ASCII.carriageReturn : dialect.newline
  }

  /// Scans the record at `lineStart`. Appends the offset before its text, then the end of each
  /// field, so that field `i` lies between `ends[i] + 1` and `ends[i + 1]`, less the delimiter's
  /// tail unless it is the last; the caller truncates what it does not want.
  ///
  /// - Returns: what it is, and where the next record begins.
  func scan(from lineStart: Int, ends: inout BufferBuilder<UInt32>) -> (ScannedRecord, next: Int) {
    let start = pastByteOrderMark(lineStart)
    ends.append(UInt32(truncatingIfNeeded: start &- 1))
    if let comment = dialect.comment, text.byte(start) == comment {
      let end = lineEnd(from: start, to: count)
      guard let next = recordStart(behind: end) else {
        return (.incomplete(insideQuotes: false), lineStart)
      }
      if !isRecord(start..<end) { return (.comment, next) }
    }
    var offset = start
    var fieldCount = 0
    var misquoted: Int?
    while true {
      let fieldStart = offset
      if offset < count && text.byte(offset) == quote && quote != delimiter {
        guard let close = closingQuote(from: offset + 1) else {
          guard isEnd else { return (.incomplete(insideQuotes: true), lineStart) }
          return (
            .unclosedQuote(field: misquoted ?? fieldCount), nextLine(from: lineStart, to: count)
          )
        }
        offset = close + 1
        if !isFieldEnd(offset) { misquoted = misquoted ?? fieldCount }
      }
      offset = unquotedEnd(from: offset)
      fieldCount += 1
      if offset < count && text.byte(offset) == delimiter {
        offset += dialect.delimiterCount
        ends.append(UInt32(truncatingIfNeeded: offset &- 1))
        continue
      }
      guard let next = recordStart(behind: offset) else {
        return (.incomplete(insideQuotes: false), lineStart)
      }
      var end = min(offset, count)
      if hasCarriage && end > fieldStart && text.byte(end - 1) == ASCII.carriageReturn { end -= 1 }
      ends.append(UInt32(truncatingIfNeeded: end))
      if let misquoted { return (.textAfterQuote(field: misquoted), next) }
      return (fieldCount == 1 && end == start ? .blank : .fields(fieldCount), next)
    }
  }

  /// Whether a record of one field, where others have several, is the end of the text of a
  /// database's COPY.
  func isEndMarker(_ record: Range<Int>) -> Bool {
    guard hasEndMarkers else { return false }
    let start = pastByteOrderMark(record.lowerBound)
    let end = lineEnd(from: start, to: record.upperBound)
    return end >= start + 2 && text.byte(start) == ASCII.backslash
      && text.byte(start + 1) == ASCII.point
      && (start + 2..<end).allSatisfy { text.byte($0) == ASCII.carriageReturn }
  }

  /// Where the text of a line begins: behind a byte-order mark, as `cat` leaves them within.
  private func pastByteOrderMark(_ start: Int) -> Int {
    guard start &+ 2 < count, text.byte(start) == 0xEF else { return start }
    return text.hasByteOrderMark(start) ? start &+ 3 : start
  }

  /// Offset of the first byte that ends a line, quotes or not; `limit` where none does.
  func lineEnd(from start: Int, to limit: Int) -> Int {
    var offset = start
    while offset < limit {
      let byte = text.byte(offset)
      if byte == newline || byte == carriage { break }
      offset &+= 1
    }
    return offset
  }

  /// Where the line after the one at `start` begins, `limit` at most; `count` also where only more
  /// text tells.
  func nextLine(from start: Int, to limit: Int) -> Int {
    let end = lineEnd(from: start, to: limit)
    return end < limit ? min(pastLineEnd(end) ?? count, limit) : limit
  }

  /// Where the line end at `offset` is over; nil: only more text tells.
  func pastLineEnd(_ offset: Int) -> Int? {
    dialect.pastLineEnd(offset, count: count, isEnd: isEnd) { text.byte($0) }
  }

  /// Where the record begins that follows one which ends at `offset`; nil: only more text tells.
  private func recordStart(behind offset: Int) -> Int? {
    if offset >= count { return isEnd ? count : nil }
    return pastLineEnd(offset)
  }

  /// Whether a line that begins like a comment is a record all the same, where comments are a
  /// guess. Only the line itself is looked at: what opens a quote in it may be prose.
  private func isRecord(_ line: Range<Int>) -> Bool {
    guard let fieldCount = dialect.commentGuess else { return false }
    var plain = dialect
    plain.comment = nil
    var ends = BufferBuilder<UInt32>()
    return RecordScanner(dialect: plain, text: text, count: line.upperBound, isEnd: true)
      .scan(from: line.lowerBound, ends: &ends).0 == .fields(fieldCount)
  }

  /// Offset of the delimiter or newline that ends the unquoted text at `start`; `count` or more if
  /// there is none.
  private func unquotedEnd(from start: Int) -> Int {
    var offset = start
    if escape == delimiter && !hasTail {
      while offset < count {
        let byte = text.byte(offset)
        if byte == delimiter || byte == newline || byte == carriage { break }
        offset &+= 1
      }
      return offset
    }
    while offset < count {
      let byte = text.byte(offset)
      if byte == newline || byte == carriage { break }
      if byte == delimiter && (!hasTail || hasDelimiterTail(offset)) { break }
      offset &+= byte == escape && escape != delimiter && escapes(offset) ? 2 : 1
    }
    return offset
  }

  /// Whether the rest of a delimiter follows its first byte at `offset`.
  private func hasDelimiterTail(_ offset: Int) -> Bool {
    guard offset + dialect.delimiterTail.count < count else { return false }
    for (index, byte) in dialect.delimiterTail.enumerated()
    where text.byte(offset + 1 + index) != byte { return false }
    return true
  }

  /// Whether the escape at `offset` has something to make ordinary.
  private func escapes(_ offset: Int) -> Bool {
    guard offset + 1 < count else { return false }
    return dialect.escapes(text.byte(offset + 1))
  }

  /// Offset of the quote that closes the field whose text begins at `start`.
  private func closingQuote(from start: Int) -> Int? {
    var offset = start
    while offset < count {
      let byte = text.byte(offset)
      if byte == escape && escape != delimiter {
        offset &+= escapes(offset) ? 2 : 1
      } else if byte != quote {
        offset &+= 1
      } else if offset &+ 1 < count && text.byte(offset &+ 1) == quote {
        offset &+= 2
      } else {
        return offset
      }
    }
    return nil
  }

  private func isFieldEnd(_ offset: Int) -> Bool {
    guard offset < count else { return true }
    let byte = text.byte(offset)
    if byte == newline || byte == carriage { return true }
    if byte == delimiter && (!hasTail || hasDelimiterTail(offset)) { return true }
    guard byte == ASCII.carriageReturn && hasCarriage else { return false }
    return offset + 1 >= count || text.byte(offset + 1) == ASCII.lineFeed
  }
}

extension CSVDialect {
  /// Whether an escape before `byte` makes it ordinary; before any other the escape is one itself.
  func escapes(_ byte: UInt8) -> Bool {
    byte == quote || byte == escape || byte == delimiter || byte == newline
      || byte == ASCII.carriageReturn
  }
}

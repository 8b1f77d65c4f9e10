import Base

/// What one record turned out to be.
enum ScannedRecord: Equatable {
  /// `fieldCount` ends were appended.
  case fields(Int)
  case blank
  case comment
  /// Text follows a closing quote; the field's index.
  case textAfterQuote(field: Int)
  /// No closing quote before the end of the input; the field's index.
  case unclosedQuote(field: Int)
  /// The text ends first.
  case incomplete(insideQuotes: Bool)
}

/// The general parser: the grammar of `CSVDialect`, one byte a step, one record a call.
///
/// It is what the structural index must agree with where quotes are well placed, and what decides
/// everywhere else. A record with text after a closing quote ends at the next newline; one whose
/// quote never closes is given up at the end of its first line, so that the next line still counts.
struct RecordScanner {
  let dialect: CSVDialect
  let text: TextPointer
  let count: Int
  /// Whether the input ends where the text does.
  let isEnd: Bool

  /// Scans the record at `start`. Appends `start - 1`, then the end of each field, so that field
  /// `i` lies between `ends[i] + 1` and `ends[i + 1]`; the caller truncates what it does not want.
  ///
  /// - Returns: what it is, and where the next record begins.
  func scan(from start: Int, ends: inout BufferBuilder<UInt32>) -> (ScannedRecord, next: Int) {
    ends.append(UInt32(truncatingIfNeeded: start &- 1))
    if let comment = dialect.comment, text.byte(start) == comment {
      let end = text.firstOffset(of: dialect.newline, in: start..<count)
      if end == count && !isEnd { return (.incomplete(insideQuotes: false), start) }
      return (.comment, min(end + 1, count))
    }
    var offset = start
    var fieldCount = 0
    var misquoted: Int?
    while true {
      let fieldStart = offset
      if offset < count && text.byte(offset) == dialect.quote {
        guard let close = closingQuote(from: offset + 1) else {
          guard isEnd else { return (.incomplete(insideQuotes: true), start) }
          let line = text.firstOffset(of: dialect.newline, in: start..<count)
          return (.unclosedQuote(field: fieldCount), min(line + 1, count))
        }
        offset = close + 1
        if !isFieldEnd(offset) { misquoted = misquoted ?? fieldCount }
      }
      while offset < count && text.byte(offset) != dialect.delimiter
        && text.byte(offset) != dialect.newline
      { offset &+= 1 }
      fieldCount += 1
      if offset < count && text.byte(offset) == dialect.delimiter {
        ends.append(UInt32(truncatingIfNeeded: offset))
        offset += 1
        continue
      }
      if offset == count && !isEnd { return (.incomplete(insideQuotes: false), start) }
      var end = offset
      if dialect.newline == ASCII.lineFeed && end > fieldStart
        && text.byte(end - 1) == ASCII.carriageReturn
      {
        end -= 1
      }
      ends.append(UInt32(truncatingIfNeeded: end))
      let next = min(offset + 1, count)
      if let misquoted { return (.textAfterQuote(field: misquoted), next) }
      return (fieldCount == 1 && end == start ? .blank : .fields(fieldCount), next)
    }
  }

  /// Offset of the quote that closes the field whose text begins at `start`.
  private func closingQuote(from start: Int) -> Int? {
    var offset = start
    while offset < count {
      let byte = text.byte(offset)
      if byte == dialect.escape {
        offset += 2
      } else if byte != dialect.quote {
        offset += 1
      } else if dialect.escape == nil && offset + 1 < count
        && text.byte(offset + 1) == dialect.quote
      {
        offset += 2
      } else {
        return offset
      }
    }
    return nil
  }

  private func isFieldEnd(_ offset: Int) -> Bool {
    guard offset < count else { return true }
    let byte = text.byte(offset)
    if byte == dialect.delimiter || byte == dialect.newline { return true }
    guard byte == ASCII.carriageReturn && dialect.newline == ASCII.lineFeed else { return false }
    return offset + 1 >= count || text.byte(offset + 1) == ASCII.lineFeed
  }
}

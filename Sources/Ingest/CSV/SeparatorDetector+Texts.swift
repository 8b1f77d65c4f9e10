import Base

// Signs that are part of every line of a text and divide none.
extension SeparatorDetector {
  // MARK: Ends of lines

  /// Whether what seems to be a delimiter ends lines of text: nothing ever follows it, and either
  /// the first line, a name, lacks it; or it ends statements of several words. A column of numbers
  /// loses nothing with it.
  func endsLines(_ candidate: Candidate, _ base: CSVDialect) -> Bool {
    guard candidate.fieldCount == 2, candidate.longestFieldCount == 2, candidate.badCount == 0
    else { return false }
    let dialect = base.separated(as: candidate)
    let records = sampledRecords(
      of: body, dialect: dialect, isWhole: isWhole, limit: SeparatorDetector.lineLimit)
    let fields = SampledFields(body, dialect)
    guard let first = records.first?.cells, records.count > 1,
      records.allSatisfy({ $0.cells.count < 2 || fields.isEmpty($0.cells[1]) }),
      !records.contains(where: { $0.cells.first.map { fields.isTyped($0) || $0.isQuoted } ?? false }
      )
    else { return false }
    if first.count == 1 { return true }
    return candidate.delimiter == [ASCII.semicolon]
      && records.allSatisfy { fields.text($0.cells[0]).contains(" ") }
  }

  // MARK: Times

  /// Lines whose times are looked at, and bytes of a line before a time.
  private static let timedLineLimit = 200
  private static let timeOffsetMax = 256

  /// Whether a byte is part of the times that logs have: `10:00:00,123 INFO`, as Java and Python
  /// write them, and `[10/Oct/2000:13:55:36 -0700]`, as web servers do. Nine of ten lines have one,
  /// but for those that begin with a blank, as traces of a stack do.
  func isInTimes(_ delimiter: UInt8) -> Bool {
    guard [ASCII.comma, ASCII.colon, ASCII.space].contains(delimiter), occurs(ASCII.colon) else {
      return false
    }
    let bytes = body.span
    var (start, lineCount, timedCount) = (0, 0, 0)
    while start < bytes.count && lineCount < SeparatorDetector.timedLineLimit {
      var end = start
      while end < bytes.count, bytes[end] != ASCII.lineFeed, bytes[end] != ASCII.carriageReturn {
        end += 1
      }
      let line = start..<end
      start = end + 1
      if line.isEmpty || bytes[line.lowerBound] <= ASCII.space { continue }
      lineCount += 1
      let isTimed =
        hasFractionalTime(line) || delimiter != ASCII.comma && hasBracketedTime(line)
      timedCount += isTimed ? 1 : 0
    }
    return lineCount > 0 && timedCount * 10 >= lineCount * 9
  }

  /// Whether the first comma of a line is before the milliseconds of a time, and no others follow
  /// them at once.
  private func hasFractionalTime(_ line: Range<Int>) -> Bool {
    let bytes = body.span
    let searched = line.prefix(SeparatorDetector.timeOffsetMax)
    guard let comma = searched.first(where: { bytes[$0] == ASCII.comma }),
      comma - line.lowerBound >= 8, line.upperBound - comma > 4
    else { return false }
    let next = bytes[comma + 4]
    return isTime(at: comma - 8) && (1...3).allSatisfy { isDigit(bytes[comma + $0]) }
      && (next == ASCII.space || next == UInt8(ascii: "]"))
  }

  /// Whether the first colon of a line is between a date and a time in brackets.
  private func hasBracketedTime(_ line: Range<Int>) -> Bool {
    let bytes = body.span
    let searched = line.prefix(SeparatorDetector.timeOffsetMax)
    guard let bracket = searched.first(where: { bytes[$0] == UInt8(ascii: "[") }),
      let colon = (bracket..<line.upperBound).first(where: { bytes[$0] == ASCII.colon }),
      colon - bracket == 12, line.upperBound - colon > 8
    else { return false }
    return bytes[colon - 5] == ASCII.slash && isTime(at: colon + 1)
  }

  /// Whether eight bytes are `hh:mm:ss`.
  private func isTime(at start: Int) -> Bool {
    let bytes = body.span
    return (0..<8).allSatisfy {
      $0 % 3 == 2 ? bytes[start + $0] == ASCII.colon : isDigit(bytes[start + $0])
    }
  }
}

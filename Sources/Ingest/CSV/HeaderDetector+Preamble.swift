import Base

// What stands before a table and is no part of it.
extension HeaderDetector {
  /// Whether lines that begin with `#` stand between the records and are none.
  func findsComments(_ records: [Record]) -> Bool {
    guard fieldCount > 1 else { return false }
    let bytes = body.span
    let hashed = records.filter {
      $0.fields != nil && bytes[$0.range.lowerBound] == ASCII.hash
    }
    return !hashed.isEmpty && hashed.allSatisfy { $0.cells.count != fieldCount }
  }

  /// Records before the table: the first that could be its header, if what comes before cannot
  /// belong to it; or the first of a table without one behind a blank line.
  func preamble(_ records: [Record], given: Bool?) -> Int {
    for start in 0..<min(records.count, preambleMax) {
      let record = records[start]
      guard record.cells.count == fieldCount || isShortHeader(records, start),
        !isTitle(record, records, start), !isPadded(records, start),
        record.cells.count == fieldCount || !hasHeaderBelow(records, start)
      else { continue }
      if start == 0 { return 0 }
      let leading = records[..<start]
      if given == nil, record.followsBlank, leading.allSatisfy({ $0.cells.count == 1 }) {
        return start
      }
      let table = Array(records[start...])
      let isApart =
        record.followsBlank
        || leading.allSatisfy { $0.cells.count == 1 || valueCount($0) <= 1 }
        || leading.allSatisfy { length($0) < fieldCount } && standsOverValues(table)
      // A list of one column whose lines have delimiters in them from here on would lose rows.
      if leading.allSatisfy({ $0.cells.count == 1 }),
        !fields.setsApart(table, behind: leading, fieldCount),
        leading.count > titleCountMax || !fields.hasSmallNames(table, behind: leading, fieldCount)
      {
        return 0
      }
      let isHeader = given ?? guess(table).isHeader
      return isApart && isHeader ? start : 0
    }
    return 0
  }

  /// Whether the first record of full length below one that is a field short is a header by its
  /// types: then the short one is none, for no row stands over another header.
  private func hasHeaderBelow(_ records: [Record], _ start: Int) -> Bool {
    records.indices.dropFirst(start + 1).prefix(preambleMax)
      .first { records[$0].cells.count == fieldCount }
      .map { standsOverValues(Array(records[$0...])) } ?? false
  }

  /// Whether a record is a line of a preamble that was filled up with delimiters, as spreadsheets
  /// do it: its last field is empty, it is no header, and a whole record below it is one.
  private func isPadded(_ records: [Record], _ start: Int) -> Bool {
    guard records[start].cells.count == fieldCount, isFilledUp(records[start].cells) else {
      return false
    }
    let whole = records.indices.dropFirst(start + 1).prefix(preambleMax)
      .first { length(records[$0]) == fieldCount }
    guard let whole, standsOverValues(Array(records[whole...])) else { return false }
    return !guess(Array(records[start...])).isHeader
  }

  /// Whether fields are empty from one on, and none before.
  func isFilledUp(_ cells: [FieldRange]) -> Bool {
    guard let end = cells.firstIndex(where: fields.isEmpty) else { return false }
    return end > 0 && cells[end...].allSatisfy(fields.isEmpty)
  }

  /// Fields of a record without the empty ones at its end.
  private func length(_ record: Record) -> Int {
    (record.cells.lastIndex { !fields.isEmpty($0) } ?? -1) + 1
  }

  /// What stands before a text without a header: only a blank line sets anything apart.
  func blankPreamble(_ records: [Record]) -> Int {
    for start in 1..<max(1, min(records.count, preambleMax))
    where records[start].followsBlank && records[start].cells.count == fieldCount {
      return records[..<start].allSatisfy { $0.cells.count != fieldCount } ? start : 0
    }
    return 0
  }

  /// Whether a record of the right length is empty but for one field, and the next ones are not.
  func isTitle(_ record: Record, _ records: [Record], _ index: Int) -> Bool {
    guard fieldCount >= 3 && valueCount(record) <= 1 && index + 1 < records.count else {
      return false
    }
    return records[(index + 1)...].prefix(20).contains { valueCount($0) * 2 > fieldCount }
  }

  /// Whether the record names all columns but one: the records end with a delimiter, or begin with
  /// names of rows.
  func isShortHeader(_ records: [Record], _ index: Int) -> Bool {
    index + 1 < records.count && records[index + 1].cells.count == fieldCount
      && isShort(records[index], records[(index + 1)...])
  }

  /// Whether a header has a field less than most of the records below it.
  func isShort(_ header: Record, _ rest: some Collection<Record>) -> Bool {
    header.cells.count == fieldCount - 1 && fieldCount > 2
      && rest.count { $0.cells.count == fieldCount }
        > rest.count { $0.cells.count == fieldCount - 1 }
  }

  /// Bytes of the comments right before a table without header that are rows of it: two or more
  /// that have its fields, and values that are no text among them.
  func commentedRowBytes(_ dialect: CSVDialect) -> Int {
    guard fieldCount > 1 else { return 0 }
    let lines = commentLines(dialect)
    let values = SampledFields(comments, dialect)
    let rows = lines.reversed().prefix { line in
      line.cells.count == fieldCount && line.cells.contains(where: values.isTyped)
    }
    guard rows.count >= 2, let first = rows.last, rows.first?.range.upperBound == comments.count
    else { return 0 }
    return comments.count - first.range.lowerBound
  }

  private func commentLines(_ dialect: CSVDialect) -> [Record] {
    var plain = dialect
    plain.comment = nil
    return sampledRecords(of: comments, dialect: plain, isWhole: true, limit: .max)
  }

  var shownPrefix: String { "'" + String(decoding: commentPrefix, as: UTF8.self) + "'" }

  /// Tells of the comments before the table, which the first so many bytes of them are.
  ///
  /// - Returns: how many there are.
  func noteComments(
    _ byteCount: Int, _ dialect: CSVDialect, _ reasons: inout [Reason]
  ) -> Int {
    let count = commentLines(dialect).count { $0.range.lowerBound < byteCount }
    guard count > 0 else { return 0 }
    reasons.append(
      Reason(
        property: "comment",
        text: "\(count) \(count == 1 ? "line" : "lines") before the table with \(shownPrefix) in "
          + "front"))
    return count
  }

  /// Lines of the body that are not blank.
  func lineCount(_ dialect: CSVDialect) -> Int {
    let bytes = body.span
    var count = 0
    var isBlank = true
    for index in bytes.indices {
      if bytes[index] == dialect.newline {
        isBlank = true
      } else if isBlank && bytes[index] != ASCII.carriageReturn {
        isBlank = false
        count += 1
      }
    }
    return count
  }

  /// Guessed comments among what stands before `offset` of the body.
  func innerCommentCount(before offset: Int, _ dialect: CSVDialect) -> Int {
    guard let comment = dialect.comment, dialect.commentGuess != nil else { return 0 }
    let bytes = body.span
    return (0..<max(offset, 0)).count {
      bytes[$0] == comment && ($0 == 0 || dialect.endsLine(bytes[$0 - 1]))
    }
  }

  /// The names that a comment gives the fields, where these are as many.
  var fieldNames: [String]? {
    guard fieldCount > 1, let names = LeadingLines.fieldNames(comments) else { return nil }
    return names.count == fieldCount ? names : nil
  }

  /// The fields of the last comment before the table, where it has one for every column.
  func commentedHeader(_ dialect: CSVDialect) -> [String]? {
    guard fieldCount > 1, let last = commentLines(dialect).last?.fields, last.count == fieldCount
    else { return nil }
    let texts = last.map(SampledFields(comments, dialect).text)
    let front = String(decoding: commentPrefix, as: UTF8.self) + " "
    let bare = String(texts[0].drop { front.contains($0) })
    // A sign that is all of the first field is its name.
    let first = bare.isEmpty ? texts[0] : bare
    // A row that was commented out has values.
    let names = [first] + texts.dropFirst()
    return names.contains(where: LeadingLines.isValue) ? nil : names
  }
}

extension SampledFields {
  /// Whether the first of three records or more is names in small letters, over columns of whose
  /// values none begins with one; over one such column behind a title of several words.
  func hasSmallNames(
    _ table: some Collection<SampledRecord>, behind leading: some Collection<SampledRecord>,
    _ fieldCount: Int
  ) -> Bool {
    guard let names = table.first?.cells, names.count == fieldCount, table.count > 2,
      names.allSatisfy({ TextKind(text($0)).startsLower }),
      !names.dropFirst().contains(where: followsDelimiterAndBlank)
    else { return false }
    let unlikeCount = names.indices.count { column in
      table.dropFirst().allSatisfy {
        column < $0.cells.count && !TextKind(text($0.cells[column])).startsLower
      }
    }
    let isTitle = leading.first.map { text($0.cells[0]).contains(" ") } ?? false
    return unlikeCount == fieldCount || unlikeCount > 0 && isTitle
  }

  /// Whether lines of one field each are no part of the table behind them, rather than all of it a
  /// list whose last lines have a delimiter in them: a blank line stands between them, or a name
  /// over values; or the table has three columns and no blanks behind its delimiters, as prose has.
  func setsApart(
    _ table: some Collection<SampledRecord>, behind leading: some Collection<SampledRecord>,
    _ fieldCount: Int
  ) -> Bool {
    if table.first?.followsBlank ?? false || leading.dropFirst().contains(where: \.followsBlank) {
      return true
    }
    let valueCount = columnCount(of: table.dropFirst(), fieldCount) {
      isTyped($0) || FieldShape(text($0)).isValue
    }
    if valueCount > 0 { return true }
    return fieldCount > 2
      && !table.contains { $0.cells.dropFirst().contains(where: followsDelimiterAndBlank) }
  }
}

import Base

/// Lines in front of a text that are neither names nor rows.
///
///     separator  `sep=;`: spreadsheets write and understand it as a first line
///     comments   lines that begin with `#`, `//` or `%`, and blank ones between them
///
/// Lines with `#` are comments unless each of them looks like a row of values. The others may begin
/// a row or a header (`% of total`), and are comments only where a table of several columns follows
/// and none of them has as many fields as it, unless a space is behind `//`. Nothing else is known
/// for comments: `--` stands for a missing value too often, and `;` separates.
struct LeadingLines {
  /// What the separator line says.
  private(set) var delimiter: UInt8?
  private(set) var comments: Range<Int>
  /// What each of the comments begins with.
  private(set) var commentPrefix: [UInt8]

  private static let prefixes = ["#", "//", "%"].map { Array($0.utf8) }
  private static let separatorName = Array("sep=".utf8)

  /// Bytes of the sample before the text that the dialect is told from.
  var end: Int { comments.upperBound }

  /// - Parameter start: of the first line that the user does not pass over.
  init(
    _ sample: Buffer<UInt8>, from start: Int, _ dialect: CSVDialect, _ overrides: DialectOverrides
  ) {
    var text = start
    if overrides.skipRows == 0,
      let line = LeadingLines.separatorLine(sample, start, dialect)
    {
      delimiter = line.delimiter
      text = line.end
    }
    comments = text..<text
    commentPrefix = LeadingLines.prefixes[0]
    // What the user says of comments, the dialect knows.
    guard overrides.comment == nil, !overrides.hashesAreRows else { return }
    for prefix in LeadingLines.prefixes where comments.isEmpty {
      comments = text..<LeadingLines.endOfComments(sample, text, dialect, prefix)
      commentPrefix = prefix
    }
  }

  /// Whether the comments are not sure to be some: they, or one of them, may be a record.
  func mayBeRecords(of sample: Buffer<UInt8>, _ dialect: CSVDialect, fieldCount: Int) -> Bool {
    if comments.isEmpty { return false }
    if commentPrefix == LeadingLines.prefixes[0] {
      return fieldCount > 1 && lookLikeRows(in: sample, dialect, fieldCount)
    }
    if fieldCount == 1 { return true }
    var plain = dialect
    plain.comment = nil
    let text = sample.slice(comments)
    return sampledRecords(of: text, dialect: plain, isWhole: true, limit: .max).contains {
      let next = text[min($0.range.lowerBound + commentPrefix.count, text.count - 1)]
      let isProse = commentPrefix[0] == ASCII.slash && (next == ASCII.space || next == ASCII.tab)
      return $0.cells.count == fieldCount && !isProse
    }
  }

  /// Whether lines with `#` are rows: each has as many fields as the record below them, and behind
  /// its first a value where that one has a value.
  private func lookLikeRows(
    in sample: Buffer<UInt8>, _ dialect: CSVDialect, _ fieldCount: Int
  ) -> Bool {
    var plain = dialect
    plain.comment = nil
    func values(_ text: Buffer<UInt8>, limit: Int) -> [[Bool]] {
      let fields = SampledFields(text, plain)
      return sampledRecords(of: text, dialect: plain, isWhole: true, limit: limit).map { record in
        record.cells.map { LeadingLines.isValue(fields.text($0)) }
      }
    }
    guard let below = values(sample.slice(end..<sample.count), limit: 1).first else { return false }
    let lines = values(sample.slice(comments), limit: .max)
    return below.count == fieldCount
      && lines.allSatisfy { line in
        line.count == fieldCount
          && line.indices.dropFirst().contains { line[$0] && below[$0] }
      }
  }

  /// Whether a field is a value, and not a name, which years are as well.
  static func isValue(_ text: String) -> Bool {
    FieldShape(text).isValue && !(Int(text).map { 1900...2100 ~= $0 } ?? false)
  }

  /// What separates fields, where a comment names them and nine of ten records have as many.
  func namedDelimiter(_ sample: Buffer<UInt8>, _ dialect: CSVDialect, isWhole: Bool) -> UInt8? {
    guard let names = LeadingLines.fieldNames(sample.slice(comments)), names.count > 1 else {
      return nil
    }
    var plain = dialect
    plain.comment = ASCII.hash
    return [ASCII.tab, ASCII.space].first { delimiter in
      plain.delimiter = delimiter
      let records = sampledRecords(
        of: sample.slice(end..<sample.count), dialect: plain, isWhole: isWhole,
        limit: LeadingLines.namedRecordLimit)
      let agreeing = records.count { $0.cells.count == names.count }
      return agreeing > 0 && agreeing * 10 >= records.count * 9
    }
  }

  private static let namedRecordLimit = 100

  /// The names in the last of the comments that begins with `#Fields:`, as the extended log files
  /// of the W3C have it; nil if there is none.
  static func fieldNames(_ comments: Buffer<UInt8>) -> [String]? {
    let lines = String(decoding: Array(comments.span.indices.map { comments[$0] }), as: UTF8.self)
      .split(whereSeparator: \.isNewline)
    guard let line = lines.last(where: { $0.lowercased().hasPrefix(fieldsDirective) }) else {
      return nil
    }
    return line.dropFirst(fieldsDirective.count).split { $0 == " " || $0 == "\t" }.map(String.init)
  }

  private static let fieldsDirective = "#fields:"

  mutating func dropComments() {
    comments = comments.lowerBound..<comments.lowerBound
  }

  /// The line at `start` if it says what separates fields.
  private static func separatorLine(
    _ sample: Buffer<UInt8>, _ start: Int, _ dialect: CSVDialect
  ) -> (delimiter: UInt8, end: Int)? {
    let bytes = sample.span
    // With quotes around it, and CR LF.
    let limit = min(bytes.count, start + separatorName.count + 5)
    guard let lineEnd = (start..<limit).first(where: { dialect.endsLine(bytes[$0]) }) else {
      return nil
    }
    var line = (start..<lineEnd).map { bytes[$0] }
    if line.last == ASCII.carriageReturn { line.removeLast() }
    if line.first == ASCII.quote && line.last == ASCII.quote { line = Array(line[1...].dropLast()) }
    guard line.count == separatorName.count + 1, let delimiter = line.last,
      zip(line, separatorName).allSatisfy({ $0 | 0x20 == $1 | 0x20 }),
      delimiter != ASCII.quote && delimiter != ASCII.space && !delimiter.isLetterOrDigit,
      delimiter < 0x80
    else { return nil }
    return (delimiter, dialect.nextLine(sample, at: lineEnd))
  }

  /// Where the lines at `start` that begin with `prefix`, and blank ones between them, end.
  private static func endOfComments(
    _ sample: Buffer<UInt8>, _ start: Int, _ dialect: CSVDialect, _ prefix: [UInt8]
  ) -> Int {
    let bytes = sample.span
    var end = start
    var line = start
    while line < bytes.count {
      var next = line
      while next < bytes.count && !dialect.endsLine(bytes[next]) { next += 1 }
      let isBlank = next == line || next == line + 1 && bytes[line] == ASCII.carriageReturn
      let isComment =
        line + prefix.count <= next
        && prefix.indices.allSatisfy { bytes[line + $0] == prefix[$0] }
      guard isBlank || isComment, next < bytes.count else { break }
      line = dialect.nextLine(sample, at: next)
      if !isBlank { end = line }
    }
    return end
  }
}

extension CSVDialect {
  /// Where the line behind the line end at `offset` of a sample begins.
  func nextLine(_ sample: Buffer<UInt8>, at offset: Int) -> Int {
    pastLineEnd(offset, count: sample.count, isEnd: true) { sample[$0] } ?? sample.count
  }
}

extension UInt8 {
  fileprivate var isLetterOrDigit: Bool {
    (0x30...0x39).contains(self) || (0x41...0x5A).contains(self & 0xDF)
  }
}

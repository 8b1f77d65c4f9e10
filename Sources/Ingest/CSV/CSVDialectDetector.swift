package import Base

/// Guesses how a delimited text is written, from its first bytes.
///
///  1. Byte-order mark and skipped lines go; so do a line that says what separates fields
///     (`LeadingLines`), and comments in front.
///  2. Line ends (`LineEndEvidence`): LF; CR too where there is no LF outside quotes, or where more
///     records are sound so.
///  3. Delimiter, quote and escape (`SeparatorDetector`): each set of candidates reads the sample;
///     the one whose records agree best on their number of fields wins.
///  4. Where the table begins and what its columns are called (`HeaderDetector`).
///  5. How its fields write dates, numbers and flags (`FormatDetector`).
package enum CSVDialectDetector {
  /// - Parameter isWholeInput: whether the input ends with the sample.
  /// - Complexity: O(sample).
  package static func detect(
    sample: Buffer<UInt8>, isWholeInput: Bool, overrides: DialectOverrides = DialectOverrides()
  ) -> DetectedDialect {
    if let given = overrides.lineEnd {
      return detect(
        sample, isWholeInput, overrides, given.newline, given.carriage,
        "\(given.name), as given")
    }
    func read(_ carriage: CarriageRole, _ reason: String) -> DetectedDialect {
      detect(sample, isWholeInput, overrides, ASCII.lineFeed, carriage, reason)
    }
    switch LineEndEvidence(sample, overrides) {
    case .lineFeed(let kinds): return read(.mayEndLine, kinds)
    case .carriage: return read(.endsLine, "CR: the sample has no line feed outside quotes")
    case .both:
      let plain = read(.text, "LF: records agree better if CR ends none")
      var mixed = read(.endsLine, "")
      if let old = readingQuotedFeeds(sample, isWholeInput, overrides),
        old.fieldCount > mixed.fieldCount
      {
        mixed = old
      }
      let records = LineReading(mixed, sample, isWholeInput)
      guard records.isBetter(than: LineReading(plain, sample, isWholeInput)) else { return plain }
      records.note(in: &mixed)
      return mixed
    }
  }

  /// A reading in which CRs end lines and LFs are in quotes that are only known once the delimiter
  /// is, such as those behind `, `; nil if there is none, or records differ in length.
  private static func readingQuotedFeeds(
    _ sample: Buffer<UInt8>, _ isWholeInput: Bool, _ overrides: DialectOverrides
  ) -> DetectedDialect? {
    var found = detect(sample, isWholeInput, overrides, ASCII.carriageReturn, .text, "")
    let records = LineReading(found, sample, isWholeInput)
    (found.dialect.newline, found.dialect.carriage) = (ASCII.lineFeed, .endsLine)
    return records.isRegular && records == LineReading(found, sample, isWholeInput) ? found : nil
  }

  private static func detect(
    _ sample: Buffer<UInt8>, _ isWholeInput: Bool, _ overrides: DialectOverrides,
    _ newline: UInt8, _ carriage: CarriageRole, _ lineEnds: String
  ) -> DetectedDialect {
    var dialect = CSVDialect(
      newline: newline, skipRows: overrides.skipRows,
      comment: overrides.comment ?? overrides.commentGuess,
      nullTexts: overrides.nullTexts, dateFormat: overrides.dateFormat,
      timestampFormat: overrides.timestampFormat)
    dialect.padsRagged = overrides.padsRagged
    dialect.carriage = carriage
    var reasons = [DetectedDialect.Reason(property: DetectedDialect.Reason.lineEnd, text: lineEnds)]
    var lines = LeadingLines(sample, from: skippedBytes(sample, dialect), dialect, overrides)
    var (fieldCount, fit) = separators(sample, isWholeInput, &lines, overrides, &dialect, &reasons)
    if overrides.comment == nil && dialect.comment != nil { dialect.commentGuess = fieldCount }
    func findHeader(_ given: Bool?) -> HeaderDetector.Header {
      HeaderDetector(
        body: sample.slice(lines.end..<sample.count), comments: sample.slice(lines.comments),
        commentPrefix: lines.commentPrefix, overrides: overrides, isWholeInput: isWholeInput,
        fieldCount: fieldCount, dialect: dialect
      ).detect(&dialect, given: given, &reasons)
    }
    let before = (dialect, reasons)
    var header = findHeader(overrides.hasHeader)
    if header.hasSurplusFields {
      (dialect, reasons) = before
      reasons.append(.surplusFields(fieldCount))
      fieldCount -= 1
      fit.irregularCount = fit.recordCount - 1
      if dialect.commentGuess != nil { dialect.commentGuess = fieldCount }
      header = findHeader(true)
    }
    if overrides.delimiter == nil,
      let drawing = TableDrawing.doubt(
        sample.slice(lines.end..<sample.count), dialect, fieldCount: fieldCount)
    {
      header.doubts.append(drawing)
    }
    header.passedOver.hasSeparatorLine = lines.delimiter != nil
    let offset = lines.end + header.dataOffset
    // SAFETY: offsets are within the sample; the pointer does not leave the closure.
    func lineCount(before end: Int) -> Int {
      unsafe sample.withUnsafePointer { base in
        dialect.lineCount(unsafe TextPointer(base: base), in: 0..<end)
      }
    }
    header.passedOver.skippedCount = Int32(lineCount(before: skippedBytes(sample, dialect)))
    noteDatabaseNulls(
      sample.slice(offset..<sample.count), header.names.count, isWholeInput, &dialect, &reasons)
    let formats = FormatDetector(
      dialect: dialect, columnCount: header.names.count, decimalComma: overrides.decimalComma,
      known: overrides.formats(for: header.names, hasHeader: dialect.hasHeader)
    ).detect(sample.slice(offset..<sample.count), isWhole: isWholeInput, names: header.names)
    dialect.formats = formats.formats
    return DetectedDialect(
      dialect: dialect, names: header.names, renamed: header.renamed, dataOffset: offset,
      dataLine: lineCount(before: offset), passedOver: header.passedOver, decimalMark: formats.mark,
      reasons: reasons + formats.reasons,
      doubts: fit.doubts + header.doubts(formats.formats) + formats.doubts, fit: fit)
  }

  /// Delimiter, quote and escape of what follows the leading lines. Lines that are only thought to
  /// be comments go back to the text where they turn out to be records.
  private static func separators(
    _ sample: Buffer<UInt8>, _ isWholeInput: Bool, _ lines: inout LeadingLines,
    _ overrides: DialectOverrides, _ dialect: inout CSVDialect,
    _ reasons: inout [DetectedDialect.Reason]
  ) -> (fieldCount: Int, fit: DialectFit) {
    var known = overrides.knownDelimiter.map {
      SeparatorDetector.KnownDelimiter(bytes: $0, source: "as in the first source")
    }
    if let delimiter = lines.delimiter {
      known = .init(bytes: [delimiter], source: "as the first line says")
    }
    let named = lines.namedDelimiter(sample, dialect, isWhole: isWholeInput)
    if let named {
      known = .init(bytes: [named], source: "as the names behind #Fields: have it")
    }
    if let given = overrides.delimiter { known = .init(bytes: given, source: "as given") }
    func detect(_ dialect: inout CSVDialect, _ reasons: inout [DetectedDialect.Reason]) -> (
      Int, DialectFit
    ) {
      SeparatorDetector(
        body: sample.slice(lines.end..<sample.count), isWhole: isWholeInput, overrides: overrides,
        known: known
      ).detect(&dialect, &reasons)
    }
    if named != nil && overrides.comment == nil { dialect.comment = ASCII.hash }
    let before = (dialect, reasons)
    let found = detect(&dialect, &reasons)
    guard lines.mayBeRecords(of: sample, dialect, fieldCount: found.0) else { return found }
    lines.dropComments()
    (dialect, reasons) = before
    return detect(&dialect, &reasons)
  }

  /// Records that a sample should have: a header, and two that show what it stands over.
  private static let recordCountMin = 3

  /// Whether a sample tells too little: it ends in a quoted field before it has a few whole
  /// records, so that only a larger one shows how these are written.
  ///
  /// - Complexity: O(sample), but O(a few records) for nearly every text.
  package static func needsLargerSample(
    _ sample: Buffer<UInt8>, overrides: DialectOverrides = DialectOverrides()
  ) -> Bool {
    var dialect = CSVDialect(
      quote: overrides.quote ?? ASCII.quote, escape: overrides.escape ?? nil,
      skipRows: overrides.skipRows, comment: overrides.comment ?? nil)
    if let given = overrides.lineEnd {
      (dialect.newline, dialect.carriage) = (given.newline, given.carriage)
    } else if !LineEndEvidence(sample, overrides).isLineFeed {
      dialect.carriage = .endsLine
    }
    let body = sample.slice(skippedBytes(sample, dialect)..<sample.count)
    let delimiters = overrides.delimiter.map { [$0] } ?? SeparatorDetector.delimiters.map { [$0] }
    return delimiters.contains { delimiter in
      dialect.delimiter = delimiter[0]
      dialect.delimiterTail = Array(delimiter.dropFirst())
      var recordCount = 0
      return forEachRecord(of: body, dialect: dialect, isWhole: false) { _, _ in
        recordCount += 1
        return recordCount < recordCountMin
      }
    }
  }

  /// MySQL and PostgreSQL write `\N` for null, in columns of text too: nothing else is written so.
  private static func noteDatabaseNulls(
    _ data: Buffer<UInt8>, _ columnCount: Int, _ isWhole: Bool, _ dialect: inout CSVDialect,
    _ reasons: inout [DetectedDialect.Reason]
  ) {
    guard dialect.nullTexts.isEmpty else { return }
    var count = 0
    var recordCount = 0
    let marker = Array("\\N".utf8)
    forEachRecord(of: data, dialect: dialect, columns: columnCount, isWhole: isWhole) {
      text, fields in
      for field in fields where !field.isQuoted && field.value.count == 2 {
        if text.bytes(field.value) == marker { count += 1 }
      }
      recordCount += 1
      return recordCount < databaseNullRecordLimit
    }
    guard count > 0 else { return }
    dialect.nullTexts = ["\\N"]
    reasons.append(
      .init(property: "null", text: "\\N: \(count) fields of the sample are it, without quotes"))
  }

  /// Records that are looked at for `\N`, at most.
  private static let databaseNullRecordLimit = 20_000

  /// Bytes before the text: byte-order mark and skipped lines.
  private static func skippedBytes(_ sample: Buffer<UInt8>, _ dialect: CSVDialect) -> Int {
    let bytes = sample.span
    var offset = 0
    if bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF { offset = 3 }
    var lines = 0
    while lines < dialect.skipRows && offset < bytes.count {
      if dialect.endsLine(bytes[offset]) {
        lines += 1
        offset = dialect.nextLine(sample, at: offset)
      } else {
        offset += 1
      }
    }
    return offset
  }
}

package import Base

/// Guesses how a delimited text is written, from its first bytes.
///
///  1. Byte-order mark and skipped lines go.
///  2. Newline: LF, or CR where there is no LF.
///  3. Delimiter and quote: each pair of candidates reads the sample; the one whose records agree
///     best on their number of fields wins.
///  4. Header: names over differently typed data, or names that no data looks like.
package enum CSVDialectDetector {
  /// In order of preference where they fit equally well.
  private static let delimiters: [UInt8] = [
    ASCII.comma, ASCII.tab, ASCII.semicolon, ASCII.pipe,
  ]
  /// Records of the sample that are looked at, at most.
  private static let recordLimit = 5_000
  /// Share of the records that must agree on the number of fields for a delimiter to count.
  private static let agreementMin = 0.6
  /// Share that must agree with the first record where no number of fields has that many.
  private static let firstAgreementMin = 0.2

  /// - Parameter isWholeInput: whether the input ends with the sample.
  /// - Complexity: O(sample).
  package static func detect(
    sample: Buffer<UInt8>, isWholeInput: Bool, overrides: DialectOverrides = DialectOverrides()
  ) -> DetectedDialect {
    var dialect = CSVDialect(
      escape: overrides.escape, skipRows: overrides.skipRows, comment: overrides.comment,
      nullTexts: overrides.nullTexts, dateFormat: overrides.dateFormat,
      timestampFormat: overrides.timestampFormat)
    var reasons: [DetectedDialect.Reason] = []
    dialect.newline = newline(sample, &reasons)
    let (bodyOffset, bodyLine) = skippedBytes(sample, dialect)
    let body = sample.slice(bodyOffset..<sample.count)
    let best = separators(body, isWholeInput, dialect, overrides, &reasons)
    dialect.delimiter = best.delimiter
    dialect.quote = best.quote
    let header = HeaderDetector(
      body: body, isWholeInput: isWholeInput, dialect: dialect, fieldCount: best.fieldCount
    ).detect(given: overrides.hasHeader)
    dialect.hasHeader = header.hasHeader
    reasons.append(.init(property: "header", text: header.reason))
    return DetectedDialect(
      dialect: dialect, names: header.names, dataOffset: bodyOffset + header.dataOffset,
      dataLine: bodyLine + header.dataLine, reasons: reasons)
  }

  private static func newline(
    _ sample: Buffer<UInt8>, _ reasons: inout [DetectedDialect.Reason]
  ) -> UInt8 {
    let bytes = sample.span
    var hasCarriage = false
    for index in bytes.indices {
      if bytes[index] == ASCII.lineFeed { return ASCII.lineFeed }
      if bytes[index] == ASCII.carriageReturn && index + 1 < bytes.count { hasCarriage = true }
    }
    guard hasCarriage else { return ASCII.lineFeed }
    reasons.append(
      .init(property: "newline", text: "CR: the sample has carriage returns and no line feed"))
    return ASCII.carriageReturn
  }

  /// Bytes and newlines before the header: byte-order mark and skipped lines.
  private static func skippedBytes(_ sample: Buffer<UInt8>, _ dialect: CSVDialect) -> (Int, Int) {
    let bytes = sample.span
    var offset = 0
    if bytes.count >= 3 && bytes[0] == 0xEF && bytes[1] == 0xBB && bytes[2] == 0xBF { offset = 3 }
    var lines = 0
    while lines < dialect.skipRows && offset < bytes.count {
      if bytes[offset] == dialect.newline { lines += 1 }
      offset += 1
    }
    return (offset, lines)
  }

  /// How well a sample reads with one pair of delimiter and quote.
  struct Candidate {
    var delimiter: UInt8
    var quote: UInt8?
    var fieldCount = 1
    /// Share of the records that have `fieldCount` fields.
    var agreement = 0.0
    /// Fields of the first record, and the share of the records that have as many.
    var firstFieldCount = 0
    var firstAgreement = 0.0
    var recordCount = 0
    var quotedCount = 0
  }

  private static func separators(
    _ body: Buffer<UInt8>, _ isWhole: Bool, _ dialect: CSVDialect, _ overrides: DialectOverrides,
    _ reasons: inout [DetectedDialect.Reason]
  ) -> Candidate {
    let quotes: [UInt8?] =
      overrides.quote.map { [$0] } ?? [ASCII.quote, ASCII.apostrophe]
    var best: Candidate?
    for delimiter in overrides.delimiter.map({ [$0] }) ?? delimiters {
      for quote in quotes where quote != delimiter {
        let candidate = measure(body, isWhole, dialect, delimiter, quote)
        if isBetter(candidate, than: best) { best = candidate }
      }
    }
    var chosen = best ?? Candidate(delimiter: overrides.delimiter ?? ASCII.comma, quote: quotes[0])
    if overrides.delimiter == nil && chosen.agreement < agreementMin, chosen.firstFieldCount > 1,
      chosen.firstAgreement >= firstAgreementMin
    {
      // Ragged records: the first one says how many fields were meant.
      chosen.fieldCount = chosen.firstFieldCount
      chosen.agreement = chosen.firstAgreement
      reasons.append(
        .init(
          property: "delimiter",
          text: "\(shown(chosen.delimiter)): the first of \(chosen.recordCount) records has "
            + "\(chosen.fieldCount) fields, and \(Int((chosen.agreement * 100).rounded()))% agree"))
    } else if overrides.delimiter == nil
      && (chosen.fieldCount == 1 || chosen.agreement < agreementMin)
    {
      chosen = singleColumn(body, isWhole, dialect, quotes[0])
      reasons.append(
        .init(property: "delimiter", text: "none: no candidate splits the records alike"))
    } else {
      if overrides.delimiter != nil && chosen.fieldCount == 1 && chosen.firstFieldCount > 1 {
        // Whoever names the delimiter expects it to split: most of the records are damaged.
        chosen.fieldCount = chosen.firstFieldCount
        chosen.agreement = chosen.firstAgreement
      }
      let percent = Int((chosen.agreement * 100).rounded())
      let how = overrides.delimiter == nil ? "" : ", as given"
      reasons.append(
        .init(
          property: "delimiter",
          text:
            "\(shown(chosen.delimiter))\(how): \(percent)% of \(chosen.recordCount) records have "
            + "\(chosen.fieldCount) fields"))
    }
    let quoteText =
      chosen.quote.map { "\(shown($0)): \(chosen.quotedCount) fields begin and end with it" }
      ?? "none"
    reasons.append(.init(property: "quote", text: quoteText))
    return chosen
  }

  /// Agreement decides among delimiters that split at all; then more fields. Apostrophes quote only
  /// where they are seen to, and quotation marks are not.
  private static func isBetter(_ candidate: Candidate, than best: Candidate?) -> Bool {
    if candidate.quote == ASCII.apostrophe && candidate.quotedCount * 2 < candidate.recordCount {
      return false
    }
    guard let best else { return true }
    if (candidate.fieldCount > 1) != (best.fieldCount > 1) { return candidate.fieldCount > 1 }
    if abs(candidate.agreement - best.agreement) > 0.02 {
      return candidate.agreement > best.agreement
    }
    if candidate.delimiter == best.delimiter { return candidate.quotedCount > best.quotedCount }
    return candidate.fieldCount > best.fieldCount
  }

  private static func measure(
    _ body: Buffer<UInt8>, _ isWhole: Bool, _ base: CSVDialect, _ delimiter: UInt8, _ quote: UInt8?
  ) -> Candidate {
    var dialect = base
    dialect.delimiter = delimiter
    dialect.quote = quote
    var candidate = Candidate(delimiter: delimiter, quote: quote)
    var counts: [Int: Int] = [:]
    forEachRecord(of: body, dialect: dialect, isWhole: isWhole) { _, fields in
      if candidate.recordCount == 0 { candidate.firstFieldCount = fields.count }
      counts[fields.count, default: 0] += 1
      candidate.recordCount += 1
      for field in fields where field.isQuoted { candidate.quotedCount += 1 }
      return candidate.recordCount < recordLimit
    }
    // Of equally frequent counts the larger: a short title line does not hide the table below it.
    guard let mode = counts.max(by: { ($0.value, $0.key) < ($1.value, $1.key) }) else {
      return candidate
    }
    candidate.fieldCount = mode.key
    candidate.agreement = Double(mode.value) / Double(candidate.recordCount)
    candidate.firstAgreement =
      Double(counts[candidate.firstFieldCount] ?? 0) / Double(candidate.recordCount)
    return candidate
  }

  /// A delimiter that does not occur, so that every line is one field.
  private static func singleColumn(
    _ body: Buffer<UInt8>, _ isWhole: Bool, _ dialect: CSVDialect, _ quote: UInt8?
  ) -> Candidate {
    let bytes = body.span
    var occurs = [Bool](repeating: false, count: 256)
    for index in bytes.indices { occurs[Int(bytes[index])] = true }
    let unitSeparator: UInt8 = 0x1F
    let free = (delimiters + [unitSeparator]).first { !occurs[Int($0)] } ?? unitSeparator
    return measure(body, isWhole, dialect, free, quote)
  }

  private static func shown(_ byte: UInt8) -> String {
    switch byte {
    case ASCII.tab: "tab"
    case 0x21...0x7E: "'\(Character(UnicodeScalar(byte)))'"
    default: "byte \(byte)"
    }
  }
}

import Base
import Columns

// What encloses fields, and whether anything does.
extension SeparatorDetector {
  /// The delimiter with the quote and escape that suit it best.
  func bestQuoting(_ dialect: CSVDialect, _ delimiter: [UInt8]) -> Candidate {
    let quotes: [UInt8?] = overrides.quote.map { [$0] } ?? SeparatorDetector.quotes
    var best: Candidate?
    for quote in quotes where quote.map({ !delimiter.contains($0) }) ?? true {
      var candidate = measure(dialect, delimiter, quote, overrides.escape ?? nil)
      if let quote, overrides.escape == nil, candidate.badCount > 0,
        contains([ASCII.backslash, quote])
      {
        let escaped = measure(dialect, delimiter, quote, ASCII.backslash)
        if escaped.badCount < candidate.badCount && escaped.agreement >= candidate.agreement {
          candidate = escaped
        }
      }
      if isBetter(candidate, than: best, dialect) { best = candidate }
    }
    let chosen = best ?? measure(dialect, delimiter, nil, overrides.escape ?? nil)
    guard overrides.quote == nil && chosen.quotedCount + chosen.badCount > 0 else { return chosen }
    let plain = measure(dialect, delimiter, nil, overrides.escape ?? nil)
    if let damaged = withStrays(chosen, plain) { return damaged }
    // Where quotes hardly ever enclose a field they may be mere text.
    if chosen.badCount > chosen.quotedCount && plain.agreement > chosen.agreement + 0.02 {
      return plain
    }
    return withoutStrays(chosen, plain, dialect)
  }

  /// Records that quotes have to join or break for them to be text, and the share of the lines that
  /// must agree without quotes.
  private static let strayedRecordsMin = 2
  private static let plainAgreementMin = 0.9

  /// The reading without quotes where these are text, such as the inches of `5" pipe`.
  ///
  /// A quote in front of a field is text if none closes it before the next delimiter. The next one
  /// may close it a few lines below, which makes one record of several and looks sound. What tells
  /// is that each of these lines is a record: a text within quotes has its delimiters where it
  /// likes. So quotes are text if most fields that begin with one are not closed on their line, no
  /// quote makes a line a better record, and columns keep their types without quotes; one of them
  /// has to have a type. Where only some of that is so, a note says that records may be lost.
  private func withoutStrays(
    _ quoted: Candidate, _ plain: Candidate, _ base: CSVDialect
  ) -> Candidate {
    guard quoted.quote != nil, plain.fieldCount == quoted.fieldCount, plain.fieldCount > 1,
      plain.agreement >= SeparatorDetector.plainAgreementMin,
      (plain.counts[plain.fieldCount] ?? 0) > (quoted.counts[plain.fieldCount] ?? 0)
    else { return quoted }
    let strays = strays(base.separated(as: quoted), base.separated(as: plain), plain.fieldCount)
    guard strays.joinedCount > 0 else { return quoted }
    let typedCount = typedCount(base, plain)
    let areText =
      strays.joinedCount >= SeparatorDetector.strayedRecordsMin && strays.neededCount == 0
      && strays.joinedCount + quoted.badCount > strays.closedCount
      && typedCount > 0 && typedCount >= self.typedCount(base, quoted)
    var chosen = areText ? plain : quoted
    chosen.doubts.append(
      areText ? .quotesAsText(strays.example) : .recordsWithinQuotes(strays.example))
    return chosen
  }

  private struct Strays {
    /// Records that quotes make of several, or of more fields than these have otherwise.
    var joinedCount = 0
    /// Records that have their fields only by quotes.
    var neededCount = 0
    /// Fields whose quote closes on their line.
    var closedCount = 0
    /// The first line that a quote joins with the next.
    var example = ""
  }

  private func strays(_ quoted: CSVDialect, _ plain: CSVDialect, _ fieldCount: Int) -> Strays {
    var strays = Strays()
    let bytes = body.span
    let records = sampledRecords(
      of: body, dialect: quoted, isWhole: isWhole, limit: SeparatorDetector.recordLimit)
    for record in records {
      guard let cells = record.fields, cells.contains(where: \.isQuoted) else { continue }
      let closed = cells.count { cell in
        cell.isQuoted && !cell.value.contains { bytes[$0] == quoted.newline }
      }
      let isJoined = cells.contains { $0.isQuoted } && closed < cells.count { $0.isQuoted }
      let isWhole = cells.count == fieldCount
      strays.closedCount += closed
      guard isJoined || !isWhole || closed > 0 else { continue }
      let part = body.slice(record.range)
      let lines = sampledRecords(
        of: part, dialect: plain, isWhole: true, limit: SeparatorDetector.recordLimit)
      let areRecords = lines.allSatisfy { $0.cells.count == fieldCount }
      if areRecords && (isJoined || !isWhole) {
        strays.joinedCount += 1
        if strays.example.isEmpty, let line = lines.first {
          strays.example = String(
            decoding: line.range.lazy.map { max(part.span[$0], ASCII.space) },
            as: UTF8.self)
        }
      } else if isWhole && !areRecords {
        strays.neededCount += 1
      }
    }
    return strays
  }

  private func typedCount(_ base: CSVDialect, _ candidate: Candidate) -> Int {
    columns(base, candidate).count { $0.type != .string }
  }

  /// The reading without quotes as one in which some are strays that damage their lines, if
  /// quotation marks enclose as many fields as they merely open: nobody writes `"x"` for a text of
  /// three signs. Between tabs somebody does: what databases write there is not quoted.
  private func withStrays(_ quoted: Candidate, _ plain: Candidate) -> Candidate? {
    guard quoted.quote == ASCII.quote, quoted.badCount > 0, plain.delimiter != [ASCII.tab],
      plain.fieldCount > 1, plain.agreement > quoted.agreement + 0.02, plain.enclosedCount > 0,
      plain.enclosedCount >= plain.openedCount
    else { return nil }
    var damaged = plain
    (damaged.quote, damaged.escape) = (quoted.quote, quoted.escape)
    damaged.badCount = quoted.badCount
    damaged.quotedCount = max(plain.enclosedCount, quoted.quotedCount)
    damaged.otherQuotedCount = 0
    return damaged
  }

  /// Whether apostrophes are around fields, and quotation marks around none: a few records that
  /// are damaged then would be damaged by any writer of such quotes.
  func quotesDespiteDamage(_ candidate: Candidate, unlike best: Candidate) -> Bool {
    candidate.quote == ASCII.apostrophe && best.quotedCount == 0 && candidate.badCount > 0
      && candidate.fieldCount > 1 && candidate.agreement >= SeparatorDetector.agreementMin
      && candidate.badCount * 5 <= candidate.quotedCount
  }

  /// The delimiter that a single byte is the beginning of, if every one of its kind is: the header
  /// has it too, and no quotes enclose it.
  func lengthened(_ short: Candidate, _ dialect: CSVDialect) -> Candidate {
    var best = short
    for long in SeparatorDetector.longDelimiters
    where long[0] == short.delimiter[0] && contains(long) {
      let bytesOfShort = long.count { $0 == short.delimiter[0] }
      let candidate = bestQuoting(dialect, long)
      // With a blank before them, quotes are text to the short one, and so is what is wrong there.
      let hasBetterQuotes =
        candidate.quotedCount > short.quotedCount
        || candidate.quotedCount == short.quotedCount && candidate.badCount > short.badCount
      let misquoted = hasBetterQuotes ? candidate.badCount - short.badCount : 0
      let isExplained =
        (candidate.fieldCount - 1) * bytesOfShort == short.fieldCount - 1
        && candidate.agreement + share(misquoted, candidate.recordCount) >= short.agreement - 0.02
      guard candidate.fieldCount > 1,
        misquoted * 10 <= candidate.recordCount, candidate.badCount <= short.badCount + misquoted,
        candidate.leadingCount <= short.leadingCount,
        candidate.quotedCount >= short.quotedCount,
        isExplained || candidate.agreement > short.agreement + 0.02
      else { continue }
      if best.delimiter.count < long.count { best = candidate }
    }
    return best
  }
}

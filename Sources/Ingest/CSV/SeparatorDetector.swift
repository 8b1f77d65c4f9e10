import Base
import Columns

/// Chooses delimiter, quote and escape: each set of candidates reads the sample, and the one whose
/// records agree best on their number of fields wins.
struct SeparatorDetector {
  let body: Buffer<UInt8>
  let isWhole: Bool
  let overrides: DialectOverrides
  /// What separates fields, and who says so; nil: guess.
  let known: KnownDelimiter?

  /// In order of preference where they fit equally well.
  static let delimiters: [UInt8] = [
    ASCII.comma, ASCII.tab, ASCII.semicolon, ASCII.pipe, 0x01, 0x1E, 0x1F,
  ]
  /// Tried where none of those splits: they occur within values too.
  static let rareDelimiters: [UInt8] = [0x5E, 0x7E, ASCII.colon, ASCII.space]
  /// Delimiters of several bytes, each beginning with one of the above. Two commas, semicolons or
  /// tabs have an empty field between them.
  static let longDelimiters = [
    ", ", "; ", "||", "|~|", "|^|", "|#|", "~|~", "^|^", "^^", "~~", "::",
  ].map { Array($0.utf8) }
  /// All of a single byte.
  static var singleDelimiters: [UInt8] { delimiters + rareDelimiters.filter { $0 != ASCII.space } }
  static let quotes = [ASCII.quote, ASCII.apostrophe]
  /// Records of the sample that are looked at, at most.
  static let recordLimit = 2_000
  /// Share of the records that must agree on the number of fields for a delimiter to count.
  static let agreementMin = 0.6
  /// Share that must agree with the first record where no number of fields has that many.
  private static let firstAgreementMin = 0.2
  /// Share of the records from the first of a number of fields on, for the ones before it to be
  /// taken for a preamble.
  private static let tableAgreementMin = 0.9

  typealias Reason = DetectedDialect.Reason

  struct KnownDelimiter {
    var bytes: [UInt8]
    var source: String
  }

  /// How well a sample reads with one set of separators.
  struct Candidate {
    var delimiter: [UInt8]
    var quote: UInt8?
    var escape: UInt8?
    var fieldCount = 1
    /// Share of the records, from the first of them on, that have `fieldCount` fields.
    var agreement = 0.0
    /// Records before the first that has as many.
    var leadingCount = 0
    /// Fields of the first record, and the share of the records that have as many.
    var firstFieldCount = 0
    var firstAgreement = 0.0
    /// How many sound records have so many fields.
    var counts: [Int: Int] = [:]
    var recordCount = 0
    var badCount = 0
    var quotedCount = 0
    /// Fields that begin and end with a quote that is none here.
    var otherQuotedCount = 0
    /// Where nothing quotes, fields that quotation marks enclose, and those that one opens only.
    var enclosedCount = 0
    var openedCount = 0
    /// Whether it is written as PostgreSQL's COPY and MySQL write text.
    var isDatabaseText = false
    /// What of the choice may be wrong.
    var doubts: [DialectDoubt] = []

    /// The most fields a record has.
    var longestFieldCount: Int { counts.keys.max() ?? 1 }
  }

  /// Completes the dialect.
  ///
  /// - Returns: the number of fields of a record, and how many of the sample's agree.
  func detect(
    _ dialect: inout CSVDialect, _ reasons: inout [Reason]
  ) -> (fieldCount: Int, fit: DialectFit) {
    let chosen = asDatabaseText(choose(dialect, &reasons), dialect)
    dialect.escapesLetters =
      chosen.isDatabaseText || overrides.escapesLetters && chosen.escape == ASCII.backslash
    dialect.delimiter = chosen.delimiter[0]
    dialect.delimiterTail = Array(chosen.delimiter.dropFirst())
    dialect.quote = chosen.quote
    dialect.escape = chosen.escape
    let quoteText =
      chosen.quote.map { "\(shown([$0])): \(chosen.quotedCount) fields begin and end with it" }
      ?? "none"
    reasons.append(Reason(property: "quote", text: quoteText))
    if let escape = chosen.escape {
      let how =
        chosen.isDatabaseText
        ? "tabs and \\N, as databases write them"
        : overrides.escape == nil ? "it stands before quotes within fields" : "as given"
      reasons.append(Reason(property: "escape", text: "\(shown([escape])): \(how)"))
    }
    var fit = DialectFit(
      recordCount: chosen.recordCount, damagedCount: chosen.badCount,
      irregularCount: chosen.recordCount - (chosen.counts[chosen.fieldCount] ?? 0),
      quotedCount: chosen.quotedCount, otherQuotedCount: chosen.otherQuotedCount,
      doubts: chosen.doubts)
    if dialect.padsRagged { fit.irregularCount = chosen.badCount }
    guard dialect.padsRagged && chosen.longestFieldCount > chosen.fieldCount else {
      return (chosen.fieldCount, fit)
    }
    reasons.append(
      Reason(
        property: "ragged",
        text: "records have up to \(chosen.longestFieldCount) fields: the surplus gets columns"))
    return (chosen.longestFieldCount, fit)
  }

  private func choose(_ dialect: CSVDialect, _ reasons: inout [Reason]) -> Candidate {
    if let known { return explained(bestQuoting(dialect, known.bytes), &reasons) }
    var best: Candidate?
    for delimiter in SeparatorDetector.delimiters
    where occurs(delimiter) && !isInTimes(delimiter) {
      let candidate = bestQuoting(dialect, [delimiter])
      if isBetter(candidate, than: best, dialect) { best = candidate }
    }
    if let lines = undivided(best, dialect) {
      reasons.append(
        Reason(
          property: "delimiter",
          text: "none: one name is above lines whose commas are in numbers or before blanks"))
      return lines
    }
    if let best, endsLines(best, dialect) {
      reasons.append(
        Reason(
          property: "delimiter",
          text: "none: \(shown(best.delimiter)) ends lines of text, and nothing follows it"))
      return singleColumn(dialect)
    }
    if let found = best, found.fieldCount > 1, found.agreement >= SeparatorDetector.agreementMin {
      return explained(lengthened(found, dialect), &reasons)
    }
    if let rare = rareDelimiter(dialect) {
      return explained(doubted(lengthened(rare, dialect)), &reasons)
    }
    if let unusual = unusualDelimiter(dialect) { return explained(doubted(unusual), &reasons) }
    if var ragged = best, ragged.firstFieldCount > 1,
      ragged.firstAgreement >= SeparatorDetector.firstAgreementMin
    {
      // Ragged records: the first one says how many fields were meant.
      ragged.fieldCount = ragged.firstFieldCount
      ragged.agreement = ragged.firstAgreement
      reasons.append(
        Reason(
          property: "delimiter",
          text: "\(shown(ragged.delimiter)): the first of \(ragged.recordCount) records has "
            + "\(ragged.fieldCount) fields, and \(percent(ragged.agreement)) agree"))
      return ragged
    }
    reasons.append(
      Reason(property: "delimiter", text: "none: no candidate splits the records alike"))
    return singleColumn(dialect)
  }

  private func explained(_ candidate: Candidate, _ reasons: inout [Reason]) -> Candidate {
    var chosen = candidate
    if known != nil && chosen.fieldCount == 1 && chosen.firstFieldCount > 1 {
      // Whoever names the delimiter expects it to split: most of the records are damaged.
      chosen.fieldCount = chosen.firstFieldCount
      chosen.agreement = chosen.firstAgreement
    }
    let how = known.map { ", \($0.source)" } ?? ""
    reasons.append(
      Reason(
        property: "delimiter",
        text: "\(shown(chosen.delimiter))\(how): \(percent(chosen.agreement)) of "
          + "\(chosen.recordCount) records have \(chosen.fieldCount) fields"))
    return chosen
  }

  /// Agreement decides among delimiters that split at all; then quotes, records passed over, what
  /// tells text from delimiters (`isText`), and fields.
  /// Apostrophes quote only where they are seen to, and quotation marks are not.
  func isBetter(
    _ candidate: Candidate, than best: Candidate?, _ dialect: CSVDialect
  ) -> Bool {
    if candidate.quote == ASCII.apostrophe && overrides.quote == nil
      && candidate.quotedCount * 2 < candidate.recordCount
    {
      return false
    }
    guard let best else { return true }
    if candidate.delimiter == best.delimiter && quotesDespiteDamage(candidate, unlike: best) {
      return true
    }
    if (candidate.fieldCount > 1) != (best.fieldCount > 1) { return candidate.fieldCount > 1 }
    if abs(candidate.agreement - best.agreement) > 0.02 {
      return candidate.agreement > best.agreement
    }
    if candidate.delimiter == best.delimiter {
      if candidate.badCount != best.badCount { return candidate.badCount < best.badCount }
      return candidate.quotedCount > best.quotedCount
    }
    let splits = candidate.fieldCount > 1
    if splits && quotesTell(candidate, from: best) { return true }
    if splits && quotesTell(best, from: candidate) { return false }
    if candidate.leadingCount != best.leadingCount {
      return candidate.leadingCount < best.leadingCount
    }
    if best.delimiter == [ASCII.comma] && candidate.delimiter == [ASCII.semicolon]
      && commasAreInNumbers()
    {
      return true
    }
    if splits, let isText = isText(best, not: candidate, dialect) { return isText }
    return candidate.fieldCount > best.fieldCount
  }

  func measure(
    _ base: CSVDialect, _ delimiter: [UInt8], _ quote: UInt8?, _ escape: UInt8?
  ) -> Candidate {
    var dialect = base
    dialect.delimiter = delimiter[0]
    dialect.delimiterTail = Array(delimiter.dropFirst())
    dialect.quote = quote
    dialect.escape = escape == quote ? nil : escape
    var candidate = Candidate(delimiter: delimiter, quote: quote, escape: dialect.escape)
    var firstIndex: [Int: Int] = [:]
    var firstFieldCount = 0
    // SAFETY: the scanner's offsets are at most `body.count`; the pointer stays in the closure.
    unsafe body.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      count(text, dialect, &candidate) { fieldCount, index in
        if index == 0 { firstFieldCount = fieldCount }
        if firstIndex[fieldCount] == nil { firstIndex[fieldCount] = index }
      }
    }
    let recordCount = candidate.recordCount
    let counts = candidate.counts
    candidate.firstFieldCount = firstFieldCount
    candidate.firstAgreement = share(counts[candidate.firstFieldCount] ?? 0, recordCount)
    // Of equally frequent counts the larger: a short title line does not hide the table below it.
    guard var fieldCount = usual(counts) else { return candidate }
    if fieldCount == 1 {
      // Or a long preamble does: nearly all records from some point on split alike.
      let tables = counts.filter { count, frequency in
        count > 1 && frequency >= 2
          && share(frequency, recordCount - (firstIndex[count] ?? 0))
            >= SeparatorDetector.tableAgreementMin
      }
      let table = tables.max { ($0.value, $0.key) < ($1.value, $1.key) }
      if let table, isApart(dialect, table.key, from: firstIndex[table.key] ?? 0) {
        fieldCount = table.key
      }
    }
    candidate.fieldCount = fieldCount
    candidate.leadingCount = firstIndex[fieldCount] ?? 0
    candidate.agreement = share(
      counts[fieldCount] ?? 0, recordCount - min(candidate.leadingCount, 20))
    return candidate
  }

  /// Whether the records before the one at an index are a preamble, by what the others are.
  func isApart(_ dialect: CSVDialect, _ fieldCount: Int, from index: Int) -> Bool {
    let records = sampledRecords(
      of: body, dialect: dialect, isWhole: isWhole, limit: SeparatorDetector.recordLimit)
    guard index < records.count else { return false }
    return SampledFields(body, dialect).setsApart(
      records[index...], behind: records[..<index], fieldCount)
  }

  /// The most frequent number of fields.
  private func usual(_ counts: [Int: Int]) -> Int? {
    counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key
  }

  /// Counts records, damaged ones and quoted fields; tells the fields of each sound one.
  private func count(
    _ text: TextPointer, _ dialect: CSVDialect, _ candidate: inout Candidate,
    _ found: (_ fieldCount: Int, _ index: Int) -> Void
  ) {
    let scanner = RecordScanner(dialect: dialect, text: text, count: body.count, isEnd: isWhole)
    var ends = BufferBuilder<UInt32>()
    var start = 0
    while start < body.count && candidate.recordCount < SeparatorDetector.recordLimit {
      ends.removeAll()
      let (record, next) = scanner.scan(from: start, ends: &ends)
      switch record {
      case .comment, .blank: break
      case .incomplete:
        // A record that the sample cuts off says nothing.
        let after = scanner.lineAfterStrayQuote(
          start, record, fieldCount: usual(candidate.counts))
        guard let after else { return }
        candidate.badCount += 1
        candidate.recordCount += 1
        start = after
        continue
      case .textAfterQuote, .unclosedQuote:
        candidate.badCount += 1
        candidate.recordCount += 1
      case .fields(let fieldCount):
        candidate.counts[fieldCount, default: 0] += 1
        found(fieldCount, candidate.recordCount)
        candidate.recordCount += 1
        for index in 0..<fieldCount {
          let tail = index == fieldCount - 1 ? 0 : dialect.delimiterTail.count
          let first = Int(ends[index] &+ 1)
          let last = Int(ends[index + 1]) - tail - 1
          guard first < last else { continue }
          let byte = text.byte(first)
          let isClosed = byte == text.byte(last)
          if byte == dialect.quote {
            candidate.quotedCount += 1
          } else if SeparatorDetector.quotes.contains(byte) && isClosed {
            candidate.otherQuotedCount += 1
          }
          guard byte == ASCII.quote && dialect.quote == nil else { continue }
          let isEnclosed = isClosed && text.firstOffset(of: byte, in: first + 1..<last) == last
          candidate.enclosedCount += isEnclosed ? 1 : 0
          candidate.openedCount += isEnclosed ? 0 : 1
        }
      }
      start = next
    }
  }

  func share(_ part: Int, _ whole: Int) -> Double { Double(part) / Double(max(whole, 1)) }

  /// A delimiter that a text does not have: the preferred one, if it may be that.
  ///
  /// - Complexity: O(text).
  static func freeDelimiter(in text: Buffer<UInt8>, preferred: UInt8? = nil) -> UInt8 {
    var occurs = [Bool](repeating: false, count: 256)
    let bytes = text.span
    for index in bytes.indices { occurs[Int(bytes[index])] = true }
    let candidates = (preferred.map { [$0] } ?? []) + delimiters
    return candidates.first { !occurs[Int($0)] } ?? delimiters[delimiters.count - 1]
  }

  func occurs(_ byte: UInt8) -> Bool { contains([byte]) }

  func contains(_ wanted: [UInt8]) -> Bool {
    let bytes = body.span
    guard bytes.count >= wanted.count else { return false }
    for start in 0...(bytes.count - wanted.count) where bytes[start] == wanted[0] {
      if wanted.indices.allSatisfy({ bytes[start + $0] == wanted[$0] }) { return true }
    }
    return false
  }

  /// Whether commas stand between digits, as in `1,5`, with few exceptions.
  private func commasAreInNumbers() -> Bool {
    let bytes = body.span
    var commas = 0
    var inNumbers = 0
    for index in bytes.indices where bytes[index] == ASCII.comma {
      commas += 1
      guard index > 0 && index + 1 < bytes.count else { continue }
      if isDigit(bytes[index - 1]) && isDigit(bytes[index + 1]) { inNumbers += 1 }
    }
    return inNumbers * 10 >= commas * 9
  }

  private func percent(_ share: Double) -> String { "\(Int((share * 100).rounded()))%" }
}

/// Bytes of a dialect for a person.
func shown(_ bytes: [UInt8]) -> String {
  if bytes == [ASCII.tab] { return "tab" }
  if bytes == [ASCII.space] { return "space" }
  guard bytes.allSatisfy({ (0x20...0x7E).contains($0) }) else {
    return "bytes " + bytes.map { String($0) }.joined(separator: " ")
  }
  return "'\(String(decoding: bytes, as: UTF8.self))'"
}

extension CSVDialect {
  /// What separates and quotes fields where it is not what does so in `other`, for a person.
  package func differences(from other: CSVDialect) -> [String] {
    func part(_ name: String, _ own: [UInt8], _ others: [UInt8]) -> String? {
      own == others ? nil : "\(name) " + (own.isEmpty ? "none" : shown(own))
    }
    func bytes(_ byte: UInt8?) -> [UInt8] { byte.map { [$0] } ?? [] }
    return [
      part("delimiter", [delimiter] + delimiterTail, [other.delimiter] + other.delimiterTail),
      part("quote", bytes(quote), bytes(other.quote)),
      part("escape", bytes(escape), bytes(other.escape)),
    ].compactMap { $0 }
  }
}

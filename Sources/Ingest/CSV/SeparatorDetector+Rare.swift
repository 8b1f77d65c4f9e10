import Base
import Columns

// Delimiters that texts have within values too. One of them is believed only where the undivided
// line is text, and the divided one is not.
extension SeparatorDetector {
  /// One that some programs use, where nearly all records agree on it.
  func rareDelimiter(_ dialect: CSVDialect) -> Candidate? {
    if isTypedUndivided(dialect) { return nil }
    for delimiter in SeparatorDetector.rareDelimiters
    where occurs(delimiter) && !isInTimes(delimiter) {
      let candidate = bestQuoting(dialect, [delimiter])
      let isPlain = candidate.agreement >= 0.99 && candidate.leadingCount == 0
      if candidate.fieldCount > 1 && candidate.recordCount > 1
        && (isPlain
          || isDividedOften(delimiter, candidate) && agreesDespiteDamage(candidate, dialect))
        && isTyped(columns(dialect, candidate)) && !isPartOfText(delimiter, candidate, dialect)
      {
        return candidate
      }
    }
    return nil
  }

  /// Whether there are three fields between colons or blanks: two are in lists too, whose lines
  /// need not be alike.
  private func isDividedOften(_ delimiter: UInt8, _ candidate: Candidate) -> Bool {
    candidate.fieldCount > 2 || delimiter != ASCII.colon && delimiter != ASCII.space
  }

  /// Whether a colon or a blank, which seems to divide records, may be part of texts: of times,
  /// sentences, streets, names with what they stand for.
  ///
  /// Either is a delimiter only between columns that are all typed. Besides, blanks are behind a
  /// single text where two numbers follow it, or small words are above it and a number; and colons
  /// are three in a record, as in a file of passwords.
  private func isPartOfText(_ delimiter: UInt8, _ found: Candidate, _ base: CSVDialect) -> Bool {
    guard delimiter == ASCII.colon || delimiter == ASCII.space else { return false }
    if delimiter == ASCII.space && areGroups(base) { return true }
    let dialect = base.separated(as: found)
    let records = sampledRecords(
      of: body, dialect: dialect, isWhole: isWhole, limit: SeparatorDetector.lineLimit
    ).filter { $0.cells.count == found.fieldCount }
    let fields = SampledFields(body, dialect)
    guard let first = records.first?.cells else { return true }
    let areNamed = !first.contains(where: fields.isTyped)
    let areTyped = columns(base, found).map { $0.type != .string }
    // Times and the like are numbers with colons too, but have no names that are divided alike.
    if !areTyped.contains(false) && (areNamed || delimiter == ASCII.space) { return false }
    if delimiter == ASCII.colon {
      let areProse = records.allSatisfy { fields.followsDelimiterAndBlank($0.cells[1]) }
      return found.fieldCount < 4 || areProse || areShortNumbers(records, fields)
    }
    if areTyped.dropFirst().contains(false) { return true }
    let arePairs = found.fieldCount == 2
    return arePairs && !(areNamed && areSmallNames(records, fields))
  }

  /// Whether the first of three records or more is words in small letters, none of which comes
  /// again below.
  private func areSmallNames(_ records: [SampledRecord], _ fields: SampledFields) -> Bool {
    guard records.count > 2 else { return false }
    return records[0].cells.enumerated().allSatisfy { column, name in
      let text = fields.text(name)
      return TextKind(text).startsLower
        && !records.dropFirst().contains { fields.text($0.cells[column]) == text }
    }
  }

  /// Whether every line is a number whose thousands have blanks between them.
  private func areGroups(_ base: CSVDialect) -> Bool {
    let dialect = base.separated(as: singleColumn(base))
    let fields = SampledFields(body, dialect)
    return sampledRecords(
      of: body, dialect: dialect, isWhole: isWhole, limit: SeparatorDetector.lineLimit
    ).allSatisfy { $0.cells.count == 1 && fields.isNumber($0.cells[0]) }
  }

  /// Whether all fields are of four digits at most, those of hexadecimal numbers included, as in
  /// times and addresses of networks.
  private func areShortNumbers(_ records: [SampledRecord], _ fields: SampledFields) -> Bool {
    records.allSatisfy { record in
      record.cells.allSatisfy { cell in
        let text = fields.text(cell)
        return text.utf8.count <= 4 && text.allSatisfy(\.isHexDigit)
      }
    }
  }

  /// Signs that hardly ever separate fields, some of them doubled, and any control byte. What
  /// numbers, dates, paths and names are made of is none of them.
  private static let unusualDelimiters: [[UInt8]] =
    ["@", "!", "#", "*", "$", "%", "^", "~", "¦", "§", "¬"].map { Array($0.utf8) }
    + ["::", "@@", "!!", "##", "**", "$$", "%%"].map { Array($0.utf8) }
    + ((0x02...0x08).map { [$0] } + (0x0E...0x1D).map { [$0] })
  /// Records that have to agree, with names over values in the first of them and without.
  private static let namedRecordsMin = 3
  private static let recordsMin = 5

  /// Any other, where the evidence is overwhelming: every record has as many fields, or nearly
  /// every one of many, and every column has values. Either two delimiters a record and a column
  /// that is typed, or one where nothing but names stands over columns that all are.
  func unusualDelimiter(_ dialect: CSVDialect) -> Candidate? {
    if isTypedUndivided(dialect) { return nil }
    var best: Candidate?
    for delimiter in SeparatorDetector.unusualDelimiters where contains(delimiter) {
      let candidate = bestQuoting(dialect, delimiter)
      guard candidate.fieldCount > best?.fieldCount ?? 1,
        candidate.counts[candidate.fieldCount] == candidate.recordCount
          || agreesDespiteDamage(candidate, dialect),
        isTable(dialect, candidate)
      else { continue }
      best = candidate
    }
    return best
  }

  /// Records that agree where others do not, and their share: the others are damaged then.
  private static let agreeingRecordsMin = 10
  private static let agreeingShareMin = 0.9

  /// Whether so many records have as many fields, of those from the first such on, that the others
  /// are damaged records, and what stands before it a preamble.
  private func agreesDespiteDamage(_ candidate: Candidate, _ base: CSVDialect) -> Bool {
    candidate.counts[candidate.fieldCount] ?? 0 >= SeparatorDetector.agreeingRecordsMin
      && candidate.agreement >= SeparatorDetector.agreeingShareMin
      && (candidate.leadingCount == 0
        || isApart(
          base.separated(as: candidate), candidate.fieldCount, from: candidate.leadingCount))
  }

  /// The same, with what may be wrong about it.
  func doubted(_ candidate: Candidate) -> Candidate {
    let agreeingCount = candidate.counts[candidate.fieldCount] ?? 0
    guard agreeingCount < candidate.recordCount else { return candidate }
    var doubted = candidate
    doubted.doubts.append(
      .unusualDelimiter(
        shown(candidate.delimiter), agreeingCount: agreeingCount,
        recordCount: candidate.recordCount))
    return doubted
  }

  private func isTable(_ base: CSVDialect, _ candidate: Candidate) -> Bool {
    let dialect = base.separated(as: candidate)
    let columns = columns(base, candidate)
    let fields = SampledFields(body, dialect)
    guard let names = firstRecord(dialect, candidate)?.cells, !names.contains(where: fields.isNull),
      isTyped(columns), !columns.contains(where: \.isAllNull)
    else { return false }
    if names.contains(where: fields.isTyped) {
      return candidate.recordCount >= SeparatorDetector.recordsMin && names.count > 2
    }
    return candidate.recordCount >= SeparatorDetector.namedRecordsMin
      && (names.count > 2 || columns.allSatisfy { $0.type != .string })
  }

  /// Whether lines that nothing divides are values of a type. Where quotes damage most of them, the
  /// few others say nothing.
  private func isTypedUndivided(_ dialect: CSVDialect) -> Bool {
    let lines = singleColumn(dialect)
    return lines.badCount * 2 <= lines.recordCount && isTyped(columns(dialect, lines))
  }

  private func isTyped(_ columns: [InferredColumn]) -> Bool {
    columns.contains { $0.type != .string }
  }

  /// The first record that has its fields.
  private func firstRecord(_ dialect: CSVDialect, _ candidate: Candidate) -> SampledRecord? {
    sampledRecords(
      of: body, dialect: dialect, isWhole: isWhole, limit: candidate.leadingCount + 1
    ).first { $0.cells.count == candidate.fieldCount }
  }

  /// What the columns are below the first record, which may be a header; none where it is the only
  /// one.
  func columns(_ base: CSVDialect, _ candidate: Candidate) -> [InferredColumn] {
    let dialect = base.separated(as: candidate)
    var inference = TypeInference(dialect: dialect, fieldCount: candidate.fieldCount)
    inference.rowLimit = 1000
    guard let first = firstRecord(dialect, candidate), first.range.upperBound < body.count else {
      return []
    }
    inference.observe(body.slice(first.range.upperBound..<body.count), isWhole: isWhole)
    return inference.columns
  }
}

extension CSVDialect {
  func separated(as candidate: SeparatorDetector.Candidate) -> CSVDialect {
    var dialect = self
    dialect.delimiter = candidate.delimiter[0]
    dialect.delimiterTail = Array(candidate.delimiter.dropFirst())
    dialect.quote = candidate.quote
    dialect.escape = candidate.escape
    return dialect
  }
}

import Base
import Columns

// Delimiters that texts have within values too. One of them is believed only where the undivided
// line is text, and the divided one is not.
extension SeparatorDetector {
  /// One that some programs use, where all records agree on it.
  func rareDelimiter(_ dialect: CSVDialect) -> Candidate? {
    if isTyped(columns(dialect, singleColumn(dialect))) { return nil }
    for delimiter in SeparatorDetector.rareDelimiters where occurs(delimiter) {
      let candidate = bestQuoting(dialect, [delimiter])
      if candidate.fieldCount > 1 && candidate.recordCount > 1 && candidate.agreement >= 0.99
        && candidate.leadingCount == 0 && isTyped(columns(dialect, candidate))
      {
        return candidate
      }
    }
    return nil
  }

  /// Signs that hardly ever separate fields, some of them doubled, and any control byte. What
  /// numbers, dates, paths and names are made of is none of them.
  private static let unusualDelimiters: [[UInt8]] =
    ["@", "!", "#", "*", "$", "%", "^", "~", "¦", "§", "¬"].map { Array($0.utf8) }
    + ["@@", "!!", "##", "**", "$$", "%%"].map { Array($0.utf8) }
    + ((0x02...0x08).map { [$0] } + (0x0E...0x1D).map { [$0] })
  /// Records that have to agree, with names over values in the first of them and without.
  private static let namedRecordsMin = 3
  private static let recordsMin = 5

  /// Any other, where the evidence is overwhelming: every record has as many fields, none is
  /// damaged, every column has values. Either two delimiters a record and a column that is typed,
  /// or one where nothing but names stands over columns that all are.
  func unusualDelimiter(_ dialect: CSVDialect) -> Candidate? {
    if isTyped(columns(dialect, singleColumn(dialect))) { return nil }
    var best: Candidate?
    for delimiter in SeparatorDetector.unusualDelimiters where contains(delimiter) {
      let candidate = bestQuoting(dialect, delimiter)
      guard candidate.counts[candidate.fieldCount] == candidate.recordCount,
        candidate.fieldCount > best?.fieldCount ?? 1, isTable(dialect, candidate)
      else { continue }
      best = candidate
    }
    return best
  }

  private func isTable(_ base: CSVDialect, _ candidate: Candidate) -> Bool {
    let dialect = base.separated(as: candidate)
    let columns = columns(base, candidate)
    let first = sampledRecords(of: body, dialect: dialect, isWhole: isWhole, limit: 1)
    let fields = SampledFields(body, dialect)
    guard let names = first.first?.cells, !names.contains(where: fields.isNull),
      isTyped(columns), !columns.contains(where: \.isAllNull)
    else { return false }
    if names.contains(where: fields.isTyped) {
      return candidate.recordCount >= SeparatorDetector.recordsMin && names.count > 2
    }
    return candidate.recordCount >= SeparatorDetector.namedRecordsMin
      && (names.count > 2 || columns.allSatisfy { $0.type != .string })
  }

  private func isTyped(_ columns: [InferredColumn]) -> Bool {
    columns.contains { $0.type != .string }
  }

  /// What the columns are below the first record, which may be a header; none where it is the only
  /// one.
  private func columns(_ base: CSVDialect, _ candidate: Candidate) -> [InferredColumn] {
    let dialect = base.separated(as: candidate)
    var inference = TypeInference(dialect: dialect, fieldCount: candidate.fieldCount)
    inference.rowLimit = 1000
    let first = sampledRecords(of: body, dialect: dialect, isWhole: isWhole, limit: 1)
    guard let first = first.first, first.range.upperBound < body.count else { return [] }
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

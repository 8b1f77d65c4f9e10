import Base

// Lines that are one field each.
extension SeparatorDetector {
  /// Lines of the sample that are looked at.
  static let lineLimit = 2_000

  /// A delimiter that does not occur, so that every line is one field.
  func singleColumn(_ dialect: CSVDialect) -> Candidate {
    let free = SeparatorDetector.freeDelimiter(in: body)
    let plain = measure(
      dialect, [free], overrides.quote ?? ASCII.quote, overrides.escape ?? nil)
    guard overrides.quote == nil && plain.quotedCount == 0 else { return plain }
    // Apostrophes quote where they are around every line but the first, which may be a name.
    let quoted = measure(dialect, [free], ASCII.apostrophe, overrides.escape ?? nil)
    let isQuoted =
      quoted.badCount == 0 && quoted.counts[1] == quoted.recordCount
      && quoted.quotedCount > 1 && quoted.quotedCount + 1 >= quoted.recordCount
    return isQuoted ? quoted : plain
  }

  /// The text as one column, where commas seem to divide lines below a single
  /// name but are part of numbers (`1,234`, `0,5`), or stand before blanks as in prose: who names
  /// one column has one. Nil for anything else.
  func undivided(_ best: Candidate?, _ dialect: CSVDialect) -> Candidate? {
    guard let best, best.delimiter == [ASCII.comma], best.firstFieldCount == 1,
      best.quotedCount == 0
    else { return nil }
    var whole = singleColumn(dialect)
    let read = dialect.separated(as: whole)
    let records = sampledRecords(
      of: body, dialect: read, isWhole: isWhole, limit: SeparatorDetector.lineLimit)
    let fields = SampledFields(body, read)
    guard let name = records.first?.cells.first, !fields.isNull(name), !fields.isTyped(name),
      !FieldShape(fields.text(name)).isValue, records.count > 1, !records[1].followsBlank,
      records.allSatisfy({ $0.cells.count == 1 })
    else { return nil }
    let values = records.dropFirst().map { $0.cells[0] }.filter { !fields.isNull($0) }
    guard let example = values.first(where: { fields.text($0).contains(",") }) else { return nil }
    let areNumbers = values.allSatisfy(fields.isNumber)
    let dividedCount = values.count { fields.text($0).contains(",") }
    let areTexts =
      best.fieldCount > 1 && dividedCount * 2 > values.count
      && (best.longestFieldCount == 2 || typedCount(dialect.separated(as: best), best) < 2)
      && values.allSatisfy { value in
        let text = Array(fields.text(value).utf8)
        return text.indices.allSatisfy {
          text[$0] != ASCII.comma || $0 + 1 < text.count && text[$0 + 1] == ASCII.space
        }
      }
    let isTitled = isTitled(dialect.separated(as: best), fieldCount: best.fieldCount)
    guard areNumbers || areTexts && !isTitled else { return nil }
    if dividedCount * 2 >= values.count { whole.doubts = [.undividedLines(fields.text(example))] }
    return whole
  }

  /// Columns that commas would divide lines in and that hold values of a type.
  private func typedCount(_ dialect: CSVDialect, _ found: Candidate) -> Int {
    let records = sampledRecords(
      of: body, dialect: dialect, isWhole: isWhole, limit: SeparatorDetector.lineLimit)
    let fields = SampledFields(body, dialect)
    return fields.columnCount(of: records, found.fieldCount, where: fields.isTyped)
  }

  /// Whether the first record is a title above a header of several fields.
  private func isTitled(_ dialect: CSVDialect, fieldCount: Int) -> Bool {
    let records = sampledRecords(
      of: body, dialect: dialect, isWhole: isWhole, limit: SeparatorDetector.lineLimit)
    let fields = SampledFields(body, dialect)
    return fields.setsApart(records.dropFirst(), behind: records.prefix(1), fieldCount)
      && !records[1].cells.contains(where: fields.isTyped)
  }
}

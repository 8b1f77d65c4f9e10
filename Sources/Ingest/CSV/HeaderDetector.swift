import Base
import Columns

/// Finds where the table begins in a text and what its columns are called.
///
///     preamble   titles and the like: shorter than the records, or empty but for one field
///     header     one record of names, and perhaps units or a second row of names below it; or
///                one of names that span columns, and one of the columns' own
///     records    perhaps with a delimiter at their end
struct HeaderDetector {
  /// The text behind byte-order mark, skipped lines and leading comments.
  let body: Buffer<UInt8>
  /// The comments before it, and what each begins with.
  let comments: Buffer<UInt8>
  let commentPrefix: [UInt8]
  /// Whether there may be comments that nobody told of.
  let guessesComments: Bool
  let isWholeInput: Bool
  /// Fields of a record, one behind a delimiter at its end included.
  let fieldCount: Int
  /// See `DialectOverrides`.
  let namesFirstFields: Bool
  let hasNoRowNames: Bool
  /// How the text is written, as far as that is known.
  let dialect: CSVDialect
  /// What the user says of the header's records, and of a delimiter behind the last field.
  let headerCount: Int?
  let endsWithDelimiter: Bool?
  let fields: SampledFields

  typealias Reason = DetectedDialect.Reason

  /// - Parameter dialect: delimiter, quote and escape are known.
  init(
    body: Buffer<UInt8>, comments: Buffer<UInt8>, commentPrefix: [UInt8],
    overrides: DialectOverrides, isWholeInput: Bool, fieldCount: Int, dialect: CSVDialect
  ) {
    self.body = body
    self.comments = comments
    self.commentPrefix = commentPrefix
    guessesComments = overrides.comment == nil
    self.isWholeInput = isWholeInput
    self.fieldCount = fieldCount
    namesFirstFields = overrides.namesFirstFields
    hasNoRowNames = overrides.hasNoRowNames
    headerCount = overrides.headerCount
    endsWithDelimiter = overrides.endsWithDelimiter
    self.dialect = dialect
    fields = SampledFields(body, dialect)
  }

  struct Header {
    var names: [String]
    var renamed: [RenamedField] = []
    /// Bytes of the body before the first record of data; negative where that is a `#` line.
    var dataOffset = 0
    var passedOver = PassedOverLines()
    var doubts: [DialectDoubt] = []
    /// Whether the records have a field more than the header, and no names of rows: they are bad.
    var hasSurplusFields = false
  }

  /// A header longer than this in one field is taken for data.
  let nameBytesMax = 128
  private let recordLimit = 2_000
  /// Records before the table, at most.
  let preambleMax = 50
  /// Lines of titles above a table of two columns of text that nothing else sets apart, at most.
  let titleCountMax = 3

  /// - Parameter given: what the user says about a header; nil: guess.
  func detect(
    _ dialect: inout CSVDialect, given: Bool?, _ reasons: inout [Reason]
  ) -> Header {
    var all = readRecords(dialect)
    if guessesComments, dialect.comment == nil, findsComments(all) {
      dialect.comment = ASCII.hash
      dialect.commentGuess = fieldCount
      reasons.append(
        Reason(
          property: "comment",
          text: "'#': such lines are left out, and told, unless they have \(fieldCount) fields"))
      all = readRecords(dialect)
    }
    let records = all.filter { $0.fields != nil }
    guard !records.isEmpty else {
      dialect.hasHeader = given ?? false
      reasons.append(Reason(property: "header", text: "no record in the sample"))
      var empty = Header(names: names([], count: body.count == 0 ? 0 : fieldCount))
      empty.passedOver.commentCount = Int32(noteComments(comments.count, dialect, &reasons))
      if all.isEmpty && guessesComments {
        empty.passedOver.commentCount += Int32(lineCount(dialect))
      }
      return empty
    }
    let start = given == false ? blankPreamble(records) : preamble(records, given: given)
    var found = table(Array(records[start...]), &dialect, given: given, &reasons)
    let offset = found.dataOffset
    // Damaged ones too: nothing else tells of them.
    let before = all.count { $0.range.upperBound <= offset } - Int(found.passedOver.headerCount)
    if before > 0 {
      found.passedOver.preambleCount = Int32(before)
      reasons.append(
        Reason(property: "preamble", text: "\(before) records before the table are passed over"))
    }
    found.passedOver.commentCount += Int32(innerCommentCount(before: offset, dialect))
    return found
  }

  /// - Parameter records: of the table alone.
  private func table(
    _ records: [Record], _ dialect: inout CSVDialect, given: Bool?, _ reasons: inout [Reason]
  ) -> Header {
    let fieldNames = given == nil ? fieldNames : nil
    let second = secondTable(records)
    let guess =
      fieldNames.map { _ in HeaderGuess(isHeader: false, reason: "") }
      ?? given.map { HeaderGuess(isHeader: $0, reason: "as given") }
      ?? guess(second.map { Array(records[..<$0]) } ?? records)
    dialect.hasHeader = guess.isHeader
    let isApart = records[0].range.lowerBound > 0
    let rowBytes = guess.isHeader || isApart || fieldNames != nil ? 0 : commentedRowBytes(dialect)
    let commentCount = noteComments(comments.count - rowBytes, dialect, &reasons)
    if !guess.isHeader, given == nil, rowBytes == 0,
      let texts = fieldNames ?? commentedHeader(dialect)
    {
      dialect.hasHeader = true
      let line = fieldNames == nil ? shownPrefix : "'#Fields:'"
      reasons.append(Reason(property: "header", text: "the last line that begins with \(line)"))
      let named = names(texts, count: fieldCount)
      var found = Header(
        names: named, renamed: noteRepeats(texts, named, &reasons),
        dataOffset: records[0].range.lowerBound)
      found.passedOver.commentCount = Int32(commentCount - 1)
      return found
    }
    var found = header(records, &dialect, guess.reason, &reasons)
    if let second { found.doubts.append(.secondTable(line(of: records[second]))) }
    if given == nil, let doubt = doubt(of: guess, found, records) {
      found.doubts.insert(doubt, at: 0)
    }
    found.dataOffset -= rowBytes
    found.passedOver.commentCount = Int32(commentCount)
    return found
  }

  /// What may be wrong with a header of one record, or with none.
  private func doubt(
    of guess: HeaderGuess, _ found: Header, _ records: [Record]
  ) -> DialectDoubt? {
    if guess.mayBeNames { return .valuesAmongNames(line(of: records[0])) }
    guard guess.isHeader, found.passedOver.headerCount == 1 else { return nil }
    if let name = nameBelowHeader(withoutRepeats(records)) { return .nameBelowHeader(name) }
    if guess.hasCountingNames { return .countingNames(line(of: records[0])) }
    let lacksNames = found.doubts.contains { if case .missingNames = $0 { true } else { false } }
    return guess.isAmongText && !lacksNames ? .headerAmongText(line(of: records[0])) : nil
  }

  /// The fields of a record, for a person.
  private func line(of record: Record) -> String {
    record.cells.map(fields.text).joined(separator: ", ")
  }

  typealias Record = SampledRecord

  /// Damaged ones too.
  private func readRecords(_ dialect: CSVDialect) -> [Record] {
    sampledRecords(
      of: body, dialect: dialect, isWhole: isWholeInput, fieldCount: fieldCount, limit: recordLimit
    )
  }

  func valueCount(_ record: Record) -> Int {
    record.cells.count { !fields.isNull($0) }
  }

  // MARK: The header

  private func header(
    _ all: [Record], _ dialect: inout CSVDialect, _ reason: String, _ reasons: inout [Reason]
  ) -> Header {
    let table = withoutRepeats(all)
    let isSpanning = dialect.hasHeader && self.headerCount ?? 2 == 2 && spansColumns(table)
    let headerCount = headerCount(of: table, dialect, isSpanning: isSpanning)
    let records = table[headerCount...].filter { $0.cells.count == fieldCount }
    let first = table[0].cells
    let hasName =
      dialect.hasHeader && first.count == fieldCount
      && (isSpanning || !fields.isNull(first[fieldCount - 1]))
    findEnd(of: records, hasName: hasName, &dialect, &reasons)
    let columnCount = fieldCount - (dialect.endsWithDelimiter ? 1 : 0)
    guard dialect.hasHeader else {
      reasons.append(Reason(property: "header", text: "none: \(reason)"))
      return Header(
        names: names([], count: columnCount), dataOffset: table[0].range.lowerBound)
    }
    var lacksFirstName = false
    var texts = isSpanning ? spanningNames(first, over: table[1].cells) : first.map(fields.text)
    let isNameShort =
      texts.count == columnCount - 1 && columnCount > 2 && !records.isEmpty
      && !(namesFirstFields || hasNoRowNames && dialect.padsRagged)
      && (dialect.endsWithDelimiter || isShort(table[0], table[headerCount...]))
    let hasSurplusFields =
      isNameShort && !dialect.endsWithDelimiter && !dialect.padsRagged
      && !haveNames(records, first)
    if isNameShort && !hasSurplusFields {
      texts.insert("", at: 0)
      lacksFirstName = true
      reasons.append(
        Reason(property: "header", text: "it has no name for the first column"))
    }
    let areNames = self.headerCount != nil || descriptionCount(table) == 0
    if areNames { append(table[1..<headerCount], to: &texts) }
    dialect.headerRecords = contents(of: table[..<headerCount])
    var doubts: [DialectDoubt] = []
    noteRepeatedHeader(all.count - table.count, among: records, &reasons, &doubts)
    reasons.append(
      Reason(
        property: "header", text: headerCount > 1 ? "\(headerCount) records: \(reason)" : reason))
    let named = names(texts, count: columnCount)
    var found = Header(
      names: named, renamed: noteRepeats(texts, named, &reasons),
      dataOffset: table[headerCount - 1].range.upperBound)
    found.passedOver.headerCount = Int32(headerCount)
    found.passedOver.lacksFirstName = lacksFirstName
    found.hasSurplusFields = hasSurplusFields
    if texts.count < columnCount && !dialect.padsRagged {
      found.doubts.append(.missingNames(nameCount: texts.count, fieldCount: columnCount))
    }
    found.doubts += doubts
    return found
  }

  /// Finds out whether a delimiter is behind the last field.
  private func findEnd(
    of records: [Record], hasName: Bool, _ dialect: inout CSVDialect, _ reasons: inout [Reason]
  ) {
    // A last field that is empty for as far as is seen may yet hold something further on; only a
    // header that has no name for it, or a text that is seen as a whole, says otherwise.
    let seemsToEnd =
      !hasName && endsEmpty(records)
      && (dialect.hasHeader || isWholeInput || dialect.delimiter == ASCII.pipe)
    if fieldCount > 1, endsWithDelimiter ?? seemsToEnd {
      dialect.endsWithDelimiter = true
      let how = endsWithDelimiter == nil ? "nothing follows the last delimiter" : "as given"
      reasons.append(Reason(property: "trailing delimiter", text: how))
    } else if endsWithDelimiter == false {
      reasons.append(Reason(property: "trailing delimiter", text: "none, as given"))
    }
  }

  /// Records of the header; as many as the user says, if there are.
  private func headerCount(
    of table: [Record], _ dialect: CSVDialect, isSpanning: Bool
  ) -> Int {
    guard dialect.hasHeader else { return 0 }
    if let headerCount { return min(headerCount, table.count) }
    return 1 + max(descriptionCount(table), isSpanning ? 1 : belowHeader(table))
  }

  /// Second names, units and the like go behind the names.
  private func append(_ records: ArraySlice<Record>, to texts: inout [String]) {
    for record in records where !isRule(record) {
      for (column, cell) in record.cells.enumerated()
      where column < texts.count && !fields.isNull(cell) {
        texts[column] += (texts[column].isEmpty ? "" : "_") + fields.text(cell)
      }
    }
  }

  /// Whether nothing follows the last delimiter of the records.
  func endsEmpty(_ records: some Collection<Record>) -> Bool {
    !records.isEmpty
      && records.allSatisfy {
        guard let last = $0.cells.last else { return false }
        return fields.isEmpty(last) && !last.isQuoted
      }
  }
}

import Base
import Columns

/// Finds where the table begins in a text and what its columns are called.
///
///     preamble   titles and the like: shorter than the records, or empty but for one field
///     header     one record of names, and perhaps units or a second row of names below it
///     records    perhaps with a delimiter at their end
struct HeaderDetector {
  /// The text behind byte-order mark, skipped lines and leading `#` lines.
  let body: Buffer<UInt8>
  /// The `#` lines before it.
  let hashes: Buffer<UInt8>
  let isWholeInput: Bool
  /// Fields of a record, one behind a delimiter at its end included.
  let fieldCount: Int
  private let fields: SampledFields

  typealias Reason = DetectedDialect.Reason

  /// - Parameter dialect: delimiter, quote and escape are known.
  init(
    body: Buffer<UInt8>, hashes: Buffer<UInt8>, isWholeInput: Bool, fieldCount: Int,
    dialect: CSVDialect
  ) {
    self.body = body
    self.hashes = hashes
    self.isWholeInput = isWholeInput
    self.fieldCount = fieldCount
    fields = SampledFields(body, dialect)
  }

  struct Header {
    var names: [String]
    var renamed: [RenamedField] = []
    /// Whether each field has a name of its own that is no placeholder.
    var namesEveryColumn = false
    /// Bytes of the body before the first record of data; negative where that is a `#` line.
    var dataOffset = 0
  }

  /// A header longer than this in one field is taken for data.
  private let nameBytesMax = 128
  private let recordLimit = 2_000
  /// Records before the table, at most.
  private let preambleMax = 50

  /// - Parameter given: what the user says about a header; nil: guess.
  func detect(
    _ dialect: inout CSVDialect, given: Bool?, _ reasons: inout [Reason]
  ) -> Header {
    var records = readRecords(dialect)
    if dialect.comment == nil, findsComments(records) {
      dialect.comment = ASCII.hash
      dialect.commentGuess = fieldCount
      reasons.append(
        Reason(
          property: "comment",
          text: "'#': such lines are left out, and told, unless they have \(fieldCount) fields"))
      records = readRecords(dialect)
    }
    guard !records.isEmpty else {
      dialect.hasHeader = given ?? false
      reasons.append(Reason(property: "header", text: "no record in the sample"))
      return Header(names: names([], count: body.count == 0 ? 0 : fieldCount))
    }
    let start = given == false ? blankPreamble(records) : preamble(records, given: given)
    if start > 0 {
      reasons.append(
        Reason(property: "preamble", text: "\(start) records before the table are passed over"))
    }
    let table = Array(records[start...])
    let guess = given.map { ($0, "as given") } ?? guess(table[0], Array(table.dropFirst()))
    dialect.hasHeader = guess.0
    let rowBytes = guess.0 || start > 0 || table[0].followsBlank ? 0 : hashedRowBytes(dialect)
    noteHashes(hashes.count - rowBytes, dialect, &reasons)
    if !guess.0, given == nil, rowBytes == 0, let texts = hashHeader(dialect) {
      dialect.hasHeader = true
      reasons.append(Reason(property: "header", text: "the last line that begins with '#'"))
      let named = names(texts, count: fieldCount)
      return Header(
        names: named, renamed: noteRepeats(texts, named, &reasons),
        dataOffset: table[0].range.lowerBound)
    }
    var found = header(table, &dialect, guess.1, &reasons)
    found.dataOffset -= rowBytes
    return found
  }

  private typealias Record = SampledRecord

  private func readRecords(_ dialect: CSVDialect) -> [Record] {
    sampledRecords(
      of: body, dialect: dialect, isWhole: isWholeInput, fieldCount: fieldCount, limit: recordLimit
    )
    .filter { $0.fields != nil }
  }

  private func valueCount(_ record: Record) -> Int {
    record.cells.count { !fields.isNull($0) }
  }

  // MARK: Before the table

  /// Whether lines that begin with `#` stand between the records and are none.
  private func findsComments(_ records: [Record]) -> Bool {
    guard fieldCount > 1 else { return false }
    let bytes = body.span
    let hashed = records.filter { bytes[$0.range.lowerBound] == ASCII.hash }
    return !hashed.isEmpty && hashed.allSatisfy { $0.cells.count != fieldCount }
  }

  /// Records before the table: the first that could be its header, if what comes before cannot
  /// belong to it.
  private func preamble(_ records: [Record], given: Bool?) -> Int {
    for start in 0..<min(records.count, preambleMax) {
      let record = records[start]
      guard record.cells.count == fieldCount || isShortHeader(records, start),
        !isTitle(record, records, start)
      else { continue }
      if start == 0 { return 0 }
      let leading = records[..<start]
      let isApart =
        record.followsBlank
        || leading.allSatisfy { $0.cells.count == 1 || valueCount($0) <= 1 }
      let isHeader = given ?? guess(record, Array(records[(start + 1)...])).0
      return isApart && isHeader ? start : 0
    }
    return 0
  }

  /// The same for a text without a header: only a blank line sets anything apart.
  private func blankPreamble(_ records: [Record]) -> Int {
    for start in 1..<max(1, min(records.count, preambleMax))
    where records[start].followsBlank && records[start].cells.count == fieldCount {
      return records[..<start].allSatisfy { $0.cells.count != fieldCount } ? start : 0
    }
    return 0
  }

  /// Whether a record of the right length is empty but for one field, and the next ones are not.
  private func isTitle(_ record: Record, _ records: [Record], _ index: Int) -> Bool {
    guard fieldCount >= 3 && valueCount(record) <= 1 && index + 1 < records.count else {
      return false
    }
    return records[(index + 1)...].prefix(20).contains { valueCount($0) * 2 > fieldCount }
  }

  /// Whether the record names all columns but one: the records end with a delimiter, or begin with
  /// names of rows.
  private func isShortHeader(_ records: [Record], _ index: Int) -> Bool {
    index + 1 < records.count && records[index + 1].cells.count == fieldCount
      && isShort(records[index], records[(index + 1)...])
  }

  /// Whether a header has a field less than most of the records below it.
  private func isShort(_ header: Record, _ rest: some Collection<Record>) -> Bool {
    header.cells.count == fieldCount - 1 && fieldCount > 2
      && rest.count { $0.cells.count == fieldCount }
        > rest.count { $0.cells.count == fieldCount - 1 }
  }

  /// Bytes of the `#` lines right before a table without header that are rows of it: two or more
  /// that have its fields, and values that are no text among them.
  private func hashedRowBytes(_ dialect: CSVDialect) -> Int {
    guard fieldCount > 1 else { return 0 }
    let lines = hashLines(dialect)
    let values = SampledFields(hashes, dialect)
    let rows = lines.reversed().prefix { line in
      line.cells.count == fieldCount && line.cells.contains(where: values.isTyped)
    }
    guard rows.count >= 2, let first = rows.last, rows.first?.range.upperBound == hashes.count
    else { return 0 }
    return hashes.count - first.range.lowerBound
  }

  private func hashLines(_ dialect: CSVDialect) -> [Record] {
    var plain = dialect
    plain.comment = nil
    return sampledRecords(of: hashes, dialect: plain, isWhole: true, limit: .max)
  }

  /// Tells of the `#` lines before the table, which the first so many bytes of them are.
  private func noteHashes(_ byteCount: Int, _ dialect: CSVDialect, _ reasons: inout [Reason]) {
    let count = hashLines(dialect).count { $0.range.lowerBound < byteCount }
    guard count > 0 else { return }
    reasons.append(
      Reason(
        property: "comment",
        text: "\(count) \(count == 1 ? "line" : "lines") before the table with '#' in front"))
  }

  /// The fields of the last `#` line, where it has one for every column.
  private func hashHeader(_ dialect: CSVDialect) -> [String]? {
    guard fieldCount > 1, let last = hashLines(dialect).last?.fields, last.count == fieldCount
    else { return nil }
    let texts = last.map(SampledFields(hashes, dialect).text)
    let first = String(texts[0].drop { $0 == "#" || $0 == " " })
    return [first] + texts.dropFirst()
  }

  // MARK: Header

  private func guess(_ first: Record, _ rest: [Record]) -> (Bool, String) {
    let names = first.cells
    let body = rest.filter { $0.cells.count == fieldCount }
    // Where the header lacks the name of the first column, the others have moved.
    let shift = isShort(first, rest) && !endsEmpty(body) ? 1 : 0
    if let value = names.first(where: fields.isTyped) {
      return (false, "the first record holds a value, \"\(fields.text(value))\"")
    }
    guard names.contains(where: { !fields.isNull($0) }) else {
      return (false, "the first record is empty")
    }
    if body.isEmpty { return (true, "the only record is text") }
    for column in 0..<min(fieldCount - shift, names.count) where !fields.isNull(names[column]) {
      if let type = typeOfColumn(column + shift, body), type != .string {
        return (true, "\"\(fields.text(names[column]))\" stands over values of type \(type)")
      }
    }
    return guessAmongText(names, body, shift)
  }

  /// Nil where there is no value.
  private func typeOfColumn(_ column: Int, _ records: some Collection<Record>) -> DataType? {
    var evidence = ValueEvidence()
    for record in records where !fields.isNull(record.cells[column]) {
      evidence.merge(fields.evidence(record.cells[column]))
      if evidence.isText { break }  // Whatever follows.
    }
    return evidence.isEmpty ? nil : evidence.type
  }

  /// Every column is text: names are short, different from each other and from the data.
  private func guessAmongText(
    _ names: [FieldRange], _ body: [Record], _ shift: Int
  ) -> (Bool, String) {
    let texts = names.map(fields.text)
    if texts.contains(where: { $0.utf8.count > nameBytesMax }) {
      return (false, "a field of the first record is too long for a name")
    }
    // Row numbers, as data frames write them, have no name; they have no nulls either. Nothing at
    // all has a name behind a delimiter at the end.
    let isIndexed = fields.isNull(names[0]) && !body.contains { fields.isNull($0.cells[0]) }
    let last = names.count == fieldCount && endsEmpty(body) ? names.count - 1 : names.count
    if let empty = names[..<last].indices.first(where: {
      fields.isNull(names[$0]) && !(isIndexed && $0 == 0)
    }) {
      return (false, "field \(empty + 1) of the first record is empty")
    }
    if Set(texts.map { $0.lowercased() }).count < texts.count {
      return (false, "the first record repeats \"\(texts[0])\" or another field")
    }
    for column in 0..<min(fieldCount - shift, last)
    where body.contains(where: { fields.text($0.cells[column + shift]) == texts[column] }) {
      return (false, "\"\(texts[column])\" occurs again below")
    }
    return (true, "the fields of the first record are unlike those below")
  }

  private func header(
    _ table: [Record], _ dialect: inout CSVDialect, _ reason: String, _ reasons: inout [Reason]
  ) -> Header {
    let headerCount = dialect.hasHeader ? 1 + belowHeader(table) : 0
    let records = table[headerCount...].filter { $0.cells.count == fieldCount }
    let first = table[0].cells
    let hasName =
      dialect.hasHeader && first.count == fieldCount && !fields.isNull(first[fieldCount - 1])
    // A last field that is empty for as far as is seen may yet hold something further on; only a
    // header that has no name for it, or a text that is seen as a whole, says otherwise.
    if fieldCount > 1 && !hasName && endsEmpty(records)
      && (dialect.hasHeader || isWholeInput || dialect.delimiter == ASCII.pipe)
    {
      dialect.endsWithDelimiter = true
      reasons.append(
        Reason(property: "trailing delimiter", text: "nothing follows the last delimiter"))
    }
    let columnCount = fieldCount - (dialect.endsWithDelimiter ? 1 : 0)
    guard dialect.hasHeader else {
      reasons.append(Reason(property: "header", text: "none: \(reason)"))
      return Header(
        names: names([], count: columnCount), dataOffset: table[0].range.lowerBound)
    }
    var texts = first.map(fields.text)
    if texts.count == columnCount - 1 && columnCount > 2 && !records.isEmpty
      && (dialect.endsWithDelimiter || isShort(table[0], table[headerCount...]))
    {
      texts.insert("", at: 0)
      reasons.append(
        Reason(property: "header", text: "it has no name for the first column"))
    }
    for record in table[1..<headerCount] where !isRule(record) {
      for (column, cell) in record.cells.enumerated()
      where column < texts.count && !fields.isNull(cell) {
        texts[column] += (texts[column].isEmpty ? "" : "_") + fields.text(cell)
      }
    }
    reasons.append(
      Reason(
        property: "header", text: headerCount > 1 ? "\(headerCount) records: \(reason)" : reason))
    let named = names(texts, count: columnCount)
    return Header(
      names: named, renamed: noteRepeats(texts, named, &reasons),
      namesEveryColumn: first.count >= columnCount
        && first.prefix(columnCount).allSatisfy {
          !fields.isNull($0) && !isPlaceholder(fields.text($0))
        }, dataOffset: table[headerCount - 1].range.upperBound)
  }

  /// Whether nothing follows the last delimiter of the records.
  private func endsEmpty(_ records: some Collection<Record>) -> Bool {
    !records.isEmpty
      && records.allSatisfy {
        guard let last = $0.cells.last else { return false }
        return fields.isEmpty(last) && !last.isQuoted
      }
  }

  /// Records below the first that belong to the header: rules of dashes, and one of units or second
  /// names, which is text over each of several typed columns.
  private func belowHeader(_ table: [Record]) -> Int {
    guard table.count > 3 else { return table.count > 1 && isRule(table[1]) ? 1 : 0 }
    if isRule(table[1]) { return 1 }
    let below = table[1]
    let rest = table[2...].filter { $0.cells.count == fieldCount }
    guard below.cells.count == fieldCount, table[0].cells.count == fieldCount, rest.count >= 2
    else { return 0 }
    // A value, or what is too long for a name, over typed ones: looked for first, since it is what
    // tables without such a record have.
    func isName(_ cell: FieldRange) -> Bool {
      let text = fields.text(cell)
      return !fields.isTyped(cell) && text.utf8.count <= nameBytesMax && !isPlaceholder(text)
    }
    func isOverTyped(_ column: Int) -> Bool {
      typeOfColumn(column, rest).map { $0 != .string } ?? false
    }
    let named = (0..<fieldCount).filter { !fields.isNull(below.cells[$0]) }
    if named.contains(where: { !isName(below.cells[$0]) && isOverTyped($0) }) { return 0 }
    return named.count(where: isOverTyped) >= 2 ? 1 : 0
  }

  /// Whether a text stands where a value is not known: that is no unit and no name.
  private func isPlaceholder(_ text: String) -> Bool {
    let words: Set = [
      "unknown", "unk", "undefined", "missing", "nd", "n/d", "tbd", "tba", "none", "nil", "x", "xx",
      "no data", "nodata", "not available", "error", "err", "invalid", "suppressed", "withheld",
      "#n/a", "#value!", "#ref!", "#div/0!", "#num!", "#name?",
    ]
    let isWord = text.contains { $0.isLetter || "%°$€£µ".contains($0) }
    return !isWord || words.contains(text.lowercased())
  }

  /// Whether a record is a line drawn under the names.
  private func isRule(_ record: Record) -> Bool {
    record.cells.count == fieldCount
      && record.cells.allSatisfy { cell in
        let text = fields.text(cell).utf8
        return text.count >= 2 && text.allSatisfy { $0 == ASCII.minus || $0 == 0x3D }
      }
  }

  /// Names for `count` columns: what the header says, `column_3` where it says nothing, and a
  /// number behind what it has said before, without regard to case.
  private func names(_ header: [String], count: Int) -> [String] {
    var taken: Set<String> = []
    var nextNumber: [String: Int] = [:]
    var names: [String] = []
    for index in 0..<count {
      let given = index < header.count ? header[index] : ""
      let base = given.isEmpty ? "column_\(index + 1)" : given
      let key = base.lowercased()
      var name = base
      var number = nextNumber[key] ?? 1
      while !taken.insert(name.lowercased()).inserted {
        name = "\(base)_\(number)"
        number += 1
      }
      nextNumber[key] = number
      names.append(name)
    }
    return names
  }

  /// Repeated names that are told, at most; and what of a name.
  private let repeatsMax = 5
  private let shownNameMax = 60

  /// Tells which names the header has more than once, and what their columns are called.
  private func noteRepeats(
    _ header: [String], _ names: [String], _ reasons: inout [Reason]
  ) -> [RenamedField] {
    let renamed = zip(header, names).filter { !$0.isEmpty && $0 != $1 }.map(RenamedField.init)
    guard !renamed.isEmpty else { return [] }
    func quoted(_ name: String) -> String {
      "\"" + String(name.prefix(shownNameMax).map { $0.isNewline ? " " : $0 }) + "\""
    }
    let shown = renamed.prefix(repeatsMax).map {
      "\(quoted($0.header)) becomes \(quoted($0.name))"
    }
    let rest = renamed.count - shown.count
    reasons.append(
      Reason(
        property: Reason.repeatedNames,
        text: shown.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")))
    return renamed
  }
}

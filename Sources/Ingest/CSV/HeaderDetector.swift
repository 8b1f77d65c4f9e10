import Base
import Columns

/// Decides whether the first record names the columns.
struct HeaderDetector {
  let body: Buffer<UInt8>
  let isWholeInput: Bool
  let dialect: CSVDialect
  let fieldCount: Int

  struct Header {
    var hasHeader: Bool
    var names: [String]
    var dataOffset = 0
    var dataLine = 0
    var reason: String
  }

  /// A header longer than this in one field is taken for data.
  private let nameBytesMax = 128
  private let recordLimit = 2_000

  /// - Parameter given: what the user says; nil: guess.
  func detect(given: Bool?) -> Header {
    let records = sampleRecords()
    guard let first = records.first else {
      return Header(
        hasHeader: given ?? false, names: defaultNames(body.count == 0 ? 0 : fieldCount),
        reason: "no record in the sample")
    }
    let (hasHeader, reason) =
      given.map { ($0, "as given") } ?? guess(first, Array(records.dropFirst()))
    guard hasHeader else {
      return Header(hasHeader: false, names: defaultNames(fieldCount), reason: reason)
    }
    let (offset, line) = firstRecordEnd()
    let names = uniqueNames(first.map(\.text))
    return Header(
      hasHeader: true, names: names, dataOffset: offset, dataLine: line, reason: reason)
  }

  /// One field of a sampled record: its text and what it is. Null has empty evidence.
  private struct Cell {
    var text: String
    var evidence: ValueEvidence
    var isNull: Bool
  }

  private func sampleRecords() -> [[Cell]] {
    let nulls = NullTexts(dialect)
    let formats = TemporalFormats(dialect)
    var records: [[Cell]] = []
    forEachRecord(of: body, dialect: dialect, isWhole: isWholeInput) { text, fields in
      records.append(
        fields.map { range in
          let field = FieldText(text, range.value, trimsSpaces: true)
          let isNull = nulls.isTypedNull(field)
          return Cell(
            text: unescaped(field.string),
            evidence: isNull ? ValueEvidence() : field.classify(formats), isNull: isNull)
        })
      return records.count < recordLimit
    }
    return records
  }

  private func guess(_ first: [Cell], _ rest: [[Cell]]) -> (Bool, String) {
    let body = rest.filter { $0.count == fieldCount }
    let isTexty = first.contains { $0.evidence.type == .string && !$0.isNull }
    if let value = first.first(where: { !$0.isNull && $0.evidence.type != .string }) {
      return (false, "the first record holds a value, \"\(value.text)\"")
    }
    guard isTexty else { return (false, "the first record is empty") }
    if body.isEmpty { return (true, "the only record is text") }
    for column in 0..<min(fieldCount, first.count) where !first[column].isNull {
      var evidence = ValueEvidence()
      for record in body { evidence.merge(record[column].evidence) }
      if !evidence.isEmpty && evidence.type != .string {
        return (true, "\"\(first[column].text)\" stands over values of type \(evidence.type)")
      }
    }
    return guessAmongText(first, body)
  }

  /// Every column is text: names are short, different from each other and from the data.
  private func guessAmongText(_ first: [Cell], _ body: [[Cell]]) -> (Bool, String) {
    if first.contains(where: { $0.text.utf8.count > nameBytesMax }) {
      return (false, "a field of the first record is too long for a name")
    }
    // Row numbers, as data frames write them, have no name; they have no nulls either.
    let isIndexed = first[0].isNull && !body.contains { $0[0].isNull }
    if let empty = first.indices.first(where: { first[$0].isNull && !(isIndexed && $0 == 0) }) {
      return (false, "field \(empty + 1) of the first record is empty")
    }
    if Set(first.map { $0.text.lowercased() }).count < first.count {
      return (false, "the first record repeats \"\(first[0].text)\" or another field")
    }
    for column in 0..<min(fieldCount, first.count)
    where body.contains(where: { $0[column].text == first[column].text }) {
      return (false, "\"\(first[column].text)\" occurs again below")
    }
    return (true, "the fields of the first record are unlike those below")
  }

  /// Where the record after the first begins: offset and newlines before it.
  private func firstRecordEnd() -> (Int, Int) {
    // SAFETY: the scanner stays below `body.count`, and the pointer does not leave the closure.
    unsafe body.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      let scanner = RecordScanner(
        dialect: dialect, text: text, count: body.count, isEnd: isWholeInput)
      var ends = BufferBuilder<UInt32>()
      var start = 0
      while start < body.count {
        ends.removeAll()
        let (record, next) = scanner.scan(from: start, ends: &ends)
        if case .incomplete = record { break }
        start = next
        if case .fields = record { break }
      }
      return (start, text.count(of: dialect.newline, in: 0..<start))
    }
  }

  private func unescaped(_ text: String) -> String {
    guard let quote = dialect.quote, text.utf8.contains(dialect.escape ?? quote) else {
      return text
    }
    var bytes: [UInt8] = []
    var isEscaped = false
    for byte in text.utf8 {
      if byte == dialect.escape ?? quote && !isEscaped {
        isEscaped = true
        continue
      }
      bytes.append(byte)
      isEscaped = false
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func defaultNames(_ count: Int) -> [String] { (0..<count).map { "column_\($0 + 1)" } }

  /// Names for `fieldCount` columns: what the header says, `column_3` where it says nothing, and a
  /// number behind what it has said before, without regard to case.
  private func uniqueNames(_ header: [String]) -> [String] {
    var taken: Set<String> = []
    var names: [String] = []
    for index in 0..<fieldCount {
      let given = index < header.count ? header[index] : ""
      let base = given.isEmpty ? "column_\(index + 1)" : given
      var name = base
      var number = 1
      while !taken.insert(name.lowercased()).inserted {
        name = "\(base)_\(number)"
        number += 1
      }
      names.append(name)
    }
    return names
  }
}

package import Base
package import Columns

/// The type guessed for one column of a text.
package struct InferredColumn: Sendable, Equatable {
  package var type: DataType
  /// Whether every value seen was null, so that the type is a mere default.
  package var isAllNull: Bool
  /// Whether every field seen was empty, without quotes.
  package var isAllEmpty = false
  /// Why, for a person: `"abc" is no number`.
  package var reason: String
}

/// Guesses column types from samples. Feed it any number of texts; the order does not matter.
package struct TypeInference {
  /// Rows of a sample that are looked at, at most.
  package var rowLimit = 100_000
  private let dialect: CSVDialect
  private let fieldCount: Int
  private let nulls: NullTexts
  private let header: RepeatedHeader?
  private let formats: [ValueFormats]
  private var evidence: [ValueEvidence]
  /// The first value that changed each column's type, and the number of values seen.
  private var deciders: [String?]
  private var valueCounts: [Int]
  /// Whether a field was something else than empty.
  private var hasText: [Bool]

  package init(dialect: CSVDialect, fieldCount: Int) {
    self.dialect = dialect
    self.fieldCount = fieldCount
    nulls = NullTexts(dialect)
    header = RepeatedHeader(dialect)
    formats = (0..<fieldCount).map { ValueFormats(dialect, field: $0) }
    evidence = Array(repeating: ValueEvidence(), count: fieldCount)
    deciders = Array(repeating: nil, count: fieldCount)
    valueCounts = Array(repeating: 0, count: fieldCount)
    hasText = Array(repeating: false, count: fieldCount)
  }

  /// Looks at the records of `sample`, which begins at a record's start. Records that do not have
  /// the expected fields, or are not UTF-8, are bad rows and count for nothing.
  ///
  /// - Parameter isWhole: whether the input ends with the sample; else its last record is cut off.
  package mutating func observe(_ sample: Buffer<UInt8>, isWhole: Bool) {
    var rowCount = 0
    forEachRecord(of: sample, dialect: dialect, columns: fieldCount, isWhole: isWhole) {
      text, record in
      guard dialect.isRow(record.count, columns: fieldCount),
        record.allSatisfy({ firstInvalidUTF8(text, $0.value) == nil }),
        !(header?.matches(text, record) ?? false)
      else { return true }
      for (column, field) in record.prefix(fieldCount).enumerated() { observe(text, field, column) }
      rowCount += 1
      return rowCount < rowLimit
    }
  }

  private mutating func observe(_ text: TextPointer, _ range: FieldRange, _ column: Int) {
    // Text stays text: nothing can change the answer any more.
    if evidence[column].isText { return }
    let field = FieldText(text, range.value, trimsSpaces: true)
    if range.isQuoted || !field.isEmpty { hasText[column] = true }
    if nulls.isTypedNull(field) { return }
    valueCounts[column] += 1
    let before = evidence[column].type
    evidence[column].merge(field.classify(formats[column]))
    if valueCounts[column] == 1 || evidence[column].type != before {
      deciders[column] = String(field.string.prefix(40))
    }
  }

  /// The types so far. A column without values is a string column.
  package var columns: [InferredColumn] {
    (0..<fieldCount).map { column in
      let isAllNull = evidence[column].isEmpty
      let type = evidence[column].type
      let reason =
        isAllNull
        ? "no values in the sample"
        : "\"\(deciders[column] ?? "")\" makes it \(type)"
      return InferredColumn(
        type: type, isAllNull: isAllNull, isAllEmpty: !hasText[column], reason: reason)
    }
  }
}

extension CSVDialect {
  /// Whether a record of `found` fields is one of `columnCount` columns.
  func isRow(_ found: Int, columns columnCount: Int) -> Bool {
    let expected = fieldCount(columns: columnCount)
    return found == expected || padsRagged && found < expected
  }
}

extension DetectedDialect {
  /// Whether a text, of which `body` is what begins at `dataOffset`, has no record but its header.
  package func isHeaderOnly(_ body: Buffer<UInt8>, isWhole: Bool) -> Bool {
    guard isWhole && dialect.hasHeader else { return false }
    let bytes = body.span
    let lineEnds = [ASCII.lineFeed, ASCII.carriageReturn]
    return bytes.indices.allSatisfy { lineEnds.contains(bytes[$0]) }
  }
}

/// One field of a scanned record.
struct FieldRange: Equatable {
  /// Without quotes.
  var value: Range<Int>
  var isQuoted: Bool
}

/// Calls `body` with the fields of each complete record of `sample` that the grammar allows, blank
/// lines and comments left out, until it returns false.
///
/// - Parameter columns: how many the records fill, where that is known.
/// - Returns: whether the sample ends within quotes before that.
@discardableResult
func forEachRecord(
  of sample: Buffer<UInt8>, dialect: CSVDialect, columns: Int? = nil, isWhole: Bool,
  _ body: (TextPointer, [FieldRange]) -> Bool
) -> Bool {
  let fieldCount = columns.map(dialect.fieldCount)
  // SAFETY: the scanner's offsets are at most `sample.count`, and `body` does not keep the text.
  return unsafe sample.withUnsafePointer { base in
    let text = unsafe TextPointer(base: base)
    let scanner = RecordScanner(dialect: dialect, text: text, count: sample.count, isEnd: isWhole)
    var ends = BufferBuilder<UInt32>()
    var fields: [FieldRange] = []
    var start = 0
    while start < sample.count {
      ends.removeAll()
      let (record, next) = scanner.scan(from: start, ends: &ends)
      if let fieldCount, let after = scanner.recordAfterDamage(start, record, fieldCount) {
        start = after
        continue
      }
      if case .incomplete = record {
        let after = scanner.lineAfterStrayQuote(start, record, fieldCount: fieldCount)
        guard let after else { return record == .incomplete(insideQuotes: true) }
        start = after
        continue
      }
      if fieldCount ?? 1 > 1, record == .fields(1), scanner.isEndMarker(start..<next) {
        start = next
        continue
      }
      if case .fields = record {
        fields.removeAll(keepingCapacity: true)
        appendFieldRanges(text, ends, dialect, to: &fields)
        if !body(text, fields) { return false }
      }
      start = next
    }
    return false
  }
}

extension RecordScanner {
  /// Where the next record begins behind one whose quotes are misplaced, as the parser goes on
  /// there: what such a quote swallows would else look like records of other values. Nil where the
  /// record is none such, or the sample ends before that shows.
  fileprivate func recordAfterDamage(
    _ start: Int, _ record: ScannedRecord, _ fieldCount: Int
  ) -> Int? {
    switch record {
    case .textAfterQuote, .unclosedQuote: break
    default: return nil
    }
    let walker = RecordWalker(scanner: self, fieldCount: fieldCount, recordBytesMax: count)
    var ends = BufferBuilder<UInt32>()
    var spare = BufferBuilder<UInt32>()
    guard let (_, next) = try? walker.next(from: start, ends: &ends, spare: &spare), next > start
    else { return nil }
    return next
  }
}

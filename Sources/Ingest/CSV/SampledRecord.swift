import Base

/// A record of a sample, which may be damaged.
struct SampledRecord {
  /// With its line end.
  var range: Range<Int>
  /// Nil where the grammar does not allow it.
  var fields: [FieldRange]?
  /// Whether a blank line, or several, stand before it.
  var followsBlank = false

  var cells: [FieldRange] { fields ?? [] }
}

/// The first complete records of `sample`, damaged ones too, blank lines and comments left out.
func sampledRecords(
  of sample: Buffer<UInt8>, dialect: CSVDialect, isWhole: Bool, limit: Int
) -> [SampledRecord] {
  // SAFETY: the scanner's offsets are at most `sample.count`; the pointer stays in the closure.
  unsafe sample.withUnsafePointer { base in
    let text = unsafe TextPointer(base: base)
    let scanner = RecordScanner(dialect: dialect, text: text, count: sample.count, isEnd: isWhole)
    var records: [SampledRecord] = []
    var ends = BufferBuilder<UInt32>()
    var start = 0
    var followsBlank = false
    while start < sample.count && records.count < limit {
      ends.removeAll()
      let (record, next) = scanner.scan(from: start, ends: &ends)
      switch record {
      case .incomplete:
        guard let after = scanner.lineAfterOpenQuote(start, record) else { return records }
        records.append(SampledRecord(range: start..<after, fields: nil))
        start = after
        continue
      case .comment: break
      case .blank: followsBlank = true
      case .fields:
        let fields = fieldRanges(text, ends, dialect)
        records.append(
          SampledRecord(range: start..<next, fields: fields, followsBlank: followsBlank))
        followsBlank = false
      case .textAfterQuote, .unclosedQuote:
        records.append(
          SampledRecord(range: start..<next, fields: nil, followsBlank: followsBlank))
        followsBlank = false
      }
      start = next
    }
    return records
  }
}

/// The values of a record's fields, without their quotes.
func fieldRanges(
  _ text: TextPointer, _ ends: borrowing BufferBuilder<UInt32>, _ dialect: CSVDialect
) -> [FieldRange] {
  var fields: [FieldRange] = []
  appendFieldRanges(text, ends, dialect, to: &fields)
  return fields
}

/// The same for a list that is used again.
func appendFieldRanges(
  _ text: TextPointer, _ ends: borrowing BufferBuilder<UInt32>, _ dialect: CSVDialect,
  to fields: inout [FieldRange]
) {
  let count = ends.count - 1
  fields.reserveCapacity(count)
  for index in 0..<count {
    let tail = index == count - 1 ? 0 : dialect.delimiterTail.count
    let start = Int(ends[index] &+ 1)
    let end = max(start, Int(ends[index + 1]) - tail)
    let isQuoted = end - start >= 2 && dialect.quote == text.byte(start)
    fields.append(
      FieldRange(value: isQuoted ? start + 1..<end - 1 : start..<end, isQuoted: isQuoted))
  }
}

extension RecordScanner {
  /// A quote that is still open so much later probably never closes.
  private static let openQuoteBytesMax = 64 << 10

  /// The start of the next line, where a quote opens in the record at `start` and does not close in
  /// the rest of a sample that is long enough to expect it.
  func lineAfterOpenQuote(_ start: Int, _ record: ScannedRecord) -> Int? {
    guard case .incomplete(insideQuotes: true) = record,
      count - start > RecordScanner.openQuoteBytesMax
    else { return nil }
    let line = text.firstOffset(of: dialect.newline, in: start..<count)
    return line < count ? line + 1 : nil
  }
}

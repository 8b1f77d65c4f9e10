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
///
/// - Parameter fieldCount: fields of a record, where that is known.
func sampledRecords(
  of sample: Buffer<UInt8>, dialect: CSVDialect, isWhole: Bool, fieldCount: Int? = nil, limit: Int
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
        let after = scanner.lineAfterStrayQuote(start, record, fieldCount: fieldCount)
        guard let after else { return records }
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
  /// A quote that is still open so much later may be one that never closes.
  private static let openQuoteBytesMax = 64 << 10
  /// Lines behind such a quote that are looked at, and how many of ten have to be records.
  private static let triedLinesMax = 200
  private static let soundTenthsMin = 9

  /// The start of the next line, where a quote opens in the record at `start` that is a stray one:
  /// it does not close in the rest of the sample, and the lines behind it are records.
  ///
  /// Else the sample cuts off a field of many lines, and ends there: nothing in it is evidence for
  /// anything but the quote. Lines of a text within a field hardly ever agree on a number of
  /// delimiters.
  ///
  /// - Parameter fieldCount: what records are known to have; nil or 1: not known.
  func lineAfterStrayQuote(
    _ start: Int, _ record: ScannedRecord, fieldCount: Int?
  ) -> Int? {
    guard case .incomplete(insideQuotes: true) = record,
      count - start > RecordScanner.openQuoteBytesMax
    else { return nil }
    let first = nextLine(from: start, to: count)
    var counts: [Int: Int] = [:]
    var lineCount = 0
    var ends = BufferBuilder<UInt32>()
    var line = first
    while line < count && lineCount < RecordScanner.triedLinesMax {
      ends.removeAll()
      let (next, end) = scan(from: line, ends: &ends)
      if next == .incomplete(insideQuotes: false) { break }
      if next == .blank || next == .comment {
        line = end
        continue
      }
      lineCount += 1
      if case .fields(let found) = next, quotesEncloseFields(found, ends) {
        counts[found, default: 0] += 1
        line = end
      } else {
        line = nextLine(from: line, to: count)
      }
    }
    let known = fieldCount.flatMap { $0 > 1 ? counts[$0] ?? 0 : nil }
    let agreeing = known ?? counts.filter { $0.key > 1 }.values.max() ?? 0
    return agreeing > 0 && agreeing * 10 >= lineCount * RecordScanner.soundTenthsMin ? first : nil
  }

  /// Whether the quotes of a scanned record stand around fields alone.
  func quotesEncloseFields(_ fieldCount: Int, _ ends: borrowing BufferBuilder<UInt32>) -> Bool {
    guard let quote = dialect.quote else { return true }
    for field in 0..<fieldCount {
      let start = Int(ends[field] &+ 1)
      let end = Int(ends[field + 1])
      if start < end && text.byte(start) == quote { continue }
      if text.firstOffset(of: quote, in: start..<max(start, end)) < end { return false }
    }
    return true
  }
}

import Base

/// Tells records that are the header again, as `cat` leaves them where it joins files.
///
/// They have its names in its order: quotes, blanks, the case of letters, delimiters at the end and
/// a byte-order mark in front make no difference, as files that were joined may have been written
/// by different programs.
struct RepeatedHeader: Sendable {
  /// The header's records without what makes no difference.
  private let records: [[UInt8]]
  private let quote: UInt8?
  private let delimiter: UInt8

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Nil for a text without a header.
  init?(_ dialect: CSVDialect) {
    if dialect.headerRecords.isEmpty { return nil }
    self.init(dialect.headerRecords, dialect)
  }

  /// - Parameter records: with their line ends or without.
  init(_ records: [[UInt8]], _ dialect: CSVDialect) {
    let (quote, delimiter) = (dialect.quote, dialect.delimiter)
    self.quote = quote
    self.delimiter = delimiter
    self.records = records.map { record in
      var kept = record.filter { !RepeatedHeader.isIdle($0, quote, delimiter) }
      while kept.last == delimiter { kept.removeLast() }
      return kept.map(RepeatedHeader.lower)
    }.filter { !$0.isEmpty }
  }

  /// Whether a record that begins with such a byte may be one.
  @inline(__always)
  func mayBegin(with byte: UInt8) -> Bool {
    RepeatedHeader.lower(byte) == records.first?.first || byte == quote
      || byte == RepeatedHeader.byteOrderMark[0] || byte == ASCII.space
  }

  /// - Parameter range: of a record, with its line end or without.
  /// - Complexity: O(1) for nearly every other record, as it begins otherwise.
  func matches(_ text: TextPointer, _ range: Range<Int>) -> Bool {
    var start = range.lowerBound
    let mark = RepeatedHeader.byteOrderMark
    if range.count >= mark.count, mark.indices.allSatisfy({ text.byte(start + $0) == mark[$0] }) {
      start += mark.count
    }
    return records.contains { matches(text, start..<range.upperBound, $0) }
  }

  /// The same for a record by its fields.
  func matches(_ text: TextPointer, _ fields: [FieldRange]) -> Bool {
    guard let first = fields.first, let last = fields.last else { return false }
    return matches(text, first.value.lowerBound..<last.value.upperBound)
  }

  private func matches(_ text: TextPointer, _ range: Range<Int>, _ record: [UInt8]) -> Bool {
    var index = 0
    for offset in range {
      let byte = text.byte(offset)
      if RepeatedHeader.isIdle(byte, quote, delimiter) { continue }
      if index < record.count {
        if RepeatedHeader.lower(byte) != record[index] { return false }
        index += 1
      } else if byte != delimiter {
        return false
      }
    }
    return index == record.count
  }

  /// Whether a byte makes no difference.
  private static func isIdle(_ byte: UInt8, _ quote: UInt8?, _ delimiter: UInt8) -> Bool {
    if byte == quote { return true }
    switch byte {
    case ASCII.space, ASCII.tab, ASCII.quote, ASCII.lineFeed, ASCII.carriageReturn:
      return byte != delimiter
    default: return false
    }
  }

  private static func lower(_ byte: UInt8) -> UInt8 {
    UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte ? byte | 0x20 : byte
  }

  /// The bytes of a record without its line end.
  static func content(of text: TextPointer, _ range: Range<Int>) -> [UInt8] {
    var end = range.upperBound
    while end > range.lowerBound {
      let last = text.byte(end - 1)
      guard last == ASCII.lineFeed || last == ASCII.carriageReturn else { break }
      end -= 1
    }
    return (range.lowerBound..<end).map { text.byte($0) }
  }
}

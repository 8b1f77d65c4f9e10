import Base

/// Tells records that are the header again, as `cat` leaves them where it joins files: they have
/// its bytes, perhaps behind a byte-order mark.
struct RepeatedHeader: Sendable {
  private let records: [[UInt8]]

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// Nil for a text without a header.
  init?(_ dialect: CSVDialect) {
    if dialect.headerRecords.isEmpty { return nil }
    self.init(dialect.headerRecords)
  }

  /// - Parameter records: without their line ends.
  init(_ records: [[UInt8]]) { self.records = records }

  /// - Parameter range: of a record, with its line end or without.
  /// - Complexity: O(1) for nearly every other record, as it has another length.
  func matches(_ text: TextPointer, _ range: Range<Int>) -> Bool {
    var start = range.lowerBound
    let end = RepeatedHeader.contentEnd(of: text, range)
    if holds(text, start..<end, RepeatedHeader.byteOrderMark) { start += 3 }
    return records.contains { $0.count == end - start && holds(text, start..<end, $0) }
  }

  /// The same for a record by its fields.
  func matches(_ text: TextPointer, _ fields: [FieldRange]) -> Bool {
    guard let first = fields.first, let last = fields.last else { return false }
    return matches(
      text,
      first.value.lowerBound - (first.isQuoted ? 1 : 0)
        ..< last.value.upperBound + (last.isQuoted ? 1 : 0))
  }

  private func holds(_ text: TextPointer, _ range: Range<Int>, _ bytes: [UInt8]) -> Bool {
    range.count >= bytes.count
      && bytes.indices.allSatisfy { text.byte(range.lowerBound + $0) == bytes[$0] }
  }

  /// Where a record ends without its line end.
  private static func contentEnd(of text: TextPointer, _ range: Range<Int>) -> Int {
    var end = range.upperBound
    while end > range.lowerBound {
      let last = text.byte(end - 1)
      guard last == ASCII.lineFeed || last == ASCII.carriageReturn else { break }
      end -= 1
    }
    return end
  }

  /// The bytes of a record without its line end.
  static func content(of text: TextPointer, _ range: Range<Int>) -> [UInt8] {
    (range.lowerBound..<contentEnd(of: text, range)).map { text.byte($0) }
  }
}

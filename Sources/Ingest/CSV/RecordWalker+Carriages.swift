import Base

// A CR that ends a line where other lines end with LF, in a text whose sample has none.
extension RecordWalker {
  /// The records that a bad one is made of, where CRs end them: each has the fields of a row, and
  /// quotes around fields alone. Nil for any other record.
  ///
  /// It takes nothing but the record to tell, so that it is the same wherever the text was cut.
  ///
  /// - Parameter spare: scratch, left empty.
  func partsBetweenCarriages(
    of record: ScannedRecord, _ range: Range<Int>, _ spare: inout BufferBuilder<UInt32>
  ) -> [Range<Int>]? {
    guard scanner.dialect.carriage == .mayEndLine, isBad(record),
      scanner.text.firstOffset(of: ASCII.carriageReturn, in: range) < range.upperBound
    else { return nil }
    defer { spare.removeAll() }
    let parts = endingAtCarriages(range.upperBound)
    var found: [Range<Int>] = []
    var start = range.lowerBound
    while start < range.upperBound {
      spare.removeAll()
      let (part, next) = parts.scan(from: start, ends: &spare)
      switch part {
      case .blank: break
      case .fields(fieldCount) where parts.quotesEncloseFields(fieldCount, spare):
        found.append(start..<next)
      default: return nil
      }
      start = next
    }
    return found.count > 1 ? found : nil
  }

  /// Reads the text up to `count`, with CRs that end lines.
  func endingAtCarriages(_ count: Int) -> RecordScanner {
    var dialect = scanner.dialect
    dialect.carriage = .endsLine
    return RecordScanner(dialect: dialect, text: scanner.text, count: count, isEnd: true)
  }

  private func isBad(_ record: ScannedRecord) -> Bool {
    switch record {
    case .fields(let found): fieldCount > 1 && !accepts(found)
    case .textAfterQuote, .unclosedQuote: true
    case .blank, .comment, .incomplete: false
    }
  }
}

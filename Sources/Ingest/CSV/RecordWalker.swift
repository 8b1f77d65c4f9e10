import Base

/// Goes from record to record, also through damage: where a record ends that is none.
///
/// A quote that never closes, or that closes in the middle of a later line, swallows records that
/// are sound. So such a record ends at the first of the following lines from which on a sound one
/// can be read: fields as many as there should be and no quote but around fields. Where there is no
/// such line among the next ones, a record with text after a closing quote is bad as a whole, and
/// one whose quote does not close as far as was looked.
///
/// What it answers does not depend on how the input was cut into texts: it asks for more text
/// (`incomplete`) rather than decide differently at a text's end, and an input that is cut where a
/// bad record ends shows the same record.
struct RecordWalker {
  let scanner: RecordScanner
  /// Fields of a record, the one behind a delimiter at its end included.
  let fieldCount: Int
  let recordBytesMax: Int

  /// Lines of a bad record that are tried.
  private static let triedLinesMax = 16

  private var dialect: CSVDialect { scanner.dialect }

  /// - Parameters:
  ///   - ends: as `RecordScanner.scan` appends them.
  ///   - spare: scratch, left empty.
  func next(
    from start: Int, ends: inout BufferBuilder<UInt32>, spare: inout BufferBuilder<UInt32>
  ) throws(IngestError) -> (ScannedRecord, next: Int) {
    let mark = ends.count
    var (record, next) = scanner.scan(from: start, ends: &ends)
    if case .incomplete(let insideQuotes) = record {
      guard scanner.count - start > recordBytesMax else { return (record, next) }
      ends.truncate(to: mark)
      (record, next) = try giveUp(start, insideQuotes: insideQuotes)
    } else if next - start > recordBytesMax {
      // Whether all of it happened to be at hand must not matter.
      ends.truncate(to: mark)
      (record, next) = try giveUp(start, insideQuotes: true)
    }
    switch record {
    case .unclosedQuote: next = scanner.count
    case .textAfterQuote: break
    default: return (record, next)
    }
    switch resumption(start..<next, &spare) {
    case .unknown: return (.incomplete(insideQuotes: true), start)
    case .line(let line):
      return (alone(start..<line), line)
    case .none(let lookedTo):
      if case .unclosedQuote = record { return (record, lookedTo) }
      return (record, next)
    }
  }

  /// Whether a record of so many fields can be a row.
  func accepts(_ found: Int) -> Bool {
    if found == fieldCount { return true }
    return dialect.padsRagged && found < fieldCount
  }

  private enum Resumption {
    /// A sound record begins there.
    case line(Int)
    /// None does up to there.
    case none(lookedTo: Int)
    /// More text is needed to tell.
    case unknown
  }

  /// Where a sound record begins within a bad one.
  private func resumption(
    _ record: Range<Int>, _ spare: inout BufferBuilder<UInt32>
  ) -> Resumption {
    defer { spare.removeAll() }
    var line = record.lowerBound
    for _ in 0..<RecordWalker.triedLinesMax {
      line = scanner.nextLine(from: line, to: record.upperBound)
      guard line < record.upperBound else {
        if line == scanner.count && !scanner.isEnd { return .unknown }
        break
      }
      spare.removeAll()
      let (next, end) = scanner.scan(from: line, ends: &spare)
      if case .incomplete = next {
        if scanner.count - line > recordBytesMax { continue }
        return .unknown
      }
      if isSound(next, line..<end, spare) { return .line(line) }
    }
    return .none(lookedTo: line)
  }

  /// Whether a record has all its fields, and quotes around them alone.
  private func isSound(
    _ record: ScannedRecord, _ range: Range<Int>, _ ends: borrowing BufferBuilder<UInt32>
  ) -> Bool {
    guard case .fields(let found) = record, accepts(found), range.count <= recordBytesMax,
      dialect.quote != nil
    else { return false }
    return scanner.quotesEncloseFields(found, ends)
  }

  private func giveUp(
    _ start: Int, insideQuotes: Bool
  ) throws(IngestError) -> (ScannedRecord, next: Int) {
    let line = scanner.lineEnd(from: start, to: scanner.count)
    guard insideQuotes && line < scanner.count && line - start <= recordBytesMax else {
      throw IngestError(
        .corrupt, "a line is longer than \(recordBytesMax) bytes",
        hint: "is this delimited text? Check the file, or the newline and quote of its dialect.")
    }
    guard let next = scanner.pastLineEnd(line) else {
      return (.incomplete(insideQuotes: true), start)
    }
    if case .unclosedQuote(let field) = alone(start..<line) {
      return (.unclosedQuote(field: field), next)
    }
    return (.unclosedQuote(field: 0), next)
  }

  /// A bad record as a text shows it that ends with it.
  private func alone(_ record: Range<Int>) -> ScannedRecord {
    let single = RecordScanner(
      dialect: dialect, text: scanner.text, count: record.upperBound, isEnd: true)
    var ends = BufferBuilder<UInt32>()
    let found = single.scan(from: record.lowerBound, ends: &ends).0
    return switch found {
    case .textAfterQuote, .unclosedQuote: found
    case .blank, .comment, .fields, .incomplete: .unclosedQuote(field: 0)
    }
  }
}

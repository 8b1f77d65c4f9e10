import Base
import Columns

// Records with a field more than there are names in the header: the first names the row, as data
// frames are written, or some field has a delimiter in it that no quotes enclose.
extension HeaderDetector.Header {
  /// What may be wrong, where fields are written so: a header over dates or numbers of a spelling
  /// of their own is none over text alone.
  func doubts(_ formats: [FieldFormat]) -> [DialectDoubt] {
    if !formats.contains(where: { $0 != FieldFormat() }) { return doubts }
    return doubts.filter { if case .headerAmongText = $0 { false } else { true } }
  }
}

extension HeaderDetector {
  /// Whether the first fields of records are names of the rows. No two are alike, and they are
  /// quoted, words, dates, or numbers that count from 0 or 1; and no other column is what stands
  /// behind a comma and a blank in a text, `Smith, Jr`.
  ///
  /// - Parameter names: of the other fields.
  func haveNames(_ records: some Collection<Record>, _ names: [FieldRange]) -> Bool {
    if hasNoRowNames { return false }
    let first = records.map { $0.cells[0] }
    guard !first.contains(where: fields.isNull), areDifferent(first),
      !haveTextBehindBlanks(records, names)
    else { return false }
    if first.allSatisfy({ $0.isQuoted || !fields.isTyped($0) }) { return true }
    switch typeOfColumn(0, records) {
    case .date, .timestamp, .timestampNtz: return true
    default: break
    }
    let numbers = first.map { Int(fields.text($0)) }
    guard let start = numbers[0], (0...1).contains(start) else { return false }
    return numbers.enumerated().allSatisfy { $1 == start + $0 }
  }

  /// Whether every field of one column follows a blank, and none of any other, nor a name.
  private func haveTextBehindBlanks(
    _ records: some Collection<Record>, _ names: [FieldRange]
  ) -> Bool {
    if names.dropFirst().contains(where: fields.followsDelimiterAndBlank) { return false }
    let counts = (1..<fieldCount).map { column in
      records.count { fields.followsDelimiterAndBlank($0.cells[column]) }
    }
    return counts.count { $0 > 0 } == 1 && counts.contains(records.count)
  }
}

import Base
import Columns

// Where one delimiter stands within the fields of another, in every record, both divide a text
// equally well: `Doe, John|5` has a comma and a `|`, and so has `5,x|y`. What tells, in this order:
//
//  1. Quotes are around fields, so a delimiter between them is text (`quotesTell`).
//  2. Commas that make the fields between the others numbers are decimal marks or group digits.
//     So are commas between a text and a number that a blank sets apart: `Apt, 5`.
//  3. What leaves more columns typed is the delimiter.
//  4. What stands in a single field of the other's, but has the other in several, is text.
//  5. A tab or a control byte is hardly ever text, and a comma before a blank mostly is.
extension SeparatorDetector {
  /// Records that are looked at, and how often text has a delimiter in one field of another.
  private static let tiedRecordLimit = 500
  private static let textDelimitersMax = 2

  /// Whether quotes are around the fields of the one candidate, and around none of the other.
  func quotesTell(_ one: Candidate, from other: Candidate) -> Bool {
    one.quotedCount * 2 >= one.recordCount && one.badCount * 10 <= one.recordCount
      && other.quotedCount * 10 <= one.quotedCount
  }

  /// Whether the one of two candidates that fit equally well is text and the other the delimiter,
  /// or the other way round; nil where nothing tells.
  func isText(_ one: Candidate, not other: Candidate, _ base: CSVDialect) -> Bool? {
    let (rank, otherRank) = (rank(one), rank(other))
    if rank == otherRank { return nil }
    return rank < otherRank
      ? isText(one, within: other, base) : isText(other, within: one, base).map { !$0 }
  }

  /// How rarely a delimiter is part of a text.
  private func rank(_ candidate: Candidate) -> Int {
    switch candidate.delimiter[0] {
    case ASCII.comma: 0
    case ASCII.semicolon: 1
    case ASCII.pipe: 2
    default: 3
    }
  }

  private func isText(
    _ weak: Candidate, within strong: Candidate, _ base: CSVDialect
  ) -> Bool? {
    let isComma = weak.delimiter == [ASCII.comma]
    let divided = reading(base, strong, holding: weak)
    if isComma && divided.makesNumbers { return true }
    if isComma && divided.holders.count == 1 && divided.areAddresses { return true }
    let other = reading(base, weak, holding: strong)
    if divided.typedCount != other.typedCount { return divided.typedCount > other.typedCount }
    if divided.holders.count <= 1 && other.holders.count > 1 { return true }
    let mayBeText =
      divided.mostHeld <= SeparatorDetector.textDelimitersMax
      && !divided.isHeldAtEdges && !other.isHeldAtEdges
      && strong.recordCount > 1
    return mayBeText && (rank(strong) == 3 || isComma && divided.isBeforeBlanks) ? true : nil
  }

  private func reading(
    _ base: CSVDialect, _ candidate: Candidate, holding other: Candidate
  ) -> TiedReading {
    let dialect = base.separated(as: candidate)
    let records = sampledRecords(
      of: body, dialect: dialect, isWhole: isWhole, limit: SeparatorDetector.tiedRecordLimit
    ).filter { $0.cells.count == candidate.fieldCount }
    return TiedReading(
      records, SampledFields(body, dialect), fieldCount: candidate.fieldCount,
      held: other.delimiter[0])
  }
}

/// What a text looks like by one delimiter, another one being part of its fields.
private struct TiedReading {
  /// Columns whose fields are values of a type, with few exceptions.
  var typedCount = 0
  /// Columns that have the other delimiter.
  var holders: Set<Int> = []
  /// How often a field has it, at most.
  var mostHeld = 0
  /// Whether most of the fields that have it begin or end with it.
  var isHeldAtEdges: Bool { edgeCount * 2 > fieldsWithIt }
  /// Whether a blank follows it, with few exceptions.
  var isBeforeBlanks: Bool { blankCount * 20 >= heldCount * 19 }
  /// Whether the fields that have it are numbers, with few exceptions: a header has none such, or
  /// it is prose.
  var makesNumbers: Bool { !isInName && fieldsWithIt > 0 && numberCount * 10 >= fieldsWithIt * 9 }

  /// Whether each of those fields is words, the other delimiter, a blank and a number.
  var areAddresses: Bool { fieldsWithIt > 0 && addressCount == fieldsWithIt }

  private var fieldsWithIt = 0
  private var addressCount = 0
  private var edgeCount = 0
  private var numberCount = 0
  private var heldCount = 0
  private var blankCount = 0
  private var isInName = false

  init(_ records: [SampledRecord], _ fields: SampledFields, fieldCount: Int, held: UInt8) {
    for (index, record) in records.enumerated() {
      for (column, cell) in record.cells.enumerated() where !cell.isQuoted {
        let text = Array(fields.text(cell).utf8)
        guard text.contains(held) else { continue }
        holders.insert(column)
        note(text, held, isFirst: index == 0)
      }
    }
    typedCount = fields.columnCount(of: records.dropFirst(), fieldCount, where: fields.isTyped)
  }

  private mutating func note(_ text: [UInt8], _ held: UInt8, isFirst: Bool) {
    let places = text.indices.filter { text[$0] == held }
    let blanks = places.count { $0 + 1 < text.count && text[$0 + 1] == ASCII.space }
    fieldsWithIt += 1
    heldCount += places.count
    blankCount += blanks
    mostHeld = max(mostHeld, places.count)
    if places.count == 1 && blanks == 1, FieldShape(text[(places[0] + 1)...]).isValue,
      places[0] > 0, !FieldShape(text[..<places[0]]).isValue
    {
      addressCount += 1
    }
    if text.first == held || text.last == held { edgeCount += 1 }
    if TiedReading.isNumber(text, held) {
      numberCount += 1
    } else if isFirst && blanks < places.count {
      isInName = true
    }
  }

  /// Whether a text is digits with one mark between them, or with groups of three behind several.
  private static func isNumber(_ text: [UInt8], _ mark: UInt8) -> Bool {
    let isSigned = text.first == ASCII.minus || text.first == ASCII.plus
    let parts = text.dropFirst(isSigned ? 1 : 0).split(
      separator: mark, omittingEmptySubsequences: false)
    var last = parts[parts.count - 1]
    if let point = last.firstIndex(of: ASCII.point) {
      guard last[(point + 1)...].allSatisfy(isDigit) else { return false }
      last = last[..<point]
    }
    let whole = parts.dropLast() + [last]
    return whole.allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
      && (whole.count == 2 || whole.dropFirst().allSatisfy { $0.count == 3 })
  }
}

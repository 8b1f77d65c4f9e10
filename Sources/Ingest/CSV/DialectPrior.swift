package import Base
import Columns

/// What the first of several texts that belong together tells of the others.
package struct DialectPrior: Sendable {
  package let first: DetectedDialect
  /// Without names where it has no header.
  fileprivate let columns: KnownColumns
  /// Whether it has rows that begin with `#`.
  fileprivate let hashesAreRows: Bool
  /// What stands before its rows, if that is nothing but a header; else nothing.
  fileprivate let head: Buffer<UInt8>

  /// Records whose values are looked at: of the first text, and of each other one.
  private static let typedRecordCount = 1_000
  fileprivate static let comparedRecordCount = 8

  fileprivate var typedCount: Int { columns.types.count { $0 != .string } }

  /// - Parameter sample: what `first` was told from.
  /// - Complexity: O(sample).
  package init(_ first: DetectedDialect, sample: Buffer<UInt8>, isWholeInput: Bool) {
    self.first = first
    let types = first.types(in: sample, isWholeInput, rowLimit: DialectPrior.typedRecordCount)
    columns = KnownColumns(
      names: first.dialect.hasHeader ? first.names : [], types: types.map { $0 ?? .string },
      hasRows: types.contains { $0 != nil })
    let isHeaderAlone =
      first.passedOver.headerCount > 0 && first.passedOver.lineCount == 0
      && !first.passedOver.lacksFirstName && first.dataOffset > 0
    head = isHeaderAlone ? sample.slice(0..<min(first.dataOffset, sample.count)) : Buffer()
    hashesAreRows =
      first.dialect.comment == nil && first.beginsRow(with: ASCII.hash, in: sample)
  }
}

extension CSVDialectDetector {
  /// Guesses how a text is written that belongs with a first one.
  ///
  ///  1. It is read as the first is. If that leaves nothing unexplained (`DialectPrior.explains`),
  ///     it is written so. Texts that are alike cost no more than this.
  ///  2. Else it is looked at on its own, and the reading wins that finds more of the first's
  ///     names, or splits records at all, or has the first's fields and types, or has fewer
  ///     irregular records. Where both are as good, its own delimiter wins, and else the first's
  ///     way.
  ///  3. Whether it has a header (`afterHeader`, `afterRows`).
  ///
  /// - Returns: without a record, no names.
  /// - Complexity: O(sample).
  package static func detect(
    sample: Buffer<UInt8>, isWholeInput: Bool, overrides: DialectOverrides,
    after prior: DialectPrior
  ) -> DetectedDialect {
    FollowingText(
      sample: sample, isWholeInput: isWholeInput, given: overrides, prior: prior
    ).detect()
  }
}

/// A text that belongs with one read before.
private struct FollowingText {
  let sample: Buffer<UInt8>
  let isWholeInput: Bool
  /// What the user says.
  let given: DialectOverrides
  let prior: DialectPrior

  private var first: DetectedDialect { prior.first }

  func detect() -> DetectedDialect {
    var following = given
    following.follow(first)
    following.hashesAreRows = prior.hashesAreRows
    following.hasNoRowNames = first.dialect.hasHeader && !first.passedOver.lacksFirstName
    // Of lines that are one field each, what separates fields must not occur.
    if first.fieldCount == 1 {
      following.knownDelimiter = [
        SeparatorDetector.freeDelimiter(in: sample, preferred: first.dialect.delimiter)
      ]
    }
    if !first.dialect.hasHeader { following.hasHeader = given.hasHeader ?? false }
    if given.hasHeader == nil && given.headerCount == nil && prior.beginsLike(sample) {
      // The very bytes of the first's header: nothing has to be found out.
      following.hasHeader = true
      following.headerCount = Int(first.passedOver.headerCount)
    }
    var found = detect(following)
    if !prior.explains(found, self) {
      let own = detect(given)
      if isBetter(own, than: found) {
        found = own
        following.knownDelimiter = [own.dialect.delimiter] + own.dialect.delimiterTail
        following.quote = .some(own.dialect.quote)
        following.escape = .some(own.dialect.escape)
      }
    }
    if found.hasNoRecord, first.fieldCount > 1, let rows = commentsAsRows(found, following) {
      return rows
    }
    if isWholeInput && found.hasNoRecord && first.fieldCount > 1 {
      // Blank lines are records only of a single column.
      found.names = []
      return found
    }
    if given.hasHeader == nil {
      found =
        first.dialect.hasHeader ? afterHeader(found, following) : afterRows(found, following)
    }
    if let doubt = undividedAsFirst(found) { found.doubts.append(doubt) }
    return found
  }

  /// Where the first text is a single column, that this one has several on its own: one of them
  /// may be a description of the others.
  private func undividedAsFirst(_ found: DetectedDialect) -> DialectDoubt? {
    guard given.delimiter == nil, first.fieldCount == 1, found.fieldCount == 1,
      prior.columns.types == [.string]
    else { return nil }
    let own = detect(given)
    guard own.fieldCount > 1, own.fit.irregularCount == 0, own.fit.recordCount > 1 else {
      return nil
    }
    return .undividedAsFirst(fieldCount: own.fieldCount)
  }

  private func detect(_ overrides: DialectOverrides) -> DetectedDialect {
    CSVDialectDetector.detect(sample: sample, isWholeInput: isWholeInput, overrides: overrides)
  }

  /// The rows that lines are which begin with `#`, where they are all there is and have the first's
  /// fields; nil if they are none.
  private func commentsAsRows(
    _ found: DetectedDialect, _ overrides: DialectOverrides
  ) -> DetectedDialect? {
    guard given.comment == nil, prior.columns.sharedCount(found.names) == 0 else { return nil }
    let rows = detect(overrides.takingCommentsForRows())
    let types = rows.types(in: sample, isWholeInput, rowLimit: .max)
    return prior.columns.hold(types) ? rows : nil
  }

  private func isBetter(_ own: DetectedDialect, than following: DetectedDialect) -> Bool {
    let shared = (own: prior.sharedNames(own), following: prior.sharedNames(following))
    if shared.own != shared.following { return shared.own > shared.following }
    if (own.fieldCount > 1) != (following.fieldCount > 1) { return own.fieldCount > 1 }
    let hasFields = (own: prior.hasFields(own, self), following: prior.hasFields(following, self))
    if hasFields.own != hasFields.following { return hasFields.own }
    // A quote that is not closed is damage where quotes are known to mean something.
    if own.dialect.quote == nil, first.fit.quotedCount > 0,
      own.dialect.hasDelimiter(of: following.dialect)
    {
      return false
    }
    let (share, otherShare) = (own.fit.irregularShare, following.fit.irregularShare)
    if share != otherShare { return share < otherShare }
    return !own.dialect.hasDelimiter(of: following.dialect)
      || own.fit.quotedCount > following.fit.quotedCount
  }

  // MARK: Header

  /// After a text with a header: the first record is one if it has a name of that one's and can be
  /// no row (`KnownColumns`); or if it may be one and stands over values of other types than text,
  /// or there are other fields. One that only may be a header is data: a row too many is seen, a
  /// row too few is not.
  private func afterHeader(
    _ found: DetectedDialect, _ overrides: DialectOverrides
  ) -> DetectedDialect {
    var asHeader = overrides
    asHeader.hasHeader = true
    let named = found.dialect.hasHeader ? found : detect(asHeader)
    var rows: DetectedDialect?
    switch prior.sharedNames(named) {
    case 0: break
    case named.names.count: return named
    default:
      let plain = asRows(overrides)
      let record = plain.types(in: sample, isWholeInput, rowLimit: 1)
      if prior.columns.isHeader(named.names, record: record) { return named }
      rows = plain
    }
    if found.dialect.hasHeader && (found.fieldCount != first.fieldCount || hasTypedColumn(found)) {
      return found
    }
    return rows ?? asRows(overrides)
  }

  /// After a text without a header: the first record is one if it has a name for every field and
  /// is text in each that is of another type in the first, where what is below it has that type,
  /// or there are several such fields.
  private func afterRows(
    _ found: DetectedDialect, _ overrides: DialectOverrides
  ) -> DetectedDialect {
    guard found.dialect.hasHeader else { return prior.typedCount == 0 ? doubted(found) : found }
    let isHeader =
      found.namesEveryColumn && prior.hasFields(found, self)
      && (hasTypedColumn(found) ? prior.typedCount > 0 : prior.typedCount > 1)
    return isHeader ? found : doubted(asRows(overrides))
  }

  /// Rows the first of which would be the header of a text on its own: among texts alone, nothing
  /// else shows it.
  private func doubted(_ rows: DetectedDialect) -> DetectedDialect {
    let own = detect(given)
    guard own.dialect.hasHeader, own.fieldCount == rows.fieldCount else { return rows }
    return rows.doubting(.namesAsRow(own.names.joined(separator: ", ")))
  }

  private func asRows(_ overrides: DialectOverrides) -> DetectedDialect {
    var asRows = overrides
    asRows.hasHeader = false
    return detect(asRows)
  }

  private func hasTypedColumn(_ found: DetectedDialect) -> Bool {
    found.types(in: sample, isWholeInput, rowLimit: .max).contains { $0 ?? .string != .string }
  }
}

extension DialectPrior {
  /// Whether a text reads like the first in every way: by its names, or by the number of its fields
  /// and their types; no record is damaged, and no field seems to be quoted otherwise. Other than
  /// that records may differ in length only where the names are the same.
  fileprivate func explains(_ found: DetectedDialect, _ text: FollowingText) -> Bool {
    let fit = found.fit
    if fit.damagedCount > 0 || fit.otherQuotedCount > 0 && text.given.quote == nil { return false }
    // Where no record has the header's fields, its own way may explain them.
    if fit.recordCount > 1 && fit.irregularCount >= fit.recordCount - 1 { return false }
    let shared = sharedNames(found)
    if shared == first.fieldCount && found.fieldCount == shared { return true }
    return fit.irregularCount == 0 && (shared > 0 || hasFields(found, text))
  }

  /// Whether a text begins with the bytes of the first's header.
  fileprivate func beginsLike(_ sample: Buffer<UInt8>) -> Bool {
    let (bytes, header) = (sample.span, head.span)
    return head.count > 0 && sample.count >= head.count
      && header.indices.allSatisfy { bytes[$0] == header[$0] }
  }

  /// How many names the text's header has that the first's has.
  fileprivate func sharedNames(_ found: DetectedDialect) -> Int {
    found.dialect.hasHeader ? columns.sharedCount(found.names) : 0
  }

  /// Whether the records have as many fields as the first's, and none is text alone where those
  /// have other values.
  fileprivate func hasFields(_ found: DetectedDialect, _ text: FollowingText) -> Bool {
    found.fieldCount == columns.types.count
      && columns.hold(
        found.types(
          in: text.sample, text.isWholeInput, rowLimit: DialectPrior.comparedRecordCount))
  }
}

extension DetectedDialect {
  /// Whether a line of the table begins with a byte. O(sample).
  fileprivate func beginsRow(with byte: UInt8, in sample: Buffer<UInt8>) -> Bool {
    let bytes = sample.span
    return (min(dataOffset, bytes.count)..<bytes.count).contains {
      bytes[$0] == byte && ($0 == dataOffset || dialect.endsLine(bytes[$0 - 1]))
    }
  }

  /// Types of the columns, by the first records of the sample; nil where these have no value.
  func types(
    in sample: Buffer<UInt8>, _ isWholeInput: Bool, rowLimit: Int
  ) -> [DataType?] {
    var inference = TypeInference(dialect: dialect, fieldCount: fieldCount)
    inference.rowLimit = min(rowLimit, inference.rowLimit)
    let start = min(dataOffset, sample.count)
    inference.observe(sample.slice(start..<sample.count), isWhole: isWholeInput)
    return inference.columns.map { $0.isAllNull ? nil : $0.type }
  }
}

extension DetectedDialect {
  /// Whether the header has a name for every column, and none that may stand for a missing value.
  fileprivate var namesEveryColumn: Bool {
    let fields = SampledFields(Buffer(), dialect)
    return names.enumerated().allSatisfy { index, name in
      name != "column_\(index + 1)" && !fields.isNull(name) && !HeaderDetector.isPlaceholder(name)
    }
  }
}

extension CSVDialect {
  fileprivate func hasDelimiter(of other: CSVDialect) -> Bool {
    delimiter == other.delimiter && delimiterTail == other.delimiterTail
  }

  func hasSeparators(of other: CSVDialect) -> Bool {
    hasDelimiter(of: other) && quote == other.quote && escape == other.escape
  }
}

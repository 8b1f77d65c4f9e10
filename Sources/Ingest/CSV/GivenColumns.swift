package import Base
package import Columns

/// Columns that texts are to fill, and what they tell of a first record: whether it is the header.
package struct GivenColumns: Sendable {
  private let known: KnownColumns

  package init(_ fields: [Field]) {
    known = KnownColumns(names: fields.map(\.name), types: fields.map(\.type))
  }

  /// How a text is written: as one that the columns were filled from before, if that leaves nothing
  /// unexplained (no record is damaged or has other fields; the header has the columns' names, or
  /// there are as many fields with values of their types), and else as `found` has it.
  ///
  /// - Parameter overrides: what the user says.
  /// - Complexity: O(sample).
  package func settling(
    _ found: DetectedDialect, like before: CSVDialect, sample: Buffer<UInt8>, isWholeInput: Bool,
    overrides: DialectOverrides
  ) -> DetectedDialect {
    if overrides.delimiter != nil || found.dialect.hasSeparators(of: before) { return found }
    var following = overrides
    following.follow(before)
    let other = CSVDialectDetector.detect(
      sample: sample, isWholeInput: isWholeInput, overrides: following)
    let fit = other.fit
    guard fit.recordCount > 0, fit.irregularCount == 0, fit.otherQuotedCount == 0 else {
      return found
    }
    if other.dialect.hasHeader && known.sharedCount(other.names) == other.names.count {
      return other
    }
    let types = other.types(in: sample, isWholeInput, rowLimit: .max)
    return known.hold(types) && other.fieldCount > 1 ? other : found
  }

  /// How a text is written, as `found` has it but for this: a first record is a header if it has
  /// one of the names and can be no row (`KnownColumns`); and so is one that has none, only if it
  /// stands over values of other types than text or over other fields than the columns. A row too
  /// many is seen, a row too few is not. Lines that begin with `#` and are all there is are rows if
  /// they have the columns' fields.
  ///
  /// - Parameter overrides: what the user says.
  /// - Complexity: O(sample).
  package func settling(
    _ found: DetectedDialect, sample: Buffer<UInt8>, isWholeInput: Bool,
    overrides: DialectOverrides
  ) -> DetectedDialect {
    func detect(_ overrides: DialectOverrides) -> DetectedDialect {
      CSVDialectDetector.detect(sample: sample, isWholeInput: isWholeInput, overrides: overrides)
    }
    if found.hasNoRecord, overrides.comment == nil, known.sharedCount(found.names) == 0 {
      let rows = detect(overrides.takingCommentsForRows())
      let types = rows.types(in: sample, isWholeInput, rowLimit: .max)
      if rows.fieldCount > 1 && known.hold(types) { return rows }
    }
    if found.passedOver.lacksFirstName, known.types.count == found.fieldCount - 1,
      known.sharedCount(Array(found.names.dropFirst())) == known.types.count
    {
      var plain = overrides
      plain.follow(found)
      plain.hasNoRowNames = true
      return detect(plain)
    }
    if overrides.hasHeader != nil || found.fieldCount == 0 { return found }
    let isHeader = found.dialect.hasHeader
    if isHeader && known.sharedCount(found.names) == found.names.count { return found }
    var other = overrides
    other.follow(found)
    other.hasHeader = !isHeader
    let settled = detect(other)
    let (named, rows) = isHeader ? (found, settled) : (settled, found)
    let record = rows.types(in: sample, isWholeInput, rowLimit: 1)
    if known.isHeader(named.names, record: record) { return named }
    let body = sample.slice(min(found.dataOffset, sample.count)..<sample.count)
    if isHeader && !found.isHeaderOnly(body, isWhole: isWholeInput) {
      let types = found.types(in: sample, isWholeInput, rowLimit: .max)
      if found.fieldCount != known.types.count
        || types.contains(where: { $0 ?? .string != .string })
      {
        return found
      }
    }
    return isHeader ? rows.doubting(.namesAsRow(found.names.joined(separator: ", "))) : rows
  }
}

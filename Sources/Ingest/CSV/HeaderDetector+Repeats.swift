import Base
import Columns

// Headers that come again among the records of a sample: they tell nothing of what is below them.
extension HeaderDetector {
  /// A table without the records that are its header again, of one record or two, where that is one
  /// by what is left.
  func withoutRepeats(_ table: [Record]) -> [Record] {
    for headerCount in 1...2 where table.count > headerCount + 1 {
      let kept = withoutRepeats(table, headerCount: headerCount)
      guard kept.count < table.count else { continue }
      let isHeader =
        headerCount == 1
        ? isHeaderAlone(kept, repeatCount: table.count - kept.count)
        : spansColumns(kept) || areDifferent(kept[0].cells) && hasUnits(kept)
      if isHeader { return kept }
    }
    return table
  }

  private func withoutRepeats(_ table: [Record], headerCount: Int) -> [Record] {
    let header = RepeatedHeader(contents(of: table[..<headerCount]), dialect)
    // SAFETY: records lie within the body; the pointer does not leave the closure.
    return unsafe body.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      // Nearly no text has any: nothing is copied then.
      let repeats = Set(
        (headerCount..<table.count).filter { header.matches(text, table[$0].range) })
      if repeats.isEmpty { return table }
      return table.indices.filter { !repeats.contains($0) }.map { table[$0] }
    }
  }

  /// Whether the second record belongs to the header, which is over typed columns then.
  private func hasUnits(_ table: [Record]) -> Bool {
    table[1].cells.allSatisfy { !fields.isTyped($0) } && belowHeader(table) == 1
  }

  private func isHeaderAlone(_ table: [Record], repeatCount: Int) -> Bool {
    let names = table[0].cells
    guard areDifferent(names),
      names.indices.allSatisfy({ index in
        let isEdge = index == 0 || index == names.count - 1
        return isText(names[index]) || isEdge && fields.isEmpty(names[index])
      })
    else { return false }
    let body = table.dropFirst().filter { $0.cells.count == fieldCount }
    let shift = names.count == fieldCount - 1 ? 1 : 0
    // What may stand for a missing value, `x`, is a name only beside others over values.
    let isOverValues = names.indices.contains { column in
      guard column + shift < fieldCount, isName(names[column]) else { return false }
      return typeOfColumn(column + shift, body).map { $0 != .string } ?? false
        || standsOverDigits(names, column, body, shift)
    }
    return isOverValues
      || areAllText(body) && isUnlikeText(table[0], body, shift, repeatCount: repeatCount)
  }

  /// Whether names are no rows of texts that they come again among: they lack what all of these
  /// have, or no other record of several fields comes more often. Where some fields are values, a
  /// record of units may come again with the names, and make texts of their columns.
  private func isUnlikeText(
    _ first: Record, _ body: [Record], _ shift: Int, repeatCount: Int
  ) -> Bool {
    let guess = guessAmongText(first.cells, body, shift)
    guard body.count > 1 && guess.isHeader else { return false }
    if !guess.isUnsure { return true }
    let counts = Dictionary(contents(of: body).map { ($0, 1) }, uniquingKeysWith: +)
    return fieldCount > 1 && counts.values.allSatisfy { $0 <= repeatCount + 1 }
      && !body.contains { $0.cells.contains(where: fields.isTyped) }
  }

  /// Whether no column of some records has a type.
  func areAllText(_ records: some Collection<Record>) -> Bool {
    (0..<fieldCount).allSatisfy { typeOfColumn($0, records).map { $0 == .string } ?? true }
  }

  func noteRepeatedHeader(
    _ count: Int, among records: some Collection<Record>, _ reasons: inout [Reason],
    _ doubts: inout [DialectDoubt]
  ) {
    guard count > 0 else { return }
    let what = count == 1 ? "1 record of the sample is" : "\(count) records of the sample are"
    let areRows = areAllText(records)
    if areRows { doubts.append(.headersAmongRows(count)) }
    reasons.append(
      Reason(
        property: "repeated header",
        text: "\(what) the header again: "
          + (areRows
            ? "kept, as all columns are text" : "left out, and told, where a column is no text")))
  }
}

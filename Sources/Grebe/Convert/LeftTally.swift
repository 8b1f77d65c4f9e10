/// Why a record in quarantine is no row of the table.
struct Misfit {
  /// The table lacks a column that the record fills.
  static let noColumn = "no_column"
  /// What is kept is not one record and nothing else.
  static let noRecord = "no_record"
  /// What is kept is not the record's text as it was.
  static let cutText = "cut_text"
  /// Nothing says how the record is to be parsed.
  static let noContext = "no_context"

  /// A `RejectReason`, or one of those above.
  let reason: String
  var column: String?
  let message: String
}

/// The rows that a replay leaves in quarantine, counted by reason. As large as there are reasons.
struct LeftTally {
  private var tallies: [String: (rowCount: Int, first: QuarantinedRow, misfit: Misfit)] = [:]

  /// Counts a row; of those of one reason, the first by source and place is kept.
  mutating func add(_ row: QuarantinedRow, _ misfit: Misfit) {
    guard let known = tallies[misfit.reason] else {
      tallies[misfit.reason] = (1, row, misfit)
      return
    }
    let isFirst =
      (row.source, row.line, row.byteOffset)
      < (known.first.source, known.first.line, known.first.byteOffset)
    tallies[misfit.reason] = (
      known.rowCount + 1, isFirst ? row : known.first, isFirst ? misfit : known.misfit
    )
  }

  /// The most frequent reason first.
  var rows: [BadRows] {
    tallies.values.map { tally in
      let row = tally.first
      return BadRows(
        reason: tally.misfit.reason, rowCount: tally.rowCount, source: row.source, line: row.line,
        column: tally.misfit.column, message: tally.misfit.message,
        place: "\(row.source): \(row.isOfParquet ? "row" : "line") \(row.line)")
    }
    .sorted { ($1.rowCount, $0.reason) < ($0.rowCount, $1.reason) }
  }
}

import Ingest

/// Rows that a load leaves out or sets aside, counted by reason. Each worker has its own: as large
/// as there are reasons, whatever the input.
struct SkippedTally: Sendable {
  /// Where a row is: what comes first in the input is less.
  private struct Position: Comparable {
    /// Place of the source among those of the load.
    let ordinal: Int
    let line: Int64
    let byteOffset: Int64

    static func < (a: Position, b: Position) -> Bool {
      (a.ordinal, a.line, a.byteOffset) < (b.ordinal, b.line, b.byteOffset)
    }
  }

  private struct First {
    let position: Position
    let reject: Reject
    /// Nil for a row that is no text.
    let row: RejectedRow?
  }

  private var tallies: [RejectReason: (rowCount: Int, first: First)] = [:]

  /// Counts a row. Of those of one reason that a worker meets, in the order of the input, the first
  /// is kept.
  ///
  /// - Parameters:
  ///   - source: its place among the sources of the load.
  ///   - reject: asked for when it is kept.
  mutating func add(
    _ reason: RejectReason, source: Int, _ row: RejectedRow?, reject: () -> Reject
  ) {
    if tallies[reason] != nil {
      tallies[reason]?.rowCount += 1
      return
    }
    let reject = reject()
    let position = Position(ordinal: source, line: reject.line, byteOffset: reject.byteOffset)
    tallies[reason] = (1, First(position: position, reject: reject, row: row))
  }

  mutating func add(_ other: SkippedTally) {
    for (reason, theirs) in other.tallies {
      guard let ours = tallies[reason] else {
        tallies[reason] = theirs
        continue
      }
      tallies[reason] = (
        ours.rowCount + theirs.rowCount,
        theirs.first.position < ours.first.position ? theirs.first : ours.first
      )
    }
  }

  /// The first bad row in the order of the input: what is wrong with it, and where it is.
  var first: (message: String, place: String)? {
    let bad = tallies.filter { !$0.key.isNoRow }.values.map(\.first)
    guard let first = bad.min(by: { $0.position < $1.position }) else { return nil }
    let error = BadRowFailure.error(first.reject, first.row)
    return (error.message, error.place)
  }

  /// The most frequent reason first.
  var rows: [BadRows] {
    tallies.map { reason, tally in
      let reject = tally.first.reject
      let error = BadRowFailure.error(reject, tally.first.row)
      return BadRows(
        reason: reason.rawValue, rowCount: tally.rowCount, source: reject.source,
        line: reject.line, column: reject.column, message: error.message, place: error.place)
    }
    .sorted { ($1.rowCount, $0.reason) < ($0.rowCount, $1.reason) }
  }
}

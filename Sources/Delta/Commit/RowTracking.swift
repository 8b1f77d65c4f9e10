import Base
import JSON

/// Ids for the rows of files that come into a table which tracks rows: Delta protocol
/// (PROTOCOL.md), "Row Tracking". A file's rows are numbered from its `baseRowId` on; the largest
/// number given so far is in the table's domain metadata.
struct RowTracking {
  private static let domain = "delta.rowTracking"

  /// The largest id given so far; -1 before the first.
  private(set) var highWaterMark: Int64

  /// Nil for a table that does not track rows.
  ///
  /// - Parameter winners: commits since the base.
  init?(_ transaction: Transaction, winners: [CommitFile]) {
    let tableProtocol = transaction.tableProtocol ?? transaction.base?.tableProtocol
    guard tableProtocol?.effectiveWriterFeatures.contains("rowTracking") == true,
      transaction.effectiveMetadata?.isSet(RowTrackingColumns.suspendedProperty) != true
    else { return nil }
    let known = transaction.base?.domains[RowTracking.domain]
    highWaterMark = known.flatMap(RowTracking.mark) ?? RowTracking.mark(transaction.base?.files)
    for action in winners.flatMap(\.actions) {
      guard case .domainMetadata(let value) = action, value.domain == RowTracking.domain,
        let mark = RowTracking.mark(value)
      else { continue }
      highWaterMark = max(highWaterMark, mark)
    }
  }

  /// Of a commit, as JSON: whether every row that was there before and still is has its id.
  static func tags(preserved: Bool) -> String {
    "{\"delta.rowTracking.preserved\":\"\(preserved)\"}"
  }

  private static func mark(_ metadata: DomainMetadata) -> Int64? {
    (try? JSONDocument(utf8: metadata.configuration))?.root["rowIdHighWaterMark"]?.int64
  }

  /// The largest id of these files: they may have some from before the table tracked rows, or from
  /// a table of which it is a copy. A file that does not say how many rows it has is taken to have
  /// more than it can. O(files).
  private static func mark(_ files: [AddFile]?) -> Int64 {
    (files ?? []).reduce(-1) { mark, file in
      guard let first = file.baseRowID else { return mark }
      return max(mark, first.addingSaturated((file.rowCount ?? Int64(Int32.max)) - 1))
    }
  }

  /// The files with ids for those that have none, and the domain metadata that says how far the ids
  /// go now.
  ///
  /// - Precondition: every file says how many rows it has.
  mutating func assign(
    _ files: [AddFile], version: Int64
  ) -> (files: [AddFile], domain: DomainMetadata) {
    let numbered = files.map { file in
      var file = file
      if file.defaultRowCommitVersion == nil { file.defaultRowCommitVersion = version }
      guard file.baseRowID == nil else { return file }
      file.baseRowID = highWaterMark.addingSaturated(1)
      highWaterMark = highWaterMark.addingSaturated(file.rowCount ?? 0)
      return file
    }
    let configuration = "{\"rowIdHighWaterMark\":\(highWaterMark)}"
    return (
      numbered,
      DomainMetadata(domain: RowTracking.domain, configuration: configuration, removed: false)
    )
  }
}

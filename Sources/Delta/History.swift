package import Store

/// One version of a table as its log tells it.
public struct HistoryEntry: Sendable, Equatable {
  public let version: Int64
  /// As time travel counts.
  public let timestampMillis: Int64
  /// Nil if the writer did not say.
  public let operation: String?
  public let parameters: [String: String]
  public let metrics: [String: String]
  public let userMetadata: String?
  public let engineInfo: String?
  public let isBlindAppend: Bool?
}

/// The versions whose commits are still in the log, newest first.
///
/// - Parameter limit: how many, at most.
package func loadHistory(
  _ store: any ObjectStore, limit: Int = Int.max
) throws(DeltaError) -> [HistoryEntry] {
  try relisting(store) { (listing) throws(DeltaError) in
    try history(store, listing, limit: limit)
  }
}

private func history(
  _ store: any ObjectStore, _ listing: LogListing, limit: Int
) throws(DeltaError) -> [HistoryEntry] {
  // Says what is wrong if there is no table or the log has gaps.
  _ = try LogSegment(listing, target: nil, table: store.location)
  let times = CommitTimes(listing, store: store)
  var entries: [HistoryEntry] = []
  for (version, entry) in listing.commits.reversed().prefix(limit) {
    let info = try CommitFile.read(store, entry, version: version).info
    entries.append(
      HistoryEntry(
        version: version, timestampMillis: times.millis(version, info),
        operation: info?.operation, parameters: info?.operationParameters ?? [:],
        metrics: info?.operationMetrics ?? [:], userMetadata: info?.userMetadata,
        engineInfo: info?.engineInfo, isBlindAppend: info?.isBlindAppend))
  }
  return entries
}

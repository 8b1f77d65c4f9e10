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
  public let readVersion: Int64?
  public let isolationLevel: String?
  public let transactionID: String?
  /// Further members by name, as JSON: `userName`, `notebook`, what an application put there.
  public let others: [String: String]

  init(version: Int64, timestampMillis: Int64, _ info: CommitInfo?) {
    self.version = version
    self.timestampMillis = timestampMillis
    operation = info?.operation
    parameters = info?.operationParameters ?? [:]
    metrics = info?.operationMetrics ?? [:]
    userMetadata = info?.userMetadata
    engineInfo = info?.engineInfo
    isBlindAppend = info?.isBlindAppend
    readVersion = info?.readVersion
    isolationLevel = info?.isolationLevel
    transactionID = info?.transactionID
    others = info?.others ?? [:]
  }
}

/// The versions whose commits are still in the log, newest first.
///
/// - Parameters:
///   - last: the newest that is told.
///   - limit: how many, at most. No more commits are read.
package func loadHistory(
  _ store: any ObjectStore, upTo last: Int64 = .max, limit: Int = .max
) throws(DeltaError) -> [HistoryEntry] {
  try relisting(store) { (listing) throws(DeltaError) in
    try history(store, listing, upTo: last, limit: limit)
  }
}

private func history(
  _ store: any ObjectStore, _ listing: LogListing, upTo last: Int64, limit: Int
) throws(DeltaError) -> [HistoryEntry] {
  // Says what is wrong if there is no table or the log has gaps.
  _ = try LogSegment(listing, target: nil, table: store.location)
  let times = CommitTimes(listing, store: store)
  var entries: [HistoryEntry] = []
  let told = listing.commits.reversed().lazy.filter { $0.version <= last }.prefix(limit)
  for (version, entry) in told {
    let info = try CommitFile.read(store, entry, version: version).info
    entries.append(
      HistoryEntry(
        version: version, timestampMillis: times.millis(version, info), info))
  }
  return entries
}

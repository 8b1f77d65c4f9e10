import Base
import Store

/// When versions were committed: the modification times of their commit files, moved so that they
/// rise with the version; or the times within the commits, where the table keeps them.
///
/// Delta protocol (PROTOCOL.md), "In-Commit Timestamps".
struct CommitTimes {
  static let inCommitProperty = "delta.enableInCommitTimestamps"
  /// Since which commit, and its time.
  static let enablementVersionProperty = "delta.inCommitTimestampEnablementVersion"
  static let enablementMillisProperty = "delta.inCommitTimestampEnablementTimestamp"

  private let store: any ObjectStore
  private let listing: LogListing
  /// One a commit of the listing, strictly rising.
  private let millis: [Int64]

  init(_ listing: LogListing, store: any ObjectStore) {
    self.listing = listing
    self.store = store
    var last = Int64.min
    millis = listing.commits.map { commit in
      last = max(commit.entry.modifiedMillis, last == .max ? last : last + 1)
      return last
    }
  }

  /// By the files; the epoch for a version that has no commit any more.
  func fileMillis(_ version: Int64) -> Int64 {
    guard let first = listing.commits.first?.version else { return 0 }
    let guess = Int(clamping: version - first)
    if listing.commits.indices.contains(guess), listing.commits[guess].version == version {
      return millis[guess]
    }
    return listing.commits.firstIndex { $0.version == version }.map { millis[$0] } ?? 0
  }

  /// The last version committed at or before `target`.
  ///
  /// - Throws: `notFound` if the table, or what is left of its log, starts later.
  func version(atMillis target: Int64) throws(DeltaError) -> Int64 {
    if listing.commits.isEmpty {
      // Only a checkpoint is left, or nothing: loading says which.
      return try LogSegment(listing, target: nil, table: store.location).version
    }
    let latest = try Snapshot.load(store, listing, version: nil).metadata
    let start = CommitTimes.start(latest)
    let first = listing.commits.firstIndex { $0.version >= start.version } ?? listing.commits.count
    // Times of files and times in commits need not agree: only one kind is looked at.
    let isInCommit = target >= start.millis
    let range = isInCommit ? first..<listing.commits.count : 0..<first
    // Binary search for the first commit after the target: times rise with the version.
    var (low, high) = (range.lowerBound, range.upperBound)
    while low < high {
      let middle = (low + high) / 2
      let time = isInCommit ? try inCommitMillis(listing.commits[middle]) : millis[middle]
      if time <= target { low = middle + 1 } else { high = middle }
    }
    guard low > range.lowerBound else {
      throw DeltaError(
        .notFound, "the table has no version as old as that", table: store.location,
        hint: "its earliest version in the log is \(listing.commits[0].version)")
    }
    return listing.commits[low - 1].version
  }

  /// The first version whose time is in its commit, and that time; beyond all where there is none.
  private static func start(
    _ metadata: TableMetadata
  ) -> (version: Int64, millis: Int64) {
    guard metadata.isSet(inCommitProperty) else { return (.max, .max) }
    func number(_ property: String) -> Int64? {
      metadata.configuration[property].flatMap { Int64($0) }
    }
    // Without them, the table has kept times from the start.
    return (
      number(enablementVersionProperty) ?? 0, number(enablementMillisProperty) ?? .min
    )
  }

  private func inCommitMillis(
    _ commit: (version: Int64, entry: ObjectEntry)
  ) throws(DeltaError) -> Int64 {
    let file = try CommitFile.read(store, commit.entry, version: commit.version)
    guard let millis = file.info?.inCommitMillis else {
      throw .corrupt(
        "the table keeps times in its commits and this commit has none", table: store.location,
        version: commit.version, file: commit.entry.path)
    }
    return millis
  }

  /// As time travel counts them, for one commit already read.
  func millis(_ version: Int64, _ info: CommitInfo?) -> Int64 {
    info?.inCommitMillis ?? fileMillis(version)
  }

  /// As time travel counts them.
  ///
  /// - Parameter inCommitMillis: of the version's commit, if it was read; a log compaction file or
  ///   a checkpoint in its place does not have it.
  func millis(
    _ version: Int64, inCommitMillis known: Int64?, _ metadata: TableMetadata
  ) throws(DeltaError) -> Int64 {
    guard metadata.isSet(CommitTimes.inCommitProperty) else { return fileMillis(version) }
    if let known { return known }
    guard let commit = listing.commits.last(where: { $0.version == version }) else {
      return fileMillis(version)
    }
    let file = try CommitFile.read(store, commit.entry, version: version)
    return millis(version, file.info)
  }
}

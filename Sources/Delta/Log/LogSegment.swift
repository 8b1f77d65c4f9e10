import Base
import Store

/// Which version of a table to read.
public enum TableVersion: Sendable, Equatable {
  case latest
  case version(Int64)
  /// The last version committed at or before this instant.
  case timestamp(millis: Int64)
}

/// What must be read to know the table at one version: a checkpoint, if there is one, and every
/// commit after it.
struct LogSegment: Sendable {
  var version: Int64
  var checkpoint: LogCheckpoint?
  /// By ascending version, without gaps, up to `version`.
  var commits: [LogListing.Commit]
  /// What to read instead of all of `commits`, newest first.
  private(set) var sources: [LogSource] = []

  /// - Parameter target: nil for the latest.
  /// - Throws: `notFound` if there is no table or no such version; `corrupt` naming the file that
  ///   is missing.
  init(_ listing: LogListing, target: Int64?, table: String) throws(DeltaError) {
    guard let latest = listing.latestVersion else {
      throw DeltaError(
        .notFound, "there is no Delta table here", table: table,
        hint: "a table has a directory \(logDirectory) with at least one version")
    }
    let version = target ?? latest
    guard version >= 0, version <= latest else {
      throw DeltaError(
        .notFound, "the table has no version \(version)", table: table,
        hint: "its latest version is \(latest)")
    }
    self.version = version
    checkpoint = listing.checkpoints.last { $0.version <= version }
    let first = checkpoint.map { $0.version + 1 } ?? 0
    commits = listing.commits.filter { $0.version >= first && $0.version <= version }
    try checkContinuity(listing, first: first, isExplicit: target != nil, table: table)
    sources = chooseSources(listing.compactions, first: first)
  }

  /// Whether a log compaction file takes the place of commits.
  var isCompacted: Bool { sources.contains(where: \.isCompaction) }

  private func checkContinuity(
    _ listing: LogListing, first: Int64, isExplicit: Bool, table: String
  ) throws(DeltaError) {
    var expected = first
    for commit in commits {
      if commit.version != expected { break }
      expected += 1
    }
    if expected > version { return }
    let missing = commitPath(expected)
    // Where all older commits are gone too, they were cleaned up. A checkpoint from before may be
    // left: of a process that wrote it beside the clean-up.
    let isOldest = listing.commits.first.map { $0.version > expected } ?? true
    let start = listing.checkpoints.first { $0.version >= expected }?.version
    if isOldest && (checkpoint == nil || start != nil) {
      throw DeltaError(
        isExplicit && start != nil ? .notFound : .corrupt,
        "version \(version) can no longer be read: the log starts after \(missing)", table: table,
        hint: start.map { "the earliest version that can be read is \($0)" })
    }
    throw .corrupt(
      "the log has a gap: a commit is missing", table: table, version: expected, file: missing,
      hint: "restore the file from a copy; `grebe verify` tells what else is wrong, and which "
        + "version can be read")
  }

  /// From the newest version down: of the log compaction files that end at it the one that reaches
  /// furthest back, if it is no larger than what it replaces; else its commit.
  private func chooseSources(_ compactions: [LogListing.Compaction], first: Int64) -> [LogSource] {
    var reaching: [Int64: LogListing.Compaction] = [:]
    // The first of two with one end reaches further: they ascend by their start.
    for compaction in compactions where compaction.first >= first && compaction.last <= version {
      if reaching[compaction.last] == nil { reaching[compaction.last] = compaction }
    }
    var sources: [LogSource] = []
    sources.reserveCapacity(commits.count)
    var rest = commits[...]
    while let commit = rest.popLast() {
      if let compaction = reaching[commit.version] {
        let replaced = rest.suffix(Int(commit.version - compaction.first))
        let sizeBytes =
          replaced.lazy.map(\.entry.sizeBytes).saturatedSum() + commit.entry.sizeBytes
        if compaction.entry.sizeBytes <= sizeBytes {
          sources.append(
            LogSource(version: commit.version, entry: compaction.entry, isCompaction: true))
          rest = rest.dropLast(replaced.count)
          continue
        }
      }
      sources.append(LogSource(version: commit.version, entry: commit.entry, isCompaction: false))
    }
    return sources
  }
}

/// A commit, or a log compaction file that ends with `version`.
struct LogSource: Sendable {
  var version: Int64
  var entry: ObjectEntry
  var isCompaction: Bool
}

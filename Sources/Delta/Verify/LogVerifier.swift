import Base
import Store
import Synchronization

/// Verifies what a log says of itself: every commit and checkpoint, up to a version.
struct LogVerifier {
  let store: any ObjectStore
  let environment: Environment
  /// Compares every checkpoint with its commits, not the newest alone.
  let isDeep: Bool

  var findings: [Finding] = []
  private(set) var commitCount = 0
  var checkpointCount = 0
  /// Files that only help readers, and cannot be read.
  private(set) var unreadableHints: [String] = []
  /// The version asked for, or the newest before it that can be read; nil if none can.
  private(set) var snapshot: Snapshot?
  /// The version asked for, if it cannot be read.
  private(set) var unreadableVersion: Int64?

  init(store: any ObjectStore, environment: Environment, isDeep: Bool) {
    self.store = store
    self.environment = environment
    self.isDeep = isDeep
  }

  /// - Parameter target: nil for the latest. If that is torn, the one before is verified.
  /// - Throws: `notFound` if there is no table or no such version; `unsupported` naming the feature
  ///   that this build lacks.
  mutating func run(_ target: TableVersion) throws(DeltaError) {
    let listing = try LogListing(store: store)
    var version = try version(target, listing)
    if let torn = try TornCommit.find(in: store, listing), torn.version <= version {
      findings.append(torn.finding)
      version = torn.version - 1
    }
    checkContinuity(listing, upTo: version)
    let times = try checkCommits(listing, upTo: version)
    try checkCheckpoints(listing, upTo: version)
    guard version >= 0 else { return }
    snapshot = try newestReadable(listing, upTo: version)
    if snapshot?.version != version { unreadableVersion = version }
    if let snapshot {
      try checkChecksums(upTo: version)
      check(
        times, of: listing.commits.map(\.version).filter { $0 <= version }, snapshot.metadata)
    }
  }

  private mutating func newestReadable(
    _ listing: LogListing, upTo version: Int64
  ) throws(DeltaError) -> Snapshot? {
    // Only a commit keeps a version from being read, and then all up to the next checkpoint: those
    // worth trying are the ones just before such commits.
    let broken = Set(
      findings.lazy.filter { [.commitDamaged, .commitMissing].contains($0.kind) }
        .compactMap(\.version))
    let before = broken.map { $0 - 1 }.filter { 0..<version ~= $0 && !broken.contains($0) }
    for candidate in [version] + before.sorted(by: >) {
      do throws(DeltaError) {
        return try Snapshot.load(store, listing, version: candidate)
      } catch {
        guard [.corrupt, .notFound, .resourceLimit].contains(error.code) else { throw error }
        if findings.isEmpty { findings.append(Finding(.logUnreadable, error, version: version)) }
      }
    }
    return nil
  }

  /// Compares the version checksum files with what the log says. Commits that are damaged or gone
  /// are told of elsewhere.
  private mutating func checkChecksums(upTo version: Int64) throws(DeltaError) {
    let found: LogVerification
    do throws(DeltaError) {
      found = try LogVerification.checksums(store, parallelism: environment.parallelism)
    } catch {
      if error.code == .corrupt || error.code == .notFound { return }
      throw error
    }
    unreadableHints = found.unreadable
    if LastCheckpoint.isUnreadable(in: store) { unreadableHints.append(LastCheckpoint.path) }
    for error in found.findings {
      guard let file = error.file, file.hasSuffix(".crc"), error.version ?? 0 <= version else {
        continue
      }
      findings.append(Finding(.checksumDiffers, error, file: file))
    }
  }

  private func version(
    _ target: TableVersion, _ listing: LogListing
  ) throws(DeltaError) -> Int64 {
    guard let latest = listing.latestVersion else {
      return try LogSegment(listing, target: nil, table: store.location).version
    }
    switch target {
    case .latest: return latest
    case .timestamp(let millis):
      return try CommitTimes(listing, store: store).version(atMillis: millis)
    case .version(let version):
      guard (0...latest).contains(version) else {
        throw DeltaError(
          .notFound, "the table has no version \(version)", table: store.location,
          hint: "its latest version is \(latest)")
      }
      return version
    }
  }

  private mutating func checkContinuity(_ listing: LogListing, upTo version: Int64) {
    let commits = listing.commits.map(\.version).filter { $0 <= version }
    let checkpoints = listing.checkpoints.map(\.version)
    var expected = commits.first ?? 0
    // A log that was cleaned up starts with a checkpoint.
    if expected > 0, !checkpoints.contains(where: { $0 >= expected - 1 && $0 <= version }) {
      findings.append(LogVerifier.missing(0..<expected))
    }
    for commit in commits {
      if commit > expected { findings.append(LogVerifier.missing(expected..<commit)) }
      expected = commit + 1
    }
    // A checkpoint stands for commits that were cleaned away, not for some behind others.
    if expected <= version, !commits.isEmpty || !checkpoints.contains(version) {
      findings.append(LogVerifier.missing(expected..<version + 1))
    }
  }

  private static func missing(_ versions: Range<Int64>) -> Finding {
    let last = versions.upperBound - 1
    return Finding(
      .commitMissing,
      versions.count == 1
        ? "the commit is missing"
        : "the commits of versions \(versions.lowerBound) to \(last) are missing",
      version: versions.lowerBound, file: commitPath(versions.lowerBound))
  }
}

// MARK: Commits

extension LogVerifier {
  private struct Checked: Sendable {
    var findings: [(index: Int, finding: Finding)] = []
    var inCommitMillis: [Int64: Int64] = [:]
  }

  /// Reads every commit; the times within them, by version.
  private mutating func checkCommits(
    _ listing: LogListing, upTo version: Int64
  ) throws(DeltaError) -> [Int64: Int64] {
    let commits = listing.commits.filter { $0.version <= version }
    commitCount = commits.count
    let checked = Mutex(Checked())
    let store = store
    try forEachIndex(
      below: commits.count, parallelism: environment.parallelism,
      parent: environment.cancellation, interrupted: interrupted(store)
    ) { (index, _) throws(DeltaError) in
      let (version, entry) = commits[index]
      do throws(DeltaError) {
        let commit = try CommitFile.read(store, entry, version: version)
        let found = LogVerifier.findings(in: commit)
        checked.withLock { checked in
          checked.findings += found.map { (index, $0) }
          checked.inCommitMillis[version] = commit.info?.inCommitMillis
        }
      } catch {
        if error.code == .io || error.code == .cancelled { throw error }
        let finding = Finding(.commitDamaged, error, version: version, file: entry.path)
        checked.withLock { $0.findings.append((index, finding)) }
      }
    }
    let all = checked.withLock { $0 }
    findings += all.findings.sorted { $0.index < $1.index }.map(\.finding)
    return all.inCommitMillis
  }

  /// Delta protocol (PROTOCOL.md), "Add File and Remove File": a commit names a logical file once.
  private static func findings(in commit: CommitFile) -> [Finding] {
    let path = commitPath(commit.version)
    var findings: [Finding] = []
    var seen: Set<FileKey> = []
    var protocols = 0
    var metadatas = 0
    func twice(_ path: String, _ key: FileKey) {
      if !seen.insert(key).inserted {
        findings.append(
          Finding(
            .commitDamaged, "the commit names the file \(path) twice", version: commit.version,
            file: commitPath(commit.version)))
      }
    }
    for action in commit.actions {
      switch action {
      case .add(let file): twice(file.path, file.key)
      case .remove(let file): twice(file.path, file.key)
      case .tableProtocol: protocols += 1
      case .metadata: metadatas += 1
      default: break
      }
    }
    for (count, name) in [(protocols, "protocol"), (metadatas, "metaData")] where count > 1 {
      findings.append(
        Finding(
          .commitDamaged, "the commit has more than one `\(name)`", version: commit.version,
          file: path))
    }
    return findings
  }

  /// Delta protocol (PROTOCOL.md), "In-Commit Timestamps": each later than the one before.
  private mutating func check(
    _ times: [Int64: Int64], of versions: [Int64], _ metadata: TableMetadata
  ) {
    guard metadata.isSet(CommitTimes.inCommitProperty) else { return }
    let since =
      metadata.configuration[CommitTimes.enablementVersionProperty].flatMap { Int64($0) } ?? 0
    var last = Int64.min
    let damaged = Set(findings.compactMap(\.version))
    for version in versions where version >= since && !damaged.contains(version) {
      let time = times[version]
      if time.map({ $0 <= last }) ?? true {
        findings.append(
          Finding(
            .commitDamaged,
            time == nil
              ? "the commit has no time, and the table keeps times in commits"
              : "the commit's time is not after that of the commit before",
            version: version, file: commitPath(version)))
      }
      last = max(last, time ?? last)
    }
  }
}

func checkCancelled(
  _ cancellation: Cancellation, _ store: any ObjectStore
) throws(DeltaError) {
  if cancellation.isCancelled { throw interrupted(store) }
}

func interrupted(_ store: any ObjectStore) -> DeltaError {
  DeltaError(.cancelled, "interrupted", table: store.location)
}

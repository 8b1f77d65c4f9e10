import Base
package import Store

/// What a clean-up removed.
package struct CleanupSummary: Sendable, Equatable {
  /// Commits, checkpoints, checksums, log compaction files.
  package var logFileCount = 0
  package var sidecarCount = 0

  package init(logFileCount: Int = 0, sidecarCount: Int = 0) {
    self.logFileCount = logFileCount
    self.sidecarCount = sidecarCount
  }
}

/// Removes what has expired from a log: Delta protocol (PROTOCOL.md), "Metadata Cleanup". Versions
/// that are kept read the same before, meanwhile and afterwards.
///
///  1. The cutoff is midnight (UTC) of the day that lies `delta.logRetentionDuration` back; the
///     last commit not after it is the oldest version that must stay readable.
///  2. The newest checkpoint up to that version is where the log will start. Without one there is
///     nothing to do. It must open, with all of its files, before anything goes.
///  3. Everything before it goes, the oldest first.
///  4. Sidecars that no checkpoint refers to go, if they are older than a day: younger ones may be
///     of a checkpoint that is being written.
package struct LogCleanup {
  private let store: any ObjectStore
  private let environment: Environment

  package init(_ store: any ObjectStore, _ environment: Environment) {
    self.store = store
    self.environment = environment
  }

  /// - Throws: `invalidArgument` for a retention that makes no sense; `corrupt` if a checkpoint is
  ///   damaged that the kept versions need. Nothing is removed then.
  /// - Complexity: one listing of names, and O(files removed).
  package func run(
    _ metadata: TableMetadata, _ tableProtocol: TableProtocol
  ) throws(DeltaError) -> CleanupSummary {
    var summary = CleanupSummary()
    // With the feature, which versions may go depends on more than their age.
    guard metadata.cleansExpiredLog,
      tableProtocol.writerFeatures?.contains("checkpointProtection") != true
    else { return summary }
    guard let retention = metadata.logRetentionMillis else {
      throw DeltaError(
        .invalidArgument, "the property delta.logRetentionDuration is no duration",
        table: store.location, hint: "set it to one such as `interval 30 days`")
    }
    let now = environment.nowMillis()
    let cutoff = LogCleanup.cutoffMillis(nowMillis: now, retentionMillis: retention)
    let paths = try storing { () throws(StoreError) in try store.paths(in: logDirectory) }
    guard let oldest = LogInventory.oldestCommit(paths),
      let entry = try storing({ () throws(StoreError) in try store.entry(oldest) }),
      entry.modifiedMillis <= cutoff
    else { return summary }

    let inventory = LogInventory(paths)
    guard let version = try lastVersion(inventory, atMillis: cutoff, metadata),
      let checkpoint = inventory.checkpoints.last(where: { $0.version <= version })
    else { return summary }
    _ = try openFiles(of: checkpoint)
    for path in inventory.superfluous(from: checkpoint.version) {
      try delete(path)
      summary.logFileCount += 1
    }
    let kept = inventory.checkpoints.filter { $0.version >= checkpoint.version }
    summary.sidecarCount = try removeSidecars(kept, nowMillis: now)
    return summary
  }

  /// The last version that was committed at or before the instant, as time travel counts; commits
  /// are looked at from the oldest on, up to the first that is younger.
  private func lastVersion(
    _ inventory: LogInventory, atMillis cutoff: Int64, _ metadata: TableMetadata
  ) throws(DeltaError) -> Int64? {
    let enabledSince =
      metadata.isSet(CommitTimes.inCommitProperty)
      ? metadata.configuration[CommitTimes.enablementVersionProperty].flatMap { Int64($0) }
        ?? 0
      : Int64.max
    var found: Int64?
    var last = Int64.min
    for version in inventory.commits {
      guard let millis = try commitMillis(version, isInCommit: version >= enabledSince) else {
        break
      }
      last = max(millis, last == .min ? millis : last.addingSaturated(1))
      if last > cutoff { break }
      found = version
    }
    return found
  }

  /// Nil if the commit is gone, or does not say what it should.
  private func commitMillis(_ version: Int64, isInCommit: Bool) throws(DeltaError) -> Int64? {
    if isInCommit { return try CommitFile.read(store, version: version)?.info?.inCommitMillis }
    return try storing { () throws(StoreError) in
      try store.entry(commitPath(version))?.modifiedMillis
    }
  }

  private func delete(_ path: String) throws(DeltaError) {
    if environment.cancellation.isCancelled {
      throw DeltaError(.cancelled, "interrupted while the log was cleaned up")
    }
    try storing { () throws(StoreError) in try store.delete(path) }
  }

  /// Commits up to this instant may go, if a checkpoint stands for them.
  static func cutoffMillis(nowMillis: Int64, retentionMillis: Int64) -> Int64 {
    midnight(nowMillis - min(retentionMillis, nowMillis))
  }

  private static func midnight(_ millis: Int64) -> Int64 { millis - millis % dayMillis }

  private static let dayMillis: Int64 = 86_400_000

  private func removeSidecars(
    _ checkpoints: [(version: Int64, paths: [String])], nowMillis: Int64
  ) throws(DeltaError) -> Int {
    let sidecars = try storing { () throws(StoreError) in
      try store.list(SidecarFile.directory, recursive: false)
    }
    let cutoff = LogCleanup.midnight(nowMillis) - LogCleanup.dayMillis
    var old = sidecars.map { ($0.path, $0.modifiedMillis) }.filter { $0.1 < cutoff }.map(\.0)
    if old.isEmpty { return 0 }
    var needed: Set<String> = []
    for checkpoint in checkpoints { needed.formUnion(try openFiles(of: checkpoint)) }
    old.removeAll { needed.contains($0) }
    for path in old { try delete(path) }
    return old.count
  }
}

extension LogCleanup {
  /// The sidecars of a checkpoint, all of whose files could be opened.
  private func openFiles(
    of checkpoint: (version: Int64, paths: [String])
  ) throws(DeltaError) -> [String] {
    try CheckpointManifest.sidecarPaths(
      store, version: checkpoint.version, checkpoint.paths)
  }
}

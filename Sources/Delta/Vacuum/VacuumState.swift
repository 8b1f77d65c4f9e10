import Base
import Store

/// What a vacuum found.
struct VacuumFinds: Sendable {
  var chunks: [PathChunk] = []
  var emptyDirectories: [String] = []

  var fileCount: Int { chunks.reduce(0) { $0 + $1.count } }
  var sizeBytes: Int64 { chunks.lazy.map(\.sizeBytes).saturatedSum() }
}

/// What a vacuum goes by: the newest version, and which files must stay.
struct VacuumState {
  let store: any ObjectStore
  let environment: Environment
  let snapshot: Snapshot
  let scope: VacuumScope
  /// What the table says; nil if that makes no sense.
  let tableRetentionMillis: Int64?
  let retentionMillis: Int64
  let cutoffMillis: Int64
  /// Files in progress younger than that are left alone whatever the retention.
  private let progressCutoffMillis: Int64
  private let files: ProtectedFiles
  /// In a lite vacuum, those that have expired.
  private let expired: [RemoveFile]

  init(
    store: any ObjectStore, environment: Environment, options: VacuumOptions
  ) throws(DeltaError) {
    self.store = store
    self.environment = environment
    let now = environment.nowMillis()
    progressCutoffMillis = now - millisPerDay
    let guess = options.retentionMillis ?? standardRetentionMillis
    var since = options.isLite ? Int64.min : now.addingSaturated(-guess)
    var (snapshot, tombstones) = try Snapshot.loadWithTombstones(
      store, version: nil, tombstonesSinceMillis: since)
    tableRetentionMillis = snapshot.metadata.tombstoneRetentionMillis
    retentionMillis = try VacuumState.retention(options, snapshot, tableRetentionMillis)
    cutoffMillis = now.addingSaturated(-retentionMillis)
    if cutoffMillis < since {
      since = cutoffMillis
      (snapshot, tombstones) = try Snapshot.loadWithTombstones(
        store, version: nil, tombstonesSinceMillis: since)
    }
    try snapshot.checkWritable(writesFiles: false)
    self.snapshot = snapshot
    scope = VacuumScope(snapshot.metadata)
    let cutoff = cutoffMillis
    let isExpired = { (tombstone: RemoveFile) in tombstone.deletionMillis ?? 0 < cutoff }
    var files = ProtectedFiles()
    files.reserve(snapshot.files.count + tombstones.count)
    for file in snapshot.files {
      try files.insert(logged: file.path, deletionVector: file.deletionVector)
    }
    for file in tombstones where !isExpired(file) {
      try files.insert(logged: file.path, deletionVector: file.deletionVector)
    }
    let promised = tableRetentionMillis ?? 0
    try VacuumState.protectRemoved(
      since: cutoff, in: store, environment, &files,
      isStrict: options.retentionMillis.map { $0 > promised } ?? false)
    self.files = files
    expired = options.isLite ? tombstones.filter(isExpired) : []
  }

  /// Protects what commits since `cutoff` removed: checkpoints forget tombstones by the retention
  /// that the table had when they were written.
  ///
  /// - Parameter isStrict: the caller asks for more than the table promises, so that the log has to
  ///   reach back as far.
  /// - Throws: `invalidArgument` if it does not.
  private static func protectRemoved(
    since cutoff: Int64, in store: any ObjectStore, _ environment: Environment,
    _ files: inout ProtectedFiles, isStrict: Bool
  ) throws(DeltaError) {
    let commits = try LogListing(store: store).commits
    if isStrict, let first = commits.first, first.version > 0, first.entry.modifiedMillis > cutoff {
      let hours = max(0, environment.nowMillis() - first.entry.modifiedMillis) / 3_600_000
      throw DeltaError(
        .invalidArgument,
        "the log does not tell any more what left the table so long ago: its commits start "
          + "\(hours) hours ago", table: store.location,
        hint: "name a retention within that, or none: the table's own is kept")
    }
    for (version, entry) in commits where entry.modifiedMillis >= cutoff {
      if environment.cancellation.isCancelled {
        throw DeltaError(.cancelled, "interrupted; nothing was deleted", table: store.location)
      }
      for case .remove(let file) in try CommitFile.read(store, entry, version: version).actions
      where file.deletionMillis ?? 0 >= cutoff {
        try files.insert(logged: file.path, deletionVector: file.deletionVector)
      }
    }
  }

  private static func retention(
    _ options: VacuumOptions, _ snapshot: Snapshot, _ ofTable: Int64?
  ) throws(DeltaError) -> Int64 {
    guard let wanted = options.retentionMillis else {
      if let ofTable { return ofTable }
      throw DeltaError(
        .invalidArgument,
        "the table's delta.deletedFileRetentionDuration is no duration: "
          + (snapshot.metadata.configuration["delta.deletedFileRetentionDuration"] ?? ""),
        table: snapshot.location, hint: "name a retention and turn its check off")
    }
    if options.checksRetention, ofTable.map({ wanted < $0 }) ?? true {
      throw DeltaError(
        .invalidArgument,
        "the retention is shorter than the table's"
          + (ofTable.map { ", \($0 / 3_600_000) hours" } ?? ""), table: snapshot.location,
        hint: "readers of older versions and loads that go on would lose their files; turn the "
          + "check off if there are none")
    }
    return wanted
  }

  private func checkCancellation() throws(DeltaError) {
    if environment.cancellation.isCancelled {
      throw DeltaError(.cancelled, "interrupted; nothing was deleted", table: store.location)
    }
  }
}

// MARK: Full

extension VacuumState {
  /// Every file of the directory that is old enough and not protected.
  func unreferencedFiles(_ outcome: inout VacuumOutcome) throws(DeltaError) -> VacuumFinds {
    var finds = VacuumFinds()
    var counts = (kept: 0, young: 0)
    try checkCancellation()
    try storing { () throws(StoreError) in
      try store.walk { (directory) throws(StoreError) in
        guard scope.enters(directory) else { return false }
        // A table within the table has a log of its own.
        return try store.list(directory + "/" + logDirectory, recursive: false).isEmpty
      } _: { (item) throws(StoreError) in
        switch item {
        case .emptyDirectory(let path, let modified):
          if modified < cutoffMillis { finds.emptyDirectories.append(path) }
        case .files(let entries):
          for entry in entries where isUnreferenced(entry, &counts) {
            PathChunk.append(entry, to: &finds.chunks)
          }
        }
        if environment.cancellation.isCancelled {
          throw StoreError(.cancelled, "interrupted; nothing was deleted", path: store.location)
        }
      }
    }
    outcome.filesKept = counts.kept
    outcome.filesYoung = counts.young
    return finds
  }

  private func isUnreferenced(
    _ entry: ObjectEntry, _ counts: inout (kept: Int, young: Int)
  ) -> Bool {
    if isTemporaryName(String(VacuumScope.name(entry.path))) {
      return entry.modifiedMillis < min(cutoffMillis, progressCutoffMillis)
    }
    guard scope.takes(entry.path) else { return false }
    if files.contains(entry.path) {
      counts.kept += 1
      return false
    }
    if entry.modifiedMillis >= cutoffMillis {
      counts.young += 1
      return false
    }
    return true
  }
}

// MARK: Lite

extension VacuumState {
  /// What the log says has left the table before the cutoff, as far as it is still there.
  func expiredFiles(_ outcome: inout VacuumOutcome) throws(DeltaError) -> VacuumFinds {
    outcome.filesKept = snapshot.files.count
    var finds = VacuumFinds()
    var seen = files
    for file in expired {
      try add(file.path, file.deletionVector, to: &finds, &seen)
    }
    // Checkpoints have forgotten most of them; the commits before have not.
    let listing = try LogListing(store: store)
    for (version, entry) in listing.commits {
      try checkCancellation()
      for action in try CommitFile.read(store, entry, version: version).actions {
        switch action {
        case .remove(let file) where file.deletionMillis ?? 0 < cutoffMillis:
          try add(file.path, file.deletionVector, to: &finds, &seen)
        // Change data was never in the table: it expires with its commit.
        case .change(let file) where entry.modifiedMillis < cutoffMillis:
          try add(file.path, nil, to: &finds, &seen)
        default: break
        }
      }
    }
    return finds
  }

  private func add(
    _ logged: String, _ vector: DeletionVector?, to finds: inout VacuumFinds,
    _ seen: inout ProtectedFiles
  ) throws(DeltaError) {
    if let decoded = percentDecoded(logged) { try add(decoded, to: &finds, &seen) }
    if let vector, vector.storageType == "u", let path = try vector.path() {
      try add(path, to: &finds, &seen)
    }
  }

  /// - Parameter path: unescaped.
  private func add(
    _ path: String, to finds: inout VacuumFinds, _ seen: inout ProtectedFiles
  ) throws(DeltaError) {
    // What lies elsewhere belongs to another table.
    guard !isAbsoluteLocation(path), !seen.contains(path), scope.takesFromRoot(path) else { return }
    seen.insert(path: path)
    guard let entry = try? store.entry(path) else { return }
    PathChunk.append(entry, to: &finds.chunks)
  }
}

private let millisPerDay: Int64 = 86_400_000
/// Where a table says nothing else.
private let standardRetentionMillis = 7 * millisPerDay

import Base
package import Store

/// How a vacuum goes about it.
package struct VacuumOptions: Sendable {
  /// How long files stay that are no longer in the table; nil for what the table says.
  package var retentionMillis: Int64?
  /// Refuses a retention that is shorter than the table's.
  package var checksRetention = true
  /// Looks only for files whose removal the log still tells, and lists no directory.
  package var isLite = false
  package var isDryRun = false

  package init() {}
}

/// What a vacuum did, or would do.
package struct VacuumOutcome: Sendable {
  /// The last version that it looked at, or wrote.
  package var version: Int64
  package let retentionMillis: Int64
  /// Files that left the table before are deleted.
  package let cutoffMillis: Int64
  package var filesDeleted = 0
  package var bytesDeleted: Int64 = 0
  package var directoriesDeleted = 0
  /// Files that the table has, or has had within the retention.
  package var filesKept = 0
  /// Files that no version names and that are too young to go: of loads that go on, perhaps.
  package var filesYoung = 0
  /// What a dry run would delete.
  package var paths = PathList()
}

/// Deletes the files below a table's root that no version within the retention needs.
///
///   1. the newest version, and the tombstones that have not expired
///   2. candidates: every file of the directory that is not among those and old enough; or only
///      what expired tombstones name
///   3. a commit that says so, `VACUUM START`; files that commits before it brought back are spared
///   4. the files, by every worker; then directories that are empty
///   5. `VACUUM END`
///
/// Between 3 and 5 only files are deleted that had left the table for good when 3 was committed: a
/// restore that goes by an older version finds that commit in its way.
///
/// Memory: the state of the table, 8 bytes for every file that stays, and the names of those to
/// delete.
package struct Vacuum {
  let store: any ObjectStore
  let environment: Environment
  let options: VacuumOptions

  package init(store: any ObjectStore, environment: Environment, options: VacuumOptions) {
    self.store = store
    self.environment = environment
    self.options = options
  }

  /// - Throws: `invalidArgument` for a retention that is too short; `unsupported` naming a feature
  ///   that decides which files a table needs and that this build does not know; `conflict` if the
  ///   table itself was changed meanwhile. Nothing is deleted then.
  package func run() throws(DeltaError) -> VacuumOutcome {
    let state = try VacuumState(store: store, environment: environment, options: options)
    var outcome = VacuumOutcome(
      version: state.snapshot.version, retentionMillis: state.retentionMillis,
      cutoffMillis: state.cutoffMillis)
    let found =
      options.isLite
      ? try state.expiredFiles(&outcome) : try state.unreferencedFiles(&outcome)
    if options.isDryRun {
      outcome.filesDeleted = found.fileCount
      outcome.bytesDeleted = found.sizeBytes
      outcome.paths = PathList(found.chunks)
      return outcome
    }
    var deletion = VacuumDeletion(store: store, environment: environment)
    if found.fileCount > 0 {
      outcome.version = try log(found, state) { (spared) throws(DeltaError) in
        try deletion.deleteFiles(found.chunks, sparing: spared)
        try deletion.deleteDirectories(found.emptyDirectories)
      } count: {
        deletion.counts
      }
    } else {
      try deletion.deleteDirectories(found.emptyDirectories)
    }
    outcome.filesDeleted = deletion.counts.files
    outcome.bytesDeleted = deletion.counts.bytes
    outcome.directoriesDeleted = deletion.counts.directories
    return outcome
  }

  /// Runs `body` between the two commits; the version of the second.
  ///
  /// - Parameter body: given the files that are in the table again.
  private func log(
    _ found: VacuumFinds, _ state: VacuumState,
    _ body: (ProtectedFiles) throws(DeltaError) -> Void, count: () -> VacuumDeletion.Counts
  ) throws(DeltaError) -> Int64 {
    let start = try commit(
      operation(
        "VACUUM START",
        parameters: [
          "retentionCheckEnabled": String(options.checksRetention),
          "specifiedRetentionMillis": options.retentionMillis.map { String($0) },
          "defaultRetentionMillis": state.tableRetentionMillis.map { String($0) },
        ],
        metrics: [
          "numFilesToDelete": String(found.fileCount),
          "sizeOfDataToDelete": String(found.sizeBytes),
        ]), on: state.snapshot)
    do throws(DeltaError) {
      try body(try filesAdded(after: state.snapshot.version, before: start))
    } catch {
      // What stopped the work is what the user should hear of.
      _ = try? commitEnd("FAILED", count(), on: state.snapshot)
      throw error
    }
    return try commitEnd("COMPLETED", count(), on: state.snapshot)
  }

  private func commitEnd(
    _ status: String, _ counts: VacuumDeletion.Counts, on base: Snapshot
  ) throws(DeltaError) -> Int64 {
    let end = operation(
      "VACUUM END", parameters: ["status": status],
      metrics: [
        "numDeletedFiles": String(counts.files),
        "numVacuumedDirectories": String(counts.directories),
      ])
    do throws(DeltaError) {
      return try commit(end, on: base)
    } catch {
      guard error.code == .conflict else { throw error }
      return try commit(end, on: try Snapshot.load(store))
    }
  }

  private func operation(
    _ name: String, parameters: [String: String?], metrics: [String: String]
  ) -> Operation {
    Operation(name, parameters: parameters.compactMapValues { $0 }, metrics: metrics)
  }

  private func commit(_ operation: Operation, on base: Snapshot) throws(DeltaError) -> Int64 {
    var transaction = Transaction(from: base, operation: operation)
    transaction.writesFiles = false
    switch try transaction.commit(to: store, environment: environment) {
    case .committed(let version): return version
    case .conflict(let reason, let version):
      throw DeltaError(
        .conflict, "vacuum lost to another writer: \(reason)", table: store.location,
        version: version, hint: "run it again")
    }
  }

  /// Files that others have added since the snapshot: some may be old ones, brought back.
  private func filesAdded(
    after first: Int64, before end: Int64
  ) throws(DeltaError) -> ProtectedFiles {
    var files = ProtectedFiles()
    var version = first + 1
    while version < end, let commit = try CommitFile.read(store, version: version) {
      for case .add(let file) in commit.actions {
        try files.insert(logged: file.path, deletionVector: file.deletionVector)
      }
      version += 1
    }
    return files
  }
}

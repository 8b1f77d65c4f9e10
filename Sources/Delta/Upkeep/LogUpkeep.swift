import Base
import Store

/// A version that a writer has just made, durably.
struct CommittedVersion {
  let snapshot: Snapshot
  let transactionID: String
  let inCommitMillis: Int64?
}

/// What follows a commit: its version checksum file, and at intervals a checkpoint with the removal
/// of what has expired, or a log compaction file.
///
/// The commit is done: whatever fails here is a warning. See
/// spec/decisions/0009-when-the-log-is-kept.md
struct LogUpkeep {
  private let store: any ObjectStore
  private let environment: Environment

  /// Commits that a log compaction file stands for where no property says otherwise. Checkpoints
  /// come first on tables of up to 10,000 files, which therefore have none.
  private static let compactedCount: Int64 = 100

  init(_ store: any ObjectStore, _ environment: Environment) {
    self.store = store
    self.environment = environment
  }

  func run(after committed: CommittedVersion) {
    let snapshot = committed.snapshot
    attempt("write the version checksum of version \(snapshot.version)") {
      () throws(DeltaError) in try writeChecksum(committed)
    }
    let fileCount = snapshot.totals.map { Int(clamping: $0.fileCount) } ?? snapshot.files.count
    let interval = snapshot.metadata.checkpointInterval(fileCount: fileCount)
    guard snapshot.version > 0 else { return }
    if snapshot.version.isMultiple(of: interval) {
      attempt("write the checkpoint of version \(snapshot.version)") { () throws(DeltaError) in
        _ = try CheckpointWriter(store: store, environment: environment)
          .write(version: snapshot.version, metadata: snapshot.metadata)
      }
      attempt("remove what has expired from the log") { () throws(DeltaError) in
        _ = try LogCleanup(store, environment).run(snapshot.metadata, snapshot.tableProtocol)
      }
    } else {
      attempt("compact the log up to version \(snapshot.version)") { () throws(DeltaError) in
        try compactLog(snapshot)
      }
    }
  }

  private func attempt(_ what: String, _ body: () throws(DeltaError) -> Void) {
    do throws(DeltaError) {
      try body()
    } catch {
      // Somebody else was faster with the checkpoint, in parts.
      if error.code == .cancelled || error.code == .alreadyExists { return }
      environment.warn("cannot \(what): \(error.description); the commit itself is done")
    }
  }

  private func writeChecksum(_ committed: CommittedVersion) throws(DeltaError) {
    guard let totals = committed.snapshot.totals else { return }
    try VersionChecksum(
      snapshot: committed.snapshot, totals: totals, inCommitMillis: committed.inCommitMillis,
      transactionID: committed.transactionID
    ).write(to: store)
  }

  private func compactLog(_ snapshot: Snapshot) throws(DeltaError) {
    let count = snapshot.metadata.logCompactionInterval ?? LogUpkeep.compactedCount
    guard count >= 2, snapshot.version >= count, snapshot.version.isMultiple(of: count) else {
      return
    }
    _ = try LogCompaction(store).write(snapshot.version - count + 1...snapshot.version)
  }
}

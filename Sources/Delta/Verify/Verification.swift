import Base
package import Store
import Synchronization

/// Verifies a table: its log, that its files are there, and, if asked, every byte of them.
package struct Verification {
  /// What was looked at, and what is wrong.
  package struct Outcome: Sendable {
    /// The version whose files were verified; nil where none can be read.
    package var version: Int64?
    /// The version that was asked for, where damage of the log put an earlier one in its place.
    package var unreadableVersion: Int64?
    package var findings: [Finding] = []
    /// Files of the log that only help readers, and cannot be read: the table is not wrong.
    package var unreadableHints: [String] = []
    package var commitCount = 0
    package var checkpointCount = 0
    package var fileCount = 0
    package var sizeBytes: Int64 = 0
    /// Rows that were read, deleted ones included.
    package var rowCount: Int64 = 0
    /// Of those.
    package var deletedCount: Int64 = 0

    package init() {}
  }

  private let store: any ObjectStore
  private let environment: Environment
  private let isDeep: Bool

  /// - Parameter isDeep: reads every file whole.
  package init(store: any ObjectStore, environment: Environment, isDeep: Bool) {
    self.store = store
    self.environment = environment
    self.isDeep = isDeep
  }

  /// - Throws: `notFound` if there is no table or no such version, `unsupported` naming the feature
  ///   that this build lacks, `io`, `cancelled`. What is wrong with the table is no error.
  package func run(_ target: TableVersion) throws(DeltaError) -> Outcome {
    var log = LogVerifier(store: store, environment: environment, isDeep: isDeep)
    try log.run(target)
    var outcome = Outcome()
    outcome.findings = log.findings
    outcome.unreadableHints = log.unreadableHints
    outcome.unreadableVersion = log.unreadableVersion
    outcome.commitCount = log.commitCount
    outcome.checkpointCount = log.checkpointCount
    if let snapshot = log.snapshot {
      outcome.version = snapshot.version
      outcome.fileCount = snapshot.files.count
      outcome.sizeBytes = snapshot.sizeBytes
      outcome.findings += doubles(snapshot)
      try verifyFiles(snapshot, &outcome)
    }
    return outcome
  }

  /// Files that are in the table twice, so that their rows are.
  private func doubles(_ snapshot: Snapshot) -> [Finding] {
    var seen: Set<String> = []
    seen.reserveCapacity(snapshot.files.count)
    return snapshot.files.compactMap { file in
      seen.insert(file.key.path).inserted
        ? nil
        : Finding(
          .fileTwice, "the file is in the table twice", version: snapshot.version, file: file.path)
    }
  }

  /// Workers claim files.
  private func verifyFiles(
    _ snapshot: Snapshot, _ outcome: inout Outcome
  ) throws(DeltaError) {
    let check = FileVerification(snapshot, store: store)
    let data = isDeep ? DataVerification(snapshot, store: store) : nil
    let files = snapshot.files
    let found = Mutex(
      (findings: [(index: Int, finding: Finding)](), rowCount: Int64(0), deletedCount: Int64(0)))
    try forEachIndex(
      below: files.count, parallelism: environment.parallelism, parent: environment.cancellation,
      interrupted: interrupted(store)
    ) { (index, cancellation) throws(DeltaError) in
      var (path, findings) = try check.findings(files[index])
      var rowCount: Int64 = 0
      var deletedCount: Int64 = 0
      if let data, let path, findings.allSatisfy({ $0.kind == .fileSize }) {
        let deep = try data.findings(files[index], path: path, cancellation: cancellation)
        findings += deep.findings
        rowCount = deep.rowCount
        deletedCount = min(files[index].deletionVector?.cardinality ?? 0, rowCount)
      }
      if findings.isEmpty && rowCount == 0 { return }
      found.withLock { found in
        found.findings += findings.map { (index, $0) }
        found.rowCount += rowCount
        found.deletedCount += deletedCount
      }
    }
    let all = found.withLock { $0 }
    outcome.findings += all.findings.sorted { $0.index < $1.index }.map(\.finding)
    outcome.rowCount = all.rowCount
    outcome.deletedCount = all.deletedCount
  }
}

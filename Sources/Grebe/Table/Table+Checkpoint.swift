import Delta

/// What `Table.checkpoint` did.
public struct CheckpointReport: Sendable {
  public let version: Int64
  /// `classic`, or `v2` where the table's properties ask for it.
  public let kind: String
  /// Relative to the table.
  public let path: String
  /// Everything that the checkpoint says: files, tombstones, and what describes the table.
  public let actionCount: Int
  public let fileCount: Int
  public let tombstoneCount: Int
  public let sidecarCount: Int
  public let sizeBytes: Int64
  /// Files that had expired and were removed from the log.
  public let logFilesRemoved: Int
  public let sidecarsRemoved: Int
}

extension Table {
  /// Writes a checkpoint of this version, and removes what has expired from the log.
  ///
  /// Commits do the same by themselves at intervals (`delta.checkpointInterval`). What readers see
  /// does not change.
  ///
  /// - Throws: `unsupported` naming a feature whose checkpoints Grebe does not know;
  ///   `alreadyExists` for a version that has a checkpoint in several parts.
  /// - Complexity: O(files + tombstones that have not expired + commits since the last checkpoint).
  public func checkpoint() throws(GrebeError) -> CheckpointReport {
    let summary = try exposing { () throws(DeltaError) in
      try CheckpointWriter(store: store, environment: environment)
        .write(version: snapshot.version, metadata: snapshot.metadata)
    }
    let removed = try exposing { () throws(DeltaError) in
      try LogCleanup(store, environment).run(snapshot.metadata, snapshot.tableProtocol)
    }
    return CheckpointReport(
      version: summary.version, kind: summary.isV2 ? "v2" : "classic", path: summary.path,
      actionCount: summary.actionCount, fileCount: summary.fileCount,
      tombstoneCount: summary.tombstoneCount, sidecarCount: summary.sidecarCount,
      sizeBytes: summary.sizeBytes, logFilesRemoved: removed.logFileCount,
      sidecarsRemoved: removed.sidecarCount)
  }
}

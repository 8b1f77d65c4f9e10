import Base
package import Store

/// A checkpoint that was written.
package struct CheckpointSummary: Sendable, Equatable {
  package let version: Int64
  /// Of the checkpoint, its sidecars left out; relative to the table.
  package let path: String
  package let isV2: Bool
  /// In all of its files.
  package let actionCount: Int
  package let fileCount: Int
  package let tombstoneCount: Int
  package let sidecarCount: Int
  /// Of all of its files.
  package let sizeBytes: Int64
  /// Of the file at `path`.
  let topSizeBytes: Int64
}

/// Writes the state of a table at one version as a checkpoint: Delta protocol (PROTOCOL.md),
/// "Checkpoints".
///
/// The state is replayed from the log, not taken from what a writer believes it to be. The last
/// checkpoint file is written when the checkpoint is durable.
package struct CheckpointWriter {
  private let store: any ObjectStore
  private let environment: Environment

  /// Files and tombstones that one file of a V2 checkpoint holds. One of more has sidecars, which
  /// readers share out among their threads or machines; each is large enough to be coded well.
  private let sidecarActionCount: Int
  private let groupRowCount: Int

  package init(
    store: any ObjectStore, environment: Environment, sidecarActionCount: Int = 50_000,
    groupRowCount: Int = 1 << 16
  ) {
    self.store = store
    self.environment = environment
    self.sidecarActionCount = sidecarActionCount
    self.groupRowCount = groupRowCount
  }

  /// - Parameter metadata: the table's at that version.
  /// - Throws: `unsupported` naming a feature that may ask for more than this writer knows;
  ///   `alreadyExists` for a version that has a checkpoint in several parts: engines built on
  ///   delta-kernel take either of two, and refuse the one that the last checkpoint file does not
  ///   mean; what reading the log throws. The table is not changed then.
  /// - Complexity: O(files + tombstones that have not expired + commits since the last checkpoint).
  package func write(
    version: Int64, metadata: TableMetadata
  ) throws(DeltaError) -> CheckpointSummary {
    let since = tombstonesSinceMillis(metadata)
    let (snapshot, tombstones) = try Snapshot.loadWithTombstones(
      store, version: version, tombstonesSinceMillis: since)
    if let feature = snapshot.tableProtocol.featureUnknownToCheckpoints {
      throw .unsupported(
        feature: feature, to: "write checkpoints of", table: store.location, version: version)
    }
    let paths = try storing { () throws(StoreError) in try store.paths(in: logDirectory) }
    let checkpoints = LogInventory(paths).checkpoints
    if let inParts = checkpoints.last(where: { $0.version == version && $0.paths.count > 1 }) {
      throw DeltaError(
        .alreadyExists, "there is a checkpoint already, in \(inParts.paths.count) parts",
        table: store.location, version: version,
        hint: "a second one beside it confuses readers; the next version can have one")
    }
    let content = CheckpointContent(snapshot, tombstones: tombstones)
    let isV2 =
      snapshot.metadata.prefersV2Checkpoints
      && snapshot.tableProtocol.writerFeatures?.contains("v2Checkpoint") == true
    let summary =
      isV2 ? try writeV2(content, snapshot.metadata) : try writeClassic(content)
    try LastCheckpoint(summary, nowMillis: environment.nowMillis()).write(to: store)
    return summary
  }

  private func tombstonesSinceMillis(_ metadata: TableMetadata) -> Int64 {
    guard let retention = metadata.tombstoneRetentionMillis else { return .min }
    return environment.nowMillis() - min(retention, environment.nowMillis())
  }

  private func writeClassic(_ content: CheckpointContent) throws(DeltaError) -> CheckpointSummary {
    let kinds: [CheckpointKind] = [
      .tableProtocol, .metadata, .transaction, .domain, .add, .remove,
    ]
    let path = checkpointPath(content.version)
    let sizeBytes = try file(content, kinds).write(path, kinds.map { content.all($0) })
    return CheckpointSummary(content, path: path, isV2: false, kinds, topSizeBytes: sizeBytes)
  }

  /// Every tenth checkpoint has the classic name, so that clients from before V2 find out why they
  /// cannot read the table: "Handling Backward compatibility".
  private func writeV2(
    _ content: CheckpointContent, _ metadata: TableMetadata
  ) throws(DeltaError) -> CheckpointSummary {
    var content = content
    let hasSidecars = content.count(.remove) + content.count(.add) > sidecarActionCount
    if hasSidecars { content.sidecars = try writeSidecars(content) }
    let isClassicallyNamed =
      (content.version / metadata.checkpointInterval(fileCount: content.files.count))
      .isMultiple(of: 10)
    let path =
      isClassicallyNamed
      ? checkpointPath(content.version)
      : checkpointPath(content.version, id: environment.random.uuid())
    let kinds = CheckpointKind.allCases
    let rows = kinds.filter { !hasSidecars || ($0 != .remove && $0 != .add) }
    let sizeBytes = try file(content, kinds).write(path, rows.map { content.all($0) })
    return CheckpointSummary(content, path: path, isV2: true, kinds, topSizeBytes: sizeBytes)
  }

  private func writeSidecars(_ content: CheckpointContent) throws(DeltaError) -> [SidecarFile] {
    let writer = try file(content, [.add, .remove])
    var sidecars: [SidecarFile] = []
    for kind in [CheckpointKind.add, .remove] {
      for start in stride(from: 0, to: content.count(kind), by: sidecarActionCount) {
        let range = start..<min(start + sidecarActionCount, content.count(kind))
        let name = environment.random.uuid() + ".parquet"
        let sizeBytes = try writer.write(
          SidecarFile.directory + "/" + name, [CheckpointRows(kind: kind, range: range)])
        sidecars.append(
          SidecarFile(
            name: name, kind: kind, sizeBytes: sizeBytes,
            modifiedMillis: environment.nowMillis()))
      }
    }
    return sidecars
  }

  private func file(
    _ content: CheckpointContent, _ kinds: [CheckpointKind]
  ) throws(DeltaError) -> CheckpointFileWriter {
    try CheckpointFileWriter(
      store, environment: environment, content: content, kinds: kinds,
      groupRowCount: groupRowCount)
  }
}

extension CheckpointContent {
  fileprivate func all(_ kind: CheckpointKind) -> CheckpointRows {
    CheckpointRows(kind: kind, range: 0..<count(kind))
  }
}

extension CheckpointSummary {
  fileprivate init(
    _ content: CheckpointContent, path: String, isV2: Bool, _ kinds: [CheckpointKind],
    topSizeBytes: Int64
  ) {
    version = content.version
    self.path = path
    self.isV2 = isV2
    actionCount = kinds.reduce(0) { $0 + content.count($1) }
    fileCount = content.files.count
    tombstoneCount = content.tombstones.count
    sidecarCount = content.sidecars.count
    sizeBytes = content.sidecars.reduce(topSizeBytes) { $0 + $1.sizeBytes }
    self.topSizeBytes = topSizeBytes
  }
}

extension TableMetadata {
  /// Commits from one checkpoint to the next: spec/decisions/0009-when-the-log-is-kept.md.
  ///
  /// Unless the property says otherwise 10 for a table of less than 2,000 files, and above one
  /// percent of the files, rounded down to 1, 2 or 5 times a power of ten: then the cost of a
  /// checkpoint, which grows with the files, is shared by as many more commits. At most 1,000,
  /// since readers replay the commits.
  func checkpointInterval(fileCount: Int) -> Int64 {
    if let checkpointInterval { return checkpointInterval }
    return [1000, 500, 200, 100, 50, 20].first { fileCount >= 100 * $0 }.map { Int64($0) } ?? 10
  }
}

extension TableProtocol {
  /// The first feature whose tables' checkpoints may have to hold more than this writer knows.
  fileprivate var featureUnknownToCheckpoints: String? {
    if minReaderVersion > 3 { return "reader version \(minReaderVersion)" }
    if minWriterVersion > 7 { return "writer version \(minWriterVersion)" }
    return ((writerFeatures ?? []) + (readerFeatures ?? [])).first {
      !featuresKnownToCheckpoints.contains($0)
    }
  }
}

/// Features that ask nothing of checkpoints, or only fields that are always written.
private let featuresKnownToCheckpoints: Set<String> = [
  "allowColumnDefaults", "appendOnly", "changeDataFeed", "checkConstraints",
  "checkpointProtection", "clustering", "columnMapping", "deletionVectors", "domainMetadata",
  "generatedColumns", "geospatial", "icebergCompatV1", "icebergCompatV2", "identityColumns",
  "inCommitTimestamp", "invariants", "materializePartitionColumns", "rowTracking",
  "timestampNtz", "typeWidening", "typeWidening-preview", "v2Checkpoint", "vacuumProtocolCheck",
  "variantShredding", "variantShredding-preview", "variantType", "variantType-preview",
]

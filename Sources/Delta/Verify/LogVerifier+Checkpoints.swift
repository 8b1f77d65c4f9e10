import Base
import Store

extension LogVerifier {
  /// Reads checkpoints without what else the log has, and compares them with the commits alone.
  mutating func checkCheckpoints(
    _ listing: LogListing, upTo version: Int64
  ) throws(DeltaError) {
    let all = listing.checkpoints.filter { $0.version <= version }
    for checkpoint in isDeep ? all[...] : all.suffix(1) {
      try checkCancelled(environment.cancellation, store)
      let path = checkpoint.files.first?.path
      var alone = listing
      alone.commits = []
      alone.compactions = []
      alone.checkpoints = [checkpoint]
      let state: Snapshot
      do throws(DeltaError) {
        // With the tombstones, which must be readable though only a vacuum looks at them.
        state = try Snapshot.loadWithTombstones(
          store, alone, version: checkpoint.version, .min
        ).snapshot
      } catch {
        if error.code == .io || error.code == .cancelled { throw error }
        // One that this build cannot read counts as not looked at.
        if error.code == .unsupported { continue }
        checkpointCount += 1
        findings.append(
          Finding(.checkpointDamaged, error, version: checkpoint.version, file: error.file ?? path))
        continue
      }
      checkpointCount += 1
      var others = listing
      others.checkpoints.removeAll { $0.files == checkpoint.files }
      // Commits that are gone or damaged are told of elsewhere.
      guard let replayed = try? Snapshot.load(store, others, version: checkpoint.version) else {
        continue
      }
      for (file, message) in CheckpointComparison(checkpoint: state, replayed: replayed).differences
      {
        findings.append(
          Finding(
            .checkpointDiffers, message, version: checkpoint.version, file: file ?? path))
      }
    }
  }
}

/// A checkpoint's state beside that of the commits it stands for.
private struct CheckpointComparison {
  let checkpoint: Snapshot
  let replayed: Snapshot

  /// Of a kind of difference so many are told one by one.
  private static let shownMax = 20

  /// What differs, with the data file if it is one.
  var differences: [(file: String?, message: String)] {
    files + table.map { (nil, $0) }
  }

  private var files: [(file: String?, message: String)] {
    let theirs = Dictionary(replayed.files.map { ($0.key, $0) }) { first, _ in first }
    var rest = theirs
    var found: [(file: String?, message: String)] = []
    for file in checkpoint.files {
      guard let other = rest.removeValue(forKey: file.key) else {
        found.append((file.path, "the checkpoint has a file that the commits have not"))
        continue
      }
      if let field = CheckpointComparison.differingField(file, other) {
        found.append((file.path, "the checkpoint and the commits differ in \(field)"))
      }
    }
    found += rest.values.map { $0.path }.sorted().map {
      ($0, "the checkpoint lacks a file that the commits have")
    }
    guard found.count > CheckpointComparison.shownMax else { return found }
    let more = found.count - CheckpointComparison.shownMax
    return found.prefix(CheckpointComparison.shownMax) + [(nil, "and in \(more) more files")]
  }

  private static func differingField(_ a: AddFile, _ b: AddFile) -> String? {
    if a.sizeBytes != b.sizeBytes { return "`size`" }
    if a.modifiedMillis != b.modifiedMillis { return "`modificationTime`" }
    // The log cannot tell null from an empty text.
    let values = [a, b].map { $0.partitionValues.mapValues { $0 == "" ? nil : $0 } }
    if values[0] != values[1] { return "`partitionValues`" }
    if a.deletionVector != b.deletionVector { return "`deletionVector`" }
    if let rows = a.rowCount, let others = b.rowCount, rows != others { return "`numRecords`" }
    return nil
  }

  private var table: [String] {
    var found: [String] = []
    func compare<T: Equatable>(_ name: String, _ field: (Snapshot) -> T) {
      if field(checkpoint) != field(replayed) {
        found.append("the checkpoint and the commits differ in \(name)")
      }
    }
    compare("`protocol`") { $0.tableProtocol.minReaderVersion }
    compare("`protocol`, as to writers") { $0.tableProtocol.minWriterVersion }
    compare("`protocol`, as to reader features") { Set($0.tableProtocol.readerFeatures ?? []) }
    compare("`protocol`, as to writer features") { Set($0.tableProtocol.writerFeatures ?? []) }
    compare("the table's id") { $0.metadata.id }
    compare("the schema") { $0.metadata.schema }
    compare("the partition columns") { $0.metadata.partitionColumns }
    compare("the properties") { $0.metadata.configuration }
    compare("`domainMetadata`") { $0.domains }
    // A checkpoint may forget what has expired.
    let mayForget = replayed.metadata.configuration["delta.setTransactionRetentionDuration"] != nil
    for (id, mine) in checkpoint.transactions.sorted(by: { $0.key < $1.key })
    where replayed.transactions[id]?.version != mine.version {
      found.append("the checkpoint and the commits differ in the `txn` of \(id)")
    }
    if !mayForget {
      for (id, other) in replayed.transactions.sorted(by: { $0.key < $1.key })
      where checkpoint.transactions[id] == nil && other.version != 0 {
        found.append("the checkpoint lacks the `txn` of \(id)")
      }
    }
    return found
  }
}

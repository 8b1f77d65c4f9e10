import Base
import Store

/// What the commits of a range of versions changed, one after the other: Delta protocol
/// (PROTOCOL.md), "Change Data Files". A commit that has change files is told by them alone, any
/// other one by the files that it adds and removes; commits that only move rows have nothing. Where
/// a table keeps no change files, rows that a commit wrote again cancel out.
struct ChangeFeed {
  private(set) var changes: [ChangedRows] = []
  /// What the end of the range has no columns for, by the versions that had them first.
  private(set) var leftOut: [LeftOutColumns] = []

  /// - Parameters:
  ///   - first: the first version whose changes are told.
  ///   - end: the version at the end of the range.
  /// - Throws: `notFound` where a commit is not there any more.
  init(
    from first: Int64, to end: Snapshot, store: any ObjectStore
  ) throws(DeltaError) {
    let listing = try LogListing(store: store)
    let times = CommitTimes(listing, store: store)
    var files: [FileKey: AddFile] = [:]
    var keepsChanges = false
    if first > 0 {
      let before = try Snapshot.load(store, listing, version: first - 1)
      if first <= end.version { try end.checkReads(before.metadata, before.version) }
      keepsChanges = before.metadata.isSet("delta.enableChangeDataFeed")
      leaveOut(before.metadata, first - 1, end)
      for file in before.files { files[file.key] = file }
    }
    for version in first..<max(first, end.version + 1) {
      guard let commit = try CommitFile.read(store, version: version) else {
        throw DeltaError(
          .notFound, "the changes of version \(version) are not in the log any more",
          table: store.location, hint: "without --feed, two versions are compared as they are")
      }
      for case .metadata(let metadata) in commit.actions {
        try end.checkReads(metadata, version)
        leaveOut(metadata, version, end)
        keepsChanges = metadata.isSet("delta.enableChangeDataFeed")
      }
      let start = changes.count
      try append(commit, &files, store)
      for index in start..<changes.count {
        changes[index].version = version
        changes[index].timestampMillis = times.millis(version, commit.info)
      }
      if !keepsChanges { changes.cancelBothSides(from: start) }
    }
  }

  private mutating func leaveOut(_ metadata: TableMetadata, _ version: Int64, _ end: Snapshot) {
    let told = Set(leftOut.flatMap(\.paths))
    let paths = end.columns(lackingOf: metadata).filter { !told.contains($0) }
    if !paths.isEmpty { leftOut.append(LeftOutColumns(version: version, paths: paths)) }
  }

  private mutating func append(
    _ commit: CommitFile, _ files: inout [FileKey: AddFile], _ store: any ObjectStore
  ) throws(DeltaError) {
    var added: [AddFile] = []
    var removed: [AddFile] = []
    var told: [ChangedRows] = []
    for action in commit.actions {
      switch action {
      case .change(let file):
        let rows = AddFile(
          path: file.path, partitionValues: file.partitionValues, sizeBytes: file.sizeBytes,
          modifiedMillis: 0)
        told.append(ChangedRows(file: rows, rows: .live, type: nil))
      case .remove(let file):
        guard let known = files.removeValue(forKey: file.key) else { continue }
        if file.dataChange { removed.append(known) }
      case .add(let file):
        files[file.key] = file
        if file.dataChange { added.append(file) }
      default: break
      }
    }
    if !told.isEmpty {
      changes += told
      return
    }
    let before = Dictionary(removed.map { ($0.key.path, $0) }, uniquingKeysWith: { $1 })
    let after = Set(added.map(\.key.path))
    for file in removed where !after.contains(file.key.path) {
      changes.append(ChangedRows(file: file, rows: .live, type: .delete))
    }
    for file in added {
      guard let known = before[file.key.path] else {
        changes.append(ChangedRows(file: file, rows: .live, type: .insert))
        continue
      }
      changes += try known.changes(to: file) { (file) throws(DeltaError) in
        try file.deletionVector?.rows(in: store) ?? RowSet()
      }
    }
  }
}

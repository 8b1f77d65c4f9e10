import Base
import Delta
import Store

/// Rows that replays and reloads have cleared out of quarantine, because the table has them or what
/// took their place, and that a restore takes out of the table again: unless they go back to
/// quarantine, nobody has them (spec/table-conventions.md, "Restore").
struct ReplayedRows: Sendable {
  /// The operation of the quarantine table's version that puts rows back.
  private static let restored = "RESTORE"

  private let quarantine: QuarantineTable
  private let snapshot: Snapshot
  /// Files that clearing removed. They may hold rows of other replays besides, whose marks still
  /// count.
  private let files: [AddFile]

  /// Nil where there is nothing to put back. O(versions of the quarantine table since the first of
  /// the loads).
  ///
  /// - Parameter loads: ids of loads, replays among them, that the restore undoes.
  init?(undoing loads: Set<String>, of quarantine: QuarantineTable) throws(GrebeError) {
    let store = quarantine.store
    let found = try exposing { () throws(DeltaError) -> (Snapshot, [AddFile])? in
      guard !loads.isEmpty, let snapshot = try Snapshot.loadIfPresent(store) else { return nil }
      let history = try loadHistory(store)
      guard
        let first = history.last(where: { loads.contains($0.parameters["loadId"] ?? "") })
      else { return nil }
      // What an earlier restore has put back, a later replay has written anew.
      var settled = Set(snapshot.files.map(\.key))
      var files: [AddFile] = []
      for entry in history where entry.version >= first.version {
        let after = Set(try Snapshot.load(store, at: .version(entry.version)).files.map(\.key))
        if entry.operation == ReplayedRows.restored { settled.formUnion(after) }
        guard entry.operation == "UPDATE" else { continue }
        let before = try Snapshot.load(store, at: .version(entry.version - 1)).files
        // To clear is to remove and add nothing.
        guard after.isSubset(of: before.map(\.key)) else { continue }
        files += before.filter { !after.contains($0.key) && settled.insert($0.key).inserted }
      }
      return files.isEmpty ? nil : (snapshot, files)
    }
    guard let found else { return nil }
    self.quarantine = quarantine
    (snapshot, files) = found
  }

  /// How many rows there are; nil where files do not say.
  var count: Int64? {
    files.reduce(0) { count, file in
      count.flatMap { known in file.liveRowCount.map { known + $0 } }
    }
  }

  /// - Throws: `notFound` for a file that a vacuum of the quarantine table has deleted.
  func checkFiles() throws(GrebeError) {
    try exposing { () throws(DeltaError) in
      let missing = try MissingFiles.find(
        files, in: quarantine.store, environment: quarantine.environment)
      guard let first = missing.first else { return }
      throw DeltaError(
        .notFound, "rows that left quarantine since then can no longer go back there",
        table: quarantine.store.location, file: first,
        hint: "a vacuum has deleted them; restore a version that has them, or delete rows instead")
    }
  }

  /// Puts them back, in one version. Until the restore is committed their marks count: a replay
  /// would only clear them away again.
  ///
  /// - Throws: `conflict` when another writer was faster.
  func putBack() throws(GrebeError) {
    try exposing { () throws(DeltaError) in
      var transaction = Transaction(
        from: snapshot, operation: Operation(ReplayedRows.restored))
      transaction.adds = files.map { file in
        var file = file
        file.dataChange = true
        return file
      }
      if case .conflict(let reason, _) = try transaction.commit(
        to: quarantine.store, environment: quarantine.environment)
      {
        throw DeltaError(
          .conflict, "the quarantine table changed meanwhile: \(reason)",
          table: quarantine.store.location, hint: "nothing was restored; run it again")
      }
    }
  }
}

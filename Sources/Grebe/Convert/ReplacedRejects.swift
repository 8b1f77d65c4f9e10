import Base
import Columns
import Delta
import Ingest
import Store

/// The rows in quarantine of what a reload replaces. The load has judged anew what its sources
/// hold, so that no replay will ever take these.
///
/// They go after the load's commit, by which their sources' entries of the ledger are gone:
///
///  1. Split: a version of the quarantine table that gives them files of their own, where they
///     share files with rows that stay.
///  2. Clear: a version that removes their files and adds none. A restore that undoes the load puts
///     these files back (`ReplayedRows`), which is why the load has a record (`LoadRecord`).
///
/// Until then they are rows of loads that are not in the table, which replays pass over: whatever
/// fails or crashes in between leaves them as that.
struct ReplacedRejects {
  /// What there is to take out.
  private struct Rejects {
    var rowCount = 0
    /// Files that hold nothing else.
    var own: [AddFile] = []
    /// Files that hold other rows besides.
    var shared: [AddFile] = []
  }

  /// Ids of the loads that were replaced, by the source's path.
  private let loadIDs: [String: Set<String>]

  /// Nil where none of the loads that are replaced has rejects.
  ///
  /// - Parameter snapshot: the table before the reload.
  init?(_ reload: Reload, of snapshot: Snapshot) {
    var loadIDs: [String: Set<String>] = [:]
    for entry in reload.entries {
      guard let loadID = entry.loadID, LoadRecord.isCommitted(loadID, in: snapshot) else {
        continue
      }
      loadIDs[entry.path, default: []].insert(loadID)
    }
    if loadIDs.isEmpty { return nil }
    self.loadIDs = loadIDs
  }

  /// Takes the rows out. Call once the load is committed. O(rows in quarantine).
  ///
  /// - Parameter loadID: of the load that replaces them.
  /// - Returns: how many there were.
  /// - Throws: `conflict` when another writer of the quarantine table was faster.
  func clear(from quarantine: QuarantineTable, loadID: String) throws(GrebeError) -> Int {
    let found = try exposing { () throws(DeltaError) in
      try Snapshot.loadIfPresent(quarantine.store)
    }
    guard let found, !found.files.isEmpty else { return 0 }
    let (staying, going) = (writer(quarantine), writer(quarantine))
    var rejects: Rejects
    do throws(GrebeError) {
      rejects = try exposing { () throws(DeltaError) in
        try find(found, quarantine, staying: staying, going: going)
      }
      if !rejects.shared.isEmpty {
        let (kept, moved) = try exposing { () throws(DeltaError) in
          (try staying.finish(parallelism: 1), try going.finish(parallelism: 1))
        }
        try quarantine.replace(rejects.shared, by: kept + moved, loadID: loadID)
        rejects.own += moved
      }
    } catch {
      // Files of a commit whose fate is unknown may belong to a version.
      if error.code != .io {
        staying.discard()
        going.discard()
      }
      throw error
    }
    if !rejects.own.isEmpty { try quarantine.replace(rejects.own, by: [], loadID: loadID) }
    return rejects.rowCount
  }

  private func writer(_ quarantine: QuarantineTable) -> PartitionedWriter {
    PartitionedWriter(
      store: quarantine.store,
      layout: DataFileLayout(tableSchema: QuarantineTable.schema, partitionColumns: []),
      environment: quarantine.environment,
      budgetBytes: quarantine.environment.memoryBudgetBytes / 8)
  }

  /// Finds the files with such rows, and writes the rows of those that hold others besides.
  private func find(
    _ snapshot: Snapshot, _ quarantine: QuarantineTable, staying: PartitionedWriter,
    going: PartitionedWriter
  ) throws(DeltaError) -> Rejects {
    let target = ScanTarget(store: quarantine.store, snapshot: snapshot)
    let stayingSession = try staying.makeSession()
    let goingSession = try going.makeSession()
    var rejects = Rejects()
    for file in snapshot.files {
      let batches = try QuarantineTable.batches(of: file, target)
      let replaced = batches.map { batch in (0..<batch.rowCount).map { holds(batch, $0) } }
      let count = replaced.joined().count(where: \.self)
      if count == 0 { continue }
      rejects.rowCount += count
      if count == batches.reduce(0, { $0 + $1.rowCount }) {
        rejects.own.append(file)
        continue
      }
      rejects.shared.append(file)
      for (batch, isReplaced) in zip(batches, replaced) {
        let rows = isReplaced.indices
        try stayingSession.write(batch.selecting(rows: rows.filter { !isReplaced[$0] }))
        try goingSession.write(batch.selecting(rows: rows.filter { isReplaced[$0] }))
      }
    }
    try stayingSession.endUnit(ordinal: 0)
    try goingSession.endUnit(ordinal: 0)
    return rejects
  }

  /// Rows of early versions, which do not say where their source is, stay.
  private func holds(_ batch: ColumnBatch, _ row: Int) -> Bool {
    let row = QuarantinedRow(batch, row)
    guard let path = row.path else { return false }
    return loadIDs[path]?.contains(row.loadID) ?? false
  }
}

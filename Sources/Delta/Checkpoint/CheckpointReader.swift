import Parquet
import Store
import Synchronization

/// Reads a checkpoint of either specification, its sidecars included.
struct CheckpointReader {
  let store: any ObjectStore
  let checkpoint: LogCheckpoint
  let parallelism: Int

  /// What a worker parses with.
  private struct Tools: Sendable {
    var known = PartitionValuesCache()
  }

  /// Replays the checkpoint into `log`, behind every commit that came after it.
  ///
  /// - Throws: `corrupt` naming the file that is damaged; `notFound` naming the one that is gone.
  func replay(into log: inout ReplayedLog) throws(DeltaError) {
    do throws(DeltaError) {
      let keepsTombstones = log.replay.keepsTombstones
      var lines = LogLines(keepsTombstones: keepsTombstones)
      let manifest = try CheckpointManifest(store, checkpoint, &lines)
      try replay(manifest, into: &log)
      for step in manifest.steps.reversed() { log.replay.applyCheckpoint(step) }
    } catch {
      var error = error
      error.table = store.location
      error.version = checkpoint.version
      throw error
    }
  }

  private func replay(
    _ manifest: CheckpointManifest, into log: inout ReplayedLog
  ) throws(DeltaError) {
    let files = manifest.files
    for file in files.prefix(manifest.topLevelCount) {
      for group in 0..<file.groupCount {
        for action in try file.tableActions(group: group) {
          log.replay.applyCheckpoint(.table(action))
        }
      }
    }
    // Backwards, as everything in a replay.
    let keepsTombstones = log.replay.keepsTombstones
    let withKeys = log.replay.comparesKeys
    var units: [(file: CheckpointFile, group: Int, rows: RowSelection)] = []
    for file in files.reversed() {
      for group in (0..<file.groupCount).reversed() {
        let parts = try file.parts(group: group, keepsTombstones: keepsTombstones)
        for rows in parts.reversed() { units.append((file, group, rows)) }
      }
    }
    log.replay.reserve(fileCount: units.reduce(0) { $0 + $1.rows.rowCount })
    var moved = ReplayedLog(LogReplay())
    swap(&moved, &log)
    let state = Mutex(moved)
    moved = ReplayedLog(LogReplay())
    let claimed = units
    try inOrder(claimed.count, parallelism: parallelism, tools: { Tools() }) {
      (unit, tools) throws(DeltaError) in
      try claimed[unit].file.files(
        group: claimed[unit].group, rows: claimed[unit].rows, keepsTombstones: keepsTombstones,
        withKeys: withKeys, &tools.known)
    } apply: { (piece) throws(DeltaError) in
      state.withLock { log in
        while let step = piece.steps.popLast() { log.replay.applyCheckpoint(step) }
      }
    }
    state.withLock { swap(&$0, &log) }
  }
}

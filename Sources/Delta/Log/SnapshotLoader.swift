import Base
import Store
import Synchronization

/// Replays a log up to a version: the commits after the newest checkpoint, or the log compaction
/// files in their place, and then the checkpoint.
///
/// Checkpoints and log compaction files only save time: where one cannot be read and what it stands
/// for is there too, that is replayed instead.
struct SnapshotLoader {
  let store: any ObjectStore
  private let parallelism: Int
  private let tombstonesSinceMillis: Int64?
  private(set) var version: Int64 = 0
  var log: ReplayedLog

  init(store: any ObjectStore, parallelism: Int, tombstonesSinceMillis: Int64? = nil) {
    self.store = store
    self.parallelism = parallelism
    self.tombstonesSinceMillis = tombstonesSinceMillis
    log = ReplayedLog(LogReplay())
  }

  /// The live files in the order they were added; nothing is left of them here.
  mutating func takeFiles() -> [AddFile] {
    var files = log.replay.takeFiles()
    // SAFETY: only the order within the array's own storage changes. As elements of an array they
    // would be copied to be swapped.
    unsafe files.withUnsafeMutableBufferPointer { unsafe $0.reverse() }
    return files
  }

  /// - Parameter version: nil for the latest.
  mutating func replay(_ listing: LogListing, version: Int64?) throws(DeltaError) {
    let segment = try LogSegment(listing, target: version, table: store.location)
    self.version = segment.version
    log = ReplayedLog(LogReplay(tombstonesSinceMillis: tombstonesSinceMillis))
    do {
      try replayCommits(segment)
    } catch {
      guard segment.isCompacted, error.code == .corrupt || error.isVanishedFile else { throw error }
      return try replay(listing.withoutCompactions, version: segment.version)
    }
    guard let checkpoint = segment.checkpoint else { return }
    do {
      try CheckpointReader(store: store, checkpoint: checkpoint, parallelism: parallelism)
        .replay(into: &log)
    } catch {
      let others = listing.without(checkpoint)
      guard error.code == .corrupt || error.code == .unsupported || error.isVanishedFile,
        (try? LogSegment(others, target: segment.version, table: store.location)) != nil
      else { throw error }
      return try replay(others, version: segment.version)
    }
  }

  private mutating func replayCommits(_ segment: LogSegment) throws(DeltaError) {
    let units = LogUnit.units(segment.sources)
    let store = store
    let keepsTombstones = tombstonesSinceMillis != nil
    let state = Mutex(log)
    try inOrder(
      units.count, parallelism: parallelism, tools: { LogLines(keepsTombstones: keepsTombstones) }
    ) { (unit, lines) throws(DeltaError) in
      try units[unit].piece(store, &lines)
    } apply: { (piece) throws(DeltaError) in
      try state.withLock { (log) throws(DeltaError) in
        if log.inCommitMillis == nil, let newest = piece.tallies.last,
          newest.version == segment.version
        {
          log.inCommitMillis = newest.inCommitMillis
        }
        try log.apply(&piece, table: store.location)
      }
    }
    // Moved, not shared: what is appended to next must not be copied first.
    var done = ReplayedLog(LogReplay())
    state.withLock { swap(&$0, &done) }
    log = done
    try log.finishCommit(table: store.location)
  }
}

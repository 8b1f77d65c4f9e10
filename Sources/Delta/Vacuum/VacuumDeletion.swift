import Base
import Store
import Synchronization

/// Deletes what a vacuum found, and counts.
struct VacuumDeletion {
  struct Counts: Sendable {
    var files = 0
    var bytes: Int64 = 0
    var directories = 0
  }

  let store: any ObjectStore
  let environment: Environment
  private(set) var counts = Counts()
  private var emptied: Set<String> = []

  init(store: any ObjectStore, environment: Environment) {
    self.store = store
    self.environment = environment
  }

  /// Workers claim chunks; a chunk is one directory's, and so is what its worker waits for.
  ///
  /// - Throws: what the first deletion to fail throws; `counts` tells what was deleted.
  mutating func deleteFiles(
    _ chunks: [PathChunk], sparing spared: ProtectedFiles
  ) throws(DeltaError) {
    let done = Mutex((counts: counts, emptied: emptied))
    defer { (counts, emptied) = done.withLock { $0 } }
    let store = store
    try forEachIndex(
      below: chunks.count, parallelism: environment.parallelism, parent: environment.cancellation,
      interrupted: DeltaError(
        .cancelled, "interrupted; some files are deleted, no version is harmed",
        table: store.location)
    ) { (index, _) throws(DeltaError) in
      let doomed = chunks[index].files.filter { !spared.contains($0.path) }
      for (path, _) in doomed {
        try storing { () throws(StoreError) in try store.delete(path) }
      }
      done.withLock {
        $0.counts.files += doomed.count
        $0.counts.bytes += doomed.reduce(0) { $0 + $1.sizeBytes }
        $0.emptied.insert(chunks[index].directory)
      }
    }
  }

  /// Removes directories that hold nothing: those that files were deleted from, `others`, and
  /// those above them that are left empty; never the root.
  mutating func deleteDirectories(_ others: [String]) throws(DeltaError) {
    for start in emptied.union(others).sorted(by: { $0.utf8.count > $1.utf8.count }) {
      var directory = start
      while !directory.isEmpty {
        let path = directory
        let isGone = try storing { () throws(StoreError) in try store.removeEmptyDirectory(path) }
        guard isGone else { break }
        counts.directories += 1
        directory = Store.directory(of: directory)
      }
    }
  }
}

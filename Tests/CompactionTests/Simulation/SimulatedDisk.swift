import Base
import Delta
import Store
import Synchronization

/// What the processes of a run share. It keeps log entries that are deleted, for the check, and
/// notes when a version is made once more; and it looks at every file that a vacuum deletes.
final class SimulatedDisk: ObjectStore {
  private let base: any ObjectStore
  private let history: History
  /// Lets a file replace another where it promised not to.
  private let replaces: Bool
  /// The clock, where whoever deletes is a vacuum.
  private let vacuumClock: (@Sendable () -> Int64)?

  init(
    _ base: any ObjectStore, _ history: History, replaces: Bool,
    vacuumClock: (@Sendable () -> Int64)? = nil
  ) {
    self.base = base
    self.history = history
    self.replaces = replaces
    self.vacuumClock = vacuumClock
  }

  /// The same disk, as a vacuum gets it.
  func vacuumed(nowMillis: @escaping @Sendable () -> Int64) -> SimulatedDisk {
    SimulatedDisk(base, history, replaces: replaces, vacuumClock: nowMillis)
  }

  var location: String { base.location }

  /// A version's commit, whether it is still in the log or was cleaned away.
  func commit(_ version: Int64) throws -> CommitFile? {
    let path = commitPath(version)
    if let bytes = history.update({ $0.cleanedCommits[path] }) {
      return try CommitFile(bytes, version: version, table: location)
    }
    return try CommitFile.read(base, version: version)
  }

  /// Whether some version can no longer be read.
  var isCleaned: Bool { history.update { !$0.cleanedCommits.isEmpty } }

  func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    if history.update({ $0.cleanedCommits[path] != nil }) {
      history.fail("\(path) is made again after it was cleaned away")
    }
    guard replaces else { return try base.putIfAbsent(path, bytes) }
    try base.put(path, bytes)
    return .written
  }

  func delete(_ path: String) throws(StoreError) {
    if isCommit(path), let bytes = try? base.read(path, range: nil) {
      history.update { $0.cleanedCommits[path] = bytes }
    }
    if let vacuumClock, !path.hasPrefix(logDirectory) { vacuum(path, vacuumClock()) }
    try base.delete(path)
  }

  /// What is deleted must be old, and no version may have it that somebody can still be reading or
  /// go by; what the log says of it is looked at when all is over.
  private func vacuum(_ path: String, _ now: Int64) {
    guard let entry = try? base.entry(path), let bytes = try? base.read(path, range: nil),
      let latest = try? Snapshot.load(base)
    else { return }
    if entry.modifiedMillis > now - SimulatedWorld.retentionMillis {
      history.fail("a vacuum deletes \(path), which is young")
    }
    if latest.files.contains(where: { $0.path == path }) {
      history.fail("a vacuum deletes \(path), which version \(latest.version) has")
    }
    history.update {
      $0.vacuumed[path] = History.Vacuumed(bytes: bytes, version: latest.version, atMillis: now)
    }
  }

  private func isCommit(_ path: String) -> Bool {
    path.hasPrefix(logDirectory) && path.utf8.count == commitPath(0).utf8.count
      && path.hasSuffix(".json")
  }

  func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry] {
    try base.list(directory, recursive: recursive)
  }

  func entry(_ path: String) throws(StoreError) -> ObjectEntry? { try base.entry(path) }

  func read(_ path: String, range: Range<Int64>?) throws(StoreError) -> Buffer<UInt8> {
    try base.read(path, range: range)
  }

  func openReader(_ path: String) throws(StoreError) -> any ObjectReader {
    try base.openReader(path)
  }

  func put(_ path: String, _ bytes: RawSpan) throws(StoreError) { try base.put(path, bytes) }

  func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter {
    try base.createWriter(path)
  }
}

/// How late each list is.
final class SeededLags: Sendable {
  private let random: Mutex<SeededRandom>

  init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

  func next() -> Int { random.withLock { Int($0.next() % 4) } }
}

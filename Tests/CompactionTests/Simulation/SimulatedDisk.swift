import Base
import Delta
import Store
import Synchronization

/// What the processes of a run share. It keeps log entries that are deleted, for the check, and
/// notes when a version is made once more.
final class SimulatedDisk: ObjectStore {
  private let base: any ObjectStore
  private let history: History
  /// Lets a file replace another where it promised not to.
  private let replaces: Bool
  private let deleted = Mutex<[String: Buffer<UInt8>]>([:])

  init(_ base: any ObjectStore, _ history: History, replaces: Bool) {
    self.base = base
    self.history = history
    self.replaces = replaces
  }

  var location: String { base.location }

  /// A version's commit, whether it is still in the log or was cleaned away.
  func commit(_ version: Int64) throws -> CommitFile? {
    let path = commitPath(version)
    if let bytes = deleted.withLock({ $0[path] }) {
      return try CommitFile(bytes, version: version, table: location)
    }
    return try CommitFile.read(base, version: version)
  }

  /// Whether some version can no longer be read.
  var isCleaned: Bool { deleted.withLock { !$0.isEmpty } }

  func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    if deleted.withLock({ $0[path] != nil }) {
      history.fail("\(path) is made again after it was cleaned away")
    }
    guard replaces else { return try base.putIfAbsent(path, bytes) }
    try base.put(path, bytes)
    return .written
  }

  func delete(_ path: String) throws(StoreError) {
    if isCommit(path), let bytes = try? base.read(path, range: nil) {
      deleted.withLock { $0[path] = bytes }
    }
    try base.delete(path)
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

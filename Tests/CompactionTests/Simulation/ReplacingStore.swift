import Base
import Store
import Synchronization

/// A store that is none: it lets a file replace another where it promised not to.
final class ReplacingStore: ObjectStore {
  private let base: any ObjectStore

  init(_ base: any ObjectStore) { self.base = base }

  var location: String { base.location }

  func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    try base.put(path, bytes)
    return .written
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

  func delete(_ path: String) throws(StoreError) { try base.delete(path) }
}

/// How late each list is.
final class SeededLags: Sendable {
  private let random: Mutex<SeededRandom>

  init(seed: UInt64) { random = Mutex(SeededRandom(seed: seed)) }

  func next() -> Int { random.withLock { Int($0.next() % 4) } }
}

import Base
import Store
import Synchronization

/// A store that remembers the files begun through it, so that work that fails leaves none behind.
final class OutputRecorder: ObjectStore {
  private let base: any ObjectStore
  private let paths = Mutex<[String]>([])

  init(_ base: any ObjectStore) { self.base = base }

  /// Removes what was written. A file that cannot be removed stays: no version refers to it.
  func deleteOutputs() {
    for path in paths.withLock({ $0 }) { try? base.delete(path) }
  }

  func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter {
    paths.withLock { $0.append(path) }
    return try base.createWriter(path)
  }

  var location: String { base.location }

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

  func put(_ path: String, _ bytes: RawSpan) throws(StoreError) {
    try base.put(path, bytes)
  }

  func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    try base.putIfAbsent(path, bytes)
  }

  func delete(_ path: String) throws(StoreError) { try base.delete(path) }
}

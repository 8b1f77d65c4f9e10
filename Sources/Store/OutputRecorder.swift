package import Base
import Synchronization

/// A store that remembers the files written through it, so that work that fails leaves none behind.
package final class OutputRecorder: ObjectStore {
  private let base: any ObjectStore
  private let paths = Mutex<[String]>([])

  package init(_ base: any ObjectStore) { self.base = base }

  /// Removes what was written. A file that cannot be removed stays: no version refers to it.
  package func deleteOutputs() {
    for path in paths.withLock({ $0 }) { try? base.delete(path) }
  }

  package func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter {
    paths.withLock { $0.append(path) }
    return try base.createWriter(path)
  }

  package var location: String { base.location }

  package func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry] {
    try base.list(directory, recursive: recursive)
  }

  package func entry(_ path: String) throws(StoreError) -> ObjectEntry? { try base.entry(path) }

  package func read(_ path: String, range: Range<Int64>?) throws(StoreError) -> Buffer<UInt8> {
    try base.read(path, range: range)
  }

  package func openReader(_ path: String) throws(StoreError) -> any ObjectReader {
    try base.openReader(path)
  }

  package func path(ofAbsolute location: String) -> String? { base.path(ofAbsolute: location) }

  package func openReader(absolute location: String) throws(StoreError) -> any ObjectReader {
    try base.openReader(absolute: location)
  }

  package func put(_ path: String, _ bytes: RawSpan) throws(StoreError) {
    paths.withLock { $0.append(path) }
    try base.put(path, bytes)
  }

  package func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    try base.putIfAbsent(path, bytes)
  }

  package func delete(_ path: String) throws(StoreError) { try base.delete(path) }
}

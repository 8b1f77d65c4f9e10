package import Base
package import Store

/// Wraps a store: `beforeRead` runs ahead of every file that is opened. A test scripts there what
/// others do while a log is read.
package final class HookedStore: ObjectStore {
  private let base: any ObjectStore
  private let beforeRead: @Sendable (String) -> Void

  package init(_ base: any ObjectStore, beforeRead: @escaping @Sendable (String) -> Void) {
    self.base = base
    self.beforeRead = beforeRead
  }

  package var location: String { base.location }

  package func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry] {
    try base.list(directory, recursive: recursive)
  }

  package func entry(_ path: String) throws(StoreError) -> ObjectEntry? { try base.entry(path) }

  package func read(_ path: String, range: Range<Int64>?) throws(StoreError) -> Buffer<UInt8> {
    beforeRead(path)
    return try base.read(path, range: range)
  }

  package func openReader(_ path: String) throws(StoreError) -> any ObjectReader {
    beforeRead(path)
    return try base.openReader(path)
  }

  package func put(_ path: String, _ bytes: RawSpan) throws(StoreError) {
    try base.put(path, bytes)
  }

  package func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    try base.putIfAbsent(path, bytes)
  }

  package func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter {
    try base.createWriter(path)
  }

  package func delete(_ path: String) throws(StoreError) { try base.delete(path) }
}

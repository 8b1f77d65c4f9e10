package import Base
package import Store
import Synchronization

/// Wraps a store and notes which bytes are read of the files that are opened.
package final class MeteredStore: ObjectStore {
  /// Bytes of a file that were asked for at once.
  package struct Access: Sendable, Equatable {
    package let path: String
    package let range: Range<Int64>
  }

  private let base: any ObjectStore
  private let noted = Mutex<[Access]>([])

  package init(_ base: any ObjectStore) { self.base = base }

  /// In the order in which they began.
  package var accesses: [Access] { noted.withLock { $0 } }

  package var location: String { base.location }

  package func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry] {
    try base.list(directory, recursive: recursive)
  }

  package func entry(_ path: String) throws(StoreError) -> ObjectEntry? { try base.entry(path) }

  package func read(_ path: String, range: Range<Int64>?) throws(StoreError) -> Buffer<UInt8> {
    try base.read(path, range: range)
  }

  package func openReader(_ path: String) throws(StoreError) -> any ObjectReader {
    Reader(base: try base.openReader(path)) { range in
      self.noted.withLock { $0.append(Access(path: path, range: range)) }
    }
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

  private final class Reader: ObjectReader {
    private let base: any ObjectReader
    private let note: @Sendable (Range<Int64>) -> Void

    init(base: any ObjectReader, note: @escaping @Sendable (Range<Int64>) -> Void) {
      self.base = base
      self.note = note
    }

    var sizeBytes: Int64 { base.sizeBytes }

    func read(
      into target: UnsafeMutableRawBufferPointer, at offset: Int64
    ) throws(StoreError) -> Int {
      note(offset..<offset + Int64(target.count))
      return unsafe try base.read(into: target, at: offset)
    }
  }
}

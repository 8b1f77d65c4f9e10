package import Base
import Synchronization

/// Files in memory: for tests and scratch tables. Visible at once, durable never.
package final class InMemoryStore: ObjectStore {
  private struct File: Sendable {
    var bytes: Buffer<UInt8>
    var modifiedMillis: Int64
  }

  package let location: String
  private let nowMillis: @Sendable () -> Int64
  /// By the path's bytes: paths that differ only in composition are two files.
  private let files = Mutex<[[UInt8]: File]>([:])

  package init(
    location: String = "memory", nowMillis: @escaping @Sendable () -> Int64 = Platform.nowMillis
  ) {
    self.location = location
    self.nowMillis = nowMillis
  }

  package func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry] {
    try checkPath(directory, allowsRoot: true)
    let prefix = directory.isEmpty ? "" : directory + "/"
    let entries = files.withLock { files in
      files.compactMap { bytes, file -> ObjectEntry? in
        let path = String(decoding: bytes, as: UTF8.self)
        guard path.hasPrefix(prefix) else { return nil }
        if !recursive && path.utf8.dropFirst(prefix.utf8.count).contains(UInt8(ascii: "/")) {
          return nil
        }
        return ObjectEntry(
          path: path, sizeBytes: Int64(file.bytes.count), modifiedMillis: file.modifiedMillis)
      }
    }
    return sortedByPath(entries)
  }

  package func entry(_ path: String) throws(StoreError) -> ObjectEntry? {
    try checkPath(path)
    return files.withLock { files in
      files[Array(path.utf8)].map { file in
        ObjectEntry(
          path: path, sizeBytes: Int64(file.bytes.count), modifiedMillis: file.modifiedMillis)
      }
    }
  }

  package func read(_ path: String, range: Range<Int64>?) throws(StoreError) -> Buffer<UInt8> {
    let reader = try openReader(path)
    do {
      return try reader.read(range ?? 0..<reader.sizeBytes)
    } catch {
      throw StoreError(error.code, error.message, path: path, hint: error.hint)
    }
  }

  package func openReader(_ path: String) throws(StoreError) -> any ObjectReader {
    try checkPath(path)
    guard let file = files.withLock({ $0[Array(path.utf8)] }) else {
      throw StoreError(.notFound, "no such file or directory", path: path)
    }
    return InMemoryReader(bytes: file.bytes)
  }

  package func put(_ path: String, _ bytes: RawSpan) throws(StoreError) {
    try checkPath(path)
    replace(path, Buffer(copying: bytes))
  }

  package func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    try checkPath(path)
    let file = File(bytes: Buffer(copying: bytes), modifiedMillis: nowMillis())
    return files.withLock { files in
      if files[Array(path.utf8)] != nil { return .alreadyExists }
      files[Array(path.utf8)] = file
      return .written
    }
  }

  package func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter {
    try checkPath(path)
    return InMemoryWriter(store: self, path: path)
  }

  package func delete(_ path: String) throws(StoreError) {
    try checkPath(path)
    files.withLock { files in files[Array(path.utf8)] = nil }
  }

  fileprivate func replace(_ path: String, _ bytes: Buffer<UInt8>) {
    let file = File(bytes: bytes, modifiedMillis: nowMillis())
    files.withLock { $0[Array(path.utf8)] = file }
  }
}

private final class InMemoryReader: ObjectReader {
  private let bytes: Buffer<UInt8>
  var sizeBytes: Int64 { Int64(bytes.count) }

  init(bytes: Buffer<UInt8>) { self.bytes = bytes }

  func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int64
  ) throws(StoreError) -> Int {
    guard offset >= 0, offset < sizeBytes else { return 0 }
    let count = min(target.count, bytes.count - Int(offset))
    let part = bytes.slice(Int(offset)..<Int(offset) + count)
    let source = part.bytes
    // SAFETY: `part` has at most as many bytes as `target`.
    unsafe source.withUnsafeBytes { unsafe target.copyMemory(from: $0) }
    return count
  }
}

private final class InMemoryWriter: ObjectWriter {
  private let store: InMemoryStore
  private let path: String
  private var written = ByteWriter()
  private(set) var sizeBytes: Int64 = 0

  init(store: InMemoryStore, path: String) {
    self.store = store
    self.path = path
  }

  func append(_ bytes: RawSpan) throws(StoreError) {
    written.append(bytes)
    sizeBytes += Int64(bytes.byteCount)
  }

  func finish() throws(StoreError) { store.replace(path, written.take()) }
}

extension Buffer where Element == UInt8 {
  init(copying bytes: RawSpan) {
    var writer = ByteWriter(capacity: bytes.byteCount)
    writer.append(bytes)
    self = writer.freeze()
  }
}

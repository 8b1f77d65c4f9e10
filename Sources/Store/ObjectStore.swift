package import Base

/// Bytes at rest under one root: the only way Grebe reads and writes anything durable.
///
/// Every call blocks until it is done: call it from Grebe's own threads (`withWorkers`), never from
/// a task of the cooperative pool (spec/decisions/0001-blocking-store.md).
/// Paths are relative to the root, `/`-separated, raw (not URL-encoded), without `.` or `..`.
package protocol ObjectStore: Sendable {
  /// The root as a user would name it, for messages.
  var location: String { get }

  /// Files directly in `directory` (and below it, if `recursive`), sorted by the bytes of their
  /// path. A directory that does not exist has no files.
  func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry]

  /// As `list` of the directory alone, and the paths of the directories in it where the store has
  /// such, in any order.
  func contents(
    of directory: String
  ) throws(StoreError) -> (files: [ObjectEntry], directories: [String])

  /// Files directly in `directory` whose paths are not before `first`, sorted by the bytes of their
  /// path: what a long log has gained since.
  func list(_ directory: String, from first: String) throws(StoreError) -> [ObjectEntry]

  /// The paths of the files directly in `directory`, in any order: `list` without what costs a call
  /// a file.
  func paths(in directory: String) throws(StoreError) -> [String]

  /// Nil when there is no such file.
  func entry(_ path: String) throws(StoreError) -> ObjectEntry?

  /// The bytes of `range`, or of the whole file. A range that reaches past the end is an error.
  func read(_ path: String, range: Range<Int64>?) throws(StoreError) -> Buffer<UInt8>

  /// An open file, for many ranged reads.
  func openReader(_ path: String) throws(StoreError) -> any ObjectReader

  /// The path below the root of an absolute path or URL, unescaped; nil if it lies elsewhere.
  func path(ofAbsolute location: String) -> String?

  /// An open file that may lie outside the root, by its absolute path or URL, unescaped.
  ///
  /// - Throws: `unsupported`, naming it, where the store reaches nothing but its root.
  func openReader(absolute location: String) throws(StoreError) -> any ObjectReader

  /// Writes the whole file, replacing an older one atomically. Durable on return.
  func put(_ path: String, _ bytes: RawSpan) throws(StoreError)

  /// Writes the whole file unless one is there: of any number of callers exactly one is told
  /// `.written`. Readers see all of it or nothing. Durable on return.
  func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome

  /// As `putIfAbsent`, for a file that readers can do without: a crash may lose it, or leave it
  /// cut short.
  func putHint(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome

  /// A new file that becomes visible, complete and durable at `finish`, and never otherwise.
  func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter

  /// Removes the file; not an error if it is not there.
  func delete(_ path: String) throws(StoreError)

  /// Calls `body` with everything below the root, some of it at a time, in no order: what a list
  /// would hold at once, in bounded memory. Files in progress are among it, under their names.
  ///
  /// - Parameter entering: asked once for every directory that holds something, those above it
  ///   first; what is below one that it declines is passed over.
  func walk(
    entering: (_ directory: String) throws(StoreError) -> Bool,
    _ body: (StoreItem) throws(StoreError) -> Void
  ) throws(StoreError)

  /// Removes a directory, or the root, if it is there and holds nothing.
  ///
  /// - Returns: whether it was removed. A store without directories has none to remove.
  func removeEmptyDirectory(_ path: String) throws(StoreError) -> Bool
}

/// What a walk comes across.
package enum StoreItem: Sendable {
  /// Files of one directory, some or all.
  case files([ObjectEntry])
  /// A directory without files and directories.
  case emptyDirectory(path: String, modifiedMillis: Int64)
}

extension ObjectStore {
  package func contents(
    of directory: String
  ) throws(StoreError) -> (files: [ObjectEntry], directories: [String]) {
    (try list(directory, recursive: false), [])
  }

  package func list(
    _ directory: String, from first: String
  ) throws(StoreError) -> [ObjectEntry] {
    try list(directory, recursive: false).filter {
      !$0.path.utf8.lexicographicallyPrecedes(first.utf8)
    }
  }

  package func paths(in directory: String) throws(StoreError) -> [String] {
    try list(directory, recursive: false).map(\.path)
  }

  package func putHint(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    try putIfAbsent(path, bytes)
  }

  package func path(ofAbsolute location: String) -> String? { nil }

  package func openReader(absolute location: String) throws(StoreError) -> any ObjectReader {
    throw StoreError(
      .unsupported, "files outside the table's directory cannot be read here", path: location)
  }
}

package struct ObjectEntry: Sendable, Equatable {
  package var path: String
  package var sizeBytes: Int64
  package var modifiedMillis: Int64

  package init(path: String, sizeBytes: Int64, modifiedMillis: Int64) {
    self.path = path
    self.sizeBytes = sizeBytes
    self.modifiedMillis = modifiedMillis
  }
}

package enum PutOutcome: Sendable, Equatable {
  case written
  case alreadyExists
}

/// Ranged reads of one file. Usable from several threads at once; closed when released.
package protocol ObjectReader: AnyObject, Sendable {
  var sizeBytes: Int64 { get }

  /// Fills `target` from `offset`; returns how many bytes there were before the end of the file.
  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int64) throws(StoreError) -> Int
}

extension ObjectReader {
  /// The bytes of `range`, which must lie within the file.
  package func read(_ range: Range<Int64>) throws(StoreError) -> Buffer<UInt8> {
    guard range.lowerBound >= 0, range.upperBound <= sizeBytes else {
      throw StoreError(
        .corrupt,
        "bytes \(range.lowerBound) to \(range.upperBound) lie outside the file's \(sizeBytes)",
        path: "")
    }
    var builder = BufferBuilder<UInt8>(capacity: range.count)
    // SAFETY: the tail has room for `range.count` bytes and `read` never writes more.
    let tail = unsafe builder.unsafeTail(range.count)
    let got = unsafe try read(
      into: UnsafeMutableRawBufferPointer(start: tail, count: range.count), at: range.lowerBound)
    guard got == range.count else {
      throw StoreError(.io, "the file became shorter while it was read", path: "")
    }
    unsafe builder.advance(by: got)
    return builder.freeze()
  }
}

/// A file being written, front to back. Released without `finish`: nothing remains of it.
package protocol ObjectWriter: AnyObject {
  /// Bytes appended so far.
  var sizeBytes: Int64 { get }
  func append(_ bytes: RawSpan) throws(StoreError)
  /// Makes the file visible under its path, durably.
  func finish() throws(StoreError)
  /// Makes the file visible under its path. It is durable before what the next `putIfAbsent` or
  /// `put` of the store writes is visible: many files may then cost a single sync.
  func finishForCommit() throws(StoreError)
}

extension ObjectWriter {
  package func finishForCommit() throws(StoreError) { try finish() }
}

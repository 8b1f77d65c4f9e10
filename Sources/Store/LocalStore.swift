package import Base
import Synchronization

/// A directory of the local file system.
///
/// A file is written under a hidden temporary name beside its target, synced, and then given its
/// name: by `rename` (`put`, writers) or by `link`, which never replaces (`putIfAbsent`). A crash
/// leaves at most a temporary file that no list shows.
///
/// A name is durable once its directory is synced, and reachable once those above it are, whoever
/// made them: a run that was killed may have left a directory that no one synced. `put` and
/// `putIfAbsent` sync before they return every directory on the way to a file written since, up to
/// the one that holds the root, so that a commit's data files are durable before its log entry is
/// visible. Where these are many, the file system is synced as a whole, which takes about as long
/// as three of them.
package final class LocalStore: ObjectStore {
  package let location: String
  /// Without a trailing slash; the root of the file system is the empty string.
  private let root: String
  /// Absolute paths of directories with entries that may not be durable yet, and of files whose
  /// bytes may not be.
  private let unsynced = Mutex<Set<String>>([])
  /// Held while directories are synced: whoever finds none waiting knows that they are durable, and
  /// not merely that another thread has begun.
  private let syncing = Mutex<Void>(())

  /// - Parameter root: any path; a relative one starts at the working directory.
  package init(root: String) throws(StoreError) {
    guard !root.isEmpty, !root.utf8.contains(0) else {
      throw StoreError(.invalidArgument, "a location must not be empty or contain NUL", path: root)
    }
    location = root
    var trimmed = root
    while trimmed.utf8.count > 1 && trimmed.utf8.last == UInt8(ascii: "/") { trimmed.removeLast() }
    self.root = trimmed == "/" ? "" : trimmed
  }

  private func full(_ path: String) -> String { absolutePath(path) }

  /// The path as the system takes it.
  func absolutePath(_ path: String) -> String {
    path.isEmpty ? (root.isEmpty ? "/" : root) : root + "/" + path
  }

  /// Wraps a failed system call with the path the caller used.
  private func at<R: ~Copyable>(
    _ path: String, _ body: () throws(SystemFault) -> R
  ) throws(StoreError) -> R {
    do { return try body() } catch { throw error.error(full(path)) }
  }
}

// MARK: Reading

extension LocalStore {
  package func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry] {
    var found: [ObjectEntry] = []
    var pending = [directory]
    while let next = pending.popLast() {
      let (files, directories) = try contents(of: next)
      found += files
      if recursive { pending += directories }
    }
    return sortedByPath(found)
  }

  package func contents(
    of directory: String
  ) throws(StoreError) -> (files: [ObjectEntry], directories: [String]) {
    try checkPath(directory, allowsRoot: true)
    let names: [(name: String, isDirectory: Bool)]
    do {
      names = try Platform.entries(full(directory))
    } catch {
      if error.isNotFound { return ([], []) }
      throw error.error(full(directory))
    }
    var files: [ObjectEntry] = []
    var directories: [String] = []
    for (name, isDirectory) in names where !isTemporaryName(name) {
      let path = directory.isEmpty ? name : directory + "/" + name
      if isDirectory {
        directories.append(path)
      } else if let entry = try entry(path) {
        files.append(entry)
      }
    }
    return (sortedByPath(files), directories)
  }

  package func list(
    _ directory: String, from first: String
  ) throws(StoreError) -> [ObjectEntry] {
    var found: [ObjectEntry] = []
    for path in try paths(in: directory) where !path.utf8.lexicographicallyPrecedes(first.utf8) {
      if let entry = try entry(path) { found.append(entry) }
    }
    return sortedByPath(found)
  }

  package func paths(in directory: String) throws(StoreError) -> [String] {
    try checkPath(directory, allowsRoot: true)
    do {
      return try Platform.entries(full(directory)).compactMap { name, isDirectory in
        if isDirectory || isTemporaryName(name) { return nil }
        return directory.isEmpty ? name : directory + "/" + name
      }
    } catch {
      if error.isNotFound { return [] }
      throw error.error(full(directory))
    }
  }

  package func entry(_ path: String) throws(StoreError) -> ObjectEntry? {
    try checkPath(path)
    do {
      let status = try Platform.status(full(path))
      guard status.kind == .file else { return nil }
      return ObjectEntry(
        path: path, sizeBytes: status.sizeBytes, modifiedMillis: status.modifiedMillis)
    } catch {
      if error.isNotFound { return nil }
      throw error.error(full(path))
    }
  }

  package func read(_ path: String, range: Range<Int64>?) throws(StoreError) -> Buffer<UInt8> {
    let reader = try openReader(path)
    do {
      return try reader.read(range ?? 0..<reader.sizeBytes)
    } catch {
      throw StoreError(error.code, error.message, path: full(path), hint: error.hint)
    }
  }

  package func openReader(_ path: String) throws(StoreError) -> any ObjectReader {
    try checkPath(path)
    return try LocalReader.opening(full(path))
  }

  package func path(ofAbsolute location: String) -> String? {
    guard let path = localPath(location), let root = Platform.realPath(full("")) else { return nil }
    for prefix in [full(""), root] {
      let prefix = prefix.hasSuffix("/") ? prefix : prefix + "/"
      guard prefix.hasPrefix("/"), path.utf8.starts(with: prefix.utf8) else { continue }
      let relative = String(decoding: path.utf8.dropFirst(prefix.utf8.count), as: UTF8.self)
      if (try? checkPath(relative)) != nil { return relative }
    }
    return nil
  }

  package func openReader(absolute location: String) throws(StoreError) -> any ObjectReader {
    guard let path = localPath(location) else {
      throw StoreError(
        .unsupported, "a file of another store cannot be read from a local table", path: location)
    }
    return try LocalReader.opening(path)
  }

  /// The path of `/path`, `file:/path` or `file://[localhost]/path`; nil for other URLs.
  private func localPath(_ location: String) -> String? {
    var path = location
    if path.lowercased().hasPrefix("file:") {
      path = String(path.dropFirst("file:".count))
      if path.hasPrefix("//") { path = String(path.dropFirst(2)) }
      if path.lowercased().hasPrefix("localhost/") {
        path = String(path.dropFirst("localhost".count))
      }
    }
    return path.hasPrefix("/") && !path.utf8.contains(0) ? path : nil
  }
}

private final class LocalReader: ObjectReader {
  /// - Parameter path: as the system takes it.
  static func opening(_ path: String) throws(StoreError) -> LocalReader {
    do throws(SystemFault) {
      let file = try Platform.open(path, .read)
      let status = try Platform.status(file)
      if status.kind == .directory { throw SystemFault.isDirectory }
      return LocalReader(file: file, path: path, sizeBytes: status.sizeBytes)
    } catch {
      throw error.error(path)
    }
  }

  private let file: FileDescriptor
  private let path: String
  let sizeBytes: Int64

  init(file: consuming FileDescriptor, path: String, sizeBytes: Int64) {
    self.file = file
    self.path = path
    self.sizeBytes = sizeBytes
  }

  func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int64
  ) throws(StoreError) -> Int {
    // SAFETY: the caller's buffer, passed on.
    do { return try unsafe Platform.read(file, into: target, at: offset) } catch {
      throw error.error(path)
    }
  }
}

// MARK: Writing

extension LocalStore {
  package func put(_ path: String, _ bytes: RawSpan) throws(StoreError) {
    try checkPath(path)
    // As `putIfAbsent`: the file may refer to others.
    try syncDirectories()
    let temporary = try writeTemporary(beside: path, bytes)
    do {
      try Platform.rename(temporary, full(path))
    } catch {
      try? Platform.unlink(temporary)
      throw error.error(full(path))
    }
    markUnsynced(above: path)
    try syncDirectories()
  }

  package func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    try checkPath(path)
    // What the new file refers to must be durable before the file can be seen.
    try syncDirectories()
    let outcome = try link(try writeTemporary(beside: path, bytes), to: path)
    guard outcome == .written else { return outcome }
    markUnsynced(above: path)
    try syncDirectories()
    return .written
  }

  package func putHint(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
    try checkPath(path)
    return try link(try writeTemporary(beside: path, bytes, isSynced: false), to: path)
  }

  /// Gives a temporary file its name unless that is taken; either way the temporary name goes.
  private func link(_ temporary: String, to path: String) throws(StoreError) -> PutOutcome {
    defer { try? Platform.unlink(temporary) }
    do {
      try linkWithoutReplacing(temporary, full(path))
      return .written
    } catch {
      if error.isAlreadyThere { return .alreadyExists }
      if error.isUnknownCall {
        throw StoreError(
          .unsupported, "the file system can neither link nor rename without replacing",
          path: full(path), hint: "keep the table on a local file system or an object store")
      }
      throw error.error(full(path))
    }
  }

  private func linkWithoutReplacing(_ from: String, _ to: String) throws(SystemFault) {
    do {
      try Platform.link(from, to)
    } catch {
      // A network file system may repeat a link that it had done: two names tell that it was ours.
      if error.isAlreadyThere {
        if (try? Platform.status(from))?.linkCount == 2 { return }
        throw error
      }
      guard error.isUnknownCall else { throw error }
      try Platform.renameNoReplace(from, to)
    }
  }

  package func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter {
    try checkPath(path)
    return LocalWriter(
      store: self, file: try createTemporary(beside: path), name: path, path: full(path))
  }

  package func delete(_ path: String) throws(StoreError) {
    try checkPath(path)
    do {
      try Platform.unlink(full(path))
      markUnsynced(full(directory(of: path)))
    } catch {
      if !error.isNotFound { throw error.error(full(path)) }
    }
  }

  /// A temporary file of these bytes; its absolute path.
  private func writeTemporary(
    beside path: String, _ bytes: RawSpan, isSynced: Bool = true
  ) throws(StoreError) -> String {
    let file = try createTemporary(beside: path)
    do {
      try Platform.write(bytes, to: file.descriptor)
      if isSynced { try Platform.sync(file.descriptor) }
      return file.path
    } catch {
      try? Platform.unlink(file.path)
      throw error.error(full(path))
    }
  }

  private func createTemporary(beside path: String) throws(StoreError) -> TemporaryFile {
    var random = SystemRandomNumberGenerator()
    let parent = full(directory(of: path))
    let temporary = parent + "/" + temporaryName(randomUUID(using: &random))
    do {
      return TemporaryFile(descriptor: try Platform.open(temporary, .create), path: temporary)
    } catch {
      guard error.isNotFound else { throw error.error(full(path)) }
    }
    // Whoever cleans up may remove a directory between its making and its first file.
    for attempt in 1...LocalStore.makeAttemptMax {
      do {
        try makeDirectories(parent)
        return TemporaryFile(descriptor: try Platform.open(temporary, .create), path: temporary)
      } catch {
        guard error.isNotFound, attempt < LocalStore.makeAttemptMax else {
          // Of a store that cannot be made, its own name is what the user has said.
          let isThere = (try? Platform.status(full(""))) != nil
          throw error.writingError(full(path), in: isThere ? parent : full(""))
        }
      }
    }
    preconditionFailure("the last attempt returns or throws")
  }

  private static let makeAttemptMax = 5

  /// Makes the directory and those above it; whoever makes one leaves its parent to be synced. The
  /// parent is noted first: a thread that finds the directory there must find the note too.
  private func makeDirectories(_ path: String) throws(SystemFault) {
    markUnsynced(parentPath(path) ?? ".")
    do {
      try Platform.makeDirectory(path)
    } catch {
      if error.isAlreadyThere { return }
      guard error.isNotFound, let parent = parentPath(path) else { throw error }
      try makeDirectories(parent)
      do { try Platform.makeDirectory(path) } catch { if !error.isAlreadyThere { throw error } }
    }
  }

  private func parentPath(_ path: String) -> String? {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
  }

  fileprivate func markUnsynced(_ path: String) {
    unsynced.withLock { _ = $0.insert(path) }
  }

  fileprivate func markUnsynced(above path: String) {
    let directories = directoriesAbove(path)
    unsynced.withLock { $0.formUnion(directories) }
  }

  /// The directories whose entries lead to a file: its own, those above it, and the one that holds
  /// the root.
  package func directoriesAbove(_ path: String) -> [String] {
    var directories: [String] = []
    var relative = path
    repeat {
      relative = directory(of: relative)
      directories.append(full(relative))
    } while !relative.isEmpty
    if let rootParent { directories.append(rootParent) }
    return directories
  }

  /// Nil for the root of the file system.
  private var rootParent: String? {
    if root.isEmpty { return nil }
    // The last part of such a path is not a name in the directory before it.
    if root == "." || root.hasSuffix("/.") || root == ".." || root.hasSuffix("/..") {
      return root + "/.."
    }
    return parentPath(root) ?? "."
  }

  /// What the next `put` or `putIfAbsent` will sync, files that were finished for it too.
  package var unsyncedDirectories: Set<String> { unsynced.withLock { $0 } }

  /// Makes every name durable that was made so far. One fsync a directory.
  package func syncDirectories() throws(StoreError) {
    try syncing.withLock { _ throws(StoreError) in try syncWaiting() }
  }

  private func syncWaiting() throws(StoreError) {
    let waiting = unsynced.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
    let paths = syncedTogether(waiting).sorted()
    for (index, path) in paths.enumerated() {
      do {
        // Directories open for reading as files do.
        try Platform.sync(try Platform.open(path, .read))
      } catch {
        if error.isNotFound { continue }  // Removed since: nothing to keep.
        // What holds the table may be closed to us or unable to sync; a table that could be written
        // without that must not fail for it.
        if path == rootParent && !error.isFailedDevice { continue }
        unsynced.withLock { $0.formUnion(paths.dropFirst(index)) }
        throw error.error(path)
      }
    }
  }

  /// Syncs the root's file system as a whole if that takes care of many paths; returns those that
  /// are still to be synced, all of them where that cannot be done.
  private func syncedTogether(_ paths: Set<String>) -> Set<String> {
    guard paths.count >= LocalStore.syncTogetherCount else { return paths }
    do {
      let root = try Platform.open(full(""), .directory)
      let device = try Platform.status(root).device
      // Partitions may be links to another file system.
      let others = paths.filter { (try? Platform.status($0))?.device != device }
      try Platform.syncFileSystem(root)
      return others
    } catch {
      return paths
    }
  }

  /// A sync of a file or directory takes milliseconds, whatever is in it.
  private static let syncTogetherCount = 32
}

/// A file that has no name of its own yet.
private struct TemporaryFile: ~Copyable {
  let descriptor: FileDescriptor
  let path: String
}

/// Bytes after which the system is told to start writing, so that the sync at the end is short.
private let writeBackBytes: Int64 = 4 << 20

private final class LocalWriter: ObjectWriter {
  private let store: LocalStore
  private let file: TemporaryFile
  /// Relative to the store's root.
  private let name: String
  private let path: String
  private(set) var sizeBytes: Int64 = 0
  private var startedBytes: Int64 = 0
  private var isFinished = false

  init(store: LocalStore, file: consuming TemporaryFile, name: String, path: String) {
    self.store = store
    self.file = file
    self.name = name
    self.path = path
  }

  deinit { if !isFinished { try? Platform.unlink(file.path) } }

  func append(_ bytes: RawSpan) throws(StoreError) {
    precondition(!isFinished)
    do { try Platform.write(bytes, to: file.descriptor) } catch { throw error.error(path) }
    sizeBytes += Int64(bytes.byteCount)
    if sizeBytes - startedBytes >= writeBackBytes {
      Platform.startWriteBack(file.descriptor, startedBytes..<sizeBytes)
      startedBytes = sizeBytes
    }
  }

  func finish() throws(StoreError) {
    do { try Platform.sync(file.descriptor) } catch { throw error.error(path) }
    try makeVisible()
  }

  func finishForCommit() throws(StoreError) {
    // What is large has been written for the most part: its sync does not disturb the others.
    if startedBytes > 0 { return try finish() }
    try makeVisible()
    store.markUnsynced(path)
  }

  private func makeVisible() throws(StoreError) {
    precondition(!isFinished)
    do { try Platform.rename(file.path, path) } catch { throw error.error(path) }
    isFinished = true
    store.markUnsynced(above: name)
  }
}

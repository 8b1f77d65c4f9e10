import Base
import Store

/// One file to convert, as the store that holds it knows it.
///
/// A load may have a hundred thousand of them: what they share is in their root.
struct SourceFile: Sendable {
  let root: SourceRoot
  /// Within the root's store.
  let path: String
  let sizeBytes: Int64
  let modifiedMillis: Int64

  var store: any ObjectStore { root.store }
  /// As the user would name it.
  var name: String { root.joined(root.name, path) }
  /// As the ledger knows it: absolute for local files, so that it does not depend on where the
  /// command was started.
  var identity: String { root.joined(root.identity, path) }
  /// Standard input or a pipe: it has no identity by which a ledger could know it again.
  var isAnonymous: Bool { root.spool != nil }
  /// For a sentence.
  var shownName: String { name == "-" ? "standard input" : name }
}

extension SourceFile {
  /// A file that no others are named beside.
  init(
    name: String, identity: String, store: any ObjectStore, path: String, sizeBytes: Int64,
    modifiedMillis: Int64
  ) {
    self.init(
      root: SourceRoot(store, onlyName: name, identity: identity), path: path,
      sizeBytes: sizeBytes, modifiedMillis: modifiedMillis)
  }
}

/// A store of sources and how its files are named.
final class SourceRoot: Sendable {
  let store: any ObjectStore
  let name: String
  let identity: String
  /// Whether these are the names of one file, not of a directory.
  private let isFile: Bool
  /// Standard input or a pipe; the file goes when nobody holds it.
  let spool: SpooledInput?

  /// The directory that a store shows.
  init(_ store: any ObjectStore) {
    self.store = store
    name = store.location
    identity = absoluteLocation(store.location)
    isFile = false
    spool = nil
  }

  init(_ spool: SpooledInput) {
    store = spool.store
    name = spool.name
    identity = spool.name
    isFile = true
    self.spool = spool
  }

  init(_ store: any ObjectStore, onlyName name: String, identity: String) {
    self.store = store
    self.name = name
    self.identity = identity
    isFile = true
    spool = nil
  }

  func file(_ entry: ObjectEntry) -> SourceFile {
    SourceFile(
      root: self, path: entry.path, sizeBytes: entry.sizeBytes,
      modifiedMillis: entry.modifiedMillis)
  }

  /// The path of a file, or a directory, below `root`, which is a name of this one.
  func joined(_ root: String, _ path: String) -> String {
    if isFile { return root }
    return root == "." ? path : root.hasSuffix("/") ? root + path : root + "/" + path
  }
}

extension SourceFile {
  /// It ends before it should.
  var shortened: GrebeError {
    GrebeError(
      .io, "the source became shorter while it was read", place: name,
      hint: "nothing was committed; try again")
  }

  /// Reads of it, within the size that it had.
  func reading<R>(_ body: () throws(StoreError) -> R) throws(GrebeError) -> R {
    do throws(StoreError) {
      return try body()
    } catch {
      // What has no path is no fault of the store: a range that is not there any more.
      throw error.path.isEmpty ? shortened : GrebeError(error)
    }
  }
}

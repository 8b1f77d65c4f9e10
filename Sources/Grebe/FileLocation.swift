import Base
import Store

/// A file: the store of its directory, and its name there.
struct FileLocation {
  let store: any ObjectStore
  let name: String

  init(_ location: String, environment: Environment) throws(GrebeError) {
    let (directory, name) = FileLocation.split(location)
    self.name = name
    store = try exposing { () throws(StoreError) in try environment.openStore(directory) }
  }

  /// Whether there is a file, and not a directory or nothing.
  func exists() throws(GrebeError) -> Bool {
    guard !name.isEmpty else { return false }
    return try exposing { () throws(StoreError) in try store.entry(name) } != nil
  }

  /// Whether there is a directory, such as a table.
  func isDirectory() -> Bool {
    guard !name.isEmpty else { return true }
    do throws(StoreError) {
      _ = try store.openReader(name)
      return false
    } catch {
      return error.code != .notFound
    }
  }

  /// `a/b` -> `a`, `b`; `b` -> `.`, `b`. The name is empty where it can only be a directory:
  /// `a/`, `.`, `a/..`.
  static func split(_ location: String) -> (directory: String, name: String) {
    let last = location.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .last
    if let last, last.elementsEqual(".".utf8) || last.elementsEqual("..".utf8) {
      return (location, "")
    }
    guard let slash = location.lastIndex(of: "/") else { return (".", location) }
    let directory = slash == location.startIndex ? "/" : String(location[..<slash])
    return (directory, String(location[location.index(after: slash)...]))
  }
}

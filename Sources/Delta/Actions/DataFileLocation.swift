import Base
package import Store

/// Where a file of a table is: in the table's own directory, or elsewhere, as those of a shallow
/// clone are.
package enum DataFileLocation: Sendable, Equatable {
  /// A path below the table's root, unescaped.
  case inside(String)
  /// A URL or an absolute path, unescaped.
  case elsewhere(String)

  /// Of a path as the log has it: a URI (RFC 2396), Delta protocol (PROTOCOL.md), "Add File and
  /// Remove File".
  init(logged path: String, in store: any ObjectStore) throws(DeltaError) {
    guard let decoded = percentDecoded(path) else {
      throw .corrupt("a file's path is not a URI: \(path)")
    }
    self =
      if isAbsoluteLocation(decoded) {
        store.path(ofAbsolute: decoded).map { .inside($0) } ?? .elsewhere(decoded)
      } else {
        .inside(try withoutDots(decoded))
      }
  }

  var path: String {
    switch self {
    case .inside(let path), .elsewhere(let path): path
    }
  }

  /// Nil if there is no such file.
  func sizeBytes(in store: any ObjectStore) throws(StoreError) -> Int64? {
    if case .inside(let path) = self { return try store.entry(path)?.sizeBytes }
    do throws(StoreError) {
      return try openReader(in: store).sizeBytes
    } catch {
      guard error.code == .notFound else { throw error }
      return nil
    }
  }

  func openReader(in store: any ObjectStore) throws(StoreError) -> any ObjectReader {
    switch self {
    case .inside(let path): try store.openReader(path)
    case .elsewhere(let location): try store.openReader(absolute: location)
    }
  }

  /// The same of a file that a version of the table has: one that is gone is the table's damage.
  func openNeededReader(in store: any ObjectStore) throws(DeltaError) -> any ObjectReader {
    do throws(StoreError) { return try openReader(in: store) } catch {
      guard error.code == .notFound else { throw DeltaError(error) }
      throw .corrupt(
        "a file of the table is missing", table: error.path,
        hint: "the table is damaged, or a VACUUM removed what this version needs")
    }
  }
}

extension AddFile {
  package func location(in store: any ObjectStore) throws(DeltaError) -> DataFileLocation {
    try DataFileLocation(logged: path, in: store)
  }

  /// The file's path below the table's root, unescaped.
  ///
  /// - Throws: `unsupported` for an absolute path or URL, as shallow clones have.
  package func storePath() throws(DeltaError) -> String { try Delta.storePath(logged: path) }

  /// The file, open.
  ///
  /// - Throws: `corrupt` for one that is gone.
  package func openReader(in store: any ObjectStore) throws(DeltaError) -> any ObjectReader {
    try location(in: store).openNeededReader(in: store)
  }
}

/// Whether an unescaped path names a place of its own: `/x`, `scheme://x`, `file:/x`.
func isAbsoluteLocation(_ path: String) -> Bool {
  path.hasPrefix("/") || urlScheme(path) != nil || path.hasPrefix("file:/")
}

/// The path below the table's root of a file that the log names, unescaped.
///
/// - Throws: `unsupported` for an absolute path or URL, as shallow clones have.
func storePath(logged path: String) throws(DeltaError) -> String {
  guard let decoded = percentDecoded(path) else {
    throw .corrupt("a file's path is not a URI: \(path)")
  }
  if isAbsoluteLocation(decoded) {
    throw DeltaError(
      .unsupported, "the file lies outside the table's directory, as in a shallow clone",
      file: decoded)
  }
  return try withoutDots(decoded)
}

/// A relative path without the segments that lead nowhere: `./a` and `a/./b`.
///
/// - Throws: `unsupported` for `..`: where that leads depends on links and on the kind of store.
func withoutDots(_ path: String) throws(DeltaError) -> String {
  guard path.hasPrefix(".") || path.utf8.contains("/.".utf8) else { return path }
  let parts = path.split(separator: "/", omittingEmptySubsequences: false).filter { $0 != "." }
  guard !parts.contains("..") else {
    throw DeltaError(.unsupported, "a file's path leads through `..`", file: path)
  }
  return parts.joined(separator: "/")
}

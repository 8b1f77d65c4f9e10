import Base
package import Store

/// Where a data file is: in a table's own directory, or elsewhere, as those of a shallow clone are.
package enum DataFileLocation: Sendable, Equatable {
  /// A path below the table's root, unescaped.
  case inside(String)
  /// A URL or an absolute path, unescaped.
  case elsewhere(String)
}

extension AddFile {
  /// The file's path, unescaped once: relative to the table's root, or absolute.
  ///
  /// Delta protocol (PROTOCOL.md), "Add File and Remove File": a URI (RFC 2396).
  package func location(in store: any ObjectStore) throws(DeltaError) -> DataFileLocation {
    guard let decoded = percentDecoded(path) else {
      throw .corrupt("the data file's path is not a URI: \(path)")
    }
    guard isAbsoluteLocation(decoded) else { return .inside(decoded) }
    return store.path(ofAbsolute: decoded).map { .inside($0) } ?? .elsewhere(decoded)
  }

  /// The file's path below the table's root, unescaped.
  ///
  /// - Throws: `unsupported` for an absolute path or URL, as shallow clones have.
  package func storePath() throws(DeltaError) -> String { try Delta.storePath(logged: path) }

  /// The file, open.
  package func openReader(in store: any ObjectStore) throws(DeltaError) -> any ObjectReader {
    switch try location(in: store) {
    case .inside(let path):
      return try storing { () throws(StoreError) in try store.openReader(path) }
    case .elsewhere(let location):
      return try storing { () throws(StoreError) in try store.openReader(absolute: location) }
    }
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
  return decoded
}

import Base
import Store

/// The files that a vacuum must leave alone, by their path below the table's root.
///
/// Holds 8 bytes a file, a hash of its path: of two paths with one hash a file is kept that could
/// have gone, never the reverse.
struct ProtectedFiles: Sendable {
  private var hashes: Set<UInt64> = []

  mutating func reserve(_ count: Int) { hashes.reserveCapacity(count) }

  func contains(_ path: String) -> Bool { hashes.contains(hash(path)) }

  /// - Parameter path: unescaped, below the root.
  mutating func insert(path: String) { hashes.insert(hash(path)) }

  /// A data file, as a log spells its path, and the file of its deletion vector.
  ///
  /// - Throws: `corrupt` or `unsupported` where it is not clear which file is meant: nothing may be
  ///   deleted then.
  mutating func insert(
    logged path: String, deletionVector: DeletionVector?
  ) throws(DeltaError) {
    try insert(logged: path)
    guard let deletionVector else { return }
    if deletionVector.storageType == "p" {
      try insert(logged: deletionVector.pathOrInlineVector)
    } else if let path = try deletionVector.path() {
      hashes.insert(hash(path))
    }
  }

  private mutating func insert(logged path: String) throws(DeltaError) {
    guard let decoded = percentDecoded(path) else {
      throw .corrupt("a file's path is not a URI: \(path)")
    }
    let parts = try withoutDots(decoded).split(separator: "/")
    guard isAbsoluteLocation(decoded) else {
      hashes.insert(hash(parts.joined(separator: "/")))
      return
    }
    // An absolute path may lead into the table by any of its names: whatever it could mean here is
    // left alone.
    for start in parts.indices { hashes.insert(hash(parts[start...].joined(separator: "/"))) }
  }

  private func hash(_ path: String) -> UInt64 {
    let bytes = Buffer(Array(path.utf8))
    return xxHash64(bytes.bytes)
  }
}

import Store

/// Which files below a table's root are the table's own to clean up.
///
/// Names that start with `_` or `.` belong to someone else: the log, the quarantine, indexes. Not
/// so the directories of change data files, of partitions by a column with such a name, and Grebe's
/// files in progress, which a killed process leaves behind.
struct VacuumScope: Sendable {
  /// `<column>=` for every partition column, by both of its names, escaped and not.
  private let partitionPrefixes: [String]

  init(_ metadata: TableMetadata) {
    let names = metadata.partitionColumns + metadata.physicalPartitionColumns
    partitionPrefixes = names.flatMap { [$0 + "=", escapedForDirectory($0) + "="] }
  }

  /// - Parameter directory: below the root; those above it are entered.
  func enters(_ directory: String) -> Bool {
    let parts = directory.split(separator: "/", omittingEmptySubsequences: false)
    guard let name = parts.last else { return true }
    // Metadata of Iceberg for the same files.
    if parts.count == 1 && name == "metadata" { return false }
    if parts.count == 1 && name == changeDataDirectory { return true }
    return !isHidden(name) || partitionPrefixes.contains { name.hasPrefix($0) }
  }

  /// - Parameter path: of a file in a directory that is entered.
  func takes(_ path: String) -> Bool { !isHidden(VacuumScope.name(path)) }

  /// The same for a path of which nothing is known.
  func takesFromRoot(_ path: String) -> Bool {
    guard takes(path) else { return false }
    var directory = Store.directory(of: path)
    while !directory.isEmpty {
      guard enters(directory) else { return false }
      directory = Store.directory(of: directory)
    }
    return true
  }

  static func name(_ path: String) -> Substring {
    path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
  }

  private func isHidden(_ name: Substring) -> Bool {
    name.hasPrefix("_") || name.hasPrefix(".")
  }
}

/// Where change data files are: Delta protocol (PROTOCOL.md), "Change Data Files".
private let changeDataDirectory = "_change_data"

import Store

/// Files that directories and patterns have, and that are no sources by their names.
struct PassedOverFiles: Sendable {
  /// Endings of files that something is still writing, or that hold what a file was before.
  static let unfinishedEndings = [".tmp", ".temp", ".part", ".partial", ".crdownload", "~"]

  private struct Group: Sendable {
    var count = 0
    /// As the user would name it.
    var first = ""

    mutating func add(_ name: String) {
      if count == 0 { first = name }
      count += 1
    }
  }

  /// A Delta table in a directory of sources.
  private struct Table: Sendable {
    let name: String
    let identity: String
  }

  private var hidden = Group()
  private var unfinished = Group()
  private var tables: [Table] = []

  static func isUnfinished(_ path: String) -> Bool {
    let path = path.lowercased()
    return unfinishedEndings.contains(where: path.hasSuffix)
  }

  mutating func addHidden(_ name: String) { hidden.add(name) }
  mutating func addUnfinished(_ name: String) { unfinished.add(name) }

  mutating func addTable(_ name: String, identity: String) {
    if tables.contains(where: { $0.identity == identity }) { return }
    tables.append(Table(name: name, identity: identity))
  }

  /// What to tell of a load into the table at `location`.
  func notes(into location: String) -> [String] {
    var notes: [String] = []
    let target = absoluteLocation(location)
    let others = tables.filter { $0.identity != target }
    if let table = others.first {
      notes.append(
        "note: \(table.name) is a Delta table"
          + (others.count > 1 ? ", one of \(others.count) in the sources," : "")
          + " and not read; " + Self.exporting(table.name))
    }
    if unfinished.count > 0 {
      notes.append(
        "note: \(Self.files(unfinished, "unfinished")) (.tmp, .part, .partial, .crdownload, ~) "
          + "\(unfinished.count == 1 ? "is" : "are") not read; named by path they are")
    }
    if hidden.count > 0 {
      notes.append(
        "note: \(Self.files(hidden, "hidden")) (. or _ in front) "
          + "\(hidden.count == 1 ? "is" : "are") not read; named by path they are")
    }
    return notes
  }

  private static func files(_ group: Group, _ kind: String) -> String {
    group.count == 1
      ? "\(group.first), which seems to be \(kind)"
      : "\(group.count) files that seem to be \(kind), such as \(group.first)"
  }

  /// How the rows of a table become a source.
  static func exporting(_ table: String) -> String {
    "grebe query \"SELECT * FROM '\(table)'\" --output rows.parquet writes its rows to a file "
      + "that loads"
  }
}

import Base
import Store

/// The files that sources name, and those that they seem to name and that are none.
struct ResolvedSources: Sendable {
  var files: [SourceFile] = []
  var passedOver = PassedOverFiles()
}

/// Turns the command's sources (files, directories, globs, pipes) into files, each once, in a
/// stable order.
struct SourceResolver {
  let environment: Environment

  /// - Throws: `notFound` for a source that names nothing, `unsupported` for one that names a Delta
  ///   table or files of one.
  func resolve(_ sources: [String]) throws(GrebeError) -> ResolvedSources {
    var resolved = ResolvedSources()
    var tables = TableLookup(environment: environment)
    var seen: Set<String> = []
    for source in sources {
      let found =
        if source == "-" {
          [try spooled()]
        } else if SpooledInput.isPipe(source) {
          [try spooled(pipe: source)]
        } else {
          try resolve(source, &resolved.passedOver, &tables)
        }
      guard !found.isEmpty else { throw nothing(source, resolved.passedOver) }
      // One source names a file once.
      if sources.count == 1 {
        resolved.files = found
        return resolved
      }
      for file in found where seen.insert(byteIdentity(file.identity)).inserted {
        resolved.files.append(file)
      }
    }
    return resolved
  }

  private func nothing(_ source: String, _ passedOver: PassedOverFiles) -> GrebeError {
    let others = passedOver.notes(into: "").map { $0.dropFirst("note: ".count) }
    return GrebeError(
      .notFound, "no such source", place: source,
      hint: others.first.map(String.init)
        ?? "give a file, a directory with files in it, or a quoted pattern such as 'dumps/*.csv'")
  }

  private func spooled(pipe: String? = nil) throws(GrebeError) -> SourceFile {
    let spool = try exposing { () throws(StoreError) in
      try SpooledInput(environment, pipe: pipe)
    }
    return SourceFile(
      root: SourceRoot(spool), path: spool.path, sizeBytes: spool.sizeBytes, modifiedMillis: 0)
  }

  private func resolve(
    _ source: String, _ passedOver: inout PassedOverFiles, _ tables: inout TableLookup
  ) throws(GrebeError) -> [SourceFile] {
    let isPattern = try isPattern(source)
    let (directory, rest) = SourceResolver.split(source, isPattern: isPattern)
    let store = try store(in: directory)
    if isPattern {
      try tables.refuse(source, in: store)
      let isRecursive = rest.contains("/") || rest.contains("**")
      let entries = try exposing { () throws(StoreError) in
        try store.list("", recursive: isRecursive)
      }
      return shown(
        entries.filter { matches(pattern: rest, path: $0.path) },
        tables: Set(entries.compactMap { tableRoot(of: $0.path) }), SourceRoot(store),
        takesUnfinished: PassedOverFiles.isUnfinished(rest), &passedOver)
    }
    if !["", ".", ".."].contains(rest) {
      let entry = try exposing { () throws(StoreError) in try store.entry(rest) }
      if let entry {
        if rest.lowercased().hasSuffix(".parquet") { try tables.refuse(source, in: store) }
        return [SourceRoot(store).file(entry)]
      }
    }
    let inside = try exposing { () throws(StoreError) in try environment.openStore(source) }
    try tables.refuse(source, in: inside)
    let entries = try exposing { () throws(StoreError) in try inside.list("", recursive: true) }
    return shown(
      entries, tables: Set(entries.compactMap { tableRoot(of: $0.path) }), SourceRoot(inside),
      takesUnfinished: false, &passedOver)
  }

  private func store(in directory: String) throws(GrebeError) -> any ObjectStore {
    try exposing { () throws(StoreError) in
      try environment.openStore(directory.isEmpty ? "." : directory)
    }
  }

  /// Whether a source has the signs of a pattern, and no file or directory has that very name, as
  /// `dump [1].csv` may be.
  private func isPattern(_ source: String) throws(GrebeError) -> Bool {
    guard SourceResolver.isPattern(source) else { return false }
    let (directory, name) = SourceResolver.split(source, isPattern: false)
    if name.isEmpty { return try isPattern(directory) }
    let store = try store(in: directory)
    return try exposing { () throws(StoreError) in
      guard try store.entry(name) == nil else { return false }
      return try store.list(name, recursive: true).isEmpty
    }
  }

  /// The directory that a source is, or in which a pattern looks; nil for the working directory.
  static func directory(of source: String) -> String? {
    let (directory, rest) = split(source, isPattern: true)
    guard isPattern(rest) else { return source }
    return directory.isEmpty ? nil : directory
  }

  /// The part before the last `/`, for a pattern the last that none of its signs precedes, and the
  /// rest.
  private static func split(
    _ source: String, isPattern: Bool
  ) -> (directory: String, rest: String) {
    let plain = isPattern ? source.prefix { !"*?[".contains($0) } : source[...]
    guard let slash = plain.lastIndex(of: "/") else { return ("", source) }
    let directory = slash == source.startIndex ? "/" : String(source[..<slash])
    return (directory, String(source[source.index(after: slash)...]))
  }

  private static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

  /// The files that are sources. Hidden files and folders (`.` and `_` in front) belong to tools
  /// and tables, and so do all files of tables; what is unfinished will be there under its name.
  private func shown(
    _ entries: [ObjectEntry], tables: Set<String>, _ root: SourceRoot, takesUnfinished: Bool,
    _ passedOver: inout PassedOverFiles
  ) -> [SourceFile] {
    var files: [SourceFile] = []
    files.reserveCapacity(entries.count)
    for entry in entries {
      let file = root.file(entry)
      if !tables.isEmpty, let table = table(of: entry.path, among: tables) {
        passedOver.addTable(
          root.joined(root.name, table), identity: root.joined(root.identity, table))
      } else if isHidden(entry.path) {
        passedOver.addHidden(file.name)
      } else if !takesUnfinished && PassedOverFiles.isUnfinished(entry.path) {
        passedOver.addUnfinished(file.name)
      } else {
        files.append(file)
      }
    }
    return files
  }

  /// The folder of the table that a file is in, if it is in one.
  private func table(of path: String, among tables: Set<String>) -> String? {
    let folders = path.split(separator: "/", omittingEmptySubsequences: false)
    let depth = folders.indices.first { index in
      tables.contains(byteIdentity(folders[..<index].joined(separator: "/")))
    }
    return depth.map { folders[..<$0].joined(separator: "/") }
  }

  private func isHidden(_ path: String) -> Bool {
    var isFirst = true
    for byte in path.utf8 {
      if isFirst && (byte == UInt8(ascii: ".") || byte == UInt8(ascii: "_")) { return true }
      isFirst = byte == UInt8(ascii: "/")
    }
    return false
  }

  /// The folder, escaped, of the table whose log holds this file; nil for every other file. The
  /// files of a table are not dumps.
  private func tableRoot(of path: String) -> String? {
    guard isHidden(path) else { return nil }
    let folders = path.split(separator: "/", omittingEmptySubsequences: false)
    guard let log = folders.firstIndex(of: "_delta_log"), log > 0 else { return nil }
    return byteIdentity(folders[..<log].joined(separator: "/"))
  }

  private func matches(pattern: String, path: String) -> Bool {
    globMatches(pattern: Array(pattern.utf8)[...], path: Array(path.utf8)[...])
  }
}

/// Tells Delta tables from directories of dumps, and looks at each directory once: a table's files
/// may hold rows that are deleted, and lack columns that only its log has.
private struct TableLookup {
  let environment: Environment
  private var known: [String: Bool] = [:]

  init(environment: Environment) { self.environment = environment }

  /// - Parameter store: of the directory in which the source is, or that it is.
  /// - Throws: `unsupported` if that is a table, or a partition of one.
  mutating func refuse(_ source: String, in store: any ObjectStore) throws(GrebeError) {
    var place = absoluteLocation(store.location)
    var store = store
    while true {
      let isTable: Bool
      if let answer = known[place] {
        isTable = answer
      } else {
        let inside = store
        isTable = try exposing { () throws(StoreError) in
          try !inside.paths(in: "_delta_log").isEmpty
        }
        known[place] = isTable
      }
      if isTable {
        throw GrebeError(
          .unsupported, "the source is a Delta table, whose files alone are not its rows",
          place: source, hint: PassedOverFiles.exporting(place))
      }
      let (above, name) = FileLocation.split(place)
      guard name.contains("="), above != place else { return }
      place = above
      store = try exposing { () throws(StoreError) in try environment.openStore(above) }
    }
  }
}

/// Shell patterns: `*` and `?` stay within a path segment, `**` crosses segments, `[a-z]` is a set.
///
/// O(pattern * path) for patterns with one star, exponential only in the number of `*`.
func globMatches(pattern: ArraySlice<UInt8>, path: ArraySlice<UInt8>) -> Bool {
  guard let head = pattern.first else { return path.isEmpty }
  let slash = UInt8(ascii: "/")
  switch head {
  case UInt8(ascii: "*"):
    let crosses = pattern.dropFirst().first == UInt8(ascii: "*")
    var rest = pattern.dropFirst(crosses ? 2 : 1)
    if crosses, rest.first == slash {
      if globMatches(pattern: rest.dropFirst(), path: path) { return true }
    }
    if crosses, rest.isEmpty { rest = [] }
    var tail = path
    while true {
      if globMatches(pattern: rest, path: tail) { return true }
      guard let byte = tail.first, crosses || byte != slash else { return false }
      tail = tail.dropFirst()
    }
  case UInt8(ascii: "?"):
    guard let byte = path.first, byte != slash else { return false }
    return globMatches(pattern: pattern.dropFirst(), path: path.dropFirst())
  case UInt8(ascii: "["):
    guard let close = pattern.dropFirst().firstIndex(of: UInt8(ascii: "]")), let byte = path.first
    else { return false }
    return setContains(pattern[(pattern.startIndex + 1)..<close], byte)
      && globMatches(pattern: pattern[(close + 1)...], path: path.dropFirst())
  default:
    return path.first == head && globMatches(pattern: pattern.dropFirst(), path: path.dropFirst())
  }
}

private func setContains(_ set: ArraySlice<UInt8>, _ byte: UInt8) -> Bool {
  var set = set
  let isNegated = set.first == UInt8(ascii: "!") || set.first == UInt8(ascii: "^")
  if isNegated { set = set.dropFirst() }
  var found = false
  while let low = set.first {
    set = set.dropFirst()
    var high = low
    if set.count >= 2, set.first == UInt8(ascii: "-") {
      high = set[set.startIndex + 1]
      set = set.dropFirst(2)
    }
    if byte >= low && byte <= high { found = true }
  }
  return found != isNegated
}

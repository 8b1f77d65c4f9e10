import Base
import Store

/// Turns the command's sources (files, directories, globs, pipes) into files, each once, in a
/// stable order.
struct SourceResolver {
  let environment: Environment

  /// - Throws: `notFound` for a source that names nothing.
  func resolve(_ sources: [String]) throws(GrebeError) -> [SourceFile] {
    var files: [SourceFile] = []
    var seen: Set<String> = []
    for source in sources {
      let found =
        if source == "-" {
          [try spooled()]
        } else if SpooledInput.isPipe(source) {
          [try spooled(pipe: source)]
        } else {
          try resolve(source)
        }
      guard !found.isEmpty else {
        throw GrebeError(
          .notFound, "no such source", place: source,
          hint:
            "give a file, a directory with files in it, or a quoted pattern such as 'dumps/*.csv'")
      }
      // One source names a file once.
      if sources.count == 1 { return found }
      for file in found where seen.insert(byteIdentity(file.identity)).inserted {
        files.append(file)
      }
    }
    return files
  }

  private func spooled(pipe: String? = nil) throws(GrebeError) -> SourceFile {
    let spool = try exposing { () throws(StoreError) in
      try SpooledInput(environment, pipe: pipe)
    }
    return SourceFile(
      root: SourceRoot(spool), path: spool.path, sizeBytes: spool.sizeBytes, modifiedMillis: 0)
  }

  private func resolve(_ source: String) throws(GrebeError) -> [SourceFile] {
    let (directory, rest) = SourceResolver.split(source)
    let store = try exposing { () throws(StoreError) in
      try environment.openStore(directory.isEmpty ? "." : directory)
    }
    if SourceResolver.isPattern(rest) {
      let entries = try list(store, recursive: rest.contains("/") || rest.contains("**"))
      return entries.filter { matches(pattern: rest, path: $0.path) }.map(SourceRoot(store).file)
    }
    if !["", ".", ".."].contains(rest) {
      let entry = try exposing { () throws(StoreError) in try store.entry(rest) }
      if let entry { return [SourceRoot(store).file(entry)] }
    }
    let inside = try exposing { () throws(StoreError) in try environment.openStore(source) }
    return try list(inside, recursive: true).map(SourceRoot(inside).file)
  }

  /// The directory that a source is, or in which a pattern looks; nil for the working directory.
  static func directory(of source: String) -> String? {
    let (directory, rest) = split(source)
    guard isPattern(rest) else { return source }
    return directory.isEmpty ? nil : directory
  }

  /// The part before the last `/` that no pattern character precedes, and the rest.
  private static func split(_ source: String) -> (directory: String, rest: String) {
    let plain = source.prefix { !"*?[".contains($0) }
    guard let slash = plain.lastIndex(of: "/") else { return ("", source) }
    let directory = slash == source.startIndex ? "/" : String(source[..<slash])
    return (directory, String(source[source.index(after: slash)...]))
  }

  private static func isPattern(_ text: String) -> Bool { text.contains { "*?[".contains($0) } }

  /// Hidden files and folders (`.` and `_` in front) belong to tools and tables, not to dumps.
  private func list(_ store: any ObjectStore, recursive: Bool) throws(GrebeError) -> [ObjectEntry] {
    let entries = try exposing { () throws(StoreError) in try store.list("", recursive: recursive) }
    let shown = entries.filter { !isHidden($0.path) }
    if shown.count == entries.count { return shown }
    let tables = Set(entries.compactMap { tableRoot(of: $0.path) })
    if tables.isEmpty { return shown }
    return shown.filter { entry in
      let folders = entry.path.split(separator: "/", omittingEmptySubsequences: false)
      return !folders.indices.contains { index in
        tables.contains(byteIdentity(folders[..<index].joined(separator: "/")))
      }
    }
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

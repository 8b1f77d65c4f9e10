import Base
import Delta

/// Which sources a table holds: one `txn` action per source and load (spec/table-conventions.md,
/// "Ledger").
struct Ledger {
  /// A load of one source.
  struct Entry: Equatable {
    let id: String
    /// Of the source, escaped to ASCII.
    let path: String
    let modifiedMillis: Int64
    /// Nil in entries of early versions, which recorded the time alone; so are all that follow.
    var sizeBytes: Int64?
    var checksum: UInt32?
    var loadID: String?
    /// Data files that the load added.
    var fileCount: Int?
    /// Place among the sources of the load; nil for what came through a pipe, too.
    var ordinal: Int?
    /// Of the first JSON source of its table.
    var json: JSONHistory?
    /// Of a delimited source, what it tells of others besides what is told before.
    var csv: CSVHistory?
  }

  enum Status {
    case unknown, loaded
    /// Loaded, and changed since.
    case changed
  }

  fileprivate static let prefix = "grebe:source:"
  /// What stands for a path where there is none. Each load has its own, behind it, as loads of one
  /// path are in conflict.
  fileprivate static let pipePrefix = "stdin:"

  /// Live entries by the source's escaped path.
  private let entries: [String: [Entry]]
  /// How the first JSON source is laid out; nil if there is none, or it does not say.
  let json: JSONHistory?
  /// How delimited sources are written, the first to say something first.
  let csv: CSVHistory

  init(_ snapshot: Snapshot?) {
    var entries: [String: [Entry]] = [:]
    var telling: [(updatedMillis: Int64, entry: Entry)] = []
    for (id, transaction) in snapshot?.transactions ?? [:] where transaction.version > 0 {
      guard let entry = Entry(id, modifiedMillis: transaction.version) else { continue }
      entries[entry.path, default: []].append(entry)
      if entry.json != nil || entry.csv != nil {
        telling.append((transaction.updatedMillis ?? 0, entry))
      }
    }
    self.entries = entries
    // Of two loads that began at once both may say.
    telling.sort { ($0.updatedMillis, $0.entry.id) < ($1.updatedMillis, $1.entry.id) }
    json = telling.lazy.compactMap(\.entry.json).first
    csv = telling.reduce(CSVHistory()) { $1.entry.csv.map($0.merging) ?? $0 }
  }

  func entries(ofPath path: String) -> [Entry] { entries[path] ?? [] }

  func entries(of source: SourceFile) -> [Entry] {
    source.isAnonymous ? [] : entries(ofPath: Ledger.path(of: source))
  }

  /// By load and place in it.
  var members: [LoadMember: Entry] {
    var members: [LoadMember: Entry] = [:]
    for entry in entries.values.joined() {
      if let member = entry.member { members[member] = entry }
    }
    return members
  }

  /// Every load with a source whose rows are in the table.
  var loadIDs: Set<String> { Set(entries.values.joined().compactMap(\.loadID)) }

  /// Whether the table holds the source, as it is now.
  ///
  /// A file of the same size and time is taken for the same without a look at it; one of the same
  /// size is read and its checksum compared.
  func status(of source: SourceFile) throws(GrebeError) -> Status {
    let known = entries(of: source)
    if known.isEmpty { return .unknown }
    let modified = Ledger.version(of: source)
    if known.contains(where: {
      $0.modifiedMillis == modified && ($0.sizeBytes ?? source.sizeBytes) == source.sizeBytes
    }) {
      return .loaded
    }
    guard known.contains(where: { $0.sizeBytes == source.sizeBytes && $0.checksum != nil }) else {
      return .changed
    }
    let checksum = try SourceChecksums().checksum(of: source, source: nil)
    return known.contains { $0.sizeBytes == source.sizeBytes && $0.checksum == checksum }
      ? .loaded : .changed
  }

  /// Sources whose paths have no entry and whose bytes another path's entry has, as far as size and
  /// checksum tell: files that were renamed or copied, and what came through a pipe. O(entries).
  ///
  /// - Parameter retired: entries whose rows go.
  func copies(
    among sources: [(file: SourceFile, checksum: UInt32)], retired: [Entry]
  ) -> [(file: SourceFile, original: Entry)] {
    let fresh = sources.filter { $0.file.sizeBytes > 0 && entries(of: $0.file).isEmpty }
    if fresh.isEmpty { return [] }
    let gone = Set(retired.map(\.id))
    var known: [Contents: Entry] = [:]
    for entry in all {
      guard let contents = entry.contents, !gone.contains(entry.id) else { continue }
      // Of several the first by path, so that the result does not depend on the hashes' seed.
      if let other = known[contents], other.path <= entry.path { continue }
      known[contents] = entry
    }
    return fresh.compactMap { file, checksum in
      known[Contents(sizeBytes: file.sizeBytes, checksum: checksum)].map { (file, $0) }
    }
  }

  /// The entries of a load's sources, in order.
  ///
  /// - Parameters:
  ///   - json: how JSON is laid out, and the place of the source that is to say so.
  ///   - csv: the same of delimited text.
  static func transactions(
    loading sources: [(file: SourceFile, checksum: UInt32)], loadID: String, fileCount: Int,
    json: (ordinal: Int, history: JSONHistory)?, csv: (ordinal: Int, history: CSVHistory)?,
    nowMillis: Int64
  ) -> [TransactionIdentifier] {
    sources.enumerated().map { ordinal, source in
      let isPipe = source.file.isAnonymous
      return Entry(
        path: isPipe ? "\(pipePrefix)\(loadID)/\(ordinal)" : path(of: source.file),
        modifiedMillis: version(of: source.file),
        sizeBytes: source.file.sizeBytes, checksum: source.checksum,
        json: json.flatMap { $0.ordinal == ordinal ? $0.history : nil },
        csv: csv.flatMap { $0.ordinal == ordinal ? $0.history : nil }
      ).joining(
        loadID: loadID, fileCount: fileCount, ordinal: isPipe ? nil : ordinal, nowMillis: nowMillis)
    }
  }

  /// What says that the rows of `entries` are no longer in the table.
  static func retiring(_ entries: [Entry], nowMillis: Int64) -> [TransactionIdentifier] {
    entries.sorted { $0.id < $1.id }.map {
      TransactionIdentifier(applicationID: $0.id, version: 0, updatedMillis: nowMillis)
    }
  }

  var all: [Entry] { Array(entries.values.joined()) }

  static func path(of source: SourceFile) -> String { logPath(source.identity) }

  private static func version(of source: SourceFile) -> Int64 { max(1, source.modifiedMillis) }

}

/// What two files of the same bytes have in common.
private struct Contents: Hashable {
  let sizeBytes: Int64
  let checksum: UInt32
}

/// A source's place in a load.
struct LoadMember: Hashable {
  let loadID: String
  let ordinal: Int
}

extension Ledger.Entry {
  fileprivate init(
    path: String, modifiedMillis: Int64, sizeBytes: Int64, checksum: UInt32, json: JSONHistory?,
    csv: CSVHistory?
  ) {
    id = ""
    self.json = json
    self.csv = csv
    self.path = path
    self.modifiedMillis = modifiedMillis
    self.sizeBytes = sizeBytes
    self.checksum = checksum
  }

  /// Of what came through a pipe, which cannot be found again.
  var isAnonymous: Bool { path.hasPrefix(Ledger.pipePrefix) }

  /// For a person.
  var shownName: String {
    isAnonymous ? "a source that came through a pipe" : percentDecoded(path) ?? path
  }

  /// The entry of the same source, as it is here, in another load.
  ///
  /// - Parameter ordinal: nil for one that is never loaded again with others of the load.
  func joining(
    loadID: String, fileCount: Int, ordinal: Int?, nowMillis: Int64
  ) -> TransactionIdentifier {
    var parameters: [String] = []
    if let sizeBytes { parameters.append("size=\(sizeBytes)") }
    if let checksum {
      let digits = String(checksum, radix: 16)
      parameters.append("crc32=" + String(repeating: "0", count: 8 - digits.count) + digits)
    }
    parameters += ["load=\(loadID)", "files=\(fileCount)"]
    if let ordinal { parameters.append("n=\(ordinal)") }
    parameters += (json?.parameters ?? []) + (csv?.parameters ?? [])
    return TransactionIdentifier(
      applicationID: Ledger.prefix + path + "?" + parameters.joined(separator: "&"),
      version: modifiedMillis, updatedMillis: nowMillis)
  }

  fileprivate var contents: Contents? {
    guard let sizeBytes, let checksum else { return nil }
    return Contents(sizeBytes: sizeBytes, checksum: checksum)
  }

  var member: LoadMember? {
    guard let loadID, let ordinal else { return nil }
    return LoadMember(loadID: loadID, ordinal: ordinal)
  }

  /// Nil for other applications' ids. Members that are not understood are passed over.
  init?(_ id: String, modifiedMillis: Int64) {
    guard id.hasPrefix(Ledger.prefix) else { return nil }
    let parts = id.dropFirst(Ledger.prefix.count).split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.id = id
    self.modifiedMillis = modifiedMillis
    path = String(parts[0])
    guard parts.count == 2 else { return }
    var others: [Substring: Substring] = [:]
    for pair in parts[1].split(separator: "&") {
      guard let equals = pair.firstIndex(of: "=") else { continue }
      let value = pair[pair.index(after: equals)...]
      switch pair[..<equals] {
      case "size": sizeBytes = Int64(value)
      case "crc32": checksum = UInt32(value, radix: 16)
      case "load": loadID = String(value)
      case "files": fileCount = Int(value)
      case "n": ordinal = Int(value)
      case let name: others[name] = value
      }
    }
    if !others.isEmpty { (json, csv) = (JSONHistory(others), CSVHistory(others)) }
  }
}

import Delta

/// Which sources a table holds: one `txn` action per source (spec/table-conventions.md, "Ledger").
struct Ledger {
  private static let prefix = "grebe:source:"

  /// By application id, escaped to ASCII: the version of each source's entry, its modification time
  /// in milliseconds, 0 when its rows are gone.
  private let entries: [String: Int64]

  init(_ snapshot: Snapshot?) {
    var entries: [String: Int64] = [:]
    for (id, transaction) in snapshot?.transactions ?? [:] where id.hasPrefix(Ledger.prefix) {
      entries[id] = transaction.version
    }
    self.entries = entries
  }

  enum Status {
    case unknown, loaded
    /// Loaded, and changed since.
    case changed
  }

  func status(of source: SourceFile) -> Status {
    guard !source.isAnonymous, let version = entries[Ledger.id(of: source)], version > 0 else {
      return .unknown
    }
    return version == Ledger.version(of: source) ? .loaded : .changed
  }

  /// What the load's commit records.
  ///
  /// - Parameter replacesAll: the commit removes every older row, so older sources are forgotten.
  func transactions(
    loading sources: [SourceFile], replacesAll: Bool, nowMillis: Int64
  ) -> [TransactionIdentifier] {
    var result = sources.filter { !$0.isAnonymous }.map { source in
      TransactionIdentifier(
        applicationID: Ledger.id(of: source), version: Ledger.version(of: source),
        updatedMillis: nowMillis)
    }
    guard replacesAll else { return result }
    let loading = Set(sources.map(Ledger.id))
    for (id, version) in entries.sorted(by: { $0.key < $1.key })
    where version > 0 && !loading.contains(id) {
      result.append(
        TransactionIdentifier(
          applicationID: id, version: 0, updatedMillis: nowMillis))
    }
    return result
  }

  /// `grebe:source:` and the path as a URI escapes it.
  private static func id(of source: SourceFile) -> String { prefix + logPath(source.identity) }

  private static func version(of source: SourceFile) -> Int64 { max(1, source.modifiedMillis) }
}

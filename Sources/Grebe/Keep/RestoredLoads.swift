import Delta

/// What a restore does to Grebe's own `txn` actions (spec/table-conventions.md, "Restore").
///
/// The ledger says which sources the table holds. So it becomes what it was: sources that were
/// loaded since are no longer known and can be loaded again, those of rows that come back are. How
/// far other applications have come is left alone: their rows may be gone, and still they must not
/// write the same batch twice.
struct RestoredLoads {
  /// Sources and loads that are no longer in the table.
  private(set) var forgotten = 0
  /// Those that are in it again.
  private(set) var known = 0
  /// Ids of the loads, and replays, among the forgotten.
  private(set) var forgottenLoads: Set<String> = []
  private(set) var transactions: [TransactionIdentifier] = []

  private static let loadPrefix = "grebe:load:"
  private static let prefixes = ["grebe:source:", loadPrefix]

  init(current: Snapshot, target: Snapshot, nowMillis: Int64) {
    let now = RestoredLoads.live(current)
    let then = RestoredLoads.live(target)
    for id in now.keys.sorted() where then[id] == nil {
      forgotten += 1
      if id.hasPrefix(RestoredLoads.loadPrefix) {
        forgottenLoads.insert(String(id.dropFirst(RestoredLoads.loadPrefix.count)))
      }
      transactions.append(
        TransactionIdentifier(applicationID: id, version: 0, updatedMillis: nowMillis))
    }
    for (id, version) in then.sorted(by: { $0.key < $1.key }) where now[id] != version {
      known += 1
      transactions.append(
        TransactionIdentifier(applicationID: id, version: version, updatedMillis: nowMillis))
    }
  }

  /// Versions of the entries that say that rows are in the table, by id.
  private static func live(_ snapshot: Snapshot) -> [String: Int64] {
    snapshot.transactions.filter { id, transaction in
      transaction.version > 0 && prefixes.contains { id.hasPrefix($0) }
    }.mapValues(\.version)
  }
}

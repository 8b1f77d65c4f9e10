import Delta

/// That a load whose rows are tied to another table has been committed: a `txn` action whose id
/// names it (spec/table-conventions.md, "Quarantine").
enum LoadRecord {
  private static let prefix = "grebe:load:"

  static func transaction(_ loadID: String, nowMillis: Int64) -> TransactionIdentifier {
    TransactionIdentifier(
      applicationID: prefix + loadID, version: 1, updatedMillis: nowMillis)
  }

  static func isCommitted(_ loadID: String, in snapshot: Snapshot) -> Bool {
    (snapshot.transactions[prefix + loadID]?.version ?? 0) > 0
  }

  /// What says that no row of any load is in the table any more.
  static func retiring(_ snapshot: Snapshot, nowMillis: Int64) -> [TransactionIdentifier] {
    snapshot.transactions.values
      .filter { $0.applicationID.hasPrefix(prefix) && $0.version > 0 }
      .map(\.applicationID).sorted()
      .map { TransactionIdentifier(applicationID: $0, version: 0, updatedMillis: nowMillis) }
  }
}

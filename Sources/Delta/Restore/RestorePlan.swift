import Base
package import Store

/// What makes a table what it was at an older version.
///
/// Files, schema, partitioning and properties are those of that version. Not so what has to go on:
/// the protocol is never lowered, ids of columns never go back, and neither do the properties by
/// which times of commits are told, row ids, or the progress of applications.
package struct RestorePlan: Sendable {
  package let current: Snapshot
  package let target: Snapshot
  /// Files of the old version that the table does not have now.
  package let restored: [AddFile]
  /// Files that the table has now and did not have then.
  package let removed: [AddFile]
  /// Nil where they stay what they are; so are the two below.
  package let metadata: TableMetadata?
  package let tableProtocol: TableProtocol?
  package let domains: [DomainMetadata]

  /// O(files of both versions).
  package init(current: Snapshot, target: Snapshot) {
    self.current = current
    self.target = target
    let now = Set(current.files.map(\.key))
    let then = Set(target.files.map(\.key))
    restored = target.files.filter { !now.contains($0.key) }
    removed = current.files.filter { !then.contains($0.key) }
    let metadata = target.metadata.restored(over: current.metadata)
    self.metadata = metadata == current.metadata ? nil : metadata
    let tableProtocol = current.tableProtocol.raised(to: target.tableProtocol)
    self.tableProtocol = tableProtocol == current.tableProtocol ? nil : tableProtocol
    domains = RestorePlan.domains(current: current.domains, target: target.domains)
  }

  /// Whether the table is what it was, applications' progress apart.
  package var isEmpty: Bool {
    restored.isEmpty && removed.isEmpty && metadata == nil && tableProtocol == nil
      && domains.isEmpty
  }

  /// Domains of users, and of features that are a matter of a version. Others of the system belong
  /// to whoever knows them.
  private static func isOfAVersion(_ domain: String) -> Bool {
    !domain.hasPrefix("delta.") || domain == Snapshot.clusteringDomain
  }

  private static func domains(
    current: [String: DomainMetadata], target: [String: DomainMetadata]
  ) -> [DomainMetadata] {
    var changed: [DomainMetadata] = []
    for name in Set(current.keys).union(target.keys).sorted() where isOfAVersion(name) {
      if let old = target[name] {
        if old != current[name] { changed.append(old) }
      } else if let new = current[name] {
        changed.append(
          DomainMetadata(domain: name, configuration: new.configuration, removed: true))
      }
    }
    return changed
  }

  /// Throws unless every file that comes back is still in the store, as large as it was.
  ///
  /// - Throws: `notFound` naming how many are gone and one of them.
  package func checkFiles(
    in store: any ObjectStore, environment: Environment
  ) throws(DeltaError) {
    let missing = try MissingFiles.find(restored, in: store, environment: environment)
    guard let first = missing.first else { return }
    throw DeltaError(
      .notFound,
      "the version cannot be restored: \(missing.count) of its \(target.files.count) files are "
        + (missing.count == 1 ? "gone" : "gone, the first of them this one"),
      table: current.location, version: target.version, file: first,
      hint: "a vacuum has deleted them; restore them from a copy, or restore a later version")
  }

  /// The transaction, yet without the progress of applications.
  package func transaction(_ operation: Operation, atMillis now: Int64) -> Transaction {
    var transaction = Transaction(from: current, operation: operation)
    transaction.reads = .wholeTable
    transaction.writesFiles = false
    transaction.metadata = metadata
    transaction.tableProtocol = tableProtocol
    transaction.domains = domains
    transaction.removes = removed.map { $0.removed(atMillis: now, dataChange: true) }
    transaction.adds = restored.map { file in
      var file = file
      file.dataChange = true
      return file
    }
    return transaction
  }

  /// As Spark names what a restore did.
  package var metrics: [String: String] {
    [
      "tableSizeAfterRestore": String(target.sizeBytes),
      "numOfFilesAfterRestore": String(target.files.count),
      "numRemovedFiles": String(removed.count), "numRestoredFiles": String(restored.count),
      "removedFilesSize": String(removed.lazy.map(\.sizeBytes).saturatedSum()),
      "restoredFilesSize": String(restored.lazy.map(\.sizeBytes).saturatedSum()),
    ]
  }
}

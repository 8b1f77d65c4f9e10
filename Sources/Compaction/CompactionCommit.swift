import Base
package import Delta
package import Store

/// A compaction that was committed, or found nothing to commit.
package struct CompactionOutcome: Sendable {
  /// The version that holds the results.
  package let version: Int64
  package let committed: [CompactionResult]
  /// Results whose inputs another writer removed meanwhile; their files are deleted.
  package let lost: [CompactionResult]
}

/// Makes results visible: removes and adds in one version, no row changed.
package struct CompactionCommit {
  private let store: any ObjectStore
  private let snapshot: Snapshot
  private let environment: Environment
  private let userMetadata: String?

  /// - Parameter userMetadata: what the history keeps with it.
  package init(
    store: any ObjectStore, snapshot: Snapshot, environment: Environment,
    userMetadata: String? = nil
  ) {
    self.store = store
    self.snapshot = snapshot
    self.environment = environment
    self.userMetadata = userMetadata
  }

  /// Commits every result whose inputs are still in the table; appends by
  /// others meanwhile are fine. Files of results that are not committed are deleted.
  ///
  /// - Throws: `conflict` when other writers left nothing to commit or changed the table itself;
  ///   `cancelled` when asked to stop before the commit; nothing is changed then. `io` when the
  ///   store fails: the files are kept, because the commit may have arrived all the same.
  package func commit(_ results: [CompactionResult]) throws(DeltaError) -> CompactionOutcome {
    var rest = results
    var lost: [CompactionResult] = []
    do throws(DeltaError) {
      while !rest.isEmpty {
        if environment.cancellation.isCancelled {
          throw DeltaError(.cancelled, "interrupted before the commit", table: store.location)
        }
        switch try transaction(rest).commit(to: store, environment: environment) {
        case .committed(let version):
          return CompactionOutcome(version: version, committed: rest, lost: lost)
        case .conflict(let reason, let version):
          let gone = try drop(from: &rest, removedUpTo: version)
          deleteOutputs(of: gone, in: store)
          lost += gone
          guard !gone.isEmpty, !rest.isEmpty else { throw conflict(reason) }
        }
      }
    } catch {
      if error.code != .io { deleteOutputs(of: rest, in: store) }
      throw error
    }
    return CompactionOutcome(version: snapshot.version, committed: [], lost: [])
  }

  private func conflict(_ reason: ConflictReason) -> DeltaError {
    DeltaError(
      .conflict, "compaction lost to another writer: \(reason)", table: store.location,
      hint: "nothing was changed; run it again")
  }

  /// Takes out the results that have an input which a commit since the snapshot removed.
  private func drop(
    from results: inout [CompactionResult], removedUpTo last: Int64
  ) throws(DeltaError) -> [CompactionResult] {
    var removed: Set<String> = []
    var version = snapshot.version
    while version < last {
      version += 1
      guard let commit = try CommitFile.read(store, version: version) else { break }
      for case .remove(let file) in commit.actions { removed.insert(file.key.path) }
    }
    let isLost = { (result: CompactionResult) in
      result.removed.contains { removed.contains($0.key.path) }
    }
    let gone = results.filter(isLost)
    results.removeAll(where: isLost)
    return gone
  }

  private func transaction(_ results: [CompactionResult]) -> Transaction {
    var transaction = Transaction(from: snapshot, operation: operation(results))
    let now = environment.nowMillis()
    for result in results {
      transaction.removes += result.removed.map { $0.removed(atMillis: now, dataChange: false) }
      transaction.adds += result.added
    }
    return transaction
  }

  private func operation(_ results: [CompactionResult]) -> Operation {
    let removed = results.flatMap(\.removed)
    let added = results.flatMap(\.added)
    return Operation(
      "OPTIMIZE", parameters: ["predicate": "[]", "zOrderBy": "[]"],
      metrics: [
        "numRemovedFiles": String(removed.count), "numAddedFiles": String(added.count),
        "numRemovedBytes": String(removed.lazy.map(\.sizeBytes).saturatedSum()),
        "numAddedBytes": String(added.lazy.map(\.sizeBytes).saturatedSum()),
        "numOutputRows": String(results.lazy.map(\.rowCount).saturatedSum()),
      ], userMetadata: userMetadata)
  }
}

import Base
import Columns
package import Compute
package import Parquet
package import Store

/// Attempts against other writers before a deletion gives up.
private let attemptMax = 10

/// What a deletion did.
package struct DeletionOutcome: Sendable {
  /// The version without the rows; the one looked at if there were none.
  package var version: Int64
  package var rowsDeleted: Int64 = 0
  /// Files that had nothing but rows to delete.
  package var filesRemoved = 0
  /// Files that were written again without the rows.
  package var filesRewritten = 0
  /// Files that got a deletion vector, or another one.
  package var vectorsWritten = 0
  /// False: nothing matched, or nothing was to be changed.
  package var isCommitted = false
}

/// Takes the rows for which a condition holds out of a table, in one commit.
///
/// A file of which every row goes is removed. Where only some go, the file gets a deletion vector
/// if the table allows them, and is written again without the rows if not. Rows for which the
/// condition is null stay.
package struct Deletion: Sendable {
  private let store: any ObjectStore
  private let environment: Environment
  /// The condition over the readable columns of a version, bound anew for each version.
  private let bind: @Sendable (Snapshot) throws(DeltaError) -> BoundExpression
  /// The condition as the user wrote it, for the history.
  private let text: String
  private let parquet: ParquetWriteOptions
  /// Commit only as the version after this one.
  package var requiredVersion: Int64?
  package var userMetadata: String?

  /// - Parameter parquet: how files are written again.
  package init(
    store: any ObjectStore, environment: Environment, text: String,
    parquet: ParquetWriteOptions = ParquetWriteOptions(),
    bind: @escaping @Sendable (Snapshot) throws(DeltaError) -> BoundExpression
  ) {
    self.store = store
    self.environment = environment
    self.text = text
    self.parquet = parquet
    self.bind = bind
  }

  /// Deletes. Where another writer's commit stands in the way, the table is looked at again and the
  /// rows that match then are deleted, a bounded number of times.
  ///
  /// - Parameter dryRun: only counts.
  /// - Throws: `conflict` when other writers kept winning or the table is not at the version that
  ///   it has to be; `unsupported` for a table that this build must not write. Nothing is changed
  ///   then, and no file left behind.
  package func run(
    from first: Snapshot, dryRun: Bool = false
  ) throws(DeltaError) -> DeletionOutcome {
    var snapshot = first
    for attempt in 0..<attemptMax {
      try check(snapshot)
      let outputs = OutputRecorder(store)
      do throws(DeltaError) {
        let work = DeletionWork(
          store: outputs, snapshot: snapshot, condition: try bind(snapshot),
          environment: environment, parquet: parquet)
        let changes = try work.run(dryRun: dryRun)
        var outcome = changes.outcome
        outcome.version = snapshot.version
        if dryRun || changes.isEmpty { return outcome }
        let transaction = transaction(changes, on: snapshot, work)
        switch try transaction.commit(to: store, environment: environment) {
        case .committed(let version):
          outcome.version = version
          outcome.isCommitted = true
          return outcome
        case .conflict(let reason, let version):
          outputs.deleteOutputs()
          guard requiredVersion == nil, attempt + 1 < attemptMax else {
            throw conflict(reason, version)
          }
        }
      } catch {
        // After a failed write the commit may have arrived all the same.
        if error.code != .io { outputs.deleteOutputs() }
        throw error
      }
      snapshot = try Snapshot.load(store)
    }
    throw conflict(.tooManyAttempts, snapshot.version)
  }

  private func check(_ snapshot: Snapshot) throws(DeltaError) {
    try snapshot.checkWritable(movesRows: !snapshot.allowsDeletionVectors)
    if let requiredVersion, requiredVersion != snapshot.version {
      throw DeltaError(
        .conflict, "the table is at version \(snapshot.version), not \(requiredVersion)",
        table: store.location, hint: "look at grebe history, then decide again")
    }
    if snapshot.metadata.isSet("delta.appendOnly") {
      throw DeltaError(
        .invalidArgument, "the table only takes appends (delta.appendOnly)", table: store.location,
        hint: "grebe alter TABLE --set delta.appendOnly=false, then delete")
    }
  }

  private func conflict(_ reason: ConflictReason, _ version: Int64) -> DeltaError {
    DeltaError(
      .conflict, "the deletion lost to another writer: \(reason)", table: store.location,
      version: version, hint: "nothing was changed; run it again")
  }

  private func transaction(
    _ changes: DeletionChanges, on snapshot: Snapshot, _ work: DeletionWork
  ) -> Transaction {
    let outcome = changes.outcome
    var operation = Operation(
      "DELETE", parameters: ["predicate": "[" + jsonText(text) + "]"],
      metrics: [
        "numDeletedRows": String(outcome.rowsDeleted),
        "numRemovedFiles": String(outcome.filesRemoved + outcome.filesRewritten),
        "numAddedFiles": String(outcome.filesRewritten),
        "numDeletionVectorsAdded": String(outcome.vectorsWritten),
        "numAddedChangeFiles": String(changes.changeFiles.count),
      ])
    operation.userMetadata = userMetadata
    var transaction = Transaction(from: snapshot, operation: operation)
    let now = environment.nowMillis()
    transaction.removes = changes.removed.map { $0.removed(atMillis: now, dataChange: true) }
    transaction.adds = changes.added
    transaction.changes = changes.changeFiles
    transaction.reads = work.reads
    transaction.requiredVersion = requiredVersion
    return transaction
  }
}

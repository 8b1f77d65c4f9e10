import Base
public import Delta
import Store

/// A restore, told: what would change.
public struct RestoreSummary: Sendable {
  let plan: RestorePlan
  let loads: RestoredLoads
  let replayed: ReplayedRows?
  /// The version whose state the table gets, and when it was committed (ISO 8601, UTC).
  public let targetVersion: Int64
  public let targetTimestamp: String
  /// The time that was asked for, if it lies after the table's last version.
  public let lateTimestamp: String?
  public let filesRestored: Int
  public let filesRemoved: Int
  public let bytesRestored: Int64
  public let bytesRemoved: Int64
  /// Of the table as it would be.
  public let filesAfter: Int
  public let bytesAfter: Int64
  public let changesSchema: Bool
  public let changesProperties: Bool
  /// Features that the old version needs and that the table has dropped since.
  public let raisesProtocol: Bool
  /// Sources that the ledger forgets, so that they can be loaded again, and those it knows again.
  public let sourcesForgotten: Int
  public let sourcesKnown: Int
  /// Rows that replays and reloads have taken out of quarantine since, and that are in it again;
  /// nil: nobody counted.
  public let rowsQuarantined: Int64?

  /// Whether there is nothing to do.
  public var isEmpty: Bool { plan.isEmpty && loads.transactions.isEmpty }

  init(
    _ plan: RestorePlan, _ loads: RestoredLoads, _ replayed: ReplayedRows?, lateTimestamp: String?
  ) {
    self.plan = plan
    self.replayed = replayed
    rowsQuarantined = replayed.map(\.count) ?? 0
    self.lateTimestamp = lateTimestamp
    self.loads = loads
    targetVersion = plan.target.version
    targetTimestamp = timestampText(millis: plan.target.timestampMillis)
    filesRestored = plan.restored.count
    filesRemoved = plan.removed.count
    bytesRestored = plan.restored.lazy.map(\.sizeBytes).saturatedSum()
    bytesRemoved = plan.removed.lazy.map(\.sizeBytes).saturatedSum()
    filesAfter = plan.target.files.count
    bytesAfter = plan.target.sizeBytes
    let metadata = plan.metadata ?? plan.current.metadata
    changesSchema =
      metadata.schema != plan.current.metadata.schema
      || metadata.partitionColumns != plan.current.metadata.partitionColumns
    changesProperties = metadata.configuration != plan.current.metadata.configuration
    raisesProtocol = plan.tableProtocol != nil
    sourcesForgotten = loads.forgotten
    sourcesKnown = loads.known
  }
}

extension Table {
  /// Finds out what makes the table what it was; changes nothing. O(files of both versions).
  ///
  /// - Throws: `notFound` if there is no such version, not yet in particular, or a file of it has
  ///   been vacuumed.
  public func planRestore(to version: TableVersion) throws(GrebeError) -> RestoreSummary {
    let late = try lateTimestamp(version)
    let plan = try exposing { () throws(DeltaError) in
      try snapshot.checkWritable(writesFiles: false)
      let target = try Snapshot.load(store, at: version)
      let plan = RestorePlan(current: snapshot, target: target)
      try plan.checkFiles(in: store, environment: environment)
      return plan
    }
    let loads = RestoredLoads(
      current: snapshot, target: plan.target, nowMillis: environment.nowMillis())
    let replayed = try ReplayedRows(
      undoing: loads.forgottenLoads,
      of: QuarantineTable(tableLocation: location, environment: environment))
    try replayed?.checkFiles()
    return RestoreSummary(plan, loads, replayed, lateTimestamp: late)
  }

  /// A time after the last version; nil for every other one, and for a version.
  ///
  /// Reading goes by the last version then. To go back there is nothing, and whoever asks for it
  /// means another time: of one that is still to come, no version can be told.
  private func lateTimestamp(_ target: TableVersion) throws(GrebeError) -> String? {
    guard case .timestamp(let millis) = target, millis > snapshot.timestampMillis else {
      return nil
    }
    let text = timestampText(millis: millis)
    guard millis <= environment.nowMillis() else {
      throw GrebeError(
        .notFound,
        "\(text) lies after the table's last version, \(version) of "
          + timestampText(millis: snapshot.timestampMillis), place: location,
        hint: "go back to a version or a time before that: grebe history tells them")
    }
    return text
  }

  /// Makes the table what `summary` says, in one commit; the new version, or the current one where
  /// there is nothing to do.
  ///
  /// - Parameters:
  ///   - ifVersion: commit only if the table is still at this version.
  ///   - userMetadata: what the history keeps with it.
  /// - Throws: `conflict` if other writers have committed meanwhile what this would undo, or
  ///   vacuumed files that it brings back.
  public func restore(
    _ summary: RestoreSummary, ifVersion: Int64? = nil, userMetadata: String? = nil
  ) throws(GrebeError) -> Int64 {
    if let ifVersion, ifVersion != version { throw moved(from: ifVersion) }
    if summary.isEmpty { return version }
    let operation = Operation(
      "RESTORE", parameters: ["version": String(summary.targetVersion)],
      metrics: summary.plan.metrics, userMetadata: userMetadata)
    var transaction = summary.plan.transaction(operation, atMillis: environment.nowMillis())
    transaction.transactions = summary.loads.transactions
    transaction.requiredVersion = ifVersion
    if environment.cancellation.isCancelled {
      throw GrebeError(.cancelled, "interrupted; nothing was changed", place: location)
    }
    try summary.replayed?.putBack()
    let outcome = try exposing { () throws(DeltaError) in
      // Files from before row tracking get ids.
      try transaction.countRows(in: store, environment: environment)
      return try transaction.commit(to: store, environment: environment)
    }
    switch outcome {
    case .committed(let version): return version
    case .conflict(let reason, let version): throw lost(reason, version)
    }
  }

  private func lost(_ reason: ConflictReason, _ version: Int64) -> GrebeError {
    GrebeError(
      .conflict, "the restore lost to another writer's version \(version): \(reason)",
      place: location,
      hint: reason == .filesVacuumed
        ? "nothing was changed; wait for the vacuum, or run `grebe vacuum` if it was stopped"
        : "nothing was changed; look at what was written, then run it again")
  }
}

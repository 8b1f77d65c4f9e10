import Base
import Columns
import Compute
import Delta
import Ingest
public import Store

/// What a replay did. `rowsRead` is the sum of the others.
public struct ReplayReport: Sendable {
  public internal(set) var rowsRead = 0
  /// Now in the table, and no longer in quarantine.
  public internal(set) var rowsWritten = 0
  /// Still bad.
  public internal(set) var rowsLeft = 0
  /// Why they are, the most frequent reason first. The first of each is so by source and line.
  public internal(set) var leftRows: [BadRows] = []
  /// Left alone: of loads that were never committed, or of sources that were reloaded or replaced.
  public internal(set) var rowsStale = 0
  /// Loaded by an earlier replay that could not clear them away.
  public internal(set) var rowsCleared = 0
  /// What rows have besides the table's columns and lost on the way, by name.
  public internal(set) var ignoredColumns: [IgnoredColumn] = []
  /// There are more than are told.
  public internal(set) var ignoresMoreColumns = false
  /// The table's version afterwards.
  public internal(set) var version: Int64 = 0
  public internal(set) var loadID = ""

  init() {}
}

/// Loads the rows in quarantine that by now fit the table: because their text was corrected in the
/// quarantine table, or because the table's columns changed.
///
///  1. Read: the table's snapshot first, then the quarantine's. Every row is parsed on its own.
///  2. Mark: one version of the quarantine table in which the rows that fit carry the id of this
///     replay.
///  3. Load: one version of the table, with that id among its `txn` actions.
///  4. Clear: the marked rows leave the quarantine table, in a version that removes files and adds
///     none. A restore that undoes the load puts those files back (`ReplayedRows`).
///
/// Of the options for what does not fit, those are followed that leave the choice between table and
/// quarantine: `--on-new-column ignore`, `rescue` and `fail`, `--on-type-conflict fail` and
/// `quarantine`, which come to the same, and `--max-bad-rows`. A replay neither changes the table's
/// columns nor drops rows; what would is refused.
///
/// A mark counts only if the table knows its id. So a crash after 2 leaves rows for the next
/// replay to try, and one after 3 rows for it to clear; never a row to load twice. Of two replays
/// at once the second to reach 3 loses. A replay that is to put its mark in place of one that does
/// not count (yet) makes sure first that the other has lost, by a version of the table that is in
/// conflict with it.
public struct QuarantineReplay {
  let location: String
  let options: ConversionOptions
  let environment: Environment

  public init(into location: String, options: ConversionOptions, environment: Environment) {
    self.location = location
    self.options = options
    self.environment = environment
  }

  /// - Throws: `notFound` without a table, `conflict` when another writer was faster,
  ///   `invalidArgument` for options that a replay cannot follow, `corrupt` for more bad rows than
  ///   there may be.
  public func run() throws(GrebeError) -> ReplayReport {
    try checkOptions()
    let store = try exposing { () throws(StoreError) in try environment.openStore(location) }
    let snapshot: Snapshot = try exposing { () throws(DeltaError) in
      let snapshot = try Snapshot.load(store)
      try snapshot.checkWritable(addsRows: true)
      return snapshot
    }
    // Only after the table: a row that the table has gained since is marked in what is read now.
    let quarantine = try QuarantineTable(tableLocation: location, environment: environment)
    let rejects = try exposing { () throws(DeltaError) in
      try Snapshot.loadIfPresent(quarantine.store)
    }
    var report = ReplayReport()
    report.version = snapshot.version
    guard let rejects, !rejects.files.isEmpty else { return report }
    report.loadID = environment.random.uuid()
    let pass = try ReplayPass(
      snapshot: snapshot, store: store, rejects: rejects, quarantine: quarantine.store,
      options: options, environment: environment, loadID: report.loadID)
    do throws(GrebeError) {
      try pass.run()
      try checkLimit(pass)
      try commit(pass, snapshot, store, quarantine, &report)
    } catch {
      // Files of a commit whose fate is unknown may belong to a version.
      if error.code != .io { pass.discardRows() }
      throw error
    }
    return report
  }

  private func checkOptions() throws(GrebeError) {
    func refusal(_ option: String, _ hint: String) -> GrebeError {
      GrebeError(
        .invalidArgument, "a replay of the quarantine goes without \(option)", hint: hint)
    }
    if options.evolution.typeConflicts == .widen {
      throw refusal(
        "--on-type-conflict widen",
        "rows that do not fit stay in quarantine; grebe alter gives the table's columns wider types"
      )
    }
    if options.evolution.newColumns == .add {
      throw refusal(
        "--on-new-column add",
        "grebe alter adds columns to the table; ignore leaves them out, rescue keeps them as JSON")
    }
    if options.onBadRow == .skip {
      throw refusal("--on-bad-row skip", "rows that do not fit stay in quarantine")
    }
  }

  private func checkLimit(_ pass: ReplayPass) throws(GrebeError) {
    var counts = RowCounts()
    counts.bad = pass.rowsLeft
    counts.read = pass.rowsLeft + pass.rowsWritten
    guard let limit = options.badRowLimit, limit.isExceeded(bad: counts.bad, read: counts.read)
    else { return }
    pass.discard()
    throw BadRowFailure.error(
      tooMany: counts, limit: limit,
      first: pass.left.rows.first.map { ($0.message, "\($0.source): line \($0.line)") })
  }

  private func commit(
    _ pass: ReplayPass, _ snapshot: Snapshot, _ store: any ObjectStore,
    _ quarantine: QuarantineTable, _ report: inout ReplayReport
  ) throws(GrebeError) {
    report.rowsRead = pass.rowsRead
    report.rowsWritten = pass.rowsWritten
    report.rowsLeft = pass.rowsLeft
    report.leftRows = pass.left.rows
    report.rowsStale = pass.rowsStale
    report.rowsCleared = pass.rowsCleared
    report.ignoredColumns = pass.ignored.columns
    report.ignoresMoreColumns = pass.ignored.isCut
    guard pass.rowsWritten > 0 || pass.rowsCleared > 0 else { return pass.discard() }
    let files = try pass.finish()
    let snapshot = pass.takesOverMarks ? try outrun(snapshot, store, report.loadID) : snapshot
    try quarantine.replace(
      files.replaced, by: files.kept + files.marked, loadID: report.loadID)
    if pass.rowsWritten > 0 {
      report.version = try load(files.rows, pass, snapshot, store, report)
    }
    // Whoever cannot clear leaves that to the next replay.
    try? quarantine.replace(files.marked, by: [], loadID: report.loadID)
  }

  private func load(
    _ files: [AddFile], _ pass: ReplayPass, _ snapshot: Snapshot, _ store: any ObjectStore,
    _ report: ReplayReport
  ) throws(GrebeError) -> Int64 {
    let now = environment.nowMillis()
    var operation = operation(report.loadID, snapshot)
    operation.metrics = [
      "numFiles": String(files.count), "numOutputRows": String(report.rowsWritten),
    ]
    operation.userMetadata = options.userMetadata
    var transaction = Transaction(from: snapshot, operation: operation)
    let ordinals = 0...max(pass.sources.count - 1, 0)
    transaction.adds = files.enumerated().map { index, file in
      file.tagged(LoadTags(loadID: report.loadID, fileIndex: index, ordinals: ordinals))
    }
    transaction.transactions =
      pass.sources.enumerated().compactMap { ordinal, entry in
        entry?.joining(
          loadID: report.loadID, fileCount: files.count, ordinal: ordinal, nowMillis: now)
      } + [
        LoadRecord.transaction(report.loadID, nowMillis: now), turn(after: snapshot),
      ]
    return try commit(transaction, to: store)
  }

  /// The table after a version without rows, by which every replay loses that has not loaded its
  /// rows yet.
  ///
  /// - Throws: `conflict` unless the table is still what the rows were judged by.
  private func outrun(
    _ snapshot: Snapshot, _ store: any ObjectStore, _ loadID: String
  ) throws(GrebeError) -> Snapshot {
    var transaction = Transaction(from: snapshot, operation: operation(loadID, snapshot))
    transaction.requiredVersion = snapshot.version
    transaction.transactions = [turn(after: snapshot)]
    let version = try commit(transaction, to: store)
    return try exposing { () throws(DeltaError) in
      try Snapshot.load(store, at: .version(version))
    }
  }

  private func operation(_ loadID: String, _ snapshot: Snapshot) -> Operation {
    var operation = Operation.write(
      mode: "Append", partitionBy: snapshot.metadata.partitionColumns)
    operation.parameters["loadId"] = loadID
    operation.parameters["replayOf"] = "_quarantine"
    return operation
  }

  /// Two replays at once have this id in common, and so are in conflict.
  private func turn(after snapshot: Snapshot) -> TransactionIdentifier {
    TransactionIdentifier(
      applicationID: QuarantineReplay.applicationID,
      version: (snapshot.transactions[QuarantineReplay.applicationID]?.version ?? 0) + 1,
      updatedMillis: environment.nowMillis())
  }

  private func commit(
    _ transaction: Transaction, to store: any ObjectStore
  ) throws(GrebeError) -> Int64 {
    let outcome = try exposing { () throws(DeltaError) in
      try transaction.commit(to: store, environment: environment)
    }
    switch outcome {
    case .committed(let version): return version
    case .conflict(let reason, let version):
      throw GrebeError(
        .conflict, "lost to another writer's version \(version): \(reason)", place: location,
        hint: "nothing was loaded; run it again")
    }
  }

  private static let applicationID = "grebe:replay"
}

extension QuarantineTable {
  /// Replaces files in one version.
  ///
  /// - Throws: `conflict` if one of them is gone.
  func replace(_ files: [AddFile], by others: [AddFile], loadID: String) throws(GrebeError) {
    let now = environment.nowMillis()
    try exposing { () throws(DeltaError) in
      let base = try Snapshot.load(store)
      let present = Set(base.files.map(\.key))
      guard files.allSatisfy({ present.contains($0.key) }) else {
        throw DeltaError(
          .conflict, "the quarantine table changed meanwhile", table: store.location,
          hint: "nothing was loaded; run it again")
      }
      var transaction = Transaction(
        from: base, operation: Operation("UPDATE", parameters: ["loadId": loadID]))
      transaction.metadata = QuarantineTable.extended(base)
      transaction.removes = files.map { $0.removed(atMillis: now, dataChange: true) }
      transaction.adds = others
      if case .conflict(let reason, _) = try transaction.commit(to: store, environment: environment)
      {
        throw DeltaError(
          .conflict, "the quarantine table changed meanwhile: \(reason)", table: store.location,
          hint: "nothing was loaded; run it again")
      }
    }
  }
}

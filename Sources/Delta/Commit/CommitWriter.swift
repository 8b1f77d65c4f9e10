import Base
import JSON
package import Store

/// Attempts before a commit gives up against other writers.
private let attemptMax = 100

/// What a commit takes at most, its attempts together: the log keeps for so long what it found
/// there.
private let commitMillisMax: Int64 = 3_600_000
/// How long a vacuum may take between its two commits.
private let vacuumMillisMax: Int64 = 86_400_000

extension Transaction {
  /// Makes the changes the table's next version, durably, or nothing at all.
  ///
  /// If others commit meanwhile, their commits are checked against what this transaction read and
  /// changes; it goes after them or reports the conflict.
  ///
  /// - Throws: `unsupported` for a table that this build must not write, `io` if the store fails;
  ///   the table is then at the old version, or at the new one if the error says so.
  package func commit(
    to store: any ObjectStore, environment: Environment
  ) throws(DeltaError) -> CommitOutcome {
    try commit(to: store, environment: environment, wantsSnapshot: false).outcome
  }

  /// As `commit`; and the table as it is then, without reading its log, for whoever commits again.
  ///
  /// - Returns: no snapshot after a conflict.
  package func commitForSnapshot(
    to store: any ObjectStore, environment: Environment
  ) throws(DeltaError) -> (outcome: CommitOutcome, snapshot: Snapshot?) {
    try commit(to: store, environment: environment, wantsSnapshot: true)
  }

  private func commit(
    to store: any ObjectStore, environment: Environment, wantsSnapshot: Bool
  ) throws(DeltaError) -> (outcome: CommitOutcome, snapshot: Snapshot?) {
    try check()
    var writer = CommitWriter(self, store, environment)
    let outcome = try writer.run()
    guard case .committed = outcome, let committed = writer.committed(exactTime: wantsSnapshot)
    else { return (outcome, nil) }
    LogUpkeep(store, environment).run(after: committed)
    return (outcome, committed.snapshot)
  }
}

private struct CommitWriter {
  private let transaction: Transaction
  private let store: any ObjectStore
  private let environment: Environment
  private var checker: ConflictChecker
  private var random: SeededRandom
  /// The version to be written.
  private var version: Int64
  /// In-commit time of the version before it, where the table keeps such times.
  private var previousMillis: Int64
  /// The commits that were made since the base, the oldest first.
  private var winners: [CommitFile] = []
  /// In-commit time of the attempt at hand.
  private var inCommitMillis: Int64?

  init(_ transaction: Transaction, _ store: any ObjectStore, _ environment: Environment) {
    self.transaction = transaction
    self.store = store
    self.environment = environment
    checker = ConflictChecker(transaction)
    random = SeededRandom(seed: environment.seed)
    version = (transaction.base?.version ?? -1) + 1
    previousMillis = transaction.base?.timestampMillis ?? 0
  }

  mutating func run() throws(DeltaError) -> CommitOutcome {
    if let required = transaction.requiredVersion, required != version - 1 {
      return .conflict(.versionMoved, version: version - 1)
    }
    if let conflict = try checkLogStart() { return conflict }
    if transaction.bringsFilesBack, let base = transaction.base,
      let start = try openVacuum(upTo: base.version)
    {
      return .conflict(.filesVacuumed, version: start)
    }
    for attempt in 0..<attemptMax {
      let now = environment.nowMillis()
      inCommitMillis =
        transaction.effectiveMetadata?.isSet(CommitTimes.inCommitProperty) == true
        ? max(now, previousMillis.addingSaturated(1)) : nil
      let actions = actions()
      let info = commitInfo(nowMillis: now, actionCount: actions.count + 1)
      let bytes = encode(info, actions)
      switch try put(bytes) {
      case .written: return .committed(version: version)
      case .alreadyExists:
        if let outcome = try passWinners() { return outcome }
        environment.pause(backOffMillis(attempt))
      }
    }
    return .conflict(.tooManyAttempts, version: version)
  }

  /// A log whose early commits were cleaned up must not be given one of them again: then the name
  /// is free, and yet the version was made long ago.
  ///
  /// Clean-up removes the oldest commits, and only such as a checkpoint of a later version makes
  /// superfluous: while the base's commit is there and no later checkpoint is known, so are the
  /// commits after it. Only otherwise is the whole log listed.
  private func checkLogStart() throws(DeltaError) -> CommitOutcome? {
    if let base = transaction.base {
      if try isExpiring(after: base) { return .conflict(.versionMoved, version: version) }
      let entry = try storing { () throws(StoreError) in
        try store.entry(commitPath(base.version))
      }
      if entry != nil, LastCheckpoint.version(in: store) ?? 0 <= base.version { return nil }
    }
    let listing = try LogListing(store: store)
    guard let latest = listing.latestVersion, latest >= version else { return nil }
    if transaction.base == nil { return .conflict(.tableCreated, version: latest) }
    if listing.commits.contains(where: { $0.version == version }) { return nil }
    return .conflict(.versionMoved, version: latest)
  }

  /// The version of a `VACUUM START` that no `VACUUM END` followed up to this one: files that the
  /// table does not have may go at any moment. Such a start counts for a day: then whoever made it
  /// is gone.
  private func openVacuum(upTo latest: Int64) throws(DeltaError) -> Int64? {
    let since = environment.nowMillis().addingSaturated(-vacuumMillisMax)
    var (version, ended) = (latest, 0)
    while version >= 0, let commit = try CommitFile.read(store, version: version) {
      // A commit need not say what it is.
      let millis = commit.info?.inCommitMillis ?? commit.info?.timestampMillis ?? .max
      guard millis >= since else { return nil }
      switch commit.info?.operation {
      case "VACUUM END": ended += 1
      case "VACUUM START" where ended == 0: return version
      case "VACUUM START": ended -= 1
      default: break
      }
      version -= 1
    }
    return nil
  }

  /// Whether the version after the base was made so long ago that clean-up may take it away while
  /// this commit goes on. Its name would then be free again.
  private func isExpiring(after base: Snapshot) throws(DeltaError) -> Bool {
    guard let retention = base.metadata.logRetentionMillis else { return false }
    let cutoff = LogCleanup.cutoffMillis(
      nowMillis: environment.nowMillis().addingSaturated(commitMillisMax),
      retentionMillis: retention)
    guard base.timestampMillis <= cutoff else { return false }
    let entry = try storing { () throws(StoreError) in try store.entry(commitPath(version)) }
    return entry.map { $0.modifiedMillis <= cutoff } ?? false
  }

  /// One attempt. If the store fails, the log itself says whether the attempt arrived.
  private func put(_ bytes: Buffer<UInt8>) throws(DeltaError) -> PutOutcome {
    let path = commitPath(version)
    do {
      return try store.putIfAbsent(path, bytes.bytes)
    } catch let cause {
      let found: CommitFile?
      do throws(DeltaError) {
        found = try CommitFile.read(store, version: version)
      } catch {
        throw failure(cause, "whether version \(version) is in the log is not known")
      }
      if isOurs(found) {
        throw failure(cause, "version \(version) is in the log but may not survive a crash")
      }
      throw DeltaError(cause)
    }
  }

  /// A failure of which the caller must take it that the commit arrived.
  private func failure(_ error: StoreError, _ state: String) -> DeltaError {
    DeltaError(
      .io, "\(error.message); \(state)", table: store.location, version: version,
      file: commitPath(version), hint: error.hint)
  }

  private func isOurs(_ commit: CommitFile?) -> Bool {
    commit?.info?.transactionID == transaction.id
  }

  /// Moves past every commit that was made first; ends with an outcome if one is in the way.
  private mutating func passWinners() throws(DeltaError) -> CommitOutcome? {
    while let winner = try CommitFile.read(store, version: version) {
      // A store that repeats a request after a lost answer finds the commit it made itself.
      if isOurs(winner) {
        inCommitMillis = winner.info?.inCommitMillis
        return .committed(version: version)
      }
      if let reason = checker.conflict(with: winner) {
        return .conflict(reason, version: version)
      }
      if transaction.requiredVersion != nil {
        return .conflict(.versionMoved, version: version)
      }
      previousMillis = max(previousMillis, try millis(of: winner))
      winners.append(winner)
      version += 1
    }
    return nil
  }

  /// When a commit was made, where the next one has to be later.
  private func millis(of winner: CommitFile) throws(DeltaError) -> Int64 {
    if let millis = winner.info?.inCommitMillis { return millis }
    guard startsCommitTimes else { return 0 }
    return try storing { () throws(StoreError) in
      try store.entry(commitPath(winner.version))?.modifiedMillis ?? 0
    }
  }

  /// Whether commits keep their times from this one on.
  private var startsCommitTimes: Bool {
    guard let base = transaction.base, let metadata = transaction.metadata else { return false }
    return metadata.isSet(CommitTimes.inCommitProperty)
      && !base.metadata.isSet(CommitTimes.inCommitProperty)
  }

  /// The table's metadata, which says since when commits keep their times.
  private func stated(_ metadata: TableMetadata) -> TableMetadata {
    guard startsCommitTimes, let inCommitMillis else { return metadata }
    var metadata = metadata
    metadata.configuration[CommitTimes.enablementVersionProperty] = String(version)
    metadata.configuration[CommitTimes.enablementMillisProperty] = String(inCommitMillis)
    return metadata
  }

  /// 5 ms doubled at each attempt up to 320 ms, of which a random part is waited.
  private mutating func backOffMillis(_ attempt: Int) -> Int {
    Int.random(in: 0...(5 << min(attempt, 6)), using: &random)
  }

  /// Everything but `commitInfo`.
  private func actions() -> [Action] {
    var actions: [Action] = []
    if let tableProtocol = transaction.tableProtocol {
      actions.append(.tableProtocol(tableProtocol))
    }
    if let metadata = transaction.metadata { actions.append(.metadata(stated(metadata))) }
    actions += transaction.transactions.map { .transaction($0) }
    var adds = transaction.adds
    actions += transaction.domains.map { .domainMetadata($0) }
    if !adds.isEmpty, var tracking = RowTracking(transaction, winners: winners) {
      let (numbered, domain) = tracking.assign(adds, version: version)
      adds = numbered
      actions.append(.domainMetadata(domain))
    }
    actions += transaction.removes.map { .remove($0) }
    actions += adds.map { .add($0) }
    actions += transaction.changes.map { .change($0) }
    return actions
  }

  /// The commit's lines, `commitInfo` first as in-commit timestamps demand.
  private func encode(_ info: CommitInfo, _ actions: [Action]) -> Buffer<UInt8> {
    var writer = JSONWriter()
    info.write(to: &writer)
    writer.endLine()
    for action in actions {
      action.write(to: &writer)
      writer.endLine()
    }
    return writer.freeze()
  }

  private func commitInfo(nowMillis now: Int64, actionCount: Int) -> CommitInfo {
    let operation = transaction.operation
    var info = CommitInfo()
    info.timestampMillis = now
    info.inCommitMillis = inCommitMillis
    info.operation = operation.name
    info.operationParameters = operation.parameters
    info.operationMetrics = operation.metrics
    info.userMetadata = operation.userMetadata
    info.readVersion = version > 0 ? transaction.base?.version : nil
    info.isolationLevel = "Serializable"
    info.isBlindAppend = transaction.isBlindAppend
    info.engineInfo = "grebe/" + grebeVersion
    info.transactionID = transaction.id
    info.actionCount = Int64(actionCount)
    info.others = operation.others
    if transaction.base?.keepsRowIDs == true || transaction.restatesFiles {
      info.others["tags"] = RowTracking.tags(preserved: !transaction.renumbersRows)
    }
    return info
  }
}

extension CommitWriter {
  /// What was committed.
  ///
  /// - Parameter exactTime: ask the store when, for tables that do not keep times in their commits.
  fileprivate func committed(exactTime: Bool) -> CommittedVersion? {
    let totals: TableTotals? =
      if winners.isEmpty {
        transaction.base.map { $0.totals } ?? TableTotals()
      } else {
        VersionChecksum.totals(of: version - 1, in: store)
      }
    let entry = exactTime && inCommitMillis == nil ? try? store.entry(commitPath(version)) : nil
    let millis = entry?.modifiedMillis ?? environment.nowMillis()
    let previous = transaction.base?.timestampMillis ?? -1
    let snapshot = Snapshot(
      after: transaction.base, winners.map(\.actions) + [actions()], version: version,
      timestampMillis: inCommitMillis ?? max(millis, previous.addingSaturated(1)),
      totals: totals.flatMap { $0.after(transaction) }, location: store.location)
    return snapshot.map {
      CommittedVersion(
        snapshot: $0, transactionID: transaction.id, inCommitMillis: inCommitMillis)
    }
  }
}

/// A string as JSON, quoted.
func jsonText(_ text: String) -> String {
  var writer = JSONWriter()
  writer.string(text)
  return writer.text
}

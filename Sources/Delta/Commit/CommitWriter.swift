import Base
import JSON
package import Store

/// Attempts before a commit gives up against other writers.
private let attemptMax = 100

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
    try check()
    var writer = CommitWriter(self, store, environment)
    return try writer.run()
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
    for attempt in 0..<attemptMax {
      let bytes = encode()
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
  private func checkLogStart() throws(DeltaError) -> CommitOutcome? {
    let listing = try LogListing(store: store)
    guard let latest = listing.latestVersion, latest >= version else { return nil }
    if transaction.base == nil { return .conflict(.tableCreated, version: latest) }
    if listing.commits.contains(where: { $0.version == version }) { return nil }
    return .conflict(.versionMoved, version: latest)
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
      if isOurs(winner) { return .committed(version: version) }
      if let reason = checker.conflict(with: winner) {
        return .conflict(reason, version: version)
      }
      if transaction.requiredVersion != nil {
        return .conflict(.versionMoved, version: version)
      }
      previousMillis = max(previousMillis, winner.info?.inCommitMillis ?? 0)
      version += 1
    }
    return nil
  }

  /// 5 ms doubled at each attempt up to 320 ms, of which a random part is waited.
  private mutating func backOffMillis(_ attempt: Int) -> Int {
    Int.random(in: 0...(5 << min(attempt, 6)), using: &random)
  }

  /// The commit's lines, `commitInfo` first as in-commit timestamps demand.
  private func encode() -> Buffer<UInt8> {
    var actions: [Action] = []
    if let tableProtocol = transaction.tableProtocol {
      actions.append(.tableProtocol(tableProtocol))
    }
    if let metadata = transaction.metadata { actions.append(.metadata(metadata)) }
    actions += transaction.transactions.map { .transaction($0) }
    actions += transaction.domains.map { .domainMetadata($0) }
    actions += transaction.removes.map { .remove($0) }
    actions += transaction.adds.map { .add($0) }
    actions += transaction.changes.map { .change($0) }

    var writer = JSONWriter()
    commitInfo(actionCount: actions.count + 1).write(to: &writer)
    writer.endLine()
    for action in actions {
      action.write(to: &writer)
      writer.endLine()
    }
    return writer.freeze()
  }

  private func commitInfo(actionCount: Int) -> CommitInfo {
    let now = environment.nowMillis()
    let operation = transaction.operation
    var info = CommitInfo()
    info.timestampMillis = now
    if transaction.effectiveMetadata?.isSet(CommitTimes.inCommitProperty) == true {
      info.inCommitMillis = max(now, previousMillis.addingSaturated(1))
    }
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
    return info
  }
}

/// A string as JSON, quoted.
func jsonText(_ text: String) -> String {
  var writer = JSONWriter()
  writer.string(text)
  return writer.text
}

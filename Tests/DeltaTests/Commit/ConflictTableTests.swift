import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

/// What one of two writers does, to a table with the files `a1`, `a2` of one day and `b1` of
/// another.
private enum Change: String, CaseIterable, CustomTestStringConvertible {
  case appendA, appendB, compactA, compactB
  /// Rows of `a1`, by a deletion vector; statistics say that only `a1` can have some.
  case vectorA1
  /// The same of `a2`.
  case vectorA2
  /// Rows of `a1`, which is written again.
  case rewriteA1
  /// Rows of `a1`, with a condition that any file of the day might match.
  case deleteInA
  case overwriteAll, overwriteA, overwriteB
  case metadata, tableProtocol
  /// An append for an application.
  case load
  case domain

  var testDescription: String { rawValue }

  private static let dayA = "2024-01-01"
  private static let dayB = "2024-02-02"

  static func create(_ store: any ObjectStore) throws -> Snapshot {
    var transaction = Transaction(
      creating: TestTables.metadata(), operation: Operation("CREATE TABLE"))
    transaction.adds = [
      TestTables.file("a1", day: dayA), TestTables.file("a2", day: dayA),
      TestTables.file("b1", day: dayB),
    ]
    _ = try transaction.commit(to: store, environment: TestTables.environment(store))
    return try Snapshot.load(store)
  }

  static func vector(_ text: String) -> DeletionVector {
    DeletionVector(
      storageType: "i", pathOrInlineVector: text, offset: nil, sizeBytes: 1, cardinality: 1)
  }

  /// With another deletion vector.
  static func marked(_ file: AddFile, _ who: String) -> AddFile {
    var file = file
    file.deletionVector = vector(who)
    return file
  }

  /// - Parameter who: in the names of what it adds.
  func transaction(_ base: Snapshot, _ who: String) -> Transaction {
    var made = Transaction(from: base, operation: Operation(rawValue))
    func add(_ name: String, day: String = Change.dayA, dataChange: Bool = true) {
      made.adds.append(TestTables.file(who + "-" + name, day: day, dataChange: dataChange))
    }
    func remove(dataChange: Bool = true, _ isGone: (AddFile) -> Bool) {
      made.removes += base.files.filter(isGone).map {
        $0.removed(atMillis: 1, dataChange: dataChange)
      }
    }
    func read(_ day: String) { made.reads = .files { $0.partitionValues["day"] == .some(day) } }
    func delete(from path: String) {
      remove { $0.path == path }
      made.adds += base.files.filter { $0.path == path }.map { Change.marked($0, who) }
    }
    switch self {
    case .appendA: add("new")
    case .appendB: add("new", day: Change.dayB)
    case .compactA:
      remove(dataChange: false) { $0.path.hasPrefix("a") }
      add("a", dataChange: false)
    case .compactB:
      remove(dataChange: false) { $0.path == "b1" }
      add("b", day: Change.dayB, dataChange: false)
    case .vectorA1, .vectorA2:
      let path = self == .vectorA1 ? "a1" : "a2"
      delete(from: path)
      made.reads = .files { $0.path == path }
    case .rewriteA1:
      remove { $0.path == "a1" }
      add("a1")
      made.reads = .files { $0.path == "a1" }
    case .deleteInA:
      delete(from: "a1")
      read(Change.dayA)
    case .overwriteAll:
      remove { _ in true }
      add("all")
      made.reads = .wholeTable
    case .overwriteA:
      remove { $0.path.hasPrefix("a") }
      add("a")
      read(Change.dayA)
    case .overwriteB:
      remove { $0.path == "b1" }
      add("b", day: Change.dayB)
      read(Change.dayB)
    case .metadata: made.metadata = TestTables.metadata(["who": who])
    case .tableProtocol:
      made.tableProtocol = TableProtocol(minReaderVersion: 1, minWriterVersion: 4)
    case .load:
      add("load", day: Change.dayB)
      made.transactions = [TransactionIdentifier(applicationID: "app", version: 1)]
    case .domain:
      made.domains = [DomainMetadata(domain: "grebe", configuration: who, removed: false)]
    }
    return made
  }
}

/// The letter of the table for how a commit ended.
private func letter(_ outcome: CommitOutcome) -> Character {
  switch outcome {
  case .committed: "."
  case .conflict(let reason, _):
    switch reason {
    case .fileRemoved: "R"
    case .fileAdded: "A"
    case .rowsAdded: "+"
    case .rowsRemoved: "-"
    case .metadataChanged: "M"
    case .protocolChanged: "P"
    case .sameApplication: "T"
    case .sameDomain: "D"
    default: "?"
    }
  }
}

@Suite("Conflicts: every pair of changes") struct ConflictTableTests {
  /// A row for what is committed second, a column for what was committed first, both in the order
  /// of `Change`. spec/delta/conflicts.md explains the letters.
  private static let table: [Change: String] = [
    .appendA: ".. .. .... ... MP..",
    .appendB: ".. .. .... ... MP..",
    .compactA: ".. R. RRRR RR. MP..",
    .compactB: ".. .R .... R.R MP..",
    .vectorA1: ".. R. R.RR RR. MP..",
    .vectorA2: ".. R. .R.. RR. MP..",
    .rewriteA1: ".. R. R.RR RR. MP..",
    .deleteInA: "+. R. R-RR RR. MP..",
    .overwriteAll: "++ RR RRRR RRR MP+.",
    .overwriteA: "+. R. RRRR RR. MP..",
    .overwriteB: ".+ .R .... R.R MP+.",
    .metadata: ".. .. .... ... MP..",
    .tableProtocol: ".. .. .... ... MP..",
    .load: ".. .. .... ... MPT.",
    .domain: ".. .. .... ... MP.D",
  ]

  @Test(arguments: Change.allCases)
  fileprivate func `what comes second meets what came first`(_ mine: Change) throws {
    var found = ""
    for theirs in Change.allCases {
      let store = InMemoryStore()
      let environment = TestTables.environment(store)
      let base = try Change.create(store)
      let first = theirs.transaction(base, "theirs")
      let second = mine.transaction(base, "mine")
      _ = try first.commit(to: store, environment: environment)
      let outcome = try second.commit(to: store, environment: environment)
      found.append(letter(outcome))

      // Both, one after the other; or the first alone.
      var expected = Set(base.files.map(\.key))
      for done in outcome == .committed(version: 2) ? [first, second] : [first] {
        expected.subtract(done.removes.map(\.key))
        expected.formUnion(done.adds.map(\.key))
      }
      let snapshot = try Snapshot.load(store)
      #expect(Set(snapshot.files.map(\.key)) == expected, "\(mine) after \(theirs)")
      #expect(Set(snapshot.files.map(\.path)).count == snapshot.files.count)
    }
    #expect(found == Self.table[mine]?.filter { $0 != " " }, "\(mine)")
  }

  @Test func `a file is one file whatever its deletion vector`() throws {
    let store = InMemoryStore()
    try TestTables.put(
      store, 0,
      [
        TestTables.protocolLine, TestTables.metadataLine,
        TestTables.addLine(
          "a",
          #","deletionVector":{"storageType":"i","pathOrInlineDv":"x","#
            + #""sizeInBytes":1,"cardinality":1}"#),
      ])
    let base = try Snapshot.load(store)
    // Another writer that spells the path in its own way and forgets the vector.
    try TestTables.put(store, 1, [TestTables.removeLine("%61")])
    var compaction = Transaction(from: base, operation: Operation("OPTIMIZE"))
    compaction.removes = base.files.map { $0.removed(atMillis: 1, dataChange: false) }
    #expect(
      try compaction.commit(to: store, environment: TestTables.environment(store))
        == .conflict(.fileRemoved(path: "%61"), version: 1))
  }

  @Test func `two that bring one file back do not both`() throws {
    let store = InMemoryStore()
    let environment = TestTables.environment(store)
    let first = try Change.create(store)
    _ = try Change.overwriteAll.transaction(first, "x").commit(to: store, environment: environment)
    let base = try Snapshot.load(store)
    func restore() -> Transaction {
      var transaction = Transaction(from: base, operation: Operation("RESTORE"))
      transaction.adds = first.files.filter { $0.path == "a1" }
      return transaction
    }
    #expect(try restore().commit(to: store, environment: environment) == .committed(version: 2))
    #expect(
      try restore().commit(to: store, environment: environment)
        == .conflict(.fileAdded(path: "a1"), version: 2))
  }

  @Test func `what others add and remove again does not concern who would not have read it`() throws
  {
    let store = InMemoryStore()
    let environment = TestTables.environment(store)
    let base = try Change.create(store)
    let overwrite = Change.overwriteA.transaction(base, "mine")
    _ = try Change.appendB.transaction(base, "theirs").commit(to: store, environment: environment)
    let later = try Snapshot.load(store)
    var delete = Transaction(from: later, operation: Operation("DELETE"))
    delete.removes = later.files.filter { $0.path == "theirs-new" }.map {
      $0.removed(atMillis: 1, dataChange: true)
    }
    #expect(try delete.commit(to: store, environment: environment) == .committed(version: 2))
    #expect(try overwrite.commit(to: store, environment: environment) == .committed(version: 3))
  }

  @Test func `the conflict names the file`() throws {
    let store = InMemoryStore()
    let environment = TestTables.environment(store)
    let base = try Change.create(store)
    _ = try Change.compactA.transaction(base, "theirs").commit(to: store, environment: environment)
    let outcome = try Change.vectorA2.transaction(base, "mine")
      .commit(to: store, environment: environment)
    #expect(outcome == .conflict(.fileRemoved(path: "a2"), version: 1))
    guard case .conflict(let reason, _) = outcome else { return }
    #expect(reason.description == "another writer removed the file a2")
  }
}

@Suite("Commit: answers that say nothing") struct AmbiguousAnswerTests {
  private func outcome(
    _ mishap: Mishap
  ) throws -> (Result<CommitOutcome, DeltaError>, any ObjectStore) {
    let disk = InMemoryStore()
    let base = try TestTables.create(disk)
    let store = FaultyStore(disk, fault: .at(0, mishap))
    do throws(DeltaError) {
      let outcome = try TestTables.append(base, "c")
        .commit(to: store, environment: TestTables.environment(disk))
      return (.success(outcome), disk)
    } catch {
      return (.failure(error), disk)
    }
  }

  @Test func `an entry that arrived is committed when the answer is asked for again`() throws {
    let (result, disk) = try outcome(.repeated)
    #expect(try result.get() == .committed(version: 1))
    #expect(try Snapshot.load(disk).version == 1)
  }

  @Test(arguments: [Mishap.errorBefore, .errorAfter, .crashAfter, .crashBefore])
  func `after an error nobody may take the commit for lost`(_ mishap: Mishap) throws {
    let (result, disk) = try outcome(mishap)
    guard case .failure(let error) = result else { throw error(result) }
    #expect(error.code == .io)
    let isThere = mishap == .errorAfter || mishap == .crashAfter
    #expect(try Snapshot.load(disk).version == (isThere ? 1 : 0))
    if mishap == .errorAfter { #expect(error.message.contains("is in the log")) }
    if mishap.isDeadly { #expect(error.message.contains("is not known")) }
  }

  private func error(_ result: Result<CommitOutcome, DeltaError>) -> DeltaError {
    DeltaError(.internalError, "\(result)")
  }

  @Test func `whoever waits, waits as the environment has it, and longer each time`() throws {
    let disk = InMemoryStore()
    let base = try TestTables.create(disk)
    let waits = WinnerCount()
    var environment = TestTables.environment(disk)
    environment.pause = { waits.add($0) }
    let busy = FaultyStore(disk) { effect in
      guard waits.all.count < 40, case .putIfAbsent = effect else { return }
      _ = try? TestTables.append(base, "rival\(waits.all.count)")
        .commit(to: disk, environment: TestTables.environment(disk))
    }
    let outcome = try TestTables.append(base, "mine").commit(to: busy, environment: environment)
    #expect(outcome == .committed(version: 41))
    #expect(waits.all.count == 40)
    #expect(zip(waits.all, 0...).allSatisfy { $0 <= 5 << min($1, 6) })
    #expect(waits.all.max() ?? 0 > 100)
  }

  @Test func `a writer that always loses gives up`() throws {
    let disk = InMemoryStore()
    let base = try TestTables.create(disk)
    var environment = TestTables.environment(disk)
    environment.pause = { _ in }
    let rivals = WinnerCount()
    let busy = FaultyStore(disk) { effect in
      guard case .putIfAbsent = effect else { return }
      rivals.add(1)
      _ = try? TestTables.append(base, "rival\(rivals.all.count)")
        .commit(to: disk, environment: TestTables.environment(disk))
    }
    let outcome = try TestTables.append(base, "mine").commit(to: busy, environment: environment)
    guard case .conflict(.tooManyAttempts, _) = outcome else {
      Issue.record("\(outcome)")
      return
    }
    #expect(rivals.all.count == 100)
    #expect(!(try Snapshot.load(disk).files.contains { $0.path == "mine" }))
  }
}

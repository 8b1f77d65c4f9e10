import Base
import Columns
import Delta
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Commit: two writers") struct CommitTests {
  let store = InMemoryStore()

  private func commit(_ transaction: Transaction) throws -> CommitOutcome {
    try transaction.commit(to: store, environment: TestTables.environment(store))
  }

  private func compaction(_ base: Snapshot, _ names: [String], into name: String) -> Transaction {
    var transaction = Transaction(from: base, operation: Operation("OPTIMIZE"))
    transaction.removes = base.files.filter { names.contains($0.path) }
      .map { $0.removed(atMillis: 1, dataChange: false) }
    transaction.adds = [TestTables.file(name, dataChange: false)]
    return transaction
  }

  private func overwrite(_ base: Snapshot, with name: String) -> Transaction {
    var transaction = Transaction(
      from: base, operation: .write(mode: "Overwrite", partitionBy: []))
    transaction.reads = .wholeTable
    transaction.removes = base.files.map { $0.removed(atMillis: 1, dataChange: true) }
    transaction.adds = [TestTables.file(name)]
    return transaction
  }

  @Test func `appends from one snapshot all arrive`() throws {
    let base = try TestTables.create(store)
    for index in 1...4 as ClosedRange<Int64> {
      #expect(try commit(TestTables.append(base, "f\(index)")) == .committed(version: index))
    }
    #expect(TestTables.paths(try .load(store)) == ["a", "b", "f1", "f2", "f3", "f4"])
  }

  @Test func `a compaction goes after an append`() throws {
    let base = try TestTables.create(store)
    #expect(try commit(TestTables.append(base, "c")) == .committed(version: 1))
    #expect(try commit(compaction(base, ["a", "b"], into: "ab")) == .committed(version: 2))
    #expect(TestTables.paths(try .load(store)) == ["c", "ab"])
    #expect(TestTables.paths(try .load(store, at: .version(1))) == ["a", "b", "c"])
  }

  @Test func `an append goes after a compaction`() throws {
    let base = try TestTables.create(store)
    #expect(try commit(compaction(base, ["a", "b"], into: "ab")) == .committed(version: 1))
    #expect(try commit(TestTables.append(base, "c")) == .committed(version: 2))
    #expect(TestTables.paths(try .load(store)) == ["ab", "c"])
  }

  @Test func `two compactions of one file conflict, of different files do not`() throws {
    let base = try TestTables.create(store)
    #expect(try commit(compaction(base, ["a"], into: "a2")) == .committed(version: 1))
    #expect(
      try commit(compaction(base, ["a", "b"], into: "ab"))
        == .conflict(.fileRemoved(path: "a"), version: 1))
    #expect(try commit(compaction(base, ["b"], into: "b2")) == .committed(version: 2))
    #expect(TestTables.paths(try .load(store)) == ["a2", "b2"])
  }

  @Test func `an overwrite conflicts with an append that it did not see`() throws {
    let base = try TestTables.create(store)
    #expect(try commit(TestTables.append(base, "c")) == .committed(version: 1))
    #expect(
      try commit(overwrite(base, with: "new")) == .conflict(.rowsAdded(path: "c"), version: 1))
    #expect(try commit(overwrite(try .load(store), with: "new")) == .committed(version: 2))
    #expect(TestTables.paths(try .load(store)) == ["new"])
  }

  @Test func `an overwrite conflicts with an overwrite and a compaction with it`() throws {
    let base = try TestTables.create(store)
    #expect(try commit(overwrite(base, with: "n1")) == .committed(version: 1))
    #expect(
      try commit(overwrite(base, with: "n2")) == .conflict(.fileRemoved(path: "a"), version: 1))
    #expect(
      try commit(compaction(base, ["b"], into: "b2"))
        == .conflict(.fileRemoved(path: "b"), version: 1))
  }

  @Test func `what a transaction read decides, file by file`() throws {
    let base = try TestTables.create(store)
    #expect(try commit(TestTables.append(base, "c")) == .committed(version: 1))
    var other = TestTables.append(base, "d")
    other.reads = .files { $0.partitionValues["day"] == .some("1999-01-01") }
    #expect(try commit(other) == .committed(version: 2))
    var same = TestTables.append(base, "e")
    same.reads = .files { $0.partitionValues["day"] == .some("2024-01-01") }
    #expect(try commit(same) == .conflict(.rowsAdded(path: "c"), version: 1))
  }

  @Test func `a change of metadata or protocol conflicts with everything`() throws {
    let base = try TestTables.create(store)
    var change = Transaction(from: base, operation: Operation("SET TBLPROPERTIES"))
    change.metadata = TestTables.metadata(["x": "y"])
    #expect(try commit(change) == .committed(version: 1))
    #expect(try commit(TestTables.append(base, "c")) == .conflict(.metadataChanged, version: 1))
    #expect(try commit(change.copy(base)) == .conflict(.metadataChanged, version: 1))
  }

  @Test func `one application's progress is recorded once`() throws {
    let base = try TestTables.create(store)
    var load = TestTables.append(base, "c")
    load.transactions = [TransactionIdentifier(applicationID: "load", version: 1)]
    #expect(try commit(load) == .committed(version: 1))
    var again = TestTables.append(base, "d")
    again.transactions = [TransactionIdentifier(applicationID: "load", version: 1)]
    #expect(try commit(again) == .conflict(.sameApplication(id: "load"), version: 1))
    var other = TestTables.append(base, "e")
    other.transactions = [TransactionIdentifier(applicationID: "other", version: 1)]
    #expect(try commit(other) == .committed(version: 2))
    #expect(try Snapshot.load(store).transactions.keys.sorted() == ["load", "other"])
  }

  @Test func `what no commit may say is not committed`() throws {
    let base = try TestTables.create(store)
    var twice = TestTables.append(base, "c")
    twice.adds.append(twice.adds[0])
    var vectors = TestTables.append(base, "c")
    vectors.adds.append(twice.adds[0])
    vectors.adds[1].deletionVector = DeletionVector(
      storageType: "i", pathOrInlineVector: "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L",
      offset: nil, sizeBytes: 40, cardinality: 6)
    var applications = TestTables.append(base, "c")
    applications.transactions = [
      TransactionIdentifier(applicationID: "app", version: 1),
      TransactionIdentifier(applicationID: "app", version: 2),
    ]
    for (transaction, told) in [
      (twice, "one file twice"), (vectors, "two deletion vectors"),
      (applications, "two versions of one application"),
    ] {
      expectError(.internalError, told) {
        _ = try transaction.commit(to: store, environment: TestTables.environment(store))
      }
    }
  }

  @Test func `a required version holds or conflicts`() throws {
    let base = try TestTables.create(store)
    var pinned = TestTables.append(base, "c")
    pinned.requiredVersion = 0
    #expect(try commit(pinned) == .committed(version: 1))
    var late = TestTables.append(base, "d")
    late.requiredVersion = 0
    #expect(try commit(late) == .conflict(.versionMoved, version: 1))
    var wrong = TestTables.append(base, "e")
    wrong.requiredVersion = 7
    #expect(try commit(wrong) == .conflict(.versionMoved, version: 0))
  }

  @Test func `creating a table twice conflicts, also where the first commits are cleaned up`()
    throws
  {
    try TestTables.create(store)
    let again = Transaction(creating: TestTables.metadata(), operation: Operation("CREATE TABLE"))
    #expect(try commit(again) == .conflict(.tableCreated, version: 0))
    let base = try Snapshot.load(store)
    for name in ["c", "d"] { _ = try commit(TestTables.append(base, name)) }
    try store.delete(commitPath(0))
    try store.delete(commitPath(1))
    #expect(try commit(again) == .conflict(.tableCreated, version: 2))
    #expect(try commit(TestTables.append(base, "e")) == .conflict(.versionMoved, version: 2))
  }

  @Test func `many writers lose nothing`() throws {
    let base = try TestTables.create(store)
    let store = self.store
    let committed = WinnerCount()
    withWorkers(count: 4) { worker, _ in
      for index in 0..<10 {
        let append = TestTables.append(base, "w\(worker)-\(index)")
        let environment = TestTables.environment(store, seed: UInt64(worker))
        if case .committed(let version) = try? append.commit(to: store, environment: environment) {
          committed.add(Int(version))
        }
      }
    }
    #expect(committed.all.sorted() == Array(1...40))
    let snapshot = try Snapshot.load(store)
    #expect(snapshot.version == 40)
    #expect(Set(TestTables.paths(snapshot)).count == 42)
  }

  @Test func `timestamps without a zone raise the protocol of a new table`() throws {
    let schema = Schema([Field("t", .array(element: .timestampNtz, containsNull: true))])
    let metadata = TableMetadata(id: "x", schema: schema)
    let create = Transaction(creating: metadata, operation: Operation("CREATE TABLE"))
    #expect(try commit(create) == .committed(version: 0))
    let snapshot = try Snapshot.load(store)
    #expect(snapshot.tableProtocol.minReaderVersion == 3)
    #expect(snapshot.tableProtocol.readerFeatures == ["timestampNtz"])
    try snapshot.checkWritable()
  }

  @Test func `columns that differ only in case are not written`() throws {
    let inner = Field("s", .structure([Field("x", .integer), Field("X", .integer)]))
    for fields in [[Field("a", .integer), Field("A", .string)], [inner]] {
      let environment = TestTables.environment(store)
      let metadata = TableMetadata.new(schema: Schema(fields), environment: environment)
      let transaction = Transaction(creating: metadata, operation: Operation("CREATE TABLE"))
      #expect {
        try commit(transaction)
      } throws: { error in
        (error as? DeltaError)?.code == .invalidArgument
      }
    }
  }

  @Test func `an append-only table takes appends and compactions and nothing else`() throws {
    let base = try TestTables.create(store, ["delta.appendOnly": "true"])
    #expect(try commit(TestTables.append(base, "c")) == .committed(version: 1))
    #expect(try commit(compaction(base, ["a"], into: "a2")) == .committed(version: 2))
    expectError(.invalidArgument, "append-only") {
      _ = try commit(overwrite(try .load(store), with: "n"))
    }
  }
}

extension Transaction {
  /// The same changes from another transaction.
  fileprivate func copy(_ base: Snapshot) -> Transaction {
    var copy = Transaction(from: base, operation: operation)
    copy.metadata = metadata
    return copy
  }
}

@Suite("Commit: crashes and failing stores") struct CommitCrashTests {
  @Test(arguments: [Fault.before(0), .after(0), .torn(0)])
  func `a crash leaves the old version or the new one`(_ fault: Fault) throws {
    let disk = InMemoryStore()
    let base = try TestTables.create(disk)
    let dying = FaultyStore(disk, fault: fault)
    var append = TestTables.append(base, "c")
    append.adds.append(TestTables.file("d"))
    #expect(throws: DeltaError.self) {
      _ = try append.commit(to: dying, environment: TestTables.environment(disk))
    }
    #expect(dying.effects == [.putIfAbsent(commitPath(1))])
    switch fault {
    case .before: #expect(TestTables.paths(try .load(disk)) == ["a", "b"])
    case .after: #expect(TestTables.paths(try .load(disk)) == ["a", "b", "c", "d"])
    // A store that tears writes is not one that the log can live on; the reader says so.
    default: expectError(.corrupt, "00000000000000000001.json") { _ = try Snapshot.load(disk) }
    }
  }

  @Test func `a lost answer is found in the log`() throws {
    let disk = InMemoryStore()
    let base = try TestTables.create(disk)
    let append = TestTables.append(base, "c")
    // The first attempt arrives, its answer does not, and the store's client tries again.
    let repeating = FaultyStore(disk) { effect in
      if effect == .putIfAbsent(commitPath(1)), (try? disk.entry(commitPath(1))) == .some(nil) {
        _ = try? append.commit(to: disk, environment: TestTables.environment(disk))
      }
    }
    let outcome = try append.commit(to: repeating, environment: TestTables.environment(disk))
    #expect(outcome == .committed(version: 1))
    #expect(try Snapshot.load(disk).files.count == 3)
  }

  @Test func `a writer that comes in between is passed`() throws {
    let disk = InMemoryStore()
    let base = try TestTables.create(disk)
    let rivals = WinnerCount()
    let busy = FaultyStore(disk) { effect in
      guard rivals.all.count < 5, case .putIfAbsent = effect else { return }
      rivals.add(1)
      let rival = TestTables.append(base, "rival\(rivals.all.count)")
      _ = try? rival.commit(to: disk, environment: TestTables.environment(disk))
    }
    let outcome = try TestTables.append(base, "mine")
      .commit(to: busy, environment: TestTables.environment(disk))
    #expect(outcome == .committed(version: 6))
    #expect(try Snapshot.load(disk).files.count == 8)
  }

  @Test func `a winner that is torn stops the commit`() throws {
    let store = InMemoryStore()
    let base = try TestTables.create(store)
    try store.put(commitPath(1), Buffer<UInt8>(utf8: #"{"add":{"pa"#).bytes)
    expectError(.corrupt, "00000000000000000001.json") {
      _ = try TestTables.append(base, "c").commit(
        to: store, environment: TestTables.environment(store))
    }
  }

  @Test func `a commit on disk is whole and history tells it`() throws {
    let directory = TemporaryDirectory()
    let store = try LocalStore(root: directory.path + "/t")
    let base = try TestTables.create(store)
    var append = TestTables.append(base, "c")
    append.operation.metrics = ["numFiles": "1"]
    append.operation.userMetadata = "note"
    append.operation.others = ["sources": #"["x.csv"]"#]
    _ = try append.commit(to: store, environment: TestTables.environment(store))
    #expect(
      directory.names("t/_delta_log") == [
        "00000000000000000000.crc", "00000000000000000000.json", "00000000000000000001.crc",
        "00000000000000000001.json",
      ])
    let history = try loadHistory(store)
    #expect(history.map(\.version) == [1, 0])
    #expect(history[0].operation == "WRITE")
    #expect(history[0].parameters == ["mode": "Append", "partitionBy": "[]"])
    #expect(history[1].parameters["partitionBy"] == #"["day"]"#)
    #expect(history[0].metrics == ["numFiles": "1"])
    #expect(history[0].userMetadata == "note")
    #expect(history[0].isBlindAppend == true)
    #expect(history[0].engineInfo == "grebe/" + grebeVersion)
  }
}

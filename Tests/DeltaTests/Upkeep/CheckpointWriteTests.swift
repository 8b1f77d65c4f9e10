import Base
import Columns
import Delta
import JSON
import Store
import TestSupport
import Testing

/// A table with every kind of action that a checkpoint holds, and some that it must not.
private func makeTable(
  _ store: any ObjectStore, _ configuration: [String: String] = [:]
) throws -> Snapshot {
  var base = try TestTables.create(store, configuration)
  var change = Transaction(from: base, operation: .write(mode: "Append", partitionBy: ["day"]))
  var file = TestTables.file("part-%C3%A9%20x")
  file.tags = ["INSERTION_TIME": "5", "none": nil]
  file.statisticsJSON = #"{"numRecords":3,"minValues":{"id":1,"name":"a"},"maxValues":{"id":9}}"#
  file.baseRowID = 40
  file.defaultRowCommitVersion = 1
  file.clusteringProvider = "liquid"
  var bare = TestTables.file("bare", day: nil)
  bare.statisticsJSON = nil
  change.adds = [file, bare]
  change.transactions = [
    TransactionIdentifier(applicationID: "app", version: 7, updatedMillis: 11),
    TransactionIdentifier(applicationID: "other", version: 1),
  ]
  change.domains = [
    DomainMetadata(domain: "kept", configuration: #"{"a":1}"#, removed: false),
    DomainMetadata(domain: "gone", configuration: "", removed: true),
  ]
  try #require(
    try change.commit(to: store, environment: TestTables.environment(store))
      == .committed(version: 1))
  base = try Snapshot.load(store)
  var delete = Transaction(from: base, operation: Operation("DELETE"))
  let now = TestTables.environment(store).nowMillis()
  delete.removes = [
    base.files[0].removed(atMillis: now - 1000, dataChange: true),
    base.files[1].removed(atMillis: now - 8 * 86_400_000, dataChange: true),
  ]
  try #require(
    try delete.commit(to: store, environment: TestTables.environment(store))
      == .committed(version: 2))
  return try Snapshot.load(store)
}

private func checkpoint(
  _ store: any ObjectStore, _ snapshot: Snapshot, environment: Environment? = nil,
  sidecarActionCount: Int = 50_000, groupRowCount: Int = 1 << 16
) throws -> CheckpointSummary {
  try CheckpointWriter(
    store: store, environment: environment ?? TestTables.environment(store),
    sidecarActionCount: sidecarActionCount, groupRowCount: groupRowCount
  ).write(version: snapshot.version, metadata: snapshot.metadata)
}

private func deleteCommits(_ store: any ObjectStore, upTo version: Int64) throws {
  for version in 0...version { try store.delete(commitPath(version)) }
}

/// What both must have in common: a checkpoint says nothing of changes.
private func comparable(_ snapshot: Snapshot) -> [AddFile] {
  snapshot.files.map { file in
    var copy = file
    copy.dataChange = false
    return copy
  }
}

@Suite("Checkpoints: writing") struct CheckpointWriteTests {
  private let store = InMemoryStore(nowMillis: { 1_700_000_000_000 })

  @Test func `a checkpoint says what its commits said`() throws {
    let replayed = try makeTable(store)
    let summary = try checkpoint(store, replayed)
    #expect(summary.path == "_delta_log/00000000000000000002.checkpoint.parquet")
    #expect(summary.fileCount == 2)
    // Protocol, metadata, two transactions, a domain, a tombstone that has not expired, two files.
    #expect(summary.tombstoneCount == 1)
    #expect(summary.actionCount == 8)
    try deleteCommits(store, upTo: 2)
    let read = try Snapshot.load(store)
    #expect(read.version == 2)
    #expect(read.metadata == replayed.metadata)
    #expect(read.tableProtocol == replayed.tableProtocol)
    #expect(read.transactions == replayed.transactions)
    #expect(read.domains == replayed.domains)
    #expect(comparable(read) == comparable(replayed))
    let tombstones = try Snapshot.loadWithTombstones(
      store, version: nil, tombstonesSinceMillis: .min
    ).tombstones
    #expect(tombstones.map(\.path) == ["a"])
    #expect(tombstones[0].partitionValues == ["day": "2024-01-01"])
    #expect(tombstones[0].sizeBytes == 100)
  }

  @Test func `a checkpoint of a checkpoint is equal`() throws {
    let snapshot = try makeTable(store)
    _ = try checkpoint(store, snapshot)
    let path = "_delta_log/00000000000000000002.checkpoint.parquet"
    let first = Array(try store.read(path, range: nil))
    try deleteCommits(store, upTo: 2)
    _ = try checkpoint(store, snapshot)
    #expect(Array(try store.read(path, range: nil)) == first)
  }

  @Test func `tombstones are kept as long as the property says`() throws {
    let long = try makeTable(store, ["delta.deletedFileRetentionDuration": "interval 2 weeks"])
    #expect(try checkpoint(store, long).tombstoneCount == 2)
    let short = InMemoryStore()
    let table = try makeTable(short, ["delta.deletedFileRetentionDuration": "interval 0 days"])
    #expect(try checkpoint(short, table).tombstoneCount == 0)
    let odd = InMemoryStore()
    let senseless = try makeTable(odd, ["delta.deletedFileRetentionDuration": "a while"])
    #expect(try checkpoint(odd, senseless).tombstoneCount == 2)
  }

  @Test func `rows in many groups come back, in the same bytes whatever the number of workers`()
    throws
  {
    var base = try TestTables.create(store)
    var append = Transaction(from: base, operation: Operation("WRITE"))
    append.adds = (0..<500).map { index in
      var file = TestTables.file(
        "part-\(index)", day: index % 3 == 0 ? nil : "2024-01-0\(index % 9)")
      file.statisticsJSON =
        index % 7 == 0 ? nil : #"{"numRecords":\#(index)}"#
      return file
    }
    _ = try append.commit(to: store, environment: TestTables.environment(store))
    base = try Snapshot.load(store)
    let path = "_delta_log/00000000000000000001.checkpoint.parquet"
    var files: [[UInt8]] = []
    for parallelism in [1, 3] {
      var environment = TestTables.environment(store)
      environment.parallelism = parallelism
      let summary = try checkpoint(store, base, environment: environment, groupRowCount: 100)
      #expect(summary.fileCount == 502)
      files.append(Array(try store.read(path, range: nil)))
    }
    #expect(files[0] == files[1])
    try deleteCommits(store, upTo: 1)
    #expect(comparable(try .load(store)) == comparable(base))
  }

  @Test func `an interrupted or failing checkpoint leaves the table as it was`() throws {
    for index in 0..<3 {
      for fault in [Fault.before(index), .after(index)] {
        let disk = InMemoryStore(nowMillis: { 1_700_000_000_000 })
        let table = try makeTable(disk)
        let dying = FaultyStore(disk, fault: fault)
        _ = try? checkpoint(dying, table)
        let read = try Snapshot.load(disk)
        #expect(read.version == 2 && comparable(read) == comparable(table), "\(fault)")
        // Whatever the hint says, it must be there.
        if try disk.entry("_delta_log/_last_checkpoint") != nil {
          #expect(try disk.entry("_delta_log/00000000000000000002.checkpoint.parquet") != nil)
        }
      }
    }
    let table = try makeTable(store)
    let environment = TestTables.environment(store)
    environment.cancellation.cancel()
    expectError(.cancelled) { _ = try checkpoint(store, table, environment: environment) }
    #expect(try store.entry("_delta_log/00000000000000000002.checkpoint.parquet") == nil)
  }

  @Test func `a partition value that is none of its column's type is no null`() throws {
    var table = try TestTables.create(store, ["delta.checkpoint.writeStatsAsStruct": "true"])
    var append = TestTables.append(table, "c")
    append.adds[0].partitionValues = ["day": "yesterday"]
    _ = try append.commit(to: store, environment: TestTables.environment(store))
    table = try Snapshot.load(store)
    expectError(.corrupt, "yesterday", "day") { _ = try checkpoint(store, table) }
  }

  @Test func `an unknown feature stops a checkpoint by its name`() throws {
    try TestTables.put(
      store, 0,
      [
        #"{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["novelty"]}}"#,
        TestTables.metadataLine,
      ])
    expectError(.unsupported, "novelty") { _ = try checkpoint(store, try .load(store)) }
  }
}

@Suite("Last checkpoint file") struct LastCheckpointTests {
  private let store = InMemoryStore(nowMillis: { 1_700_000_000_000 })

  private func hint() throws -> JSONValue {
    let bytes = try store.read("_delta_log/_last_checkpoint", range: nil)
    return try JSONDocument(bytes, range: 0..<bytes.count).root
  }

  @Test func `the protocol's own example has the protocol's checksum`() throws {
    let text =
      #"{"k0":"'v 0'", "checksum": "adsaskfljadfkjadfkj", "k1":{"k2": 2, "k3": ["v3", [1, 2], "#
      + #"{"k4": "v4", "k5": ["v5", "v6", "v7"]}]}}"#
    let canonical = canonicalJSON(try JSONDocument(utf8: text).root)
    #expect(
      canonical
        == #""k0"="%27v%200%27","k1"+"k2"=2,"k1"+"k3"+0="v3","k1"+"k3"+1+0=1,"k1"+"k3"+1+1=2,"#
        + #""k1"+"k3"+2+"k4"="v4","k1"+"k3"+2+"k5"+0="v5","k1"+"k3"+2+"k5"+1="v6","#
        + #""k1"+"k3"+2+"k5"+2="v7""#)
    #expect(MD5.hex(utf8: canonical) == "6a92d155a59bf2eecbd4b4ec7fd1f875")
  }

  @Test func `it names the checkpoint, its size and its own checksum`() throws {
    let summary = try checkpoint(store, try makeTable(store))
    let root = try hint()
    #expect(root["version"]?.int64 == 2)
    #expect(root["size"]?.int64 == 8)
    #expect(root["numOfAddFiles"]?.int64 == 2)
    #expect(root["parts"] == nil)
    #expect(try store.entry(summary.path)?.sizeBytes == root["sizeInBytes"]?.int64)
    #expect(root["checksum"]?.string == MD5.hex(utf8: canonicalJSON(root)))
  }

  @Test func `it never goes back to an older version, and a damaged one is replaced`() throws {
    let table = try makeTable(store)
    _ = try checkpoint(store, table)
    let older = try Snapshot.load(store, at: .version(1))
    _ = try checkpoint(store, older)
    #expect(try hint()["version"]?.int64 == 2)
    try store.put("_delta_log/_last_checkpoint", Buffer<UInt8>(utf8: "{").bytes)
    _ = try checkpoint(store, older)
    #expect(try hint()["version"]?.int64 == 1)
  }
}

@Suite("Intervals of table properties") struct IntervalTests {
  static let legible: [(String, Int64)] = [
    ("interval 30 days", 30 * 86_400_000), ("INTERVAL 1 WEEK", 604_800_000),
    ("1 day 12 hours", 129_600_000), ("interval 90 minutes", 5_400_000),
    ("interval 5 seconds 250 milliseconds", 5250), ("interval 2000 microseconds", 2),
    ("interval 0 hours", 0), ("interval 1 week -1 day", 518_400_000),
  ]
  @Test(arguments: legible) func `milliseconds of`(_ text: String, _ millis: Int64) {
    #expect(intervalMillis(text) == millis)
  }

  @Test(arguments: [
    "", "interval", "30", "30 days ago", "interval 1 month", "interval 2 years", "P7D",
    "interval x days", "interval -1 day", "interval 9999999999999999 weeks", "interval 1.5 days",
  ]) func `no interval is`(_ text: String) {
    #expect(intervalMillis(text) == nil)
  }
}

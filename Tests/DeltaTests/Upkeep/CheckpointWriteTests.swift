import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

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
    let replayed = try CheckpointTables.make(store)
    let summary = try CheckpointTables.checkpoint(store, replayed)
    #expect(summary.path == "_delta_log/00000000000000000002.checkpoint.parquet")
    #expect(summary.fileCount == 2)
    // Protocol, metadata, two transactions, a domain, a tombstone that has not expired, two files.
    #expect(summary.tombstoneCount == 1)
    #expect(summary.actionCount == 8)
    try CheckpointTables.deleteCommits(store, upTo: 2)
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
    let snapshot = try CheckpointTables.make(store)
    _ = try CheckpointTables.checkpoint(store, snapshot)
    let path = "_delta_log/00000000000000000002.checkpoint.parquet"
    let first = Array(try store.read(path, range: nil))
    try CheckpointTables.deleteCommits(store, upTo: 2)
    _ = try CheckpointTables.checkpoint(store, snapshot)
    #expect(Array(try store.read(path, range: nil)) == first)
  }

  @Test func `tombstones are kept as long as the property says`() throws {
    let long = try CheckpointTables.make(
      store, ["delta.deletedFileRetentionDuration": "interval 2 weeks"])
    #expect(try CheckpointTables.checkpoint(store, long).tombstoneCount == 2)
    let short = InMemoryStore()
    let table = try CheckpointTables.make(
      short, ["delta.deletedFileRetentionDuration": "interval 0 days"])
    #expect(try CheckpointTables.checkpoint(short, table).tombstoneCount == 0)
    let odd = InMemoryStore()
    let senseless = try CheckpointTables.make(
      odd, ["delta.deletedFileRetentionDuration": "a while"])
    #expect(try CheckpointTables.checkpoint(odd, senseless).tombstoneCount == 2)
  }

  @Test(arguments: [1, 3])
  func `a group larger than a worker reads at a time comes back in order`(_ workers: Int) throws {
    let base = try TestTables.create(store)
    var append = Transaction(from: base, operation: Operation("WRITE"))
    append.adds = (0..<40_000).map { index in
      TestTables.file("part-\(index)", day: index % 5 == 0 ? nil : "2024-01-0\(index % 9)")
    }
    _ = try append.commit(to: store, environment: TestTables.environment(store))
    let replayed = try Snapshot.load(store)
    _ = try CheckpointTables.checkpoint(store, replayed, groupRowCount: 60_000)
    try CheckpointTables.deleteCommits(store, upTo: 1)
    let read = try Snapshot.load(store, parallelism: workers)
    #expect(read.files.count == 40_002)
    #expect(comparable(read) == comparable(replayed))
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
      let summary = try CheckpointTables.checkpoint(
        store, base, environment: environment, groupRowCount: 100)
      #expect(summary.fileCount == 502)
      files.append(Array(try store.read(path, range: nil)))
    }
    #expect(files[0] == files[1])
    try CheckpointTables.deleteCommits(store, upTo: 1)
    #expect(comparable(try .load(store)) == comparable(base))
  }

  @Test func `an interrupted or failing checkpoint leaves the table as it was`() throws {
    for index in 0..<3 {
      for fault in [Fault.before(index), .after(index)] {
        let disk = InMemoryStore(nowMillis: { 1_700_000_000_000 })
        let table = try CheckpointTables.make(disk)
        let dying = FaultyStore(disk, fault: fault)
        _ = try? CheckpointTables.checkpoint(dying, table)
        let read = try Snapshot.load(disk)
        #expect(read.version == 2 && comparable(read) == comparable(table), "\(fault)")
        // Whatever the hint says, it must be there.
        if try disk.entry("_delta_log/_last_checkpoint") != nil {
          #expect(try disk.entry("_delta_log/00000000000000000002.checkpoint.parquet") != nil)
        }
      }
    }
    let table = try CheckpointTables.make(store)
    let environment = TestTables.environment(store)
    environment.cancellation.cancel()
    expectError(.cancelled) {
      _ = try CheckpointTables.checkpoint(store, table, environment: environment)
    }
    #expect(try store.entry("_delta_log/00000000000000000002.checkpoint.parquet") == nil)
  }

  @Test func `a partition value that is none of its column's type is no null`() throws {
    var table = try TestTables.create(store, ["delta.checkpoint.writeStatsAsStruct": "true"])
    var append = TestTables.append(table, "c")
    append.adds[0].partitionValues = ["day": "yesterday"]
    _ = try append.commit(to: store, environment: TestTables.environment(store))
    table = try Snapshot.load(store)
    expectError(.corrupt, "yesterday", "day") { _ = try CheckpointTables.checkpoint(store, table) }
  }

  @Test func `an unknown feature stops a checkpoint by its name`() throws {
    try TestTables.put(
      store, 0,
      [
        #"{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["novelty"]}}"#,
        TestTables.metadataLine,
      ])
    expectError(.unsupported, "novelty") {
      _ = try CheckpointTables.checkpoint(store, try .load(store))
    }
  }
}

import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@Suite("Vacuum") struct VacuumTests {
  let table: KeptTable

  init(table: KeptTable = KeptTable()) { self.table = table }

  /// `a` is live, `old` and `late` left the table on the days 1 and 8; nobody names `orphan`.
  private func create() throws {
    table.clock.set(day: 0)
    try table.put("a", "old", "late", "orphan")
    try table.create([KeptTable.add("a"), KeptTable.add("old"), KeptTable.add("late")])
    try TestTables.put(table.store, 1, [KeptTable.remove("old", day: 1)])
    try TestTables.put(table.store, 2, [KeptTable.remove("late", day: 8)])
    table.clock.set(day: 10)
  }

  @Test func `what no version of the last week has goes, once it is old`() throws {
    try create()
    try table.put("young")
    let outcome = try table.vacuum()
    #expect(try table.paths == ["a", "late", "young"])
    #expect(outcome.filesDeleted == 2 && outcome.bytesDeleted == 20)
    #expect(outcome.filesKept == 2 && outcome.filesYoung == 1)
    #expect(outcome.retentionMillis == 7 * KeptTable.day)
    #expect(try Snapshot.load(table.store).files.map(\.path) == ["a"])
  }

  @Test func `what is hidden belongs to others, but for change data and partitions`() throws {
    try create()
    table.clock.set(day: 1)
    try table.put(
      "_quarantine/x", "_index", ".hidden/x", "metadata/v1", "sub/metadata/x", "_p=1/x", "_q=1/x",
      "_change_data/cdc-1", "_change_data/_p=1/cdc-2", "b/_hidden", "other/_delta_log/0.json",
      "other/part", "other/deep/part")
    try TestTables.put(
      table.store, 3, [KeptTable.metadataLine(columns: ["id", "_p"], partitionedBy: ["_p"])])
    table.clock.set(day: 10)
    try table.vacuum()
    #expect(
      try table.paths == [
        ".hidden/x", "_index", "_q=1/x", "_quarantine/x", "a", "b/_hidden", "late",
        "metadata/v1", "other/_delta_log/0.json", "other/deep/part", "other/part",
      ])
  }

  @Test func `a vector stays while a file that is live or left lately needs it`() throws {
    table.clock.set(day: 0)
    let vector = KeptTable.vector
    try table.put("a", "b", vector.path)
    try table.create([
      KeptTable.add("a", vector: vector.encoded), KeptTable.add("b", vector: vector.encoded),
    ])
    try TestTables.put(
      table.store, 1, [KeptTable.remove("a", day: 5, vector: vector.encoded)])
    table.clock.set(day: 20)
    try table.vacuum()
    #expect(try table.paths == [vector.path, "b"])
    try TestTables.put(table.store, 4, [KeptTable.remove("b", day: 20, vector: vector.encoded)])
    table.clock.set(day: 26)
    try table.vacuum()
    #expect(try table.paths == [vector.path, "b"])
    table.clock.set(day: 28)
    try table.vacuum()
    #expect(try table.paths == [])
  }

  @Test(arguments: [
    "file:///elsewhere/lake/t/in/absolute", "/elsewhere/lake/t/in/absolute",
    "s3://bucket/in/absolute", "./in/absolute", "in//absolute", "in/%61bsolute",
  ]) func `a path that may lead into the table protects its file:`(_ path: String) throws {
    table.clock.set(day: 0)
    try table.put("in/absolute", "in/other")
    try table.create([KeptTable.add(path)])
    table.clock.set(day: 10)
    try table.vacuum()
    #expect(try table.paths == ["in/absolute"])
  }

  @Test func `a path that leaves its directory stops everything`() throws {
    table.clock.set(day: 0)
    try table.put("x")
    try table.create([KeptTable.add("in/../x")])
    table.clock.set(day: 10)
    expectError(.unsupported, "`..`") { try table.vacuum() }
    #expect(try table.paths == ["x"])
  }

  @Test func `a shorter retention than the table's is refused unless the check is off`() throws {
    try create()
    expectError(.invalidArgument, "shorter than the table's, 168 hours") {
      try table.vacuum { $0.retentionMillis = KeptTable.day }
    }
    #expect(try table.paths.count == 4)
    try table.vacuum { $0.retentionMillis = 9 * KeptTable.day - 1 }
    #expect(try table.paths == ["a", "late"])
    try table.vacuum {
      $0.retentionMillis = KeptTable.day
      $0.checksRetention = false
    }
    #expect(try table.paths == ["a"])
  }

  @Test func `what left within a longer retention stays, though a checkpoint has forgotten it`()
    throws
  {
    table.clock.set(day: 0)
    try table.put("a", "lately", "long ago")
    try table.create(
      [KeptTable.add("a"), KeptTable.add("lately"), KeptTable.add("long%20ago")],
      metadata: KeptTable.metadataLine(
        #"{"delta.deletedFileRetentionDuration":"interval 1 day"}"#))
    table.clock.set(day: 5)
    try TestTables.put(table.store, 1, [KeptTable.remove("long%20ago", day: 5)])
    table.clock.set(day: 40)
    try TestTables.put(table.store, 2, [KeptTable.remove("lately", day: 40)])
    table.clock.set(day: 42)
    let current = try Snapshot.load(table.store)
    let summary = try CheckpointWriter(store: table.store, environment: table.environment)
      .write(version: 2, metadata: current.metadata)
    #expect(summary.tombstoneCount == 0)
    try table.vacuum { $0.retentionMillis = 30 * KeptTable.day }
    #expect(try table.paths == ["a", "lately"])
    // Where the log does not reach back as far nobody knows, unless it is not asked for.
    try table.store.delete(commitPath(0))
    try table.store.delete(commitPath(1))
    expectError(.invalidArgument, "commits start 48 hours ago") {
      try table.vacuum { $0.retentionMillis = 30 * KeptTable.day }
    }
    try table.vacuum()
    #expect(try table.paths == ["a"])
  }

  @Test(arguments: [
    ("interval 30 days", 3), ("interval 1 week", 2), ("interval 216 hours", 3), ("215 hours", 2),
  ]) func `the table's own retention counts:`(_ text: String, _ left: Int) throws {
    try create()
    try TestTables.put(
      table.store, 3,
      [KeptTable.metadataLine(#"{"delta.deletedFileRetentionDuration":"\#(text)"}"#)])
    try table.store.delete("orphan")
    try table.vacuum()
    #expect(try table.paths.count == left)
  }

  @Test func `a retention that is no duration is refused`() throws {
    try create()
    try TestTables.put(
      table.store, 3,
      [KeptTable.metadataLine(#"{"delta.deletedFileRetentionDuration":"soon"}"#)])
    expectError(.invalidArgument, "no duration: soon") { try table.vacuum() }
    try table.vacuum {
      $0.retentionMillis = 7 * KeptTable.day
      $0.checksRetention = false
    }
    #expect(try table.paths == ["a", "late"])
  }

  @Test func `a dry run names files by directory, then by name`() throws {
    try create()
    table.clock.set(day: 1)
    try table.put("p=2/b", "p=1/b", "p=2/a", "z", "p=1/q=1/x", "p=1/a")
    table.clock.set(day: 10)
    let dry = try table.vacuum { $0.isDryRun = true }
    #expect(
      Array(dry.paths) == [
        "old", "orphan", "z", "p=1/a", "p=1/b", "p=1/q=1/x", "p=2/a", "p=2/b",
      ])
    #expect(dry.paths.count == 8)
  }

  @Test func `the history tells of it, unless there was nothing to do`() throws {
    try create()
    let dry = try table.vacuum { $0.isDryRun = true }
    #expect(Array(dry.paths) == ["old", "orphan"] && dry.filesDeleted == 2)
    #expect(try table.paths.count == 4 && Snapshot.load(table.store).version == 2)
    #expect(try table.vacuum().version == 4)
    let history = try loadHistory(table.store, limit: 2)
    #expect(history.map(\.operation) == ["VACUUM END", "VACUUM START"])
    #expect(history[1].metrics == ["numFilesToDelete": "2", "sizeOfDataToDelete": "20"])
    #expect(
      history[1].parameters
        == ["retentionCheckEnabled": "true", "defaultRetentionMillis": "604800000"])
    #expect(history[0].parameters == ["status": "COMPLETED"])
    #expect(history[0].metrics == ["numDeletedFiles": "2", "numVacuumedDirectories": "0"])
    #expect(try table.vacuum().version == 4)
  }

  @Test(arguments: [
    (
      #"{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["#
        + #""icebergCompatV2"]}}"#, "icebergCompatV2"
    ),
    (
      #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["#
        + #""vacuumProtocolCheck","new"],"writerFeatures":["vacuumProtocolCheck","new"]}}"#, "new"
    ),
  ]) func `a feature that is not known stops it, whoever it is for`(
    _ line: String, _ feature: String
  ) throws {
    try create()
    try TestTables.put(table.store, 3, [line])
    expectError(.unsupported, feature) { try table.vacuum() }
    #expect(try table.paths.count == 4)
  }

  @Test func `features that bind rows do not stand in its way`() throws {
    try create()
    try TestTables.put(
      table.store, 3,
      [
        #"{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"writerFeatures":["#
          + #""checkConstraints","vacuumProtocolCheck"]}}"#,
        KeptTable.metadataLine(#"{"delta.constraints.c":"id > 0"}"#),
      ])
    try table.vacuum()
    #expect(try table.paths == ["a", "late"])
  }

  @Test func `a file that another writer brings back at the last moment is spared`() throws {
    try create()
    let base = table.store
    let store = FaultyStore(base) { effect in
      guard effect == .putIfAbsent(commitPath(3)),
        (try? base.entry(commitPath(3))) == nil
      else { return }
      try? TestTables.put(base, 3, [KeptTable.add("old")])
    }
    let outcome = try table.vacuum(store: store)
    #expect(outcome.filesDeleted == 1 && outcome.version == 5)
    #expect(try table.paths == ["a", "late", "old"])
  }

  @Test func `a crash anywhere harms no version of the last week`() throws {
    for index in 0..<12 {
      for fault in [Fault.before(index), .after(index)] {
        let table = KeptTable()
        let tests = VacuumTests(table: table)
        try tests.create()
        _ = try? table.vacuum(store: FaultyStore(table.store, fault: fault))
        for version in 1...2 as ClosedRange<Int64> {
          for file in try Snapshot.load(table.store, at: .version(version)).files {
            #expect(try table.store.entry(file.path) != nil, "\(fault), \(file.path)")
          }
        }
        try table.vacuum()
        #expect(try table.paths == ["a", "late"], "\(fault)")
      }
    }
  }
}

@Suite("Vacuum: lite") struct LiteVacuumTests {
  let table = KeptTable()

  private func vacuum(_ configure: (inout VacuumOptions) -> Void = { _ in }) throws {
    try table.vacuum {
      $0.isLite = true
      configure(&$0)
    }
  }

  @Test func `only what the log's expired tombstones name goes`() throws {
    table.clock.set(day: 0)
    let vector = KeptTable.vector
    try table.put("a", "old", "late", "again", "orphan", "_change_data/c", vector.path, "_other/x")
    try table.create([
      KeptTable.add("a"), KeptTable.add("old", vector: vector.encoded), KeptTable.add("late"),
      KeptTable.add("again"),
    ])
    try TestTables.put(
      table.store, 1,
      [
        KeptTable.remove("old", day: 1, vector: vector.encoded), KeptTable.remove("again", day: 1),
        #"{"cdc":{"path":"_change_data/c","partitionValues":{},"size":10,"dataChange":false}}"#,
        // Whatever a log names: these are not data files of the table.
        KeptTable.remove("_other/x", day: 1), KeptTable.remove("../outside", day: 1),
        KeptTable.remove("_delta_log/00000000000000000000.json", day: 1),
        KeptTable.remove("file:///lake/a", day: 1),
      ])
    try TestTables.put(
      table.store, 2, [KeptTable.add("again"), KeptTable.remove("late", day: 8)])
    table.clock.set(day: 10)
    try vacuum()
    #expect(try table.paths == ["_other/x", "a", "again", "late", "orphan"])
    #expect(try Snapshot.load(table.store, at: .version(0)).files.count == 4)
  }
}

@Suite("Vacuum: directories") struct VacuumDirectoryTests {
  let directory = TemporaryDirectory()

  @Test func `directories left empty go, and files in progress once a day has passed`() throws {
    let store = try LocalStore(root: directory.path)
    let bytes = Buffer<UInt8>(repeating: 1, count: 10)
    for path in ["p=1/q=1/old", "p=1/q=2/old", "p=2/old", "p=2/live", "p=3/.grebe-x.tmp"] {
      try store.put(path, bytes.bytes)
    }
    // A file that is left, and one that is still written.
    let writer = try store.createWriter("p=3/new")
    try writer.append(bytes.bytes)
    try TestTables.put(
      store, 0,
      [
        TestTables.protocolLine,
        KeptTable.metadataLine(columns: ["id", "p"], partitionedBy: ["p"]),
        KeptTable.add("p=2/live", values: #"{"p":"2"}"#),
      ])
    func vacuum(hours: Int64) throws -> VacuumOutcome {
      var options = VacuumOptions()
      options.retentionMillis = 0
      options.checksRetention = false
      let now = Environment.standard().nowMillis() + hours * 3_600_000
      let environment = Environment(
        nowMillis: { now }, seed: 7, parallelism: 2, memoryBudgetBytes: 1 << 20,
        openStore: { _ in store })
      return try Vacuum(store: store, environment: environment, options: options).run()
    }
    let first = try vacuum(hours: 1)
    #expect(first.filesDeleted == 3 && first.directoriesDeleted == 3)
    #expect(directory.names().sorted() == ["_delta_log", "p=2", "p=3"])
    #expect(directory.names("p=3").count == 2)
    try writer.finish()
    let second = try vacuum(hours: 25)
    #expect(second.filesDeleted == 2 && second.directoriesDeleted == 1)
    #expect(directory.names() == ["_delta_log", "p=2"])
    #expect(directory.names("p=2") == ["live"])
  }
}

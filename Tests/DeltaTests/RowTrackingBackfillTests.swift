import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@Suite("Row tracking turned on for a table that has rows") struct RowTrackingBackfillTests {
  let store = InMemoryStore()
  private var environment: Environment { TestTables.environment(store) }
  private static let enable = TableChange.setProperty("delta.enableRowTracking", "true")

  private func altered(_ base: Snapshot, _ changes: [TableChange]) throws -> Transaction? {
    var alteration = Alteration(base, id: "id") { _, _ in false }
    for change in changes { try alteration.apply(change) }
    return try alteration.transaction()
  }

  private func enabling(_ base: Snapshot) throws -> Transaction {
    try #require(try altered(base, [RowTrackingBackfillTests.enable]))
  }

  @Test func `one commit has the features, the columns' names, every file's ids and the mark`()
    throws
  {
    let base = try TestTables.create(store)
    _ = try enabling(base).commit(to: store, environment: environment)
    let tracked = try Snapshot.load(store)
    #expect(tracked.version == 1)
    #expect(tracked.tableProtocol.minReaderVersion == 1)
    #expect(
      tracked.tableProtocol.writerFeatures == [
        "appendOnly", "invariants", "domainMetadata", "rowTracking",
      ])
    #expect(
      tracked.metadata.configuration == [
        "delta.enableRowTracking": "true",
        "delta.rowTracking.materializedRowIdColumnName": "_row-id-col-id",
        "delta.rowTracking.materializedRowCommitVersionColumnName": "_row-commit-version-col-id",
      ])
    #expect(TestTables.paths(tracked) == ["a", "b"])
    #expect(tracked.files.map(\.baseRowID) == [0, 3])
    #expect(tracked.files.map(\.defaultRowCommitVersion) == [1, 1])
    #expect(tracked.files.map(\.dataChange) == [false, false])
    #expect(
      tracked.domains["delta.rowTracking"]?.configuration == #"{"rowIdHighWaterMark":5}"#)
    // Sums are known still, and the next commit goes on from the mark.
    #expect(try store.entry("_delta_log/00000000000000000001.crc") != nil)
    _ = try TestTables.append(tracked, "c").commit(to: store, environment: environment)
    #expect(try Snapshot.load(store).files.last?.baseRowID == 6)
  }

  @Test func `the commit tells that rows keep what they are`() throws {
    _ = try enabling(TestTables.create(store)).commit(to: store, environment: environment)
    let info = try #require(try CommitFile.read(store, version: 1)?.info)
    #expect(info.others["tags"] == #"{"delta.rowTracking.preserved":"true"}"#)
  }

  @Test func `files that have ids keep them, and those of new files lie above`() throws {
    let base = try TestTables.create(store)
    let supported = try #require(try altered(base, [.addFeature(.rowTracking)]))
    #expect(supported.adds.isEmpty)
    _ = try supported.commit(to: store, environment: environment)
    _ = try TestTables.append(Snapshot.load(store), "c").commit(
      to: store, environment: environment)
    _ = try enabling(Snapshot.load(store)).commit(to: store, environment: environment)
    let tracked = try Snapshot.load(store)
    let ids = Dictionary(uniqueKeysWithValues: tracked.files.map { ($0.path, $0.baseRowID) })
    #expect(ids == ["c": 0, "a": 3, "b": 6])
    #expect(
      tracked.files.sorted { $0.path < $1.path }.map(\.defaultRowCommitVersion) == [3, 3, 2])
  }

  @Test(arguments: [(true, 43), (false, 40 + Int64(Int32.max))])
  func `ids from before the table had a mark are given no second time`(
    _ saysRowCount: Bool, _ next: Int64
  ) throws {
    var create = Transaction(
      creating: TestTables.metadata(), operation: Operation("CREATE TABLE"))
    create.adds = [TestTables.file("a"), TestTables.file("b")]
    create.adds[0].baseRowID = 40
    create.adds[0].defaultRowCommitVersion = 0
    if !saysRowCount { create.adds[0].statisticsJSON = nil }
    _ = try create.commit(to: store, environment: environment)
    _ = try enabling(Snapshot.load(store)).commit(to: store, environment: environment)
    let ids = try Snapshot.load(store).files.map { [$0.path, "\($0.baseRowID ?? -1)"] }
    #expect(Set(ids) == [["a", "40"], ["b", "\(next)"]])
  }

  @Test func `once on, there is nothing left to do`() throws {
    _ = try enabling(TestTables.create(store)).commit(to: store, environment: environment)
    let tracked = try Snapshot.load(store)
    #expect(try altered(tracked, [RowTrackingBackfillTests.enable]) == nil)
    // Off and on again, the files have the columns that they had.
    let off = try #require(
      try altered(tracked, [.setProperty("delta.enableRowTracking", "false")]))
    _ = try off.commit(to: store, environment: environment)
    let on = try enabling(Snapshot.load(store))
    #expect(on.adds.isEmpty)
    #expect(on.metadata == tracked.metadata)
  }

  @Test func `a table that keeps ids is not suspended, whichever comes first`() throws {
    let base = try TestTables.create(store, ["delta.rowTrackingSuspended": "true"])
    expectError(.invalidArgument, "cannot both be true") { _ = try enabling(base) }
    let both = try #require(
      try altered(
        base, [RowTrackingBackfillTests.enable, .unsetProperty("delta.rowTrackingSuspended")]))
    _ = try both.commit(to: store, environment: environment)
    let tracked = try Snapshot.load(store)
    #expect(tracked.files.allSatisfy { $0.baseRowID != nil })
    expectError(.invalidArgument, "cannot both be true") {
      _ = try altered(tracked, [.setProperty("delta.rowTrackingSuspended", "true")])
    }
  }

  @Test(arguments: ["append", "move", "compaction"])
  func `no file may come or go meanwhile, not even where its rows stay`(_ what: String) throws {
    let base = try TestTables.create(store)
    let enable = try enabling(base)
    var other = TestTables.append(base, "c")
    if what != "append" { other.adds[0].dataChange = false }
    if what == "compaction" {
      other.removes = base.files.map { $0.removed(atMillis: 1, dataChange: false) }
    }
    _ = try other.commit(to: store, environment: environment)
    guard case .conflict = try enable.commit(to: store, environment: environment) else {
      Issue.record("a file without ids, or one that is gone")
      return
    }
  }
}

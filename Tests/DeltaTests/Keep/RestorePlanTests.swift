import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@Suite("Restore") struct RestorePlanTests {
  let table = KeptTable()

  private func plan(_ version: Int64) throws -> RestorePlan {
    RestorePlan(
      current: try .load(table.store), target: try .load(table.store, at: .version(version)))
  }

  private func commit(_ plan: RestorePlan, to store: (any ObjectStore)? = nil) throws
    -> CommitOutcome
  {
    try plan.transaction(Operation("RESTORE", metrics: plan.metrics), atMillis: 9)
      .commit(to: store ?? table.store, environment: table.environment)
  }

  private func createThree() throws {
    try table.put("a", "b", "c")
    try table.create([KeptTable.add("a"), KeptTable.add("b")])
    try TestTables.put(table.store, 1, [KeptTable.remove("a", day: 1), KeptTable.add("c")])
  }

  @Test func `files that left come back, those that came go, with their rows`() throws {
    try createThree()
    let plan = try plan(0)
    #expect(plan.restored.map(\.path) == ["a"] && plan.removed.map(\.path) == ["c"])
    #expect(plan.metadata == nil && plan.tableProtocol == nil && plan.domains.isEmpty)
    #expect(
      plan.metrics == [
        "tableSizeAfterRestore": "20", "numOfFilesAfterRestore": "2", "numRemovedFiles": "1",
        "numRestoredFiles": "1", "removedFilesSize": "10", "restoredFilesSize": "10",
      ])
    #expect(try commit(plan) == .committed(version: 2))
    #expect(try Snapshot.load(table.store).files.map(\.path).sorted() == ["a", "b"])
    let written = try #require(try CommitFile.read(table.store, version: 2))
    for case .add(let file) in written.actions { #expect(file.dataChange) }
    for case .remove(let file) in written.actions { #expect(file.dataChange) }
    #expect(try self.plan(0).isEmpty)
  }

  @Test func `a file comes back without the rows deleted since, and with those before`() throws {
    let vector = KeptTable.vector
    try table.put("a", vector.path)
    try table.create([KeptTable.add("a")])
    try TestTables.put(
      table.store, 1,
      [KeptTable.remove("a", day: 1), KeptTable.add("a", vector: vector.encoded)])
    #expect(try commit(try plan(0)) == .committed(version: 2))
    #expect(try Snapshot.load(table.store).files.map(\.deletionVector) == [nil])
    #expect(try commit(try plan(1)) == .committed(version: 3))
    #expect(try Snapshot.load(table.store).files.map { $0.deletionVector != nil } == [true])
  }

  @Test func `schema and properties are those of then, ids and times go on`() throws {
    try table.create(
      [],
      metadata: KeptTable.metadataLine(
        #"{"mine":"old","delta.columnMapping.maxColumnId":"3"}"#))
    try TestTables.put(
      table.store, 1,
      [
        #"{"commitInfo":{"inCommitTimestamp":77}}"#,
        KeptTable.metadataLine(
          columns: ["id", "more"],
          #"{"mine":"new","theirs":"1","delta.columnMapping.maxColumnId":"5","#
            + #""delta.enableInCommitTimestamps":"true","#
            + #""delta.inCommitTimestampEnablementVersion":"1"}"#),
      ])
    #expect(try commit(try plan(0)) == .committed(version: 2))
    let now = try Snapshot.load(table.store)
    #expect(now.schema.names == ["id"])
    #expect(
      now.metadata.configuration == [
        "mine": "old", "delta.columnMapping.maxColumnId": "5",
        "delta.enableInCommitTimestamps": "true",
        "delta.inCommitTimestampEnablementVersion": "1",
      ])
    #expect(now.timestampMillis == 78)
  }

  @Test(arguments: [
    // reader, writer, features of writers: then, now, after
    ("1,2", "1,4", "1,4"), ("1,4", "1,2", "1,4"),
    ("1,7:appendOnly", "1,2", "1,7:appendOnly,invariants"),
    ("1,3", "1,7:domainMetadata", "1,7:appendOnly,checkConstraints,domainMetadata,invariants"),
    (
      "2,5", "1,7:domainMetadata",
      "2,7:appendOnly,changeDataFeed,checkConstraints,columnMapping,domainMetadata,"
        + "generatedColumns,invariants"
    ),
    (
      "3,7:deletionVectors", "2,5",
      "3,7:appendOnly,changeDataFeed,checkConstraints,columnMapping,deletionVectors,"
        + "generatedColumns,invariants"
    ),
  ]) func `the protocol has what both ask for`(_ then: String, _ now: String, _ after: String) {
    func parsed(_ text: String) -> TableProtocol {
      let parts = text.split(separator: ":")
      let versions = parts[0].split(separator: ",").compactMap { Int($0) }
      let features = parts.count > 1 ? parts[1].split(separator: ",").map(String.init) : nil
      return TableProtocol(
        minReaderVersion: versions[0], minWriterVersion: versions[1],
        readerFeatures: versions[0] >= 3 ? features : nil, writerFeatures: features)
    }
    let raised = parsed(now).raised(to: parsed(then))
    let features = raised.writerFeatures.map { ":" + $0.sorted().joined(separator: ",") } ?? ""
    #expect("\(raised.minReaderVersion),\(raised.minWriterVersion)\(features)" == after)
    if raised.minReaderVersion >= 3 {
      #expect(raised.readerFeatures?.sorted() == ["columnMapping", "deletionVectors"])
    }
    #expect(raised.raised(to: parsed(then)) == raised)
  }

  @Test func `nothing comes back while a vacuum is at it`() throws {
    try createThree()
    func vacuum(_ version: Int64, _ end: String, day: Int64) throws {
      try TestTables.put(
        table.store, version,
        [#"{"commitInfo":{"operation":"VACUUM \#(end)","timestamp":\#(day * KeptTable.day)}}"#])
    }
    table.clock.set(day: 9)
    try vacuum(2, "START", day: 9)
    let started = try plan(0)
    #expect(try commit(started) == .conflict(.filesVacuumed, version: 2))
    // A commit that does not say what it is hides nothing.
    try TestTables.put(table.store, 3, [#"{"txn":{"appId":"other","version":1}}"#])
    #expect(try commit(try plan(0)) == .conflict(.filesVacuumed, version: 2))
    try vacuum(4, "END", day: 9)
    try vacuum(5, "START", day: 9)
    try vacuum(6, "START", day: 9)
    try vacuum(7, "END", day: 9)
    #expect(try commit(try plan(0)) == .conflict(.filesVacuumed, version: 5))
    // Whoever made it is gone.
    table.clock.set(day: 11)
    #expect(try commit(try plan(0)) == .committed(version: 8))
  }

  @Test func `domains are those of then, but for the system's own`() throws {
    func domain(_ name: String, _ value: String, removed: Bool = false) -> String {
      #"{"domainMetadata":{"domain":"\#(name)","configuration":"\#(value)","removed":\#(removed)}}"#
    }
    let features =
      #"{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"#
      + #""writerFeatures":["domainMetadata"]}}"#
    try table.create(
      [
        domain("kept", "1"), domain("changed", "1"), domain("gone", "1"),
        domain("delta.rowTracking", "1"), domain("delta.later", "1"),
        domain("delta.clustering", "1"),
      ], protocolLine: features)
    try TestTables.put(
      table.store, 1,
      [
        domain("changed", "2"), domain("gone", "", removed: true), domain("new", "2"),
        domain("delta.rowTracking", "2"), domain("delta.later", "2"),
        domain("delta.clustering", "2"),
      ])
    #expect(try commit(try plan(0)) == .committed(version: 2))
    let after = RestorePlan(
      current: try .load(table.store), target: try .load(table.store, at: .version(0)))
    #expect(after.isEmpty)
    let written = try #require(try CommitFile.read(table.store, version: 2))
    var domains: [String] = []
    for case .domainMetadata(let value) in written.actions { domains.append(value.domain) }
    #expect(domains == ["changed", "delta.clustering", "gone", "new"])
  }

  @Test func `files that a vacuum took are named before anything is committed`() throws {
    try createThree()
    try plan(0).checkFiles(in: table.store, environment: table.environment)
    try table.store.delete("a")
    expectError(.notFound, "1 of its 2 files", "version 0", "a") {
      try plan(0).checkFiles(in: table.store, environment: table.environment)
    }
    try table.store.put("a", Buffer<UInt8>(repeating: 1, count: 9).bytes)
    expectError(.corrupt, "9 bytes and should have 10") {
      try plan(0).checkFiles(in: table.store, environment: table.environment)
    }
  }

  @Test func `appends and vacuums made meanwhile are in conflict, a compaction of others is not`()
    throws
  {
    try createThree()
    let plan = try plan(0)
    try TestTables.put(table.store, 2, [KeptTable.add("d")])
    #expect(try commit(plan) == .conflict(.rowsAdded(path: "d"), version: 2))
    try TestTables.put(table.store, 2, [#"{"commitInfo":{"operation":"VACUUM START"}}"#])
    #expect(try commit(plan) == .conflict(.filesVacuumed, version: 2))
    try TestTables.put(
      table.store, 2,
      [
        #"{"remove":{"path":"b","deletionTimestamp":1,"dataChange":false}}"#,
        KeptTable.add("b2").replacingFirst(#""dataChange":true"#, with: #""dataChange":false"#),
      ])
    #expect(try commit(plan) == .committed(version: 3))
    #expect(try Snapshot.load(table.store).files.map(\.path).sorted() == ["a", "b2"])
  }
}

extension String {
  /// With the first occurrence of a part replaced.
  func replacingFirst(_ part: String, with other: String) -> String {
    guard let range = firstRange(of: part) else { return self }
    return self[..<range.lowerBound] + other + self[range.upperBound...]
  }
}

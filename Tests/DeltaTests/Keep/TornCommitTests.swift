import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@Suite("Verify: a torn newest commit") struct TornCommitTests {
  /// Two versions; the newest has a line for the commit and one for each of two files.
  private func create() throws -> (KeptTable, [UInt8]) {
    let table = KeptTable()
    let base = try TestTables.create(table.store)
    try table.put("a", "b", "c", "d")
    var append = TestTables.append(base, "c")
    append.adds.append(TestTables.file("d"))
    _ = try append.commit(to: table.store, environment: table.environment)
    return (table, [UInt8](try table.store.read(commitPath(1), range: nil)))
  }

  private func tear(_ table: KeptTable, _ bytes: [UInt8]) throws {
    try table.store.put(commitPath(1), Buffer(bytes).bytes)
  }

  private func repair(_ table: KeptTable) throws -> (commit: TornCommit, movedTo: String)? {
    try TornCommit.repair(in: table.store, environment: table.environment)
  }

  @Test func `cut off after any byte it is found, and moved aside without a trace in the log`()
    throws
  {
    let (_, whole) = try create()
    // Without its last line break a commit is whole all the same.
    for length in 0..<whole.count - 1 {
      let (table, _) = try create()
      try tear(table, Array(whole[..<length]))
      expectError(.corrupt) { _ = try Snapshot.load(table.store) }
      let outcome = try table.verify()
      #expect(outcome.version == 0, "\(length)")
      #expect(outcome.findings.first?.kind == .commitTorn, "\(length)")
      table.clock.set(day: 1)
      let repaired = try #require(try repair(table), "\(length)")
      #expect(repaired.commit.version == 1 && repaired.commit.sizeBytes == Int64(length))
      let moved = try table.store.read(repaired.movedTo, range: nil)
      #expect([UInt8](moved) == Array(whole[..<length]))
      #expect(try table.store.entry(commitPath(1)) == nil)
      let snapshot = try Snapshot.load(table.store)
      #expect(snapshot.version == 0)
      let again = TestTables.append(snapshot, "e")
      let committed = try again.commit(to: table.store, environment: table.environment)
      #expect(committed == .committed(version: 1))
    }
  }

  @Test func `what is lost is told, as far as it can be read`() throws {
    let (table, whole) = try create()
    try tear(table, Array(whole.dropLast(20)) + [0, 0, 0])
    table.clock.set(day: 1)
    let torn = try #require(try repair(table)).commit
    #expect(torn.operation == "WRITE" && torn.actionCount == 2)
    #expect(torn.addedPaths == ["c"])
  }

  @Test func `full of zeros or blank it is torn, too`() throws {
    for bytes in [[], [0, 0, 0, 0], Array("\n \n".utf8)] as [[UInt8]] {
      let (table, _) = try create()
      try tear(table, bytes)
      table.clock.set(day: 1)
      #expect(try repair(table) != nil)
      #expect(try Snapshot.load(table.store).version == 0)
    }
  }

  @Test func `a commit that is whole, not the newest, or damaged in the middle stays`() throws {
    let (table, whole) = try create()
    table.clock.set(day: 1)
    #expect(try repair(table) == nil)
    try tear(table, Array(whole.dropLast()))
    #expect(try repair(table) == nil)
    try tear(table, Array("{\"add\":\n".utf8) + whole)
    #expect(try repair(table) == nil)
    #expect(try table.verify().findings.first?.kind == .commitDamaged)
    // Sound, and no action: its writer was not stopped within it.
    try tear(table, Array("{\"add\":{}}".utf8))
    #expect(try repair(table) == nil)
    try tear(table, [])
    try TestTables.put(table.store, 2, [KeptTable.add("z")])
    #expect(try repair(table) == nil)
    #expect(try table.store.entry(commitPath(1)) != nil)
    #expect(try table.verify().findings.first?.kind == .commitDamaged)
  }

  @Test func `one that may still be written is left alone`() throws {
    let (table, whole) = try create()
    table.clock.set(day: 1)
    try tear(table, Array(whole[..<10]))
    expectError(.conflict, "less than a minute ago") { _ = try repair(table) }
    #expect(try table.store.entry(commitPath(1))?.sizeBytes == 10)
  }

  @Test func `its checksum file goes with it`() throws {
    let (table, whole) = try create()
    try tear(table, Array(whole[..<10]))
    let checksum = "_delta_log/00000000000000000001.crc"
    try table.store.put(checksum, Buffer<UInt8>(utf8: "{}").bytes)
    table.clock.set(day: 1)
    let name = try #require(try repair(table)).movedTo
    #expect(try table.store.entry(checksum) == nil)
    #expect(try table.store.read(name + "_crc", range: nil) == Buffer(utf8: "{}"))
  }

  @Test func `a crash while it is moved aside leaves it torn or moved`() throws {
    for index in 0..<4 {
      for fault in [Fault.before(index), .after(index), .torn(index)] {
        let (table, whole) = try create()
        try tear(table, Array(whole[..<10]))
        table.clock.set(day: 1)
        let store = FaultyStore(table.store, fault: fault)
        _ = try? TornCommit.repair(in: store, environment: table.environment)
        // Later, so that the copy has another name than one that may be torn itself.
        table.clock.set(day: 2)
        _ = try repair(table)
        #expect(try Snapshot.load(table.store).version == 0, "\(fault)")
        #expect(try table.store.entry("_delta_log/00000000000000000001.crc") == nil, "\(fault)")
      }
    }
  }
}

import Delta
import Store
import Testing

/// What a checkpoint needs of a replay besides the state.
@Suite("Tombstones") struct TombstoneTests {
  private func remove(_ path: String, at millis: Int64) -> String {
    #"{"remove":{"path":"\#(path)","deletionTimestamp":\#(millis),"dataChange":true}}"#
  }

  private func tombstones(_ store: any ObjectStore, since millis: Int64) throws -> [String] {
    try Snapshot.loadWithTombstones(store, version: nil, tombstonesSinceMillis: millis)
      .tombstones.map(\.path)
  }

  @Test func `removes that have not expired are kept, those of live files are not`() throws {
    let store = InMemoryStore()
    try TestTables.put(
      store, 0,
      [TestTables.protocolLine, TestTables.metadataLine]
        + ["a", "b", "c"].map { TestTables.addLine($0) })
    try TestTables.put(store, 1, [remove("a", at: 10), remove("b", at: 20)])
    try TestTables.put(store, 2, [remove("c", at: 30), TestTables.addLine("a")])
    #expect(try tombstones(store, since: 0) == ["b", "c"])
    #expect(try tombstones(store, since: 21) == ["c"])
    #expect(try tombstones(store, since: 31) == [])
    let loaded = try Snapshot.loadWithTombstones(store, version: 1, tombstonesSinceMillis: 20)
    #expect(loaded.tombstones.map(\.path) == ["b"])
    #expect(loaded.snapshot.files.map(\.path) == ["c"])
  }
}

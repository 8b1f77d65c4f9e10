import Base
import Delta
import Store
import TestSupport
import Testing

/// Checkpoints of the V2 specification: what is in them, and what becomes of damaged ones.
@Suite("V2 checkpoints") struct V2CheckpointTests {
  let store = InMemoryStore(nowMillis: { 5000 })
  private static let name = ".checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json"
  private static let path = "_delta_log/00000000000000000001" + name

  /// Two commits, and a checkpoint of the second with these lines besides protocol and metadata.
  private func put(
    checkpoint lines: [String], metadata: String = #"{"checkpointMetadata":{"version":1}}"#
  ) throws {
    try TestTables.put(
      store, 0, [TestTables.protocolLine, TestTables.metadataLine, TestTables.addLine("a")])
    try TestTables.put(store, 1, [TestTables.addLine("b"), TestTables.removeLine("gone")])
    let text = [metadata, TestTables.protocolLine, TestTables.metadataLine] + lines
    let bytes = Buffer<UInt8>(utf8: text.joined(separator: "\n") + "\n")
    try store.put(V2CheckpointTests.path, bytes.bytes)
  }

  private func dropCommits() throws {
    try store.delete(commitPath(0))
    try store.delete(commitPath(1))
  }

  private let whole = [
    TestTables.addLine("a"), TestTables.addLine("b"), TestTables.removeLine("gone"),
    #"{"txn":{"appId":"x","version":4}}"#,
    #"{"domainMetadata":{"domain":"d","configuration":"1","removed":false}}"#,
    #"{"something":{"later":1}}"#,
  ]

  @Test func `one in JSON without sidecars is all that is needed`() throws {
    try put(checkpoint: whole)
    try dropCommits()
    let snapshot = try Snapshot.load(store)
    #expect(snapshot.version == 1)
    #expect(TestTables.paths(snapshot) == ["a", "b"])
    #expect(snapshot.transactions["x"]?.version == 4)
    #expect(snapshot.domains.keys.sorted() == ["d"])
    let loaded = try Snapshot.loadWithTombstones(store, version: nil, tombstonesSinceMillis: 0)
    #expect(loaded.tombstones.map(\.path) == ["gone"])
    // A later commit builds on it.
    try TestTables.put(store, 2, [TestTables.removeLine("a"), TestTables.addLine("c")])
    #expect(TestTables.paths(try Snapshot.load(store)) == ["b", "c"])
    #expect(TestTables.paths(try Snapshot.load(store, at: .version(1))) == ["a", "b"])
    expectError(.notFound, "can no longer be read") {
      _ = try Snapshot.load(store, at: .version(0))
    }
  }

  @Test(arguments: [
    #"{"checkpointMetadata":{"version":2}}"#, #"{"other":{"version":1}}"#,
    #"{"checkpointMetadata":{}}"#, #"{"checkpointMetadata""#,
  ]) func `one that does not say its version is passed over, or named where it is needed`(
    _ metadata: String
  ) throws {
    try put(checkpoint: [TestTables.addLine("wrong")], metadata: metadata)
    #expect(TestTables.paths(try Snapshot.load(store)) == ["a", "b"])
    try dropCommits()
    expectError(.corrupt, V2CheckpointTests.path) { _ = try Snapshot.load(store) }
  }

  @Test(arguments: [
    #"{"sidecar":{"path":"none.parquet","sizeInBytes":9,"modificationTime":1}}"#,
    #"{"sidecar":{"path":"%zz","sizeInBytes":9,"modificationTime":1}}"#,
    #"{"sidecar":{"path":"none.parquet"}}"#, #"{"add":{}}"#, "[]",
  ]) func `one that refers to nothing is passed over, or refused where it is needed`(
    _ line: String
  ) throws {
    try put(checkpoint: [line])
    #expect(TestTables.paths(try Snapshot.load(store)) == ["a", "b"])
    try dropCommits()
    expectError(.corrupt, "_delta_log/") { _ = try Snapshot.load(store) }
  }

  @Test func `every truncation of one in JSON falls back to the commits`() throws {
    try put(checkpoint: whole)
    let bytes = try store.read(V2CheckpointTests.path, range: nil)
    for length in stride(from: 0, to: 300, by: 7) {
      try store.put(V2CheckpointTests.path, bytes.slice(0..<length).bytes)
      #expect(TestTables.paths(try Snapshot.load(store)) == ["a", "b"], "\(length)")
    }
  }

  @Test(.enabled(if: sharedData("delta") != nil), arguments: ["json", "parquet"])
  func `a sidecar must be there and have its size`(_ kind: String) throws {
    let name = "v2-\(kind)-sidecars-struct-stats-only"
    let disk = try LocalStore(root: try #require(sharedData("delta/" + name)))
    var sidecar = ""
    for entry in try disk.list("_delta_log", recursive: true) {
      if entry.path.contains("_sidecars/") { sidecar = entry.path }
      if entry.path.hasSuffix(".json"), !entry.path.contains("checkpoint") { continue }
      let bytes = try disk.read(entry.path, range: nil)
      try store.put(entry.path, bytes.bytes)
    }
    #expect(try Snapshot.load(store).files.count == 5)
    let bytes = try store.read(sidecar, range: nil)
    try store.put(sidecar, bytes.slice(0..<bytes.count - 1).bytes)
    expectError(.corrupt, sidecar) { _ = try Snapshot.load(store) }
    try store.delete(sidecar)
    expectError(.corrupt, sidecar, "missing") { _ = try Snapshot.load(store) }
  }
}

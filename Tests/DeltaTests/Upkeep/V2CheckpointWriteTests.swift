import Base
import Delta
import JSON
import Store
import TestSupport
import Testing

@Suite("Checkpoints: V2") struct V2CheckpointWriteTests {
  private let store = InMemoryStore(nowMillis: { 1_700_000_000_000 })

  /// A table with this policy, five files and a tombstone at `version`.
  private func table(_ version: Int64, hasFeature: Bool = true) throws -> Snapshot {
    let features = hasFeature ? #"["v2Checkpoint"]"# : "[]"
    let metadata = TestTables.metadataLine.replacing(
      #""configuration":{}"#,
      with: #""configuration":{"delta.checkpointPolicy":"v2","delta.checkpointInterval":"1"}"#)
    try TestTables.put(
      store, 0,
      [
        #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"#
          + #""readerFeatures":\#(features),"writerFeatures":\#(features)}}"#, metadata,
      ])
    for commit in 1..<max(version, 1) { try TestTables.put(store, commit, [metadata]) }
    let remove = TestTables.removeLine("gone").replacing(
      #""deletionTimestamp":1,"#, with: #""deletionTimestamp":1700000000000,"#)
    try TestTables.put(
      store, version, ["a", "b", "c", "d", "e"].map { TestTables.addLine($0) } + [remove])
    return try Snapshot.load(store)
  }

  private func sidecars() throws -> [ObjectEntry] {
    try store.list("_delta_log/_sidecars", recursive: false)
  }

  @Test func `the checkpoint has a name of its own, and sidecars past a size`() throws {
    let summary = try CheckpointTables.checkpoint(store, try table(1), sidecarActionCount: 2)
    #expect(summary.isV2)
    #expect(summary.path.hasPrefix("_delta_log/00000000000000000001.checkpoint."))
    #expect(summary.path.utf8.count == "_delta_log/".utf8.count + 20 + 12 + 36 + 8)
    // A tombstone, and five files by twos.
    #expect(summary.sidecarCount == 4)
    // The protocol, the metadata, the checkpoint's own action, the sidecars and what they hold.
    #expect(summary.actionCount == 3 + 4 + 6)
    let entries = try sidecars()
    #expect(entries.count == 4)
    let top = try #require(try store.entry(summary.path))
    #expect(summary.sizeBytes == entries.reduce(top.sizeBytes) { $0 + $1.sizeBytes })
    let bytes = try store.read("_delta_log/_last_checkpoint", range: nil)
    let root = try JSONDocument(bytes, range: 0..<bytes.count).root
    #expect(
      root["v2Checkpoint"]?["path"]?.string == String(summary.path.dropFirst("_delta_log/".count)))
    #expect(root["v2Checkpoint"]?["sizeInBytes"]?.int64 == top.sizeBytes)
  }

  @Test func `a small table has no sidecars`() throws {
    let summary = try CheckpointTables.checkpoint(store, try table(1))
    #expect(summary.isV2 && summary.sidecarCount == 0)
    #expect(try sidecars().isEmpty)
  }

  @Test func `every tenth has the classic name`() throws {
    let summary = try CheckpointTables.checkpoint(store, try table(10), sidecarActionCount: 2)
    #expect(summary.isV2 && summary.sidecarCount == 4)
    #expect(summary.path == "_delta_log/00000000000000000010.checkpoint.parquet")
    let hint = try store.read("_delta_log/_last_checkpoint", range: nil)
    let root = try JSONDocument(hint, range: 0..<hint.count).root
    #expect(root["version"]?.int64 == 10 && root["v2Checkpoint"] == nil)
  }

  @Test func `without the feature the policy counts for nothing`() throws {
    let summary = try CheckpointTables.checkpoint(
      store, try table(1, hasFeature: false), sidecarActionCount: 2)
    #expect(!summary.isV2 && summary.sidecarCount == 0)
    #expect(summary.path == "_delta_log/00000000000000000001.checkpoint.parquet")
    try CheckpointTables.deleteCommits(store, upTo: 1)
    #expect(try Snapshot.load(store).files.count == 5)
  }

  @Test func `clean-up keeps the sidecars that a checkpoint refers to`() throws {
    let snapshot = try table(1)
    let kept = try CheckpointTables.checkpoint(store, snapshot, sidecarActionCount: 2)
    try store.put("_delta_log/_sidecars/other.parquet", Buffer<UInt8>(utf8: "x").bytes)
    var environment = TestTables.environment(store)
    environment.nowMillis = { 1_700_000_000_000 + 100 * 86_400_000 }
    let summary = try LogCleanup(store, environment).run(
      snapshot.metadata, snapshot.tableProtocol)
    // The first commit goes; the checkpoint's own stays.
    #expect(summary == CleanupSummary(logFileCount: 1, sidecarCount: 1))
    #expect(try sidecars().count == kept.sidecarCount)
    // A checkpoint whose sidecar is gone is nothing to start a log with.
    try store.delete(try #require(try sidecars().first).path)
    try TestTables.put(store, 0, [TestTables.protocolLine, TestTables.metadataLine])
    #expect(throws: DeltaError.self) {
      _ = try LogCleanup(store, environment).run(snapshot.metadata, snapshot.tableProtocol)
    }
    #expect(try store.entry(commitPath(0)) != nil)
  }

  @Test func `clean-up keeps the sidecars of a checkpoint in JSON`() throws {
    let snapshot = try table(1)
    _ = try CheckpointTables.checkpoint(store, snapshot, sidecarActionCount: 2)
    let made = try sidecars()
    // The same checkpoint as another writer would have written it.
    let parquet = try #require(
      try store.list("_delta_log", recursive: false).map(\.path).first {
        $0.contains(".checkpoint.")
      })
    try store.delete(parquet)
    let lines = made.map { entry in
      let name = entry.path.split(separator: "/").last!
      return
        #"{"sidecar":{"path":"file:/elsewhere/\#(name)","sizeInBytes":\#(entry.sizeBytes),"#
        + #""modificationTime":1}}"#
    }
    let json = parquet.replacing(".parquet", with: ".json")
    let text = #"{"checkpointMetadata":{"version":1}}"# + "\n" + lines.joined(separator: "\n")
    try store.put(json, Buffer<UInt8>(utf8: text).bytes)
    try store.put("_delta_log/_sidecars/other.parquet", Buffer<UInt8>(utf8: "x").bytes)
    var environment = TestTables.environment(store)
    environment.nowMillis = { 1_700_000_000_000 + 100 * 86_400_000 }
    let summary = try LogCleanup(store, environment).run(
      snapshot.metadata, snapshot.tableProtocol)
    #expect(summary == CleanupSummary(logFileCount: 1, sidecarCount: 1))
    #expect(try sidecars().map(\.path) == made.map(\.path))
    try store.put(json, Buffer<UInt8>(utf8: text + "\n{").bytes)
    try store.put("_delta_log/_sidecars/other.parquet", Buffer<UInt8>(utf8: "x").bytes)
    try TestTables.put(store, 0, [TestTables.protocolLine, TestTables.metadataLine])
    expectError(.corrupt, json) {
      _ = try LogCleanup(store, environment).run(snapshot.metadata, snapshot.tableProtocol)
    }
  }
}

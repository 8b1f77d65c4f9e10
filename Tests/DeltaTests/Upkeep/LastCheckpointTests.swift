import Base
import Delta
import JSON
import Store
import TestSupport
import Testing

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
    let summary = try CheckpointTables.checkpoint(store, try CheckpointTables.make(store))
    let root = try hint()
    #expect(root["version"]?.int64 == 2)
    #expect(root["size"]?.int64 == 8)
    #expect(root["numOfAddFiles"]?.int64 == 2)
    #expect(root["parts"] == nil)
    #expect(try store.entry(summary.path)?.sizeBytes == root["sizeInBytes"]?.int64)
    #expect(root["checksum"]?.string == MD5.hex(utf8: canonicalJSON(root)))
  }

  @Test func `it never goes back to an older version, and a damaged one is replaced`() throws {
    let table = try CheckpointTables.make(store)
    _ = try CheckpointTables.checkpoint(store, table)
    let older = try Snapshot.load(store, at: .version(1))
    _ = try CheckpointTables.checkpoint(store, older)
    #expect(try hint()["version"]?.int64 == 2)
    try store.put("_delta_log/_last_checkpoint", Buffer<UInt8>(utf8: "{").bytes)
    _ = try CheckpointTables.checkpoint(store, older)
    #expect(try hint()["version"]?.int64 == 1)
  }
}

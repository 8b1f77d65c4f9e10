import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

/// Tables with checkpoints that others wrote. Versions and file counts are delta-rs' own.
@Suite("Checkpoints", .enabled(if: sharedData("delta") != nil)) struct CheckpointTests {
  static let tables: [(String, Int64, Int)] = [
    ("app-txn-checkpoint", 1, 4), ("external-table-different-nullability", 5, 3),
    ("parquet_row_group_skipping", 1, 1), ("parsed-stats", 5, 6),
    ("v1-multi-part-partitioned-struct-stats-only", 5, 5),
    ("v1-multi-part-struct-stats-only", 5, 5),
    ("v1-single-part-struct-stats-only", 5, 5), ("v2-classic-parquet-struct-stats-only", 5, 5),
    ("with_checkpoint_no_last_checkpoint", 3, 1),
    ("v2-json-sidecars-struct-stats-only", 5, 5), ("v2-parquet-sidecars-struct-stats-only", 5, 5),
  ]

  /// The table's log in memory, without the files that `isDropped` names.
  private func log(_ name: String, without isDropped: (String) -> Bool) throws -> InMemoryStore {
    let disk = try LocalStore(root: try #require(sharedData("delta/" + name)))
    let memory = InMemoryStore(nowMillis: { 0 })
    for entry in try disk.list("_delta_log", recursive: true) where !isDropped(entry.path) {
      let bytes = try disk.read(entry.path, range: nil)
      try memory.put(entry.path, bytes.bytes)
    }
    return memory
  }

  private func isCheckpoint(_ path: String) -> Bool { path.contains(".checkpoint.") }

  /// Drops every commit that the newest checkpoint makes superfluous.
  private func checkpointed(_ name: String) throws -> InMemoryStore {
    let disk = try LocalStore(root: try #require(sharedData("delta/" + name)))
    let entries = try disk.list("_delta_log", recursive: false)
    let newest = try #require(entries.map(\.path).last { isCheckpoint($0) })
    let version = newest.dropFirst("_delta_log/".count).prefix(20)
    return try log(name) { path in
      path.hasSuffix(".json") && !isCheckpoint(path) && path < "_delta_log/\(version).k"
    }
  }

  @Test(arguments: tables) func `a checkpoint says what its commits said`(
    _ name: String, _ version: Int64, _ fileCount: Int
  ) throws {
    let store = try checkpointed(name)
    #expect(try store.entry(commitPath(0)) == nil)
    let snapshot = try Snapshot.load(store)
    #expect(snapshot.version == version)
    #expect(snapshot.files.count == fileCount)

    let replayed = try Snapshot.load(try log(name, without: { isCheckpoint($0) }))
    // The checkpoint of this one was made by hand, from another table.
    if name != "parquet_row_group_skipping" { #expect(snapshot.metadata == replayed.metadata) }
    #expect(snapshot.tableProtocol == replayed.tableProtocol)
    #expect(snapshot.transactions == replayed.transactions)
    #expect(snapshot.domains == replayed.domains)
    for file in snapshot.files {
      let original = try #require(replayed.files.first { $0.path == file.path })
      #expect(comparable(file) == comparable(original))
      if file.statisticsJSON != nil {
        #expect(file.statistics(snapshot.schema) == original.statistics(snapshot.schema))
        #expect(file.rowCount == original.rowCount)
      } else {
        #expect(!name.hasSuffix("struct-stats-only"))
      }
    }
  }

  /// Without what checkpoints may leave out or change.
  private func comparable(_ file: AddFile) -> AddFile {
    var copy = file
    copy.dataChange = false
    copy.statisticsJSON = nil
    if copy.tags?.isEmpty == true { copy.tags = nil }
    return copy
  }

  @Test
  func `a damaged checkpoint is passed over where the commits are there, and named where not`()
    throws
  {
    let name = "app-txn-checkpoint"
    let path = "_delta_log/00000000000000000001.checkpoint.parquet"
    let whole = try log(name, without: { _ in false })
    let bytes = try whole.read(path, range: nil)
    let half = bytes.slice(0..<bytes.count / 2)
    try whole.put(path, half.bytes)
    #expect(try Snapshot.load(whole).files.count == 4)
    let alone = try checkpointed(name)
    try alone.put(path, half.bytes)
    expectError(.corrupt, path) { _ = try Snapshot.load(alone) }
  }

  @Test func `a multi-part checkpoint that lacks a part does not count`() throws {
    let name = "v1-multi-part-struct-stats-only"
    let entries = try log(name, without: { _ in false }).list("_delta_log", recursive: false)
    let last = try #require(entries.map(\.path).last { isCheckpoint($0) })
    let incomplete = try log(name, without: { $0 == last })
    #expect(try Snapshot.load(incomplete).files.count == 5)
    let alone = try checkpointed(name)
    try alone.delete(last)
    expectError(.notFound, "no Delta table") { _ = try Snapshot.load(alone) }
  }

  @Test func `damage anywhere in a checkpoint never traps`() throws {
    let seed: UInt64 = 0xC4EC
    var random = SeededRandom(seed: seed)
    let store = try checkpointed("app-txn-checkpoint")
    let path = "_delta_log/00000000000000000001.checkpoint.parquet"
    let whole = Array(try store.read(path, range: nil))
    var refused = 0
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<4 {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      try store.put(path, Buffer(bytes).bytes)
      do { _ = try Snapshot.load(store) } catch { refused += 1 }
    }
    #expect(refused > 100, "seed \(seed)")
  }
}

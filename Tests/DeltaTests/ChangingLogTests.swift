import Base
@testable import Delta
import Store
import Synchronization
import TestSupport
import Testing

/// Logs that change while they are read, and log compaction files.
@Suite("Logs that others maintain") struct ChangingLogTests {
  let base = InMemoryStore(nowMillis: { 5000 })

  /// Versions 0 to 5: each adds a file and, from the second on, removes the one before.
  private func putCommits() throws {
    try TestTables.put(
      base, 0, [TestTables.protocolLine, TestTables.metadataLine, TestTables.addLine("f0")])
    for version in 1...5 as ClosedRange<Int64> {
      try TestTables.put(
        base, version,
        [TestTables.addLine("f\(version)"), TestTables.addLine("x\(version)")]
          + (version > 1 ? [TestTables.removeLine("f\(version - 1)")] : []))
    }
  }

  private func put(_ name: String, _ lines: [String]) throws {
    let text = lines.isEmpty ? "" : lines.joined(separator: "\n") + "\n"
    try base.put("_delta_log/" + name, Buffer<UInt8>(utf8: text).bytes)
  }

  private let compaction = "00000000000000000002.00000000000000000004.compacted.json"
  private let compacted =
    ["f4", "x2", "x3", "x4"].map { TestTables.addLine($0) }
    + ["f1", "f2", "f3"].map { TestTables.removeLine($0) }

  @Test func `a log compaction file stands for its commits`() throws {
    try putCommits()
    let expected = TestTables.paths(try Snapshot.load(base))
    try put(compaction, compacted)
    let log = ReadLog()
    let snapshot = try Snapshot.load(HookedStore(base) { log.append($0) })
    #expect(TestTables.paths(snapshot).sorted() == expected.sorted())
    #expect(
      log.paths
        == ["_delta_log/" + compaction, commitPath(5), commitPath(1), commitPath(0)].sorted())
    // Versions within it are told by commits, versions after it by both.
    for version in 0...5 as ClosedRange<Int64> {
      let files = try Snapshot.load(base, at: .version(version)).files.count
      #expect(files == (version == 0 ? 1 : Int(version) + 2))
    }
    #expect(try loadHistory(base).count == 6)
  }

  @Test(arguments: ["garbage", #"{"add":{}}"#, #"{"add":{"path":"half"#])
  func `a damaged log compaction file is passed over`(_ text: String) throws {
    try putCommits()
    try put(compaction, [text])
    #expect(try Snapshot.load(base).files.count == 7)
  }

  @Test func `a log compaction file that reaches behind the checkpoint is not used`() throws {
    try putCommits()
    try put(compaction, [TestTables.addLine("wrong")])
    try put(
      "00000000000000000003.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json",
      [#"{"checkpointMetadata":{"version":3}}"#, TestTables.protocolLine, TestTables.metadataLine]
        + ["f3", "x1", "x2", "x3"].map { TestTables.addLine($0) })
    let paths = TestTables.paths(try Snapshot.load(base))
    #expect(paths.sorted() == ["f5", "x1", "x2", "x3", "x4", "x5"])
  }

  @Test func `a hint that is wrong or damaged changes nothing`() throws {
    try putCommits()
    for text in ["", "{", #"{"version":99,"size":1}"#, #"{"version":-1}"#] {
      try put("_last_checkpoint", [text])
      #expect(try Snapshot.load(base).version == 5)
    }
  }

  @Test(arguments: [1, 4])
  func `commits that are cleaned up while they are read are no loss`(_ parallelism: Int) throws {
    try putCommits()
    let base = base
    let store = HookedStore(base) { path in
      guard path == commitPath(2) else { return }
      // Another process has written a checkpoint, and removes what it makes superfluous.
      let lines =
        [
          #"{"checkpointMetadata":{"version":4}}"#, TestTables.protocolLine,
          TestTables.metadataLine,
        ] + ["f4", "x1", "x2", "x3", "x4"].map { TestTables.addLine($0) }
      let bytes = Buffer<UInt8>(utf8: lines.joined(separator: "\n"))
      try? base.put(
        "_delta_log/00000000000000000004.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json",
        bytes.bytes)
      for version in 0...3 as ClosedRange<Int64> { try? base.delete(commitPath(version)) }
    }
    let snapshot = try Snapshot.load(store, parallelism: parallelism)
    #expect(TestTables.paths(snapshot).sorted() == ["f5", "x1", "x2", "x3", "x4", "x5"])
    #expect(try loadHistory(store).map(\.version) == [5, 4])
  }

  @Test func `a list of before a checkpoint without the commits it stands for is made again`()
    throws
  {
    try putCommits()
    let before = try Snapshot.load(base)
    let lag = Atomic(0)
    let store = FaultyStore(base, listing: ListingDelay { lag.exchange(0, ordering: .relaxed) })
    _ = try CheckpointWriter(store: store, environment: TestTables.environment(store))
      .write(version: 4, metadata: before.metadata)
    for version in 0...3 as ClosedRange<Int64> { try base.delete(commitPath(version)) }
    // The checkpoint and what points to it.
    lag.store(2, ordering: .relaxed)
    #expect(TestTables.paths(try Snapshot.load(store)) == TestTables.paths(before))
    #expect(lag.load(ordering: .relaxed) == 0)
  }

  @Test func `a file that goes missing again and again is named`() throws {
    try putCommits()
    let base = base
    let missing = commitPath(3)
    let bytes = try base.read(missing, range: nil)
    let store = HookedStore(base) { path in
      // Listed each time, and never there.
      if path == missing { try? base.delete(missing) } else { try? base.put(missing, bytes.bytes) }
    }
    expectError(.corrupt, "00000000000000000003.json") { _ = try Snapshot.load(store) }
  }
}

/// Paths in the order of their bytes.
private final class ReadLog: Sendable {
  private let state = Mutex<[String]>([])

  func append(_ path: String) { state.withLock { $0.append(path) } }
  var paths: [String] { state.withLock { $0.sorted() } }
}

import Base
import Delta
import Store
import Synchronization
import TestSupport
import Testing

private let day: Int64 = 86_400_000
/// A midnight, so that the days of the tests are those of the clean-up.
private let start: Int64 = 19_675 * day

/// A clock that tests set.
private final class Clock: Sendable {
  private let millis = Mutex(start)
  var now: Int64 {
    get { millis.withLock { $0 } }
    set { millis.withLock { $0 = newValue } }
  }
}

@Suite("Metadata clean-up") struct LogCleanupTests {
  private let clock = Clock()
  private let store: InMemoryStore

  init() {
    let clock = clock
    store = InMemoryStore(nowMillis: { clock.now })
  }

  private var environment: Environment {
    let clock = clock
    var environment = TestTables.environment(store)
    environment.nowMillis = { clock.now }
    return environment
  }

  /// A table with a commit a day, at noon, of the days 0 up to `version`.
  private func table(
    upTo version: Int64, _ configuration: [String: String] = [:]
  ) throws -> Snapshot {
    clock.now = start + day / 2
    var properties = [
      "delta.checkpointInterval": "5", "delta.logRetentionDuration": "interval 10 days",
    ]
    properties.merge(configuration) { $1 }
    var create = Transaction(
      creating: TestTables.metadata(properties), operation: Operation("CREATE TABLE"))
    create.adds = [TestTables.file("f0")]
    var snapshot = try #require(
      try create.commitForSnapshot(to: store, environment: environment).snapshot)
    while snapshot.version < version {
      clock.now += day
      snapshot = try #require(
        try TestTables.append(snapshot, "f\(snapshot.version + 1)")
          .commitForSnapshot(to: store, environment: environment).snapshot)
    }
    return snapshot
  }

  private func run(_ snapshot: Snapshot) throws -> CleanupSummary {
    try LogCleanup(store, environment).run(snapshot.metadata, snapshot.tableProtocol)
  }

  private func log() throws -> [String] {
    try store.list("_delta_log", recursive: false).map { String($0.path.dropFirst(11)) }
  }

  private func versions(_ suffix: String) throws -> [Int] {
    try log().filter { $0.hasSuffix(suffix) && $0.utf8.count == 20 + suffix.utf8.count }
      .compactMap { Int($0.prefix(20)) }
  }

  @Test func `the log starts with the newest checkpoint that has expired`() throws {
    // On day 20 the cutoff is midnight of day 10: version 9 is the last before it, and the newest
    // checkpoint up to there is that of version 5.
    let snapshot = try table(upTo: 20, ["delta.enableExpiredLogCleanup": "false"])
    #expect(try versions(".json") == Array(0...20))
    var enabled = snapshot.metadata
    enabled.configuration["delta.enableExpiredLogCleanup"] = "true"
    let summary = try LogCleanup(store, environment).run(enabled, snapshot.tableProtocol)
    #expect(try versions(".json") == Array(5...20))
    #expect(try versions(".crc") == Array(5...20))
    #expect(try versions(".checkpoint.parquet") == [5, 10, 15, 20])
    #expect(summary == CleanupSummary(logFileCount: 10, sidecarCount: 0))
    for version in 5...20 {
      #expect(try Snapshot.load(store, at: .version(Int64(version))).files.count == version + 1)
    }
    #expect(try LogCleanup(store, environment).run(enabled, snapshot.tableProtocol) == .init())
  }

  @Test func `commits keep the log short by themselves`() throws {
    _ = try table(upTo: 40)
    #expect(try versions(".json") == Array(25...40))
    #expect(try Snapshot.load(store).files.count == 41)
  }

  @Test func `a commit exactly at midnight is the cutoff`() throws {
    let snapshot = try table(upTo: 15, ["delta.enableExpiredLogCleanup": "false"])
    var metadata = snapshot.metadata
    metadata.configuration["delta.enableExpiredLogCleanup"] = "true"
    // The commit of version 5 at midnight of day 5 stays readable, at 5 days and not a ms later.
    clock.now = start + 5 * day
    let bytes = try store.read(commitPath(5), range: nil)
    try store.put(commitPath(5), bytes.bytes)
    clock.now = start + 15 * day - 1
    #expect(try LogCleanup(store, environment).run(metadata, snapshot.tableProtocol) == .init())
    clock.now = start + 15 * day
    _ = try LogCleanup(store, environment).run(metadata, snapshot.tableProtocol)
    #expect(try versions(".json") == Array(5...15))
  }

  @Test func `without an expired checkpoint nothing goes`() throws {
    let snapshot = try table(upTo: 14, ["delta.checkpointInterval": "100"])
    clock.now += 100 * day
    #expect(try run(snapshot) == .init())
    #expect(try versions(".json") == Array(0...14))
  }

  @Test func `a damaged checkpoint is nothing to start a log with`() throws {
    let snapshot = try table(upTo: 14)
    clock.now += 100 * day
    try store.put(
      "_delta_log/00000000000000000010.checkpoint.parquet", Buffer<UInt8>(utf8: "PAR1").bytes)
    expectError(.corrupt, "00000000000000000010.checkpoint.parquet") { _ = try run(snapshot) }
    #expect(try versions(".json") == Array(0...14))
  }

  @Test func `where the feature protects checkpoints nothing goes`() throws {
    let snapshot = try table(upTo: 14)
    clock.now += 100 * day
    let guarded = TableProtocol(
      minReaderVersion: 1, minWriterVersion: 7, writerFeatures: ["checkpointProtection"])
    #expect(try LogCleanup(store, environment).run(snapshot.metadata, guarded) == .init())
    #expect(try versions(".json") == Array(0...14))
  }

  @Test func `a retention that makes no sense is an error, not none`() throws {
    let snapshot = try table(upTo: 14, ["delta.logRetentionDuration": "soon"])
    clock.now += 100 * day
    expectError(.invalidArgument, "delta.logRetentionDuration") { _ = try run(snapshot) }
    #expect(try versions(".json") == Array(0...14))
  }

  @Test func `times in the commits count where the table keeps them`() throws {
    let snapshot = try table(
      upTo: 14,
      ["delta.enableInCommitTimestamps": "true", "delta.enableExpiredLogCleanup": "false"])
    var metadata = snapshot.metadata
    metadata.configuration["delta.enableExpiredLogCleanup"] = "true"
    // The files look older than they are, as after a copy from elsewhere.
    let clock = clock
    let now = clock.now
    clock.now = start - 100 * day
    for version in 0...14 {
      let bytes = try store.read(commitPath(Int64(version)), range: nil)
      try store.put(commitPath(Int64(version)), bytes.bytes)
    }
    clock.now = now + 3 * day
    _ = try LogCleanup(store, environment).run(metadata, snapshot.tableProtocol)
    #expect(try versions(".json") == Array(5...14))
  }

  @Test func `log compaction files go with their first commit, checkpoints with theirs`() throws {
    let snapshot = try table(upTo: 20, ["delta.enableExpiredLogCleanup": "false"])
    for name in [
      "00000000000000000001.00000000000000000004.compacted.json",
      "00000000000000000004.00000000000000000009.compacted.json",
      "00000000000000000005.00000000000000000007.compacted.json",
      "00000000000000000006.00000000000000000009.compacted.json",
      "00000000000000000004.checkpoint.0000000001.0000000002.parquet",
      "00000000000000000003.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json",
      "notes.txt", "4.crc",
    ] {
      try store.put("_delta_log/" + name, Buffer<UInt8>(utf8: "{}").bytes)
    }
    var metadata = snapshot.metadata
    metadata.configuration["delta.enableExpiredLogCleanup"] = "true"
    _ = try LogCleanup(store, environment).run(metadata, snapshot.tableProtocol)
    let left = try log()
    #expect(
      left.filter { $0.hasSuffix("compacted.json") }
        == ["00000000000000000006.00000000000000000009.compacted.json"])
    #expect(left.contains("notes.txt") && left.contains("4.crc"))
    #expect(
      !left.contains {
        $0.hasPrefix("00000000000000000003") || $0.hasPrefix("00000000000000000004")
      })
  }

  @Test func `wherever a clean-up stops the kept versions can be read`() throws {
    for stop in 0..<10 {
      let snapshot = try table(upTo: 20, ["delta.enableExpiredLogCleanup": "false"])
      var metadata = snapshot.metadata
      metadata.configuration["delta.enableExpiredLogCleanup"] = "true"
      let dying = FaultyStore(store, fault: .after(stop))
      _ = try? LogCleanup(dying, environment).run(metadata, snapshot.tableProtocol)
      for version in 5...20 {
        #expect(try Snapshot.load(store, at: .version(Int64(version))).files.count == version + 1)
      }
      for entry in try store.list("", recursive: true) { try store.delete(entry.path) }
    }
  }

  @Test(.enabled(if: sharedData("delta") != nil))
  func `sidecars that a checkpoint in JSON refers to stay`() throws {
    let name = "v2-json-sidecars-struct-stats-only"
    let disk = try LocalStore(root: try #require(sharedData("delta/" + name)))
    clock.now = start
    for entry in try disk.list("_delta_log", recursive: true) {
      let bytes = try disk.read(entry.path, range: nil)
      try store.put(entry.path, bytes.bytes)
    }
    let files = try Snapshot.load(store).files
    clock.now = start + 400 * day
    var metadata = try Snapshot.load(store).metadata
    metadata.configuration["delta.enableExpiredLogCleanup"] = "true"
    let summary = try LogCleanup(store, environment).run(
      metadata, try Snapshot.load(store).tableProtocol)
    #expect(summary.logFileCount > 0 && summary.sidecarCount == 0)
    #expect(try store.entry(commitPath(0)) == nil)
    #expect(try Snapshot.load(store).files.count == files.count)
  }

  @Test func `sidecars that no checkpoint refers to go when they are a day old`() throws {
    let snapshot = try table(upTo: 14)
    try store.put("_delta_log/_sidecars/old.parquet", Buffer<UInt8>(utf8: "x").bytes)
    clock.now += 99 * day
    try store.put("_delta_log/_sidecars/young.parquet", Buffer<UInt8>(utf8: "x").bytes)
    clock.now += day
    let summary = try run(snapshot)
    #expect(summary.sidecarCount == 1)
    #expect(
      try store.list("_delta_log/_sidecars", recursive: false).map(\.path)
        == ["_delta_log/_sidecars/young.parquet"])
  }
}

import Base
import Delta
import JSON
import Store
import Synchronization
import TestSupport
import Testing

private let now: Int64 = 1_700_000_000_000

private func names(_ store: any ObjectStore, _ suffix: String) throws -> [String] {
  try store.list("_delta_log", recursive: false).map(\.path).filter { $0.hasSuffix(suffix) }
    .map { String($0.dropFirst("_delta_log/".count)) }
}

private func document(_ store: any ObjectStore, _ name: String) throws -> JSONValue {
  let bytes = try store.read("_delta_log/" + name, range: nil)
  return try JSONDocument(bytes, range: 0..<bytes.count).root
}

/// Appends a file a version, each to the snapshot that the commit before gave.
@discardableResult
private func append(
  _ store: any ObjectStore, _ base: Snapshot, upTo version: Int64,
  environment: Environment? = nil
) throws -> Snapshot {
  var snapshot = base
  while snapshot.version < version {
    let next = try TestTables.append(snapshot, "f\(snapshot.version + 1)").commitForSnapshot(
      to: store, environment: environment ?? TestTables.environment(store))
    snapshot = try #require(next.snapshot)
  }
  return snapshot
}

/// The lines of warnings, from any thread.
private final class Warnings: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
}

@Suite("Snapshots that follow a commit") struct SuccessionTests {
  private let store = InMemoryStore(nowMillis: { now })

  @Test func `the snapshot after a commit is the one that the log gives`() throws {
    var snapshot = try TestTables.create(store)
    for step in 1...40 {
      var change = TestTables.append(snapshot, "f\(step)")
      change.transactions = [
        TransactionIdentifier(applicationID: "a\(step % 3)", version: Int64(step))
      ]
      change.domains = [
        DomainMetadata(domain: "d\(step % 2)", configuration: "\(step)", removed: step % 5 == 0)
      ]
      if step % 4 == 0 {
        let gone = snapshot.files[step % snapshot.files.count]
        change.removes = [gone.removed(atMillis: now, dataChange: true)]
      }
      if step % 10 == 0 {
        change.metadata = TestTables.metadata(["step": "\(step)"])
      }
      let (outcome, next) = try change.commitForSnapshot(
        to: store, environment: TestTables.environment(store))
      #expect(outcome == .committed(version: Int64(step)))
      snapshot = try #require(next)
      let loaded = try Snapshot.load(store)
      #expect(snapshot.version == loaded.version)
      #expect(snapshot.metadata == loaded.metadata)
      #expect(snapshot.tableProtocol == loaded.tableProtocol)
      #expect(snapshot.transactions == loaded.transactions)
      #expect(snapshot.domains == loaded.domains)
      #expect(Set(TestTables.paths(snapshot)) == Set(TestTables.paths(loaded)))
      #expect(snapshot.files.count == loaded.files.count)
      #expect(snapshot.sizeBytes == loaded.sizeBytes)
    }
  }

  @Test func `two transactions on one snapshot do not see each other's files`() throws {
    let base = try TestTables.create(store)
    let environment = TestTables.environment(store)
    let first = try TestTables.append(base, "x").commitForSnapshot(
      to: store, environment: environment)
    let second = try TestTables.append(base, "y").commitForSnapshot(
      to: store, environment: environment)
    #expect(TestTables.paths(base) == ["a", "b"])
    #expect(TestTables.paths(try #require(first.snapshot)) == ["a", "b", "x"])
    // The second passed the first, and knows what it did.
    #expect(TestTables.paths(try #require(second.snapshot)) == ["a", "b", "x", "y"])
    #expect(second.snapshot?.version == 2)
    let refused = try TestTables.append(base, "z").requiring(0).commitForSnapshot(
      to: store, environment: environment)
    #expect(refused.snapshot == nil)
  }

  @Test func `a commit on what is left of a log that was cleaned up is refused`() throws {
    let stale = try TestTables.create(store)
    let latest = try append(store, stale, upTo: 10)
    #expect(latest.version == 10)
    for version in 0..<10 { try store.delete(commitPath(Int64(version))) }
    let outcome = try TestTables.append(stale, "late").commit(
      to: store, environment: TestTables.environment(store))
    #expect(outcome == .conflict(.versionMoved, version: 10))
    // A clean-up that stopped half-way, or removed in another order.
    try store.put(commitPath(0), Buffer<UInt8>(utf8: TestTables.protocolLine).bytes)
    let again = try TestTables.append(stale, "late").commit(
      to: store, environment: TestTables.environment(store))
    #expect(again == .conflict(.versionMoved, version: 10))
    #expect(try store.entry(commitPath(1)) == nil)
  }
}

extension Transaction {
  fileprivate func requiring(_ version: Int64) -> Transaction {
    var copy = self
    copy.requiredVersion = version
    return copy
  }
}

@Suite("Version checksum files") struct VersionChecksumTests {
  private let store = InMemoryStore(nowMillis: { now })

  private func check(_ version: Int64) throws {
    let snapshot = try Snapshot.load(store, at: .version(version))
    let root = try document(store, padded(Int(version), 20) + ".crc")
    #expect(root["numFiles"]?.int64 == Int64(snapshot.files.count))
    #expect(root["tableSizeBytes"]?.int64 == snapshot.sizeBytes)
    #expect(root["numMetadata"]?.int64 == 1 && root["numProtocol"]?.int64 == 1)
    #expect(root["metadata"]?["schemaString"]?.string == snapshot.schema.deltaJSON)
    #expect(root["protocol"]?["minWriterVersion"]?.int64 == 2)
    let listed = root["setTransactions"].map { $0.elements.map { $0["appId"]?.string } }
    #expect(listed == snapshot.transactions.keys.sorted())
  }

  @Test func `every commit leaves what its version is`() throws {
    var snapshot = try TestTables.create(store, [CommitTimesProperty.name: "true"])
    try check(0)
    var change = TestTables.append(snapshot, "c")
    change.removes = [snapshot.files[0].removed(atMillis: now, dataChange: true)]
    change.transactions = [TransactionIdentifier(applicationID: "app", version: 3)]
    snapshot = try #require(
      try change.commitForSnapshot(to: store, environment: TestTables.environment(store)).snapshot)
    try check(1)
    let root = try document(store, "00000000000000000001.crc")
    #expect(root["txnId"]?.string == change.id)
    #expect(root["inCommitTimestampOpt"]?.int64 == snapshot.timestampMillis)
    // Behind another writer's commit, from that writer's file.
    let base = snapshot
    try append(store, base, upTo: 3)
    _ = try TestTables.append(base, "behind").commit(
      to: store, environment: TestTables.environment(store))
    try check(4)
  }

  @Test func `what is not known is not stated`() throws {
    let base = try TestTables.create(store)
    try append(store, base, upTo: 1)
    try store.delete("_delta_log/00000000000000000001.crc")
    _ = try TestTables.append(base, "behind").commit(
      to: store, environment: TestTables.environment(store))
    #expect(try names(store, ".crc") == ["00000000000000000000.crc"])
    // A file described anew, which may be in the table already.
    var anew = Transaction(from: try Snapshot.load(store), operation: Operation("COMPUTE STATS"))
    anew.adds = [TestTables.file("a", dataChange: false)]
    _ = try anew.commit(to: store, environment: TestTables.environment(store))
    #expect(try names(store, ".crc") == ["00000000000000000000.crc"])
    #expect(try Snapshot.load(store).files.count == 4)
  }

  @Test func `a file that is there is never overwritten`() throws {
    let base = try TestTables.create(store)
    try store.put("_delta_log/00000000000000000001.crc", Buffer<UInt8>(utf8: "{}").bytes)
    try append(store, base, upTo: 1)
    #expect(try document(store, "00000000000000000001.crc")["numFiles"] == nil)
  }
}

private enum CommitTimesProperty {
  static let name = "delta.enableInCommitTimestamps"
}

@Suite("Upkeep of the log after commits") struct LogUpkeepTests {
  private let store = InMemoryStore(nowMillis: { now })

  @Test func `every tenth version is a checkpoint`() throws {
    try append(store, try TestTables.create(store), upTo: 25)
    #expect(
      try names(store, ".checkpoint.parquet") == [
        "00000000000000000010.checkpoint.parquet", "00000000000000000020.checkpoint.parquet",
      ])
    #expect(try document(store, "_last_checkpoint")["version"]?.int64 == 20)
    for version in 0...19 { try store.delete(commitPath(Int64(version))) }
    #expect(try Snapshot.load(store).files.count == 27)
  }

  @Test func `the property says how often`() throws {
    let base = try TestTables.create(store, ["delta.checkpointInterval": "4"])
    try append(store, base, upTo: 9)
    #expect(
      try names(store, ".checkpoint.parquet") == [
        "00000000000000000004.checkpoint.parquet", "00000000000000000008.checkpoint.parquet",
      ])
  }

  @Test func `a large table has a checkpoint less often`() throws {
    let base = try TestTables.create(store)
    var load = Transaction(from: base, operation: Operation("WRITE"))
    load.adds = (0..<2000).map { TestTables.file("part-\($0)") }
    let (_, loaded) = try load.commitForSnapshot(
      to: store, environment: TestTables.environment(store))
    try append(store, try #require(loaded), upTo: 20)
    #expect(
      try names(store, ".checkpoint.parquet") == ["00000000000000000020.checkpoint.parquet"])
  }

  @Test func `upkeep that fails is a warning, and the commit is done`() throws {
    let base = try TestTables.create(store, ["delta.checkpointInterval": "1"])
    let warnings = Warnings()
    // The effects of a commit: its log entry, its checksum, its checkpoint, the hint.
    for fault in 1...3 {
      let dying = FaultyStore(store, fault: .before(fault))
      var environment = TestTables.environment(dying)
      environment.warn = { warnings.add($0) }
      let outcome = try TestTables.append(try .load(store), "w\(fault)").commit(
        to: dying, environment: environment)
      #expect(outcome == .committed(version: Int64(fault)))
    }
    #expect(warnings.all.contains { $0.contains("version checksum of version 1") })
    #expect(warnings.all.contains { $0.contains("checkpoint of version 2") })
    #expect(warnings.all.contains { $0.contains("checkpoint of version 3") })
    #expect(try Snapshot.load(store).files.count == base.files.count + 3)
  }

  @Test func `a compacted log says what its commits say`() throws {
    var base = try TestTables.create(
      store, ["grebe.logCompactionInterval": "5", "delta.checkpointInterval": "1000"])
    var change = TestTables.append(base, "x")
    change.removes = [base.files[0].removed(atMillis: now, dataChange: true)]
    change.domains = [DomainMetadata(domain: "d", configuration: "", removed: true)]
    change.transactions = [TransactionIdentifier(applicationID: "app", version: 1)]
    _ = try change.commit(to: store, environment: TestTables.environment(store))
    base = try Snapshot.load(store)
    change = TestTables.append(base, "y")
    change.removes = base.files.filter { $0.path == "x" }.map {
      $0.removed(atMillis: now, dataChange: true)
    }
    change.transactions = [TransactionIdentifier(applicationID: "app", version: 2)]
    _ = try change.commit(to: store, environment: TestTables.environment(store))
    try append(store, try .load(store), upTo: 11)
    let compacted = [
      "00000000000000000001.00000000000000000005.compacted.json",
      "00000000000000000006.00000000000000000010.compacted.json",
    ]
    #expect(try names(store, ".compacted.json") == compacted)
    let bytes = try store.read("_delta_log/" + compacted[0], range: nil)
    let lines = String(decoding: Array(bytes), as: UTF8.self)
    #expect(!lines.contains("commitInfo"))
    #expect(lines.contains(#"{"txn":{"appId":"app","version":2}}"#))
    #expect(!lines.contains(#""version":1}"#))
    #expect(lines.contains(#"{"domainMetadata":{"domain":"d","configuration":"","removed":true}}"#))
    #expect(lines.contains(#"{"remove":{"path":"a""#) && lines.contains(#"{"remove":{"path":"x""#))
    #expect(!lines.contains(#"{"add":{"path":"x""#) && lines.contains(#"{"add":{"path":"y""#))
  }

  @Test func `no compaction where a commit is missing or none is wanted`() throws {
    let base = try TestTables.create(store, ["grebe.logCompactionInterval": "0"])
    try append(store, base, upTo: 9)
    #expect(try names(store, ".compacted.json") == [])
  }
}

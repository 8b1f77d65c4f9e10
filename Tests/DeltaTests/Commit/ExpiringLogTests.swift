import Base
import Delta
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Commit: while the log is cleaned up") struct ExpiringLogTests {
  private static let day: Int64 = 86_400_000
  private static let start: Int64 = 19_675 * day

  /// A table with a version a day, at noon, of which the first has been read; then a commit that
  /// goes by it, in the middle of which the log is cleaned up. It keeps ten days.
  private func outcome(
    atDay day: Double
  ) throws -> (outcome: CommitOutcome, cleaned: Int, latest: Snapshot) {
    let clock = Atomic(Self.start + Self.day / 2)
    let disk = InMemoryStore(nowMillis: { clock.load(ordering: .relaxed) })
    var environment = TestTables.environment(disk)
    environment.nowMillis = { clock.load(ordering: .relaxed) }
    let base = try TestTables.create(
      disk,
      [
        "delta.logRetentionDuration": "interval 10 days", "delta.checkpointInterval": "1000",
      ])
    for index in 1...5 as ClosedRange<Int64> {
      clock.add(Self.day, ordering: .relaxed)
      _ = try TestTables.append(try .load(disk), "f\(index)").commit(
        to: disk, environment: environment)
    }
    clock.store(Self.start + Int64(day * Double(Self.day)), ordering: .relaxed)
    _ = try CheckpointWriter(store: disk, environment: environment)
      .write(version: 5, metadata: base.metadata)
    let cleaned = Atomic(0)
    let cleaning = environment
    let store = FaultyStore(disk) { effect in
      guard effect == .putIfAbsent(commitPath(1)) else { return }
      let summary = try? LogCleanup(disk, cleaning).run(base.metadata, base.tableProtocol)
      cleaned.add(summary?.logFileCount ?? 0, ordering: .relaxed)
    }
    let outcome = try TestTables.append(base, "late").commit(to: store, environment: environment)
    return (outcome, cleaned.load(ordering: .relaxed), try Snapshot.load(disk))
  }

  @Test func `a version is not made again when it is cleaned away meanwhile`() throws {
    let (end, _, latest) = try outcome(atDay: 30)
    #expect(end == .conflict(.versionMoved, version: 1))
    #expect(latest.version == 5 && latest.files.count == 7)
  }

  @Test func `nor when it expires before the commit may be done`() throws {
    // Version 1 is of noon of day 1: it may go from the midnight that begins day 12 on.
    #expect(try outcome(atDay: 11.98).outcome == .conflict(.versionMoved, version: 1))
  }

  @Test func `what has not expired is passed as ever`() throws {
    let (end, cleaned, latest) = try outcome(atDay: 11.9)
    #expect(end == .committed(version: 6))
    #expect(cleaned == 0)
    #expect(latest.files.count == 8)
  }
}

import Base
import Delta
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Snapshot: by time") struct TimeTravelTests {
  /// A table with one commit a given time, in file modification times.
  private func table(
    _ times: [Int64], _ configuration: [String: String] = [:]
  ) throws -> InMemoryStore {
    let now = Clock()
    let store = InMemoryStore(nowMillis: { now.millis })
    for (index, time) in times.enumerated() {
      now.set(time)
      if index == 0 {
        try TestTables.create(store, configuration)
      } else {
        let append = TestTables.append(try .load(store), "f\(index)")
        _ = try append.commit(to: store, environment: TestTables.environment(store))
      }
    }
    return store
  }

  private final class Clock: Sendable {
    private let value = Mutex(0 as Int64)
    var millis: Int64 { value.withLock { $0 } }
    func set(_ millis: Int64) { value.withLock { $0 = millis } }
  }

  @Test(
    arguments: [(1000, 0), (1999, 0), (2000, 1), (2500, 1), (3000, 2), (9999, 2)]
      as [(Int64, Int64)])
  func `the last version at or before an instant`(_ millis: Int64, _ version: Int64) throws {
    let store = try table([1000, 2000, 3000])
    #expect(try Snapshot.load(store, at: .timestamp(millis: millis)).version == version)
  }

  @Test func `an instant before the table is not found`() throws {
    let store = try table([1000])
    expectError(.notFound, "no version as old") {
      _ = try Snapshot.load(store, at: .timestamp(millis: 999))
    }
  }

  @Test func `file times that go back are moved so that they rise`() throws {
    let store = try table([1000, 500, 500, 2000])
    #expect(try Snapshot.load(store, at: .version(1)).timestampMillis == 1001)
    #expect(try Snapshot.load(store, at: .timestamp(millis: 1001)).version == 1)
    #expect(try Snapshot.load(store, at: .timestamp(millis: 1002)).version == 2)
    #expect(try Snapshot.load(store, at: .timestamp(millis: 2000)).version == 3)
    #expect(try loadHistory(store).map(\.timestampMillis) == [2000, 1002, 1001, 1000])
  }

  @Test func `in-commit times count where the table keeps them, and rise`() throws {
    let store = try table([1, 2, 3], ["delta.enableInCommitTimestamps": "true"])
    // The environment's clock stands still, so each commit is one millisecond after the last.
    let first: Int64 = 1_700_000_000_000
    #expect(try Snapshot.load(store).timestampMillis == first + 2)
    #expect(try Snapshot.load(store, at: .timestamp(millis: first + 1)).version == 1)
    #expect(try loadHistory(store, limit: 2).map(\.timestampMillis) == [first + 2, first + 1])
    expectError(.notFound) { _ = try Snapshot.load(store, at: .timestamp(millis: 5000)) }
  }

  @Test func `times of files do not matter where commits keep theirs, nor the reverse`() throws {
    // The first commits have been copied, long after the later ones.
    let store = InMemoryStore(nowMillis: { 9_000_000 })
    try TestTables.put(store, 0, [TestTables.protocolLine, TestTables.metadataLine])
    try TestTables.put(store, 1, [TestTables.addLine("a")])
    let configuration =
      #"{"delta.enableInCommitTimestamps":"true","delta.inCommitTimestampEnablementVersion":"2","#
      + #""delta.inCommitTimestampEnablementTimestamp":"5000"}"#
    for (version, more) in [(Int64(2), KeptTable.metadataLine(configuration)), (3, nil)] {
      let info = #"{"commitInfo":{"inCommitTimestamp":\#(3000 + version * 1000)}}"#
      try TestTables.put(store, version, [info] + [more].compactMap { $0 })
    }
    for (millis, version) in [(5000, 2), (5999, 2), (6000, 3), (9_999_999, 3)] as [(Int64, Int64)] {
      #expect(try Snapshot.load(store, at: .timestamp(millis: millis)).version == version)
    }
    expectError(.notFound, "no version as old") {
      _ = try Snapshot.load(store, at: .timestamp(millis: 4999))
    }
  }
}

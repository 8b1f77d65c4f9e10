import Base
import Delta
import Store
import TestSupport
import Testing

/// Commits larger than one worker reads at a time, and more of them than one unit has.
@Suite("Replay by many workers") struct ParallelReplayTests {
  private let padding = String(repeating: "p", count: 300)

  private func line(_ path: String) -> String {
    TestTables.addLine(path, #","stats":"{\"numRecords\":1,\"x\":\"\#(padding)\"}""#)
  }

  /// The paths that an independent, forward replay leaves, in the order they were added.
  private func expected(_ commits: [[String]]) -> [String] {
    var added: [String: Int] = [:]
    for (index, line) in commits.joined().enumerated() {
      guard let range = line.firstRange(of: #""path":""#) else { continue }
      let path = String(line[range.upperBound...].prefix { $0 != "\"" })
      added[path] = line.hasPrefix(#"{"add""#) ? index : nil
    }
    return added.sorted { $0.value < $1.value }.map(\.key)
  }

  @Test(arguments: [1, 2, 5])
  func `large commits in parts and small ones in groups give one state`(_ workers: Int) throws {
    let store = InMemoryStore(nowMillis: { 5000 })
    var commits: [[String]] = [
      [TestTables.protocolLine, TestTables.metadataLine] + (0..<8000).map { line("a\($0)") }
    ]
    for version in 1..<150 {
      commits.append([
        TestTables.removeLine("a\(version * 40)"), line("b\(version)"),
        version % 7 == 0 ? line("a\(version * 40 - 40)") : line("b\(version / 2)"),
      ])
    }
    for (version, lines) in commits.enumerated() {
      try TestTables.put(store, Int64(version), lines)
    }
    #expect(try #require(try store.entry(commitPath(0))).sizeBytes > 3 << 20)
    let snapshot = try Snapshot.load(store, parallelism: workers)
    #expect(snapshot.version == 149)
    #expect(TestTables.paths(snapshot) == expected(commits))
    #expect(snapshot.files.allSatisfy { $0.rowCount == 1 })
  }

  @Test func `damage in a large commit is named with its line`() throws {
    let store = InMemoryStore(nowMillis: { 5000 })
    var lines =
      [TestTables.protocolLine, TestTables.metadataLine] + (0..<8000).map { line("a\($0)") }
    lines[6000] = #"{"add":{"path":"a"}}"#
    try TestTables.put(store, 0, lines)
    expectError(.corrupt, "00000000000000000000.json", "line 6001") {
      _ = try Snapshot.load(store, parallelism: 3)
    }
    lines[6000] = line("ok")
    lines[0] = #"{"commitInfo":{"grebeActionCount":8003}}"#
    try TestTables.put(store, 0, [TestTables.protocolLine] + lines)
    #expect(try Snapshot.load(store, parallelism: 3).files.count == 8000)
    lines.removeLast()
    try TestTables.put(store, 0, [TestTables.protocolLine] + lines)
    expectError(.corrupt, "should have 8003") { _ = try Snapshot.load(store, parallelism: 3) }
  }
}

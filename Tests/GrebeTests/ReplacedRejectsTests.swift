import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@testable import Grebe

@Suite("Quarantine: reload") struct ReplacedRejectsTests {
  /// A table with rows of `a.csv`, and rejects of it and of `b.csv` in one file.
  private func bench() throws -> TimedBench {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\nx\n")
    try bench.put("b.csv", "n\ny\n")
    try bench.convert(["a.csv", "b.csv"]) {
      try $0.setSchema("n INT")
      $0.onBadRow = .quarantine
    }
    #expect(try Snapshot.load(bench.quarantine).files.count == 1)
    return bench
  }

  @discardableResult
  private func reload(
    _ bench: TimedBench, _ text: String, environment: Environment? = nil,
    badRows: ConversionOptions.BadRowPolicy = .quarantine
  ) throws -> ConversionReport {
    try bench.put("a.csv", text)
    return try bench.convert(["a.csv"], environment: environment) {
      $0.onBadRow = badRows
      $0.reloadChanged = true
    }
  }

  /// - Returns: how many rows are in quarantine again.
  private func restore(_ bench: TimedBench, to version: Int64) throws -> Int64? {
    let table = try Table.open(TableReference("lake"), environment: bench.environment())
    let summary = try table.planRestore(to: .version(version))
    _ = try table.restore(summary)
    return summary.rowsQuarantined
  }

  private func rejects(_ bench: TimedBench) throws -> [String] {
    try bench.rows(of: bench.quarantine, columns: ["raw"])
  }

  @Test func `the rows of the source go, those of others stay`() throws {
    let bench = try bench()
    #expect(try reload(bench, "n\n1\nz\n").rowsCleared == 1)
    #expect(try rejects(bench) == ["y", "z"])
    // A load that keeps no bad rows clears them all the same.
    #expect(try reload(bench, "n\n1\n2\n", badRows: .fail).rowsCleared == 1)
    #expect(try rejects(bench) == ["y"])
    #expect(try reload(bench, "n\n3\n", badRows: .fail).rowsCleared == 0)
    let replay = try bench.replay()
    #expect(replay.rowsLeft == 1 && replay.rowsStale == 0)
    #expect(try bench.rows() == ["3"])
  }

  @Test func `a reload that fails leaves them`() throws {
    let bench = try bench()
    #expect(throws: GrebeError.self) { try reload(bench, "n\n1\nz\n", badRows: .fail) }
    #expect(try rejects(bench) == ["x", "y"])
    let store = FaultyStore(bench.lake) { [bench] effect in
      // Another writer loads the source just before.
      guard effect == .putIfAbsent(commitPath(1)),
        let snapshot = try? Snapshot.load(bench.lake), snapshot.version == 0
      else { return }
      var transaction = Transaction(from: snapshot, operation: Operation("WRITE"))
      transaction.transactions = Ledger.retiring(Ledger(snapshot).all, nowMillis: 1)
      _ = try? transaction.commit(to: bench.lake, environment: bench.environment(seed: 5))
    }
    #expect {
      try reload(bench, "n\n2\nz\n", environment: bench.environment(table: store))
    } throws: { ($0 as? GrebeError)?.code == .conflict }
    #expect(try rejects(bench) == ["x", "y"])
  }

  @Test(arguments: [ConversionOptions.BadRowPolicy.quarantine, .fail])
  func `a restore that undoes the reload puts them back, once, with rejects kept by`(
    _ badRows: ConversionOptions.BadRowPolicy
  ) throws {
    let bench = try bench()
    try reload(bench, badRows == .fail ? "n\n2\n" : "n\n2\nz\n", badRows: badRows)
    let own = badRows == .fail ? [] : ["z"]
    #expect(try rejects(bench) == ["y"] + own)
    func restore(_ version: Int64) throws -> Int64? { try self.restore(bench, to: version) }
    #expect(try restore(0) == 1)
    #expect(try bench.rows() == ["1"])
    #expect(try rejects(bench) == ["x", "y"] + own)
    let replay = try bench.replay()
    #expect(replay.rowsLeft == 2 && replay.rowsStale == own.count)
    // And once more to the reload, and back: the rows are there.
    #expect(try restore(1) == 0)
    #expect(try bench.rows() == ["2"] && bench.replay().rowsStale == 1)
    #expect(try restore(0) == 0)
    #expect(try rejects(bench) == ["x", "y"] + own)
    #expect(try bench.replay().rowsLeft == 2)
    // A reload of what came back takes them out again.
    #expect(try reload(bench, "n\n4\n").rowsCleared == 1)
    #expect(try rejects(bench) == ["y"] + own)
  }

  @Test func `a file that holds nothing else goes at once, and comes back`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\nx\n")
    try bench.convert(["a.csv"]) {
      try $0.setSchema("n INT")
      $0.onBadRow = .quarantine
    }
    #expect(try reload(bench, "n\n2\n", badRows: .fail).rowsCleared == 1)
    #expect(try Snapshot.load(bench.quarantine).version == 1 && rejects(bench) == [])
    #expect(try restore(bench, to: 0) == 1)
    #expect(try rejects(bench) == ["x"])
  }

  @Test func `rows of a Parquet file go as well`() throws {
    let bench = TimedBench()
    /// A Parquet file with these numbers.
    func put(_ numbers: String) throws {
      let other = TimedBench()
      try other.put("n.csv", "n\n" + numbers)
      try other.convert(["n.csv"]) { try $0.setSchema("n INT") }
      let file = try #require(try Snapshot.load(other.lake).files.first)
      let bytes = try other.lake.openReader(file.path).read(0..<file.sizeBytes)
      bench.clock.advance(1000)
      try bench.dumps.put("a.parquet", bytes.bytes)
    }
    func load(_ numbers: String) throws -> ConversionReport {
      try put(numbers)
      return try bench.convert(["a.parquet"]) {
        $0.reloadChanged = true
        $0.evolution.typeConflicts = .quarantine
      }
    }
    try bench.put("b.csv", "n\n5\n")
    try bench.convert(["b.csv"]) { try $0.setSchema("n TINYINT") }
    #expect(try load("1\n300\n").rowsQuarantined == 1)
    let again = try load("1\n2\n400\n")
    #expect(again.rowsQuarantined == 1 && again.rowsCleared == 1)
    #expect(try rejects(bench) == [#"{"n":400}"#] && bench.rows() == ["1", "2", "5"])
    #expect(try bench.replay().leftRows.map(\.reason) == ["no_context"])
    #expect(try bench.replay().leftRows.first?.place.hasSuffix("a.parquet: row 3") == true)
  }

  @Test func `a crash at any effect loses no reject of a load that the table has`() throws {
    let count = try forEachEffect { try crashReload(at: $0) }
    #expect(count > 10)
  }

  /// - Returns: whether some store has had so many effects.
  private func crashReload(at effect: Int) throws -> Bool {
    var isReached = false
    let faults = [Fault.before(effect), .after(effect)]
    for (fault, breaksTable) in faults.flatMap({ [($0, true), ($0, false)] }) {
      let bench = try bench()
      let store = FaultyStore(breaksTable ? bench.lake : bench.quarantine, fault: fault)
      let environment =
        breaksTable
        ? bench.environment(seed: 9, table: store) : bench.environment(seed: 9, rejects: store)
      _ = try? reload(bench, "n\n2\nz\n", environment: environment)
      isReached = isReached || store.isDead
      let isReloaded = try Snapshot.load(bench.lake).version == 1
      #expect(try bench.rows() == [isReloaded ? "2" : "1"])
      // The rest is of loads that are not in the table.
      var replay = try bench.replay(environment: bench.environment(seed: 10))
      #expect(replay.rowsLeft == 2 && replay.rowsWritten == 0, "\(fault) \(breaksTable)")
      let raws = try rejects(bench)
      #expect(raws.contains("y") && raws.contains(isReloaded ? "z" : "x"))
      try bench.convert(["a.csv"], environment: bench.environment(seed: 11)) {
        $0.onBadRow = .quarantine
        $0.reloadChanged = true
      }
      replay = try bench.replay(environment: bench.environment(seed: 12))
      #expect(replay.rowsLeft == 2 && replay.rowsWritten == 0, "\(fault) \(breaksTable)")
      #expect(try bench.rows() == ["2"], "\(fault) \(breaksTable)")
    }
    return isReached
  }
}

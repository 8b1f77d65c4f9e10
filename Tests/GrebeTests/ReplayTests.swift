import Base
import Columns
import Delta
import Store
import Synchronization
import TestSupport
import Testing

@testable import Grebe

@Suite("Quarantine: replay") struct ReplayTests {
  /// A table with two good rows and four bad ones.
  private func bench() throws -> TimedBench {
    let bench = TimedBench()
    try bench.put("a.csv", "n;m\n1;2\n3;3000000000\n5;six\n7\n\"8\";9\n10;\"3000000001\"\n")
    let report = try bench.convert(["a.csv"]) {
      try $0.setSchema("n INT, m INT")
      $0.onBadRow = .quarantine
      $0.dialect.delimiter = Array(";".utf8)
    }
    #expect(report.rowsQuarantined == 4)
    return bench
  }

  /// What an engine does that changes a column's type.
  private func widen(_ bench: TimedBench) throws {
    try bench.put("w.csv", "n;m\n0;2999999999\n")
    try bench.convert(["w.csv"]) { $0.evolution.typeConflicts = .widen }
  }

  /// Corrects the text of a row, as an engine that updates the quarantine table does.
  private func edit(_ bench: TimedBench, _ old: String, _ new: String) throws {
    try edit(bench, column: "raw") { $0 == old ? new : $0 }
  }

  private func edit(
    _ bench: TimedBench, column: String, _ change: (String) -> String
  ) throws {
    let snapshot = try Snapshot.load(bench.quarantine)
    let target = ScanTarget(store: bench.quarantine, snapshot: snapshot)
    let position = try #require(target.schema.index(of: column))
    var transaction = Transaction(from: snapshot, operation: Operation("UPDATE"))
    let writer = PartitionedWriter(
      store: bench.quarantine,
      layout: DataFileLayout(tableSchema: target.schema, partitionColumns: []),
      environment: bench.environment(), budgetBytes: 1 << 20)
    let session = try writer.makeSession()
    for file in snapshot.files {
      let scanner = try FileScanner(file, of: target, columns: Array(0..<target.schema.count))
      for group in 0..<scanner.rowGroupCount {
        try scanner.forEachBatch(rowGroup: group) { (batch) throws(DeltaError) in
          var columns = batch.columns
          let texts = (0..<batch.rowCount).map { row -> Scalar in
            guard case .string(let text) = columns[position][row] else { return .null }
            return .string(change(text))
          }
          columns[position] = Column(.string, texts)
          try session.write(
            ColumnBatch(schema: batch.schema, columns: columns, rowCount: batch.rowCount))
          return true
        }
      }
      transaction.removes.append(file.removed(atMillis: 1, dataChange: true))
    }
    try session.endUnit(ordinal: 0)
    transaction.adds = try writer.finish(parallelism: 1)
    _ = try transaction.commit(to: bench.quarantine, environment: bench.environment())
  }

  @Test func `nothing fits until something changes`() throws {
    let bench = try bench()
    let before = try Snapshot.load(bench.quarantine).version
    let report = try bench.replay()
    #expect(report.rowsRead == 4 && report.rowsLeft == 4 && report.rowsWritten == 0)
    #expect(try Snapshot.load(bench.quarantine).version == before)
    #expect(try Snapshot.load(bench.lake).version == 0)
  }

  @Test func `rows fit a table whose column became wider, and leave the quarantine`() throws {
    let bench = try bench()
    try widen(bench)
    let report = try bench.replay()
    #expect(report.rowsWritten == 2 && report.rowsLeft == 2 && report.version == 2)
    #expect(
      try bench.rows() == [
        "0|2999999999", "10|3000000001", "1|2", "3|3000000000", "8|9",
      ])
    #expect(try bench.rows(of: bench.quarantine, columns: ["raw"]) == ["5;six", "7"])
    let again = try bench.replay()
    #expect(again.rowsWritten == 0 && again.rowsRead == 2)
  }

  @Test func `records of JSON are read by the formats of their load`() throws {
    let bench = TimedBench()
    try bench.put("a.json", #"{"d":"31/12/2023"}"# + "\n" + #"{"d":"31/02/2023"}"#)
    try bench.convert(["a.json"]) {
      try $0.setSchema("d DATE")
      $0.dialect.dateFormat = "%d/%m/%Y"
      $0.onBadRow = .quarantine
    }
    try edit(bench, #"{"d":"31/02/2023"}"#, #"{"d":"28/02/2023"}"#)
    #expect(try bench.replay().rowsWritten == 1)
    #expect(try bench.rows() == ["2023-02-28", "2023-12-31"])
  }

  @Test func `rows of a replay that a restore undoes are in quarantine again, once`() throws {
    let bench = try bench()
    try widen(bench)
    func restore(_ version: Int64) throws -> Int64? {
      let table = try Table.open(TableReference("lake"), environment: bench.environment())
      let summary = try table.planRestore(to: .version(version))
      _ = try table.restore(summary)
      return summary.rowsQuarantined
    }
    for _ in 0..<2 {
      #expect(try bench.replay().rowsWritten == 2)
      let replayed = try Snapshot.load(bench.lake).version
      #expect(try restore(1) == 2)
      #expect(try bench.rows() == ["0|2999999999", "1|2", "8|9"])
      #expect(
        try bench.rows(of: bench.quarantine, columns: ["raw"]) == [
          "10;\"3000000001\"", "3;3000000000", "5;six", "7",
        ])
      // The rows are loaded after all, and so in quarantine for nothing.
      #expect(try restore(replayed) == 0)
      #expect(try bench.replay().rowsCleared == 2)
      #expect(try bench.rows(of: bench.quarantine, columns: ["raw"]) == ["5;six", "7"])
      #expect(try restore(1) == 2)
    }
    #expect(try bench.replay().rowsWritten == 2)
    #expect(try bench.rows().count == 5)
  }

  @Test func `a row that was corrected in the quarantine table is loaded`() throws {
    let bench = try bench()
    try edit(bench, "5;six", "5;6")
    let report = try bench.replay()
    #expect(report.rowsWritten == 1 && report.rowsLeft == 3)
    #expect(try bench.rows() == ["1|2", "5|6", "8|9"])
  }

  @Test func `what would change the table or drop rows is refused, and nothing is loaded`() throws {
    let bench = try bench()
    try widen(bench)
    let refused: [(String, (inout ConversionOptions) -> Void)] = [
      ("--on-type-conflict widen", { $0.evolution.typeConflicts = .widen }),
      ("--on-new-column add", { $0.evolution.newColumns = .add }),
      ("--on-bad-row skip", { $0.onBadRow = .skip }),
      ("_rescued_data", { $0.evolution.newColumns = .rescue }),
    ]
    for (words, configure) in refused {
      let error = #expect(throws: GrebeError.self) { try bench.replay(configure) }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }
    #expect(try Snapshot.load(bench.lake).version == 1)
    #expect(try bench.replay { $0.evolution.typeConflicts = .quarantine }.rowsWritten == 2)
  }

  @Test func `over the limit of bad rows nothing is loaded`() throws {
    let bench = try bench()
    try widen(bench)
    let before = try Snapshot.load(bench.quarantine).version
    for limit in [ConversionOptions.BadRowLimit.rows(1), .percent(49)] {
      let error = #expect(throws: GrebeError.self) { try bench.replay { $0.badRowLimit = limit } }
      #expect(error?.code == .corrupt)
      #expect(error?.message.hasPrefix("2 of 4 rows are bad") == true, "\(error?.message ?? "")")
    }
    #expect(try Snapshot.load(bench.quarantine).version == before)
    #expect(try Snapshot.load(bench.lake).version == 1)
    #expect(try bench.replay { $0.badRowLimit = .rows(2) }.rowsWritten == 2)
  }

  @Test func `rows that stay are told by reason, with the first of each`() throws {
    let bench = try bench()
    try widen(bench)
    try edit(bench, "3;3000000000", "3;x")
    let left = try bench.replay().leftRows
    #expect(left.map(\.reason) == ["invalid_value", "too_few_fields"])
    #expect(left.map(\.rowCount) == [2, 1] && left.map(\.line) == [3, 5])
    #expect(left.map(\.column) == ["m", nil])
    #expect(left[0].message == "\"x\" in column m is not a valid long")
    #expect(left[0].place.hasSuffix("a.csv: line 3"))
    try edit(bench, "5;six", "5;6\n6;7")
    try edit(bench, "7", "")
    let reasons = try bench.replay().leftRows.map(\.reason)
    #expect(reasons == ["cut_text", "invalid_value", "no_record"])
    try edit(bench, column: "context") { $0.replacing(#""m""#, with: #""gone""#) }
    let lacking = try bench.replay().leftRows
    #expect(lacking.map(\.reason) == ["no_column", "cut_text"])
    #expect(lacking.first?.message == "the table has no column gone")
    #expect(lacking.first?.rowCount == 2 && lacking.first?.line == 3)
  }

  @Test func `rows of Parquet files stay, by their numbers, and rows that break a rule`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n300\n")
    try bench.convert(["a.csv"])
    let file = try #require(try Snapshot.load(bench.lake).files.first)
    let bytes = try bench.lake.openReader(file.path).read(0..<file.sizeBytes)
    try bench.dumps.put("a.parquet", bytes.bytes)
    try bench.convert(["a.parquet"]) {
      try $0.setSchema("n TINYINT")
      $0.mode = .overwrite
      $0.onBadRow = .quarantine
      $0.evolution.typeConflicts = .quarantine
    }
    try bench.put("b.csv", "n\n5\nx\n")
    try bench.convert(["b.csv"]) { $0.onBadRow = .quarantine }
    var options = AlterOptions()
    options.addConstraint("small", condition: "n < 6")
    _ = try Table.open(TableReference("lake"), environment: bench.environment()).alter(options)
    try edit(bench, "x", "7")
    let left = try bench.replay().leftRows
    #expect(left.map(\.reason) == ["constraint", "no_context"])
    #expect(left[0].message == "the row breaks the constraint small (n < 6)")
    #expect(left[0].place.hasSuffix("b.csv: line 3"))
    #expect(left[1].place.hasSuffix("a.parquet: row 2") && left[1].column == nil)
  }

  @Test func `columns that a load ignored are ignored again where a replay is told to`() throws {
    let bench = TimedBench()
    try bench.put("a.ndjson", #"{"n":1,"more":true}"# + "\n" + #"{"n":"x","more":[]}"# + "\n")
    try bench.put("b.ndjson", #"{"n":2}"# + "\n")
    try bench.convert(["b.ndjson"])
    try bench.convert(["a.ndjson"]) {
      $0.evolution.newColumns = .ignore
      $0.onBadRow = .quarantine
    }
    try edit(bench, #"{"n":"x","more":[]}"#, #"{"n":3,"more":[]}"#)
    // The member has no place, and nobody says that it needs none.
    #expect(try bench.replay().rowsLeft == 1)
    let report = try bench.replay { $0.evolution.newColumns = .ignore }
    #expect(report.rowsWritten == 1)
    #expect(
      report.ignoredColumns == [IgnoredColumn(name: "more", sourceCount: 1, rowCount: 1)])
    #expect(try bench.rows() == ["1", "2", "3"])
  }

  /// What a load had columns for, and the table has not any more.
  @Test func `columns that are gone are left out, rescued or in the way, as a replay is told`()
    throws
  {
    let bench = try bench()
    try edit(bench, column: "context") { $0.replacing(#""m""#, with: #""gone""#) }
    #expect(try bench.replay().rowsLeft == 4)
    #expect(try bench.replay { $0.evolution.newColumns = .fail }.rowsLeft == 4)
    let report = try bench.replay { $0.evolution.newColumns = .ignore }
    #expect(report.rowsWritten == 3 && report.rowsLeft == 1)
    #expect(
      report.ignoredColumns == [IgnoredColumn(name: "gone", sourceCount: 1, rowCount: 3)])
    #expect(try bench.rows() == ["10|NULL", "1|2", "3|NULL", "5|NULL", "8|9"])
  }

  @Test func `rows of a source that was reloaded leave the quarantine`() throws {
    let bench = try bench()
    try widen(bench)
    #expect(try bench.replay().rowsWritten == 2)
    try bench.put("a.csv", "n;m\n1;x\n2;4\n")
    let report = try bench.convert(["a.csv"]) {
      $0.onBadRow = .quarantine
      $0.reloadChanged = true
    }
    // What a replay had loaded of the source goes with its other rows.
    #expect(report.sources.map(\.status) == [.reloaded] && report.rowsCleared == 2)
    #expect(try bench.rows() == ["0|2999999999", "2|4"])
    #expect(try bench.rows(of: bench.quarantine, columns: ["raw"]) == ["1;x"])
    let replay = try bench.replay()
    #expect(replay.rowsStale == 0 && replay.rowsLeft == 1 && replay.rowsWritten == 0)
  }

  @Test func `rows of a source that was overwritten are stale`() throws {
    let bench = try bench()
    try bench.put("w.csv", "n;m\n0;1\n")
    try bench.convert(["w.csv"]) { $0.mode = .overwrite }
    try edit(bench, "5;six", "5;6")
    let replay = try bench.replay()
    #expect(replay.rowsStale == 4 && replay.rowsWritten == 0)
  }

  @Test func `rejects of a load that never came to be are not loaded`() throws {
    let bench = try bench()
    try bench.put("b.csv", "n;m\n1;2\n3;3000000000\n")
    // The rejects are in; the commit of the load is not.
    forEachEffect { effect in
      let table = FaultyStore(bench.lake, fault: .before(effect))
      _ = try? bench.convert(["b.csv"], environment: bench.environment(seed: 11, table: table)) {
        $0.onBadRow = .quarantine
      }
      return table.effects.last != .putIfAbsent(commitPath(1))
    }
    #expect(try Snapshot.load(bench.lake).version == 0)
    #expect(try bench.rows(of: bench.quarantine, columns: ["raw"]).count == 5)
    try widen(bench)
    try bench.convert(["b.csv"], environment: bench.environment(seed: 12))
    #expect(try bench.replay().rowsStale == 1)
    #expect(
      try bench.rows() == [
        "0|2999999999", "10|3000000001", "1|2", "1|2", "3|3000000000", "3|3000000000", "8|9",
      ])
  }

  @Test func `a crash of a replay at any effect and a rerun load each row once`() throws {
    let count = try forEachEffect { try crashReplay(at: $0) }
    #expect(count > 2)
  }

  /// - Returns: whether some store has had so many effects.
  private func crashReplay(at effect: Int) throws -> Bool {
    var isReached = false
    for fault in [Fault.before(effect), .after(effect)] {
      for breaksTable in [true, false] {
        let bench = try bench()
        try widen(bench)
        let store = FaultyStore(breaksTable ? bench.lake : bench.quarantine, fault: fault)
        let environment =
          breaksTable
          ? bench.environment(seed: 21, table: store) : bench.environment(seed: 21, rejects: store)
        _ = try? bench.replay(environment: environment)
        isReached = isReached || store.isDead
        _ = try bench.replay(environment: bench.environment(seed: 22))
        #expect(
          try bench.rows() == [
            "0|2999999999", "10|3000000001", "1|2", "3|3000000000", "8|9",
          ], "\(fault) \(breaksTable)")
        #expect(try bench.rows(of: bench.quarantine, columns: ["raw"]) == ["5;six", "7"])
      }
    }
    return isReached
  }

  @Test(arguments: [true, false])
  func `of two replays at once one loads the rows, and none loads them again, if the first wins:`(
    _ firstWins: Bool
  ) throws {
    let bench = try bench()
    try widen(bench)
    let steps = Steps()
    // The second finds rows that the first has marked and not yet loaded.
    let first = FaultyStore(bench.lake) { effect in
      guard effect == .putIfAbsent(commitPath(2)) else { return }
      steps.reach(1)
      steps.wait(for: firstWins ? 2 : 3)
    }
    let second = FaultyStore(bench.lake) { effect in
      guard firstWins, effect == .putIfAbsent(commitPath(2)) else { return }
      steps.reach(2)
      steps.wait(for: 3)
    }
    let (one, two) = (bench.environment(table: first), bench.environment(table: second))
    let written = Atomic(0)
    try withWorkers(count: 2, parent: Cancellation()) { (worker, _) throws(GrebeError) in
      if worker == 1 { steps.wait(for: 1) }
      let report = try? bench.replay(environment: worker == 0 ? one : two)
      written.add(report?.rowsWritten ?? 0, ordering: .relaxed)
      steps.reach(3)
    }
    #expect(written.load(ordering: .relaxed) == 2)
    _ = try bench.replay()
    #expect(
      try bench.rows() == ["0|2999999999", "10|3000000001", "1|2", "3|3000000000", "8|9"])
    #expect(try bench.rows(of: bench.quarantine, columns: ["raw"]) == ["5;six", "7"])
  }
}

/// What threads have come to, in order.
private final class Steps: Sendable {
  private let last = Atomic(0)

  func reach(_ step: Int) { last.max(step, ordering: .acquiringAndReleasing) }

  func wait(for step: Int) {
    while last.load(ordering: .acquiring) < step { pause(millis: 1) }
  }
}

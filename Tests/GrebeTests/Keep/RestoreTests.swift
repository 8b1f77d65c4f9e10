import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@testable import Grebe

@Suite("Restore: a table that Grebe loads") struct RestoreTests {
  let bench = TimedBench()

  private func table() throws(GrebeError) -> Table {
    try Table.open(TableReference(location: "lake"), environment: bench.environment())
  }

  @discardableResult
  private func restore(to version: Int64) throws -> RestoreSummary {
    let table = try table()
    let summary = try table.planRestore(to: .version(version))
    _ = try table.restore(summary)
    return summary
  }

  private func load(_ name: String, _ text: String) throws {
    try bench.put(name, text)
    try bench.convert([name])
  }

  @Test func `a load that was undone can be done again, one that came back cannot`() throws {
    try load("a.csv", "n\n1\n")
    try load("b.csv", "n\n2\n")
    let summary = try restore(to: 0)
    #expect(summary.sourcesForgotten == 1 && summary.sourcesKnown == 0)
    #expect(try bench.rows() == ["1"])
    #expect(try bench.convert(["a.csv"]).sources.map(\.status) == [.alreadyLoaded])
    #expect(try bench.convert(["b.csv"]).sources.map(\.status) == [.loaded])
    #expect(try bench.rows() == ["1", "2"])
    // The overwrite retired both; the restore brings both back.
    try bench.put("c.csv", "n\n3\n")
    try bench.convert(["c.csv"]) { $0.mode = .overwrite }
    #expect(try bench.rows() == ["3"])
    #expect(try restore(to: 3).sourcesKnown == 2)
    #expect(try bench.rows() == ["1", "2"])
    let again = try bench.convert(["a.csv", "b.csv"])
    #expect(again.sources.map(\.status) == [.alreadyLoaded, .alreadyLoaded])
    #expect(try bench.convert(["c.csv"]).sources.map(\.status) == [.loaded])
  }

  @Test func `a source that changed can be replaced after a restore`() throws {
    try load("a.csv", "n\n1\n")
    try bench.put("a.csv", "n\n2\n")
    try bench.convert(["a.csv"]) { $0.reloadChanged = true }
    #expect(try bench.rows() == ["2"])
    try restore(to: 0)
    #expect(try bench.rows() == ["1"])
    try bench.convert(["a.csv"]) { $0.reloadChanged = true }
    #expect(try bench.rows() == ["2"])
  }

  @Test func `how far other applications have come is left alone`() throws {
    try load("a.csv", "n\n1\n")
    for version in 1...2 as ClosedRange<Int64> {
      var transaction = Transaction(
        from: try Snapshot.load(bench.lake), operation: Operation("STREAMING UPDATE"))
      transaction.transactions = [
        TransactionIdentifier(applicationID: "stream", version: version)
      ]
      _ = try transaction.commit(to: bench.lake, environment: bench.environment())
    }
    try load("b.csv", "n\n2\n")
    try restore(to: 1)
    #expect(try Snapshot.load(bench.lake).transactions["stream"]?.version == 2)
    #expect(try bench.rows() == ["1"])
  }

  @Test func `the history names the version, and a second restore has nothing to do`() throws {
    try load("a.csv", "n\n1\n")
    try load("b.csv", "n\n2\n")
    try restore(to: 0)
    let last = try #require(try table().history(limit: 1).first)
    #expect(last.operation == "RESTORE" && last.parameters == ["version": "0"])
    #expect(last.metrics["numRemovedFiles"] == "1" && last.metrics["numRestoredFiles"] == "0")
    let summary = try table().planRestore(to: .version(0))
    #expect(summary.isEmpty)
    #expect(try table().restore(summary) == 2)
    #expect(try bench.rows() == ["1"])
  }

  @Test func `a version that is required, a conflict, and no such version`() throws {
    try load("a.csv", "n\n1\n")
    try load("b.csv", "n\n2\n")
    let table = try table()
    let summary = try table.planRestore(to: .version(0))
    #expect(throws: GrebeError.self) { try table.restore(summary, ifVersion: 0) }
    try load("c.csv", "n\n3\n")
    do {
      _ = try table.restore(summary)
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.code == .conflict && error.message.contains("added rows"))
    }
    #expect(try bench.rows() == ["1", "2", "3"])
    do {
      _ = try table.planRestore(to: .version(9))
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.code == .notFound)
    }
  }

  @Test func `what a vacuum took is named, and a restored table loses nothing to the next one`()
    throws
  {
    try load("a.csv", "n\n1\n")
    try bench.put("c.csv", "n\n3\n")
    try bench.convert(["c.csv"]) { $0.mode = .overwrite }
    bench.clock.advance(8 * 86_400_000)
    var settings = VacuumSettings()
    func vacuum() throws -> VacuumReport {
      try Table.vacuum(
        TableReference(location: "lake"), settings, environment: bench.environment())
    }
    settings.isDryRun = true
    #expect(try vacuum().filesDeleted == 1)
    try restore(to: 0)
    #expect(try vacuum().filesDeleted == 0)
    #expect(try bench.rows() == ["1"])
    bench.clock.advance(8 * 86_400_000)
    settings.isDryRun = false
    #expect(try vacuum().filesDeleted == 1)
    #expect(try bench.rows() == ["1"])
    do {
      _ = try table().planRestore(to: .version(1))
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.code == .notFound && error.message.contains("1 of its 1 files"))
    }
  }
}

import Base
import Columns
import Delta
import Store
import Synchronization
import TestSupport
import Testing

@testable import Grebe

/// Milliseconds that a test sets.
final class TestClock: Sendable {
  private let millis = Atomic<Int64>(1_700_000_000_000)
  private let runs = Atomic<UInt64>(100)

  /// A seed that no other run has, so that no two name a file alike.
  var seed: UInt64 { runs.add(1, ordering: .relaxed).newValue }
  var now: Int64 { millis.load(ordering: .relaxed) }
  func advance(_ by: Int64) { millis.add(by, ordering: .relaxed) }
}

/// A table, its dumps and a clock that tells when they were written.
struct TimedBench {
  let clock = TestClock()
  let dumps: InMemoryStore
  let lake: InMemoryStore
  let quarantine: InMemoryStore

  init() {
    let clock = clock
    dumps = InMemoryStore { clock.now }
    lake = InMemoryStore { clock.now }
    quarantine = InMemoryStore { clock.now }
  }

  func environment(
    seed: UInt64? = nil, table: (any ObjectStore)? = nil, rejects: (any ObjectStore)? = nil
  ) -> Environment {
    let (dumps, clock) = (dumps, clock)
    let lake: any ObjectStore = table ?? lake
    let quarantine: any ObjectStore = rejects ?? quarantine
    return Environment(
      nowMillis: { clock.now }, seed: seed ?? clock.seed, parallelism: 2,
      memoryBudgetBytes: 64 << 20,
      openStore: { location in
        location.hasPrefix("lake") ? (location.contains("_quarantine") ? quarantine : lake) : dumps
      })
  }

  /// Writes a dump a second later than whatever was before.
  func put(_ name: String, _ text: String) throws {
    clock.advance(1000)
    try dumps.put(name, Buffer(Array(text.utf8)).bytes)
  }

  @discardableResult
  func convert(
    _ names: [String], environment: Environment? = nil,
    _ configure: (inout ConversionOptions) throws -> Void = { _ in }
  ) throws -> ConversionReport {
    var options = ConversionOptions()
    try configure(&options)
    return try Conversion(
      sources: names.map { "dumps/" + $0 }, into: "lake", options: options,
      environment: environment ?? self.environment()
    ).run()
  }

  func replay(
    environment: Environment? = nil, _ configure: (inout ConversionOptions) -> Void = { _ in }
  ) throws -> ReplayReport {
    var options = ConversionOptions()
    configure(&options)
    return try QuarantineReplay(
      into: "lake", options: options, environment: environment ?? self.environment()
    ).run()
  }

  func rows(of store: InMemoryStore? = nil, columns: [String]? = nil) throws -> [String] {
    let store = store ?? lake
    let snapshot = try Snapshot.load(store)
    let target = ScanTarget(store: store, snapshot: snapshot)
    let positions =
      columns.map { $0.compactMap { target.schema.index(of: $0) } }
      ?? Array(0..<target.schema.count)
    var rows: [String] = []
    for file in snapshot.files {
      let scanner = try FileScanner(file, of: target, columns: positions)
      for group in 0..<scanner.rowGroupCount {
        try scanner.forEachBatch(rowGroup: group) { batch in
          for row in 0..<batch.rowCount {
            rows.append(
              batch.columns.map { $0[row].isNull ? "NULL" : $0[row].description }
                .joined(separator: "|"))
          }
          return true
        }
      }
    }
    return rows.sorted()
  }
}

@Suite("Ledger") struct LedgerTests {
  @Test func `a source that was only touched is loaded, one that changed is refused`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n")
    #expect(try bench.convert(["a.csv"]).version == 0)
    try bench.put("a.csv", "n\n1\n")
    let again = try bench.convert(["a.csv"])
    #expect(again.sources.map(\.status) == [.alreadyLoaded] && again.version == 0)
    // Of the same size, so that only the checksum tells.
    try bench.put("a.csv", "n\n2\n")
    #expect {
      try bench.convert(["a.csv"])
    } throws: { error in
      let error = error as? GrebeError
      return error?.code == .corrupt && error?.hint?.contains("--reload-changed") == true
    }
    #expect(try bench.rows() == ["1"])
  }

  @Test func `a file under another name is loaded, and a note says whose bytes it has`() throws {
    let bench = TimedBench()
    try bench.put("a b.csv", "n\n1\n")
    #expect(try bench.convert(["a b.csv"]).notes.isEmpty)
    try bench.put("c.csv", "n\n1\n")
    let moved = try bench.convert(["a b.csv", "c.csv"])
    #expect(Set(moved.sources.map(\.status)) == [.loaded, .alreadyLoaded])
    #expect(
      moved.notes == [
        "note: memory/c.csv has the size and checksum of \(try identity("a b.csv", bench)), "
          + "which the table holds: if it is that file under another name, its rows are in the "
          + "table twice"
      ])
    #expect(try bench.rows() == ["1", "1"])
    // Of the same size, and not the same.
    try bench.put("d.csv", "n\n2\n")
    #expect(try bench.convert(["d.csv"]).notes.isEmpty)
    // What is forced needs no telling, and what is replaced is not there twice.
    #expect(try bench.convert(["c.csv"]) { $0.force = true }.notes.isEmpty)
    try bench.put("e.csv", "n\n1\n")
    #expect(try bench.convert(["e.csv"]) { $0.mode = .overwrite }.notes.isEmpty)
  }

  @Test func `a changed source that is forced is there beside what it was, once`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n2\n")
    try bench.convert(["a.csv"])
    try bench.put("a.csv", "n\n2\n3\n4\n")
    let refused = #expect(throws: GrebeError.self) { try bench.convert(["a.csv"]) }
    #expect(refused?.hint?.contains("--force") == true)
    #expect(try bench.convert(["a.csv"]) { $0.force = true }.rowsWritten == 3)
    #expect(try bench.rows() == ["1", "2", "2", "3", "4"])
    // As it is now it is known.
    #expect(try bench.convert(["a.csv"]).rowsWritten == 0)
    #expect(try bench.rows().count == 5)
  }

  @Test func `the bytes of a source that is reloaded are not there twice`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n")
    try bench.convert(["a.csv"])
    // As where logs are rotated: what was in a is in b, and a has something new.
    try bench.put("b.csv", "n\n1\n")
    try bench.put("a.csv", "n\n2\n")
    let report = try bench.convert(["a.csv", "b.csv"]) { $0.reloadChanged = true }
    #expect(report.notes.isEmpty)
    #expect(try bench.rows() == ["1", "2"])
    try bench.put("c.csv", "n\n1\n")
    try bench.put("d.csv", "n\n2\n")
    let note = try #require(try bench.convert(["c.csv", "d.csv"]).notes.first)
    #expect(note.contains("and so on for 2 sources"))
  }

  private func identity(_ name: String, _ bench: TimedBench) throws -> String {
    let files = try SourceResolver(environment: bench.environment()).resolve(["dumps/" + name])
      .files
    return try #require(files.first).identity
  }

  @Test func `entries of early versions still count`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n")
    try bench.put("b.csv", "n\n1\n")
    try bench.convert(["a.csv"])
    let file = try #require(
      try SourceResolver(environment: bench.environment()).resolve(["dumps/b.csv"]).files.first)
    var transaction = Transaction(
      from: try Snapshot.load(bench.lake), operation: Operation("WRITE"))
    transaction.transactions = [
      TransactionIdentifier(
        applicationID: "grebe:source:" + Ledger.path(of: file), version: file.modifiedMillis)
    ]
    _ = try transaction.commit(to: bench.lake, environment: bench.environment())
    #expect(try bench.convert(["b.csv"]).sources.map(\.status) == [.alreadyLoaded])
    try bench.put("b.csv", "n\n1\n")
    #expect(throws: GrebeError.self) { try bench.convert(["b.csv"]) }
    #expect {
      try bench.convert(["b.csv"]) { $0.reloadChanged = true }
    } throws: { ($0 as? GrebeError)?.code == .unsupported }
  }

  @Test func `a changed source is reloaded in one commit, whatever else is in the table`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n2\n")
    try bench.put("b.csv", "n\n10\n")
    try bench.put("c.csv", "n\n20\n")
    try bench.convert(["a.csv", "b.csv"])
    try bench.convert(["c.csv"])
    try bench.put("a.csv", "n\n3\n")
    let report = try bench.convert(["a.csv", "b.csv", "c.csv"]) { $0.reloadChanged = true }
    // One file holds the rows of both sources of the first load.
    #expect(report.sources.map(\.status) == [.reloaded, .reloaded, .alreadyLoaded])
    #expect(report.version == 2 && report.rowsRead == 2)
    #expect(try bench.rows() == ["10", "20", "3"])
    #expect(try bench.convert(["a.csv", "b.csv", "c.csv"]).rowsRead == 0)
  }

  @Test func `sources that share files are found and reloaded though nobody named them`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "k,n\nx,1\n")
    try bench.put("b.csv", "k,n\nx,2\ny,3\n")
    try bench.convert(["a.csv", "b.csv"]) { $0.partitionBy = ["k"] }
    try bench.put("a.csv", "k,n\ny,4\n")
    let report = try bench.convert(["a.csv"]) { $0.reloadChanged = true }
    #expect(report.sources.map(\.status) == [.reloaded, .reloaded])
    #expect(try bench.rows() == ["x|2", "y|3", "y|4"])
    try bench.put("a.csv", "k,n\ny,5\n")
    try bench.dumps.delete("b.csv")
    #expect {
      try bench.convert(["a.csv"]) { $0.reloadChanged = true }
    } throws: { error in
      let error = error as? GrebeError
      return error?.code == .unsupported && error?.message.contains("b.csv") == true
    }
  }

  @Test func `a load that was forced beside older rows is replaced with them`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n")
    try bench.convert(["a.csv"])
    try bench.convert(["a.csv"]) { $0.force = true }
    #expect(try bench.rows() == ["1", "1"])
    try bench.put("a.csv", "n\n2\n")
    try bench.convert(["a.csv"]) { $0.reloadChanged = true }
    #expect(try bench.rows() == ["2"])
  }

  @Test func `what was rewritten since cannot be told apart and is not reloaded`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n")
    try bench.convert(["a.csv"])
    var transaction = Transaction(
      from: try Snapshot.load(bench.lake), operation: Operation("DELETE"))
    transaction.removes = try Snapshot.load(bench.lake).files.map {
      $0.removed(atMillis: 1, dataChange: true)
    }
    _ = try transaction.commit(to: bench.lake, environment: bench.environment())
    try bench.put("a.csv", "n\n2\n")
    #expect {
      try bench.convert(["a.csv"]) { $0.reloadChanged = true }
    } throws: { ($0 as? GrebeError)?.code == .unsupported }
  }

  @Test func `a source that changes while it is read is not loaded`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n")
    let store = FaultyStore(bench.lake) { [bench] effect in
      // Data files are written before the log is.
      guard case .append = effect else { return }
      try? bench.put("a.csv", "n\n1\n2\n")
    }
    #expect {
      try bench.convert(["a.csv"], environment: bench.environment(table: store))
    } throws: { ($0 as? GrebeError)?.code == .conflict }
    #expect(try Snapshot.loadIfPresent(bench.lake) == nil)
    #expect(try bench.lake.list("", recursive: true).isEmpty)
  }

  @Test func `two loads of one path conflict, though its content differs`() throws {
    let bench = TimedBench()
    try bench.put("z.csv", "n\n0\n")
    try bench.convert(["z.csv"])
    try bench.put("a.csv", "n\n1\n")
    let done = Atomic(false)
    let store = FaultyStore(bench.lake) { [bench] effect in
      guard effect == .putIfAbsent(commitPath(1)), !done.exchange(true, ordering: .relaxed) else {
        return
      }
      try? bench.put("a.csv", "n\n2\n")
      _ = try? bench.convert(["a.csv"], environment: bench.environment(seed: 8))
    }
    #expect {
      try bench.convert(["a.csv"], environment: bench.environment(table: store))
    } throws: { ($0 as? GrebeError)?.code == .conflict }
    #expect(try bench.rows() == ["0", "2"])
  }

  @Test func `files name the sources whose rows they hold, in order`() {
    let runs = SourceRuns(
      [(0, 5), (1, 0), (2, 3), (3, 4), (2, 1)], sourceCount: 4)
    func file(_ rows: Int) -> AddFile {
      AddFile(
        path: "p", partitionValues: [:], sizeBytes: 1, modifiedMillis: 1,
        statisticsJSON: #"{"numRecords":\#(rows)}"#)
    }
    #expect(
      runs.ordinals(of: [file(5), file(2), file(4), file(2)], inOrder: true)
        == [0...0, 2...2, 2...3, 2...3])
    #expect(runs.ordinals(of: [file(5), file(8)], inOrder: false) == [0...3, 0...3])
    #expect(runs.ordinals(of: [file(5), file(7)], inOrder: true) == [0...3, 0...3])
    #expect(SourceRuns([], sourceCount: 0).ordinals(of: [], inOrder: true).isEmpty)
  }

  @Test func `checksums of compressed, split and small sources are those of their bytes`() throws {
    let bench = TimedBench()
    var large = "k,v\n"
    while large.utf8.count < 40 << 20 { large += "\(large.utf8.count),\"some text\"\n" }
    try bench.put("large.csv", large)
    try bench.put("small.csv", "k,v\n1,x\n")
    try bench.put("empty.csv", "")
    let report = try bench.convert(["large.csv", "small.csv", "empty.csv"])
    #expect(report.sources.allSatisfy { $0.status == .loaded })
    let entries = Ledger(try Snapshot.load(bench.lake)).all
    #expect(entries.count == 3)
    for entry in entries {
      let name = try #require(entry.path.split(separator: "/").last)
      let bytes = try bench.dumps.read(String(name), range: nil)
      #expect(entry.checksum == CRC32().checksum(bytes.bytes), "\(name)")
      #expect(entry.sizeBytes == Int64(bytes.count))
    }
  }

  @Test func `a crash of a load at any effect and a rerun give one copy`() throws {
    let count = try forEachEffect { try crashLoad(at: $0) }
    #expect(count > 5)
  }

  /// - Returns: whether some store has had so many effects.
  private func crashLoad(at effect: Int) throws -> Bool {
    var isReached = false
    for (fault, breaksTable) in faults(at: effect) {
      let bench = TimedBench()
      for (name, text) in [("a.csv", "k,n\nx,1\nz,bad\n"), ("b.csv", "k,n\ny,2\nz,bad\n")] {
        try bench.put(name, text)
        let store = FaultyStore(breaksTable ? bench.lake : bench.quarantine, fault: fault)
        let environment =
          breaksTable ? bench.environment(table: store) : bench.environment(rejects: store)
        // The first of the two loads creates the table.
        for environment in [environment, bench.environment()] {
          do {
            try bench.convert([name], environment: environment) {
              if name == "a.csv" { try $0.setSchema("k STRING, n INT") }
              $0.partitionBy = ["k"]
              $0.onBadRow = .quarantine
            }
          } catch {
            #expect(store.isDead && (error as? GrebeError)?.code == .io, "\(error)")
          }
        }
        isReached = isReached || store.isDead
      }
      #expect(try bench.rows() == ["x|1", "y|2"], "\(fault) \(breaksTable)")
      let known = Ledger(try Snapshot.load(bench.lake)).loadIDs
      let rejects = try bench.rows(of: bench.quarantine, columns: ["load_id"])
      #expect(rejects.count { known.contains($0) } == 2, "\(fault) \(breaksTable)")
    }
    return isReached
  }

  /// A death before and after an effect, of the table's store and of that of its rejects.
  private func faults(at effect: Int) -> [(Fault, breaksTable: Bool)] {
    [Fault.before(effect), .after(effect)].flatMap { [($0, true), ($0, false)] }
  }

  @Test func `a crash of a reload at any effect and a rerun give one copy`() throws {
    let count = try forEachEffect { try crashReload(at: $0) }
    #expect(count > 5)
  }

  private func crashReload(at effect: Int) throws -> Bool {
    var isReached = false
    for (fault, breaksTable) in faults(at: effect) {
      let bench = TimedBench()
      try bench.put("a.csv", "k,n\nx,1\ny,2\n")
      try bench.put("b.csv", "k,n\nx,3\nz,bad\n")
      func configure(_ options: inout ConversionOptions) {
        options.onBadRow = .quarantine
        options.reloadChanged = true
      }
      try bench.convert(["a.csv", "b.csv"]) {
        configure(&$0)
        try $0.setSchema("k STRING, n INT")
        $0.partitionBy = ["k"]
      }
      try bench.put("a.csv", "k,n\nx,7\n")
      let store = FaultyStore(breaksTable ? bench.lake : bench.quarantine, fault: fault)
      let environment =
        breaksTable
        ? bench.environment(seed: 9, table: store) : bench.environment(seed: 9, rejects: store)
      _ = try? bench.convert(["a.csv", "b.csv"], environment: environment) { configure(&$0) }
      isReached = isReached || store.isDead
      try bench.convert(["a.csv", "b.csv"], environment: bench.environment(seed: 10)) {
        configure(&$0)
      }
      #expect(try bench.rows() == ["x|3", "x|7"], "\(fault) \(breaksTable)")
      // Of the rejects, those of the load that the table knows are there once.
      let known = Ledger(try Snapshot.load(bench.lake)).loadIDs
      let rejects = try bench.rows(of: bench.quarantine, columns: ["load_id"])
      #expect(rejects.count { known.contains($0) } == 1, "\(fault) \(breaksTable)")
    }
    return isReached
  }
}

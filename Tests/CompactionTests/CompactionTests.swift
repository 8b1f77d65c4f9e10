import Base
import Columns
import Compaction
import Delta
import Foundation
import Store
import Synchronization
import TestSupport
import Testing

/// A table of small files, and what its rows are.
struct SmallFiles {
  static let schema = Schema([Field("p", .string), Field("n", .long), Field("text", .string)])

  let store = InMemoryStore()
  var parallelism = 2

  func environment(seed: UInt64 = 7) -> Environment {
    let store = store
    return Environment(
      nowMillis: { 1_700_000_000_000 }, seed: seed, parallelism: parallelism,
      memoryBudgetBytes: 1 << 26, openStore: { _ in store })
  }

  /// `commits` appends of 12 rows; partitioned, each has a row group for `x/y` and for null.
  func create(partitionedBy columns: [String], commits: Int = 4) throws -> Snapshot {
    let create = Transaction(
      creating: .new(
        schema: Self.schema, partitionColumns: columns, environment: environment()),
      operation: Operation("CREATE TABLE"))
    _ = try create.commit(to: store, environment: environment())
    for index in 0..<commits { try append(index) }
    return try Snapshot.load(store)
  }

  func append(_ index: Int) throws {
    let snapshot = try Snapshot.load(store)
    let writer = PartitionedWriter(
      store: store, layout: snapshot.fileLayout(targetFileBytes: 1 << 20),
      environment: environment(seed: UInt64(100 + index)), budgetBytes: 0)
    let session = try writer.makeSession()
    let rows = index * 12..<index * 12 + 12
    try session.write(
      ColumnBatch(
        schema: Self.schema,
        columns: [
          Column(.string, rows.map { $0 % 2 == 0 ? .null : .string("x/y") }),
          Column(.long, rows.map { .integer(Int64($0)) }),
          Column(.string, rows.map { $0 % 5 == 0 ? .null : .string("row \($0)") }),
        ], rowCount: rows.count))
    try session.endUnit(ordinal: 0)
    var transaction = Transaction(
      from: snapshot, operation: .write(mode: "Append", partitionBy: []))
    transaction.adds = try writer.finish(parallelism: 1)
    _ = try transaction.commit(to: store, environment: environment())
  }

  /// Takes files out of the table, as a DELETE would.
  func remove(_ files: [AddFile]) throws {
    var delete = Transaction(from: try Snapshot.load(store), operation: Operation("DELETE"))
    delete.removes = files.map { $0.removed(atMillis: 1, dataChange: true) }
    _ = try delete.commit(to: store, environment: environment())
  }

  /// Every row as text, in order of the text.
  func rows(_ snapshot: Snapshot) throws -> [String] {
    let target = ScanTarget(store: store, snapshot: snapshot)
    var rows: [String] = []
    for file in snapshot.files {
      let scanner = try FileScanner(file, of: target, columns: Array(0..<target.schema.count))
      for group in 0..<scanner.rowGroupCount {
        try scanner.forEachBatch(rowGroup: group) { batch in
          for row in 0..<batch.rowCount {
            rows.append(batch.columns.map { "\($0[row])" }.joined(separator: "|"))
          }
          return true
        }
      }
    }
    return rows.sorted()
  }

  func plan(_ snapshot: Snapshot, target: Int64 = 1 << 20) -> CompactionPlan {
    CompactionPlanner(policy: CompactionPolicy(targetFileBytes: target))
      .plan(snapshot, files: snapshot.files)
  }

  func results(
    _ snapshot: Snapshot, _ environment: Environment? = nil
  ) throws(DeltaError) -> [CompactionResult] {
    try CompactionRun(
      store: store, snapshot: snapshot, environment: environment ?? self.environment()
    ).results(of: plan(snapshot))
  }

  func commit(
    _ results: [CompactionResult], of snapshot: Snapshot, _ environment: Environment? = nil
  ) throws(DeltaError) -> CompactionOutcome {
    try CompactionCommit(
      store: store, snapshot: snapshot, environment: environment ?? self.environment()
    ).commit(results)
  }

  /// Data files in the store, in the table or not.
  func dataFiles() throws -> Set<String> {
    Set(try store.list("", recursive: true).map(\.path).filter { !$0.hasPrefix("_delta_log/") })
  }

  func storePaths(_ files: [AddFile]) throws -> Set<String> {
    Set(try files.map { try $0.storePath() })
  }
}

private func code(_ body: () throws -> Void) -> ErrorCode? {
  do { try body() } catch { return (error as? DeltaError)?.code }
  return nil
}

@Suite("Compaction: rewrite and commit") struct CompactionTests {
  let table = SmallFiles()

  @Test(arguments: [[], ["p"]]) func `no row changes in a table partitioned by`(
    _ columns: [String]
  ) throws {
    let before = try table.create(partitionedBy: columns)
    let rows = try table.rows(before)
    #expect(rows.count == 48)
    let results = try table.results(before)
    #expect(try Snapshot.load(table.store).version == before.version)
    let outcome = try table.commit(results, of: before)
    #expect(outcome.lost.isEmpty)
    let after = try Snapshot.load(table.store)
    #expect(after.version == outcome.version && after.version == before.version + 1)
    #expect(after.files.count == (columns.isEmpty ? 1 : 2))
    #expect(try table.rows(after) == rows)
    #expect(Set(after.files.map(\.partitionValues)) == Set(before.files.map(\.partitionValues)))
    // The old version is still there.
    let old = try Snapshot.load(table.store, at: .version(before.version))
    #expect(old.files == before.files)
    #expect(try table.rows(old) == rows)
    // The commit says that no row changed, and how many there are.
    let commit = try #require(try CommitFile.read(table.store, version: after.version))
    for action in commit.actions {
      if case .add(let file) = action { #expect(!file.dataChange) }
      if case .remove(let file) = action { #expect(!file.dataChange) }
    }
    #expect(commit.info?.operationMetrics["numOutputRows"] == "48")
    #expect(table.plan(after).isEmpty)
    #expect(try table.commit([], of: after).version == after.version)
    #expect(try Snapshot.load(table.store).version == after.version)
  }

  @Test(arguments: [1, 2, 5]) func `names and bytes do not depend on the number of workers:`(
    _ parallelism: Int
  ) throws {
    func added(_ parallelism: Int) throws -> [AddFile] {
      var table = SmallFiles()
      table.parallelism = parallelism
      let snapshot = try table.create(partitionedBy: ["p"])
      return try table.commit(table.results(snapshot), of: snapshot).committed.flatMap(\.added)
    }
    #expect(try added(parallelism) == added(3))
  }

  @Test func `a row count that the log has wrong is refused and leaves no files`() throws {
    var snapshot = try table.create(partitionedBy: [], commits: 2)
    let files = snapshot.files.map { file in
      var file = file
      file.path = "again-" + file.path
      file.statisticsJSON = #"{"numRecords":11}"#
      return file
    }
    for (old, new) in zip(snapshot.files, files) {
      let bytes = try table.store.read(old.path, range: nil)
      try table.store.put(new.path, bytes.bytes)
    }
    var append = Transaction(from: snapshot, operation: .write(mode: "Append", partitionBy: []))
    append.adds = files
    _ = try append.commit(to: table.store, environment: table.environment())
    snapshot = try Snapshot.load(table.store)
    let before = try table.dataFiles()
    #expect(code { _ = try table.results(snapshot) } == .corrupt)
    #expect(try table.dataFiles() == before)
  }

  @Test func `one task that fails leaves no files of the others`() throws {
    var table = table
    table.parallelism = 1
    let snapshot = try table.create(partitionedBy: ["p"])
    // The larger task is carried out first.
    let last = try #require(
      table.plan(snapshot).tasks.reversed().min { $0.inputBytes < $1.inputBytes })
    let file = try #require(snapshot.files.first { $0.path == last.inputs.last })
    try table.store.put(try file.storePath(), Buffer<UInt8>(utf8: "not Parquet").bytes)
    let before = try table.dataFiles()
    #expect(code { _ = try table.results(snapshot) } == .corrupt)
    #expect(try table.dataFiles() == before)
  }

  @Test func `a worker refuses a task over files that the version does not have`() throws {
    let snapshot = try table.create(partitionedBy: [])
    let worker = CompactionWorker(
      store: table.store, snapshot: snapshot, environment: table.environment())
    var task = try #require(table.plan(snapshot).tasks.first)
    #expect(try worker.run(task).rowCount == 48)
    task.inputs.append("elsewhere")
    #expect(code { _ = try worker.run(task) } == .invalidArgument)
  }
}

@Suite("Compaction: other writers and cancellation") struct CompactionConflictTests {
  let table = SmallFiles()

  @Test func `an append meanwhile survives`() throws {
    let before = try table.create(partitionedBy: [])
    let results = try table.results(before)
    try table.append(4)
    let rows = try table.rows(Snapshot.load(table.store))
    #expect(rows.count == 60)
    let outcome = try table.commit(results, of: before)
    #expect(outcome.version == before.version + 2)
    let after = try Snapshot.load(table.store)
    #expect(after.files.count == 2)
    #expect(try table.rows(after) == rows)
  }

  @Test func `a task whose input was removed is dropped, the others are committed`() throws {
    let before = try table.create(partitionedBy: ["p"])
    let results = try table.results(before)
    #expect(results.count == 2)
    try table.append(4)
    try table.remove([results[0].removed[1]])
    let rows = try table.rows(Snapshot.load(table.store))
    #expect(rows.count == 54)
    let outcome = try table.commit(results, of: before)
    #expect(outcome.lost.map(\.task) == [results[0].task])
    #expect(outcome.committed.map(\.task) == [results[1].task])
    let after = try Snapshot.load(table.store)
    #expect(after.version == outcome.version)
    #expect(try table.rows(after) == rows)
    let files = try table.dataFiles()
    #expect(files.isDisjoint(with: try table.storePaths(results[0].added)))
    #expect(files.isSuperset(of: try table.storePaths(before.files + results[1].added)))
  }

  @Test func `a writer that wins between two attempts is seen as well`() throws {
    let before = try table.create(partitionedBy: ["p"])
    let results = try table.results(before)
    try table.remove([results[0].removed[0]])
    // The second removal arrives just ahead of the attempt without the first task.
    let table = self.table
    let attempts = Atomic(0)
    let store = FaultyStore(table.store) { effect in
      guard case .putIfAbsent = effect, attempts.add(1, ordering: .relaxed).oldValue == 1 else {
        return
      }
      try? table.remove([results[1].removed[0]])
    }
    let commit = CompactionCommit(store: store, snapshot: before, environment: table.environment())
    #expect(code { _ = try commit.commit(results) } == .conflict)
    let after = try Snapshot.load(table.store)
    #expect(after.version == before.version + 2)
    #expect(try table.dataFiles() == table.storePaths(before.files))
    #expect(try table.rows(after).count == 36)
  }

  @Test func `a changed schema or property is a conflict and leaves no files`() throws {
    let before = try table.create(partitionedBy: ["p"])
    let results = try table.results(before)
    var change = Transaction(from: before, operation: Operation("SET TBLPROPERTIES"))
    change.metadata = before.metadata
    change.metadata?.configuration["x"] = "y"
    _ = try change.commit(to: table.store, environment: table.environment())
    #expect(code { _ = try table.commit(results, of: before) } == .conflict)
    #expect(try Snapshot.load(table.store).version == before.version + 1)
    #expect(try table.dataFiles() == table.storePaths(before.files))
  }

  @Test func `cancelled before the commit, nothing is left`() throws {
    let before = try table.create(partitionedBy: ["p"])
    let environment = table.environment()
    let results = try table.results(before, environment)
    environment.cancellation.cancel()
    #expect(code { _ = try table.commit(results, of: before, environment) } == .cancelled)
    #expect(try Snapshot.load(table.store).version == before.version)
    #expect(try table.dataFiles() == table.storePaths(before.files))
  }

  @Test(arguments: [[], ["p"]]) func `cancelled before the work, nothing is left`(
    _ columns: [String]
  ) throws {
    let before = try table.create(partitionedBy: columns)
    let environment = table.environment()
    environment.cancellation.cancel()
    #expect(code { _ = try table.results(before, environment) } == .cancelled)
    #expect(try table.dataFiles() == table.storePaths(before.files))
  }

  @Test func `cancelled during the work, nothing is left`() throws {
    let before = try table.create(partitionedBy: ["p"])
    let environment = table.environment()
    let finished = Atomic(0)
    let store = FaultyStore(table.store) { effect in
      guard case .finish = effect else { return }
      if finished.add(1, ordering: .relaxed).oldValue == 0 { environment.cancellation.cancel() }
    }
    var run = environment
    run.parallelism = 1
    let work = CompactionRun(store: store, snapshot: before, environment: run)
    #expect(code { _ = try work.results(of: table.plan(before)) } == .cancelled)
    #expect(try table.dataFiles() == table.storePaths(before.files))
  }

  @Test(arguments: 0..<12) func `whatever effect fails, the table is as it was or compacted`(
    _ effect: Int
  ) throws {
    for fault in [Fault.before(effect), .after(effect)] {
      let table = SmallFiles()
      let before = try table.create(partitionedBy: ["p"])
      let rows = try table.rows(before)
      let store = FaultyStore(table.store, fault: fault)
      do {
        let results = try CompactionRun(
          store: store, snapshot: before, environment: table.environment()
        ).results(of: table.plan(before))
        _ = try CompactionCommit(
          store: store, snapshot: before, environment: table.environment()
        ).commit(results)
      } catch {
        #expect(error.code == .io)
      }
      let after = try Snapshot.load(table.store)
      #expect(after.version - before.version <= 1)
      #expect(try table.rows(after) == rows)
    }
  }
}

@Suite("Compaction: files of other writers") struct CompactionForeignTests {
  let table = SmallFiles()

  private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/parquet-writers")

  /// A table over two copies of a fixture, with what foreign writers put beside a file.
  private func create(_ name: String) throws -> Snapshot {
    let bytes = Buffer<UInt8>([UInt8](try Data(contentsOf: Self.fixtures.appending(path: name))))
    let paths = ["one 1.parquet", "two.parquet"]
    for path in paths { try table.store.put(path, bytes.bytes) }
    let whole = try ScanTarget(store: table.store, parquetFile: paths[0]).schema
    // The columns that a table can have: it knows microseconds only.
    let schema = Schema(
      whole.fields.compactMap { field in
        var field = field
        switch field.type {
        case .timestampNanos: field.type = .timestamp
        case .timestampNtzNanos: field.type = .timestampNtz
        case .time, .timeNanos, .uuid, .interval, .void, .other: return nil
        default: break
        }
        return field
      })
    var create = Transaction(
      creating: .new(schema: schema, environment: table.environment()), operation: Operation("X"))
    if schema.fields.contains(where: { $0.type == .timestampNtz }) {
      create.tableProtocol = TableProtocol(
        minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ["timestampNtz"],
        writerFeatures: ["timestampNtz"])
    }
    create.adds = paths.map { path in
      AddFile(
        path: logPath(path), partitionValues: [:], sizeBytes: Int64(bytes.count), modifiedMillis: 1,
        tags: ["writer": "other", "none": nil], baseRowID: 7, defaultRowCommitVersion: 0,
        clusteringProvider: "liquid")
    }
    _ = try create.commit(to: table.store, environment: table.environment())
    return try Snapshot.load(table.store)
  }

  @Test(arguments: [
    "duckdb-v1-zstd", "duckdb-v2-zstd", "polars-snappy", "pyarrow-delta-zstd",
    "pyarrow-fallback-gzip", "pyarrow-int96-snappy", "pyarrow-lz4", "pyarrow-plain-none",
    "pyarrow-v2-zstd",
  ]) func `rows stay as they were in files of`(_ name: String) throws {
    let before = try create(name + ".parquet")
    let rows = try table.rows(before)
    #expect(rows.count == 240)
    _ = try table.commit(table.results(before), of: before)
    let after = try Snapshot.load(table.store)
    #expect(after.files.count == 1)
    #expect(try table.rows(after) == rows)
  }

  @Test func `a feature that cannot be written is refused before any work`() throws {
    let before = try create("pyarrow-snappy.parquet")
    let line =
      #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["timestampNtz"],"#
      + #""writerFeatures":["timestampNtz","icebergCompatV2"]}}"#
    try table.store.put(commitPath(before.version + 1), Buffer<UInt8>(utf8: line).bytes)
    let snapshot = try Snapshot.load(table.store)
    let files = try table.dataFiles()
    let store = FaultyStore(table.store)
    let run = CompactionRun(store: store, snapshot: snapshot, environment: table.environment())
    #expect(code { _ = try run.results(of: table.plan(snapshot)) } == .unsupported)
    #expect(store.effects.isEmpty)
    #expect(try table.dataFiles() == files)
  }
}

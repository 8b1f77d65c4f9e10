import Base
import Columns
import Compute
import Delta
import Parquet
import Store
import TestSupport
import Testing

@Suite("Partitioned writer") struct PartitionedWriterTests {
  static let schema = Schema([Field("k", .string), Field("n", .long), Field("text", .string)])

  /// Row `n` goes to partition `n % keyCount`; every seventh key is null.
  static func unit(_ rows: Range<Int>, keyCount: Int) -> ColumnBatch {
    ColumnBatch(
      schema: schema,
      columns: [
        Column(.string, rows.map { $0 % 7 == 0 ? .null : .string("key \($0 % keyCount)") }),
        Column(.long, rows.map { .integer(Int64($0)) }),
        Column(.string, rows.map { .string("row \($0)") }),
      ], rowCount: rows.count)
  }

  struct Written: Equatable {
    var rows: [Int64: String]
    var files: [String: [UInt8]]
  }

  /// Writes ten units of a hundred rows from `workers` threads and reads everything back.
  static func write(
    partitionedBy columns: [String], workers: Int, budgetBytes: Int,
    targetFileBytes: Int64 = 1 << 20, inParts: Bool = false
  ) throws -> (adds: [AddFile], written: Written) {
    let store = InMemoryStore()
    let environment = Environment(
      nowMillis: { 1_700_000_000_000 }, seed: 42, parallelism: workers, memoryBudgetBytes: 1 << 26,
      openStore: { _ in store })
    var layout = DataFileLayout(
      tableSchema: schema, partitionColumns: columns, targetFileBytes: targetFileBytes)
    layout.rowGroupRowCount = 150
    let writer = PartitionedWriter(
      store: store, layout: layout, environment: environment, budgetBytes: budgetBytes)
    try withWorkers(count: workers) { (worker, _) throws(DeltaError) in
      let session = try writer.makeSession()
      for ordinal in stride(from: worker, to: 10, by: workers) {
        for part in 0..<4 {
          let start = ordinal * 100 + part * 25
          try session.write(unit(start..<start + 25, keyCount: 5))
          if inParts { try session.endPart(ordinal: ordinal) }
        }
        try session.endUnit(ordinal: ordinal)
      }
    }
    let adds = try writer.finish(parallelism: workers)
    return (adds, try read(adds, from: store, partitionColumns: columns))
  }

  static func read(
    _ adds: [AddFile], from store: InMemoryStore, partitionColumns: [String]
  ) throws -> Written {
    var rows: [Int64: String] = [:]
    var files: [String: [UInt8]] = [:]
    for add in adds {
      let path = try add.storePath()
      let name = path.split(separator: "-").dropLast(5).joined(separator: "-")
      files[name, default: []] += [UInt8](try store.read(path, range: nil))
      let reader = try DataFileReader(store: store, path: path)
      for group in reader.metadata.rowGroups.indices {
        _ = try reader.forEachBatch(
          rowGroup: group, columns: Array(0..<reader.metadata.schema.count)
        ) { batch in
          let numbers = batch.column("n")!.scalars
          let texts = batch.column("text")!.scalars
          for (number, text) in zip(numbers, texts) {
            guard case .integer(let value) = number, case .string(let string) = text else {
              continue
            }
            let key = (add.partitionValues["k"] ?? nil) ?? "null"
            rows[value] = (rows[value] ?? "") + "\(string) in \(key)"
          }
          return true
        }
      }
    }
    return Written(rows: rows, files: files)
  }

  static func expectedRows(isPartitioned: Bool) -> [Int64: String] {
    var rows: [Int64: String] = [:]
    for n in 0..<1000 {
      let key = !isPartitioned || n % 7 == 0 ? "null" : "key \(n % 5)"
      rows[Int64(n)] = "row \(n) in \(key)"
    }
    return rows
  }

  @Test(arguments: [1, 2, 3], [0, 2000, 1 << 20])
  func `every row is in its partition once, for workers and budget`(
    _ workers: Int, _ budget: Int
  ) throws {
    let (adds, written) = try Self.write(
      partitionedBy: ["k"], workers: workers, budgetBytes: budget)
    #expect(written.rows == Self.expectedRows(isPartitioned: true))
    #expect(Set(adds.map(\.partitionValues)).count == 6)
    #expect(adds.reduce(0) { $0 + ($1.rowCount ?? 0) } == 1000)
  }

  @Test(arguments: [[], ["k"]], [0, 2000, 1 << 20])
  func `the files do not depend on the number of workers, partitioned by and within`(
    _ columns: [String], _ budget: Int
  ) throws {
    let alone = try Self.write(partitionedBy: columns, workers: 1, budgetBytes: budget).written
    let together = try Self.write(partitionedBy: columns, workers: 3, budgetBytes: budget).written
    #expect(alone.rows == Self.expectedRows(isPartitioned: !columns.isEmpty))
    #expect(alone.rows == together.rows)
    #expect(alone.files.values.map(\.count).sorted() == together.files.values.map(\.count).sorted())
    #expect(Set(alone.files.values) == Set(together.files.values))
  }

  @Test func `a file ends with the row group that reaches the target size`() throws {
    let (adds, written) = try Self.write(
      partitionedBy: [], workers: 2, budgetBytes: 0, targetFileBytes: 1)
    #expect(adds.count == 10)
    #expect(adds.allSatisfy { $0.rowCount == 100 })
    #expect(written.rows == Self.expectedRows(isPartitioned: false))
  }

  @Test(arguments: [10, 100, 400])
  func `row groups of an unpartitioned table do not depend on the batches`(
    _ batchRows: Int
  ) throws {
    let store = InMemoryStore()
    let environment = Environment(
      nowMillis: { 1_700_000_000_000 }, seed: 42, parallelism: 1, memoryBudgetBytes: 1 << 26,
      openStore: { _ in store })
    var layout = DataFileLayout(tableSchema: Self.schema, partitionColumns: [])
    layout.rowGroupRowCount = 150
    let writer = PartitionedWriter(
      store: store, layout: layout, environment: environment, budgetBytes: 0)
    let session = try writer.makeSession()
    for start in stride(from: 0, to: 400, by: batchRows) {
      try session.write(Self.unit(start..<start + batchRows, keyCount: 5))
    }
    try session.endUnit(ordinal: 0)
    let add = try #require(try writer.finish(parallelism: 1).first)
    let reader = try DataFileReader(store: store, path: try add.storePath())
    #expect(reader.metadata.rowGroups.map(\.rowCount) == [150, 150, 100])
  }

  @Test func `files say their partition, size and statistics`() throws {
    let add = try #require(
      Self.write(partitionedBy: ["k"], workers: 1, budgetBytes: 1 << 20).adds
        .first { $0.partitionValues["k"] == "key 1" })
    #expect(add.path.hasPrefix("k=key%25201/part-"))
    #expect(add.path.hasSuffix(".zstd.parquet"))
    let statistics = try #require(add.statistics(Self.schema))
    #expect(statistics.columns["n"]?.min == .integer(1))
    #expect(statistics.columns["n"]?.max == .integer(996))
    #expect(statistics.columns["k"] == nil)
  }

  @Test(arguments: [[], ["k"]], [1, 3])
  func `units handed over in parts give the same rows, partitioned by and from workers`(
    _ columns: [String], _ workers: Int
  ) throws {
    let (adds, written) = try Self.write(
      partitionedBy: columns, workers: workers, budgetBytes: 2000, inParts: true)
    #expect(written.rows == Self.expectedRows(isPartitioned: !columns.isEmpty))
    #expect(adds.reduce(0) { $0 + ($1.rowCount ?? 0) } == 1000)
    let alone = try Self.write(
      partitionedBy: columns, workers: 1, budgetBytes: 2000, inParts: true
    ).written
    #expect(Set(alone.files.values) == Set(written.files.values))
  }

  // MARK: Memory

  static func writer(
    _ schema: Schema = schema, budgetBytes: Int = 0, rowGroupRowCount: Int = 1 << 20
  ) -> PartitionedWriter {
    let store = InMemoryStore()
    var layout = DataFileLayout(tableSchema: schema, partitionColumns: [])
    layout.rowGroupRowCount = rowGroupRowCount
    return PartitionedWriter(
      store: store, layout: layout,
      environment: Environment(
        nowMillis: { 0 }, seed: 1, parallelism: 1, memoryBudgetBytes: 1 << 26,
        openStore: { _ in store }),
      budgetBytes: budgetBytes)
  }

  @Test func `row groups that wait for the unit before theirs are counted, up to a bound`() throws {
    let writer = Self.writer(budgetBytes: 3000)
    let session = try writer.makeSession()
    var ordinal = 1
    while !writer.mustWait(ordinal) {
      #expect(writer.waitingBytes <= 3000)
      try session.write(Self.unit(0..<100, keyCount: 5))
      try session.endUnit(ordinal: ordinal)
      ordinal += 1
      guard ordinal < 100 else { break }
    }
    #expect((3001..<6000).contains(writer.waitingBytes))
    #expect(!writer.mustWait(0))
    try session.write(Self.unit(0..<100, keyCount: 5))
    try session.endUnit(ordinal: 0)
    #expect(writer.waitingBytes == 0)
    #expect(!writer.mustWait(ordinal))
    #expect(try writer.finish(parallelism: 1).count == 1)
  }

  @Test func `full row groups of a long unit need not be held until it ends`() throws {
    func files(handsOver: Bool) throws -> (waiting: [Int], adds: [AddFile]) {
      let writer = Self.writer(rowGroupRowCount: 150)
      let session = try writer.makeSession()
      var waiting: [Int] = []
      for (ordinal, start) in [(1, 0), (1, 100), (1, 200), (0, 300)] {
        try session.write(Self.unit(start..<start + 100, keyCount: 5))
        if handsOver { try session.handOverFull(ordinal: ordinal) }
        if start >= 200 { try session.endUnit(ordinal: ordinal) }
        waiting.append(writer.waitingBytes)
      }
      return (waiting, try writer.finish(parallelism: 1))
    }
    let held = try files(handsOver: false)
    let handed = try files(handsOver: true)
    #expect(held.waiting[0] == 0 && held.waiting[1] == 0 && held.waiting[2] > 0)
    #expect(handed.waiting[0] == 0 && handed.waiting[1] > 0)
    #expect(handed.waiting[2] == held.waiting[2])
    #expect(held.waiting[3] == 0 && handed.waiting[3] == 0)
    #expect(handed.adds.map(\.sizeBytes) == held.adds.map(\.sizeBytes))
    #expect(handed.adds.map(\.statisticsJSON) == held.adds.map(\.statisticsJSON))
  }

  static func wide(_ columnCount: Int) -> Schema {
    Schema((0..<columnCount).map { Field("c\($0)", .long) })
  }

  @Test(arguments: [(1 << 26, 1), (1 << 29, 4), (1 << 30, 8)])
  func `a table of 2000 columns is written by as many workers as have room`(
    _ memoryBytes: Int, _ count: Int
  ) throws {
    let writer = Self.writer(Self.wide(2000))
    let found = try writer.workerCount(upTo: 64, memoryBytes: memoryBytes, inputBytes: 0)
    #expect(found == count)
    #expect(try writer.workerCount(upTo: 1, memoryBytes: memoryBytes, inputBytes: 0) == 1)
    // The input takes its part.
    let less = try writer.workerCount(upTo: 64, memoryBytes: memoryBytes, inputBytes: 100 << 20)
    #expect(less <= max(count / 2 + 1, 1))
  }

  @Test func `a table of few columns is written by every worker`() throws {
    let writer = Self.writer(Self.wide(16))
    #expect(try writer.workerCount(upTo: 16, memoryBytes: 16 << 20, inputBytes: 1 << 20) == 16)
  }

  @Test func `columns that no budget has room for are refused with what they need`() throws {
    let writer = Self.writer(Self.wide(20_000))
    let error = #expect(throws: DeltaError.self) {
      try writer.workerCount(upTo: 4, memoryBytes: 64 << 20, inputBytes: 0)
    }
    #expect(error?.code == .resourceLimit)
    #expect(error?.message.contains("20000 columns") == true)
    #expect(error?.message.contains("more than the 64 MiB") == true)
    #expect(error?.hint?.contains("--memory") == true)
    #expect(try writer.workerCount(upTo: 4, memoryBytes: 1 << 30, inputBytes: 0) >= 1)
  }

  @Test func `what is not committed leaves no files`() throws {
    let store = InMemoryStore()
    let environment = Environment(
      nowMillis: { 0 }, seed: 1, parallelism: 1, memoryBudgetBytes: 1 << 20,
      openStore: { _ in store })
    for columns in [[], ["k"]] {
      let writer = PartitionedWriter(
        store: store, layout: DataFileLayout(tableSchema: Self.schema, partitionColumns: columns),
        environment: environment, budgetBytes: 0)
      let session = try writer.makeSession()
      try session.write(Self.unit(0..<100, keyCount: 5))
      try session.endUnit(ordinal: 0)
      #expect(!(try writer.finish(parallelism: 1)).isEmpty)
      writer.discard()
      #expect(try store.list("", recursive: true).isEmpty)
    }
  }
}

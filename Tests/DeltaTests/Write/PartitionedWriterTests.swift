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

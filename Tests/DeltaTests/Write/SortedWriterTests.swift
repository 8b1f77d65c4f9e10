import Base
import Columns
import Compute
import Delta
import Parquet
import Store
import TestSupport
import Testing

@Suite("Partitioned writer: sorted rows") struct SortedWriterTests {
  static let schema = Schema([
    Field("k", .string), Field("d", .double), Field("s", .string),
    Field("m", .decimal(precision: 25, scale: 2)), Field("t", .date), Field("n", .long),
  ])

  /// Few distinct values a column, so that ties and nulls are everywhere.
  static func row(_ n: Int, _ random: inout SeededRandom) -> [Scalar] {
    func one(of values: [Scalar]) -> Scalar {
      values[Int.random(in: 0..<values.count, using: &random)]
    }
    return [
      one(of: [.null, .string("a"), .string("b")]),
      one(of: [.null, .double(.nan), .double(-0.0), .double(0), .double(1.5), .double(-.infinity)]),
      one(of: [.null, .string(""), .string("a"), .string("abcdefgh"), .string("abcdefghi")]),
      one(of: [.null] + [-5, 0, 1 << 70].map { .decimal(unscaled: $0, scale: 2) }),
      one(of: [.null, .date(-1), .date(0), .date(20_000)]), .integer(Int64(n)),
    ]
  }

  static func batch(_ rows: [[Scalar]]) -> ColumnBatch {
    ColumnBatch(
      schema: schema,
      columns: schema.fields.indices.map { index in
        Column(schema.fields[index].type, rows.map { $0[index] })
      }, rowCount: rows.count)
  }

  static let orders: [[SortKey]] = [
    [SortKey(column: 1, nullsFirst: true)],
    [SortKey(column: 2, isDescending: true)],
    [SortKey(column: 3, nullsFirst: true), SortKey(column: 1, isDescending: true)],
    [
      SortKey(column: 4, nullsFirst: true), SortKey(column: 2, nullsFirst: true),
      SortKey(column: 5, isDescending: true),
    ],
  ]

  static func precedes(_ keys: [SortKey], _ a: [Scalar], _ b: [Scalar]) -> Bool {
    for key in keys {
      let (x, y) = (a[key.column], b[key.column])
      switch (x.isNull, y.isNull) {
      case (true, true): continue
      case (true, false): return key.nullsFirst
      case (false, true): return !key.nullsFirst
      case (false, false):
        let order = Scalar.compare(x, y)!
        if order != 0 { return (order < 0) != key.isDescending }
      }
    }
    return a[5].storedInteger < b[5].storedInteger
  }

  struct Written: Equatable {
    /// Of each partition, in the order of its files.
    var rows: [String: [String]] = [:]
    var files: [[UInt8]] = []
  }

  /// Writes `rows` in units of `unitRowCount` and reads every file back.
  static func write(
    _ rows: [[Scalar]], by keys: [SortKey], partitionedBy columns: [String], workers: Int,
    budgetBytes: Int, unitRowCount: Int = 100
  ) throws -> Written {
    let store = InMemoryStore()
    let environment = Environment(
      nowMillis: { 0 }, seed: 42, parallelism: workers, memoryBudgetBytes: 1 << 26,
      openStore: { _ in store })
    var layout = DataFileLayout(
      tableSchema: schema, partitionColumns: columns, sortBy: keys, targetFileBytes: 1 << 14)
    layout.rowGroupRowCount = 300
    let writer = PartitionedWriter(
      store: store, layout: layout, environment: environment, budgetBytes: budgetBytes)
    let starts = Array(stride(from: 0, to: rows.count, by: unitRowCount))
    try withWorkers(count: workers) { (worker, _) throws(DeltaError) in
      let session = try writer.makeSession()
      for ordinal in stride(from: worker, to: starts.count, by: workers) {
        let unit = rows[starts[ordinal]..<min(starts[ordinal] + unitRowCount, rows.count)]
        try session.write(batch(Array(unit)))
        try session.endUnit(ordinal: ordinal)
      }
    }
    var written = Written()
    for add in try writer.finish(parallelism: workers) {
      let path = try add.storePath()
      written.files.append([UInt8](try store.read(path, range: nil)))
      let reader = try DataFileReader(store: store, path: path)
      for group in reader.metadata.rowGroups.indices {
        #expect(
          reader.metadata.rowGroups[group].sortingColumns == layout.parquet.sortingColumns)
        _ = try reader.forEachBatch(
          rowGroup: group, columns: Array(0..<reader.metadata.schema.count)
        ) { batch in
          let key = columns.isEmpty ? "" : (add.partitionValues["k"] ?? nil) ?? "null"
          for row in 0..<batch.rowCount {
            written.rows[key, default: []].append(
              batch.columns.suffix(5).map { "\($0[row])" }.joined(separator: "|"))
          }
          return true
        }
      }
    }
    return written
  }

  static func expected(
    _ rows: [[Scalar]], by keys: [SortKey], partitionedBy columns: [String]
  ) -> [String: [String]] {
    var partitions: [String: [[Scalar]]] = [:]
    for row in rows {
      let key = columns.isEmpty ? "" : row[0].isNull ? "null" : row[0].description
      partitions[key, default: []].append(row)
    }
    return partitions.mapValues { rows in
      rows.sorted { precedes(keys, $0, $1) }
        .map { $0.suffix(5).map { "\($0)" }.joined(separator: "|") }
    }
  }

  @Test(arguments: orders.indices, [[], ["k"]])
  func `rows of a partition come sorted, stable, for order and partitioning`(
    _ order: Int, _ columns: [String]
  ) throws {
    var random = SeededRandom(seed: UInt64(order))
    let rows = (0..<3000).map { Self.row($0, &random) }
    let keys = Self.orders[order]
    let wanted = Self.expected(rows, by: keys, partitionedBy: columns)
    let reference = try Self.write(
      rows, by: keys, partitionedBy: columns, workers: 1, budgetBytes: 1 << 24)
    #expect(reference.rows == wanted)
    for budget in [0, 20_000] {
      let alone = try Self.write(
        rows, by: keys, partitionedBy: columns, workers: 1, budgetBytes: budget)
      for workers in 1...4 {
        let found = try Self.write(
          rows, by: keys, partitionedBy: columns, workers: workers, budgetBytes: budget)
        #expect(found.rows == wanted, "\(workers) workers, budget \(budget)")
        #expect(found.files == alone.files, "\(workers) workers, budget \(budget)")
      }
    }
  }

  @Test func `more runs than are merged at once are merged in steps`() throws {
    var random = SeededRandom(seed: 9)
    let rows = (0..<2100).map { Self.row($0, &random) }
    let keys = Self.orders[2]
    for columns in [[], ["k"]] {
      let found = try Self.write(
        rows, by: keys, partitionedBy: columns, workers: 2, budgetBytes: 0, unitRowCount: 10)
      #expect(found.rows == Self.expected(rows, by: keys, partitionedBy: columns))
    }
  }

  @Test func `a range of the sort column is in few row groups`() throws {
    let store = InMemoryStore()
    let environment = Environment(
      nowMillis: { 0 }, seed: 1, parallelism: 2, memoryBudgetBytes: 1 << 26,
      openStore: { _ in store })
    let schema = Schema([Field("x", .long), Field("y", .long)])
    var layout = DataFileLayout(
      tableSchema: schema, partitionColumns: [], sortBy: [SortKey(column: 0, nullsFirst: true)])
    layout.rowGroupRowCount = 1000
    let writer = PartitionedWriter(
      store: store, layout: layout, environment: environment, budgetBytes: 50_000)
    let session = try writer.makeSession()
    for unit in 0..<10 {
      let values = Buffer((0..<2000).map { Int64(($0 + unit * 2000) * 7919 % 20_011) })
      let column = Column(type: .long, values: .int64(values))
      try session.write(ColumnBatch(schema: schema, columns: [column, column], rowCount: 2000))
      try session.endUnit(ordinal: unit)
    }
    let add = try #require(try writer.finish(parallelism: 2).first)
    let groups = try DataFileReader(store: store, path: try add.storePath()).metadata.rowGroups
    #expect(groups.count >= 10)
    var touching = 0
    for group in groups {
      let statistics = group.statistics(column: 0)
      guard case .integer(let low)? = statistics.min, case .integer(let high)? = statistics.max
      else { continue }
      if low <= 5100 && high >= 5000 { touching += 1 }
    }
    #expect((1...2).contains(touching))
  }
}

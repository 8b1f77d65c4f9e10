import Base
import Columns
import Compute
import Delta
import Parquet
import Store
import Synchronization
import Testing

private let schema = Schema([
  Field("n", .long), Field("i", .integer), Field("d", .double), Field("s", .string),
  Field("t", .timestamp),
])

/// A file of these row groups in a store, with pages of a few rows.
private func store(
  _ groups: [ColumnBatch], schema: Schema = schema, pageRowCount: Int,
  usesDictionary: Bool = true, bloomFilters: [BloomFilterRequest] = []
) throws -> InMemoryStore {
  var options = ParquetWriteOptions()
  options.bloomFilters = bloomFilters
  options.pageRowCount = pageRowCount
  options.usesDictionary = usesDictionary
  var assembler = try FileAssembler(schema: schema, options: options)
  var bytes = Array(assembler.header())
  for group in groups {
    let writer = try RowGroupWriter(schema: schema, options: options)
    try writer.append(group)
    for part in assembler.add(try writer.finish()) { bytes += Array(part) }
  }
  bytes += Array(try assembler.footer())
  let store = InMemoryStore()
  try store.put("f.parquet", Buffer(bytes).bytes)
  return store
}

/// The rows that satisfy `condition`, from a scan that is told of it or not.
private func rows(
  _ store: any ObjectStore, _ columns: [Int], _ condition: Expression, prunes: Bool
) throws -> (rows: [[Scalar]], metrics: ScanMetrics) {
  let target = try ScanTarget(store: store, parquetFile: "f.parquet")
  return try rows(store, columns, condition.bind(to: target.schema), prunes: prunes)
}

private func rows(
  _ store: any ObjectStore, _ columns: [Int], _ predicate: BoundExpression, prunes: Bool
) throws -> (rows: [[Scalar]], metrics: ScanMetrics) {
  let target = try ScanTarget(store: store, parquetFile: "f.parquet")
  let scan = TableScan(target, cancellation: Cancellation())
  let local = predicate.remappingColumns { columns.firstIndex(of: $0)! }
  let found = Mutex<[[Scalar]]>([])
  let metrics = try scan.scan(
    columns: ScanColumns(columns), predicate: prunes ? predicate : nil, parallelism: 1
  ) { _, _, batch in
    guard let batch else { return true }
    let kept = batch.selecting(try local.select(from: batch))
    let scalars = kept.columns.map(\.scalars)
    found.withLock { found in
      for row in 0..<kept.rowCount { found.append(scalars.map { $0[row] }) }
    }
    return true
  }
  return (found.withLock { $0 }, metrics)
}

private func compare(_ name: String, _ op: ComparisonOperator, _ scalar: Scalar) -> Expression {
  .compare(op, .column(name), .literal(scalar))
}

@Suite("Scan: row groups and pages left out") struct PruningScanTests {
  @Test func `a selective condition reads a few pages`() throws {
    let count = 60_000
    let batch = ColumnBatch(
      schema: schema,
      columns: [
        Column(.long, (0..<count).map { .integer(Int64($0) * 7919 % 60_013) }),
        Column(.integer, (0..<count).map { .integer(Int64($0)) }),
        Column(.double, (0..<count).map { .double(Double($0 * 31 % 977)) }),
        Column(.string, (0..<count).map { .string("text \($0 * 13 % 8191)") }),
        Column(.timestamp, (0..<count).map { .timestamp(Int64($0) * 1_000_000) }),
      ], rowCount: count)
    let store = try store([batch], pageRowCount: 1000, usesDictionary: false)
    let condition = Expression.between(
      .column("i"), low: .literal(.integer(31_500)), high: .literal(.integer(31_600)))
    let whole = try rows(store, [0, 1, 2, 3, 4], condition, prunes: false)
    let pruned = try rows(store, [0, 1, 2, 3, 4], condition, prunes: true)
    #expect(pruned.rows == whole.rows && pruned.rows.count == 101)
    #expect(pruned.metrics.rowsRead == 1000)
    // The pages are a sixtieth; the indexes that say which ones are read too.
    #expect(pruned.metrics.bytesRead * 3 < whole.metrics.bytesRead)
    #expect(pruned.metrics.pagesTotal >= 5 * 60)
    #expect(pruned.metrics.pagesPruned == pruned.metrics.pagesTotal / 60 * 59)
    // Nothing matches, although the bounds of the row group allow it.
    let gap = Expression.and([
      compare("i", .less, .integer(1000)), compare("t", .greater, .timestamp(50_000_000_000)),
    ])
    let none = try rows(store, [0, 1, 2, 3, 4], gap, prunes: true)
    #expect(none.rows.isEmpty && none.metrics.rowGroupsPruned == 1 && none.metrics.rowsRead == 0)
  }

  // MARK: Random conditions

  private static func value(_ type: DataType, _ number: Int64) -> Scalar {
    switch type {
    case .double: number % 17 == 3 ? .double(.nan) : .double(Double(number) / 2)
    case .string: .string(String("kleinmuster".prefix(Int(number & 7))) + "\(number)")
    case .timestamp: .timestamp(number * 1_000_000)
    default: .integer(number)
    }
  }

  /// Clusters, so that pages differ, with nulls in runs and alone.
  private static func group(
    _ count: Int, _ random: inout some RandomNumberGenerator
  ) -> ColumnBatch {
    let columns = schema.fields.map { field in
      var center = Int64.random(in: -50...50, using: &random)
      var isNullRun = false
      return Column(
        field.type,
        (0..<count).map { row -> Scalar in
          if row % 37 == 0 {
            center += Int64.random(in: -20...30, using: &random)
            isNullRun = Int.random(in: 0..<6, using: &random) == 0
          }
          if isNullRun || Int.random(in: 0..<40, using: &random) == 0 { return .null }
          return value(field.type, center + Int64.random(in: 0...6, using: &random))
        })
    }
    return ColumnBatch(schema: schema, columns: columns, rowCount: count)
  }

  private static func condition(
    depth: Int, _ random: inout some RandomNumberGenerator
  ) -> Expression {
    if depth > 0 {
      let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
        condition(depth: depth - 1, &random)
      }
      switch Int.random(in: 0..<5, using: &random) {
      case 0, 1: return .and(parts)
      case 2, 3: return .or(parts)
      default: return .not(parts[0])
      }
    }
    let field = schema.fields.randomElement(using: &random)!
    func literal() -> Expression {
      .literal(value(field.type, Int64.random(in: -120...160, using: &random)))
    }
    let operators: [ComparisonOperator] = [
      .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual,
    ]
    switch Int.random(in: 0..<8, using: &random) {
    case 0: return .isNull(.column(field.name))
    case 1: return .isNotNull(.column(field.name))
    case 2: return .inList(.column(field.name), [literal(), literal(), literal()])
    case 3: return .between(.column(field.name), low: literal(), high: literal())
    default:
      return .compare(operators.randomElement(using: &random)!, .column(field.name), literal())
    }
  }

  @Test(arguments: 0..<12) func `no random condition loses a row`(seed: Int) throws {
    var random = SeededRandom(seed: UInt64(seed) &* 7919 &+ 1)
    let groups = (0..<3).map { _ in
      Self.group(Int.random(in: 1...700, using: &random), &random)
    }
    let store = try store(
      groups, pageRowCount: Int.random(in: 5...60, using: &random),
      usesDictionary: seed % 2 == 0)
    let columns = Array(schema.fields.indices)
    var prunedPages = 0
    for _ in 0..<60 {
      let condition = Self.condition(depth: Int.random(in: 0...2, using: &random), &random)
      let whole = try rows(store, columns, condition, prunes: false)
      let pruned = try rows(store, columns, condition, prunes: true)
      // NaN equals itself as text.
      #expect(
        pruned.rows.map { $0.map(\.jsonText) } == whole.rows.map { $0.map(\.jsonText) },
        "seed \(seed): \(condition)")
      prunedPages += pruned.metrics.pagesPruned
    }
    #expect(prunedPages > 0, "seed \(seed)")
  }

  // MARK: Bloom filters

  /// Row group g holds the numbers n with n % 3 == g alone, and the bounds of all allow every n.
  @Test(
    arguments: ["pyarrow", "duckdb"],
    [
      ("int", Scalar.integer(-296)), ("long", .integer(-296_000_000_000_000)),
      ("text", .string("word 4")), ("date", .date(18_262 + 4)), ("double", .double(-29.6)),
      ("small", .decimal(unscaled: -7400, scale: 2)),
    ])
  func `bloom filters leave out row groups that the bounds allow`(
    writer: String, probe: (column: String, value: Scalar)
  ) throws {
    let bytes = try fixtureBytes("parquet-bloom/\(writer).parquet")
    let store = InMemoryStore()
    try store.put("f.parquet", bytes.bytes)
    let columns = Array(0..<9)
    let condition = compare(probe.column, .equal, probe.value)
    let whole = try rows(store, columns, condition, prunes: false)
    let pruned = try rows(store, columns, condition, prunes: true)
    #expect(pruned.rows == whole.rows && !pruned.rows.isEmpty)
    // A false positive is legal; two in one fixed file do not happen.
    #expect(pruned.metrics.rowGroupsPruned >= 1)
    #expect(pruned.metrics.bytesRead < whole.metrics.bytesRead)
    let list = Expression.inList(
      .column(probe.column), [.literal(probe.value), .literal(probe.value)])
    #expect(try rows(store, columns, list, prunes: true).rows == whole.rows)
  }

  /// As above: every third number or word is in each row group, and its bounds allow all.
  @Test(arguments: [("x", Scalar.integer(40)), ("t", .string("word 121"))])
  func `a bloom filter of a struct's field leaves out row groups`(
    field: String, value: Scalar
  ) throws {
    let fields = [Field("x", .long), Field("t", .string)]
    let schema = Schema([Field("s", .structure(fields)), Field("k", .long)])
    let groups = (0..<3).map { group in
      let numbers = (0..<300).map { $0 * 3 + group }
      let structs = numbers.map { number -> Scalar in
        if number % 50 < 3 { return .null }
        return .structure([
          NamedScalar("x", .integer(Int64(number))), NamedScalar("t", .string("word \(number)")),
        ])
      }
      return ColumnBatch(
        schema: schema,
        columns: [
          Column(.structure(fields), structs), Column(.long, numbers.map { .integer(Int64($0)) }),
        ], rowCount: numbers.count)
    }
    let predicate = try Binder.compare(
      .equal, Binder.field(Binder(schema).column("s"), field), Binder.literal(value))
    let bare = try store(groups, schema: schema, pageRowCount: 1000)
    let unfiltered = try rows(bare, [0, 1], predicate, prunes: true)
    #expect(unfiltered.rows.count == 1 && unfiltered.metrics.rowGroupsPruned == 0)
    let filtered = try store(
      groups, schema: schema, pageRowCount: 1000,
      bloomFilters: [BloomFilterRequest(path: ["s", field])])
    let pruned = try rows(filtered, [0, 1], predicate, prunes: true)
    #expect(pruned.rows == unfiltered.rows)
    #expect(pruned.metrics.rowGroupsPruned == 2 && pruned.metrics.rowsRead == 300)
  }
}

import Base
import Columns
import Compute
import Delta
import Query
import Synchronization
import Testing

@Suite("Running queries: limits, order, failures, memory") struct QueryRunTests {
  /// Units of `rowsPerUnit` consecutive numbers in column `k`, and `k % 7` in `g`.
  struct Numbers: BatchSource {
    let units: Int
    var rowsPerUnit = 100
    var failsAt: Int?
    let schema = Schema([Field("k", .long), Field("g", .long), Field("s", .string)])

    func scan(
      columns: ScanColumns, predicate: BoundExpression?, parallelism: Int,
      _ consume: @Sendable (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
    ) throws -> ScanMetrics {
      let batches = (0..<units).map { unit in
        let rows = (0..<rowsPerUnit).map { Int64(unit * rowsPerUnit + $0) }
        return ColumnBatch(
          schema: schema,
          columns: [
            Column(.long, rows.map { .integer($0) }), Column(.long, rows.map { .integer($0 % 7) }),
            Column(.string, rows.map { .string("text number \($0)") }),
          ], rowCount: rowsPerUnit)
      }
      let failsAt = failsAt
      return try MemorySource(schema: schema, batches: batches).scan(
        columns: columns, predicate: predicate, parallelism: parallelism
      ) { worker, unit, batch in
        if unit == failsAt, batch != nil { throw QueryError(.corrupt, "unit \(unit) is broken") }
        return try consume(worker, unit, batch)
      }
    }
  }

  func rows(_ sql: String, _ source: Numbers, parallelism: Int) throws -> [String] {
    try PreparedQuery(sql: sql) { _ in source }.collect(parallelism: parallelism)
      .flatMap { batch in (0..<batch.rowCount).map { rowText(batch, $0) } }
  }

  @Test(arguments: [1, 2, 3, 8]) func `a plain SELECT gives rows in the order of the table`(
    _ parallelism: Int
  ) throws {
    let found = try rows(
      "SELECT k FROM t WHERE g = 3", Numbers(units: 60), parallelism: parallelism)
    #expect(found == (0..<6000).filter { $0 % 7 == 3 }.map(String.init))
  }

  @Test(arguments: [1, 3]) func `LIMIT gives the first rows and stops the scan`(_ parallelism: Int)
    throws
  {
    let query = try PreparedQuery(sql: "SELECT k FROM t LIMIT 5 OFFSET 98") { _ in
      Numbers(units: 1000)
    }
    let found = Mutex<[Int64]>([])
    let summary = try query.run(parallelism: parallelism) { batch in
      found.withLock { $0 += batch.columns[0].scalars.map { Int64($0.storedInteger) } }
      return true
    }
    #expect(found.withLock { $0 } == [98, 99, 100, 101, 102])
    #expect(summary.rowCount == 5)
    #expect(summary.metrics.rowsRead < 2000)
  }

  @Test(arguments: [1, 2, 4]) func `groups come in the order of their first rows`(
    _ parallelism: Int
  ) throws {
    let found = try rows(
      "SELECT g, count(*), min(k), max(s) FROM t GROUP BY g", Numbers(units: 70),
      parallelism: parallelism)
    #expect(found.map { $0.split(separator: "|")[0] } == ["0", "1", "2", "3", "4", "5", "6"])
    #expect(found[0] == "0|1000|0|text number 994")
  }

  @Test(arguments: [1, 2, 4]) func `rows that tie are ordered by their place in the table`(
    _ parallelism: Int
  ) throws {
    let found = try rows(
      "SELECT g, k FROM t ORDER BY g LIMIT 3", Numbers(units: 200), parallelism: parallelism)
    #expect(found == ["0|0", "0|7", "0|14"])
    let all = try rows(
      "SELECT k FROM t ORDER BY g DESC", Numbers(units: 50), parallelism: parallelism)
    #expect(all == (0..<5000).sorted { ($1 % 7, $0) < ($0 % 7, $1) }.map(String.init))
  }

  @Test(
    arguments: ["SELECT k FROM t", "SELECT count(k) FROM t", "SELECT k FROM t ORDER BY k"], [1, 3])
  func `an error of the source ends the query with it`(_ sql: String, _ parallelism: Int) throws {
    let error = #expect(throws: QueryError.self) {
      try rows(sql, Numbers(units: 20, failsAt: 7), parallelism: parallelism)
    }
    #expect(error?.message == "unit 7 is broken")
    #expect(error?.code == .corrupt)
  }

  @Test func `what the receiver throws comes out as it is`() throws {
    struct Full: Error {}
    let query = try PreparedQuery(sql: "SELECT k FROM t") { _ in Numbers(units: 20) }
    #expect(throws: Full.self) { try query.run(parallelism: 2) { _ in throw Full() } }
    let sorted = try PreparedQuery(sql: "SELECT k FROM t ORDER BY k") { _ in Numbers(units: 20) }
    #expect(throws: Full.self) { try sorted.run(parallelism: 2) { _ in throw Full() } }
  }

  @Test func `a receiver that has enough stops the query`() throws {
    let query = try PreparedQuery(sql: "SELECT k FROM t") { _ in Numbers(units: 500) }
    let summary = try query.run(parallelism: 2) { _ in false }
    #expect(summary.metrics.rowsRead <= 1000)
  }

  @Test(arguments: [
    "SELECT k, count(*) FROM t GROUP BY k", "SELECT s FROM t ORDER BY s",
    "SELECT DISTINCT s FROM t",
  ])
  func `groups and sorted rows past the memory budget are refused`(_ sql: String) throws {
    let query = try PreparedQuery(sql: sql) { _ in Numbers(units: 300) }
    let error = #expect(throws: QueryError.self) {
      try query.run(parallelism: 2, memoryBudgetBytes: 1 << 20) { _ in true }
    }
    #expect(error?.code == .resourceLimit)
    #expect(error?.hint != nil)
    // The first rows of an order never take much.
    let top = try PreparedQuery(sql: "SELECT s FROM t ORDER BY s LIMIT 10") { _ in
      Numbers(units: 300)
    }
    try top.run(parallelism: 2, memoryBudgetBytes: 8 << 20) { _ in true }
  }

  @Test func `only columns that something reads are scanned, and the condition goes to the scan`()
    throws
  {
    let query = try PreparedQuery(
      sql: "SELECT k + 1 FROM t WHERE g BETWEEN 2 AND 3 ORDER BY 1 LIMIT 3"
    ) { _ in Numbers(units: 1) }
    #expect(
      query.explain() == [
        "limit 3",
        "  sort k + 1, first 3",
        "    project (k + 1) AS k + 1",
        "      filter g >= 2 AND g <= 3",
        "        scan t [k, g], pruned by g >= 2 AND g <= 3",
      ])
    #expect(query.schema == Schema([Field("k + 1", .long)]))
  }

  @Test func `a plan shows its groups by name`() throws {
    let sql = "SELECT g, count(*) AS n FROM t WHERE k > 1 GROUP BY g HAVING max(k) > 5"
    let query = try PreparedQuery(sql: sql) { _ in Numbers(units: 1) }
    #expect(
      query.explain(ScanMetrics(filesTotal: 3, filesPruned: 1)) == [
        "project g, count(*) AS n",
        "  filter max(k) > 5",
        "    aggregate [count(*), max(k)] by g",
        "      filter k > 1",
        "        scan t [k, g], pruned by k > 1",
        "files:      3 in all, 1 pruned, 2 read",
        "row groups: 0 in those, 0 pruned, 0 read",
        "bytes read: 0",
        "rows read:  0",
      ])
  }

  @Test func `tables are named with paths, versions, times and aliases`() throws {
    func table(_ from: String) throws -> QueryTable {
      var found: QueryTable?
      _ = try PreparedQuery(sql: "SELECT 1 FROM \(from)") { table in
        found = table
        return Numbers(units: 1)
      }
      return try #require(found)
    }
    #expect(try table("'lake/orders@v3'").name == "lake/orders@v3")
    #expect(try table("'lake/orders'").isPath)
    #expect(try table("orders@v12").selector == .version(12))
    #expect(try table("orders VERSION AS OF 3 o").selector == .version(3))
    #expect(try table("orders FOR VERSION AS OF 3 AS o").alias == "o")
    #expect(
      try table("'x' TIMESTAMP AS OF '1970-01-01 00:00:01.5Z'").selector == .timestamp(millis: 1500)
    )
    #expect(try table("a.b.c").name == "a.b.c")
    #expect(try table("\"My Table\"").name == "My Table")
    #expect(throws: QueryError.self) { try table("orders@v1 VERSION AS OF 2") }
  }

  @Test func `a condition on its own binds to a schema`() throws {
    let schema = Schema([Field("day", .date), Field("n", .integer)])
    let condition = try parseCondition("day >= '2024-01-01' AND n IN (1, 2)", over: schema)
    #expect(condition.columnIndices == [0, 1])
    let error = #expect(throws: QueryError.self) { try parseCondition("dy = 1", over: schema) }
    #expect(error?.description == "no column \"dy\" (line 1, column 1)")
  }
}

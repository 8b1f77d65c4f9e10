import Base
import Columns
import Query
import Testing

/// Text from outside ends in rows or in one `QueryError`: no trap, hang or deep recursion.
@Suite("Hostile SQL") struct HostileSQLTests {
  static let tables = Result { try FixtureTables() }

  /// Nil if the query ran.
  private func outcome(_ sql: String) throws -> QueryError? {
    let tables = try Self.tables.get()
    do {
      _ = try tables.prepare(sql).collect()
      return nil
    } catch let error as QueryError {
      return error
    }
  }

  private func nested(_ open: String, _ close: String, _ count: Int, _ core: String = "1") -> String
  {
    "SELECT " + String(repeating: open, count: count) + core
      + String(repeating: close, count: count)
  }

  @Test(arguments: [
    ("(", ")"), ("- ", ""), ("NOT ", ""), ("abs(", ")"), ("CASE WHEN true THEN ", " END"),
    ("CAST(", " AS int)"), ("coalesce(1, ", ")"),
  ])
  func `nesting is refused when it is too deep, and fine when it is not`(
    _ open: String, _ close: String
  ) throws {
    let core = open == "NOT " ? "true" : "1"
    #expect(try outcome(nested(open, close, 30, core)) == nil)
    for count in [1000, 100_000] {
      #expect(try outcome(nested(open, close, count, core))?.code == .resourceLimit)
    }
  }

  @Test func `a chain of additions has its limit, chains of AND and OR have none`() throws {
    let sum = (0..<100).map(String.init).joined(separator: " + ")
    #expect(try outcome("SELECT \(sum)") == nil)
    let long = (0..<10_000).map(String.init).joined(separator: " + ")
    #expect(try outcome("SELECT \(long)")?.code == .resourceLimit)
    for connective in [" AND ", " OR "] {
      let chain = (0..<20_000).map { "id <> \($0)" }.joined(separator: connective)
      #expect(try outcome("SELECT id FROM people WHERE \(chain)") == nil)
    }
    let list = (0..<50_000).map(String.init).joined(separator: ", ")
    #expect(try outcome("SELECT id FROM people WHERE id IN (\(list))") == nil)
  }

  @Test(arguments: [
    "", ";", " ", "SELECT", "SELECT ,", "SELECT FROM", "SELECT * FROM", "FROM people",
    "SELECT 1 1 1",
    "SELECT ''''", "SELECT '", "SELECT \"", "SELECT \"\"", "SELECT `", "SELECT /*", "SELECT 1 --",
    "SELECT .", "SELECT 1.2.3",
    "SELECT 1e", "SELECT 1e999", "SELECT -1e999", "SELECT 1e-999",
    "SELECT 99999999999999999999999999999999999999",
    "SELECT 999999999999999999999999999999999999999",
    "SELECT 0.00000000000000000000000000000000000001",
    "SELECT 0.000000000000000000000000000000000000001",
    "SELECT 99999999999999999999999999999999999999 + 1",
    "SELECT 9999999999999999999 * 9999999999999999999",
    "SELECT 0.1234567890123456789 * 0.12345678901234567890",
    "SELECT -9223372036854775808 % -1", "SELECT abs(-9223372036854775808)",
    "SELECT -(-9223372036854775807 - 1)",
    "SELECT CAST(1e300 AS bigint)", "SELECT CAST('nan' AS double) > 1",
    "SELECT CAST(CAST('nan' AS double) AS int)",
    "SELECT CAST(CAST('inf' AS double) AS decimal(38, 0))",
    "SELECT CAST('inf' AS double) - CAST('inf' AS double)",
    "SELECT DATE '0000-01-01'", "SELECT DATE '999999-12-31' + 2147483647",
    "SELECT DATE '2024-01-01' - 9223372036854775807",
    "SELECT DATE '2024-01-01' + (-9223372036854775807 - 1)",
    "SELECT CAST(DATE '5000000-01-01' AS timestamp)",
    "SELECT TIMESTAMP '294247-01-10 04:00:54.775807'", "SELECT TIMESTAMP '294248-01-10'",
    "SELECT date_trunc('year', TIMESTAMP '-290308-01-01')",
    "SELECT date_trunc('century', DATE '2024-01-01')",
    "SELECT substring('abc', -9223372036854775808, 9223372036854775807)",
    "SELECT substring('abc', 9223372036854775807, 9223372036854775807)",
    "SELECT substring('abc', 2, -5)",
    "SELECT round(1.5, 39)", "SELECT round(1e308, 38)",
    "SELECT round(99999999999999999999999999999999999999.5)",
    "SELECT 'a' LIKE 'a!' ESCAPE '!'", "SELECT 'a' LIKE '%' ESCAPE ''",
    "SELECT 'a' LIKE '%%%%%%%%%%%%%%%%%%%%b'",
    "SELECT id FROM people LIMIT 99999999999999999999",
    "SELECT id FROM people LIMIT 9223372036854775807 OFFSET 9223372036854775807",
    "SELECT id FROM people ORDER BY 0", "SELECT id FROM people ORDER BY -1",
    "SELECT id FROM people GROUP BY 9223372036854775807",
    "SELECT id FROM people ORDER BY id LIMIT 9223372036854775807 OFFSET 1",
    "SELECT id x, x + 1 x FROM people", "SELECT y AS y FROM people",
    "SELECT a AS b, b AS a FROM people", "SELECT count(count(*)) FROM people",
    "SELECT sum(*) FROM people", "SELECT count(DISTINCT *) FROM people",
    "SELECT max(id, name) FROM people", "SELECT min() FROM people", "SELECT CASE END",
    "SELECT CASE WHEN 1 THEN 2 END",
    "SELECT id FROM people WHERE id", "SELECT id FROM people HAVING id > 1",
    "SELECT * FROM people GROUP BY id",
    "SELECT id FROM people VERSION AS OF 99999999999999999999",
    "SELECT id FROM people TIMESTAMP AS OF 'x'", "SELECT id FROM people@latest",
    "SELECT id FROM 'x", "SELECT id FROM ''", "SELECT CAST(1 AS decimal(39, 0))",
    "SELECT CAST(1 AS decimal(3, 4))", "SELECT CAST(1 AS decimal(0))",
    "SELECT extract(fortnight FROM joined) FROM people", "SELECT \u{0} FROM people",
    "SELECT \u{FEFF}id FROM people", "SELECT idé FROM people",
  ])
  func `ends in rows or one error`(_ sql: String) throws {
    if let error = try outcome(sql) {
      #expect(error.code != .internalError, "\(error)")
      #expect(!error.message.contains("\n"))
    }
  }

  @Test(arguments: 0..<30) func `random pieces of SQL end in rows or one error, seed`(
    _ seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    let words = [
      "SELECT", "FROM", "people", "WHERE", "id", "name", "age", "salary", "(", ")", ",", "*", "+",
      "-", "/", "%", "=", "<>", "<", "AND",
      "OR", "NOT", "IN", "BETWEEN", "LIKE", "'a%'", "IS", "NULL", "CASE", "WHEN", "THEN", "ELSE",
      "END", "GROUP BY", "ORDER BY", "HAVING",
      "LIMIT", "1", "2.5", "1e9", "'x'", "count", "sum", "max", "AS", "DISTINCT", "::", "int",
      "date", "'2020-01-01'", "||", ".", "@", "CAST", "--",
    ]
    for _ in 0..<300 {
      var sql = "SELECT"
      for _ in 0..<Int.random(in: 1...15, using: &random) {
        sql += " " + words[Int.random(in: 0..<words.count, using: &random)]
      }
      if Bool.random(using: &random) { sql += " FROM people" }
      let error = try outcome(sql)
      #expect(error?.code != .internalError, "seed \(seed): \(sql)")
    }
  }

  @Test(arguments: 0..<20)
  func `a query cut or with a byte changed ends in rows or one error, seed`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let queries = SQLRecord.all().map(\.sql)
    for _ in 0..<100 {
      var bytes = Array(queries[Int.random(in: 0..<queries.count, using: &random)].utf8)
      if Bool.random(using: &random) {
        bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
      } else if !bytes.isEmpty {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      let error = try outcome(String(decoding: bytes, as: UTF8.self))
      #expect(error?.code != .internalError, "seed \(seed)")
    }
  }
}

import Base
import Columns
import Query
import Testing

/// Nested columns, and those of Parquet's own types, next to flat ones.
@Suite("SQL over nested columns") struct NestedQueryTests {
  static let schema = Schema([
    Field("id", .long),
    Field(
      "who",
      .structure([
        Field("name", .string),
        Field("at", .structure([Field("city", .string), Field("n", .long)])),
      ])),
    Field("tags", .array(element: .string, containsNull: true)),
    Field("m", .map(key: .string, value: .long, valueContainsNull: true)),
    Field("u", .uuid), Field("t", .time), Field("ns", .timestampNanos), Field("v", .void),
    Field("id2", .other("geometry")),
  ])

  static let rows: [[Scalar]] = (0..<7).map { index in
    let city: Scalar = index == 5 ? .null : .string(index % 2 == 0 ? "Oslo" : "Bergen")
    return [
      .integer(Int64(index)),
      index == 3
        ? .null
        : .structure([
          NamedScalar("name", .string("n\(index)")),
          NamedScalar(
            "at",
            .structure([NamedScalar("city", city), NamedScalar("n", .integer(Int64(10 - index)))])),
        ]),
      index == 2 ? .null : .array((0..<index % 3).map { .string("t\($0)") }),
      .map([ScalarEntry(.string("k"), .integer(Int64(index)))]),
      .uuid([UInt8](repeating: UInt8(200 - index), count: 16)), .time(Int64(index) * 1_000_000),
      .timestampNanos(Int64(index) * 1_000_000_000 + 5), .null,
    ]
  }

  /// Rows as `|`-separated text; units of two rows on two workers.
  private func run(_ sql: String) throws -> [String] {
    let readable = Schema(Array(Self.schema.fields.dropLast()))
    let columns = { (rows: ArraySlice<[Scalar]>) in
      readable.fields.indices.map { index in
        Column(readable.fields[index].type, rows.map { $0[index] })
      }
    }
    let batches = stride(from: 0, to: 7, by: 2).map { start in
      let rows = Self.rows[start..<min(start + 2, 7)]
      return ColumnBatch(schema: readable, columns: columns(rows), rowCount: rows.count)
    }
    let query = try PreparedQuery(sql: sql) { table in
      table.name == "unknown"
        ? MemorySource(schema: Self.schema, batches: [])
        : MemorySource(schema: readable, batches: batches)
    }
    return try query.collect(parallelism: 2).flatMap { batch in
      (0..<batch.rowCount).map { row in
        batch.columns.map { $0[row].isNull ? "NULL" : $0[row].description }.joined(separator: "|")
      }
    }
  }

  private func error(_ sql: String) throws -> String? {
    do {
      _ = try run(sql)
      return nil
    } catch let error as QueryError {
      return error.description
    }
  }

  @Test func `every column comes back as it is`() throws {
    let rows = try run("SELECT * FROM x")
    let expected = Self.rows.map { row in
      row.map { $0.isNull ? "NULL" : $0.description }.joined(separator: "|")
    }
    #expect(rows == expected)
  }

  @Test(arguments: [
    (
      "SELECT who.* FROM x WHERE id < 2",
      [#"n0|{"city":"Oslo","n":10}"#, #"n1|{"city":"Bergen","n":9}"#]
    ),
    ("SELECT who.*, id FROM x WHERE id = 3", ["NULL|NULL|3"]),
    ("SELECT tags FROM x WHERE id = 5", [#"["t0","t1"]"#]),
    ("SELECT who, id FROM x ORDER BY id DESC LIMIT 1 OFFSET 3", ["NULL|3"]),
    (
      "SELECT id, m FROM x WHERE tags IS NULL OR who IS NULL ORDER BY u",
      [#"3|{"k":3}"#, #"2|{"k":2}"#]
    ),
    (
      "SELECT count(*), count(who), count(tags), count(v), count(who.at.city) FROM x", ["7|6|6|0|5"]
    ),
    ("SELECT who.name, x.who.at.city FROM x WHERE who.at.n < 6", ["n5|NULL", "n6|Oslo"]),
    (
      "SELECT who.at.city, count(*) AS c FROM x GROUP BY who.at.city ORDER BY c, city",
      ["Bergen|1", "NULL|2", "Oslo|4"]
    ),
    ("SELECT WHO.AT.N + 1 FROM x AS who WHERE id = 0", ["11"]),
    ("SELECT CASE WHEN id > 5 THEN tags ELSE NULL END FROM x WHERE id > 4", ["NULL", "[]"]),
    ("SELECT coalesce(who.at.city, 'none') FROM x WHERE id IN (3, 5)", ["none", "none"]),
    ("SELECT id FROM x WHERE t BETWEEN '00:00:02' AND '0:00:03'", ["2", "3"]),
    ("SELECT id FROM x WHERE ns > TIMESTAMP '1970-01-01T00:00:05Z'", ["5", "6"]),
    ("SELECT id FROM x WHERE u = 'C8C8C8C8-C8C8-C8C8-C8C8-C8C8C8C8C8C8'", ["0"]),
    (
      "SELECT min(t), max(ns), min(u) FROM x",
      ["00:00:00|1970-01-01T00:00:06.000000005Z|c2c2c2c2-c2c2-c2c2-c2c2-c2c2c2c2c2c2"]
    ),
    ("SELECT DISTINCT cast(ns AS date), v FROM x", ["1970-01-01|NULL"]),
    (
      "SELECT cast('10:11' AS time), cast(tags AS string) FROM x WHERE id = 4",
      [#"10:11:00|["t0"]"#]
    ),
    ("SELECT u FROM x ORDER BY u LIMIT 1", ["c2c2c2c2-c2c2-c2c2-c2c2-c2c2c2c2c2c2"]),
  ]) func `a query gives`(_ sql: String, _ expected: [String]) throws {
    #expect(try run(sql) == expected)
  }

  @Test func `a field is named as itself`() throws {
    let source = MemorySource(
      schema: Schema(Array(Self.schema.fields.dropLast())), batches: [])
    let query = try PreparedQuery(sql: "SELECT who.at.city, who.name, x.id, m FROM x") { _ in source
    }
    #expect(query.schema.names == ["city", "name", "id", "m"])
  }

  @Test(arguments: [
    (
      "SELECT * FROM x ORDER BY tags",
      "cannot order by values of type array<string> (line 1, column 26)"
    ),
    (
      "SELECT tags FROM x ORDER BY 1",
      "cannot order by values of type array<string> (line 1, column 29)"
    ),
    (
      "SELECT tags AS a FROM x ORDER BY a",
      "cannot order by values of type array<string> (line 1, column 34)"
    ),
    (
      "SELECT count(*) FROM x GROUP BY m",
      "cannot group by values of type map<string,long> (line 1, column 33)"
    ),
    (
      "SELECT m, count(*) FROM x GROUP BY id, 1",
      "cannot group by values of type map<string,long> (line 1, column 40)"
    ),
    (
      "SELECT id, m, count(*) FROM x GROUP BY ALL",
      "cannot group by values of type map<string,long> (line 1, column 12)"
    ),
    (
      "SELECT DISTINCT id, m FROM x",
      "DISTINCT cannot compare values of type map<string,long> (line 1, column 21)"
    ),
    (
      "SELECT max(tags) FROM x",
      "max cannot compare values of type array<string> (line 1, column 8)"
    ),
    (
      "SELECT id FROM x WHERE who = who",
      "values of type struct<name:string,at:struct<city:string,n:long>> cannot be compared"
        + " (line 1, column 24)"
    ),
    ("SELECT who.nme FROM x", #"no field "nme" (line 1, column 8)"#),
    ("SELECT tags.a FROM x", #"no field "a" in a array<string> (line 1, column 8)"#),
    ("SELECT who.at.city.x FROM x", #"no field "x" in a string (line 1, column 8)"#),
    ("SELECT q.* FROM x", #"no table or struct "q" in this query (line 1, column 8)"#),
    ("SELECT tags.* FROM x", #"no fields in "tags", a array<string> (line 1, column 8)"#),
    ("SELECT q.a.b FROM x", #"no table or struct "q" in this query (line 1, column 8)"#),
    (
      "SELECT id2 FROM unknown",
      #"column "id2" has the type geometry, which this build does not read (line 1, column 8)"#
    ),
  ]) func `a query is refused:`(_ sql: String, _ message: String) throws {
    #expect(try error(sql) == message)
  }

  @Test func `a star after a struct means its own fields, after a table the columns`() throws {
    let inner = Schema([Field("id", .long), Field("s", .string), Field("z", .long)])
    let schema = Schema([Field("id", .long), Field("s", .structure(inner.fields))])
    func names(_ sql: String) throws -> [String] {
      try PreparedQuery(sql: sql) { _ in MemorySource(schema: schema, batches: []) }.schema.names
    }
    #expect(try names("SELECT s.* FROM t") == ["id", "s", "z"])
    #expect(try names("SELECT S.*, t.* FROM t") == ["id", "s", "z", "id", "s"])
    #expect(try names("SELECT s.* FROM t AS s") == ["id", "s"])
  }

  @Test(arguments: [
    ("SELECT * FROM t", #"the file has two columns "x" (line 1, column 8)"#),
    ("SELECT y FROM t WHERE x = 1", #"the file has two columns "x" (line 1, column 23)"#),
    ("SELECT s.* FROM t", #"the struct has 3 fields "a" (line 1, column 8)"#),
    ("SELECT s.a FROM t", #"the struct has 3 fields "a" (line 1, column 8)"#),
    ("SELECT y, s.b, s FROM t", ""),
  ]) func `a name of several columns is refused where it is used:`(
    _ sql: String, _ message: String
  ) throws {
    let schema = Schema([
      Field("x", .long), Field("y", .long), Field("x", .long),
      Field("s", .structure(["a", "a", "a", "b"].map { Field($0, .long) })),
    ])
    do {
      _ = try PreparedQuery(sql: sql) { _ in MemorySource(schema: schema, batches: []) }
      #expect(message.isEmpty)
    } catch {
      #expect(error.description == message)
      #expect(error.code == .corrupt)
    }
  }

  @Test func `a path of any length ends in an error`() throws {
    let path = [String](repeating: "a", count: 100_000).joined(separator: ".")
    #expect(try error("SELECT who.\(path) FROM x") != nil)
  }
}

import Base
import Columns
import Compute
import Query
import Testing

@Suite("Expressions that tables store: Spark's SQL") struct StoredExpressionTests {
  private let schema = Schema([
    Field("s", .string), Field("n", .long), Field("at", .timestamp), Field("kind", .string),
  ])

  /// Whether a condition is true of a row. It was a Sunday, 1.5 s after midnight.
  private func holds(
    _ condition: String, _ dialect: SQLDialect = .spark, s: String = "ab", kind: String = "x"
  ) throws -> Bool {
    let row = ColumnBatch(
      schema: schema,
      columns: [
        Column(.string, [.string(s)]), Column(.long, [.integer(0)]),
        Column(.timestamp, [.timestamp(1_767_484_801_500_000)]), Column(.string, [.string(kind)]),
      ], rowCount: 1)
    return try parseCondition(condition, dialect, over: schema).select(from: row).count == 1
  }

  @Test(arguments: [
    (#"'a\tb'"#, "a\tb"), (#"'a\'b'"#, "a'b"), (#"'a\"b'"#, "a\"b"), (#""a'b""#, "a'b"),
    (#""a\"b""#, "a\"b"), (#"'\0\b\n\r\t\Z\\'"#, "\0\u{8}\n\r\t\u{1A}\\"), (#"'\%\_'"#, #"\%\_"#),
    (#"'\q\ü'"#, "qü"), (#"'\101\1778'"#, "A\u{7F}8"), (#"'\201\18'"#, "20118"),
    (#"'\u00e9\u12'"#, "éu12"), (#"'\uD83D\uDE00\U0001F600'"#, "😀😀"), (#"''"#, ""), (#""""#, ""),
  ]) func `a text has escapes:`(_ literal: String, _ value: String) throws {
    #expect(try parseConstant(literal, as: .string) == .string(value))
  }

  @Test(arguments: [
    (#"s = 'it''s'"#, "doubled '"), (#"s = "a""b""#, "doubled \""),
    (#"s = '\uD83D'"#, "no character"), (#"s = '\UFFFFFFFF'"#, "no character"),
    (#"s like 'a\\b'"#, "no wildcard"), (#"s like 'a\\'"#, "no wildcard"),
    ("extract(second from at) = 1", "seconds"),
    ("date_part('dow', at) = 1", "days of the week"), ("extract(dayofweek from at) = 1", "days of"),
  ]) func `what the versions of Spark differ in, or it refuses, is refused:`(
    _ condition: String, _ part: String
  ) {
    let error = #expect(throws: QueryError.self) { try holds(condition) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    "s = 'ab", #"s = 'ab\'"#, #"s = 'ab\"#, "s = \"ab", "s = 'a' 'b'", "s <=> 'ab'",
  ]) func `what is no expression is refused:`(_ condition: String) {
    #expect(throws: QueryError.self) { try holds(condition) }
  }

  @Test func `double quotes hold text here, and names in queries`() throws {
    #expect(try holds(#"kind = "x""#))
    #expect(try !holds(#"s = "s""#))
    #expect(try holds(#"kind = 'x' and `kind` = "x""#))
    #expect(try holds(#""kind" = 'x'"#, .grebe))
    #expect(throws: QueryError.self) { try holds(#"kind = "x""#, .grebe) }
  }

  @Test func `a backslash is a character in queries`() throws {
    #expect(try holds(#"s = 'a\tb'"#, .grebe, s: #"a\tb"#))
    #expect(try holds(#"s <> 'a\tb'"#, s: #"a\tb"#))
    #expect(try holds(#"s = 'it''s'"#, .grebe, s: "it's"))
  }

  @Test(arguments: [
    (#"kind like 'x\\_%'"#, "x_1", true), (#"kind like 'x\\_%'"#, "xy1", false),
    (#"kind like 'x\_%'"#, "x_1", true), (#"kind like 'x\_%'"#, "xy1", false),
    (#"kind like 'x\\%'"#, "x%", true), (#"kind like 'x\\%'"#, "x1", false),
    (#"kind like '\\\\'"#, #"\"#, true), (#"kind like 'x!_' escape '!'"#, "x_", true),
    (#"kind like 'x!_' escape '!'"#, "xy", false), (#"kind ilike 'X\\_'"#, "x_", true),
  ]) func `LIKE escapes with a backslash:`(
    _ condition: String, _ kind: String, _ expected: Bool
  ) throws {
    #expect(try holds(condition, kind: kind) == expected)
  }

  @Test(arguments: [
    "substring(s, 0, 1) = 'a'", "substr(s, 0) = 'ab'", "substring(s, n, 1) = 'a'",
    "substring(s, n + 2, 1) = 'b'", "substring(s, -1, 1) = 'b'", "substring(s, null, 1) is null",
  ]) func `position 0 of a text is 1:`(_ condition: String) throws {
    #expect(try holds(condition))
  }

  @Test func `position 0 is before the text in queries`() throws {
    #expect(try holds("substring(s, 0, 1) = ''", .grebe))
  }

  @Test func `days of the week count from 1, decimals have no digits after the point`() throws {
    #expect(try holds("dayofweek(at) = 1"))
    #expect(try holds("dayofweek(at) = 0", .grebe))
    #expect(try holds("cast('1.4' as decimal) = 1"))
  }

  @Test(arguments: [
    "f * 2 > 0.19", "f > 0.1", "f <> 0.1", "c * c * c * c > 0", "round(f) < 1", "round(d, 1) = 0.3",
    "cast(d AS STRING) <> ''", "day - DATE '2020-01-01' > 5", "cast(-d as int) = 0",
  ]) func `conditions are computed with more digits where Spark rounds:`(
    _ condition: String
  ) throws {
    let decimal = DataType.decimal(precision: 38, scale: 6)
    let schema = Schema([
      Field("f", .float), Field("c", decimal), Field("d", .double), Field("day", .date),
    ])
    let row = ColumnBatch(
      schema: schema,
      columns: [
        Column(.float, [.double(Double(Float(0.1)))]),
        Column(decimal, [.decimal(unscaled: 1_500_000, scale: 6)]),
        Column(.double, [.double(0.25)]),
        Column(.date, [.date(19756)]),
      ], rowCount: 1)
    #expect(try parseCondition(condition, .spark, over: schema).select(from: row).count == 1)
  }

  @Test(arguments: [("2.7", DataType.integer, Scalar.integer(2)), ("-2.7", .integer, .integer(-2))])
  func `a default becomes its column's type as Spark casts it:`(
    _ text: String, _ type: DataType, _ value: Scalar
  ) throws {
    #expect(try parseConstant(text, as: type) == value)
    #expect(throws: QueryError.self) { try parseConstant("'1.9'", as: .integer) }
    #expect(throws: QueryError.self) { try parseConstant("true", as: .date) }
  }

  @Test func `|| binds as + does`() throws {
    #expect(throws: QueryError.self) { try holds("s || n + 1 = 'ab1'") }
    #expect(try holds("s || (n + 1) = 'ab1'"))
    #expect(try holds("s || n + 1 = 'ab1'", .grebe))
  }

  @Test func `a condition ends with its text`() throws {
    #expect(throws: QueryError.self) {
      try parseViolation(of: "n > 0) OR (n = 0", .spark, over: schema)
    }
    _ = try parseViolation(of: "n > 0 -- positive", .spark, over: schema)
  }
}

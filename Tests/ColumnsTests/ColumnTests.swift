import Base
import Columns
import Testing

@Suite("Columns and batches") struct ColumnTests {
  static let samples: [(DataType, [Scalar])] = [
    (.boolean, [.boolean(true), .null, .boolean(false)]),
    (.byte, [.integer(-128), .null, .integer(127)]),
    (.integer, [.integer(-5), .integer(7), .null]),
    (.long, [.null, .integer(.max), .integer(.min)]),
    (.float, [.double(0.5), .null, .double(-2)]),
    (.double, [.double(0.1), .null, .double(.infinity)]),
    (
      .decimal(precision: 9, scale: 2),
      [.decimal(unscaled: 123, scale: 2), .null, .decimal(unscaled: -1, scale: 2)]
    ),
    (
      .decimal(precision: 38, scale: 0),
      [.decimal(unscaled: 1 << 100, scale: 0), .null, .decimal(unscaled: 0, scale: 0)]
    ),
    (.string, [.string("héllo"), .null, .string("")]),
    (.binary, [.binary([0, 255]), .null, .binary([])]),
    (.date, [.date(0), .null, .date(-1)]),
    (.timestamp, [.timestamp(1), .null, .timestamp(-1)]),
    (.timestampNtz, [.timestampNtz(1), .null, .timestampNtz(-1)]),
  ]

  @Test(arguments: samples) func `values and nulls come back from a column of type`(
    _ type: DataType, _ scalars: [Scalar]
  ) {
    let column = Column(type, scalars)
    #expect(column.scalars == scalars)
    #expect(column.nullCount == 1)
  }

  @Test(arguments: samples) func `gathering reorders and repeats rows of type`(
    _ type: DataType, _ scalars: [Scalar]
  ) {
    let column = Column(type, scalars).gathering(Buffer([2, 0, 0, 1]))
    #expect(column.scalars == [scalars[2], scalars[0], scalars[0], scalars[1]])
    #expect(column.compacted().scalars == column.scalars)
    #expect(column.slice(1..<3).scalars == [scalars[0], scalars[0]])
  }

  @Test func `gathering only values drops the validity`() {
    let column = Column(.long, [.integer(1), .null, .integer(3)]).gathering(Buffer([0, 2]))
    #expect(column.validity == nil)
  }

  @Test func `compacting copies only the bytes in use`() {
    let column = Column(.string, (0..<100).map { .string("value \($0)") })
    let one = column.gathering(Buffer([42])).compacted()
    guard case .bytes(_, let data) = one.values else { return #expect(Bool(false)) }
    #expect(data.count == "value 42".utf8.count)
  }

  @Test func `a batch selects columns and rows`() {
    let schema = Schema([Field("a", .long), Field("b", .string)])
    let batch = ColumnBatch(
      schema: schema,
      columns: [
        Column(.long, [.integer(1), .integer(2)]), Column(.string, [.string("x"), .null]),
      ],
      rowCount: 2)
    let part = batch.selecting([1]).selecting(.rows(Buffer([1])))
    #expect(part.schema.names == ["b"])
    #expect(part.columns[0].scalars == [.null])
  }
}

@Suite("Schema") struct SchemaTests {
  @Test func `names resolve exactly first, then without case if only one fits`() {
    let schema = Schema([Field("Id", .long), Field("id", .long), Field("Total", .double)])
    #expect(schema.resolve("id") == 1)
    #expect(schema.resolve("ID") == nil)
    #expect(schema.resolve("total") == 2)
    #expect(schema.resolve("none") == nil)
  }

  @Test func `DDL gives names, types and nullability`() throws {
    let schema = try Schema(
      ddl: "id BIGINT NOT NULL, `odd name` decimal(15, 2), at timestamp, n: Int")
    #expect(
      schema.fields == [
        Field("id", .long, nullable: false),
        Field("odd name", .decimal(precision: 15, scale: 2)),
        Field("at", .timestamp), Field("n", .integer),
      ])
  }

  @Test func `DDL has nested types and comments`() throws {
    let schema = try Schema(
      ddl: "a STRUCT<x: INT NOT NULL, `y z` ARRAY<MAP<STRING, DECIMAL(4,2)>>> COMMENT 'it''s', "
        + "b INT")
    let inner = DataType.map(
      key: .string, value: .decimal(precision: 4, scale: 2), valueContainsNull: true)
    let type = DataType.structure([
      Field("x", .integer, nullable: false),
      Field("y z", .array(element: inner, containsNull: true)),
    ])
    #expect(
      schema.fields == [
        Field("a", type, metadata: ["comment": "\"it's\""]), Field("b", .integer),
      ])
  }

  @Test func `columns that are added may be fields of structs`() throws {
    let additions = try Schema.additions(ddl: "a INT, who.`at.home`.zip STRING NOT NULL")
    #expect(additions.map(\.path) == [[], ["who", "at.home"]])
    #expect(
      additions.map(\.field) == [Field("a", .integer), Field("zip", .string, nullable: false)])
  }

  @Test func `what two types have stays, what only one has is added`() {
    let old = DataType.structure([
      Field("n", .long, nullable: false), Field("in", .structure([Field("x", .string)])),
    ])
    let new = DataType.structure([
      Field("N", .string), Field("IN", .structure([Field("y", .date)])), Field("z", .double),
    ])
    let grown = DataType.structure([
      Field("n", .long, nullable: false),
      Field("in", .structure([Field("x", .string), Field("y", .date)])), Field("z", .double),
    ])
    #expect(old.adding(fieldsOf: new) == grown)
    let list = { DataType.array(element: $0, containsNull: false) }
    #expect(list(old).adding(fieldsOf: list(new)) == list(grown))
    #expect(old.adding(fieldsOf: list(new)) == old)
    #expect(DataType.long.adding(fieldsOf: .string) == .long)
  }

  @Test(arguments: [
    "a STRUCT<>", "a STRUCT<x INT", "a STRUCT<x INT, X INT>", "a ARRAY", "a ARRAY<>", "a MAP<INT>",
    "a INT COMMENT", "a INT COMMENT 'x", "a INT COMMENT x",
    "a " + String(repeating: "ARRAY<", count: 200),
    "", "id", "id BIGNUM", "id BIGINT NOT", "a INT, A INT", "a decimal(39,0)", "a decimal(3,4)",
    "a INT b INT", "`a INT", "a decimal(10",
  ]) func `DDL that is not understood is refused:`(_ text: String) {
    #expect(throws: DDLFault.self) { try Schema(ddl: text) }
  }
}

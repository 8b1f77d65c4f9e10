import Base
import Columns
import Delta
import Testing

@Suite("File statistics") struct FileStatisticsTests {
  private func parse(_ json: String, _ fields: [Field]) -> FileStatistics? {
    AddFile(
      path: "f", partitionValues: [:], sizeBytes: 1, modifiedMillis: 1, statisticsJSON: json
    ).statistics(Schema(fields))
  }

  static let bounds: [(DataType, Scalar, Scalar)] = [
    (.integer, .integer(-1), .integer(9)), (.long, .integer(.min), .integer(.max)),
    (.double, .double(-0.1), .double(1e300)),
    (.float, .double(Double(Float(0.1))), .double(Double(Float(0.3)))),
    (
      .decimal(precision: 15, scale: 2), .decimal(unscaled: -150, scale: 2),
      .decimal(unscaled: 9_999_999_999_999, scale: 2)
    ),
    (.string, .string("a"), .string("é\"\n")), (.date, .date(-1), .date(19_723)),
  ]

  @Test(arguments: bounds) func `bounds are read as they were written`(
    _ type: DataType, _ min: Scalar, _ max: Scalar
  ) {
    let field = Field("c", type)
    let column = ColumnStatistics(min: min, max: max, nullCount: 2)
    let json = statisticsJSON(rowCount: 10, schema: Schema([field]), columns: [column])
    let result = parse(json, [field])
    #expect(result?.rowCount == 10)
    #expect(result?.columns["c"]?.min == min)
    #expect(result?.columns["c"]?.max == max)
    #expect(result?.columns["c"]?.nullCount == 2)
  }

  @Test func `the text is what other readers expect`() {
    let schema = Schema([
      Field("a", .long), Field("s", .string), Field("t", .timestamp), Field("b", .boolean),
    ])
    let json = statisticsJSON(
      rowCount: 3, schema: schema,
      columns: [
        ColumnStatistics(min: .integer(1), max: .integer(2), nullCount: 0),
        ColumnStatistics(nullCount: 3),
        ColumnStatistics(
          min: .timestamp(1_700_000_000_123_456), max: .timestamp(1_700_000_000_123_456),
          nullCount: 0),
        ColumnStatistics(min: .boolean(false), max: .boolean(true), nullCount: 0),
      ])
    #expect(
      json
        == #"{"numRecords":3,"minValues":{"a":1,"t":"2023-11-14T22:13:20.123Z"},"#
        + #""maxValues":{"a":2,"t":"2023-11-14T22:13:20.124Z"},"#
        + #""nullCount":{"a":0,"s":3,"t":0,"b":0},"tightBounds":true}"#)
  }

  @Test func `columns past the limit have no statistics`() {
    let schema = Schema([Field("a", .long), Field("b", .long)])
    let column = ColumnStatistics(min: .integer(1), max: .integer(1), nullCount: 0)
    let json = statisticsJSON(
      rowCount: 1, schema: schema, columns: [column, column], indexed: IndexedColumns(count: 1))
    #expect(parse(json, schema.fields)?.columns.keys.sorted() == ["a"])
  }

  @Test(arguments: [
    String(repeating: "z", count: 40), String(repeating: "é", count: 40),
    String(repeating: "\u{D7FF}", count: 33), "a" + String(repeating: "\u{10FFFF}", count: 40),
  ]) func `long strings are cut and still bound`(_ text: String) throws {
    let field = Field("c", .string)
    let column = ColumnStatistics(min: .string(text), max: .string(text), nullCount: 0)
    let json = statisticsJSON(rowCount: 1, schema: Schema([field]), columns: [column])
    let result = try #require(parse(json, [field])?.columns["c"])
    let min = try #require(result.min)
    let max = try #require(result.max)
    #expect(Scalar.compare(min, .string(text)) == -1)
    #expect(Scalar.compare(max, .string(text)) == 1)
    #expect(!result.minIsExact)
    if case .string(let max) = max { #expect(max.unicodeScalars.count <= 32) }
  }

  @Test func `a string without a short upper bound has none`() {
    let text = String(repeating: "\u{10FFFF}", count: 40)
    let field = Field("c", .string)
    let column = ColumnStatistics(min: .string(text), max: .string(text), nullCount: 0)
    let json = statisticsJSON(rowCount: 1, schema: Schema([field]), columns: [column])
    #expect(parse(json, [field])?.columns["c"]?.max == nil)
  }

  @Test func `doubles that JSON cannot say are left out`() {
    let field = Field("c", .double)
    let column = ColumnStatistics(min: .double(-.infinity), max: .double(.nan), nullCount: 0)
    let json = statisticsJSON(rowCount: 1, schema: Schema([field]), columns: [column])
    #expect(parse(json, [field])?.columns["c"] == ColumnStatistics(nullCount: 0))
  }

  @Test func `an upper bound of a time stamp gets its lost microseconds back`() {
    let json =
      #"{"minValues":{"t":"2024-01-01T00:00:00.123Z"},"#
      + #""maxValues":{"t":"2024-01-01T00:00:00.123Z"}}"#
    let column = parse(json, [Field("t", .timestamp)])?.columns["t"]
    #expect(column?.min == .timestamp(1_704_067_200_123_000))
    #expect(column?.max == .timestamp(1_704_067_200_123_999))
    #expect(column?.maxIsExact == false)
  }

  @Test func `wide bounds make null counts speak only at the ends`() {
    func nullCount(_ count: Int) -> Int? {
      let json = #"{"numRecords":5,"nullCount":{"a":\#(count)},"tightBounds":false}"#
      return parse(json, [Field("a", .long)])?.columns["a"]?.nullCount
    }
    #expect(nullCount(0) == 0)
    #expect(nullCount(5) == 5)
    #expect(nullCount(3) == nil)
  }

  @Test(arguments: [
    "", "[]", "{", #"{"numRecords":"x"}"#, #"{"numRecords":-1,"minValues":[1]}"#,
    #"{"minValues":{"a":"x"},"maxValues":{"a":{"b":1}},"nullCount":{"a":-1}}"#,
    #"{"minValues":{"a":1.5},"maxValues":{"a":99999999999999999999}}"#,
  ]) func `statistics that make no sense say nothing`(_ json: String) {
    let result = parse(json, [Field("a", .long)])
    #expect(result?.rowCount == nil)
    #expect(result?.columns["a"] == nil)
  }

  @Test func `decimals past a double's precision are not trusted`() {
    let type = DataType.decimal(precision: 20, scale: 2)
    let json = #"{"minValues":{"a":12345678901234568.00},"maxValues":{"a":123.45}}"#
    let column = parse(json, [Field("a", type)])?.columns["a"]
    #expect(column?.min == nil)
    #expect(column?.max == .decimal(unscaled: 12345, scale: 2))
  }

  @Test func `fields of structs have statistics in objects of their own, lists have none`() {
    let schema = Schema([
      Field("a", .long),
      Field(
        "s",
        .structure([
          Field("x", .string), Field("tags", .array(element: .string, containsNull: true)),
          Field("t", .structure([Field("y", .date)])),
        ])),
      Field("m", .map(key: .string, value: .long, valueContainsNull: true)),
      Field("z", .integer),
    ])
    func column(_ value: Scalar) -> ColumnStatistics {
      ColumnStatistics(min: value, max: value, nullCount: 2)
    }
    let columns = [
      column(.integer(1)), column(.string("x")), column(.string("tag")), column(.date(0)),
      column(.string("key")), column(.integer(5)), column(.integer(9)),
    ]
    #expect(
      statisticsJSON(rowCount: 3, schema: schema, columns: columns)
        == #"{"numRecords":3,"minValues":{"a":1,"s":{"x":"x","t":{"y":"1970-01-01"}},"z":9},"#
        + #""maxValues":{"a":1,"s":{"x":"x","t":{"y":"1970-01-01"}},"z":9},"#
        + #""nullCount":{"a":2,"s":{"x":2,"t":{"y":2}},"z":2},"tightBounds":true}"#)
    // The list counts as one column.
    #expect(
      statisticsJSON(
        rowCount: 3, schema: schema, columns: columns, indexed: IndexedColumns(count: 3))
        == #"{"numRecords":3,"minValues":{"a":1,"s":{"x":"x"}},"#
        + #""maxValues":{"a":1,"s":{"x":"x"}},"nullCount":{"a":2,"s":{"x":2}},"#
        + #""tightBounds":true}"#)
    #expect(
      statisticsJSON(
        rowCount: 3, schema: schema, columns: columns,
        indexed: IndexedColumns(count: 1, named: [["s", "t", "y"]]))
        == #"{"numRecords":3,"minValues":{"a":1,"s":{"t":{"y":"1970-01-01"}}},"#
        + #""maxValues":{"a":1,"s":{"t":{"y":"1970-01-01"}}},"#
        + #""nullCount":{"a":2,"s":{"t":{"y":2}}},"tightBounds":true}"#)
  }
}

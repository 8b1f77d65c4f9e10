import Base
import Columns
import Delta
import JSON
import Store
import Testing

@testable import Grebe

@Suite("Generated columns") struct GeneratedColumnTests {
  private static let metadata = ["delta.generationExpression": "\"year( ts )\""]

  /// `g` stands before its source, and `d` behind a default.
  private func bench(nullable: Bool = true) throws -> TimedBench {
    let bench = TimedBench()
    try bench.create([
      Field("g", .integer, nullable: nullable, metadata: Self.metadata), Field("ts", .timestamp),
      Field("n", .long),
    ])
    return bench
  }

  private static let rows = ["2024|2024-02-03T23:30:00Z|1", "2025|2025-01-01T00:00:00Z|2"]

  @Test(arguments: [true, false]) func `are computed where a source has none; nullable:`(
    _ nullable: Bool
  ) throws {
    let bench = try bench(nullable: nullable)
    try bench.put("a.csv", "n,ts\n1,2024-02-03T23:30:00Z\n")
    try bench.put("b.json", #"{"n":2,"ts":"2025-01-01T00:00:00Z"}"#)
    try bench.convert(["a.csv"])
    try bench.convert(["b.json"])
    #expect(try bench.rows() == Self.rows)
  }

  @Test func `values that are the computed ones are taken`() throws {
    let bench = try bench()
    try bench.put("a.csv", "g,n,ts\n2024,1,2024-02-03T23:30:00Z\n")
    try bench.put("b.json", #"{"g":2025,"n":2,"ts":"2025-01-01T00:00:00Z"} {"n":3,"g":null}"#)
    try bench.convert(["a.csv"])
    try bench.convert(["b.json"])
    #expect(try bench.rows() == Self.rows + ["NULL|NULL|3"])
  }

  @Test func `sources with and without values go together`() throws {
    let bench = try bench()
    try bench.put("a.csv", "n,ts\n1,2024-02-03T23:30:00Z\n")
    try bench.put("b.csv", "g,n,ts\n2025,2,2025-01-01T00:00:00Z\n")
    try bench.convert(["a.csv", "b.csv"])
    #expect(try bench.rows() == Self.rows)
  }

  @Test func `others make bad rows, of which the reason is told`() throws {
    let bench = try bench()
    let records = [
      "1999,1,2024-02-03T23:30:00Z", ",2,2025-01-01T00:00:00Z", "2024,3,",
      "2024,1,2024-02-03T23:30:00Z",
    ]
    try bench.put("a.csv", "g,n,ts\n" + records.joined(separator: "\n") + "\n")
    let failure = #expect(throws: GrebeError.self) { try bench.convert(["a.csv"]) }
    #expect(
      failure?.message == "the row breaks the generated column g (g <=> year( ts ))")
    let report = try bench.convert(["a.csv"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 3)
    #expect(try bench.rows() == [Self.rows[0]])
    let bad = try bench.rows(of: bench.quarantine, columns: ["reason", "message", "raw"])
    let reason = "constraint|the row breaks the generated column g (g <=> year( ts ))|"
    #expect(bad == records.prefix(3).map { reason + $0 }.sorted())
  }

  @Test func `of records of JSON only those that have one are compared`() throws {
    let bench = try bench()
    let records = [
      #"{"ts":"2024-02-03T23:30:00Z","n":1}"#, #"{"ts":"2024-02-03T23:30:00Z","n":5,"g":null}"#,
      #"{"ts":"2025-01-01T00:00:00Z","g":2025,"n":2}"#, #"{"ts":null,"g":7}"#,
    ]
    try bench.put("a.json", records.joined(separator: "\n"))
    let report = try bench.convert(["a.json"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 2)
    #expect(try bench.rows() == Self.rows)
    let bad = try bench.rows(of: bench.quarantine, columns: ["raw"])
    #expect(bad == [records[1], records[3]].sorted())
  }

  @Test func `a row that is replayed is compared again`() throws {
    let bench = try bench()
    try bench.put("a.csv", "g,n,ts\n1999,1,2024-02-03T23:30:00Z\n2024,x,2024-02-03T23:30:00Z\n")
    let report = try bench.convert(["a.csv"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 2)
    #expect(try bench.replay().rowsWritten == 0)
  }

  @Test func `Parquet sources are compared too`() throws {
    let other = TimedBench()
    try other.put(
      "a.csv", "g,n,ts\n1999,7,2024-02-03T23:30:00Z\n2024,1,2024-02-03T23:30:00Z\n")
    try other.convert(["a.csv"]) { try $0.setSchema("g INT, n BIGINT, ts TIMESTAMP") }
    let file = try #require(try Snapshot.load(other.lake).files.first)
    let bytes = try other.lake.read(try file.storePath(), range: nil)
    let bench = try bench()
    try bench.dumps.put("a.parquet", bytes.bytes)
    let report = try bench.convert(["a.parquet"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 1)
    #expect(try bench.rows() == [Self.rows[0]])
  }

  @Test func `sources' values that are to be ignored are`() throws {
    let bench = try bench()
    try bench.put("a.csv", "g,n,ts\n1999,1,2024-02-03T23:30:00Z\n")
    try bench.convert(["a.csv"]) { $0.evolution.newColumns = .ignore }
    #expect(try bench.rows() == [Self.rows[0]])
  }

  @Test func `records without names of columns fill the table whole, or what it does not compute`()
    throws
  {
    let bench = try bench()
    try bench.put("a.csv", "2024,2024-02-03T23:30:00Z,1\n")
    try bench.put("b.csv", "2025-01-01T00:00:00Z,2\n")
    for name in ["a.csv", "b.csv"] { try bench.convert([name]) { $0.dialect.hasHeader = false } }
    #expect(try bench.rows() == Self.rows)
  }

  /// `total` is of two columns, `kind` of a struct's field.
  private func computing(_ columns: [Field], partitionedBy names: [String] = []) throws
    -> TimedBench
  {
    let bench = TimedBench()
    try bench.create(columns, partitionedBy: names)
    return bench
  }

  private func generated(
    _ name: String, _ type: DataType, _ expression: String, nullable: Bool = true
  ) -> Field {
    var json = JSONWriter()
    json.string(expression)
    return Field(
      name, type, nullable: nullable, metadata: ["delta.generationExpression": json.text])
  }

  @Test func `expressions of several columns are computed, and compared`() throws {
    let bench = try computing([
      generated("total", .decimal(precision: 12, scale: 2), "price * qty"),
      Field("price", .decimal(precision: 8, scale: 2)), Field("qty", .integer),
      generated("size", .string, "CASE WHEN qty > 9 THEN 'big' ELSE \"small\" END"),
    ])
    try bench.put("a.csv", "price,qty\n1.25,10\n3.50,\n")
    try bench.put("b.csv", "size,price,qty,total\nsmall,2,1,2.00\nbig,2,1,2.00\nsmall,2,1,3\n")
    try bench.convert(["a.csv"])
    let report = try bench.convert(["b.csv"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 2)
    #expect(
      try bench.rows()
        == ["12.50|1.25|10|big", "2.00|2.00|1|small", "NULL|3.50|NULL|small"])
  }

  @Test func `they partition tables`() throws {
    let bench = try computing(
      [Field("n", .integer), generated("bucket", .integer, "n % 3")], partitionedBy: ["bucket"])
    try bench.put("a.csv", "n\n1\n2\n4\n")
    try bench.convert(["a.csv"])
    #expect(try bench.rows() == ["1|1", "2|2", "4|1"])
    #expect(try Snapshot.load(bench.lake).files.count == 2)
    try bench.put("b.csv", "n\n9\n")
    try bench.convert(["b.csv"]) { $0.mode = .overwrite }
    #expect(try bench.rows() == ["9|0"])
  }

  @Test(arguments: [true, false]) func `a row for which none can be computed is a bad row; CSV:`(
    _ isCSV: Bool
  ) throws {
    let bench = try computing([Field("n", .integer), generated("twice", .integer, "n * 2")])
    let values = ["1", "2000000000", "null", "3"]
    try bench.put(
      "a",
      isCSV
        ? "n\n" + values.joined(separator: "\n") + "\n"
        : values.map { #"{"n":\#($0)}"# }.joined(separator: "\n"))
    let report = try bench.convert(["a"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 1)
    #expect(try bench.rows() == ["1|2", "3|6", "NULL|NULL"])
    let bad = try bench.rows(of: bench.quarantine, columns: ["reason", "message"])
    #expect(
      bad == [
        "constraint|the row breaks the generated column twice (twice <=> n * 2): 4000000000 does "
          + "not fit integer"
      ])
  }

  @Test func `a constraint that cannot be computed for a row makes it a bad row`() throws {
    let bench = TimedBench()
    try bench.create(
      [Field("n", .long)], configuration: ["delta.constraints.small": "n * n < 100"])
    try bench.put("a.csv", "n\n1\n4000000000\n20\n3\n")
    let report = try bench.convert(["a.csv"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 2)
    #expect(try bench.rows() == ["1", "3"])
  }

  @Test func `what is computed has to be there where the column is not nullable`() throws {
    let bench = try computing([
      Field("n", .integer), generated("next", .integer, "n + 1", nullable: false),
      generated("day", .date, "CAST(at AS DATE)", nullable: false), Field("at", .timestamp),
    ])
    try bench.put("a.csv", "n,at\n1,2024-01-01T00:00:00Z\n,2024-01-01T00:00:00Z\n3,\n")
    let report = try bench.convert(["a.csv"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 2)
    #expect(try bench.rows(columns: ["n", "next"]) == ["1|2"])
    let bad = try bench.rows(of: bench.quarantine, columns: ["message"])
    #expect(
      bad == [
        "the row breaks the NOT NULL of generated column day (day <=> CAST(at AS DATE))",
        "the row breaks the NOT NULL of generated column next (next <=> n + 1)",
      ])
  }

  @Test(arguments: [
    ("hash(ts)", DataType.integer, "no function"), ("g2", .integer, "no column"),
    ("year(ts)", .long, ""), ("year(ts)", .string, "of type integer, not string"),
    ("year(", .integer, "expected"), ("nosuch", .long, "no column"),
  ]) func `one that is not computed is refused, with its column and expression:`(
    _ expression: String, _ type: DataType, _ reason: String
  ) throws {
    let bench = try computing([
      Field("ts", .timestamp), generated("g", type, expression),
      generated("g2", .integer, "year(ts)"),
    ])
    try bench.put("a.csv", "ts\n2024-02-03T23:30:00Z\n")
    if reason.isEmpty {
      try bench.convert(["a.csv"])
    } else {
      expectUnsupported("generatedColumns (column g as \(expression)): ", reason) {
        try bench.convert(["a.csv"])
      }
    }
  }

  @Test(arguments: [true, false])
  func `a column that one is computed of keeps its type; text:`(_ isText: Bool) throws {
    let other = TimedBench()
    try other.put("a.csv", "n\n1\n2.5\n")
    try other.convert(["a.csv"])
    let file = try #require(try Snapshot.load(other.lake).files.first)
    let bytes = try other.lake.read(try file.storePath(), range: nil)
    let bench = try computing([Field("n", .integer), generated("g", .integer, "coalesce(n, 7)")])
    if isText {
      try bench.put("a", "n\n1\n2.5\n")
    } else {
      try bench.dumps.put("a", bytes.bytes)
    }
    let report = try bench.convert(["a"]) {
      $0.evolution.typeConflicts = .widen
      $0.onBadRow = .quarantine
    }
    #expect(report.rowsQuarantined == 1)
    #expect(try bench.rows() == ["1|1"])
  }

  @Test(arguments: [true, false])
  func `an empty text that partitions a table is a null before all rules; nullable:`(
    _ nullable: Bool
  ) throws {
    let bench = try computing(
      [
        Field("p", .string, nullable: nullable), Field("n", .long),
        generated("size", .integer, "length(p)"),
      ], partitionedBy: ["p"])
    try bench.put("a.json", #"{"p":"ab","n":1} {"p":"","n":2}"#)
    let report = try bench.convert(["a.json"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == (nullable ? 0 : 1))
    #expect(try bench.rows() == (nullable ? ["NULL|2|NULL"] : []) + ["ab|1|2"])
  }

  @Test func `columns have any word of SQL for a name`() throws {
    let names = ["end", "order", "case", "interval", "exists", "select"]
    let bench = try computing(
      names.map { Field($0, .timestamp) }
        + names.map { generated("\($0)_day", .date, "CAST(\($0) AS DATE)") }
        + names.map { generated("\($0)_year", .integer, "YEAR(\($0))") })
    let row = names.map { _ in "2024-02-03T23:30:00Z" }.joined(separator: ",")
    try bench.put("a.csv", names.joined(separator: ",") + "\n" + row + "\n")
    try bench.convert(["a.csv"])
    #expect(
      try bench.rows(columns: ["end_day", "case_day", "select_year", "exists_year"])
        == ["2024-02-03|2024-02-03|2024|2024"])
    let other = TimedBench()
    try other.put("a.csv", "end,n\n2024-02-03T23:30:00Z,1\n")
    try other.convert(["a.csv"]) { $0.partitionBy = ["day(end)"] }
    #expect(try other.rows(columns: ["end_day"]) == ["2024-02-03"])
  }

  @Test func `an overwrite that computes a column no more says so`() throws {
    let bench = try computing([Field("n", .integer), generated("g", .integer, "n + 1")])
    try bench.put("a.csv", "n\n1\n")
    let report = try bench.convert(["a.csv"]) { $0.mode = .overwrite }
    #expect(
      report.notes.contains { $0.hasSuffix("columns of its own: g is not computed any more") })
  }

  @Test(
    arguments: PartitionTransform.allCases, ["at", "odd name", "_x1", "tick`ed", "1st", "größe"])
  func `a field tells its transform and source:`(_ transform: PartitionTransform, _ source: String)
    throws
  {
    let field = transform.field(source: source)
    let schema = Schema([Field("other", .timestamp), Field(source, .timestamp), field])
    let found = try GeneratedColumn(field, over: schema).transform
    #expect(found?.kind == transform)
    #expect(found?.sourceIndex == 1)
    #expect(field.name == source + "_" + transform.rawValue)
  }

  @Test(
    arguments: [
      ("Year\n(\tTS )", DataType.integer, PartitionTransform.year),
      (" cast( `ts` as date ) ", .date, .day), ("to_date(ts)", .date, .day),
      ("DATE_FORMAT(ts,\"yyyy-MM\")", .string, .month),
      ("(date_format(ts, 'yyyy-MM-dd-HH'))", .string, .hour),
      ("year(ts) + 0", .integer, nil), ("date_format(ts, 'yyyy-MM-dd')", .string, nil),
    ] as [(String, DataType, PartitionTransform?)]) func `a transform is known in any spelling:`(
      _ expression: String, _ type: DataType, _ kind: PartitionTransform?
    ) throws
  {
    let schema = Schema([Field("ts", .timestamp)])
    let found = try GeneratedColumn(generated("g", type, expression), over: schema)
    #expect(found.transform?.kind == kind)
  }
}

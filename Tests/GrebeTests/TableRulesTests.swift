import Base
import Columns
import Delta
import JSON
import Store
import Testing

@testable import Grebe

extension TimedBench {
  /// A table without rows, as another engine makes it.
  func create(
    _ fields: [Field], features: [String] = [], configuration: [String: String] = [:],
    domains: [DomainMetadata] = [], partitionedBy names: [String] = []
  ) throws {
    var create = Transaction(
      creating: .new(
        schema: Schema(fields), partitionColumns: names, configuration: configuration,
        environment: environment()),
      operation: Operation("CREATE TABLE"))
    if !features.isEmpty {
      create.tableProtocol = TableProtocol(
        minReaderVersion: 1, minWriterVersion: 7, writerFeatures: features)
    }
    create.domains = domains
    _ = try create.commit(to: lake, environment: environment())
  }
}

func expectUnsupported(_ parts: String..., during body: () throws -> Void) {
  let error = #expect(throws: GrebeError.self) { try body() }
  #expect(error?.code == .unsupported)
  for part in parts { #expect(error?.message.contains(part) == true, "\(error?.message ?? "")") }
}

@Suite("Defaults of columns") struct ColumnDefaultTests {
  private func bench(nullable: Bool = true) throws -> TimedBench {
    let bench = TimedBench()
    try bench.create(
      [
        Field("a", .long),
        Field("b", .long, nullable: nullable, metadata: ["CURRENT_DEFAULT": "\"7\""]),
        Field("c", .string, metadata: ["CURRENT_DEFAULT": #""'x'""#]),
      ], features: ["allowColumnDefaults"])
    return bench
  }

  @Test(arguments: [true, false]) func `they fill what a delimited source lacks; nullable:`(
    _ nullable: Bool
  ) throws {
    let bench = try bench(nullable: nullable)
    try bench.put("a.csv", "a\n1\n2\n")
    try bench.convert(["a.csv"])
    #expect(try bench.rows() == ["1|7|x", "2|7|x"])
  }

  @Test func `a field that is there and empty is null`() throws {
    let bench = try bench()
    try bench.put("a.csv", "a,b\n1,\n2,3\n")
    try bench.convert(["a.csv"])
    #expect(try bench.rows() == ["1|NULL|x", "2|3|x"])
  }

  @Test(arguments: ["\n", ",\n"]) func `they fill what a JSON record lacks, and no null; between:`(
    _ separator: String
  ) throws {
    let bench = try bench()
    let records = [
      #"{"a": 1}"#, #"{"a": 2, "b": null}"#, #"{"b": 5, "a": 3, "c": "y"}"#, #"{"c": null}"#, "{}",
    ]
    let text = records.joined(separator: separator)
    try bench.put("a.json", separator == "\n" ? text : "[" + text + "]")
    try bench.convert(["a.json"])
    #expect(try bench.rows() == ["1|7|x", "2|NULL|x", "3|5|y", "NULL|7|NULL", "NULL|7|x"])
  }

  @Test func `records set aside leave the others' defaults where they are`() throws {
    let bench = try bench()
    try bench.put(
      "a.json",
      """
      {"b": 1, "a": 1}
      {"a": "no"}
      {"a": 2}
      {"a": 3, "b":
      {"a": 4, "c": "y"}
      """)
    let report = try bench.convert(["a.json"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 2)
    #expect(try bench.rows() == ["1|1|x", "2|7|x", "4|7|y"])
  }

  @Test func `a required column is filled where a record lacks it, and refuses null`() throws {
    let bench = try bench(nullable: false)
    try bench.put("a.json", "{\"a\": 1}\n{\"a\": 2, \"b\": null}\n")
    let report = try bench.convert(["a.json"]) { $0.onBadRow = .skip }
    #expect(report.rowsSkipped == 1)
    #expect(try bench.rows() == ["1|7|x"])
  }

  @Test func `they fill what records of JSON arrays have no element for`() throws {
    let bench = try bench()
    try bench.put("a.json", "[\"a\", \"c\"]\n[1, \"y\"]\n[2, null]\n")
    try bench.convert(["a.json"])
    #expect(try bench.rows() == ["1|7|y", "2|7|NULL"])
  }

  @Test func `with members that are rescued beside them`() throws {
    let bench = try bench()
    try bench.put("a.json", "{\"a\": 1, \"z\": true}\n{\"a\": 2, \"b\": \"no\"}\n")
    try bench.convert(["a.json"]) { $0.evolution.newColumns = .rescue }
    #expect(try bench.rows() == [#"1|7|x|{"z":true}"#, #"2|NULL|x|{"b":"no"}"#])
  }

  @Test func `a Parquet source that lacks a required column is filled`() throws {
    let other = TimedBench()
    try other.put("a.csv", "a\n1\n")
    try other.convert(["a.csv"])
    let file = try #require(try Snapshot.load(other.lake).files.first)
    let bench = try bench(nullable: false)
    let bytes = try other.lake.read(try file.storePath(), range: nil)
    try bench.dumps.put("a.parquet", bytes.bytes)
    try bench.convert(["a.parquet"])
    #expect(try bench.rows() == ["1|7|x"])
  }

  @Test(arguments: ["a.csv", "a.json"]) func `a row that is replayed gets them, from`(
    _ name: String
  ) throws {
    let bench = TimedBench()
    try bench.create(
      [
        Field("a", .long), Field("b", .long, metadata: ["CURRENT_DEFAULT": "\"7\""]),
        Field("top", .long),
      ],
      configuration: ["delta.constraints.limited": "a < top"])
    let records = #"{"a":1,"top":9} {"a":20,"top":10}"#
    try bench.put(name, name == "a.csv" ? "a,top\n1,9\n20,10\n" : records)
    let report = try bench.convert([name]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 1)
    let snapshot = try Snapshot.load(bench.lake)
    var transaction = Transaction(from: snapshot, operation: Operation("SET TBLPROPERTIES"))
    var metadata = snapshot.metadata
    metadata.configuration = [:]
    transaction.metadata = metadata
    _ = try transaction.commit(to: bench.lake, environment: bench.environment())
    #expect(try bench.replay().rowsWritten == 1)
    #expect(try bench.rows() == ["1|7|9", "20|7|10"])
  }

  @Test func `a partition that is computed of a column with a default is that of the default`()
    throws
  {
    let bench = TimedBench()
    try bench.put("a.csv", "a,t\n1,2026-05-06T00:00:00Z\n")
    try bench.convert(["a.csv"]) { $0.partitionBy = ["month(t)"] }
    let snapshot = try Snapshot.load(bench.lake)
    var transaction = Transaction(from: snapshot, operation: Operation("CHANGE COLUMN"))
    var metadata = snapshot.metadata
    metadata.schema.fields[1].metadata["CURRENT_DEFAULT"] =
      #""TIMESTAMP '2024-02-03 00:00:00'""#
    transaction.metadata = metadata
    _ = try transaction.commit(to: bench.lake, environment: bench.environment())
    try bench.put("b.csv", "a\n2\n")
    try bench.convert(["b.csv"])
    #expect(
      try bench.rows() == [
        "1|2026-05-06T00:00:00Z|2026-05", "2|2024-02-03T00:00:00Z|2024-02",
      ])
  }

  @Test(arguments: [(#"'a\nb'"#, "a\nb"), (#""x""#, "x"), (#"'a\'b'"#, "a'b")])
  func `texts are as Spark reads them:`(_ text: String, _ value: String) throws {
    let bench = TimedBench()
    var json = JSONWriter()
    json.string(text)
    try bench.create(
      [Field("a", .long), Field("b", .string, metadata: ["CURRENT_DEFAULT": json.text])],
      features: ["allowColumnDefaults"])
    try bench.put("a.csv", "a\n1\n")
    try bench.convert(["a.csv"])
    #expect(try bench.rows() == ["1|" + value])
  }

  @Test func `a table that is overwritten with columns of its own has none of the old`() throws {
    let bench = try bench()
    try bench.put("a.csv", "a,b\n1,word\n")
    try bench.put("b.csv", "a\n2\n")
    try bench.convert(["a.csv", "b.csv"]) { $0.mode = .overwrite }
    #expect(try bench.rows() == ["1|word", "2|NULL"])
  }

  @Test(arguments: ["\"current_user()\"", "7", "{}"])
  func `one that is not computed is refused, not left out:`(_ json: String) throws {
    let bench = TimedBench()
    try bench.create([Field("a", .long), Field("b", .long, metadata: ["CURRENT_DEFAULT": json])])
    try bench.put("a.json", #"{"a": 1}"#)
    expectUnsupported("default of column b") { try bench.convert(["a.json"]) }
  }

  @Test func `one of a field below a column is refused`() throws {
    let bench = TimedBench()
    let inner = Field("x", .long, metadata: ["CURRENT_DEFAULT": "\"7\""])
    try bench.create([Field("a", .long), Field("s", .structure([inner]))])
    try bench.put("a.json", #"{"a": 1, "s": {}}"#)
    expectUnsupported("default of s.x") { try bench.convert(["a.json"]) }
  }
}

@Suite("Constraints in Spark's SQL") struct ConstraintTests {
  private func rejected(_ condition: String, _ records: String) throws -> [String] {
    let bench = TimedBench()
    try bench.create(
      [Field("name", .string), Field("kind", .string)],
      configuration: ["delta.constraints.k": condition])
    try bench.put("a.json", records)
    let report = try bench.convert(["a.json"]) { $0.onBadRow = .quarantine }
    guard report.rowsQuarantined > 0 else { return [] }
    return try bench.rows(of: bench.quarantine, columns: ["raw"])
  }

  private static let alike = #"{"name":"x","kind":"x"}"#
  private static let other = #"{"name":"x","kind":"name"}"#
  private static let tab = #"{"kind":"a\tb"}"#
  private static let score = #"{"kind":"x_1"}"#

  @Test(arguments: [
    (#"kind = "name""#, [alike, tab, score]), (#"kind <> 'a\tb'"#, [tab]),
    (#"kind like 'x\\_%'"#, [alike, other, tab]), ("substring(kind, 0, 1) = 'x'", [other, tab]),
    ("kind = 'x' -- always", [other, score, tab]),
  ]) func `rows break them as they do in Spark:`(_ condition: String, _ bad: [String]) throws {
    let records = [Self.alike, Self.other, Self.tab, Self.score]
    #expect(try rejected(condition, records.joined(separator: "\n")).sorted() == bad.sorted())
  }

  @Test func `one that is not understood is refused with its name and why`() throws {
    let error = #expect(throws: GrebeError.self) { try rejected("kind = 'it''s'", Self.alike) }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("constraint k: kind = 'it''s'") == true)
    #expect(error?.hint?.contains("doubled '") == true)
  }

  @Test func `a new one holds for the rows that there are as Spark reads it`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "name,kind\nx,name\n")
    try bench.convert(["a.csv"])
    func add(_ condition: String) throws {
      var options = AlterOptions()
      options.changes = [.addConstraint("k", condition: condition)]
      _ = try Table.open(TableReference(location: "lake"), environment: bench.environment())
        .alter(options)
    }
    #expect(throws: GrebeError.self) { try add(#""kind" = 'name'"#) }
    try add(#"kind = "name""#)
  }
}

@Suite("Invariants of columns") struct ColumnInvariantTests {
  private func field(_ name: String, _ condition: String) -> Field {
    let json = #"{"expression":{"expression":"\#(condition)"}}"#
    return Field(name, .long, metadata: ["delta.invariants": JSONText.quoted(json)])
  }

  private func rejected(_ fields: [Field], _ records: String) throws -> [String] {
    let bench = TimedBench()
    try bench.create(fields)
    try bench.put("a.json", records)
    let report = try bench.convert(["a.json"]) { $0.onBadRow = .quarantine }
    guard report.rowsQuarantined > 0 else { return [] }
    return try bench.rows(of: bench.quarantine, columns: ["raw"])
  }

  @Test func `a row that breaks one is a bad row`() throws {
    let bad = try rejected([field("a", "a > 3")], "{\"a\":2}\n{\"a\":9}\n")
    #expect(bad == [#"{"a":2}"#])
  }

  @Test func `so is one that breaks that of a field of a struct`() throws {
    let inner = Field("s", .structure([Field("t", .structure([field("x", "s.t.x > 3")]))]))
    let bad = try rejected(
      [inner], "{\"s\":{\"t\":{\"x\":2}}}\n{\"s\":{\"t\":{\"x\":9}}}\n{\"s\":null}\n")
    #expect(bad == [#"{"s":null}"#, #"{"s":{"t":{"x":2}}}"#])
  }

  @Test func `below arrays and maps the table is not written to`() throws {
    let record = DataType.structure([field("x", "x > 3")])
    for type in [
      DataType.array(element: record, containsNull: true),
      DataType.map(key: .string, value: record, valueContainsNull: true),
    ] {
      let fields = [Field("a", .long), Field("l", type)]
      expectUnsupported("invariant of l.") { _ = try rejected(fields, #"{"a":1}"#) }
    }
  }

  @Test(arguments: ["7", "\"a > 3\"", #""{\"expression\":{}}""#, #""{\"other\":1}""#])
  func `the table is not written to when it does not parse:`(_ json: String) throws {
    expectUnsupported("invariant of a") {
      _ = try rejected([Field("a", .long, metadata: ["delta.invariants": json])], #"{"a":1}"#)
    }
  }
}

private enum JSONText {
  static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

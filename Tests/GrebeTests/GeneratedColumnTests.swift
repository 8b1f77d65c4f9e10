import Base
import Columns
import Delta
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

  @Test func `one that is not computed is refused, with its column and expression`() throws {
    let bench = TimedBench()
    try bench.create([
      Field("ts", .timestamp),
      Field("d", .date, metadata: ["delta.generationExpression": "\"to_date(ts)\""]),
    ])
    try bench.put("a.csv", "ts\n2024-02-03T23:30:00Z\n")
    expectUnsupported("generatedColumns (column d as to_date(ts))") {
      try bench.convert(["a.csv"])
    }
  }
}

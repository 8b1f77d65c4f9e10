import Base
import Columns
import Delta
import JSON
import Store
import Testing

@testable import Grebe

@Suite("Clustered tables, tables with row ids") struct ClusteredTableTests {
  private func clustered(
    by configuration: String = #"{"clusteringColumns":[["b"]]}"#,
    properties: [String: String] = [:]
  ) throws -> TimedBench {
    let bench = TimedBench()
    try bench.create(
      [Field("a", .long), Field("b", .long), Field("c", .long)],
      features: ["clustering", "domainMetadata"], configuration: properties,
      domains: [
        DomainMetadata(domain: "delta.clustering", configuration: configuration, removed: false)
      ])
    try bench.put("a.csv", "a,b,c\n1,2,3\n")
    return bench
  }

  private func expectRefused(_ code: ErrorCode, _ part: String, _ body: () throws -> Void) {
    let error = #expect(throws: GrebeError.self) { try body() }
    #expect(error?.code == code)
    #expect(error?.message.contains(part) == true)
  }

  @Test(arguments: [false, true])
  func `files have statistics of the columns, past those that are counted; from a checkpoint:`(
    _ isCheckpoint: Bool
  ) throws {
    var properties = ["delta.dataSkippingNumIndexedCols": "1"]
    if isCheckpoint {
      properties["delta.checkpointInterval"] = "1"
      properties["delta.checkpoint.writeStatsAsStruct"] = "true"
      properties["delta.checkpoint.writeStatsAsJson"] = "false"
    }
    let bench = try clustered(properties: properties)
    try bench.convert(["a.csv"])
    if isCheckpoint { try bench.lake.delete(commitPath(1)) }
    let file = try #require(try Snapshot.load(bench.lake).files.first)
    let statistics = try JSONDocument(utf8: try #require(file.statisticsJSON)).root
    for part in ["minValues", "maxValues", "nullCount"] {
      #expect(statistics[part]?.members.map(\.name) == ["a", "b"])
    }
  }

  @Test func `they are not written to when they do not say by what`() throws {
    for configuration in ["", "{}", #"{"clusteringColumns":[[]]}"#, #"{"clusteringColumns":[7]}"#] {
      let bench = try clustered(by: configuration)
      expectRefused(.unsupported, "clustering") { try bench.convert(["a.csv"]) }
    }
  }

  @Test func `an overwrite may not give them partitions`() throws {
    let bench = try clustered()
    expectRefused(.invalidArgument, "clustered") {
      try bench.convert(["a.csv"]) {
        $0.mode = .overwrite
        $0.partitionBy = ["a"]
      }
    }
    #expect(try Snapshot.load(bench.lake).version == 0)
  }

  @Test func `an overwrite may add columns, and keeps those that they are clustered by`() throws {
    let bench = try clustered()
    try bench.put("b.csv", "b,z\n1,2\n")
    try bench.convert(["b.csv"]) { $0.mode = .overwrite }
    #expect(try bench.rows() == ["1|2"])
    try bench.put("c.csv", "a\n1\n")
    expectRefused(.invalidArgument, "clustered by a column b") {
      try bench.convert(["c.csv"]) { $0.mode = .overwrite }
    }
    #expect(try bench.rows() == ["1|2"])
  }

  @Test func `what they are clustered by is not dropped, other columns are`() throws {
    let bench = try clustered()
    func alter(_ change: (inout AlterOptions) -> Void) throws {
      var options = AlterOptions()
      options.setProperty("delta.columnMapping.mode", to: "name")
      change(&options)
      _ = try Table.open(TableReference(location: "lake"), environment: bench.environment())
        .alter(options)
    }
    expectRefused(.invalidArgument, "clustered by b") { try alter { $0.dropColumn("b") } }
    try alter { $0.renameColumn("b", to: "d") }
    expectRefused(.invalidArgument, "clustered by d") { try alter { $0.dropColumn("d") } }
    try alter { $0.dropColumn("a") }
    #expect(try Snapshot.load(bench.lake).schema.names == ["d", "c"])
  }

  @Test(arguments: [[], ["x", "y"]])
  func `rows with ids are written again where the table names the columns that keep them`(
    _ names: [String]
  ) throws {
    let bench = TimedBench()
    let columns = ["RowId", "RowCommitVersion"].map {
      "delta.rowTracking.materialized\($0)ColumnName"
    }
    try bench.create(
      [Field("n", .integer)], features: ["rowTracking", "domainMetadata"],
      configuration: ["delta.enableRowTracking": "true"].merging(zip(columns, names)) { $1 })
    try bench.put("a.csv", "n\n1\n")
    try bench.convert(["a.csv"]) { $0.evolution.typeConflicts = .widen }
    try bench.put("b.csv", "n\n3000000000\n")
    let before = try bench.lake.list("", recursive: true).count
    if names.isEmpty {
      expectRefused(.unsupported, "rowTracking") {
        try bench.convert(["b.csv"]) { $0.evolution.typeConflicts = .widen }
      }
      #expect(try bench.lake.list("", recursive: true).count == before)
      #expect(try bench.rows() == ["1"])
    } else {
      try bench.convert(["b.csv"]) { $0.evolution.typeConflicts = .widen }
      #expect(try bench.rows().sorted() == ["1", "3000000000"])
      #expect(try Snapshot.load(bench.lake).files.map(\.baseRowID) == [1, 2])
    }
  }
}

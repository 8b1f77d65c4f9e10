import Base
import Columns
import Delta
import Parquet
import Store
import TestSupport
import Testing

@testable import Grebe

@Suite("Verify: every byte") struct VerifyTests {
  let bench = TimedBench()

  private func verify(deep: Bool = true) throws -> [VerificationReport.Finding] {
    try Table.verify(
      TableReference(location: "lake"), deep: deep, environment: bench.environment()
    ).findings
  }

  /// Columns of many types, nulls among them, in partitions.
  private func create(_ rowCount: Int = 300) throws {
    let rows = (0..<rowCount).map { row in
      let cells = [
        "\(row % 3)", "\(row)", row % 5 == 0 ? "" : "\(Double(row) / 8)",
        "text \(row * 7919 % 1000) that is longer than statistics are", "\(row % 2 == 0)",
        "2024-01-\(10 + row % 20)", "2024-01-01T00:00:00.\(100_000 + row)Z", "\(row).25",
      ]
      return cells.joined(separator: ",")
    }
    try bench.put("a.csv", "p,n,d,s,b,day,at,m\n" + rows.joined(separator: "\n") + "\n")
    try bench.convert(["a.csv"]) {
      try $0.setSchema(
        "p INT, n BIGINT NOT NULL, d DOUBLE, s STRING, b BOOLEAN, day DATE, at TIMESTAMP, "
          + "m DECIMAL(12,2)")
      $0.partitionBy = ["p"]
    }
  }

  /// Replaces a part of every `add` of version 0 that has it.
  private func rewriteLog(_ part: String, _ other: String) throws {
    let text = String(
      decoding: [UInt8](try bench.lake.read(commitPath(0), range: nil)), as: UTF8.self)
    #expect(text.contains(part), "\(text)")
    let changed = text.split(separator: part, omittingEmptySubsequences: false)
      .joined(separator: other)
    try bench.lake.put(commitPath(0), Buffer(Array(changed.utf8)).bytes)
    // It tells of what the commit said before.
    try bench.lake.delete(commitPath(0).replacing(".json", with: ".crc"))
  }

  @Test func `what was written as it must be has no findings`() throws {
    try create()
    let report = try Table.verify(
      TableReference(location: "lake"), deep: true, environment: bench.environment())
    #expect(report.findings == [])
    #expect(report.filesChecked == 3 && report.rowsChecked == 300 && report.version == 0)
    #expect(report.bytesChecked > 0 && report.commitsChecked == 1)
  }

  @Test(arguments: [
    (#"\"n\":297"#, #"\"n\":296"#, "n", "largest value is 296, and 297 is there"),
    (#"\"n\":0,"#, #"\"n\":1,"#, "n", "smallest value is 1, and 0 is there"),
    (#"\"n\":0,"#, #"\"n\":-1,"#, "n", "smallest value is -1, and it is 0"),
    (#"\"day\":\"2024-01-29\""#, #"\"day\":\"2024-01-28\""#, "day", "largest value"),
    (#"\"s\":\"text 0 "#, #"\"s\":\"text 1 "#, "s", "smallest value"),
    (#"\"d\":0.375,"#, #"\"d\":0.5,"#, "d", "smallest value is 0.5"),
    (#"\"m\":297.25"#, #"\"m\":297.24"#, "m", "largest value"),
    (#"\"d\":20"#, #"\"d\":19"#, "d", "the log says 19 nulls, and there are 20"),
  ]) func `statistics that do not hold are found, with file and column`(
    _ part: String, _ other: String, _ column: String, _ message: String
  ) throws {
    try create()
    try rewriteLog(part, other)
    #expect(try verify(deep: false) == [])
    let found = try verify()
    #expect(!found.isEmpty)
    #expect(found.allSatisfy { $0.kind == "statistics" && $0.column == column }, "\(found)")
    #expect(found.contains { $0.message.contains(message) }, "\(found)")
    #expect(found.allSatisfy { $0.version == 0 && $0.file?.hasPrefix("p=") == true })
  }

  @Test func `a row count that does not hold is found`() throws {
    try create()
    try rewriteLog(#"\"numRecords\":100"#, #"\"numRecords\":101"#)
    #expect(try verify().map(\.kind) == ["row_count", "row_count", "row_count"])
  }

  @Test(arguments: ["-1", "1.5", #"\"100\""#, "9223372036854775807"])
  func `a row count that no file can have is found:`(_ count: String) throws {
    try create()
    try rewriteLog(#"\"numRecords\":100"#, #"\"numRecords\":"# + count)
    let found = try verify()
    #expect(found.map(\.kind) == ["row_count", "row_count", "row_count"])
    #expect(found.allSatisfy { $0.message.contains("which none has") })
  }

  @Test func `nulls in a column that must have none are found`() throws {
    try create()
    try rewriteLog(
      #"{\"name\":\"d\",\"type\":\"double\",\"nullable\":true"#,
      #"{\"name\":\"d\",\"type\":\"double\",\"nullable\":false"#)
    let found = try verify()
    #expect(found.map(\.kind) == ["null_in_required", "null_in_required", "null_in_required"])
    #expect(found.allSatisfy { $0.column == "d" && $0.message.hasPrefix("20 nulls where") })
  }

  @Test func `statistics of fields of structs are compared, too`() throws {
    try bench.put(
      "a.ndjson",
      """
      {"s":{"n":1,"t":{"x":"a"}}}
      {"s":{"n":5,"t":{"x":"c"}}}
      {"s":null}
      {"s":{"n":null,"t":{"x":"b"}}}
      """)
    try bench.convert(["a.ndjson"])
    #expect(try verify() == [])
    try rewriteLog(#"\"x\":\"c\""#, #"\"x\":\"b\""#)
    #expect(try verify().map(\.column) == ["s.t.x"])
    try rewriteLog(#"\"n\":1"#, #"\"n\":2"#)
    #expect(try Set(verify().compactMap(\.column)).contains("s.n"))
  }

  @Test func `a byte that changes is found, unless it changes no row`() throws {
    try create(40)
    let rows = try bench.rows()
    let file = try #require(try Snapshot.load(bench.lake).files.first)
    let path = try file.storePath()
    let bytes = [UInt8](try bench.lake.read(path, range: nil))
    var found = 0
    for offset in stride(from: 0, to: bytes.count, by: 11) {
      var changed = bytes
      changed[offset] ^= 0x10
      try bench.lake.put(path, Buffer(changed).bytes)
      // Hints in page headers, indexes, and texts of the footer say nothing of the rows.
      if try verify().isEmpty {
        #expect(try bench.rows() == rows, "byte \(offset)")
      } else {
        found += 1
      }
    }
    #expect(found > bytes.count / 11 / 3, "\(found) of \(bytes.count / 11)")
  }

  @Test func `every damaged column of a file is named`() throws {
    try create(40)
    let file = try #require(try Snapshot.load(bench.lake).files.first)
    let path = try file.storePath()
    let inspection = try DataFileReader(store: bench.lake, path: path).metadata
    var bytes = [UInt8](try bench.lake.read(path, range: nil))
    let middle = bytes.count / 2
    for offset in 4..<middle { bytes[offset] ^= 0xFF }
    try bench.lake.put(path, Buffer(bytes).bytes)
    let found = try verify()
    let columns = Set(found.compactMap(\.column))
    #expect(Set(found.map(\.kind)).isSubset(of: ["data_damaged", "unverified"]))
    #expect(found.allSatisfy { $0.file == path })
    #expect(columns.count > 1 && columns.isSubset(of: inspection.schema.names), "\(found)")
  }

  @Test func `a torn commit is repaired, and the report says what was lost`() throws {
    try create(30)
    try bench.put("b.csv", "p,n,d,s,b,day,at,m\n1,1,1,x,true,2024-01-01,2024-01-01T00:00:00Z,1\n")
    try bench.convert(["b.csv"])
    let bytes = try bench.lake.read(commitPath(1), range: nil)
    try bench.lake.put(commitPath(1), bytes.slice(0..<bytes.count - 30).bytes)
    bench.clock.advance(120_000)
    #expect(try verify().map(\.kind) == ["commit_torn"])
    let report = try Table.verify(
      TableReference(location: "lake"), repairing: true, environment: bench.environment())
    #expect(report.findings == [] && report.version == 0)
    #expect(report.repair?.operation == "WRITE" && report.repair?.version == 1)
    #expect(try bench.convert(["b.csv"]).sources.map(\.status) == [.loaded])
    #expect(try bench.rows().count == 31)
  }
}

/// Tables that others wrote.
@Suite("Verify: public tables", .enabled(if: sharedData("delta") != nil))
struct VerifyPublicTablesTests {
  @Test(arguments: [
    "basic_partitioned", "basic-decimal-table", "app-txn-no-checkpoint", "app-txn-checkpoint",
    "mixed-nulls", "table-with-dv-small", "with-short-dv", "table-without-dv-small",
    "timestamp-truncation-stats", "data-reader-timestamp_ntz", "type-widening", "void-column",
    "partition_cm/id", "partition_cm/name", "stats-writing-all-types/delta",
    "v1-multi-part-partitioned-struct-stats-only", "external-table-different-nullability",
  ]) func `have no findings:`(_ name: String) throws {
    let path = try #require(sharedData("delta/" + name))
    let report = try Table.verify(
      TableReference(location: path), deep: true, environment: .standard())
    #expect(report.findings == [])
  }

  @Test func `a table whose statistics tell of a column that its files lack`() throws {
    let path = try #require(sharedData("delta/parsed-stats"))
    let report = try Table.verify(
      TableReference(location: path), deep: true, environment: .standard())
    #expect(!report.findings.isEmpty)
    #expect(report.findings.allSatisfy { $0.kind == "statistics" && $0.column == "ts_col" })
  }

  @Test func `a damaged deletion vector is found`() throws {
    let path = try #require(sharedData("delta/table-with-dv-small"))
    let disk = try LocalStore(root: path)
    let memory = InMemoryStore()
    for entry in try disk.list("", recursive: true) {
      let bytes = try disk.read(entry.path, range: nil)
      try memory.put(entry.path, bytes.bytes)
    }
    let environment = TimedBench().environment(table: memory)
    func kinds() throws -> [String] {
      try Table.verify(TableReference(location: "lake"), environment: environment)
        .findings.map(\.kind)
    }
    #expect(try kinds() == [])
    let vector = try #require(
      try memory.list("", recursive: true).map(\.path).first { $0.hasSuffix(".bin") })
    var bytes = [UInt8](try memory.read(vector, range: nil))
    bytes[bytes.count - 6] ^= 1
    try memory.put(vector, Buffer(bytes).bytes)
    #expect(try kinds() == ["deletion_vector"])
    try memory.delete(vector)
    #expect(try kinds() == ["deletion_vector"])
  }
}

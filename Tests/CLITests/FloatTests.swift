import Foundation
import TestSupport
import Testing

@Suite("The grebe command: floats") struct FloatTests {
  let folder = TemporaryDirectory()

  @Test(arguments: [
    ("table", "\n1.1  1.100000023841858\n"), ("csv", "\n1.1,1.100000023841858\n"),
    ("json", #"{"f":1.1,"d":1.100000023841858}"#),
    ("ndjson", #"{"f":1.1,"d":1.100000023841858}"#),
    ("markdown", "\n| 1.1 | 1.100000023841858 |\n"),
  ]) func `a float is the shortest text that reads back as it, in`(
    _ format: String, _ row: String
  ) throws {
    let select = "SELECT CAST(1.1 AS FLOAT) AS f, CAST(CAST(1.1 AS FLOAT) AS DOUBLE) AS d"
    let printed = try runGrebe(["query", select, "--format", format], in: folder.path)
    #expect(printed.status == 0, "\(printed.errors)")
    #expect(printed.output.contains(row), "\(printed.output)")
  }

  @Test func `the bounds of a float column are floats`() throws {
    _ = try runGrebe(
      ["query", "SELECT CAST(1.1 AS FLOAT) AS f", "-o", "f.parquet"], in: folder.path)
    let text = try runGrebe(["inspect", "f.parquet"], in: folder.path).output
    #expect(text.contains(" 1.1 ") && !text.contains("1.1000"), "\(text)")
    let json = try runGrebe(["inspect", "f.parquet", "--format", "json"], in: folder.path).output
    #expect(json.contains("\"min\": 1.1,"), "\(json)")
  }

  @Test func `a preview shows the floats that will be loaded`() throws {
    let preview = try runGrebe(
      ["convert", "-", "--into", "t", "--type", "f=float", "--dry-run", "--format", "json"],
      input: "f\n1.1\n", in: folder.path)
    #expect(preview.output.contains("\"f\": 1.1\n"), "\(preview.output)")
  }
}

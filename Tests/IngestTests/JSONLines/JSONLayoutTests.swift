import Base
import Columns
import Foundation
import Testing

@testable import Ingest

@Suite("JSON: layouts") struct JSONLayoutTests {
  private func detect(_ text: String, isWhole: Bool = true) -> DetectedJSONLayout? {
    JSONLayoutDetector.detect(sample: Buffer(Array(text.utf8)), isWholeInput: isWhole)
  }

  @Test(arguments: [
    ("{\"a\":1}\n{\"a\":2}\n", JSONLayout.lines), ("\n[1]\n[2]\nbroken\n", .lines),
    ("{\"a\":1}\n", .lines), ("{\n \"a\":1\n}\n{\n \"a\":2\n}", .values),
    ("{\"a\":1}{\"a\":2}", .values), ("{\n  \"a\": 1\n}", .values), ("[1,2,3]", .array),
    ("[\n [1,2],\n [3,4]\n]\n", .array), ("[1]\n[2]", .lines), ("[\n1]\n[\n2]", .values),
    ("{\"features\":[{\"type\":1}],\"type\":\"FeatureCollection\"}", .arrayMember("features")),
    ("{\"data\":[{\"a\":1}]}", .arrayMember("data")), ("{\"data\":[1,2]}", .lines),
    ("{\"id\":1,\"items\":[{\"a\":1},{\"a\":2}]}", .lines),
  ])
  func `is told by the first bytes`(_ text: String, _ layout: JSONLayout) {
    #expect(detect(text)?.layout == layout)
  }

  @Test func `an array of objects that is most of an object is its rows`() throws {
    let rows = (0..<50).map { "{\"id\":\($0),\"tags\":[1,[2]]}" }.joined(separator: ",\n")
    let text = "\u{FEFF}{\"meta\":{\"count\":[{}]},\n\"rows\":[" + rows + "],\"next\":null}"
    let found = try #require(detect(text))
    #expect(found.layout == .arrayMember("rows") && found.rowsDoubt == .leavesOut("meta"))
    #expect(found.dataLine == 1)
    let (schema, whole, _) = try convertJSON(text)
    #expect(schema.names == ["id", "tags"])
    #expect(whole.rows.count == 50)
    #expect(whole.rejects.isEmpty)
    // Cut off, as the sample of a large file is.
    #expect(detect(String(text.prefix(700)), isWhole: false)?.layout == .arrayMember("rows"))
    let one = JSONLayoutDetector.detect(
      sample: Buffer(Array(text.utf8)), isWholeInput: true, wanted: .values)
    #expect(one?.layout == .values)
    let absent = JSONLayoutDetector.detect(
      sample: Buffer(Array(text.utf8)), isWholeInput: true, wanted: .arrayMember("meta"))
    #expect(absent == nil)
    let features = "{\"type\":\"FeatureCollection\",\"features\":[{\"id\":1}]"
    #expect(detect(features + "}")?.rowsDoubt == nil)
    #expect(detect(features + ",\"crs\":{}}")?.rowsDoubt == .leavesOut("crs"))
    #expect(detect("{\"data\":[{\"a\":1}]}")?.rowsDoubt == .isOneLine)
    #expect(detect("{\n\"data\":[{\"a\":1}]}")?.rowsDoubt == nil)
    #expect(detect("{\"page\":1,\"rows\":[{\"a\":1},{}]}")?.rowsDoubt == .mayBePage("rows"))
    #expect(detect("{\"page\":1,\"rows\":[{\"a\":1}],\"x\":[1,2]}")?.rowsDoubt == nil)
    #expect(detect("{\"rows\":[{},{}],\"others\":[{},{}]}")?.rowsDoubt == nil)
    #expect(detect("{\"data\":[]}")?.rowsDoubt == .isEmpty)
  }

  @Test(arguments: [
    ("{\"a\":1}", true), (" [1]", true), ("{\"a\":1}\nbroken", true), ("[id],[name]\n1,2\n", false),
    ("{id},{name}\n", false), ("id,name\n", false), ("", false), ("[", false),
    ("\"a\",\"b\"\n", false),
  ])
  func `a text is JSON or is not`(_ text: String, _ isJSON: Bool) {
    #expect(JSONLayoutDetector.isJSON(Buffer(Array(text.utf8)), isWholeInput: true) == isJSON)
  }

  @Test(arguments: ["lines", "array"])
  func `a first record of names makes columns of arrays`(_ layout: String) throws {
    let records = [#"["id","näme"]"#, #"[1,"x"]"#, "[2,null]", "[3]", #"[4,"y",5]"#, "{}", "[6,7]"]
    let text =
      layout == "lines"
      ? records.joined(separator: "\n") : "[" + records.joined(separator: " ,\n") + "]"
    let good = records[0...2] + records[6...]
    let sample =
      layout == "lines"
      ? good.joined(separator: "\n") : "[" + good.joined(separator: " ,\n") + "]"
    let (schema, whole, _) = try convertJSON(sample)
    #expect(schema.names == ["id", "näme"])
    #expect(schema.fields.map(\.type) == [.integer, .string])
    #expect(
      whole.json(schema) == [#"{"id":1,"näme":"x"}"#, #"{"id":2}"#, #"{"id":6,"näme":"7"}"#])
    let front =
      layout == "lines"
      ? records[0...2].joined(separator: "\n") + "\n"
      : "[" + records[0...2].joined(separator: " ,\n") + " ,"
    let damaged = try convertJSON(Array(text.utf8), sampleBytes: front.utf8.count)
    #expect(damaged.schema.names == ["id", "näme"])
    #expect(
      damaged.whole.rejects.map(\.reason) == [.tooFewFields, .tooManyFields, .invalidValue])
    #expect(damaged.whole.rows.count == 3)
  }

  @Test func `a sample that ends within its only value is JSON`() {
    let text = Buffer(Array("{\"type\":\"FeatureCollection\",\"features\":[{\"id\":".utf8))
    #expect(JSONLayoutDetector.isJSON(text, isWholeInput: false))
  }

  @Test(
    .enabled(if: hasSharedData("dumps")),
    arguments: [
      ("earthquakes.json", JSONLayout.arrayMember("features"), 1707, "type"),
      ("twitter.json", .arrayMember("statuses"), 100, "metadata"),
      ("movies.json", .array, 3201, "Title"), ("flights-20k.json", .array, 20000, "date"),
      ("amazon_cellphones.ndjson", .lines, 792, "asin"),
    ])
  func `dumps become the tables people mean`(
    _ name: String, _ layout: JSONLayout, _ rowCount: Int, _ first: String
  ) throws {
    let file = try #require(sharedData("dumps/\(name)"))
    let bytes = [UInt8](try Data(contentsOf: file))
    let sample = Buffer(bytes.prefix(1 << 20))
    #expect(JSONLayoutDetector.isJSON(sample, isWholeInput: sample.count == bytes.count))
    let found = JSONLayoutDetector.detect(
      sample: sample, isWholeInput: sample.count == bytes.count)
    #expect(found?.layout == layout)
    let (schema, whole, _) = try convertJSON(bytes, sampleBytes: 100_000, window: 64 << 10)
    #expect(schema.names.first == first)
    #expect(whole.rows.count == rowCount)
    #expect(whole.rejects.isEmpty)
  }
}

import Base
import Columns
import Delta
import Testing

@testable import Grebe

@Suite("Conversion of JSON") struct JSONConversionTests {
  /// Records that fill several units of a small size, with line breaks in every layout.
  private func records(_ count: Int) -> [String] {
    (0..<count).map { row in
      #"{"id": \#(row), "t": "a \"q\" [{,\n\#(row)", "#
        + #""s": {"x": [\#(row), null], "y": {"z": true}}}"#
    }
  }

  @Test(arguments: ["[]", " [ \n] \n", "", "\n\n"])
  func `a source without records has no say in columns, first or last:`(_ text: String) throws {
    for names in [["a.json", "b.json"], ["b.json", "a.json"]] {
      let bench = Workbench()
      try bench.put("a.json", text)
      try bench.put("b.json", #"[{"n":1}]"#)
      let report = try bench.convert(names)
      #expect(report.schema.names == ["n"] && report.rowsWritten == 1)
      try bench.put("c.json", text)
      #expect(try bench.convert(["c.json"]).rowsRead == 0)
    }
    let alone = Workbench()
    try alone.put("a.json", text)
    let error = #expect(throws: GrebeError.self) { try alone.convert(["a.json"]) }
    let what = text.contains("[") ? "the array is empty" : "no text to take columns from"
    #expect(error?.code == .corrupt && error?.message.contains(what) == true)
  }

  private static let page = #"{"items":[{"a":1},{"a":2}]}"#

  @Test(arguments: [[0, 1, 2], [1, 0, 2], [0, 0, 1, 2], [1, 2, 0]])
  func `pages without items have no rows, wherever they come:`(_ order: [Int]) throws {
    let texts = [#"{"items":[]}"#, Self.page, #"{"items":[{"a":3}]}"#]
    let names = order.enumerated().map { "\($0).json" }
    let (whole, cut) = (Workbench(), Workbench())
    for (name, index) in zip(names, order) {
      try whole.put(name, texts[index])
      try cut.put(name, texts[index])
    }
    let report = try whole.convert(names)
    #expect(report.schema.names == ["a"] && report.rowsWritten == 3)
    #expect(!report.notes.contains { $0.contains("no rows") })
    for name in names {
      // Alone, nothing tells of columns.
      do { try cut.convert([name]) } catch let error as GrebeError {
        #expect(error.code == .corrupt && error.message.contains(#"the array "items" is empty"#))
      }
    }
    #expect(try cut.rows() == ["1", "2", "3"])
  }

  @Test func `a preview shows the first rows there are`() throws {
    for (page, rows) in [(Self.page, ["1", "2"]), (#"{"id":7,"items":[{"a":1}]}"#, ["[]"])] {
      let bench = Workbench()
      try bench.put("a.json", #"{"items":[]}"#)
      try bench.put("b.json", page)
      let preview = try Conversion(
        sources: ["dumps/a.json", "dumps/b.json"], into: "lake", options: ConversionOptions(),
        environment: bench.environment
      ).preview()
      #expect(preview.firstBadRow == nil && preview.rows.rowCount == rows.count)
      let column = preview.rows.columns[0]
      #expect((0..<rows.count).map { column[$0].description } == rows)
    }
  }

  @Test func `an empty list is a value where a record shows that it is one`() throws {
    for names in [["a.json", "b.json"], ["b.json", "a.json"]] {
      let bench = Workbench()
      try bench.put("a.json", #"{"items":[]}"#)
      try bench.put("b.json", #"{"id":1,"items":[{"a":1}]}"#)
      #expect(try bench.convert(names).rowsWritten == 2)
    }
    let bench = Workbench()
    try bench.put("a.json", #"{"id":1}"#)
    try bench.put("b.json", #"{"items":[]}"#)
    let report = try bench.convert(["a.json", "b.json"])
    #expect(report.rowsWritten == 1 && report.schema.names == ["id"])
    #expect(
      report.notes == [
        "note: memory/b.json has no rows: they would be the elements of \"items\", which is empty"
      ])
  }

  @Test func `what a page has beside its items is told, columns first`() throws {
    let bench = Workbench()
    try bench.put("a.json", Self.page)
    try bench.put("b.json", #"{"next":1,"a":3,"items":[{"a":7}]}"#)
    try bench.convert(["a.json"])
    #expect(
      try bench.convert(["b.json"]).notes == [
        "note: the rows of memory/b.json are one member of its object; others, such as \"a\", "
          + "are left out"
      ])
    #expect(try bench.rows() == ["1", "2", "7"])
  }

  @Test func `a page of few rows is one row and says so, once`() throws {
    let bench = Workbench()
    try bench.put("a.json", #"{"page":1,"results":[{"a":1},{"a":2}]}"#)
    try bench.put("b.json", #"{"page":2,"results":[{"a":3},{"a":4}]}"#)
    #expect(
      try bench.convert(["a.json"]).notes == [
        "note: memory/a.json is one row, and \"results\" of it a list of objects; "
          + "--json-records results takes each of them for a row"
      ])
    #expect(try bench.convert(["b.json"]).notes == [])
  }

  @Test func `one line with a list has its elements for rows and says so, two are two rows`()
    throws
  {
    let bench = Workbench()
    try bench.put("a.json", Self.page + "\n")
    #expect(
      try bench.convert(["a.json"]).notes == [
        "note: the rows of memory/a.json are the elements of \"items\", the one member of its one "
          + "object; --json-records lines takes each line for a row"
      ])
    try bench.put("b.json", #"{"items":[{"a":3}]}"#)
    #expect(try bench.convert(["b.json"]).notes == [])
    try bench.put("c.json", Self.page + "\n" + Self.page)
    #expect(throws: GrebeError.self) { try bench.convert(["c.json"]) }
    let added = try bench.convert(["c.json"]) { $0.evolution.newColumns = .add }
    #expect(added.rowsWritten == 2 && added.schema.names == ["a", "items"])
    #expect(
      added.notes.first
        == "note: each record of memory/c.json is a row with a column \"items\"; of other sources "
        + "the rows are the elements of this member")
    for (name, count) in [("c.json", 2), ("a.ndjson", 1), ("a.jsonl.gz", 1)] {
      let alone = Workbench()
      let text = name == "c.json" ? Self.page + "\n" + Self.page : Self.page
      try alone.put(name, text)
      let report = try alone.convert([name])
      #expect(report.rowsWritten == count && report.schema.names == ["items"], "\(name)")
      #expect(report.notes == [], "\(name)")
    }
  }

  @Test(arguments: [
    ("{}", "objects without members"), ("{}\n{}\n", "objects without members"),
    (#"{"type":"FeatureCollection","features":[]}"#, #"the array "features" is empty"#),
    (#"{"type":"FeatureCollection","features":["#, "is JSON"), ("[", "is JSON"),
  ])
  func `what has no columns is refused by what it has:`(_ text: String, _ what: String) throws {
    let bench = Workbench()
    try bench.put("a.json", text)
    let error = #expect(throws: GrebeError.self) { try bench.convert(["a.json"]) }
    #expect(error?.code == .corrupt && error?.message.contains(what) == true)
    #expect(error?.place.hasSuffix("a.json") == true && error?.hint != nil)
  }

  @Test(arguments: ["[", "[ \n", "garbage"])
  func `a source that is cut off or no JSON is none without records:`(_ text: String) throws {
    let bench = Workbench()
    try bench.put("a.json", #"[{"n":1}]"#)
    try bench.put("b.json", text)
    for names in [["a.json", "b.json"], ["b.json"]] {
      #expect { try bench.convert(names) } throws: { error in
        (error as? GrebeError)?.code == .corrupt
      }
    }
  }

  @Test(arguments: 1...3)
  func `columns that units turn out to have come in the same order from any number of workers:`(
    _ workers: Int
  ) throws {
    var lines = (0..<40_000).map { #"{"id": \#($0)}"# }
    lines[39_990] = #"{"id": 1, "z": 1, "b": {"n": 1}}"#
    lines[39_991] = #"{"id": 2, "a": "x", "b": {"m": [1.5]}}"#
    let bench = Workbench(parallelism: workers)
    try bench.put("a.ndjson", lines.joined(separator: "\n"))
    try bench.convert(["a.ndjson"])
    let schema = try Snapshot.load(bench.lake).metadata.schema
    #expect(schema.names == ["id", "b", "z", "a"] || schema.names == ["id", "a", "b", "z"])
    #expect(schema.fields[try #require(schema.index(of: "b"))].type.description.contains("m:"))
  }

  @Test(arguments: ["\n", " ", ",\n"])
  func `rows of any layout are the records, separated by`(_ separator: String) throws {
    let records = records(300)
    let text =
      separator.hasPrefix(",")
      ? "[" + records.joined(separator: separator) + "]" : records.joined(separator: separator)
    let bench = Workbench()
    try bench.put("a.json", text)
    let report = try bench.convert(["a.json"])
    #expect(report.rowsRead == 300 && report.rowsWritten == 300)
    let rows = try bench.rows()
    #expect(rows.count == 300 && rows.contains { $0.contains("q") && $0.hasPrefix("17|") })
  }

  @Test func `a record that is no object is a bad row of its own in any source but the first`()
    throws
  {
    let bench = Workbench()
    try bench.put("a.json", #"{"a":1}"# + "\n")
    try bench.put("b.json", #"{"a":2}"# + "\n" + #"{"a":3}"# + "\n\"stray\"\n")
    let error = #expect(throws: GrebeError.self) { try bench.convert(["a.json", "b.json"]) }
    #expect(error?.code == .corrupt && error?.place.hasSuffix("b.json: line 3") == true)
    #expect(error?.message.contains("not an object") == true)
    let report = try bench.convert(["a.json", "b.json"]) { $0.onBadRow = .skip }
    #expect(report.rowsRead == 4 && report.rowsSkipped == 1)
    #expect(report.schema.names == ["a"])
    // In one that is loaded into the table later, or with columns that are given, too.
    let later = try bench.convert(["b.json"]) {
      $0.force = true
      $0.onBadRow = .skip
    }
    #expect(later.rowsWritten == 2 && later.rowsSkipped == 1)
    #expect(try bench.rows() == ["1", "2", "2", "3", "3"])
  }

  @Test(arguments: [
    (#"{"a":1}"#, "[1,2]"), (#"{"a":1}"#, "1\n2"), (#"[["id","n"],[1,2]]"#, "[3,4,5]"),
    (#"[["id","n"],[1,2]]"#, "[[3,4,5]]"),
  ])
  func `records of another kind than those of the first source are refused, with their place:`(
    _ first: String, _ second: String
  ) throws {
    let bench = Workbench()
    try bench.put("a.json", first)
    try bench.put("b.json", second)
    let error = #expect(throws: GrebeError.self) {
      try bench.convert(["a.json", "b.json"])
    }
    #expect(error?.code == .corrupt && error?.hint != nil)
    #expect(error?.place.hasSuffix("b.json: line 1") == true)
  }

  @Test func `values beside delimited text of several columns are refused, by name`() throws {
    let bench = Workbench()
    try bench.put("a.json", "1\n2")
    try bench.put("b.csv", "a,b\n3,4\n")
    let error = #expect(throws: GrebeError.self) { try bench.convert(["a.json", "b.csv"]) }
    #expect(error?.code == .corrupt && error?.hint != nil)
    #expect(error?.place.hasSuffix("a.json") == true)
    let report = try bench.convert(["b.csv", "a.json"]) { $0.onBadRow = .skip }
    #expect(report.rowsWritten == 1 && report.rowsSkipped == 2)
  }

  /// A document with `count` items.
  private func order(_ count: Int) -> String {
    let items = (0..<count).map { #"{"sku":"abcdefghijklmnop\#($0)"}"# }
    return #"{"id":\#(count),"name":"n","items":["# + items.joined(separator: ",") + "]}"
  }

  @Test func `a document is a row where that of the first source is, however large it is`()
    throws
  {
    for layout in ["\(order(1))", "\(order(1))\n\(order(2))", "[\(order(1)),\(order(2))]"] {
      let bench = Workbench()
      try bench.put("a.json", layout)
      try bench.put("b.json", order(15))
      try bench.put("c.json", order(0))
      let report = try bench.convert(["a.json", "b.json", "c.json"])
      #expect(report.schema.names == ["id", "name", "items"])
      #expect(try bench.rows().count { $0.hasPrefix("15|n|") } == 1)
      #expect(report.notes.isEmpty)
    }
    let bench = Workbench()
    try bench.put("a.json", order(15))
    try bench.put("b.json", order(1))
    try bench.put("c.json", order(0))
    let report = try bench.convert(["a.json", "b.json", "c.json"])
    #expect(report.schema.names == ["sku"] && report.rowsRead == 16)
    #expect(report.notes.contains { $0.contains("\"id\", are left out") })
  }

  @Test func `pages hold their rows where the first does`() throws {
    let bench = Workbench()
    try bench.put("a.json", "[]")
    try bench.put("b.json", #"{"data":[{"a":1},{"a":2}]}"#)
    try bench.put("c.json", #"{"next":"x","data":[{"a":3}],"other":[{"b":1}]}"#)
    try bench.put("d.json", #"{"data":[]}"#)
    let report = try bench.convert(["a.json", "b.json", "c.json", "d.json"])
    #expect(report.schema.names == ["a"] && report.rowsRead == 3)
    #expect(try bench.rows() == ["1", "2", "3"])
    #expect(report.notes.contains { $0.contains("c.json") && $0.contains("\"next\"") })
  }

  @Test func `arrays without a header fill the columns of the first source by position`() throws {
    let bench = Workbench()
    try bench.put("a.json", #"[["id","n"],[1,"x"]]"#)
    try bench.put("b.json", #"[[3,"y"],[4,"z"]]"#)
    try bench.put("c.json", #"[["ID","N"]]"#)
    try bench.put("d.json", #"[["n","id"],["w",5]]"#)
    try bench.put("e.json", #"{"n":"v","id":6}"#)
    let report = try bench.convert(["a.json", "b.json", "c.json", "d.json", "e.json"])
    #expect(report.rowsRead == 5)
    #expect(try bench.rows() == ["1|x", "3|y", "4|z", "5|w", "6|v"])
  }

  @Test func `objects are values where the records of the first source are`() throws {
    let bench = Workbench()
    try bench.put("a.json", "1\n2\n[3]\n")
    try bench.put("b.json", #"{"a":1}"#)
    try bench.put("c.json", #"[["id","n"],[1,2]]"#)
    let report = try bench.convert(["a.json", "b.json", "c.json"])
    #expect(report.schema.names == ["value"])
    #expect(
      try bench.rows() == ["1", "2", "[\"id\",\"n\"]", "[1,2]", "[3]", "{\"a\":1}"])
  }

  @Test func `dates and time stamps are written as the user says`() throws {
    let bench = Workbench()
    try bench.put(
      "a.json",
      #"{"d":"31/12/2023","t":"31.12.2023 10:05","iso":"2023-12-31","u":"2023-12-31T10:05:00Z"}"#)
    let report = try bench.convert(["a.json"]) {
      $0.dialect.dateFormat = "%d/%m/%Y"
      $0.dialect.timestampFormat = "%d.%m.%Y %H:%M"
    }
    #expect(report.schema.fields.map(\.type) == [.date, .timestamp, .string, .string])
    #expect(
      try bench.rows() == ["2023-12-31|2023-12-31T10:05:00Z|2023-12-31|2023-12-31T10:05:00Z"])
    let error = #expect(throws: GrebeError.self) {
      try bench.convert(["a.json"]) {
        $0.dialect.dateFormat = "%d"
        $0.force = true
      }
    }
    #expect(error?.code == .invalidArgument)
  }

  @Test func `delimited text and JSON go into one table, columns by name`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "id,name\n1,x\n")
    try bench.put("b.json", #"[{"name": "y", "id": 2.5, "more": {"k": null}}]"#)
    try bench.convert(["a.csv", "b.json"])
    let schema = try Snapshot.load(bench.lake).metadata.schema
    #expect(schema.names == ["id", "name", "more"])
    #expect(schema.fields[0].type == .double)
  }

  @Test func `a column that a given table lacks is a fault of the source, named`() throws {
    let bench = Workbench()
    try bench.put("a.json", #"{"id": 1}"#)
    try bench.put("b.json", #"{"id": 2, "extra": 1}"#)
    try bench.convert(["a.json"])
    #expect { try bench.convert(["b.json"]) } throws: { error in
      (error as? GrebeError)?.message.contains("extra") == true
    }
    #expect(try bench.rows() == ["1"])
  }

  @Test func `a bracket that never closes ends the load, before rows are lost with it`() throws {
    let bench = Workbench()
    let rows = (0..<10_000).map { #"{"id": \#($0)}"# }.joined(separator: ",")
    try bench.put("a.json", #"[{"id": -1, "s": {"x": 1}, "# + rows + "]")
    let error = #expect(throws: GrebeError.self) {
      try bench.convert(["a.json"]) { $0.onBadRow = .quarantine }
    }
    #expect(error?.code == .corrupt && error?.hint?.contains("bracket") == true)
  }
}

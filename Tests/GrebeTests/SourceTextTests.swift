import Columns
import Delta
import TestSupport
import Testing

@testable import Grebe

@Suite("Texts of sources") struct SourceTextTests {
  @Test func `zero bytes are no part of a column's name`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "a\0b,a_b\n1,2\n")
    let report = try bench.convert(["a.csv"])
    #expect(report.schema.names == ["a_b", "a_b_1"])
    #expect(report.notes.contains { $0.hasPrefix("note: column names have zero bytes") })
    #expect(report.renamedColumns.first?.header == "a\0b")
    let json = Workbench()
    try json.put("a.json", "{\"a\\u0000b\":1,\"s\":{\"\\u0000\":2}}\n{\"a_b\":3}\n")
    let other = try json.convert(["a.json"])
    #expect(other.schema.names == ["a_b_1", "s", "a_b"])
    #expect(try json.rows().map { $0.hasSuffix("|NULL") } == [true, false])
    #expect(other.renamedColumns.map(\.name) == ["a_b_1"])
    try json.put("b.json", "{\"a\\u0000b\":7}\n")
    try json.convert(["b.json"])
    #expect(try json.rows().contains("7|NULL|NULL"))
  }

  @Test func `records of a JSON text sequence, and behind a byte-order mark, are rows`() throws {
    for text in [
      "\u{1E}{\"a\":1}\n\u{1E}{\"a\":2}\n", "\u{1E}{\n\"a\":1}\n\u{1E}\u{1E}{\"a\"\n:2}\n",
      "{\"a\":1}\n\u{FEFF}{\"a\":2}\n",
    ] {
      let bench = Workbench()
      try bench.put("a.json", text)
      #expect(try bench.convert(["a.json"]).rowsRead == 2, "\(text)")
      #expect(try bench.rows() == ["1", "2"], "\(text)")
    }
  }

  @Test func `arrays that are values, and the actions of bulk files, are told of`() throws {
    for (text, part) in [
      ("[{\"a\":1}]\n[{\"a\":2}]\n", "is an array, and all of it is one value"),
      ("[[\"NAME\",\"state\"],[\"Alabama\",\"01\"]]", "is an array, and all of it is one value"),
      ("{\"index\":{\"_id\":\"1\"}}\n{\"a\":1}\n", "Elasticsearch's bulk format"),
    ] {
      let bench = Workbench()
      try bench.put("a.json", text)
      #expect(try bench.convert(["a.json"]).notes.contains { $0.contains(part) }, "\(text)")
    }
    let bench = Workbench()
    try bench.put("a.json", "{\"index\":{\"a\":1}}\n{\"index\":{\"a\":2}}\n")
    #expect(try bench.convert(["a.json"]).notes.isEmpty)
  }

  @Test func `backslashes between tabs are escapes only where databases write them`() throws {
    for (text, rows) in [
      ("id\tpath\tn\n1\tC:\\new\t\\N\n2\tD:\\Games\t5\n", ["1|C:\\new|NULL", "2|D:\\Games|5"]),
      ("id\tpath\tn\n1\tC:\\\\new\t\\N\n2\ta\\tb\t5\n", ["1|C:\\new|NULL", "2|a\tb|5"]),
      ("id\tt\tn\n1\tN\\A\t\\N\n2\tAC\\rDC\t5\n", ["1|N\\A|NULL", "2|AC\\rDC|5"]),
    ] {
      let bench = Workbench()
      try bench.put("a.tsv", text)
      try bench.convert(["a.tsv"])
      #expect(try bench.rows() == rows)
    }
  }

  @Test func `surplus fields do not move values from the columns that the header names`() throws {
    for policy in [ConversionOptions.NewColumnPolicy.ignore, .add, .rescue] {
      let bench = Workbench()
      try bench.put("a.csv", "a,b,c\n1,2,3,9\n4,5,6,9\n")
      try bench.convert(["a.csv"]) {
        try $0.setSchema("a INT, b INT, c INT")
        $0.dialect.padsRagged = true
        $0.evolution.newColumns = policy
      }
      let rows = try bench.rows()
      #expect(rows.count == 2 && rows[0].hasPrefix("1|2|3") && rows[1].hasPrefix("4|5|6"))
    }
  }
}

import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@testable import Grebe

@Suite("Conversion report") struct ConversionReportTests {
  @Test(arguments: [1, 2, 4])
  func `skipped rows are told by reason, with the first of each, for any number of workers:`(
    _ parallelism: Int
  ) throws {
    let bench = Workbench(parallelism: parallelism)
    var text = "n,m\n"
    for row in 0..<4000 {
      switch row {
      case 1234: text += "\(row)\n"
      case 1500, 1501: text += "\"a\nb\",\(row)\n"
      case 2000...2010: text += "\(row),x\n"
      default: text += "\(row),\(row)\n"
      }
    }
    try bench.put("a.csv", text)
    try bench.put("b.csv", "n,m\n1,1\n2\n")
    let report = try bench.convert(["a.csv", "b.csv"]) {
      try $0.setSchema("n INT, m INT")
      $0.onBadRow = .skip
      $0.textUnitBytes = 1000
    }
    #expect(report.rowsSkipped == 15)
    let found = report.skippedRows
    #expect(found.map(\.reason) == ["invalid_value", "too_few_fields"])
    #expect(found.map(\.rowCount) == [13, 2])
    #expect(found.map(\.line) == [1502, 1236])
    #expect(found.allSatisfy { $0.source.hasSuffix("a.csv") })
    #expect(found.map(\.column) == ["n", nil])
    #expect(found[0].message.contains("in column n is not a valid int"))
    #expect(found[1].place.hasSuffix("a.csv: line 1236"))
  }

  @Test(arguments: [ConversionOptions.BadRowPolicy.fail, .quarantine])
  func `what seems to be a comment is told as skipped, and a row behind the sample is a row`(
    _ onBadRow: ConversionOptions.BadRowPolicy
  ) throws {
    let bench = Workbench()
    let rows = (0..<15_000).map { "\(wide)\($0),\($0)\n" }.joined()
    try bench.put("a.csv", "tag,n\n# note\n" + rows + "#x,5\n#y\n")
    try bench.put("b.csv", "tag,n\nz,1\n#z,2\n# note\n")
    let report = try bench.convert(["a.csv", "b.csv"]) {
      $0.onBadRow = onBadRow
      $0.badRowLimit = .rows(0)
      $0.textUnitBytes = 100_000
    }
    #expect(report.rowsWritten == 15_003 && report.rowsSkipped == 3)
    #expect(report.rowsRead == 15_006 && report.rowsQuarantined == 0)
    #expect(report.skippedRows.map(\.reason) == ["comment"])
    #expect(report.skippedRows.first?.place.hasSuffix("a.csv: line 2") == true)
    #expect(try bench.rows().filter { $0.hasPrefix("#") } == ["#x|5", "#z|2"])
  }

  @Test(arguments: [ConversionOptions.BadRowPolicy.fail, .quarantine])
  func `headers among the rows are told as skipped, far behind the sample too`(
    _ onBadRow: ConversionOptions.BadRowPolicy
  ) throws {
    let bench = Workbench()
    let rows = (0..<15_000).map { "\(wide)\($0),\($0)\n" }.joined()
    try bench.put("a.csv", "tag,n\nz,1\ntag,n\n" + rows + "tag,n\nz,2\n")
    let report = try bench.convert(["a.csv"]) {
      $0.onBadRow = onBadRow
      $0.badRowLimit = .rows(0)
      $0.textUnitBytes = 100_000
    }
    #expect(report.schema.fields.map(\.type) == [.string, .integer])
    #expect(report.rowsWritten == 15_002 && report.rowsSkipped == 2 && report.restarts == 0)
    #expect(report.rowsRead == 15_004 && report.rowsQuarantined == 0)
    #expect(report.skippedRows.map(\.reason) == ["repeated_header"])
    #expect(report.skippedRows.first?.place.hasSuffix("a.csv: line 3") == true)
  }

  @Test func `a note tells of an encoding that is a guess, once`() throws {
    let bench = Workbench()
    let latin = Array("id,name\n1,J".utf8) + [0xFC] + Array("rg\n".utf8)
    let cyrillic: [UInt8] = [0xCF, 0xF0, 0xE8, 0xE2, 0xE5, 0xF2, 0xEC, 0xE8, 0xF0, 0x0A]
    try bench.dumps.put("a.csv", Buffer(latin).bytes)
    try bench.dumps.put("b.csv", Buffer(latin + Array("3,x\n".utf8)).bytes)
    try bench.dumps.put("c.csv", Buffer(Array("id,name\n2,".utf8) + cyrillic).bytes)
    let notes = try bench.convert(["a.csv", "b.csv", "c.csv"]).notes
    #expect(notes.count == 2, "\(notes)")
    #expect(
      notes[0].contains("a.csv is not UTF-8 and is read as Windows-1252; --encoding names another")
        && notes[0].hasSuffix("; the same goes for 1 more source"))
    #expect(notes[1].contains("c.csv is not UTF-8") && notes[1].contains("such as windows-1251"))
    let given = try bench.convert(["a.csv", "c.csv"]) {
      try $0.setEncoding("windows-1251")
      $0.mode = .overwrite
    }
    #expect(given.notes.isEmpty, "\(given.notes)")
    #expect(try bench.rows().contains("2|Приветмир"))
  }

  @Test func `rows of Parquet files are told by their numbers`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n9\n300\n400\n")
    try bench.convert(["a.csv"])
    let file = try #require(try Snapshot.load(bench.lake).files.first)
    let bytes = try bench.lake.openReader(file.path).read(0..<file.sizeBytes)
    try bench.dumps.put("a.parquet", bytes.bytes)
    let report = try bench.convert(["a.parquet"]) {
      try $0.setSchema("n TINYINT")
      $0.mode = .overwrite
      $0.onBadRow = .skip
      $0.evolution.typeConflicts = .widen
    }
    #expect(report.rowsSkipped == 2 && report.skippedRows.map(\.rowCount) == [2])
    #expect(report.skippedRows.first?.line == 3)
    #expect(report.skippedRows.first?.place.hasSuffix("a.parquet: row 3") == true)
  }

  @Test(arguments: [100, 1 << 20])
  func `the bytes that were read are those of the files, headers and preambles included, units of`(
    _ unitBytes: Int64
  ) throws {
    let bench = Workbench()
    let front = "# written by hand\nn,m\n"
    let texts = [
      front + String(repeating: "1,2\n", count: 100), front + "3,4\n", "n,m\n",
      "[{\"n\":1,\"m\":2}]",
    ]
    for (index, text) in texts.enumerated() {
      let name = index == 3 ? "j.json" : "\(index).csv"
      try bench.put(name, text)
    }
    let report = try bench.convert(["0.csv", "1.csv", "2.csv", "j.json"]) {
      $0.textUnitBytes = unitBytes
    }
    #expect(report.bytesRead == Int64(texts.reduce(0) { $0 + $1.utf8.count }))
    #expect(report.bytesRead == report.sources.reduce(0) { $0 + $1.sizeBytes })
    #expect(report.rowsWritten == 102)
  }

  @Test func `columns and fields that a load adds are named with their types`() throws {
    let bench = TimedBench()
    try bench.put(
      "a.json", "{\"id\":1,\"who\":{\"n\":1},\"items\":[{\"k\":1}],\"m\":2}\n")
    #expect(try bench.convert(["a.json"]).addedColumns.isEmpty)
    let who = "{\"n\":1,\"at\":{\"x\":true}}"
    let items = "[{\"k\":1,\"p\":1.5}]"
    try bench.put(
      "b.json", "{\"id\":2,\"who\":\(who),\"items\":\(items),\"note\":\"x\"}\n")
    let report = try bench.convert(["b.json"]) { $0.evolution.newColumns = .add }
    let added = report.addedColumns.map { "\($0.name) \($0.type)" }
    #expect(added == ["who.at struct<x:boolean>", "items.element.p double", "note string"])
    #expect(try bench.convert(["b.json"]) { $0.force = true }.addedColumns.isEmpty)
    try bench.put("c.csv", "id,other\n3,y\n")
    #expect(try bench.convert(["c.csv"]) { $0.mode = .overwrite }.addedColumns.isEmpty)
  }

  @Test func `a note tells what columns are called whose names repeat`() throws {
    let dumps = ["a.csv": "a,a,b,A\n1,2,3,4\n", "b.csv": "a,b\n1,2\n", "c.csv": "b,b\n1,2\n"]
    func notes(_ names: [String]) throws -> [String] {
      let bench = Workbench()
      for name in names { try bench.put(name, dumps[name] ?? "") }
      var notes: [String] = []
      let conversion = Conversion(
        sources: names.map { "dumps/" + $0 }, into: "lake",
        options: ConversionOptions(), environment: bench.environment)
      _ = try conversion.run(note: { notes.append($0) })
      return notes
    }
    #expect(try notes(["b.csv"]) == [])
    let found = try notes(["a.csv", "b.csv", "c.csv"])
    #expect(found.count == 1 && found[0].hasPrefix("note: column names repeat in "))
    #expect(found[0].contains("a.csv: \"a\" becomes \"a_1\", \"A\" becomes \"A_2\"; "))
    #expect(found[0].hasSuffix("; 1 more header has such names"))
  }

  @Test func `rows that are kept beside the table are not told as skipped`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n,m\n1,x\n2\n")
    let report = try bench.convert(["a.csv"]) {
      try $0.setSchema("n INT, m INT")
      $0.onBadRow = .skip
      $0.evolution.typeConflicts = .quarantine
    }
    #expect(report.rowsQuarantined == 1 && report.rowsSkipped == 1)
    #expect(report.skippedRows.map(\.reason) == ["too_few_fields"])
  }

  @Test func `a note tells of types that no row has told`() throws {
    let dumps = [
      "a.csv": "n,m\n", "b.csv": "n,o\n", "c.csv": "n,m\n1,2\n", "d.csv": "", "e.csv": "n,m\n\n",
    ]
    func notes(
      _ names: [String], _ configure: (inout ConversionOptions) throws -> Void = { _ in }
    ) throws -> [String] {
      let bench = TimedBench()
      for (name, text) in dumps { try bench.put(name, text) }
      let report = try bench.convert(names, configure)
      // Once the table is there, its columns say.
      #expect(try bench.convert(names) { $0.force = true }.notes == [])
      return report.notes
    }
    let single = "a.csv has no rows that would tell types: "
    let others = "; --type or --schema names others; --header no takes the header for a row"
    let both = try notes(["a.csv"])
    #expect(both.count == 1 && both[0].hasPrefix("note: "))
    #expect(both[0].hasSuffix(single + "n, m are strings" + others))
    let one = try notes(["a.csv"]) { try $0.setType(of: "m", "INT") }
    #expect(one.count == 1)
    #expect(one[0].hasSuffix(single + "n is a string" + others))
    #expect(try notes(["a.csv", "d.csv"]).count == 1 && notes(["e.csv"]).count == 1)
    #expect(
      try notes(["a.csv", "b.csv"]) == [
        "note: the 2 sources have no rows that would tell types: n, m, o are strings; "
          + "--type or --schema names others"
      ])
    #expect(try notes(["a.csv", "c.csv"]) == [])
    #expect(try notes(["a.csv"]) { try $0.setSchema("n INT, m INT") } == [])
    #expect(try notes(["a.csv"]) { $0.allStrings = true } == [])
  }
}

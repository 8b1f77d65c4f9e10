import Base
import Columns
import Compression
import Delta
import Store
import Synchronization
import TestSupport
import Testing

@testable import Grebe

@Suite("Conversion of sources that differ") struct ManySourcesTests {
  @Test func `a later source may begin with a row of the first one's kind`() throws {
    for (first, second, rows) in [
      ("d,note\n19/06/2024,a\n", "20/06/2024,b\n21/06/2024,c\n", 3),
      ("v;w\n0,5;1,5\n", "2,5;3,5\n4,5;5,5\n", 3),
      ("d\n19/06/2024\n", "20/06/2024\n21/06/2024\n", 3),
      ("n,m\n\"1,234\",\"2,345\"\n", "\"1,235\",\"2,346\"\n\"1,236\",\"2,347\"\n", 3),
      ("tag,n\n#a,1\nb,2\n", "#c,3\nd,4\n", 4),
    ] {
      let bench = Workbench()
      try bench.put("a.csv", first)
      try bench.put("b.csv", second)
      let report = try bench.convert(["a.csv", "b.csv"])
      #expect(report.rowsWritten == rows, "\(second)")
      #expect(report.notes.allSatisfy { !$0.contains("has no column of") }, "\(report.notes)")
    }
  }

  @Test func `parts of a split file keep their first rows, under the names of the first part`()
    throws
  {
    let bench = Workbench()
    try bench.put("p0.csv", "id,v\n1,a\n")
    try bench.put("p1.csv", "2,b\n3,c\n")
    try bench.put("p2.csv", "4,d\n")
    let report = try bench.convert(["p0.csv", "p1.csv", "p2.csv"])
    #expect(report.rowsRead == 4)
    #expect(try bench.rows() == ["1|a", "2|b", "3|c", "4|d"])
  }

  /// Holds whoever opens a source until four sources are open: only readers at work at the same
  /// time get past it.
  @Test func `four workers have four of many gzip sources open at once`() throws {
    let dumps = InMemoryStore()
    for index in 0..<8 {
      var packed = ByteWriter()
      try Compressor(.gzip()).compress(Buffer(Array("n\n\(index)\n".utf8)).bytes, into: &packed)
      try dumps.put("\(index).csv.gz", packed.take().bytes)
    }
    // Planning opens sources too: they count from when the plan is made.
    let opened = Mutex<Set<String>?>(nil)
    let late = Atomic(0)
    let hooked: any ObjectStore = HookedStore(dumps) { path in
      let isReading = opened.withLock { $0?.insert(path) != nil }
      var millisLeft = isReading ? 20_000 : 0
      while millisLeft > 0, opened.withLock({ $0?.count ?? 0 }) < 4 {
        pause(millis: 1)
        millisLeft -= 1
        if millisLeft == 0 { late.add(1, ordering: .relaxed) }
      }
    }
    let lake: any ObjectStore = InMemoryStore()
    let environment = Environment(
      nowMillis: { 1_700_000_000_000 }, seed: 7, parallelism: 4, memoryBudgetBytes: 64 << 20,
      openStore: { $0.hasPrefix("lake") ? lake : hooked })
    var options = ConversionOptions()
    options.textUnitBytes = 1
    let report = try Conversion(
      sources: ["dumps"], into: "lake", options: options, environment: environment
    ).run(detail: { _ in opened.withLock { $0 = [] } })
    #expect(late.load(ordering: .relaxed) == 0)
    #expect(opened.withLock { $0?.count } == 8 && report.rowsWritten == 8)
  }

  @Test func `a source with columns of its own keeps its header`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "id,v\n1,a\n")
    try bench.put("b.csv", "v,id\nb,2\n")
    try bench.put("c.csv", "size,kind\n7,x\n")
    try bench.convert(["a.csv", "b.csv", "c.csv"])
    #expect(try bench.rows() == ["1|a|NULL|NULL", "2|b|NULL|NULL", "NULL|NULL|7|x"])
  }

  @Test func `fields without names have those of a header, padded for any number of them`() throws {
    for (text, row) in [("2,y,3\n", "2|y|3"), ("2,y\n", "2|y|NULL"), ("2,y,3,z\n", "2|y|3|z")] {
      let bench = Workbench()
      try bench.put("a.csv", "id,n,v\n1,x,2\n")
      try bench.put("b.csv", text)
      let report = try bench.convert(["a.csv", "b.csv"]) { $0.dialect.padsRagged = true }
      #expect(report.schema.names.prefix(3) == ["id", "n", "v"])
      #expect(report.schema.count == max(3, text.split(separator: ",").count))
      #expect(report.notes.first?.contains("b.csv has no header: its columns are") == true)
      #expect(try bench.rows().contains(row))
    }
  }

  @Test func `a source with another delimiter is read with that`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "id,v\n1,a\n")
    try bench.put("b.csv", "id;v\n2;b\n")
    try bench.convert(["a.csv", "b.csv"])
    #expect(try bench.rows() == ["1|a", "2|b"])
  }

  private func put(_ bench: Workbench, _ texts: [String]) throws -> [String] {
    let names = texts.indices.map { "s\($0).csv" }
    for (name, text) in zip(names, texts) { try bench.put(name, text) }
    return names
  }

  @Test(arguments: [1, 4]) func `each source is read as it is written, workers:`(
    _ workers: Int
  ) throws {
    let bench = Workbench(parallelism: workers)
    var names = try put(
      bench,
      [
        "id,name,v\n1,é,2.5\n", "id;name;v\n2;y, z;3,5\n3;w;4,5\n", "id\tname\tv\r4\ta b\t5.5\r",
        "name,v,id\n'c,d',6.5,5\n'e',7.5,6\n", "# nothing yet\n", "\n\n",
      ])
    names.append("latin.csv")
    try bench.dumps.put(
      "latin.csv", Buffer(Array("id,name,v\n9,".utf8) + [0xFC] + Array(",1.5\n".utf8)).bytes)
    let report = try bench.convert(names)
    #expect(report.schema.fields.map(\.type) == [.integer, .string, .double])
    #expect(report.rowsRead == 7 && report.sources.count == 7)
    #expect(
      try bench.rows() == [
        "1|é|2.5", "2|y, z|3.5", "3|w|4.5", "4|a b|5.5", "5|c,d|6.5", "6|e|7.5", "9|ü|1.5",
      ])
  }

  @Test(arguments: ["\n\n", "# nothing yet\n", ""])
  func `a source without a record tells nothing of the others:`(_ text: String) throws {
    let bench = Workbench()
    #expect(try bench.convert(put(bench, [text, "id,v\n1,a\n"])).schema.names == ["id", "v"])
    #expect(try bench.rows() == ["1|a"])
  }

  @Test func `what the user says of the text holds for every source`() throws {
    let bench = Workbench()
    let names = try put(bench, ["id,v\n1,a\n", "id;v\n2;b\n"])
    let report = try bench.convert(names) { $0.dialect.delimiter = [UInt8(ascii: ",")] }
    #expect(report.schema.names == ["id", "v", "id;v"])
    let plain = Workbench()
    #expect(
      try plain.convert(put(plain, ["id,v\n1,a\n", "2,b\n"])) { $0.dialect.hasHeader = false }
        .rowsRead == 3)
  }

  @Test(arguments: [
    ["1,x,2\n3,y,4\n", "id,name,v\n5,z,6\n"], ["5,z,6\n", "1,x,2\n", "id,name,v\n", "3,y,4\n"],
  ]) func `sources without a header have the names of the one with it:`(_ texts: [String]) throws {
    let bench = Workbench()
    let report = try bench.convert(put(bench, texts))
    #expect(report.schema.names == ["id", "name", "v"])
    #expect(report.schema.fields.map(\.type) == [.integer, .string, .integer])
    #expect(try bench.rows() == ["1|x|2", "3|y|4", "5|z|6"])
  }

  @Test(arguments: [
    (["id,v,w\n1,a,2\n", "2,b\n"], 1, "no source with one has 2 columns"),
    (["2,b\n", "x\n", "1\n"], 1, "1 field, but 2 columns"),
    (["1,2\n", "id,v,w\n1,2,3\n"], 0, "2 fields, but 3 columns"),
    (["id,v\n1,a\n", "v,id\nb,2\n", "3,c\n"], 2, "name its columns differently"),
  ]) func `a source whose columns have no names is refused:`(
    _ texts: [String], _ refused: Int, _ why: String
  ) throws {
    let bench = Workbench()
    let names = try put(bench, texts)
    #expect {
      try bench.convert(names)
    } throws: { error in
      guard let error = error as? GrebeError else { return false }
      return error.place.hasSuffix(names[refused]) && error.message.contains(why)
        && error.hint != nil
    }
  }

  @Test(
    arguments: [
      // Where nothing tells, and where points are shown, or both.
      (["id;v\n1;1.234\n"], "1.234", "are read as fractions"),
      (["id;v;w\n1;1.234;0.5\n"], "1.234", nil), (["id,v\n1,1.234\n"], "1.234", nil),
      (["id;v;w;x\n1;1.234;0,5;0.5\n"], "1.234", "are read as fractions"),
      (["id;v\n1;1.234\n", "id;v\n2;0.5\n"], "1.234", "are read as fractions"),
      (["id;v\n1;1.234\n", "id;v\n2;0,5\n", "id;v\n3;0.5\n"], "1.234", "are read as fractions"),
      (["id;v\n1;1.234\n", "id;v\n2;0,5\n", "id,v\n3,2.345\n"], "1.234", "read as fractions"),
      // By the column, the text, another source.
      (["id;v\n1;1.234\n2;0,5\n"], "1234", nil),
      (["id;v;w\n1;1.234;0,5\n"], "1234", "are read as thousands, as w has decimal commas (0,5)"),
      (["id;v\n1;1.234\n", "id;v\n2;0,5\n"], "1234", "are read as thousands"),
      (["id;v\n1;1.234\n", "id;v\n2;7\n", "id;w\n2;0,5\n"], "1234", "are read as thousands"),
    ] as [([String], String, String?)])
  func `what a point in a number is does not depend on the order of the sources:`(
    _ texts: [String], _ value: String, _ note: String?
  ) throws {
    for order in [texts, texts.reversed(), Array(texts.dropFirst() + texts.prefix(1))] {
      let bench = Workbench()
      let report = try bench.convert(put(bench, order))
      let row = try #require(bench.rows().first { $0.hasPrefix("1|") })
      let fields = row.split(separator: "|").map(String.init)
      #expect(fields.contains(value) || fields.contains(value + ".0"), "\(order): \(row)")
      let notes = report.notes.filter { $0.contains("1.234 in v") }
      #expect(notes.count == (note == nil ? 0 : 1) && notes.allSatisfy { $0.contains(note ?? "") })
    }
  }

  @Test func `the user's word on points leaves no doubt, and later rows may tell`() throws {
    let bench = Workbench()
    let report = try bench.convert(put(bench, ["id;v\n1;1.234\n"])) {
      $0.dialect.decimalComma = true
    }
    #expect(try bench.rows() == ["1|1234"] && report.notes.isEmpty)
    let texts = try bench.convert(["s0.csv"]) {
      $0.allStrings = true
      $0.mode = .overwrite
    }
    #expect(try bench.rows() == ["1|1.234"] && texts.notes.isEmpty, "\(texts.notes)")
    let late = Workbench()
    let rows = (0..<12_000).map { "\($0);1.\(100 + $0 % 900);\(wide)\n" }.joined()
    let widened = try late.convert(put(late, ["id;v;w\n" + rows + "9;2.345,5;z\n"]))
    // Points are between thousands, as they would be if that row had been among the first.
    #expect(widened.schema.fields[1].type == .double && widened.restarts == 2)
    #expect(try late.rows().contains("9|2345.5|z"))
    let note = "later rows contradict the guess: v has decimal commas (\"2.345,5\"), so numbers of "
    #expect(widened.notes.contains { $0.hasPrefix(note) }, "\(widened.notes)")
  }

  @Test func `decimal commas that only late rows show are those of all`() throws {
    let rows = (0..<12_000).map { "\($0);1.\(100 + $0 % 900);0;\(wide)\n" }.joined()
    let late = Workbench()
    let report = try late.convert(put(late, ["id;v;w;x\n" + rows + "-1;1.234;2,5;z\n"]))
    #expect(report.schema.fields.map(\.type)[1...2] == [.integer, .double])
    #expect(try late.rows().contains("-1|1234|2.5|z"))
    let note = report.notes.first { $0.contains("has decimal commas (\"2,5\"), so numbers of") }
    #expect(note?.hasSuffix("--no-decimal-comma reads fractions; starting over") == true)
    // Where points are shown, or the user says so, they are text.
    let mixed = Workbench()
    let both = try mixed.convert(put(mixed, ["id;v;w;x\n0;0.5;0;x\n" + rows + "-1;1.234;2,5;z\n"]))
    #expect(both.schema.fields.map(\.type)[1...2] == [.double, .string])
    #expect(try mixed.rows().contains("-1|1.234|2,5|z"))
  }

  @Test func `a header that comes again in late rows of text is told`() throws {
    let bench = Workbench()
    let rows = (0..<12_000).map { _ in "Bob,Open,\(wide)\n" }.joined()
    let report = try bench.convert(put(bench, ["name,state,x\n\(rows)name,state,x\nAl,Shut,z\n"]))
    #expect(report.rowsWritten == 12_002)
    let expected = "note: the header comes again and is a row there, as all columns are text"
    #expect(report.notes.contains(expected), "\(report.notes)")
  }

  @Test func `fields without names fill an existing table by position`() throws {
    let bench = Workbench()
    try bench.convert(put(bench, ["id,v,w\n1,a,2\n"]))
    try bench.put("x.csv", "w,id\n3,2\n")
    try bench.put("y.csv", "3,b,4\n")
    try bench.convert(["x.csv", "y.csv"])
    #expect(try bench.rows() == ["1|a|2", "2|NULL|3", "3|b|4"])
    try bench.put("z.csv", "9,4\n")
    try bench.convert(["x.csv", "z.csv"]) { $0.force = true }
    #expect(try bench.rows().suffix(2) == ["3|b|4", "4|NULL|9"])
  }

  @Test func `the order of a date's parts goes by the column, wherever it is`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "placed,shipped\n01/31/2026,31/01/2026\n")
    try bench.put("b.csv", "shipped,placed\n03/04/2026,05/31/2026\n")
    try bench.convert(["a.csv", "b.csv"])
    #expect(try bench.rows() == ["2026-01-31|2026-01-31", "2026-05-31|2026-04-03"])
  }

  @Test func `an added column without a value is one of strings, and takes values later`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "a\n1\n")
    try bench.put("b.csv", "a,b\n2,\n")
    try bench.put("c.csv", "a,b\n3,x\n")
    try bench.convert(["a.csv"])
    try bench.convert(["b.csv"]) { $0.evolution.newColumns = .add }
    #expect(try Snapshot.load(bench.lake).metadata.schema.fields[1].type == .string)
    try bench.convert(["c.csv"])
    #expect(try bench.rows() == ["1|NULL", "2|NULL", "3|x"])
  }

  @Test func `arrays in another order of columns widen the right one`() throws {
    let bench = Workbench()
    try bench.put("a.json", #"[["id","v"],[1,2],[3,4]]"#)
    var text = #"[["v","id"],[3,4]"#
    let blanks = String(repeating: " ", count: 120)
    for row in 0..<12_000 { text += ",[\(row),\(blanks)9]" }
    try bench.put("b.json", text + ",[2.5,9]]")
    let report = try bench.convert(["a.json", "b.json"])
    #expect(report.schema.names == ["id", "v"] && report.restarts == 1)
    #expect(report.schema.fields.map(\.type) == [.integer, .double])
  }

  private func plan(_ bench: Workbench, _ sources: [String]) throws -> ConversionPlan {
    let environment = bench.environment
    let files = try SourceResolver(environment: environment).resolve(sources.map { "dumps/" + $0 })
      .files
    let options = ConversionOptions()
    let target = try ConversionTarget(
      location: "lake", sources: files, options: options, environment: environment)
    return try ConversionPlanner(target: target, options: options, environment: environment)
      .plan(target.pending)
  }

  @Test(arguments: [1, 4]) func `sources that are alike share how they are read, workers:`(
    _ workers: Int
  ) throws {
    let bench = Workbench(parallelism: workers)
    var names: [String] = []
    for index in 0..<200 {
      names.append("s\(index).csv")
      try bench.put(names[index], (index % 3 == 1 ? "v,id\na" : "id,v\n1") + ",\(index)\n")
    }
    let plan = try plan(bench, names)
    #expect(plan.sources.map(\.file.path) == names)
    #expect(plan.sources.map(\.ordinal) == Array(names.indices))
    #expect(Set(plan.sources.map { ObjectIdentifier($0.layout) }).count == 2)
    #expect(
      plan.sources.indices.allSatisfy {
        plan.sources[$0].columnMap == ($0 % 3 == 1 ? [1, 0] : [0, 1])
      })
  }

  @Test func `spellings that only their bytes tell apart are two layouts`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "id,v\n1,2\n")
    try bench.put("b.csv", "id,\u{E9}\n1,2\n")
    try bench.put("c.csv", "id,e\u{301}\n1,2\n")
    let plan = try plan(bench, ["a.csv", "b.csv", "c.csv"])
    #expect(Set(plan.sources.map { ObjectIdentifier($0.layout) }).count == 3)
    #expect(plan.sources.map(\.columnMap) == [[0, 1], [0, 2], [0, 2]])
  }

  @Test(arguments: [1, 4]) func `the first source with a fault is the one told of, workers:`(
    _ workers: Int
  ) throws {
    let bench = Workbench(parallelism: workers)
    var names: [String] = []
    for index in 0..<100 {
      names.append("s\(index)")
      try bench.put(names[index], index % 40 == 38 ? "PK\u{3}\u{4}zip" : "a,b\n1,2\n")
    }
    #expect {
      try bench.convert(names)
    } throws: { error in
      (error as? GrebeError)?.place.hasSuffix("s38") == true
    }
    try bench.put("s30", "PAR1____PAR1")
    #expect {
      try bench.convert(names)
    } throws: { error in
      (error as? GrebeError)?.place.hasSuffix("s30") == true
    }
  }

  @Test(arguments: [1, 4]) func `fields of a struct come in the order of the units, workers:`(
    _ workers: Int
  ) throws {
    var lines = (0..<2_000_000).map { #"{"a":\#($0)}"# }
    lines[1_500_000] = #"{"a":1,"C":{"x":1}}"#
    lines[1_999_000] = #"{"a":1,"c":{"y":1}}"#
    let bench = Workbench(parallelism: workers)
    try bench.put("a.ndjson", lines.joined(separator: "\n"))
    let report = try bench.convert(["a.ndjson"])
    #expect(report.schema.names == ["a", "C"])
    #expect(report.schema.fields[1].type.description == "struct<x:integer,y:integer>")
  }

  @Test(arguments: [["a.csv", "b.csv"], ["b.csv", "a.csv"]])
  func `a source of nothing but a header stands in nobody's way, in the order`(
    _ names: [String]
  ) throws {
    let bench = Workbench()
    try bench.put("a.csv", "x,y\n")
    try bench.put("b.csv", "d,v,id\n2026-07-07,x,8\n")
    let report = try bench.convert(names)
    #expect(report.rowsWritten == 1 && report.sources.count == 2)
    #expect(report.schema.fields.first { $0.name == "x" }?.type == .string)
    #expect(report.schema.fields.first { $0.name == "id" }?.type == .integer)
  }

  @Test func `a column that one source leaves empty and another lacks is one of strings`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n,empty\n1,\n")
    try bench.put("b.csv", "n\n2\n")
    #expect(try bench.convert(["a.csv", "b.csv"]).rowsWritten == 2)
    #expect(try bench.rows() == ["1|NULL", "2|NULL"])
  }

  @Test func `a header without rows asks an existing table for no column`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n,m\n1,2\n")
    try bench.put("b.csv", "n,new\n")
    try bench.put("c.csv", "n,m\n3,4\n")
    try bench.convert(["a.csv"])
    let report = try bench.convert(["b.csv", "c.csv"])
    #expect(report.rowsWritten == 1 && report.schema.names == ["n", "m"])
    #expect(try bench.convert(["b.csv"]).rowsRead == 0)
  }

  @Test func `empty sources have a preview`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "a\n1\n")
    try bench.put("e.csv", "")
    try bench.convert(["a.csv"])
    let preview = try Conversion(
      sources: ["dumps/e.csv"], into: "lake", options: ConversionOptions(),
      environment: bench.environment
    ).preview()
    #expect(preview.rows.rowCount == 0)
  }
}

import Base
import Columns
import Delta
import Ingest
import Store
import TestSupport
import Testing

@testable import Grebe

/// What a source is read as, however the sources are divided into loads: a watch may cut anywhere.
@Suite("Sources in loads of their own") struct SourceCutsTests {
  private static func document(_ count: Int) -> String {
    let items = (0..<count).map { #"{"sku":"abcdefghijklmnop\#($0)"}"# }
    return #"{"id":\#(count),"items":["# + items.joined(separator: ",") + "]}"
  }

  static let sources: [[String]] = [
    // Pages: the rows are a member's.
    [
      #"{"data":[{"a":1},{"a":2}]}"#, #"{"next":"x","data":[{"a":3}],"other":[{"b":1}]}"#,
      #"{"data":[]}"#, #"{"data":[],"next":null}"#, #"[{"a":4}]"#, "[]",
      #"{"type":"FeatureCollection","data":[{"a":5}],"features":[{"a":6}]}"#,
    ],
    // Names with what the ledger has to escape.
    [#"{"a?b&c=d,é%":[{"a":1}]}"#, #"{"a?b&c=d,é%":[],"z":1}"#],
    // Documents: a member of the same name is a value.
    [document(1), document(15), document(0), "[" + document(12) + "]", "[]"],
    // Arrays whose first names the columns, and a later one without names.
    [#"[["id","n,&=?"],[1,"x"]]"#, #"[[3,"y"],[4,"z"]]"#, #"[["ID","n,&=?"]]"#, #"[[5,null]]"#],
    [#"[["id","n"],[1,"x"]]"#, #"[["n","id"],["w",5]]"#, #"{"n":"v","id":6}"#, #"[[7,"u"]]"#],
    // A text of one array is a row where rows are arrays, unless it holds such rows.
    [
      "[\"id\",\"n\"]\n[1,\"x\"]\n", #"[3,"y"]"# + "\n", "[4,\n null]", #"[[5,"z"]]"#,
      #"["ID","n"]"#, "[]", #"[{"id":6}]"#,
    ],
    [#"[["a","b"],[[1],[2]]]"#, "[[3,4,5],[6]]", "[[[7],[8]],[[9],[]]]"],
    // Values of any kind.
    ["\"x\"\n2\n[3]\n", #"{"a":1}"#, #"[["id","n"],[1,2]]"#, #"{"data":[{"a":1}]}"#, "4"],
    // A column that a later source brings is one for those after it.
    [#"{"id":1}"#, #"{"id":2,"items":[{"sku":"a"}]}"#, #"{"items":[{"sku":"b"},{"sku":"c"}]}"#],
    // Delimited text before and between.
    ["id,items\n1,x\n", #"{"id":2,"items":"y"}"#, #"[{"id":3}]"#, "id,items\n4,z\n"],
    // JSON behind delimited text tells what is behind it.
    ["id,n\n1,x\n", "[\"id\",\"n\"]\n[2,\"y\"]\n", #"[3,"z"]"#, #"[[4,"u"],[5,"v"]]"#],
    [
      "a,b\n1,x\n", #"{"data":[{"a":3}]}"#, #"{"data":[],"next":1}"#,
      #"{"next":2,"data":[{"a":4}]}"#,
    ],
    // Numbers, dates and delimiters that leave a choice.
    ["k;v\na;1,5\n", "k;v\nb;1.234\n", "c;1,234\n", "k;v\nd;7\n"],
    ["k;v\na;0.5\n", "k;v\nb;1.234\n"],
    ["k;v\na;1.234\n", "k;v\nb;2.345\n"],
    ["d,v\n31/12/2026,1\n", "v,d\n2,01/02/2026\n", "d,v\n03/04/2026,3\n"],
    ["d,v\n12/31/2026,1\n", "d,v\n01/02/2026,2\n"],
    ["a;b\nx;y\nz;w\n", "p,q;r\n", "u,v;\"s;t\"\n"],
    // Text alone, where a single record may be names as well; and names alone.
    [
      "name,city\nann,rome\nbo,oslo\n", "bob,paris\n", "name,city\ncat,bern\n", "name,city\n",
      "cy;paris\ndee;\"paris; texas\"\n", "eve\tcairo\n",
    ],
  ]

  /// Rows that have a name for a value, or begin as comments do.
  static let likeHeaders: [(sources: [String], rows: [String])] = [
    (
      ["Status,Code\nOpen,1\nShut,2\n", "status,5\n", "STATUS,CODE\nx,7\n", "Status,code\ny,\n"],
      ["1|Open", "2|Shut", "5|status", "7|x", "NULL|y"]
    ),
    (["state,city\nCA,LA\n", "New York,city\n"], ["LA|CA", "city|New York"]),
    (
      ["id,at,tag\n1,2026-01-01,new\n", "9,2026-12-06,tag\n", "8,2026-12-07,ID\n7,2026-12-08,x\n"],
      ["2026-01-01|1|new", "2026-12-06|9|tag", "2026-12-07|8|ID", "2026-12-08|7|x"]
    ),
    (
      ["tag,n\nfoo,1\n", "#a,2\n#b,3\n", "#c,4\nd,5\n"],
      ["1|foo", "2|#a", "3|#b", "4|#c", "5|d"]
    ),
    (["tag,n\n#1,1\n", "#2,2\n"], ["1|#1", "2|#2"]),
    (["tag,n\nfoo,1\n", "# made by x, y\n", "#tag,n\n"], ["1|foo"]),
  ]

  @Test(arguments: likeHeaders) func `rows that look like headers or comments are rows:`(
    _ sources: [String], _ expected: [String]
  ) throws {
    for cuts in 0..<(1 << (sources.count - 1)) {
      #expect(try rows(sources, cuts: cuts) == expected, "cuts \(String(cuts, radix: 2))")
    }
  }

  private static func name(_ index: Int, _ text: String) -> String {
    let isJSON = text.hasPrefix("[") || text.hasPrefix("{") || text.hasPrefix("\"")
    let isDelimited = !isJSON && text.contains { ",;\t".contains($0) }
    return "s\(index)." + (isDelimited ? "csv" : "json")
  }

  private func rows(_ sources: [String], cuts: Int, reloading: Bool = false) throws -> [String] {
    let bench = TimedBench()
    var load: [String] = []
    for (index, text) in sources.enumerated() {
      let name = Self.name(index, text)
      try bench.put(name, text)
      load.append(name)
      guard cuts & 1 << index != 0 || index == sources.count - 1 else { continue }
      try bench.convert(load) { $0.evolution.newColumns = .add }
      load = []
    }
    return try bench.rows(columns: Snapshot.load(bench.lake).metadata.schema.names.sorted())
  }

  @Test(arguments: sources) func `the rows are the same however they are cut:`(
    _ sources: [String]
  ) throws {
    let whole = try rows(sources, cuts: 0)
    #expect(!whole.isEmpty)
    for cuts in 1..<(1 << (sources.count - 1)) {
      let cut = try rows(sources, cuts: cuts)
      #expect(cut == whole, "cuts \(String(cuts, radix: 2))")
    }
  }

  @Test func `a watch reads each file as it would all of them at once`() throws {
    for sources in Self.sources {
      let bench = TimedBench()
      for (index, text) in sources.enumerated() {
        try bench.put(Self.name(index, text), text)
      }
      var environment = bench.environment()
      environment.cancellation = Cancellation()
      var options = ConversionOptions()
      options.evolution.newColumns = .add
      var watch = WatchOptions()
      watch.batchFileCount = 1
      var loaded = 0
      try WatchedConversion(
        directory: "dumps", into: "lake", options: options, watch: watch, environment: environment,
        sleep: { bench.clock.advance(Int64($0)) }
      ).run { event in
        if case .loaded = event { loaded += 1 }
        if loaded == sources.count { environment.cancellation.cancel() }
        if case .failed(let source, let error) = event {
          Issue.record("\(source.path): \(error)")
          environment.cancellation.cancel()
        }
      }
      let columns = try Snapshot.load(bench.lake).metadata.schema.names.sorted()
      #expect(try bench.rows(columns: columns) == rows(sources, cuts: 0))
    }
  }

  @Test func `a record that is not the columns' names is a row, or is told`() throws {
    for text in ["bob,paris\n", "bob;paris", "\"bob\"\t\"paris\"\n"] {
      let bench = TimedBench()
      try bench.put("a.csv", text)
      // Into a table, and into columns that are given.
      let report = try bench.convert(["a.csv"]) { try $0.setSchema("name STRING, city STRING") }
      #expect(report.rowsRead == 1)
      try bench.put("b.csv", "city,name\n")
      #expect(try bench.convert(["b.csv"]).rowsRead == 0)
      try bench.put("c.csv", text)
      #expect(try bench.convert(["c.csv"]).rowsWritten == 1)
      #expect(try bench.rows() == ["bob|paris", "bob|paris"])
      for wrong in ["bob,paris,x\n", "x\n", "first,age\nbob,7\ncy,8\n"] {
        try bench.put("d.csv", wrong)
        let error = #expect(throws: GrebeError.self) { try bench.convert(["d.csv"]) }
        #expect(error?.code == .corrupt && error?.place.hasSuffix("d.csv") == true, "\(wrong)")
      }
      // Unless it is said to be names: of nothing, then.
      #expect(
        try bench.convert(["a.csv"]) {
          $0.force = true
          $0.dialect.hasHeader = true
        }.rowsRead == 0)
    }
  }

  @Test func `given columns are members of rows, and none that holds them`() throws {
    let bench = TimedBench()
    try bench.put("a.json", Self.document(15))
    let report = try bench.convert(["a.json"]) {
      try $0.setSchema("id INT, items ARRAY<STRUCT<sku: STRING>>")
    }
    #expect(report.rowsRead == 1)
  }

  @Test func `an overwrite begins anew, and a reload goes on`() throws {
    let bench = TimedBench()
    try bench.put("a.json", #"{"data":[{"a":1}]}"#)
    try bench.put("b.json", #"{"data":[],"next":1}"#)
    try bench.convert(["a.json"])
    try bench.put("a.json", #"{"data":[{"a":2}],"more":[{"a":3}]}"#)
    try bench.convert(["a.json"]) { $0.reloadChanged = true }
    try bench.convert(["b.json"])
    #expect(try bench.rows() == ["2"])
    try bench.convert(["b.json"]) { $0.mode = .overwrite }
    #expect(try Snapshot.load(bench.lake).metadata.schema.names == ["data", "next"])
    try bench.put("c.json", #"{"data":[{"x":1}],"next":2}"#)
    // A row now; those were rows of a member.
    #expect(try bench.convert(["c.json"]).addedColumns.isEmpty)
    #expect(try bench.rows().count == 2)
  }

  @Test func `the ledger says it once, as it was written down`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n")
    try bench.put("b.json", #"{"rows of ours":[{"n":2}]}"#)
    try bench.put("c.json", #"{"rows of ours":[{"n":3}]}"#)
    for name in ["a.csv", "b.json", "c.json"] { try bench.convert([name]) }
    let ids = try Snapshot.load(bench.lake).transactions.keys.sorted()
    #expect(ids.count == 3)
    #expect(ids[1].hasSuffix("&n=0&records=objects&rows=rows%20of%20ours"))
    #expect(ids.count { $0.contains("records=") } == 1)
  }

  @Test func `of delimited text the ledger says what leaves a choice, what is new alone`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "k|d;d\nx|y\n")
    try bench.put("b.csv", "k|v|d;d\nx|1,5|31/12/2026\n")
    try bench.put("c.csv", "k|v|d;d\nx|1.5|12/31/2026\n")
    for name in ["a.csv", "b.csv", "c.csv"] {
      try bench.convert([name]) { $0.evolution.newColumns = .add }
    }
    let ids = try Snapshot.load(bench.lake).transactions.keys.sorted()
    #expect(ids[0].hasSuffix("&n=0&delimiter=%7C&quote=%22"))
    #expect(ids[1].hasSuffix("&n=0&decimal=comma&dates=d%3Bd:day"))
    #expect(ids[2].hasSuffix("&n=0"))
    let known = Ledger(try Snapshot.load(bench.lake)).csv
    #expect(known.decimalComma == true && known.dateOrders == ["d;d": .dayFirst])
    #expect(known.separators == .init(delimiter: [0x7C], quote: 0x22, escape: nil))
  }

  @Test func `the ledger says whether an escape is before letters`() throws {
    let bench = TimedBench()
    try bench.put("a.tsv", "1\tx\\ty\t\\N\n2\tz\t5\n")
    try bench.put("b.tsv", "3\tu\\tv\t6\n")
    for name in ["a.tsv", "b.tsv"] { try bench.convert([name]) }
    let ids = try Snapshot.load(bench.lake).transactions.keys.sorted()
    #expect(ids[0].hasSuffix("&quote=%22&escape=%5C&escapes=letters"), "\(ids[0])")
    #expect(try bench.rows() == ["1|x\ty|NULL", "2|z|5", "3|u\tv|6"])
  }

  @Test func `a source that shows the contrary of earlier loads is told of`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "k;v;d\nx;1,5;31/12/2026\n")
    try bench.put("b.csv", "k;v;d\nx;1.234;01/02/2026\n")
    try bench.put("c.csv", "k;v;d\nx;0.5;12/31/2026\n")
    let dates =
      "note: dates in d of memory/b.csv are read with the day first, as in earlier loads; "
      + "--date-format says otherwise"
    #expect(try bench.convert(["a.csv"]).notes == [])
    #expect(
      try bench.convert(["b.csv"]).notes == [
        "note: numbers of memory/b.csv such as 1.234 in v are read as thousands, as earlier loads "
          + "had decimal commas; --no-decimal-comma reads fractions", dates,
      ])
    #expect(
      try bench.convert(["c.csv"]).notes == [
        "note: fractions begin with a point in numbers of memory/c.csv, and with a comma in those "
          + "of earlier loads",
        "note: dates in d of memory/c.csv begin with the month, and in earlier loads with the day",
      ])
    #expect(
      try bench.rows() == ["x|0.5|2026-12-31", "x|1.5|2026-12-31", "x|1234.0|2026-02-01"])
    // What the user says goes before all of it.
    let told = try bench.convert(["b.csv"]) {
      $0.force = true
      $0.dialect.decimalComma = false
    }
    #expect(told.notes == [dates])
    #expect(try bench.rows().contains("x|1.234|2026-02-01"))
  }

  @Test func `which of the sources tells how dates begin makes no difference`() throws {
    for names in [["a.csv", "b.csv"], ["b.csv", "a.csv"], ["a.csv", "c.csv", "b.csv"]] {
      let bench = TimedBench()
      try bench.put("a.csv", "n,d\n1,03/04/2026\n")
      try bench.put("b.csv", "n,d\n2,25/12/2026\n3,03/04/2026\n")
      try bench.put("c.csv", "n,d\n4,05/06/2026\n")
      let report = try bench.convert(names)
      #expect(report.notes == [] && report.schema.fields.map(\.type) == [.integer, .date])
      let rows = ["1|2026-04-03", "2|2026-12-25", "3|2026-04-03", "4|2026-06-05"]
      #expect(try bench.rows() == Array(rows.prefix(names.count + 1)))
    }
  }

  @Test(arguments: [["a.csv", "b.csv", "c.csv"], ["b.csv", "a.csv", "c.csv"]])
  func `one source may tell how dates are written, and another how numbers are`(
    _ names: [String]
  ) throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n;v;d\n1;1.234;03/04/2026\n")
    try bench.put("b.csv", "n;v;d\n2;5;25/12/2026\n")
    try bench.put("c.csv", "n;v;d\n3;0,5;26/12/2026\n")
    try bench.convert(names)
    #expect(
      try bench.rows() == ["1|1234.0|2026-04-03", "2|5.0|2026-12-25", "3|0.5|2026-12-26"])
  }

  @Test func `sources of one load whose dates begin otherwise are told of`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n,d\n1,25/12/2026\n")
    try bench.put("b.csv", "n,d\n2,12/25/2026\n")
    #expect(
      try bench.convert(["a.csv", "b.csv"]).notes == [
        "note: dates in d of memory/b.csv begin with the month, and in other sources with the day"
      ])
    #expect(try bench.rows() == ["1|2026-12-25", "2|2026-12-25"])
  }

  @Test func `a reload keeps what its source told, and an overwrite begins anew`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "k;v\nx;1,5\n")
    try bench.convert(["a.csv"])
    try bench.put("a.csv", "k;v\nx;7\n")
    try bench.convert(["a.csv"]) { $0.reloadChanged = true }
    try bench.put("b.csv", "k;v\ny;1.234\n")
    try bench.convert(["b.csv"])
    #expect(try bench.rows() == ["x|7.0", "y|1234.0"])
    try bench.convert(["b.csv"]) { $0.mode = .overwrite }
    #expect(try bench.rows() == ["y|1.234"])
  }
}

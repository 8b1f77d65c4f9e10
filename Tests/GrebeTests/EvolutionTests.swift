import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@testable import Grebe

@Suite("Evolution") struct EvolutionTests {
  private func bench() throws -> TimedBench {
    let bench = TimedBench()
    try bench.put("a.csv", "id,v\n1,x\n")
    try bench.convert(["a.csv"])
    return bench
  }

  @Test func `a new column fails by default, and the message says how to go on`() throws {
    let bench = try bench()
    try bench.put("b.csv", "id,v,w\n2,y,3\n")
    #expect {
      try bench.convert(["b.csv"])
    } throws: { error in
      let error = error as? GrebeError
      return error?.code == .corrupt && error?.message.contains("w") == true
        && error?.hint?.contains("--on-new-column") == true
    }
  }

  @Test func `an added column has the type that all of the input needs, older rows are null`()
    throws
  {
    let bench = try bench()
    var text = "w,v,id\n"
    for row in 0..<20_000 { text += "\(row % 50),\(wide),\(row + 2)\n" }
    try bench.put("b.csv", text + "2.5,z,1000000\n")
    let report = try bench.convert(["b.csv"]) { $0.evolution.newColumns = .add }
    #expect(report.restarts == 1 && report.rowsWritten == 20_001)
    let schema = try Snapshot.load(bench.lake).schema
    #expect(schema.names == ["id", "v", "w"] && schema.fields[2].type == .double)
    let rows = try bench.rows()
    #expect(rows.contains("1|x|NULL") && rows.contains("1000000|z|2.5"))
  }

  @Test func `columns are added before those that are computed, partitions stay`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "id,at\n1,2026-01-31T23:59:59Z\n")
    try bench.convert(["a.csv"]) { $0.partitionBy = ["month(at)"] }
    try bench.put("b.csv", "at,new,id\n2026-02-01T00:00:00Z,true,2\n")
    try bench.convert(["b.csv"]) { $0.evolution.newColumns = .add }
    #expect(
      try bench.rows(columns: ["id", "new", "at_month"]) == ["1|NULL|2026-01", "2|true|2026-02"])
    try bench.put("c.csv", "id,at,at_month\n3,2026-02-01T00:00:00Z,1999-01\n")
    #expect(throws: GrebeError.self) {
      try bench.convert(["c.csv"]) { $0.evolution.newColumns = .add }
    }
    try bench.convert(["c.csv"]) { $0.evolution.newColumns = .ignore }
    #expect(try bench.rows(columns: ["id", "at_month"]).last == "3|2026-02")
  }

  @Test func `rescued fields are members of an object, nothing is null`() throws {
    let bench = try bench()
    try bench.put("b.csv", "id,\"a \"\"b\"\"\",v,w\n2,\"line\n, \\ \"\"q\"\"\",y,\n3,,z,\n4,,z,5\n")
    try bench.convert(["b.csv"]) { $0.evolution.newColumns = .rescue }
    #expect(
      try bench.rows() == [
        "1|x|NULL", #"2|y|{"a \"b\"":"line\n, \\ \"q\""}"#, "3|z|NULL", #"4|z|{"w":"5"}"#,
      ])
    // The column is there by now, and is filled by name as well.
    try bench.put("c.csv", "id,v,_rescued_data,w\n5,y,own,\n6,y,own,7\n")
    try bench.convert(["c.csv"]) { $0.evolution.newColumns = .rescue }
    #expect(try bench.rows().suffix(2) == ["5|y|own", #"6|y|{"_rescued_data":"own","w":"7"}"#])
  }

  @Test func `names match without regard to case unless they have to be exact`() throws {
    let bench = try bench()
    try bench.put("b.csv", "ID,V\n2,y\n")
    #expect(throws: GrebeError.self) {
      try bench.convert(["b.csv"]) {
        $0.evolution.matching = .exact
        $0.evolution.newColumns = .add
      }
    }
    try bench.convert(["b.csv"])
    #expect(try bench.rows() == ["1|x", "2|y"])
  }

  @Test func `a value of another type goes to quarantine where it is told to, other rows fail`()
    throws
  {
    let bench = try bench()
    try bench.put("b.csv", "id,v\nseven,y\n8,z\n")
    let report = try bench.convert(["b.csv"]) { $0.evolution.typeConflicts = .quarantine }
    #expect(report.rowsRead == 2 && report.rowsWritten == 1 && report.rowsQuarantined == 1)
    try bench.put("c.csv", "id,v\nseven,y\n8\n")
    #expect(throws: GrebeError.self) {
      try bench.convert(["c.csv"]) { $0.evolution.typeConflicts = .quarantine }
    }
    let mixed = try bench.convert(["c.csv"]) {
      $0.evolution.typeConflicts = .quarantine
      $0.onBadRow = .skip
    }
    #expect(
      mixed.rowsRead == 2 && mixed.rowsQuarantined == 1 && mixed.rowsSkipped == 1
        && mixed.rowsWritten == 0)
  }

  private static let words = [
    ("b.csv", "id,n\n2,3000000000\n3,word\n4,true\n5,7\n6,x\n"),
    (
      "b.ndjson",
      [
        #"{"id":2,"n":3000000000}"#, #"{"id":3,"n":"word"}"#, #"{"id":4,"n":true}"#,
        #"{"id":5,"n":"7"}"#, #"{"id":6,"n":{"x":[1]}}"#, "",
      ].joined(separator: "\n")
    ),
  ]

  @Test(arguments: words)
  func `a word among wider numbers costs its own row, and the column widens`(
    _ name: String, _ text: String
  ) throws {
    let bench = Workbench()
    try bench.put("a.csv", "id,n\n1,5\n")
    try bench.convert(["a.csv"])
    try bench.put(name, text)
    let report = try bench.convert([name]) {
      $0.evolution.typeConflicts = .widen
      $0.onBadRow = .quarantine
    }
    #expect(report.rowsWritten == 2 && report.rowsQuarantined == 3 && report.restarts == 1)
    #expect(try Snapshot.load(bench.lake).schema.fields[1].type == .long)
    #expect(try bench.rows() == ["1|5", "2|3000000000", "5|7"])
  }

  @Test(arguments: [0, 80_000])
  func `surplus fields of padded records are rescued, after so many others`(_ count: Int) throws {
    let bench = Workbench()
    try bench.put("a.csv", "id,v\n1,x\n")
    try bench.convert(["a.csv"])
    let others = String(repeating: "2,a value of the table\n", count: count)
    try bench.put("b.csv", "id,v\n\(others)7,y\n8\n9,z,more,and more\n")
    let report = try bench.convert(["b.csv"]) {
      $0.dialect.padsRagged = true
      $0.evolution.newColumns = .rescue
    }
    #expect(report.rowsWritten == count + 3 && report.restarts == (count == 0 ? 0 : 1))
    #expect(try Snapshot.load(bench.lake).schema.names == ["id", "v", "_rescued_data"])
    #expect(
      try bench.rows().suffix(3) == [
        "7|y|NULL", "8|NULL|NULL", #"9|z|{"column_3":"more","column_4":"and more"}"#,
      ])
  }

  @Test func `numbers widen a column, its files are written again and nothing else changes`() throws
  {
    let bench = TimedBench()
    try bench.put("a.csv", "p,n,s\nx,1,a\ny,2,b\n")
    try bench.convert(["a.csv"]) { $0.partitionBy = ["p"] }
    try bench.put("b.csv", "p,n,s\nx,3000000000,c\n")
    let report = try bench.convert(["b.csv"]) { $0.evolution.typeConflicts = .widen }
    #expect(report.rowsWritten == 1 && report.version == 1)
    #expect(try Snapshot.load(bench.lake).schema.fields[1].type == .long)
    #expect(try bench.rows() == ["x|1|a", "x|3000000000|c", "y|2|b"])
    // Rewritten one for one: a reload still knows which file is whose.
    try bench.put("a.csv", "p,n,s\ny,5,b\n")
    try bench.convert(["a.csv"]) { $0.reloadChanged = true }
    #expect(try bench.rows() == ["x|3000000000|c", "y|5|b"])
    // What is no number makes a bad row, not a wider column.
    try bench.put("c.csv", "p,n,s\nx,word,c\n")
    #expect(throws: GrebeError.self) {
      try bench.convert(["c.csv"]) { $0.evolution.typeConflicts = .widen }
    }
  }

  @Test(arguments: [
    ("3000000000", "does not fit integer", true), ("x", "is not a valid integer", false),
  ]) func `a number too large for the table's column may widen it, and the message says so:`(
    _ value: String, _ message: String, _ mayWiden: Bool
  ) throws {
    let bench = try bench()
    func failure(_ configure: (inout ConversionOptions) throws -> Void) -> GrebeError? {
      do {
        try bench.convert(["b.csv"], configure)
        return nil
      } catch { return error as? GrebeError }
    }
    try bench.put("b.csv", "id,v\n\(value),y\n")
    let refused = failure { _ in }
    #expect(refused?.message == "\"\(value)\" in column id \(message)")
    #expect(refused?.hint?.contains("--on-type-conflict widen") == mayWiden)
    #expect(refused?.hint?.contains("--on-bad-row quarantine") == true)
    // The types of a table that is written anew are the caller's own.
    let fresh = failure {
      try $0.setSchema("id INT, v STRING")
      $0.mode = .overwrite
    }
    #expect(fresh?.message == refused?.message)
    #expect(fresh?.hint?.contains("--on-type-conflict") == false)
  }

  @Test func `a long that no double holds does not widen`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n9007199254740993\n")
    try bench.convert(["a.csv"])
    try bench.put("b.csv", "n\n0.5\n")
    let before = try bench.lake.list("", recursive: true).count
    let error = #expect(throws: GrebeError.self) {
      try bench.convert(["b.csv"]) { $0.evolution.typeConflicts = .widen }
    }
    #expect(error?.code == .corrupt)
    #expect(try bench.lake.list("", recursive: true).count == before)
    #expect(try bench.rows() == ["9007199254740993"])
  }

  @Test func `columns that are ignored are told, with their sources and rows`() throws {
    let bench = try bench()
    try bench.put("b.csv", "note,id,extra\nn,2,\nm,3,x\n")
    try bench.put("c.csv", "id,v,note\n4,y,\n")
    try bench.put("d.csv", "id,v\n5,y\n")
    let text = try bench.convert(["b.csv", "c.csv", "d.csv"]) {
      $0.evolution.newColumns = .ignore
    }
    #expect(
      text.ignoredColumns == [
        IgnoredColumn(name: "extra", sourceCount: 1, rowCount: 2),
        IgnoredColumn(name: "note", sourceCount: 2, rowCount: 3),
      ])
    try putParquet(bench, "e.parquet", "id,note,n\n6,a,1\n7,b,2\n8,,3\n")
    let parquet = try bench.convert(["e.parquet"]) { $0.evolution.newColumns = .ignore }
    #expect(
      parquet.ignoredColumns == [
        IgnoredColumn(name: "n", sourceCount: 1, rowCount: 3),
        IgnoredColumn(name: "note", sourceCount: 1, rowCount: 3),
      ])
    #expect(try bench.convert(["d.csv"]) { $0.force = true }.ignoredColumns.isEmpty)
    #expect(try bench.rows().count == 9)
  }

  @Test func `members that are ignored are counted by the records that have them`() throws {
    let bench = TimedBench()
    try bench.put("a.ndjson", #"{"id":1,"who":{"name":"a"},"many":[{"x":1}]}"# + "\n")
    try bench.convert(["a.ndjson"])
    try bench.put(
      "b.ndjson",
      #"{"id":2,"w":1,"who":{"name":"b","w":1,"w":2},"many":[{"x":1,"y":1},{"y":2}]}"# + "\n"
        + #"{"id":3,"\u0077":null,"who":{"w":{}}}"# + "\n" + #"{"id":4,"W":[]}"# + "\n")
    try bench.put("c.ndjson", #"{"id":5,"w":1}"# + "\n" + #"{"id":6}"# + "\n")
    let report = try bench.convert(["b.ndjson", "c.ndjson"]) { $0.evolution.newColumns = .ignore }
    #expect(
      report.ignoredColumns == [
        IgnoredColumn(name: "W", sourceCount: 1, rowCount: 1),
        IgnoredColumn(name: "many.y", sourceCount: 1, rowCount: 1),
        IgnoredColumn(name: "w", sourceCount: 2, rowCount: 3),
        IgnoredColumn(name: "who.w", sourceCount: 1, rowCount: 2),
      ])
    #expect(!report.ignoresMoreColumns)
    let names = (0..<3000).map { "\"k\($0)\":0" }.joined(separator: ",")
    try bench.put("d.ndjson", #"{"id":7,"# + names + "}\n")
    let wide = try bench.convert(["d.ndjson"]) { $0.evolution.newColumns = .ignore }
    #expect(wide.ignoredColumns.count == 1000 && wide.ignoresMoreColumns)
    #expect(try bench.rows(columns: ["id"]) == ["1", "2", "3", "4", "5", "6", "7"])
  }

  /// A Parquet file with the rows of a dump, as a source.
  private func putParquet(_ bench: TimedBench, _ name: String, _ text: String) throws {
    let other = TimedBench()
    try other.put("a.csv", text)
    try other.convert(["a.csv"])
    let file = try #require(try Snapshot.load(other.lake).files.first)
    bench.clock.advance(1000)
    let bytes = try other.lake.read(try file.storePath(), range: nil)
    try bench.dumps.put(name, bytes.bytes)
  }

  @Test func `rows of Parquet files that do not fit are bad rows, one by one`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n,s\n1,x\n")
    try bench.convert(["a.csv"]) { try $0.setSchema("n INT NOT NULL, s STRING") }
    try putParquet(bench, "b.parquet", "s,n\ny,2\nz,3000000000\nw,\n")
    // A long is no int, whatever its values are, unless each is looked at.
    #expect(throws: GrebeError.self) { try bench.convert(["b.parquet"]) }
    #expect {
      try bench.convert(["b.parquet"]) { $0.evolution.typeConflicts = .quarantine }
    } throws: { error in
      let error = error as? GrebeError
      return error?.code == .corrupt && error?.place.hasSuffix("b.parquet: row 3") == true
        && error?.message.contains("column n: a null") == true
    }
    let report = try bench.convert(["b.parquet"]) {
      $0.evolution.typeConflicts = .quarantine
      $0.onBadRow = .skip
    }
    #expect(
      report.rowsRead == 3 && report.rowsWritten == 1 && report.rowsQuarantined == 1
        && report.rowsSkipped == 1)
    #expect(try bench.rows() == ["1|x", "2|y"])
    #expect(
      try bench.rows(of: bench.quarantine, columns: ["line", "column", "reason", "raw"])
        == [#"2|n|out_of_range|{"n":3000000000,"s":"z"}"#])
    #expect(try bench.replay().rowsLeft == 1)
  }

  @Test func `a fraction does not become an integer on the way to quarantine`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n\n1\n")
    try bench.convert(["a.csv"])
    try putParquet(bench, "b.parquet", "n\n2.0\n2.5\n1e300\n")
    let report = try bench.convert(["b.parquet"]) { $0.evolution.typeConflicts = .quarantine }
    #expect(report.rowsWritten == 1 && report.rowsQuarantined == 2)
    #expect(try bench.rows() == ["1", "2"])
  }

  @Test func `a long that is no double exactly is a bad row, where columns are widened too`()
    throws
  {
    let bench = TimedBench()
    try bench.put("a.csv", "d\n0.5\n")
    try bench.convert(["a.csv"])
    try putParquet(bench, "b.parquet", "d\n7\n9007199254740993\n1152921504606846976\n")
    #expect(throws: GrebeError.self) { try bench.convert(["b.parquet"]) }
    #expect {
      try bench.convert(["b.parquet"]) { $0.evolution.typeConflicts = .widen }
    } throws: { error in
      let error = error as? GrebeError
      return error?.code == .corrupt && error?.place.hasSuffix("b.parquet: row 2") == true
    }
    let report = try bench.convert(["b.parquet"]) {
      $0.evolution.typeConflicts = .widen
      $0.onBadRow = .quarantine
    }
    #expect(report.rowsWritten == 2 && report.rowsQuarantined == 1)
    #expect(try bench.rows() == ["0.5", "1.152921504606847e+18", "7.0"])
    #expect(
      try bench.rows(of: bench.quarantine, columns: ["raw"]) == [#"{"d":9007199254740993}"#])
    #expect(try Snapshot.load(bench.lake).schema.fields[0].type == .double)
  }

  @Test func `columns of Parquet files are added, rescued and widen the table's`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "n,s\n1,x\n")
    try bench.convert(["a.csv"])
    try putParquet(bench, "b.parquet", "n,d\n2,2026-01-01\n")
    try bench.convert(["b.parquet"]) { $0.evolution.newColumns = .add }
    #expect(try Snapshot.load(bench.lake).schema.fields[2].type == .date)
    try putParquet(bench, "c.parquet", "n,e\n3000000000,true\n")
    #expect(throws: GrebeError.self) {
      try bench.convert(["c.parquet"]) { $0.evolution.newColumns = .rescue }
    }
    try bench.convert(["c.parquet"]) {
      $0.evolution.newColumns = .rescue
      $0.evolution.typeConflicts = .widen
    }
    #expect(
      try bench.rows() == [
        "1|x|NULL|NULL", "2|NULL|2026-01-01|NULL", #"3000000000|NULL|NULL|{"e":true}"#,
      ])
  }

  @Test func `values are rescued in a string and in nothing else`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "id,_rescued_data\n1,2\n")
    try bench.convert(["a.csv"])
    try bench.put("b.csv", "id,more\n2,x\n")
    let error = #expect(throws: GrebeError.self) {
      try bench.convert(["b.csv"]) { $0.evolution.newColumns = .rescue }
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message.contains("_rescued_data is integer") == true)
    #expect(try bench.convert(["b.csv"]) { $0.evolution.newColumns = .ignore }.rowsWritten == 1)
  }

  @Test func `of too many ignored names the first are told, counted whole`() {
    let names = (0..<1500).map { "k\($0 + 1000)" }
    var workers = [IgnoredColumns(), IgnoredColumns(), IgnoredColumns()]
    var random = SeededRandom(seed: 3)
    for round in 0..<6 {
      for name in names.shuffled(using: &random) {
        workers[round % 3].add(name, rowCount: 1, source: round)
      }
    }
    var all = IgnoredColumns()
    for worker in workers { all.add(worker) }
    #expect(all.isCut && all.columns.map(\.name) == Array(names.prefix(1000)))
    #expect(all.columns.allSatisfy { $0.rowCount == 6 && $0.sourceCount == 6 })
  }
}

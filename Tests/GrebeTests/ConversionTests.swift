import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@testable import Grebe

/// A table and its dumps in memory.
struct Workbench {
  let dumps = InMemoryStore()
  let lake = InMemoryStore()
  let quarantine = InMemoryStore()
  let environment: Environment

  /// - Parameter front: stands before the table's store, to fail or to let others write.
  init(
    parallelism: Int = 2, front: (InMemoryStore) -> any ObjectStore = { $0 }
  ) {
    let (dumps, quarantine, lakeFront) = (dumps, quarantine, front(lake))
    environment = Environment(
      nowMillis: { 1_700_000_000_000 }, seed: 7, parallelism: parallelism,
      memoryBudgetBytes: 64 << 20,
      openStore: { location in
        location.hasPrefix("lake")
          ? (location.contains("_quarantine") ? quarantine : lakeFront) : dumps
      })
  }

  func put(_ name: String, _ text: String) throws {
    try dumps.put(name, Buffer(Array(text.utf8)).bytes)
  }

  @discardableResult
  func convert(
    _ names: [String], _ configure: (inout ConversionOptions) throws -> Void = { _ in }
  ) throws -> ConversionReport {
    var options = ConversionOptions()
    try configure(&options)
    return try Conversion(
      sources: names.map { "dumps/" + $0 }, into: "lake", options: options, environment: environment
    ).run()
  }

  /// Every row of a version as text, sorted.
  func rows(_ version: TableVersion = .latest, of store: InMemoryStore? = nil) throws -> [String] {
    let store = store ?? lake
    let snapshot = try Snapshot.load(store, at: version)
    let target = ScanTarget(store: store, snapshot: snapshot)
    var rows: [String] = []
    for file in snapshot.files {
      let scanner = try FileScanner(file, of: target, columns: Array(0..<target.schema.count))
      for group in 0..<scanner.rowGroupCount {
        try scanner.forEachBatch(rowGroup: group) { batch in
          for row in 0..<batch.rowCount {
            rows.append(
              batch.columns.map { $0[row].isNull ? "NULL" : $0[row].description }
                .joined(separator: "|"))
          }
          return true
        }
      }
    }
    return rows.sorted()
  }
}

@Suite("Conversion") struct ConversionTests {
  @Test(arguments: [("a.csv", 1), ("a.csv", 100_000), ("a.json", 64), ("a.csv", 2_000_000)])
  func `a source of zeros is refused, and says so`(_ name: String, _ count: Int) throws {
    let bench = Workbench()
    try bench.dumps.put(name, Buffer([UInt8](repeating: 0, count: count)).bytes)
    #expect {
      try bench.convert([name]) { $0.onBadRow = .skip }
    } throws: { error in
      guard let error = error as? GrebeError else { return false }
      return error.code == .corrupt && error.place == "memory/" + name
        && error.message.contains("zero bytes")
    }
    #expect(try Snapshot.loadIfPresent(bench.lake) == nil)
  }

  @Test func `zeros within a text are a bad row at most`() throws {
    let bench = Workbench()
    try bench.dumps.put("a.csv", Buffer(Array("id,v\n1,a\n".utf8) + [0, 0, 0, 10]).bytes)
    let report = try bench.convert(["a.csv"]) { $0.onBadRow = .skip }
    #expect(report.rowsRead == 2 && report.rowsSkipped == 1)
  }

  @Test func `types are inferred and every row arrives`() throws {
    let bench = Workbench()
    try bench.put(
      "a.csv", "id,name,price,day,at,ok\n1,x,1.5,2026-11-23,2026-11-23T10:00:00Z,true\n2,,,,,\n")
    let report = try bench.convert(["a.csv"])
    #expect(report.rowsRead == 2 && report.rowsWritten == 2 && report.version == 0)
    #expect(
      report.schema.fields.map(\.type) == [.integer, .string, .double, .date, .timestamp, .boolean])
    #expect(
      try bench.rows() == [
        "1|x|1.5|2026-11-23|2026-11-23T10:00:00Z|true", "2|NULL|NULL|NULL|NULL|NULL",
      ])
  }

  @Test func `the same source is loaded once, another is appended, force loads again`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n\n1\n")
    try bench.put("b.csv", "n\n2\n")
    #expect(try bench.convert(["a.csv"]).version == 0)
    let again = try bench.convert(["a.csv"])
    #expect(again.version == 0 && again.rowsRead == 0)
    #expect(again.sources.map(\.status) == [.alreadyLoaded])
    let both = try bench.convert(["a.csv", "b.csv"])
    #expect(both.version == 1 && both.rowsWritten == 1)
    #expect(try bench.rows() == ["1", "2"])
    #expect(try bench.convert(["a.csv"]) { $0.force = true }.version == 2)
    #expect(try bench.rows() == ["1", "1", "2"])
    #expect(try bench.rows(.version(0)) == ["1"])
  }

  @Test func `overwrite replaces rows and forgets what other sources had loaded`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n\n1\n")
    try bench.put("b.csv", "m\nx\n")
    try bench.convert(["a.csv"])
    #expect(try bench.convert(["b.csv"]) { $0.mode = .overwrite }.version == 1)
    #expect(try bench.rows() == ["x"])
    #expect(try bench.rows(.version(0)) == ["1"])
    try bench.put("c.csv", "m\ny\n")
    try bench.convert(["c.csv"]) { $0.mode = .append }
    #expect(try bench.rows() == ["x", "y"])
  }

  @Test func `mode error and a wrong version refuse, and change nothing`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n\n1\n")
    try bench.convert(["a.csv"])
    #expect(throws: GrebeError.self) {
      try bench.convert(["a.csv"]) { $0.mode = .error }
    }
    #expect { try bench.convert(["a.csv"]) { $0.ifVersion = 5 } } throws: {
      ($0 as? GrebeError)?.code == .conflict
    }
    #expect(try bench.rows() == ["1"])
  }

  @Test func `a bad row fails the load with its place, and nothing is committed`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n,m\n1,2\n3,four\n")
    #expect {
      try bench.convert(["a.csv"]) { try $0.setSchema("n INT, m INT") }
    } throws: { error in
      guard let error = error as? GrebeError else { return false }
      return error.code == .corrupt && error.message.contains("four") && error.message.contains("m")
        && error.place.hasSuffix("a.csv: line 3")
    }
    #expect(try Snapshot.loadIfPresent(bench.lake) == nil)
  }

  @Test func `bad rows go to quarantine with their place, the rest is loaded`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n,m\n1,2\n3,four\n5\n\"6\n7\",8\n9,10\n")
    let report = try bench.convert(["a.csv"]) {
      try $0.setSchema("n INT, m INT")
      $0.onBadRow = .quarantine
    }
    #expect(report.rowsRead == 5 && report.rowsWritten == 2 && report.rowsQuarantined == 3)
    #expect(try bench.rows() == ["1|2", "9|10"])
    let rejects = try bench.rows(of: bench.quarantine)
    #expect(rejects.count == 3)
    #expect(rejects.allSatisfy { $0.hasPrefix(report.loadID) })
    #expect(rejects.contains { $0.contains("|3|") && $0.contains("|m|") && $0.contains("3,four") })
  }

  @Test func `too many bad rows commit nothing, not even the rejects`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n\n1\nx\ny\n")
    #expect(throws: GrebeError.self) {
      try bench.convert(["a.csv"]) {
        try $0.setSchema("n INT")
        $0.onBadRow = .quarantine
        $0.badRowLimit = .rows(1)
      }
    }
    #expect(try Snapshot.loadIfPresent(bench.lake) == nil)
    #expect(try Snapshot.loadIfPresent(bench.quarantine) == nil)
  }

  @Test func `a value far behind the sample widens its column, and nothing is lost`() throws {
    let bench = Workbench()
    var text = "id,code,w\n"
    for row in 0..<20_000 { text += "\(row),\(row % 100),\(wide)\n" }
    text += "200000,12.5,z\n3000000000,x7,z\n"
    try bench.put("a.csv", text)
    let report = try bench.convert(["a.csv"])
    #expect(report.rowsWritten == 20_002 && report.restarts == 1)
    #expect(report.schema.fields.map(\.type) == [.long, .string, .string])
    let rows = try Set(bench.rows())
    #expect(rows.isSuperset(of: ["3000000000|x7|z", "200000|12.5|z", "7|7|\(wide)"]))
  }

  @Test func `stray quotes before a cut do not move it`() throws {
    let bench = Workbench()
    // An odd number of quotes inside unquoted fields, then quoted line breaks past the first unit.
    var text = "id,text\n1,5\" pipe\n"
    let filler = String(repeating: "z", count: 1000)
    for row in 2..<40_000 { text += "\(row),\"line\n\(filler)\"\n" }
    try bench.put("a.csv", text)
    let report = try bench.convert(["a.csv"])
    #expect(report.rowsRead == 39_999 && report.rowsWritten == 39_999)
    #expect(try bench.rows().contains("1|5\" pipe"))
  }

  @Test func `computed partition columns are written, kept on append, and pruned by`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "id,at\n1,2026-01-31T23:59:59Z\n2,2026-02-01T00:00:00Z\n3,\n")
    try bench.put("b.csv", "id,at\n4,2026-02-02T00:00:00Z\n")
    let report = try bench.convert(["a.csv"]) { $0.partitionBy = ["month(at)"] }
    #expect(report.partitionCount == 3)
    try bench.convert(["b.csv"])
    #expect(
      try bench.rows() == [
        "1|2026-01-31T23:59:59Z|2026-01", "2|2026-02-01T00:00:00Z|2026-02", "3|NULL|NULL",
        "4|2026-02-02T00:00:00Z|2026-02",
      ])
  }

  @Test(arguments: ["nowhere", "day(id)", "hour(d)", "week(d)", "id,name,d"])
  func `a partitioning that cannot be is refused:`(_ terms: String) throws {
    let bench = Workbench()
    try bench.put("a.csv", "id,name,d\n1,x,2026-01-01\n")
    #expect(throws: GrebeError.self) {
      try bench.convert(["a.csv"]) { $0.partitionBy = terms.split(separator: ",").map(String.init) }
    }
  }

  /// But for their names, which are drawn as files are made.
  @Test(arguments: [("partitioned", ["group"], []), ("sorted", [], ["text"]), ("plain", [], [])])
  func `the files are the same, byte for byte, for any number of workers:`(
    _ layout: String, _ partitionBy: [String], _ sortBy: [String]
  ) throws {
    var text = "id,text,group\n"
    for row in 0..<20_000 { text += "\(row),\"a \"\"quoted\"\"\n\(row)\",g\(row % 3)\n" }
    func files(_ parallelism: Int) throws -> [[UInt8]] {
      let bench = Workbench(parallelism: parallelism)
      try bench.put("a.csv", text)
      try bench.convert(["a.csv"]) {
        $0.partitionBy = partitionBy
        $0.sortBy = sortBy
        $0.targetFileBytes = 20_000
        // Some 20 units, each of whichever worker is free.
        $0.textUnitBytes = 25_000
      }
      let snapshot = try Snapshot.load(bench.lake)
      return try snapshot.files.map { file in
        let partition = file.partitionValues.map { "\($0.key)=\($0.value ?? "")" }.joined()
        return try Array(partition.utf8) + Array(bench.lake.read(file.path, range: nil))
      }.sorted { $0.lexicographicallyPrecedes($1) }
    }
    let expected = try files(1)
    // Sorted rows are one row group, and so one file.
    #expect(expected.count >= (sortBy.isEmpty ? 3 : 1))
    for parallelism in [2, 8] {
      let found = try files(parallelism)
      #expect(found.map(\.count) == expected.map(\.count), "\(parallelism) workers")
      let isSame = found == expected
      #expect(isSame, "\(parallelism) workers")
    }
  }

  @Test func `a zip archive is refused by name`() throws {
    let bench = Workbench()
    try bench.put("a", "PK\u{3}\u{4}")
    #expect { try bench.convert(["a"]) } throws: { ($0 as? GrebeError)?.code == .unsupported }
  }

  @Test(arguments: [
    ("a.parquet", "", ErrorCode.corrupt, "not a Parquet file: it is empty"),
    ("a", "PAR1....", .corrupt, "too short for a Parquet file"),
    ("a", "PAR1\0\0\0\0PAR1", .corrupt, "footer"),
    ("a", "PARE....____PARE", .corrupt, "footer"),
  ]) func `a damaged Parquet file is one by its magic, or empty by its name`(
    _ name: String, _ text: String, _ code: ErrorCode, _ words: String
  ) throws {
    let bench = Workbench()
    try bench.put(name, text)
    #expect {
      try bench.convert([name])
    } throws: { error in
      let error = error as? GrebeError
      return error?.code == code && error?.message.contains(words) == true
        && error?.place.hasSuffix("/" + name) == true
    }
  }

  @Test(arguments: ["PAR1____PAR1", "PARE____PARE"])
  func `Parquet files and text do not mix`(_ text: String) throws {
    let bench = Workbench()
    try bench.put("a", text)
    try bench.put("b", "x\n1\n")
    #expect {
      try bench.convert(["a", "b"])
    } throws: { error in
      let error = error as? GrebeError
      return error?.code == .unsupported
        && error?.message.hasPrefix("the source is a Parquet file") == true
    }
  }

  @Test func `a header may begin as encrypted files do`() throws {
    let bench = Workbench()
    try bench.put("a", "PARENT,CHILD\n1,2\n")
    #expect(try bench.convert(["a"]).rowsWritten == 1)
  }
}

@Suite("Conversion: what reviews found") struct ConversionRegressionTests {
  @Test func `a small bad source behind a split one does not start the load over for ever`() throws
  {
    let bench = Workbench()
    var large = "k,v\n"
    while large.utf8.count < 18 << 20 { large += "1,\"some text that fills the unit\"\n" }
    try bench.put("a.csv", large)
    try bench.put("b.csv", "k,v\n1,x\n2,\"never closed\n3,y\n")
    let report = try bench.convert(["a.csv", "b.csv"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 1 && report.restarts == 0)
  }

  @Test func `names that differ only in composition are two sources and two partitions`() throws {
    let bench = Workbench()
    try bench.put("caf\u{E9}.csv", "k,n\ncaf\u{E9},1\n")
    try bench.put("cafe\u{301}.csv", "k,n\ncafe\u{301},2\n")
    let report = try bench.convert([""]) { $0.partitionBy = ["k"] }
    #expect(report.sources.count == 2 && report.rowsWritten == 2 && report.partitionCount == 2)
    #expect(
      try bench.rows().map { Array($0.utf8) }
        == [
          Array("1|caf\u{E9}".utf8), Array("2|cafe\u{301}".utf8),
        ].map { row in  // The partition column comes first in the sources, and so in the table.
          let parts = row.split(separator: UInt8(ascii: "|"))
          return Array(parts[1]) + [UInt8(ascii: "|")] + Array(parts[0])
        })
  }

  @Test func `null and the text that Hive has for it are two partitions`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "k,n\n,1\n__HIVE_DEFAULT_PARTITION__,2\n")
    try bench.convert(["a.csv"]) { $0.partitionBy = ["k"] }
    #expect(try bench.rows() == ["NULL|1", "__HIVE_DEFAULT_PARTITION__|2"])
  }

  @Test func `an overwrite keeps the partitioning and raises the protocol when it must`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "k,at\nx,2026-01-01T00:00:00Z\n")
    try bench.convert(["a.csv"])
    #expect(try Snapshot.load(bench.lake).tableProtocol.minWriterVersion == 2)
    try bench.convert(["a.csv"]) {
      $0.mode = .overwrite
      $0.partitionBy = ["month(at)"]
    }
    #expect(try Snapshot.load(bench.lake).tableProtocol.minWriterVersion == 4)
    try bench.convert(["a.csv"]) { $0.mode = .overwrite }
    #expect(try Snapshot.load(bench.lake).metadata.partitionColumns == ["at_month"])
    #expect(try bench.rows() == ["x|2026-01-01T00:00:00Z|2026-01"])
  }

  @Test func `a load that fails leaves no files`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "k,n\na,1\nb,2\nc,x\n")
    #expect(throws: GrebeError.self) {
      try bench.convert(["a.csv"]) {
        try $0.setSchema("k STRING, n INT")
        $0.partitionBy = ["k"]
      }
    }
    #expect(try bench.lake.list("", recursive: true).isEmpty)
  }

  @Test func `empty sources do not stand in the way of others, alone they have no columns`() throws
  {
    let bench = Workbench()
    try bench.put("a.csv", "n\n1\n")
    try bench.put("empty.csv", "")
    #expect(try bench.convert(["a.csv", "empty.csv"]).rowsWritten == 1)
    #expect(try bench.rows() == ["1"])
    let other = Workbench()
    try other.put("empty.csv", "")
    #expect { try other.convert(["empty.csv"]) } throws: { ($0 as? GrebeError)?.code == .corrupt }
  }

  @Test func `the files of a table among the sources are not sources`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "n\n1\n")
    try bench.put("t/_delta_log/00000000000000000000.json", "{}")
    try bench.put("t/part-0.parquet", "PAR1")
    #expect(try bench.convert([""]).sources.count == 1)
  }

  @Test func `a text whose lines end with CR may have others within quotes`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "id,name,v\r1,a,1.5\r2,\"b\nc\",2.5\r3,d,3.5\r")
    #expect(try bench.convert(["a.csv"]).schema.names == ["id", "name", "v"])
    #expect(try bench.rows() == ["1|a|1.5", "2|b\nc|2.5", "3|d|3.5"])
  }

  @Test(arguments: [100 << 10, 1_500_000, 5 << 20])
  func `fields of many lines are fields, with so many bytes:`(_ size: Int) throws {
    let bench = Workbench()
    let body = String(
      repeating: "forty characters, of words and of commas\n", count: size / 41)
    let count = max(3, (3 << 20) / size)
    try bench.put(
      "a.csv",
      "id,body,n\n" + (0..<count).map { "\($0),\"\(body)\",\($0)\n" }.joined())
    let report = try bench.convert(["a.csv"])
    #expect(report.schema.names == ["id", "body", "n"] && report.rowsWritten == count)
    #expect(report.schema.fields.map(\.type) == [.integer, .string, .integer])
  }

  @Test func `text of nothing but damage is set aside row by row`() throws {
    let bench = Workbench()
    var text = "a,b\n1,2\n"
    for _ in 0..<50_000 { text += "only one field\n" }
    try bench.put("a.csv", text + "3,4\n")
    let report = try bench.convert(["a.csv"]) {
      $0.onBadRow = .quarantine
      $0.dialect.delimiter = [UInt8(ascii: ",")]
      try $0.setSchema("a INT, b INT")
    }
    #expect(
      report.rowsRead == 50_002 && report.rowsWritten == 2 && report.rowsQuarantined == 50_000)
    #expect(try bench.rows(of: bench.quarantine).count == 50_000)
  }

  @Test func `ragged rows leave the delimiter to the header`() throws {
    let bench = Workbench()
    var text = "id,name,city,date\n"
    for row in 0..<100 { text += "\(row),x,y,2026-01-01" + (row % 2 == 0 ? ",extra\n" : "\n") }
    try bench.put("a.csv", text)
    let report = try bench.convert(["a.csv"]) { $0.onBadRow = .quarantine }
    #expect(report.schema.names == ["id", "name", "city", "date"])
    #expect(report.rowsWritten == 50 && report.rowsQuarantined == 50)
  }

  @Test func `an overwrite keeps the name of a computed partition column, or says what it lacks`()
    throws
  {
    let bench = Workbench()
    let schema = Schema([
      Field("at", .timestamp),
      Field("date", .date, metadata: ["delta.generationExpression": "\"CAST(at AS DATE)\""]),
    ])
    _ = try Transaction(
      creating: .new(
        schema: schema, partitionColumns: ["date"], environment: bench.environment),
      operation: Operation("CREATE TABLE")
    ).commit(to: bench.lake, environment: bench.environment)
    try bench.put("a.csv", "at\n2026-01-01T05:00:00Z\n")
    try bench.convert(["a.csv"]) { $0.mode = .overwrite }
    #expect(try bench.rows() == ["2026-01-01T05:00:00Z|2026-01-01"])
    #expect(try Snapshot.load(bench.lake).metadata.partitionColumns == ["date"])
    try bench.put("b.csv", "n\n1\n")
    #expect(throws: GrebeError.self) { try bench.convert(["b.csv"]) { $0.mode = .overwrite } }
    try bench.convert(["b.csv"]) {
      $0.mode = .overwrite
      $0.partitionBy = ["none"]
    }
    #expect(try bench.rows() == ["1"])
  }

  @Test func `rejects that were committed stay readable when the load itself fails`() throws {
    let next = commitPath(1)
    let bench = Workbench { lake in
      FaultyStore(lake) { effect in
        // Another writer gets there first, with a commit that cannot be read.
        guard effect == .putIfAbsent(next) else { return }
        let garbage = Buffer(Array("garbage".utf8))
        _ = try? lake.putIfAbsent(next, garbage.bytes)
      }
    }
    try bench.put("a.csv", "n\n1\n")
    try bench.convert(["a.csv"])
    try bench.put("b.csv", "n\n2\nx\n")
    #expect(throws: GrebeError.self) {
      try bench.convert(["b.csv"]) { $0.onBadRow = .quarantine }
    }
    let rejects = try Snapshot.load(bench.quarantine)
    #expect(rejects.version == 1 && rejects.files.isEmpty)
    #expect(try bench.rows(.version(0), of: bench.quarantine).count == 1)
  }

  @Test func `a crash at any effect leaves the old version or the new`() throws {
    let count = try forEachEffect { try crash(at: $0) }
    #expect(count > 5)
  }

  /// - Returns: whether the store has had so many effects.
  private func crash(at effect: Int) throws -> Bool {
    var isReached = false
    for fault in [Fault.before(effect), .after(effect), .torn(effect)] {
      let before = Workbench()
      try before.put("a.csv", "k,n\na,1\nb,2\n")
      try before.convert(["a.csv"]) { $0.partitionBy = ["k"] }
      let store = FaultyStore(before.lake, fault: fault)
      let environment = Environment(
        nowMillis: { 1_700_000_000_001 }, seed: 8, parallelism: 2, memoryBudgetBytes: 1 << 26,
        openStore: { [dumps = before.dumps] location in
          let chosen: any ObjectStore = location.hasPrefix("lake") ? store : dumps
          return chosen
        })
      try before.put("b.csv", "k,n\na,3\nc,4\n")
      let load = Conversion(
        sources: ["dumps/b.csv"], into: "lake", options: ConversionOptions(),
        environment: environment)
      let report = try? load.run()
      isReached = isReached || store.isDead
      // A torn commit is refused loudly; everything else is one version or the other.
      let isTornCommit =
        fault == .torn(effect) && store.isDead
        && store.effects.last == .putIfAbsent(commitPath(1))
      if isTornCommit {
        #expect(throws: DeltaError.self) { try before.rows() }
        continue
      }
      let rows = try before.rows()
      #expect(rows == ["a|1", "b|2"] || rows == ["a|1", "a|3", "b|2", "c|4"])
      if report != nil { #expect(rows.count == 4) }
      #expect(try before.rows(.version(0)) == ["a|1", "b|2"])
    }
    return isReached
  }

  @Test func `a folder whose name only ends like a log is a folder of sources`() throws {
    let bench = Workbench()
    try bench.put("old_delta_log/x.csv", "n\n1\n")
    try bench.put("older.csv", "n\n2\n")
    #expect(try bench.convert([""]).sources.count == 2)
  }
}

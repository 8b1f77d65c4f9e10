import Columns
import Delta
import TestSupport
import Testing

@testable import Grebe

@Suite("Columns in the paths of sources") struct PathColumnTests {
  @Test func `folders named key=value are columns, typed as text is`() throws {
    let bench = Workbench()
    try bench.put("dt=2024-01-01/c=N%4C/a.csv", "id\n1\n")
    try bench.put("dt=2024-01-02/c=__HIVE_DEFAULT_PARTITION__/a.csv", "id\n2\n")
    let report = try bench.convert([""])
    #expect(report.schema.names == ["id", "dt", "c"])
    #expect(report.schema.fields.map(\.type) == [.integer, .date, .string])
    #expect(try bench.rows() == ["1|2024-01-01|NL", "2|2024-01-02|NULL"])
    #expect(report.notes.contains { $0.contains("have values of columns dt, c; --hive-part") })
  }

  @Test func `what is no escape stands for itself`() throws {
    let bench = Workbench()
    try bench.put("disc=50%/a.csv", "id\n1\n")
    try bench.put("disc=%zz/a.csv", "id\n2\n")
    try bench.put("disc=1%30/a.csv", "id\n3\n")
    try bench.convert([""])
    #expect(try bench.rows() == ["1|50%", "2|%zz", "3|10"])
  }

  @Test func `leading zeros stay, unless a type is named`() throws {
    for (type, expected) in [(nil, "1|01"), (DataType.integer, "1|1")] {
      let bench = Workbench()
      try bench.put("m=01/a.csv", "id\n1\n")
      try bench.convert([""]) { $0.typeHints["m"] = type }
      #expect(try bench.rows() == [expected])
    }
  }

  @Test func `a source that has the column itself keeps its values`() throws {
    let bench = Workbench()
    try bench.put("dt=2024-01-01/a.csv", "id,dt\n1,2025-05-05\n")
    try bench.put("dt=2024-01-02/b.csv", "id\n2\n")
    try bench.put("c.csv", "id\n3\n")
    try bench.convert([""])
    #expect(try bench.rows() == ["1|2025-05-05", "2|2024-01-02", "3|NULL"])
  }

  @Test func `records of JSON without the member have the path's value`() throws {
    let bench = Workbench()
    try bench.put("k=5/a.json", "{\"id\":1}\n{\"id\":2,\"k\":7.5}\n{\"id\":3,\"k\":null}\n")
    try bench.convert([""])
    #expect(try bench.rows() == ["1|5.0", "2|7.5", "3|NULL"])
  }

  @Test func `fields without a header and values that are no objects fill the other columns`()
    throws
  {
    let bench = Workbench()
    try bench.put("k=5/a.csv", "1,2\n3,4\n")
    try bench.convert([""])
    #expect(try bench.rows() == ["1|2|5", "3|4|5"])
    try bench.put("k=6/b.csv", "5,6\n")
    try bench.convert([""])
    #expect(try bench.rows() == ["1|2|5", "3|4|5", "5|6|6"])
    let values = Workbench()
    try values.put("k=5/a.json", "[[1],[2]]\n[[3]]\n")
    let report = try values.convert([""])
    #expect(report.schema.names == ["value", "k"] && report.rowsWritten == 2)
  }

  @Test func `they are left out where the user says so, and have to fit columns that are given`()
    throws
  {
    let bench = Workbench()
    try bench.put("dt=x/a.csv", "id\n1\n")
    let plain = try bench.convert([""]) { $0.readsPathColumns = false }
    #expect(plain.schema.names == ["id"] && plain.notes.isEmpty)
    for (schema, part) in [
      ("id INT, dt DATE", "\"x\" in the path is not a valid date of column dt"),
      ("id INT", "column dt that --schema lacks"),
    ] {
      #expect {
        try bench.convert([""]) {
          $0.mode = .overwrite
          try $0.setSchema(schema)
        }
      } throws: { ($0 as? GrebeError)?.message.contains(part) ?? false }
    }
    try bench.convert([""]) {
      $0.mode = .overwrite
      try $0.setSchema("id INT, dt STRING NOT NULL")
    }
    #expect(try bench.rows() == ["1|x"])
  }

  @Test func `what a table lacks is added, ignored or rescued`() throws {
    for (policy, rows) in [
      (ConversionOptions.NewColumnPolicy.add, ["1|NULL", "2|5"]), (.ignore, ["1", "2"]),
      (.rescue, ["1|NULL", "2|{\"k\":\"5\"}"]),
    ] {
      let bench = Workbench()
      try bench.put("a.csv", "id\n1\n")
      try bench.convert(["a.csv"])
      try bench.put("k=5/b.csv", "id\n2\n")
      let report = try bench.convert([""]) { $0.evolution.newColumns = policy }
      #expect(try bench.rows() == rows)
      #expect(report.ignoredColumns.map(\.name) == (policy == .ignore ? ["k"] : []))
    }
  }

  @Test func `a row in quarantine keeps the value for its replay`() throws {
    let bench = TimedBench()
    try bench.put("k=5/a.csv", "id,v\n1,1\n2,x\n")
    try bench.convert([""]) {
      try $0.setSchema("id INT, v INT, k INT")
      $0.onBadRow = .quarantine
    }
    #expect(try bench.rows() == ["1|1|5"])
    let context = try bench.rows(of: bench.quarantine, columns: ["context"])
    #expect(context.first?.contains("\"constants\":{\"k\":\"5\"}") == true)
  }
}

import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@testable import Grebe

/// What a load says, unasked, of guesses at how its sources are written.
@Suite("Conversion: notes of dialects") struct DialectNotesTests {
  private func report(
    _ texts: [String], _ configure: (inout ConversionOptions) throws -> Void = { _ in }
  ) throws -> ConversionReport {
    let bench = TimedBench()
    for (index, text) in texts.enumerated() { try bench.put("\(index).csv", text) }
    return try bench.convert(texts.indices.map { "\($0).csv" }, configure)
  }

  private static let guessedHeader =
    "is text, and its first line is taken for the header: apple; --header no keeps it as a row"

  static let told: [(String, String)] = [
    ("apple\nbanana\ncherry\n", guessedHeader),
    (
      "Report\nName,City\nBob,Rome\nAl,Oslo\n",
      "has 1 name for 2 fields: the others are called column_2; "
        + "--delimiter, --skip-rows or --header says otherwise"
    ),
    (
      "amount\n1,234.5\n2,345\n",
      "lines such as 1,234.5 are read as one field; --delimiter , divides them"
    ),
    (
      "a;b;c\n1.234;0,5;5.678\n5.678;1,5;9.123\n",
      "such as 1.234 in a and 1 more column are read as thousands, as b has decimal commas (0,5); "
        + "--no-decimal-comma reads fractions"
    ),
    (
      "a;b\n1;1,234\n2;2,345\n",
      "stays text, as commas in numbers such as 1,234 may be before fractions or between "
        + "thousands; --decimal-comma reads fractions, --no-decimal-comma thousands"
    ),
    (
      "id,at,n\n1,01/02/2024,5\n2,03/04/2024,6\n",
      "stays text, as no value of the sample tells whether dates begin with the day or the month; "
        + "--date-format says, as in --date-format %d/%m/%Y"
    ),
    (
      "student,1,2\nAnn,A,B\nBob,C,A\nEve,B,B\n",
      "is taken for a row, as it holds a value, though none stands below that: student, 1, 2; "
        + "--header yes takes it for names"
    ),
    (
      "part;n\n1.234.567;1\n2.345;2\n",
      "such as 1.234.567 in part are read as thousands; --no-decimal-comma leaves them as text"
    ),
    (
      "id,w,v\n1,\"1,234\",\"5,678\"\n2,\"2,500\",7\n",
      "such as 1,234 in w and 1 more column are read as thousands; --decimal-comma reads fractions"
    ),
    (
      "part,n\n1.234.567,1\n2.345.678,2\n",
      "numbers such as 1.234.567 have points between thousands, which --decimal-comma reads"
    ),
    (
      "name,city\nBob,Rome\nname,city\nAl,Oslo\nCy,Bern\n",
      "comes again and is a row there, as all columns are text"
    ),
    (
      "GEO_ID,NAME,P1\nid,Geographic Area,Total\nx1,Alabama,5024279\nx2,Alaska,733391\n",
      "may be part of it and is a row: Total stands over values; --header-lines 2 makes it names"
    ),
    (
      "NAME    READY   AGE\nweb-1   1/1     5d\ndb-22   0/1     12d\n",
      "and its lines are one field each: only delimiters divide them"
    ),
    (
      "| a | b |\n|---|---|\n| 1 | x |\n| 2 | y |\n",
      "its lines of dashes and the bars around lines are read as delimited text, too"
    ),
  ]

  static let toldNumbers: [(String, String)] = [
    (
      "ver;n\n1.100.200;1\n2.300.400;2\n",
      "stays text, as numbers such as 1.100.200 have points between thousands, which "
        + "--decimal-comma reads"
    ),
    (
      "a;b\n1.234;1.234.567\n5.678;2.345.678\n",
      "such as 1.234 in a are read as fractions; --decimal-comma reads thousands"
    ),
    (
      "n;v\n1.234.567;0,5\n2.345.678;1,5\n",
      "such as 1.234.567 in n are read as thousands, as v has decimal commas (0,5); "
        + "--no-decimal-comma reads fractions"
    ),
    (
      "p,n\n912 345 678,1\n351 912 345 678,2\n",
      "stays text, as values such as 912 345 678 may be thousands or telephone numbers; "
        + "--type p=BIGINT reads numbers"
    ),
    (
      "p,n\n1 234 567,1\n12 345,2\n",
      "such as 1 234 567 in p are read as thousands; --type p=STRING keeps them as they are"
    ),
    (
      "c,n\n1E01,1\n2E05,2\n",
      "stays text, as values such as 1E01 may be exponents or codes; --type c=DOUBLE reads numbers"
    ),
    (
      "station,1,2,3\na,5,6,7\nb,7,8,9\n",
      "as its numbers count up: station, 1, 2, 3; --header no keeps it as a row"
    ),
    (
      "id,v\n1,5\n2,6\n\nid,w\n3,7\n4,8\n",
      "which begins with id, w: all of its lines are rows of the first; a source of its own reads "
        + "it right"
    ),
  ]

  @Test(arguments: toldNumbers) func `a guess at numbers that may be wrong is told:`(
    _ text: String, _ expected: String
  ) throws {
    let notes = try report([text]).notes
    #expect(notes.contains { $0.hasPrefix("note: ") && $0.hasSuffix(expected) }, "\(notes)")
  }

  @Test func `of columns whose types are given nothing is told, and codes are read`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "p,c\n912 345 678,1E01\n351 912 345 678,2E05\n")
    let report = try bench.convert(["a.csv"]) { options in
      try options.setType(of: "p", "BIGINT")
      try options.setType(of: "c", "DOUBLE")
    }
    #expect(report.notes == [])
    #expect(try bench.rows() == ["351912345678|200000.0", "912345678|10.0"])
  }

  @Test func `rows that fill a table by position are told`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "city,country\nParis,France\nRome,Italy\n")
    try bench.put("b.csv", "Town,Nation\nBern,Switzerland\n")
    try bench.put("c.csv", "city,nation\nWien,Austria\n")
    try bench.put("d.csv", "3,Oslo\n")
    try bench.convert(["a.csv"])
    let row = try bench.convert(["b.csv"])
    let expected =
      "as it does not have the columns' names: Town, Nation; --header yes takes it for names"
    #expect(row.rowsWritten == 2 && row.notes.contains { $0.hasSuffix(expected) }, "\(row.notes)")
    let named = try bench.convert(["c.csv"])
    #expect(named.notes.contains { $0.contains("the columns' names: city, nation; --header yes") })
    let plain = try bench.convert(["d.csv"])
    #expect(
      plain.notes == [
        "note: memory/d.csv has no header: its fields fill the table's columns by position"
      ])
    #expect(
      try bench.convert(["d.csv"]) {
        $0.dialect.hasHeader = false
        $0.force = true
      }.notes.count { $0.contains("by position") } == 0)
  }

  @Test func `a header behind a source without one is a row, and told`() throws {
    let notes = try report(["Rome,Italy\nMilan,Italy\n", "city,country\nParis,France\n"]).notes
    let expected =
      "as memory/0.csv has no header: city, country; --header yes takes it for names"
    #expect(notes.contains { $0.hasSuffix(expected) }, "\(notes)")
  }

  @Test func `a header of more records than there are is refused`() throws {
    let error = #expect(throws: GrebeError.self) {
      try report(["id,n\n1,2\n3,4\n"]) { $0.dialect.headerCount = 5 }
    }
    #expect(error?.message == "the source has 3 records, and its header would be 5")
    #expect(try report(["id,n\n1,2\n3,4\n"]) { $0.dialect.headerCount = 2 }.rowsRead == 1)
  }

  @Test(arguments: told) func `a guess that may be wrong is told:`(
    _ text: String, _ expected: String
  ) throws {
    let notes = try report([text]).notes
    #expect(notes.contains { $0.hasPrefix("note: ") && $0.hasSuffix(expected) }, "\(notes)")
  }

  @Test(arguments: [
    "n;v\n1.234.567,50;1\n2.345.678;2\n",
    "id,w\n1,\"1,234\"\n2,\"2,345,678\"\n", "id,w,v\n1,\"1,234\",0.5\n2,\"2,345\",1.5\n",
  ]) func `groups are no guess where a value shows what their signs are:`(_ text: String) throws {
    #expect(try report([text]).notes == [])
  }

  @Test func `groups are no guess where other sources and earlier loads tell`() throws {
    let groups = "id,w\n1,\"1,234\"\n2,\"2,345\"\n"
    #expect(try report([groups]).notes.count == 1)
    #expect(try report([groups, "id,w\n3,0.5\n"]).notes == [])
    let bench = TimedBench()
    try bench.put("a.csv", "id;w\n1;1.234.567\n2;2.345.678\n")
    try bench.put("b.csv", "id;w\n3;3.234.567\n4;4.345.678\n")
    #expect(try bench.convert(["a.csv"]).notes.count == 1)
    #expect(try bench.convert(["b.csv"]).notes == [])
  }

  @Test(arguments: ["part;n\n1.234.567;1\n", "part;n\n1.234;1\n", "part,n\n\"1,234\",1\n"])
  func `of columns that are given as text no note says how numbers are read:`(
    _ text: String
  ) throws {
    #expect(try report([text]) { $0.typeHints = ["PART": .string] }.notes == [])
    #expect(try report([text]) { try $0.setSchema("part STRING, n INT") }.notes == [])
  }

  @Test func `what stays text by the user's word is told so`() throws {
    let notes = try report(["part;n\n1,25;1\n2,5;2\n"]) { $0.dialect.decimalComma = false }.notes
    let expected =
      "stays text, as numbers such as 1,25 have decimal commas, which --no-decimal-comma rules out"
    #expect(notes.contains { $0.hasSuffix(expected) }, "\(notes)")
  }

  @Test func `what several sources or the table have as names is no guess`() throws {
    #expect(try report(["apple\nbanana\n", "apple\ncherry\n"]).notes == [])
    let one = try report(["apple\nbanana\n", "cherry\ndate\n"])
    #expect(one.notes.contains { $0.hasSuffix(Self.guessedHeader) }, "\(one.notes)")
    #expect(try report(["apple\nbanana\n"]) { try $0.setSchema("apple STRING") }.notes == [])
    #expect(try report(["apple\nbanana\n"]) { $0.dialect.hasHeader = true }.notes == [])
    let bench = TimedBench()
    try bench.put("a.csv", "apple\nbanana\n")
    try bench.put("b.csv", "apple\ncherry\n")
    #expect(try bench.convert(["a.csv"]).notes.count == 1)
    #expect(try bench.convert(["b.csv"]).notes == [])
  }

  @Test func `text that is no table, before tables, is told`() throws {
    let notes = try report(["About these files\nNothing to see\n", "id,n\n1,2\n3,4\n"]).notes
    let expected =
      "0.csv has a single column, so lines of memory/1.csv are one field each, which would have "
      + "2 on its own; leave out what is no table, or name the --delimiter"
    #expect(notes.contains { $0.hasSuffix(expected) }, "\(notes)")
    #expect(try report(["name\nBob\n", "name\nAl\n"]).notes == [])
  }

  @Test func `JSON among delimited text that has none of its columns is told`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "id,n\n1,2\n")
    try bench.put("b.json", "{\"rows\": 1, \"by\": \"x\"}\n")
    try bench.put("c.json", "{\"id\": 3, \"n\": 4}\n")
    let told = try bench.convert(["a.csv", "b.json"]).notes
    #expect(told.contains { $0.contains("b.json has no column of memory/a.csv: it has ") })
    let other = try bench.convert(["b.json", "a.csv"]) { $0.mode = .overwrite }.notes
    #expect(other.contains { $0.contains("a.csv has no column of memory/b.json: it has ") })
    #expect(try bench.convert(["a.csv", "c.json"]) { $0.mode = .overwrite }.notes == [])
  }

  @Test func `rows with a field more than the names and the table's columns are bad`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "id,n\n1,a\n2,b\n")
    try bench.put("b.csv", "id,n\n1,c,zz\n2,d,yy\n")
    try bench.convert(["a.csv"])
    let report = try bench.convert(["b.csv"]) { $0.onBadRow = .quarantine }
    #expect(report.rowsQuarantined == 2 && report.rowsWritten == 0)
  }

  @Test func `lists keep their first line`() throws {
    let report = try report(["a@b.com\nc@d.org\ne@f.net\n"])
    #expect(report.rowsWritten == 3 && report.notes == [])
  }

  @Test func `lines that are neither names nor rows are counted`() throws {
    let text = "sep=,\n# by hand\nA title\n\nid,n\n1,2\n3,4\n"
    let one = try report([text])
    #expect(one.linesSkipped == 3 && one.rowsRead == 2, "\(one.notes)")
    let both = try report([text, "id,n\n5,6\n# x\n", "# a\n\n# b\n"])
    #expect(both.linesSkipped == 5 && both.rowsWritten == 3 && both.rowsSkipped == 1)
    let given = try report(["junk\nid,n\n%x\n1,2\n%y\n3,4\n"]) {
      $0.dialect.skipRows = 1
      $0.dialect.comment = .some(UInt8(ascii: "%"))
    }
    #expect(given.linesSkipped == 3 && given.rowsRead == 2)
    #expect(try report(["id,n\n1,2\n"]).linesSkipped == 0)
  }

  @Test(arguments: ["name\nBob Smith\n", "name,n\nBob,1\n", "n\n1\n"])
  func `a source of comments alone is told of, whatever the table has:`(
    _ table: String
  ) throws {
    let bench = TimedBench()
    try bench.put("a.csv", table)
    try bench.put("b.csv", "# made by x\n\n# on y\n")
    try bench.put("c.csv", "# made by x\n")
    let expected = "b.csv has no rows: all of its 2 lines are comments; --comment none takes such "
    try bench.convert(["a.csv"])
    let report = try bench.convert(["b.csv", "c.csv"])
    #expect(report.linesSkipped == 3 && report.rowsRead == 0)
    #expect(report.notes.contains { $0.contains(expected) }, "\(report.notes)")
    let first = try bench.convert(["b.csv", "a.csv"]) { $0.mode = .overwrite }
    #expect(first.linesSkipped == 2 && first.rowsRead == 1)
    #expect(first.notes.contains { $0.contains(expected) }, "\(first.notes)")
  }

  @Test func `lines that all begin as comments are refused with the way to load them`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "#cats\n#dogs\n")
    let error = #expect(throws: GrebeError.self) { try bench.convert(["a.csv"]) }
    #expect(error?.message == "all lines of the source are comments")
    #expect(error?.hint?.contains("--comment none") == true)
    #expect(try bench.convert(["a.csv"]) { $0.dialect.comment = .some(nil) }.rowsRead > 0)
  }

  @Test func `a source without a column that allows no null is told so`() throws {
    let bench = TimedBench()
    try bench.put("a.csv", "p\n5\n")
    let error = #expect(throws: GrebeError.self) {
      try bench.convert(["a.csv"]) { try $0.setSchema("p INT, q INT NOT NULL") }
    }
    #expect(error?.message == "the source lacks column q, which allows no null")
    try bench.put("b.csv", "p,q\n5,\n")
    let null = #expect(throws: GrebeError.self) {
      try bench.convert(["b.csv"]) { try $0.setSchema("p INT, q INT NOT NULL") }
    }
    #expect(null?.message == "a null in column q, which allows none")
    try bench.put("c.csv", "p,x,y\n5,6,7\n")
    let surplus = #expect(throws: GrebeError.self) {
      try bench.convert(["c.csv"]) { try $0.setSchema("p INT") }
    }
    #expect(surplus?.message == "the source has a column x and 1 more column that --schema lacks")
  }
}

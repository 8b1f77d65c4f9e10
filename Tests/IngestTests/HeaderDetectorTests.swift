import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: headers and what stands before them") struct HeaderDetectorTests {
  private func detect(
    _ text: String, _ overrides: DialectOverrides = DialectOverrides()
  ) -> DetectedDialect {
    CSVDialectDetector.detect(
      sample: Buffer(Array(text.utf8)), isWholeInput: true, overrides: overrides)
  }

  /// The rest of a text from its first record of data on.
  private func data(_ text: String, _ found: DetectedDialect) -> String {
    String(decoding: Array(text.utf8).dropFirst(found.dataOffset), as: UTF8.self)
  }

  @Test(arguments: [
    "country,2019,2020,2021\nFR,1,2,3\nES,4,5,6\n", "country,2019,2020\nFR,1.5,2\n",
    "country,code,1960,1961\nFR,F,,\nES,E,3,4.5\n", "land;2021;2020;2019\nFR;1;2;3\n",
    ",2000,2005,2010\nFR,1,2,3\n", "country,2019,2020,note\nFR,1,2,x\nES,4,20,y\n",
    "country,2019,2020,\nFR,1,2,\nES,4,5,\n", "id,2024-01-01,2024-01-02\n1,2.5,3\n2,3.5,4\n",
    "id,2024-01-01\n1,5\n2,7\n", "2024-01-01,2024-01-02\n5,7\n",
    "at,2024-01-01 10:00,2024-01-01 11:00\nx,1,true\n", "id,2019,2020\n1,5,7\n",
  ])
  func `years and dates over other values are names:`(_ text: String) {
    let found = detect(text)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    #expect(found.dialect.hasHeader && found.dataOffset == lines[0].utf8.count + 1, "\(found)")
    #expect(found.names.contains { $0.hasPrefix("20") || $0.hasPrefix("19") })
  }

  @Test(arguments: [
    "31.12.2024;Miete;-5,50\n30.12.2024;Strom;7,25\n", "31/12/2024\n30/12/2024\n29/12/2024\n",
    "19/06/2024,Coffee\n20/06/2024,Tea\n21/06/2024,Milk\n", "1,5;2,5\n3,5;4,5\n",
    "1.234,50;x\n2,60;y\n", "\"1,234\",x\n\"2,345\",y\n", "007,x\n008,y\n",
    "31/12/2024 10:00,x\n30/12/2024 11:00,y\n", "31-Dec-2024,Coffee\n30-Nov-2024,Tea\n",
    "Wed Aug 27 13:08:45 +0000 2008,x\nThu Aug 28 13:09:45 +0000 2008,y\n", "5%,x\n7%,y\n",
    "Jan 2 2026,login\nJan 13 2026,logout\n", "12:30,x\n13:40,y\n", "10.0.0.1,GET\n10.0.0.2,PUT\n",
    "12345678901234567890,x\n22345678901234567890,y\n", "31/12/2024;Miete\n", "1,5;2,5\n",
    "2024-01-01T10:00:00.123456789Z,x\n2024-01-02T10:00:00.123456789Z,y\n",
  ])
  func `a record that looks like those below it is one of them:`(_ text: String) {
    let found = detect(text)
    #expect(!found.dialect.hasHeader && found.dataOffset == 0, "\(found)")
  }

  @Test(arguments: [
    ("#Software: IIS\n#Fields: date time c-ip \n", "2024-01-02 10:00:00 1.2.3.4\n", " "),
    ("#Version: 1.0\r\n#Fields: date x(y) c-ip\r\n", "2024-01-02\tb c\t1.2.3.4\r\n", "\t"),
    ("#Fields: method path name\n#Date: 2024-01-02\n", "GET /a x\nPUT /b y\n", " "),
    ("#Fields: a b c\n", "x \"y z\" 5\nv - 7\n", " "),
  ])
  func `names behind #Fields: are those of a log's fields:`(
    _ front: String, _ rows: String, _ delimiter: String
  ) {
    let found = detect(front + rows)
    let line = front.split(whereSeparator: \.isNewline).first { $0.hasPrefix("#Fields") }!
    #expect(found.names == line.dropFirst(9).split(separator: " ").map(String.init))
    #expect(data(front + rows, found) == rows && found.dialect.hasHeader, "\(found)")
    #expect([found.dialect.delimiter] == Array(delimiter.utf8) && found.dialect.comment == 0x23)
    #expect(found.passedOver.commentCount == front.split(whereSeparator: \.isNewline).count - 1)
  }

  @Test func `names behind #Fields: that are not as many as the fields are comments`() {
    let found = detect("#Fields: a b c\n2024-01-02,10\n2024-01-03,11\n")
    #expect(found.names == ["column_1", "column_2"])
    var given = DialectOverrides()
    given.hasHeader = false
    #expect(detect("#Fields: a b\n1 2\n3 4\n", given).names == ["column_1", "column_2"])
    given = DialectOverrides()
    given.delimiter = [ASCII.comma]
    #expect(detect("#Fields: a b\n1,2\n3,4\n", given).names == ["a", "b"])
  }

  @Test(arguments: [
    "id1,id2\nabc12,foo7\nx1,y2\n", "2019/20,2020/21\n5,7\n8,9\n", "Q1 2020,Q2 2020\n5,7\n8,9\n",
    "1st,2nd\nx,y\nz,w\n", "step 1,step 2\na,b\nc,d\n",
  ])
  func `names with digits are names:`(_ text: String) {
    #expect(detect(text).dialect.hasHeader)
  }

  @Test(arguments: [
    ("Account:,ACME\n\n", "Date,Text,Amount\n", "2024-01-01,a,5.5\n2024-01-02,b,6.5\n"),
    ("Account:,ACME\nOwner:,Bob\n\n", "Date,Text,Amount\n", "2024-01-01,a,5.5\n2024-01-02,b,6\n"),
    ("Account:,12345\n\n", "Date,Text,Amount\n", "2024-01-01,a,5.5\n2024-01-02,b,6.5\n"),
    ("\"Report for Acme, Inc\",x\n", "id,n,m\n", "1,2,3\n4,5,6\n"),
    ("Report for Acme, Inc.\n\n", "id,n,m\n", "1,2,3\n4,5,6\n"),
    ("Station:,Berlin\n", "id,n,m,o\n", "1,2,3,4\n4,5,6,7\n"),
    ("Exported by ACME\n\n", "", "1,2,3\n4,5,6\n"),
  ])
  func `a preamble of two fields is none of the table's:`(
    _ preamble: String, _ header: String, _ rows: String
  ) {
    let text = preamble + header + rows
    let found = detect(text)
    #expect(data(text, found) == rows, "\(found)")
    #expect(found.dialect.hasHeader == !header.isEmpty)
  }

  @Test(arguments: [
    "id,name,2019,2020\n", "id,name,404,joined\n", "id,name,true,0\n", "id,2024-01-01,1,seen\n",
  ])
  func `values over text are names, if a name stands over values:`(_ header: String) {
    let rows = (0..<9).map { "\($0),person \($0),\(["low", "mid"][$0 % 2]),no one\n" }.joined()
    let found = detect(header + rows)
    #expect(found.dialect.hasHeader && data(header + rows, found) == rows, "\(found)")
    // A value below one of them, or two records alone: then it may be a row.
    for others in ["9,7,8,9\n" + rows, String(rows.prefix { $0 != "2" })] {
      let found = detect(header + others)
      #expect(!found.dialect.hasHeader && found.dataOffset == 0, "\(found)")
    }
  }

  @Test func `values over text, and nothing but text, are told of`() {
    let text = "student,1,2\nAnn,A,B\nBob,C,A\nEve,B,B\n"
    #expect(detect(text).doubts == [.valuesAmongNames("student, 1, 2")])
    #expect(detect(text).dialect.hasHeader == false)
    #expect(detect("student,1,2\nAnn,A,B\nBob,3,A\nEve,B,B\n").doubts == [])
  }

  @Test(arguments: [
    // Nothing but numbers.
    "2019,2020,2021\n1,2,3\n4,5,6\n", "1,2,3\n4,5,6\n", "2000,2001\n5,7\n",
    // Years below, or values that go on as these do.
    "FR,2019,2020,2021\nES,2018,2019,2020\n", "Bob,1950,1960\nAl,1940,1990\n",
    "a,2098,2099,2100\nb,2101,2102,2103\nc,2104,2105,2106\nd,2107,2108,2109\n",
    // One number, numbers at no equal steps, equal ones, other numbers beside them.
    "FR,2019\nES,5\n", "FR,2019,2020,2050\nES,1,2,3\n", "FR,2020,2020\nES,1,2\n",
    "FR,1,2019,2020\nES,2,3,4\n", "FR,7,8,9\nES,1,2,3\n", "FR,1000,1001\nES,1,2\n",
    // Beside a missing value, text below, one field.
    "unknown,2019,2020\nES,1,2\n", "NA,2019,2020\nES,1,2\n", "FR,,2019,2020\nES,x,1,2\n",
    "FR,2019,2020\nES,yes,2\n", "2024-01-01\n5\n6\n", "x,2024-01-01\ny,5\nz,2024-01-03\n",
    "x,2024-01-01,2024-01-01\ny,5,6\n", "x,2024-01-01\ny,later\n",
  ])
  func `a first row that may be data is kept:`(_ text: String) {
    let found = detect(text)
    #expect(!found.dialect.hasHeader && found.dataOffset == 0, "\(found)")
  }

  @Test(arguments: [
    ("Q1,,Q2,\nsales,cost,sales,cost\n", ["Q1_sales", "Q1_cost", "Q2_sales", "Q2_cost"]),
    ("Q1,Q1,Q2,Q2\nsales,cost,sales,cost\n", ["Q1_sales", "Q1_cost", "Q2_sales", "Q2_cost"]),
    (",2019,,2020\nid,a,b,a\n", ["id", "2019_a", "2019_b", "2020_a"]),
    ("id,Q1,,Q2\n,a,b,a\n", ["id", "Q1_a", "Q1_b", "Q2_a"]),
    ("A report,,,\n\nQ1,,Q2,\na,b,a,b\n", ["Q1_a", "Q1_b", "Q2_a", "Q2_b"]),
    ("A,,B,\n2019,2020,2019,2020\n", ["A_2019", "A_2020", "B_2019", "B_2020"]),
  ])
  func `names that span columns go before those of each:`(_ header: String, _ names: [String]) {
    for (text, given) in [(header, nil), (header, true)] as [(String, Bool?)] {
      var overrides = DialectOverrides()
      overrides.hasHeader = given
      let found = detect(text + "1,2,3,4\n5,6,7,8\n", overrides)
      #expect(found.names == names && found.dialect.hasHeader, "\(found)")
      #expect(found.dataOffset == text.utf8.count && found.passedOver.headerCount == 2)
    }
  }

  @Test(arguments: [
    ("", ",2019,,2020,\nregion,q1,q2,q1,q2\n", ["region", "2019_q1", "2019_q2", "2020_q1"]),
    ("Report,,,,\n", ",2019,,2020,\n,q1,q2,q1,q2\n", ["column_1", "2019_q1"]),
    (
      "Report,,,,\n,,,,\n", ",Sales,,Cost,\nregion,2019,2020,2019,2020\n", ["region", "Sales_2019"]
    ),
    ("", "region,Sales,Sales,Cost,Cost\n,2019,2020,2019,2020\n", ["region", "Sales_2019"]),
  ])
  func `cells merged over years, and years below merged cells, are names:`(
    _ preamble: String, _ header: String, _ names: [String]
  ) {
    let rows = "N,1,2,3,4\nS,5,6,7,8\n"
    let found = detect(preamble + header + rows)
    #expect(found.names.starts(with: names) && found.names.count == 5, "\(found)")
    #expect(data(preamble + header + rows, found) == rows && found.passedOver.headerCount == 2)
  }

  @Test(arguments: [
    "a,,b,\n2019,2020,2021,2022\n1,2,3,4\n5,6,7,8\n",
    "a,,b,\n2019,2020,2019,2020\n2018,2,2019,4\n5,6,7,8\n",
    "2019,,2020,\n2019,2020,2019,2020\n1,2,3,4\n5,6,7,8\n",
  ])
  func `years that do not come again, or that others follow, are a row:`(_ text: String) {
    #expect(detect(text).passedOver.headerCount < 2)
  }

  @Test(arguments: [
    ("Report,,,\n", "id,name,n,m\n1,x,2,3\n2,y,4,5\n"),
    ("Report,,,\n,,,\nPeriod,2024,,\n", "id,name,n,m\n1,x,2,3\n2,y,4,5\n"),
    ("Author:,Bob,,\nDate:,2024-01-01,,\n", "id,name,n,m\n1,x,2,3\n2,y,4,5\n"),
    ("Report,\n", "name,n\nBob,1\nAl,2\n"), ("a,b,\n", "id,n,m\n1,2,3\n4,5,6\n"),
    ("Report;;\nBy;Bob;\n;;\n", "id;n;m\n1;2;\n3;4;5\n"),
  ])
  func `a preamble filled up with delimiters is none of the table's:`(
    _ preamble: String, _ table: String
  ) throws {
    let found = detect(preamble + table)
    let header = try #require(table.split(separator: "\n").first)
    #expect(found.names == header.split { ",;".contains($0) }.map(String.init), "\(found)")
    #expect(data(preamble + table, found) == table.dropFirst(header.count + 1))
    #expect(found.passedOver.preambleCount == preamble.split(separator: "\n").count)
  }

  @Test(arguments: [
    ("city\nAmsterdam\nBerlin\nParis\nOslo\nWashington, DC\nPortland, OR\n", 1, 6),
    ("city\nAmsterdam\nBerlin\nParis\nOslo\nWashington, DC, US\nPortland, OR, US\n", 1, 6),
    ("city\nAmsterdam\nBerlin\nParis\nOslo\nWashington;DC\nPortland;OR\n", 1, 6),
    ("name\nDoe, John\nRoe, Jane\nPoe, Ed\n", 1, 3), ("name\nDoe,John\nRoe,Jane\nPoe,Ed\n", 2, 3),
    ("name\nAmy\nDoe, John\nRoe, Jane\nPoe, Ed\n", 1, 4),
  ])
  func `lines of a list are no preamble because later ones have a delimiter:`(
    _ text: String, _ fieldCount: Int, _ rowCount: Int
  ) {
    let found = detect(text)
    #expect(found.fieldCount == fieldCount && found.passedOver.preambleCount == 0, "\(found)")
    #expect(data(text, found).split(separator: "\n").count == rowCount, "\(found)")
    #expect(found.dialect.hasHeader && found.names[0] == text.prefix { $0 != "\n" })
  }

  @Test(arguments: [
    ("A list\n", "name,city\n", "Bob,5\nAl,6\n"),
    ("A list\n\n", "name,city\n", "Bob,Rome\nAl,Oslo\n"),
    ("A list\n", "name;n\n", "Bob;1,5\nAl;2,5\n"),
    ("A\n\nlist\n", "name,city\n", "Bob,Rome\nAl,Oslo\n"),
    ("A list\n", "name,city,land\n", "Bob,Rome,IT\nAl,Oslo,NO\n"),
    ("a\nb\nc\nd\ne\nf\n", "name,n\n", "Bob,5\nAl,6\n"),
    ("a\nb\nc\nd\ne\nf\n\n", "name,city\n", "Bob,Rome\nAl,Oslo\n"),
  ])
  func `titles over a table that is told from them are a preamble:`(
    _ titles: String, _ header: String, _ rows: String
  ) {
    let found = detect(titles + header + rows)
    #expect(data(titles + header + rows, found) == rows && found.dialect.hasHeader, "\(found)")
    #expect(found.names == header.dropLast().split { ",;".contains($0) }.map(String.init))
  }

  @Test(arguments: [
    "a,b,\n1,2,\n3,4,\n", "name,weight,\nx,5,\ny,6,z\n", "x,5,\ny,6,\nz,7,w\n",
    "id,name,\n1,a,\nx,b,c\n2,d,e\n", "a,b,\nc,d,\ne,f,g\n",
  ])
  func `an empty field at the end makes no preamble:`(_ text: String) {
    let found = detect(text)
    #expect(found.passedOver.preambleCount == 0, "\(found)")
  }

  @Test(arguments: [
    "Q1,,Q2,\nsales,3,sales,cost\n1,2,3,4\n", "a,,b,\nc,d,e,f\ng,h,i,j\n",
    "a,,b,\nc,d,e,f\n1,x,y,z\n", "a,,b,\nc,n/d,e,f\n1,2,3,4\n",
    "a,,b,\nc,,e,\n1,2,3,4\n",
  ])
  func `rows with empty fields span nothing:`(_ text: String) {
    let found = detect(text)
    #expect(!found.dialect.hasHeader && found.dataOffset == 0, "\(found)")
  }

  @Test(arguments: [
    ("sep=;\nid;n\n1;a,b\n", UInt8(ascii: ";")), ("SEP=\t\r\nid\tn\r\n1\ta,b\r\n", ASCII.tab),
    ("\u{FEFF}\"sep=|\"\nid|n\n1|a,b\n", ASCII.pipe), ("sep=,\nid,n\n1,a;b\n", ASCII.comma),
    ("sep=^\nid^n\n1^a,b\n2^c,d\n", UInt8(ascii: "^")),
  ])
  func `a first line names the delimiter:`(_ text: String, _ delimiter: UInt8) {
    let found = detect(text)
    #expect(found.dialect.delimiter == delimiter && found.names == ["id", "n"], "\(found)")
    #expect(found.passedOver.hasSeparatorLine && found.dataLine == 2)
    #expect(data(text, found).hasPrefix("1"))
    #expect(found.reasons.contains { $0.text.contains("as the first line says") })
  }

  @Test func `the user's delimiter counts for more, and the line is no row either`() {
    var given = DialectOverrides()
    given.delimiter = [ASCII.comma]
    let text = "sep=;\nid,n;m\n1,2;3\n"
    let found = detect(text, given)
    #expect(found.names == ["id", "n;m"] && data(text, found) == "1,2;3\n")
  }

  @Test(arguments: ["sep=\n", "sep=;;\n", "sep=a\n", "sep\n", "sep=;", "x\nsep=;\n"])
  func `other lines name none:`(_ text: String) {
    #expect(!detect(text).passedOver.hasSeparatorLine)
  }

  @Test(arguments: [
    ("// made by x, y\n// z\n", 2), ("% one, two, three\n\n% more\n", 2), ("//\n", 1),
    ("# a, b, c\n", 1), ("%\r\n", 1), ("//  1,2,3,4\n", 1),
  ])
  func `lines before the table are comments by what they begin with:`(
    _ comments: String, _ count: Int32
  ) {
    for table in ["id,n\n1,x\n2,y\n", "1,x\n2,y\n"] {
      let found = detect(comments + table)
      #expect(found.names == (table.hasPrefix("id") ? ["id", "n"] : ["column_1", "column_2"]))
      #expect(data(comments + table, found) == "1,x\n2,y\n", "\(found)")
      #expect(found.passedOver.commentCount == count && found.passedOver.preambleCount == 0)
    }
  }

  @Test(arguments: [
    "//a,5\n//b,6\nc,7\n", "//a,x\nc,7\n", "%a,5\nb,6\n", "--,5\n6,7\n", "--\n5\n", "//a\n//b\nc\n",
    "%\n%\n%\n", "-- a\n1,2\n3,4\n",
  ])
  func `lines that may be records are not taken for comments:`(_ text: String) {
    let found = detect(text)
    #expect(found.passedOver.commentCount == 0, "\(found)")
    #expect(found.dataOffset == 0 || found.passedOver.preambleCount > 0 || found.dialect.hasHeader)
  }

  @Test func `a header may begin with a percent sign`() {
    #expect(detect("% of total,n\n1.5,2\n2.5,3\n").names == ["% of total", "n"])
  }

  @Test func `no line is a comment where the user says so`() {
    var given = DialectOverrides()
    given.comment = .some(nil)
    for text in ["#a,1\n#b,2\nc,3\n", "# x\n#y\nid,n\n1,2\n", "id,n\n1,2\n# a\n3,4\n"] {
      let found = detect(text, given)
      #expect(found.dialect.comment == nil && found.passedOver.commentCount == 0, "\(found)")
    }
    let rows = detect("#a,x,1\n#b,y,2\n#c,z,3\n", given)
    #expect(rows.dataOffset == 0 && rows.fieldCount == 3, "\(rows)")
    let prior = detect("#a,1\n#b,2\n")
    var following = given
    following.follow(prior)
    #expect(following.comment == .some(nil))
  }

  @Test func `a header that is a name short lacks the first, or the last where that is said`() {
    let text = "a,b\n0,1,2\n1,3,4\n"
    #expect(detect(text).names == ["column_1", "a", "b"])
    var given = DialectOverrides()
    given.padsRagged = true
    #expect(detect(text, given).names == ["column_1", "a", "b"])
    given.hasHeader = true
    given.namesFirstFields = true
    let padded = detect(text, given)
    #expect(padded.names == ["a", "b", "column_3"] && !padded.passedOver.lacksFirstName)
    #expect(padded.dialect.hasHeader, "\(padded)")
    #expect(detect("a,b\nx,u,v\ny,w,z\n", given).names == ["a", "b", "column_3"])
  }

  @Test func `all that stands before the table is counted, damaged records too`() {
    let text = "sep=,\n# c\nA title\n\"x\"y,1\n\nid,n\n1,2\n3,4\n"
    let found = detect(text)
    var passed = PassedOverLines()
    passed.hasSeparatorLine = true
    passed.commentCount = 1
    passed.preambleCount = 2
    passed.headerCount = 1
    #expect(found.names == ["id", "n"] && found.passedOver == passed, "\(found)")
  }

  /// Numbers without a header, of any size, in any order and with any steps.
  @Test(arguments: 0..<400 as Range<UInt64>)
  func `numbers without a header keep their first row, seed`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let columnCount = Int.random(in: 1...6, using: &random)
    let start = Int.random(in: -10...2_200, using: &random)
    let step = Int.random(in: -10...10, using: &random)
    let rowStep = Int.random(in: -20...1_000, using: &random)
    let rows = (0..<Int.random(in: 1...12, using: &random)).map { row in
      (0..<columnCount).map { column in
        seed % 2 == 0
          ? "\(start + row * rowStep + column * step)"
          : "\(Int.random(in: 1_890...2_110, using: &random))"
      }.joined(separator: ",") + "\n"
    }
    let found = detect(rows.joined())
    #expect(!found.dialect.hasHeader && found.dataOffset == 0, "\(rows)")
  }

  /// Tables whose columns are periods, with what may stand before them.
  @Test(arguments: 0..<200 as Range<UInt64>)
  func `tables by period are found again, seed`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let delimiter = [",", ";", "\t", "|"].randomElement(using: &random)!
    let newline = ["\n", "\r\n"].randomElement(using: &random)!
    let count = Int.random(in: 2...9, using: &random)
    let isYears = Bool.random(using: &random)
    let first = Int.random(in: 1900...2050, using: &random)
    let periods = (0..<count).map { isYears ? "\(first + $0)" : "2024-01-\($0 + 10)" }
    let rows = (0..<Int.random(in: 1...30, using: &random)).map { row in
      ["place \(row)"]
        + (0..<count).map { _ in
          ["\(Int.random(in: 0...1_800, using: &random))", "", "1.25", "0.5"]
            .randomElement(using: &random)!
        }
    }
    // What all agree on, for tables with few values.
    let last = ["the end"] + Array(repeating: "7.5", count: count)
    let front = [
      "", "sep=\(delimiter)" + newline, "// \(delimiter)made\(delimiter)" + newline,
      "# made today" + newline, "A title" + newline + newline,
    ].randomElement(using: &random)!
    let lines = [["place"] + periods] + rows + [last]
    let table = lines.map { $0.joined(separator: delimiter) + newline }.joined()
    let found = detect(front + table)
    #expect(found.names == ["place"] + periods, "\(front + table)")
    #expect(data(front + table, found).hasPrefix("place 0\(delimiter)"))
  }
}

import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: signs that divide nothing") struct SignsInTextTests {
  private func detect(
    _ text: String, _ overrides: DialectOverrides = DialectOverrides()
  ) -> DetectedDialect {
    CSVDialectDetector.detect(
      sample: Buffer(Array(text.utf8)), isWholeInput: true, overrides: overrides)
  }

  private func delimiter(_ found: DetectedDialect) -> String {
    String(decoding: [found.dialect.delimiter] + found.dialect.delimiterTail, as: UTF8.self)
  }

  // MARK: Ends of lines

  @Test(arguments: [
    "text\nhello;\nworld;\nfoo;\n", "text\nhello;\nworld\nfoo;\n", "text\nhello,\nworld,\n",
    "SELECT 1;\nDROP TABLE x;\nCREATE TABLE y;\n", "text\nhello|\nworld|\n",
  ])
  func `a sign that ends lines of text is part of them:`(_ text: String) {
    let found = detect(text)
    #expect(found.fieldCount == 1 && !found.dialect.endsWithDelimiter, "\(found)")
    #expect(!text.contains(delimiter(found)))
  }

  @Test(arguments: ["n\n1;\n2;\n", "name;\nBob;\nAl;\n", "n;\n1;\n2;\n", "Bob|\nAl|\nCy|\n"])
  func `one behind numbers, or behind the name too, ends records:`(_ text: String) {
    let found = detect(text)
    #expect(found.fieldCount == 1 && found.dialect.endsWithDelimiter, "\(found)")
  }

  // MARK: Times

  @Test(arguments: [
    "2026-01-01 10:00:00,123 INFO  [main] x\n2026-01-01 10:00:01,456 WARN  [main] no, but y\n",
    "10:00:00,123 a\n10:00:01,456 b\n", "[10:00:00,123] a\n[10:00:01,456] b\n",
    "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /a HTTP/1.0\" 200 2326\n"
      + "1.2.3.5 - - [10/Oct/2000:13:55:37 -0700] \"GET /b HTTP/1.0\" 200 12\n",
    "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /a\" 200 2326 \"-\" \"x\"\n"
      + "1.2.3.5 - bob [10/Oct/2000:13:55:37 -0700] \"GET /b\" 404 12 \"-\" \"curl\"\n",
  ])
  func `those in the times of a log are part of its lines:`(_ text: String) {
    let found = detect(text)
    #expect(found.fieldCount == 1 && !found.dialect.hasHeader, "\(found)")
  }

  @Test(arguments: [
    ("2026-01-01 10:00:00,123,x\n2026-01-01 10:00:01,456,y\n", ",", 3),
    ("10:00:00,12 Main St\n11:00:00,5 High Rd\n", ",", 2),
    ("2026-01-01 10:00:00,123;INFO;x\n2026-01-01 10:00:01,456;WARN;y\n", ";", 3),
    (
      "1.2.3.4,[10/Oct/2000:13:55:36 -0700],200\n1.2.3.5,[10/Oct/2000:13:55:37 -0700],404\n", ",", 3
    ),
  ])
  func `fields beside times are divided:`(_ text: String, _ expected: String, _ count: Int) {
    let found = detect(text)
    #expect(delimiter(found) == expected && found.fieldCount == count, "\(found)")
  }

  // MARK: Commas that nobody quoted

  @Test(arguments: [
    "id,name,amt\n7,Smith, Jr,5\n", "id,name,amt\n1,Smith, Jr,5\n2,Doe, Sr,6\n",
    "id,name,amt\n7,Smith,Jr,5\n9,Doe,Sr,6\n", "id,name,amt\n1,Smith,Jr,5\n1,Doe,Sr,6\n",
  ])
  func `rows with one field more and no names of their own are bad:`(_ text: String) {
    let found = detect(text)
    #expect(found.names == ["id", "name", "amt"] && found.dialect.hasHeader, "\(found)")
    #expect(!found.passedOver.lacksFirstName && found.dataLine == 1)
  }

  @Test(arguments: [
    "x,y\n1,5,6\n2,7,8\n", "x,y\nMazda,5,6\nFord,7,8\n", "\"x\",\"y\"\n\"7\",5,6\n\"3\",7,8\n",
    "x,y\n2026-01-01,5,6\n2026-01-03,7,8\n", "x, y\n1, 5, 6\n2, 7, 8\n",
  ])
  func `others have names:`(_ text: String) {
    let found = detect(text)
    #expect(found.names == ["column_1", "x", "y"] && found.passedOver.lacksFirstName, "\(found)")
  }

  @Test func `columns that are given, or another text's, have none of their own`() {
    let text = "id,n\n1,c,zz\n2,d,yy\n"
    let sample = Buffer(Array(text.utf8))
    #expect(detect(text).fieldCount == 3)
    let given = GivenColumns([Field("id", .integer), Field("n", .string)])
    let settled = given.settling(
      detect(text), sample: sample, isWholeInput: true, overrides: DialectOverrides())
    #expect(settled.names == ["id", "n"])
    let first = "id,n\n1,a\n2,b\n"
    let prior = DialectPrior(
      detect(first), sample: Buffer(Array(first.utf8)), isWholeInput: true)
    let found = CSVDialectDetector.detect(
      sample: sample, isWholeInput: true, overrides: DialectOverrides(), after: prior)
    #expect(found.names == ["id", "n"] && found.dialect.hasHeader)
  }

  // MARK: The text of databases

  @Test(arguments: [
    "1\tAl\t\\N\n2\tBob\\tTab\tx\\\\y\n", "1\tAl\t\\N\n2\tBob\\\tTab\tx\\\\y\n",
  ])
  func `escapes between tabs are read where nulls show who wrote them:`(_ text: String) throws {
    let found = detect(text)
    #expect(found.dialect.escape == ASCII.backslash && found.fieldCount == 3, "\(found)")
    let schema = Schema([Field("a", .integer), Field("b", .string), Field("c", .string)])
    let parsed = try parseAll(Array(text.utf8), options(schema, found.dialect), window: 16)
    #expect(parsed.rejects.isEmpty)
    #expect(
      parsed.rows == [
        [.integer(1), .string("Al"), .null],
        [.integer(2), .string("Bob\tTab"), .string("x\\y")],
      ])
  }

  @Test(arguments: [
    "1\tC:\\temp\tx\n2\tC:\\new\ty\n", "1\tAl\t\\N\n2\tBob\ty\n",
    "1,C:\\temp,\\N\n2,C:\\new,y\n",
  ])
  func `others have none:`(_ text: String) {
    #expect(detect(text).dialect.escape == nil)
  }

  @Test(arguments: ["\\.\n", "\\.", "\\.\r\n", "\\.\n4\tCy\t\\N\n\\.\n"], [false, true])
  func `what ends such a text is no row:`(_ end: String, _ padsRagged: Bool) throws {
    for rows in ["1\tAl\t\\N\n2\tBo\\tb\tx\n3\tC\ty\n", "1\tAl\t\\N\n2\tBob\tx\n3\tC\ty\n"] {
      var overrides = DialectOverrides()
      overrides.padsRagged = padsRagged
      let found = detect(rows + end, overrides)
      let schema = Schema([Field("a", .integer), Field("b", .string), Field("c", .string)])
      let parsed = try parseAll(
        Array((rows + end).utf8), options(schema, found.dialect), window: 16)
      #expect(parsed.rejects.isEmpty && parsed.rows.count == (end.contains("Cy") ? 4 : 3))
      var inference = TypeInference(dialect: found.dialect, fieldCount: 3)
      inference.observe(Buffer(Array((rows + end).utf8)), isWhole: true)
      #expect(inference.columns.map(\.type) == [.integer, .string, .string])
    }
  }

  @Test func `backslash and point are a value where nothing shows such a text`() throws {
    #expect(!detect("a\tb\n1\tx\n\\.\ty\n\\.\n").dialect.hasEndMarkers)
    let single = "a\\tb\n\\N\n\\.\n"
    let schema = Schema([Field("a", .string)])
    let parsed = try parseAll(
      Array(single.utf8), options(schema, detect(single).dialect), window: 16)
    #expect(parsed.rows.last == [.string("\\.")])
  }

  // MARK: Headers

  @Test func `years over numbers with marks are names`() {
    let found = detect(
      "unit,geo\\TIME\t2020 \t2021 \nPC,DE\t1.5 \t2.5 \nPC,FR\t: \t2.6 b\n")
    #expect(found.names == ["unit,geo\\TIME", "2020", "2021"], "\(found)")
    #expect(detect("a\t2020\t2021\nb\tx\ty\nc\tz\tw\n").dialect.hasHeader == false)
  }

  // MARK: Byte-order marks

  @Test(arguments: [false, true]) func `a byte-order mark before a later line is no part of it`(
    _ framesFast: Bool
  ) throws {
    let mark = "\u{FEFF}"
    let text =
      "1,a\n2,b\n\(mark)3,c\n\(mark)\"4\",\"d\ne\"\n\(mark)\n5,\(mark)f\n"
    let schema = Schema([Field("id", .integer), Field("name", .string)])
    var parser = options(schema, CSVDialect(), inferred: [])
    parser.framesFast = framesFast
    let parsed = try parseAll(Array(text.utf8), parser, window: 16)
    #expect(parsed.rejects.isEmpty, "\(parsed.rejects)")
    let names = ["a", "b", "c", "d\ne", mark + "f"]
    #expect(parsed.rows == zip(1..., names).map { [.integer(Int64($0)), .string($1)] })
  }
}

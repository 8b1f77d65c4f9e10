import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: type inference") struct TypeInferenceTests {
  private func infer(_ values: [String]) -> DataType {
    var inference = TypeInference(dialect: CSVDialect(), fieldCount: 2)
    let lines = values.map { "x,\($0)\n" }.joined()
    inference.observe(Buffer(Array(lines.utf8)), isWhole: true)
    return inference.columns[1].type
  }

  @Test(arguments: [
    (["1", "-2", "0"], DataType.integer),
    (["1", "NA", ""], .integer),
    (["2147483647", "-2147483648"], .integer),
    (["2147483648"], .long),
    (["9223372036854775807"], .long),
    (["9223372036854775808"], .string),
    (["1", "2.5"], .double),
    (["1e5", "-.5", "5."], .double),
    (["0.1", "NaN", "inf"], .double),
    (["1.5", "9007199254740993"], .decimal(precision: 18, scale: 1)),
    (["1.5", "9007199254740993", "1e3"], .string),
    (["1.5", "9007199254740992"], .double),
    (["0.12345678901234567"], .decimal(precision: 18, scale: 17)),
    (["0.12345678901234568", "0.10000000000000001", "-1234.5678901234567"], .double),
    (["9007199254740993.1", "0.25"], .decimal(precision: 18, scale: 2)),
    (["1.7976931348623157e308", "5e-324", "2.2250738585072014e-308"], .double),
    (["1.79769313486231571e308"], .string),
    (["0.123456789012345678"], .decimal(precision: 38, scale: 18)),
    (["12345678901234567890123456789012345678.5"], .string),
    (["1", "nan", "2"], .integer), (["nan", "1.5"], .double), (["nan", "2024-01-01"], .date),
    (["1", "-", "?", "None"], .integer), (["1", "none"], .string),
    (["1", "#REF!"], .string),
    (["1.500000000000000000000"], .double),
    (["1e999"], .string), (["1e-400"], .string), (["0e-400", "5e-324", "1e-310"], .double),
    (["1.5", "-1e-400"], .string), (["1.23e-322"], .string),
    (["007"], .string),
    (["-01"], .string),
    (["00.5"], .string),
    (["+49"], .string),
    (["1", "x"], .string),
    (["true", "FALSE", "True"], .boolean),
    (["true", "1"], .string),
    (["yes"], .string),
    (["2024-02-29", "1999-12-31"], .date),
    (["2023-02-29"], .string),
    (["2024-02-29", "2024-02-29 10:00:00"], .timestamp),
    (["2024-02-29T10:00:00.123456Z"], .timestamp),
    (["2024-02-29 10:00", "2024-02-29T10:00:00+02:00", "2024-02-29T10:00:00-0330"], .timestamp),
    (["2024-02-29 10:00:00.1234567"], .string),
    (["2024-02-29 10:00:00.1234560"], .timestamp),
    (["2024-02-29 24:00:00"], .string),
    (["2024-01-01", "5"], .string),
    (["", "NA", "\\N"], .string),
    ([" 5", "6 "], .integer),
    (["\"5\"", "\"\""], .integer),
  ])
  func `values decide the type`(_ values: [String], _ type: DataType) {
    #expect(infer(values) == type)
  }

  @Test(arguments: [
    (DataType.integer, DataType.long, DataType.long), (.long, .integer, .long),
    (.integer, .double, .double), (.long, .double, .double), (.double, .string, .string),
    (.date, .timestamp, .timestamp), (.timestamp, .date, .timestamp), (.date, .integer, .string),
    (.decimal(precision: 18, scale: 2), .integer, .decimal(precision: 38, scale: 2)),
    (
      .decimal(precision: 18, scale: 2), .decimal(precision: 18, scale: 4),
      .decimal(precision: 38, scale: 4)
    ),
    (.double, .decimal(precision: 18, scale: 2), .decimal(precision: 38, scale: 2)),
    (.boolean, .integer, .string), (.boolean, .boolean, .boolean), (.string, .date, .string),
  ])
  func `types widen`(_ current: DataType, _ needed: DataType, _ widened: DataType) {
    #expect(widenedType(current, toHold: needed) == widened)
  }

  @Test(arguments: [
    (["31/12/2023", "30/11/2023"], DataType.date), (["2023-12-31", "2023-11-30"], .string),
    (["2023-12-31 10:00:00"], .timestamp), (["2023-12-31", "2023-12-31 10:00:00"], .string),
    (["31/12/2023", "2023-12-31 10:00:00"], .timestamp),
  ])
  func `a date format leaves no other dates`(_ values: [String], _ type: DataType) {
    var inference = TypeInference(dialect: CSVDialect(dateFormat: "%d/%m/%Y"), fieldCount: 1)
    inference.observe(Buffer(Array(values.map { $0 + "\n" }.joined().utf8)), isWhole: true)
    #expect(inference.columns[0].type == type)
  }

  @Test func `the reason names the value that decided`() {
    var inference = TypeInference(dialect: CSVDialect(), fieldCount: 1)
    inference.observe(Buffer(Array("1\n2.5\n".utf8)), isWhole: true)
    #expect(inference.columns[0].reason == "\"2.5\" makes it double")
  }

  @Test func `a record that is cut off does not count`() {
    var inference = TypeInference(dialect: CSVDialect(), fieldCount: 1)
    inference.observe(Buffer(Array("1\n2.".utf8)), isWhole: false)
    #expect(inference.columns[0].type == .integer)
  }

  @Test func `what inference guesses the parser verifies`() throws {
    let lines = ["1", "2", "3.5", "NA", "x", "2024-01-01"]
    let (_, schema, whole) = try convert(
      Array(("v,w\n" + lines.map { "\($0),a\n" }.joined()).utf8), sampleBytes: 10)
    #expect(schema.fields[0].type == .string)
    #expect(whole.rows.map { $0[0] } == lines.map(text))
  }
}

@Suite("CSV: dialect detection") struct DialectDetectorTests {
  private func detect(
    _ sample: String, _ overrides: DialectOverrides = DialectOverrides()
  ) -> DetectedDialect {
    CSVDialectDetector.detect(
      sample: Buffer(Array(sample.utf8)), isWholeInput: true, overrides: overrides)
  }

  @Test(arguments: [
    ("Wed Aug 27 13:08:45 +0000 2008", DateOrder.named, "with the month's name"),
    ("12-Jun-1998", .named, "with the month's name"), ("31.12.1998", .dayFirst, "day first"),
  ])
  func `how dates are written is told, with the value that shows it`(
    _ text: String, _ order: DateOrder, _ told: String
  ) {
    let found = detect("id,d\n1,\(text)\n2,\(text)\n")
    #expect(found.dialect.formats[1].dates == order)
    #expect(
      found.reasons.contains {
        $0.property == "dates" && $0.text == "d: \(told), as \"\(text)\" shows"
      })
  }

  @Test(arguments: [",", ";", "\t", "|"])
  func `the delimiter that splits alike`(_ delimiter: String) {
    let lines =
      ["id", "name", "note"].joined(separator: delimiter) + "\n"
      + "1\(delimiter)a b\(delimiter)\"x,y;z|\tw\"\n2\(delimiter)c\(delimiter)\n"
    let found = detect(lines)
    #expect(found.dialect.delimiter == delimiter.utf8.first)
    #expect(found.names == ["id", "name", "note"])
    #expect(found.dialect.hasHeader)
    #expect(found.dataOffset == 13)
  }

  @Test(arguments: [
    "id,note,x\n1,,3\n2,,4\n", "id;note;x\n1;;3\n2;;4\n", "id\tnote\tx\n1\t\t3\n",
    "id|note|x\n1||3\n2||4\n", "id,name\n1,\"Smith, John\"\n2,\"Doe, Jane\"\n",
    "id,addr,z\n1,\"1 Main St, Town, IL\",60601\n2,\"2 Oak, Rome, NY\",13440\n",
  ]) func `empty fields and quoted commas make no longer delimiter`(_ sample: String) {
    let found = detect(sample)
    #expect(found.dialect.delimiterTail.isEmpty)
    let header = sample.prefix { $0 != "\n" }
    #expect(found.names == header.split { ",;\t|".contains($0) }.map(String.init))
    #expect(found.dataOffset == header.utf8.count + 1)
  }

  @Test(arguments: [", ", "||"]) func `a delimiter of two bytes`(_ delimiter: String) {
    let found = detect(
      [["id", "n", "x"], ["1", "a", "2.5"], ["2", "b", "3.5"]]
        .map { $0.joined(separator: delimiter) + "\n" }.joined())
    #expect([found.dialect.delimiter] + found.dialect.delimiterTail == Array(delimiter.utf8))
    #expect(found.names == ["id", "n", "x"])
  }

  @Test func `a row of placeholders is no second header, a row of units is one`() {
    func table(_ second: String) -> String {
      "st,lat,lon\n\(second)\n" + (0..<20).map { "S\($0),\($0).5,1.25\n" }.joined()
    }
    for second in ["S,unknown,unknown", "S,ND,TBD", "S,*,*", "S,missing,?"] {
      #expect(detect(table(second)).names == ["st", "lat", "lon"], "\(second)")
    }
    #expect(detect(table("name,deg,deg")).names == ["st_name", "lat_deg", "lon_deg"])
    #expect(detect(table("-,%,°")).names.count == 3)
  }

  @Test func `a surplus field of some record does not move the names`() {
    var given = DialectOverrides()
    given.padsRagged = true
    #expect(detect("a,b,c\n1,2,3\n4,5,6\n7,8,9,10\n", given).names == ["a", "b", "c", "column_4"])
    #expect(detect("b,c\n1,2,3\n4,5,6\n", given).names == ["column_1", "b", "c"])
  }

  @Test(arguments: 0..<200 as Range<UInt64>)
  func `what programs write is found again, seed`(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let delimiter = [",", ";", "\t", "|"].randomElement(using: &random)!
    let newline = ["\n", "\r\n"].randomElement(using: &random)!
    let count = Int.random(in: 2...9, using: &random)
    let kinds = (0..<count).map { $0 == 0 ? 0 : Int.random(in: 0...5, using: &random) }
    func field(_ kind: Int) -> String {
      switch kind {
      case 0: return "\(Int.random(in: 0...99_999, using: &random))"
      case 1: return ["", "", "x", "north east"].randomElement(using: &random)!
      case 2:
        let words = ["Smith, John", "a; b", "tab\there", "x|y", "plain", "two\nlines", "5\" pipe"]
        return "\"" + words.randomElement(using: &random)!.replacing("\"", with: "\"\"") + "\""
      case 3: return "\(Int.random(in: 0...999, using: &random)).25"
      case 4: return "2026-01-\(Int.random(in: 10...28, using: &random))"
      default: return ""
      }
    }
    let names = (0..<count).map { "name\($0)" }
    let rows = (0..<Int.random(in: 3...60, using: &random)).map { _ in kinds.map(field) }
    let text = ([names] + rows).map { $0.joined(separator: delimiter) + newline }.joined()
    let found = detect(text)
    #expect(found.names == names, "\(text)")
    #expect(found.dialect.delimiter == delimiter.utf8.first && found.dialect.delimiterTail.isEmpty)
  }

  @Test func `decimal commas do not make a delimiter`() {
    #expect(detect("a;b\n1,5;2,5\n1,7;3\n2;2,2\n").dialect.delimiter == ASCII.semicolon)
  }

  @Test func `apostrophes quote where they are seen to`() {
    #expect(detect("a,b\n'x,1','y'\n'z,2','w'\n").dialect.quote == ASCII.apostrophe)
    #expect(detect("a,b\nit's,5\nthat's,6\n").dialect.quote == ASCII.quote)
  }

  @Test func `one column`() {
    let found = detect("title\nto be, or not\nthat is\nthe question\n")
    #expect(found.names == ["title"] && found.fieldCount == 1)
  }

  @Test(arguments: [
    ("a,b\n1,2\n", true), ("1,2\n3,4\n", false), ("x,1\ny,2\n", false), ("a,b\nc,d\n", true),
    ("a,b\na,d\n", false), ("a,a\nc,d\n", false), (",b\n1,x\n", true), ("a,b\n", true),
    ("id,2019-01-01\nx,2020-01-01\n", false),
  ])
  func `header or none`(_ sample: String, _ hasHeader: Bool) {
    #expect(detect(sample).dialect.hasHeader == hasHeader)
  }

  @Test func `names become unique`() {
    var given = DialectOverrides()
    given.hasHeader = true
    #expect(
      detect("a,,A,\"a\"\"q\",a_1\n1,2,3,4,5\n", given).names
        == ["a", "column_2", "A_1", "a\"q", "a_1_1"])
  }

  @Test func `without a header columns have numbers`() {
    #expect(detect("1,2\n3,4\n").names == ["column_1", "column_2"])
  }

  @Test func `byte-order mark, skipped lines and comments go before the data`() {
    var given = DialectOverrides()
    given.skipRows = 1
    given.comment = UInt8(ascii: "#")
    let sample = "\u{FEFF}report of today\n# note\na,b\n1,2\n"
    let found = detect(sample, given)
    #expect(found.names == ["a", "b"])
    #expect(found.dataLine == 3)
    #expect(String(decoding: Array(sample.utf8)[found.dataOffset...], as: UTF8.self) == "1,2\n")
  }

  @Test func `old Macintosh line ends`() {
    let found = detect("a,b\r1,2\r3,4\r")
    #expect(found.dialect.endsAtCarriage && found.dataOffset == 4)
  }

  @Test(arguments: [
    ("id,name,v\r1,a,1.5\r2,\"b\nc\",2.5\r3,d,3.5\r", true),
    ("\u{FEFF}\"i\nd\",v\r1,\"say \"\"a\nb\"\"\"\r", true),
    ("id,name\n1,\"b\rc\"\n", false), ("id,\"b\rc\"", false),
    ("id,name\r\n1,\"a\nb\"\r\n", false),
  ])
  func `what stands in quotes does not decide how lines end:`(_ sample: String, _ isCR: Bool) {
    #expect(detect(sample).dialect.endsAtCarriage == isCR)
  }

  /// - Parameter recordCount: whole records before the one that the sample cuts off.
  private func documents(_ recordCount: Int, line: String, header: String = "id,title,body\n")
    -> Buffer<UInt8>
  {
    let body = String(repeating: line + "\n", count: (100 << 10) / (line.utf8.count + 1))
    let records = (0..<recordCount).map { "\($0),t\($0),\"\(body)\"\n" }.joined()
    return Buffer(Array((header + records + "9,t9,\"" + body).utf8))
  }

  @Test(arguments: [
    "forty characters of a text without comma", "one, and the other", "a, b, and, c", "\"\"so\"\"",
  ])
  func `a field of many lines that the sample cuts off counts for nothing:`(_ line: String) {
    for count in [1, 2, 9] {
      let found = CSVDialectDetector.detect(
        sample: documents(count, line: line), isWholeInput: false)
      #expect(found.names == ["id", "title", "body"] && found.dialect.quote == ASCII.quote)
    }
  }

  @Test(arguments: [
    (0, "id,title,body\n", true), (1, "id,title,body\n", true), (2, "id,title,body\n", false),
    (0, "", true), (2, "", true), (3, "", false),
  ])
  func `a sample of a record or two is too small if it ends in quotes`(
    _ count: Int, _ header: String, _ isSmall: Bool
  ) {
    let sample = documents(count, line: "text; more | and so on", header: header)
    #expect(CSVDialectDetector.needsLargerSample(sample) == isSmall)
  }

  @Test func `a stray quote before many records is a stray quote`() {
    let rows = (0..<20_000).map { "\($0),x,\($0)\n" }.joined()
    let sample = Buffer(Array(("id,name,n\n0,\"x,1\n" + rows).utf8))
    #expect(!CSVDialectDetector.needsLargerSample(sample))
    let found = CSVDialectDetector.detect(sample: sample, isWholeInput: false)
    #expect(found.names == ["id", "name", "n"])
    var inference = TypeInference(dialect: found.dialect, fieldCount: 3)
    inference.observe(sample.slice(found.dataOffset..<sample.count), isWhole: false)
    #expect(inference.columns.map(\.type) == [.integer, .string, .integer])
  }

  @Test(arguments: [
    ("#ff0000,1\n#00ff00,2\nx,3\n", 0, ["column_1", "column_2"]),
    ("# made by a, b\n#ff0000,1\n#00ff00,2\nx,3\n", 15, ["column_1", "column_2"]),
    ("#id,n\nx,3\ny,4\n", 6, ["id", "n"]),
    ("#station,12345\n#height,250\nname,n\nx,3\n", 34, ["name", "n"]),
    ("#a,1\n#b,2\n\nx,3\n", 0, ["column_1", "column_2"]),
    ("#5 Alpha,59146\nBeta,41879\n", 0, ["column_1", "column_2"]),
    ("#Version,2\nid,n\nx,3\n", 16, ["id", "n"]),
    ("#country,2019\nNL,3\nDE,4\n", 14, ["country", "2019"]),
  ])
  func `lines with # before the table are comments, a header, or rows:`(
    _ sample: String, _ offset: Int, _ names: [String]
  ) {
    let found = detect(sample)
    #expect(found.dataOffset == offset && found.names == names, "\(found)")
  }

  @Test func `a line with # that has the fields of a record is none of the comments`() throws {
    let sample = "tag,n\n# note\na,1\n#x,5\n# see \"a\n# one, two, three\nb,2\n"
    let found = detect(String(sample.prefix(17)))
    #expect(found.dialect.comment == ASCII.hash && found.dialect.commentGuess == 2)
    let schema = Schema([Field("tag", .string), Field("n", .integer)])
    let data = Array(sample.utf8)[6...]
    for isGuessed in [true, false] {
      var dialect = found.dialect
      if !isGuessed { dialect.commentGuess = nil }
      let parsed = try parseAll(Array(data), options(schema, dialect), window: 20)
      let rows: [[Scalar]] = [
        [text("a"), .integer(1)], [text("#x"), .integer(5)], [text("b"), .integer(2)],
      ]
      #expect(parsed.rows == (isGuessed ? rows : [rows[0], rows[2]]))
      #expect(parsed.rejects.map(\.lineOffset) == (isGuessed ? [0, 3, 4] : []))
      #expect(parsed.rejects.allSatisfy { $0.reason == .comment })
    }
  }

  @Test func `nothing at all`() {
    #expect(detect("").names.isEmpty)
  }
}

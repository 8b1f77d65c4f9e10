import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: text to batches") struct CSVBatchParserTests {
  private func rows(
    _ input: String, _ columnCount: Int, _ dialect: CSVDialect = CSVDialect()
  ) throws -> [[Scalar]] {
    let whole = try parseAll(input, options(strings(columnCount), dialect))
    #expect(whole.rejects.isEmpty)
    #expect(whole.rowsRead == whole.rows.count)
    return whole.rows
  }

  @Test func `plain fields`() throws {
    #expect(try rows("a,b\nc,d\n", 2) == [[text("a"), text("b")], [text("c"), text("d")]])
  }

  @Test func `the last newline may be missing`() throws {
    #expect(try rows("a,b\nc,d", 2) == [[text("a"), text("b")], [text("c"), text("d")]])
  }

  @Test func `an empty field is null and an empty quoted one is not`() throws {
    #expect(try rows(",\"\"\n\"\",\n", 2) == [[.null, text("")], [text(""), .null]])
  }

  @Test func `quotes protect separators and line ends`() throws {
    #expect(
      try rows("\"a,b\",\"c\nd\"\ne,\"f\r\ng\"\n", 2)
        == [[text("a,b"), text("c\nd")], [text("e"), text("f\r\ng")]])
  }

  @Test func `doubled quotes are one`() throws {
    #expect(
      try rows("1,\"ha \"\"ha\"\" ha\"\n3,\"\"\"\"\n\"\"\"a\",\"b\"\"\"\n", 2)
        == [
          [text("1"), text("ha \"ha\" ha")], [text("3"), text("\"")], [text("\"a"), text("b\"")],
        ])
  }

  @Test func `carriage returns before a line feed go`() throws {
    #expect(
      try rows("a,b\r\n\"c\",\"d\"\r\ne,\r\n", 2)
        == [[text("a"), text("b")], [text("c"), text("d")], [text("e"), .null]])
  }

  @Test func `line ends may differ from line to line`() throws {
    #expect(try rows("a,b\r\nc,d\ne,f\r", 2).map { $0[1] } == [text("b"), text("d"), text("f")])
  }

  @Test func `a carriage return alone can end lines`() throws {
    let dialect = CSVDialect(newline: ASCII.carriageReturn)
    #expect(
      try rows("a,b\rc,\"d\"\r", 2, dialect) == [[text("a"), text("b")], [text("c"), text("d")]])
  }

  @Test func `a quote within a field is text`() throws {
    #expect(
      try rows("5'10\" tall,x\n7,say \"hi\"\n", 2)
        == [[text("5'10\" tall"), text("x")], [text("7"), text("say \"hi\"")]])
  }

  @Test func `blank lines are skipped where records have several fields`() throws {
    #expect(try rows("\na,b\n\r\n\nc,d\n\n", 2).count == 2)
  }

  @Test func `a blank line is a null where records have one field`() throws {
    #expect(try rows("a\n\nb\n", 1) == [[text("a")], [.null], [text("b")]])
  }

  @Test func `comment lines are skipped`() throws {
    let dialect = CSVDialect(comment: UInt8(ascii: "#"))
    #expect(try rows("# it's \"one\na,b\n#x,y\nc,d#\n", 2, dialect).count == 2)
  }

  @Test func `a backslash can escape inside quotes`() throws {
    let dialect = CSVDialect(escape: UInt8(ascii: "\\"))
    #expect(
      try rows("\"a\\\"b\",\"c\\\\\"\n\\N,d\n", 2, dialect)
        == [[text("a\"b"), text("c\\")], [text("\\N"), text("d")]])
  }

  @Test func `without a quote byte quotes are text`() throws {
    #expect(try rows("\"a,b\"\n", 2, CSVDialect(quote: nil)) == [[text("\"a"), text("b\"")]])
  }

  @Test func `an empty input has no rows`() throws {
    #expect(try rows("", 3) == [])
  }

  @Test func `ignored fields and missing columns`() throws {
    var settings = options(Schema([Field("b", .integer), Field("x", .long), Field("a", .string)]))
    settings.columnMap = [2, nil, 0]
    let whole = try parseAll("p,junk,1\nq,,2\n", settings)
    #expect(whole.rows == [[.integer(1), .null, text("p")], [.integer(2), .null, text("q")]])
  }

  @Test func `null texts of the user count in every column, unquoted`() throws {
    let settings = options(
      Schema([Field("a", .string), Field("b", .integer)]), CSVDialect(nullTexts: ["-", "missing"]))
    let whole = try parseAll("-,-\nmissing,1\n\"-\",2\n", settings)
    #expect(whole.rows == [[.null, .null], [.null, .integer(1)], [text("-"), .integer(2)]])
  }

  @Test func `customary null texts count in typed columns only`() throws {
    let settings = options(Schema([Field("a", .string), Field("b", .double)]))
    let whole = try parseAll("NA,NA\n\\N,\\N\nx,\"\"\n", settings)
    #expect(whole.rows == [[text("NA"), .null], [text("\\N"), .null], [text("x"), .null]])
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13, 64, 1000])
  func `windows of any size yield the same`(_ window: Int) throws {
    let input = "a,\"b\"\"\nx\"\r\n1,2\n\nbad\n\"c\" d,e\n\"f\",g\nlast,\"one\""
    let settings = options(strings(2))
    #expect(try parseAll(input, settings, window: window) == parseAll(input, settings))
  }
}

@Suite("CSV: dialects") struct CSVDialectTests {
  private func rows(
    _ input: String, _ columnCount: Int, _ dialect: CSVDialect
  ) throws -> [[Scalar]] {
    let whole = try parseAll(input, options(strings(columnCount), dialect))
    #expect(whole.rejects.isEmpty)
    return whole.rows
  }

  @Test func `a delimiter of several bytes`() throws {
    let dialect = CSVDialect(delimiter: ASCII.pipe, delimiterTail: [ASCII.pipe])
    #expect(
      try rows("a||b|c||\"d||\"\r\n||||e\n", 3, dialect)
        == [[text("a"), text("b|c"), text("d||")], [.null, .null, text("e")]])
  }

  @Test func `escapes count outside quotes too, before what they can make ordinary`() throws {
    let dialect = CSVDialect(escape: ASCII.backslash)
    #expect(
      try rows("a\\,b,C:\\temp\n\"x\\\"\"\"y\",\\\\\n", 2, dialect)
        == [[text("a,b"), text("C:\\temp")], [text("x\"\"y"), text("\\")]])
  }

  @Test func `a delimiter at the end`() throws {
    var dialect = CSVDialect(delimiter: ASCII.pipe)
    dialect.endsWithDelimiter = true
    let whole = try parseAll("1|x|\r\n2|y|z\n3|w\n4||\n", options(strings(2), dialect))
    #expect(whole.rows == [[text("1"), text("x")], [text("4"), .null]])
    #expect(whole.rejects.map(\.reason) == [.tooManyFields, .tooFewFields])
  }

  @Test func `padding makes missing fields null and reports a surplus`() throws {
    var dialect = CSVDialect()
    dialect.padsRagged = true
    let schema = Schema([Field("a", .integer), Field("b", .string), Field("c", .double)])
    let parser = try CSVBatchParser(options(schema, dialect))
    let parsed = try parser.parse(builder(Array("1,x,2.5\n2\n3,y\n4,z,1,5,6\n5".utf8)), isEnd: true)
    #expect(parsed.neededFieldCount == 5)
    #expect(parsed.rejects.map(\.rawText) == ["4,z,1,5,6"])
    #expect(
      parsed.batch.columns.map(\.scalars) == [
        [.integer(1), .integer(2), .integer(3), .integer(5)], [text("x"), .null, text("y"), .null],
        [.double(2.5), .null, .null, .null],
      ])
  }

  @Test func `columns have formats of their own`() throws {
    var dialect = CSVDialect(delimiter: ASCII.semicolon)
    dialect.formats = [FieldFormat(), FieldFormat(), FieldFormat()]
    dialect.formats[0].dates = .dayFirst
    dialect.formats[1].numbers = .decimalComma
    dialect.formats[2].numbers = .commaGroups
    let schema = Schema([
      Field("d", .date), Field("n", .double), Field("m", .decimal(precision: 18, scale: 1)),
    ])
    let whole = try parseAll(
      "31/12/2026;1.234,5;1,234.5\n01.02.2026;-0,25;7\n02/01/2026;1.5;1\n", options(schema, dialect)
    )
    #expect(
      whole.rows.map { $0.map(\.description) } == [
        ["2026-12-31", "1234.5", "1234.5"], ["2026-02-01", "-0.25", "7.0"],
      ])
    #expect(whole.rejects.map(\.value) == ["1.5"])
  }
}

@Suite("CSV: bad rows") struct CSVRejectTests {
  private func reject(_ input: String, _ schema: Schema) throws -> (RejectedRow, [[Scalar]]) {
    let whole = try parseAll(input, options(schema))
    #expect(whole.rowsRead == whole.rows.count + whole.rejects.count)
    try #require(whole.rejects.count == 1)
    return (whole.rejects[0], whole.rows)
  }

  private let pair = Schema([Field("a", .integer), Field("b", .string)])

  @Test func `too few fields`() throws {
    let (row, rest) = try reject("1,x\n2\n3,z\n", pair)
    #expect(row.reason == .tooFewFields && row.lineOffset == 1 && row.byteOffset == 4)
    #expect(row.rawText == "2")
    #expect(rest == [[.integer(1), text("x")], [.integer(3), text("z")]])
  }

  @Test func `too many fields`() throws {
    let (row, rest) = try reject("1,x\r\n2,y,z\r\n3,z\r\n", pair)
    #expect(row.reason == .tooManyFields && row.lineOffset == 1 && row.rawText == "2,y,z")
    #expect(rest.count == 2)
  }

  @Test func `text after a closing quote`() throws {
    let (row, rest) = try reject("1,\"x\"y,\n2,b\n", pair)
    #expect(row.reason == .textAfterQuote && row.column == "b")
    #expect(rest == [[.integer(2), text("b")]])
  }

  @Test func `a quote that never closes costs one line`() throws {
    let (row, rest) = try reject("1,\"x\n2,b\n3,c\n", pair)
    #expect(row.reason == .unclosedQuote && row.rawText == "1,\"x" && row.column == "b")
    #expect(rest == [[.integer(2), text("b")], [.integer(3), text("c")]])
  }

  @Test func `a quote that closes at a later record's costs its own line`() throws {
    let (row, rest) = try reject("1,\"x\n2,\"b\"\n3,c\n", pair)
    #expect(row.reason == .unclosedQuote && row.rawText == "1,\"x" && row.column == "b")
    #expect(rest == [[.integer(2), text("b")], [.integer(3), text("c")]])
  }

  @Test func `text after the closing quote of a long record costs all of it`() throws {
    let (row, rest) = try reject("1,\"x\ny\"z\n3,c\n", pair)
    #expect(row.reason == .textAfterQuote && row.rawText == "1,\"x\ny\"z")
    #expect(rest == [[.integer(3), text("c")]])
  }

  @Test func `a record over the limit is given up`() throws {
    var settings = options(pair)
    settings.recordBytesMax = 100
    let input = "1,\"x\n" + String(repeating: "2,b\n", count: 100)
    let whole = try parseAll(input, settings, window: 128)
    #expect(whole.rejects.map(\.reason) == [.unclosedQuote])
    #expect(whole.rows.count == 100)
  }

  @Test func `a line over the limit is an error`() throws {
    var settings = options(pair)
    settings.recordBytesMax = 100
    #expect(throws: IngestError.self) {
      try parseAll("1," + String(repeating: "x", count: 300), settings, window: 128)
    }
  }

  @Test func `bytes that are not UTF-8`() throws {
    let input = Array("1,é\n2,".utf8) + [0xC3, 0x28] + Array("\n3,ü\n".utf8)
    let whole = try parseAll(input, options(pair))
    #expect(whole.rejects.map(\.reason) == [.invalidUTF8])
    #expect(whole.rejects[0].column == "b" && whole.rejects[0].lineOffset == 1)
    #expect(whole.rows == [[.integer(1), text("é")], [.integer(3), text("ü")]])
  }

  @Test func `a value of another type`() throws {
    let (row, rest) = try reject("1,x\ntwo,y\n3,z\n", pair)
    #expect(row.reason == .invalidValue && row.column == "a" && row.value == "two")
    #expect(row.expectedType == .integer && row.rawText == "two,y")
    #expect(rest == [[.integer(1), text("x")], [.integer(3), text("z")]])
  }

  @Test func `a value beyond its type`() throws {
    let (row, _) = try reject("1,x\n2147483648,y\n", pair)
    #expect(row.reason == .outOfRange)
  }

  @Test func `a null where none may be`() throws {
    let required = Schema([
      Field("a", .integer, nullable: false), Field("b", .string, nullable: false),
    ])
    let whole = try parseAll("1,x\n,y\n3,\n,\n", options(required))
    #expect(whole.rows == [[.integer(1), text("x")]])
    #expect(whole.rejects.map(\.reason) == Array(repeating: .nullInRequired, count: 3))
    #expect(whole.rejects.map(\.column) == ["a", "b", "a"])
    #expect(whole.rejects.map(\.lineOffset) == [1, 2, 3])
  }

  @Test func `a guess that a value contradicts is told with the type it needs`() throws {
    let whole = try parseAll("1,x\n2.5,y\n3000000000,z\n", options(pair, inferred: [0]))
    #expect(whole.rejects.isEmpty && whole.rowsRead == 3)
    #expect(
      whole.contradictions
        == [
          Contradiction(column: 0, neededType: .double, value: "2.5", lineOffset: 1, byteOffset: 4)
        ])
  }

  @Test func `nested types are refused by name`() {
    #expect(throws: IngestError.self) {
      try CSVBatchParser(
        options(Schema([Field("a", .array(element: .long, containsNull: true))])))
    }
  }
}

import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: headers among the records") struct RepeatedHeaderTests {
  private func detect(
    _ text: String, _ overrides: DialectOverrides = DialectOverrides()
  ) -> DetectedDialect {
    CSVDialectDetector.detect(
      sample: Buffer(Array(text.utf8)), isWholeInput: true, overrides: overrides)
  }

  /// What a load makes of a text.
  private func parse(
    _ text: String
  ) throws -> (found: DetectedDialect, types: [DataType], parsed: WholeParse) {
    let found = detect(text)
    let data = Array(text.utf8.dropFirst(found.dataOffset))
    var inference = TypeInference(dialect: found.dialect, fieldCount: found.fieldCount)
    inference.observe(Buffer(data), isWhole: true)
    let types = inference.columns.map(\.type)
    let schema = Schema(zip(found.names, types).map { Field($0, $1) })
    let inferred = Set(found.names.indices)
    let parsed = try parseAll(data, options(schema, found.dialect, inferred: inferred), window: 16)
    return (found, types, parsed)
  }

  @Test(arguments: [
    "id,n\n1,2\nid,n\n3,4\nid,n\n5,6\n", "id,n\r\n1,2\r\nid,n\r\n3,4\r\nid,n\r\n5,6\r\n",
    "\"id\",\"n\"\n1,2\n\"id\",\"n\"\n3,4\n\"id\",\"n\"\n5,6\n",
    "\u{FEFF}id,n\n1,2\n\u{FEFF}id,n\n3,4\nid,n\n5,6\n", "id,n\nid,n\n1,2\n3,4\n5,6\nid,n",
    "id,n\r\n1,2\r\n3,4\r\n5,6\r\nid,n\nid,n",
    "\"id\",\"n\"\n1,2\nid,n\n3,4\nid,n \n5,6\n", "ID,N\n1,2\nid,n\n3,4\nID, n\n5,6\n",
    "id,n,\n1,2,\nid,n,\n3,4,\nid,n,\n5,6,\n",
  ])
  func `where columns have types they are left out, and told:`(_ text: String) throws {
    let (found, types, parsed) = try parse(text)
    #expect(found.names.map { $0.lowercased() } == ["id", "n"], "\(found)")
    #expect(types == [.integer, .integer])
    let rows = [[1, 2], [3, 4], [5, 6]].map { $0.map { Scalar.integer($0) } }
    #expect(parsed.rows == rows)
    #expect(parsed.rejects.map(\.reason) == [.repeatedHeader, .repeatedHeader])
    #expect(
      parsed.rejects.allSatisfy { $0.column == nil && $0.rawText.lowercased().contains("id") })
    #expect(parsed.contradictions.isEmpty && parsed.rowsRead == 5)
    #expect(found.reasons.contains { $0.property == "repeated header" })
  }

  @Test(arguments: [
    "d;v\n31/12/2024;x\nd;v\n30/12/2024;y\n", "d;v\n1,5;x\n2,5;y\nd;v\n3,5;z\n",
    "d;v\n5.1.2024;x\nd;v\n31.12.2024;y\n",
  ])
  func `values of any spelling tell the header:`(_ text: String) throws {
    let (found, types, parsed) = try parse(text)
    #expect(found.names == ["d", "v"] && types[0] != .string, "\(found)")
    #expect(parsed.rejects.map(\.reason) == [.repeatedHeader])
  }

  @Test(arguments: ["id,x\n1,a\nid,x\n2,b\n", "x,y,z\n1,2,a\nx,y,z\n3,4,b\n"])
  func `a name may be one that stands for missing values elsewhere:`(_ text: String) throws {
    let (found, types, parsed) = try parse(text)
    #expect(found.dialect.hasHeader && types[0] == .integer, "\(found)")
    #expect(parsed.rows.count == 2 && parsed.rejects.map(\.reason) == [.repeatedHeader])
  }

  @Test func `beside text one typed column tells, and other records keep their values`() throws {
    let text = "id,n,note\n1,2,x\nid,n,note\nid,5,note\n3,4,n\n"
    let (found, types, parsed) = try parse(text)
    #expect(found.names == ["id", "n", "note"] && types == [.string, .integer, .string])
    #expect(parsed.rows.map { $0[0] } == ["1", "id", "3"].map(text(_:)))
    #expect(parsed.rejects.map(\.reason) == [.repeatedHeader])
  }

  @Test func `given types tell as well`() throws {
    var dialect = CSVDialect()
    dialect.headerRecords = [Array("a,b".utf8)]
    let schema = Schema([Field("a", .string), Field("b", .date)])
    let parsed = try parseAll("x,y\na,b\na,2024-01-01\n", options(schema, dialect))
    #expect(parsed.rejects.map(\.reason) == [.invalidValue, .repeatedHeader])
    #expect(parsed.rows.count == 1)
  }

  @Test func `a header with another number of fields than its rows is one too`() throws {
    let (found, _, parsed) = try parse("a,b\nr1,1,2\nr2,3,4\na,b\nr3,5,6\nx,y\n")
    #expect(found.names == ["column_1", "a", "b"] && parsed.rows.count == 3)
    #expect(parsed.rejects.map(\.reason) == [.repeatedHeader, .tooFewFields])
  }

  @Test func `both lines of a header of two are it`() throws {
    let header = "time,speed\ns,m/s\n"
    let text = header + "0,1.5\n1,2.5\n2,3.5\n"
    let found = detect(text)
    #expect(found.names == ["time_s", "speed_m/s"])
    let schema = Schema([Field("a", .integer), Field("b", .double)])
    let parsed = try parseAll(
      "0,1.5\n" + header + "1,2.5\n", options(schema, found.dialect, inferred: [0, 1]))
    #expect(parsed.rows.count == 2 && parsed.contradictions.isEmpty)
    #expect(parsed.rejects.map(\.reason) == [.repeatedHeader, .repeatedHeader])
  }

  @Test(arguments: [
    ("time,speed\ns,m/s\n", "0,1.5\n", ["time_s", "speed_m/s"]),
    ("Q1,,Q2,\na,b,a,b\n", "1,2,3,4\n", ["Q1_a", "Q1_b", "Q2_a", "Q2_b"]),
  ])
  func `a header of two records that comes again is one:`(
    _ header: String, _ row: String, _ names: [String]
  ) throws {
    let (found, _, parsed) = try parse(header + row + row + header + row + row)
    #expect(found.names == names, "\(found)")
    #expect(parsed.rows.count == 4)
    #expect(parsed.rejects.map(\.reason) == [.repeatedHeader, .repeatedHeader])
  }

  @Test(arguments: [
    "name,city\nBob,Rome\nname,city\nAl,Oslo\nname,city\nCy,Bern\n",
    "\"name\",\"city\"\nBob,Rome\nname,city\nAl,Oslo\nName,city\nCy,Bern\n",
  ])
  func `among text small names that come again are names, and told as rows:`(
    _ text: String
  ) throws {
    let (found, _, parsed) = try parse(text)
    #expect(found.names == ["name", "city"] && parsed.rows.count == 5, "\(found)")
    #expect(found.doubts.contains(.headersAmongRows(2)))
  }

  @Test(arguments: [
    "unknown,none\n1,2\nunknown,none\n3,4\n", "1,2\n3,4\n1,2\n",
    "a,a\n1,2\na,a\n3,4\n", "x,5\nx,5\ny,6\n",
    "Bob,x\nAl,5\nBob,x\nAl,6\n", "Bob,Rome\nAl,Paris\nBob,Rome\n",
  ])
  func `a first record that comes again and may be a row is one:`(_ text: String) throws {
    let (found, _, parsed) = try parse(text)
    #expect(!found.dialect.hasHeader && parsed.rejects.isEmpty, "\(found)")
    #expect(parsed.rows.count == text.split(separator: "\n").count)
  }

  @Test func `where every column is text they are rows`() throws {
    var given = DialectOverrides()
    given.hasHeader = true
    let found = detect("a,b\nx,y\na,b\n", given)
    let parsed = try parseAll("x,y\na,b\n", options(strings(2), found.dialect))
    #expect(parsed.rows.count == 2 && parsed.rejects.isEmpty)
  }
}

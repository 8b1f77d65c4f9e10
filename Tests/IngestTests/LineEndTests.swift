import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: line ends") struct LineEndTests {
  private func detect(
    _ sample: String, _ lineEnd: LineEnd? = nil, isWhole: Bool = true
  ) -> DetectedDialect {
    var overrides = DialectOverrides()
    overrides.lineEnd = lineEnd
    return CSVDialectDetector.detect(
      sample: Buffer(Array(sample.utf8)), isWholeInput: isWhole, overrides: overrides)
  }

  /// What a load makes of a text that is its own sample.
  private func rows(_ sample: String, _ lineEnd: LineEnd? = nil) throws -> [[String]] {
    let found = detect(sample, lineEnd)
    let whole = try parseAll(
      Array(sample.utf8.dropFirst(found.dataOffset)),
      options(strings(found.fieldCount), found.dialect))
    let rows = whole.rows.map { $0.map { $0.isNull ? "" : $0.description } }
    return (found.dialect.hasHeader ? [found.names] : []) + rows
      + whole.rejects.map { ["bad", $0.rawText] }
  }

  private static let quoted = (0..<20).map { "\($0),'a\nb',\($0).5\r" }.joined()

  @Test(arguments: [
    // The last line of a text from an old Macintosh has been written elsewhere.
    ("id,x\r1,a\r2,b\n", [["id", "x"], ["1", "a"], ["2", "b"]]),
    ("id,x\r1,a\r2,b\r\n", [["id", "x"], ["1", "a"], ["2", "b"]]),
    ("id,x\n1,a\r2,b\r3,c\r", [["id", "x"], ["1", "a"], ["2", "b"], ["3", "c"]]),
    ("id\n1\n2\r3\r4\n", [["id"], ["1"], ["2"], ["3"], ["4"]]),
    ("id,x\r\r\n1,a\r\r\n2,b\r\r\n", [["id", "x"], ["1", "a"], ["2", "b"]]),
    ("id,x\r\n1,\"a\"\r2,\"b\"\n3,c", [["id", "x"], ["1", "a"], ["2", "b"], ["3", "c"]]),
    ("# by hand\r#\rid,x\r1,2\r3,4\n", [["id", "x"], ["1", "2"], ["3", "4"]]),
    ("sep=;\r\nid;x\r1;2\r3;4\n", [["id", "x"], ["1", "2"], ["3", "4"]]),
    ("Sales\r\rid,x,y\r1,2,3\r3,4,5\n", [["id", "x", "y"], ["1", "2", "3"], ["3", "4", "5"]]),
  ])
  func `CR ends records among those that LF ends:`(_ text: String, _ expected: [[String]]) throws {
    #expect(try rows(text) == expected)
  }

  @Test func `LF in quotes behind a comma and a space is text where CR ends lines`() throws {
    let text = "id, name, n\r" + (0..<20).map { "\($0), \"a\nb\", \($0).5\r" }.joined()
    let found = try rows(text)
    #expect(found.count == 21 && found[20] == ["19", "a\nb", "19.5"])
    #expect(detect(text).reasons.first?.text == "CR ends 21 records of the sample, LF 0")
  }

  @Test func `LF in apostrophes is text where CR ends lines`() throws {
    let found = try rows("id,name,n\r" + LineEndTests.quoted)
    #expect(found.count == 21 && found[1] == ["0", "a\nb", "0.5"])
    #expect(detect("id,name,n\r" + LineEndTests.quoted).mixesLineEnds == false)
  }

  @Test(arguments: [
    "id,note,n\n1,a\rb,2\n3,c,4\n", "id,note\n1,a\rb\n2,c\n3,d\re\n4,f\n",
    "id,note\n" + (0..<20).map { "\($0),a\rb\rc\rd\n" }.joined(),
    "id,note\n" + (0..<9000).map { "\($0),a\($0 == 8000 ? "\r" : "")b\n" }.joined(),
    "id,note\r\n1,a\rb\r\n2,c\r\n",
  ])
  func `CR in a field is text where records agree better so:`(_ text: String) throws {
    let found = detect(text)
    #expect(found.dialect.carriage == .text && !found.mixesLineEnds)
    let rows = try rows(text)
    #expect(rows.allSatisfy { $0.count == found.fieldCount && $0[0] != "bad" })
    #expect(rows.contains { $0.contains { $0.contains("a\r") } })
  }

  @Test(arguments: ["id,x\n1,\"a\rb\"\n", "id,x\n1,2\n", "id,x\r\n1,2\r\n", "id\n", "", "a\r\n"])
  func `texts without a CR for a line end are read as before:`(_ text: String) {
    #expect(detect(text).dialect.carriage == .mayEndLine && detect(text).dialect.quotesByParity)
  }

  @Test func `what is given is taken`() throws {
    let text = "id,x\n1,a\r2,b\n3,c\n4,d\n"
    let (header, rest) = (["id", "x"], [["3", "c"], ["4", "d"]])
    #expect(try rows(text, .lineFeed) == [header] + rest + [["bad", "1,a\r2,b"]])
    #expect(try rows(text, .any) == [header, ["1", "a"], ["2", "b"]] + rest)
    #expect(detect(text, .any).reasons.first?.text == "LF, CR LF or CR, as given")
    let old = "id,x\r1,a\nb\r2,c\r"
    #expect(try rows(old, .carriageReturn) == [["id", "x"], ["1", "a\nb"], ["2", "c"]])
    #expect(detect(old, .carriageReturn).dialect.quotesByParity)
  }

  /// Behind the sample: there is one bad record, or two rows.
  @Test(arguments: [
    ("1,a\r2,b\n3,c\n", [["1", "a"], ["2", "b"], ["3", "c"]]),
    ("1,\"a\"\r2,\"b\"\n3,c\n", [["1", "a"], ["2", "b"], ["3", "c"]]),
    ("1,a\r\r2,b\r\n", [["1", "a"], ["2", "b"]]),
    // Parts that are no records, and a record that is one, stay what they are.
    ("1,a\rb,2\r3\n", [["bad", "1,a\rb,2\r3"]]), ("1,a\rb\n", [["1", "a\rb"]]),
    ("1,a\r2,b\"c\r\n", [["bad", "1,a\r2,b\"c"]]),
  ])
  func `a bad record is those that CRs make of it:`(_ text: String, _ expected: [[String]]) throws {
    var dialect = CSVDialect()
    dialect.carriage = .mayEndLine
    let bytes = Array(text.utf8)
    let settings = options(strings(2), dialect)
    let whole = try parseAll(bytes, settings)
    let rows = whole.rows.map { $0.map(\.description) }
    #expect(rows + whole.rejects.map { ["bad", $0.rawText] } == expected)
    for size in [1, 3, 64] {
      #expect(try parseAll(bytes, settings, window: size) == whole)
      #expect(try parseRanges(bytes, settings, size: size) == whole)
    }
    dialect.carriage = .text
    let plain = try parseAll(bytes, options(strings(2), dialect))
    #expect(plain.rejects.isEmpty == (expected == [["1", "a\rb"]]))
  }

  @Test(arguments: 0..<120 as Range<UInt64>)
  func `any cut of noise gives the same rows, rejects and lines`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let pieces = ["a", "1", ",", ",", "\"", "\r", "\r", "\n", "\r\n", "\r\r\n", "\r\r", " ", "\\"]
    let text = (0..<Int.random(in: 0...160, using: &random))
      .map { _ in pieces.randomElement(using: &random)! }.joined()
    let bytes = Array(text.utf8)
    for carriage in [CarriageRole.mayEndLine, .endsLine] {
      for columnCount in 1...3 {
        var dialect = CSVDialect(escape: seed % 3 == 0 ? ASCII.backslash : nil)
        dialect.carriage = carriage
        let settings = options(strings(columnCount), dialect)
        let whole = try parseAll(bytes, settings)
        #expect(whole.rowsRead == whole.rows.count + whole.rejects.count, "seed \(seed)")
        for size in [1, 2, 7, 64] {
          #expect(try parseAll(bytes, settings, window: size) == whole, "seed \(seed), \(size)")
          #expect(try parseRanges(bytes, settings, size: size) == whole, "seed \(seed), \(size)")
        }
      }
    }
  }

  @Test func `lines are counted alike wherever the text is cut`() {
    var dialect = CSVDialect()
    dialect.carriage = .endsLine
    for (text, count) in [("a\rb\nc\r\nd\r\r\ne\r\r\rf\n", 8), ("\r\r\r\r\n", 3), ("\n\r", 2)] {
      let bytes = Array(text.utf8)
      for cut in 0...bytes.count {
        var counter = LineCounter(dialect)
        counter.take(Buffer(Array(bytes[..<cut])))
        counter.take(Buffer(Array(bytes[cut...])))
        #expect(counter.count == count, "\(bytes) cut at \(cut)")
      }
    }
  }
}

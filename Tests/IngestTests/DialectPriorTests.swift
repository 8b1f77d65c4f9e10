import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: texts that belong together") struct DialectPriorTests {
  private func prior(_ text: String) -> DialectPrior {
    let sample = Buffer(Array(text.utf8))
    return DialectPrior(
      CSVDialectDetector.detect(sample: sample, isWholeInput: true), sample: sample,
      isWholeInput: true)
  }

  /// The names and rows of `text`, which is read after `first`.
  private func read(
    _ text: String, after first: String, _ overrides: DialectOverrides = DialectOverrides()
  ) throws -> (dialect: DetectedDialect, rows: [String]) {
    let found = CSVDialectDetector.detect(
      sample: Buffer(Array(text.utf8)), isWholeInput: true, overrides: overrides,
      after: prior(first))
    let whole = try parseAll(
      Array(text.utf8.dropFirst(found.dataOffset)),
      options(strings(found.fieldCount), found.dialect))
    #expect(whole.rejects.isEmpty, "\(text)")
    return (found, whole.rows.map { $0.map(\.description).joined(separator: "|") })
  }

  @Test(arguments: [
    ("id,n,v\n1,x,2\n", "id;n;v\n2;y;3\n", ["2|y|3"]),
    ("id,n,v\n1,x,2\n", "id;n;v\n2;y;3,5\n3;z;4,5\n", ["2|y|3,5", "3|z|4,5"]),
    ("id;n;v\n1;x;2,5\n", "id,n,v\n2,y,3.5\n", ["2|y|3.5"]),
    ("id,n,v\n1,x,2\n", "id;n\n2;y, z, w\n3;a, b, c\n", ["2|y, z, w", "3|a, b, c"]),
    ("id,n\n1,x y\n", "id\tn\n2\ty, z\n3\tw, u\n", ["2|y, z", "3|w, u"]),
    ("id|n\n1|x\n", "id,n\n2,y|z\n3,w|q\n", ["2|y|z", "3|w|q"]),
    ("id\n1\n", "id;n\n2;y\n", ["2|y"]), ("id;n\n1;x\n", "id\n2\n", ["2"]),
    ("id,n\n1,x\n", "id||n\n2||y\n", ["2|y"]), ("id||n\n1||x\n", "id|n\n2|y\n", ["2|y"]),
    ("id,n\n1,\"a,b\"\n", "id,n\n2,'c,d'\n3,'e,f'\n", ["2|c,d", "3|e,f"]),
    ("id,n\n1,\"a\"\n", "id,n\n2,'c'\n3,'e'\n", ["2|c", "3|e"]),
    ("id,n\n1,'a,b'\n2,'c,d'\n", "id,n\n3,\"e,f\"\n4,\"g\"\n", ["3|e,f", "4|g"]),
    (
      "id,n\n1,\"x \"\"q\"\"\"\n", "id,n\n2,\"y \\\"q\\\", r\"\n3,\"z\"\n", ["2|y \"q\", r", "3|z"]
    ),
    ("id,n\n1,x\n", "id,n\r2,y\r3,z\r", ["2|y", "3|z"]),
    ("id,n\n1,x\n", "title\n\nid,n\n2,y\n", ["2|y"]),
    ("id,n\n1,x\n", "sep=;\nid;n\n2;y,z\n", ["2|y,z"]),
    ("sep=;\nid;n\n1;x\n", "id,n\n2,y;z\n", ["2|y;z"]),
    ("id,n\n1,x\n", "// a, b, c\n// d\nid;n\n2;y\n", ["2|y"]),
  ])
  func `each is read as it is written:`(_ first: String, _ text: String, _ rows: [String]) throws {
    let found = try read(text, after: first)
    #expect(found.rows == rows)
    #expect(Set(found.dialect.names).isSubset(of: ["id", "n", "v"]), "\(found.dialect)")
  }

  @Test(arguments: [
    ("1,2\n3,4\n", "5;6,5\n7;8,5\n", ["5|6,5", "7|8,5"]),
    ("1,2\n3,4\n", "5\t6\n", ["5|6"]), ("x,1\n", "y;2\nz;3\n", ["y|2", "z|3"]),
  ]) func `types tell where there are no names:`(
    _ first: String, _ text: String, _ rows: [String]
  ) throws {
    let found = try read(text, after: first)
    #expect(!found.dialect.dialect.hasHeader && found.rows == rows)
  }

  @Test(arguments: ["a;b\nc;d\n", "a, b\n", "it's 5 o'clock\n'tis\n", "\n\n", "\"a\",\"b\"\n"])
  func `lines of text stay lines of text:`(_ text: String) throws {
    let found = CSVDialectDetector.detect(
      sample: Buffer(Array(text.utf8)), isWholeInput: true, overrides: DialectOverrides(),
      after: prior("one line\none line\nand another\n"))
    #expect(text == "\"a\",\"b\"\n" || found.fieldCount == 1)
    #expect(!found.dialect.hasHeader && found.dataOffset == 0)
  }

  @Test func `what a text leaves open is as in the first`() throws {
    let found = try read("x\ty;2\nu\tv;3\n", after: "p;1\n")
    #expect(found.rows == ["x\ty|2", "u\tv|3"])
    #expect(try read("y;1,z\n", after: "id;n\nx;2\n").rows == ["y|1,z"])
    let dates = try read("d\n01/02/2026\n", after: "d\n31/01/2026\n")
    #expect(dates.dialect.dialect.formats[0].dates == .dayFirst)
  }

  @Test(arguments: [
    // A name of the first's, or text over values.
    ("id,n\n1,x\n", "n,id\ny,2\n", true), ("id,n\n1,x\n", "size,kind\n2,y\n", true),
    ("id,n\n1,x\n", "n\ny\n", true),
    // Data, under the names of the first.
    ("id,n\n1,x\n", "2,y\n3,z\n", false), ("n,m\nx,y\n", "z,w\n", false),
    ("id,n,v\n1,x,2\n", "2,y\n3,z\n", false),
    // After rows: names throughout, over what has the types of the first.
    ("1,x,2\n", "id,n,v\n2,z,3\n", true), ("1,\"x\",2\n", "id,n,v\n2,z,3\n", true),
    ("1,x,2\n", "id,n,v\n", true),
    ("1,x,2\n", "id,,v\n2,z,3\n", false), ("1,x,2\n", "missing,z,n/d\n2,z,3\n", false),
    ("1,x,2\n", "NA,z,v\n2,z,3\n", false), ("1,x,2\n", "id,n,v\na,b,c\n", false),
    ("x,y\n", "id,n\nz,w\n", false), ("x,1\n", "y,lost\n", false),
    ("1,x,2\n", "id,n\n2,z\n", false),
  ])
  func `which first record is a header:`(
    _ first: String, _ text: String, _ hasHeader: Bool
  ) throws {
    let found = try read(text, after: first)
    #expect(found.dialect.dialect.hasHeader == hasHeader, "\(found.dialect)")
    let lineCount = text.count { $0 == "\n" }
    #expect(found.rows.count == lineCount - (hasHeader ? 1 : 0))
  }

  @Test func `a quote that never closes is damage where the first has fields in quotes`() {
    let text = "k,v\n1,x\n2,\"never closed\n3,y\n"
    for (first, quote) in [("k,v\n1,\"a b\"\n", ASCII.quote), ("k,v\n1,a\n", nil)] {
      let found = CSVDialectDetector.detect(
        sample: Buffer(Array(text.utf8)), isWholeInput: true, overrides: DialectOverrides(),
        after: prior(first))
      #expect(found.dialect.quote == quote && found.names == ["k", "v"])
    }
  }

  @Test func `what the user says holds for every text`() throws {
    var given = DialectOverrides()
    given.delimiter = [ASCII.comma]
    given.hasHeader = false
    let found = try read("id;n\n2;y\n", after: "id,n\n1,x\n", given)
    #expect(found.dialect.fieldCount == 1 && found.rows == ["id;n", "2;y"])
  }

  @Test func `a text without records has no columns`() {
    for text in ["# nothing\n", "\n\r\n", ""] {
      let found = CSVDialectDetector.detect(
        sample: Buffer(Array(text.utf8)), isWholeInput: true, overrides: DialectOverrides(),
        after: prior("id,n\n1,x\n"))
      #expect(found.names.isEmpty, "\(text)")
    }
  }

  /// A table of integers, words and fractions, written in one of many ways.
  private func written(_ random: inout SeededRandom, hasHeader: Bool) -> (String, [String]) {
    let delimiter = [",", ";", "\t", "|", "||"].randomElement(using: &random)!
    let quote = ["\"", "'"].randomElement(using: &random)!
    let newline = ["\n", "\r\n", "\r"].randomElement(using: &random)!
    let words = ["plain", "two words", "a, b", "c; d", "e | f", "tab\there"]
    let rows = (0..<Int.random(in: 2...20, using: &random)).map { _ in
      [
        "\(Int.random(in: 0...9_999, using: &random))", words.randomElement(using: &random)!,
        "\(Int.random(in: 0...999, using: &random)).25",
      ]
    }
    let lines =
      (hasHeader ? [["id", "word", "share"]] : [])
      + rows.map { [$0[0], quote + $0[1] + quote, $0[2]] }
    return (
      lines.map { $0.joined(separator: delimiter) + newline }.joined(),
      rows.map { $0.joined(separator: "|") }
    )
  }

  @Test(arguments: 0..<300 as Range<UInt64>)
  func `a table after the same in another dialect comes back exactly, seed`(
    _ seed: UInt64
  ) throws {
    var random = SeededRandom(seed: seed)
    let (first, _) = written(&random, hasHeader: seed % 4 < 2)
    let (text, rows) = written(&random, hasHeader: seed % 2 == 0)
    let found = try read(text, after: first)
    #expect(found.rows == rows, "\(first)\n\(text)")
    #expect(found.dialect.dialect.hasHeader == (seed % 2 == 0), "\(first)\n\(text)")
  }
}

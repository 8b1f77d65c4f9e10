import Base
import Testing

@testable import Ingest

@Suite("CSV: separators despite damage") struct DamagedSeparatorTests {
  private func detect(_ text: String) -> DetectedDialect {
    CSVDialectDetector.detect(sample: Buffer(Array(text.utf8)), isWholeInput: true)
  }

  private func delimiter(_ found: DetectedDialect) -> String {
    String(decoding: [found.dialect.delimiter] + found.dialect.delimiterTail, as: UTF8.self)
  }

  private func table(_ sign: String) -> [String] {
    ["id,name,n,day"].map { $0.replacing(",", with: sign) }
      + (0..<40).map { "\($0)\(sign)name \($0)\(sign)\($0).5\(sign)2024-01-\(10 + $0 % 20)" }
  }

  @Test(arguments: ["~", "^", "::", "@", "#", "||", ", ", "|"])
  func `one record that differs is a bad row:`(_ sign: String) {
    var short = table(sign)
    short[20] = "short\(sign)row"
    for lines in [short, table(sign) + ["Total"]] {
      let found = detect(lines.joined(separator: "\n") + "\n")
      #expect(delimiter(found) == sign && found.names == ["id", "name", "n", "day"], "\(found)")
      let isTold = found.doubts.contains { if case .unusualDelimiter = $0 { true } else { false } }
      #expect(isTold == !["||", ", ", "|"].contains(sign))
    }
  }

  @Test(arguments: ["~", "^", "::", "@", "#", "|"])
  func `a lone number among quoted records is a bad row:`(_ sign: String) {
    let quoted = table(sign).map { line in
      "\"" + line.replacing(sign, with: "\"\(sign)\"") + "\""
    }
    let found = detect((quoted[..<9] + ["8"] + quoted[9...]).joined(separator: "\n") + "\n")
    #expect(delimiter(found) == sign && found.names == ["id", "name", "n", "day"], "\(found)")
  }

  @Test(arguments: ["~", "^", "::", "#", "|"])
  func `a title above is a preamble:`(_ sign: String) {
    for title in ["Report of today\n\n", "Report of today\n"] {
      let found = detect(title + table(sign).joined(separator: "\n") + "\n")
      #expect(delimiter(found) == sign && found.names == ["id", "name", "n", "day"], "\(found)")
      #expect(found.passedOver.preambleCount == 1)
    }
  }

  @Test(arguments: [
    "12:30", "room 12", "a@b.com", "see: 5", "1 Main St", "fe80::1", "~5 km", "std::string",
    "00:1a:2b:3c:4d:5e", "/usr/bin", "I have 5",
  ])
  func `lists with a line that differs stay one column:`(_ line: String) {
    let text = String(repeating: line + "\n", count: 20) + "other\n"
    for front in ["", "name\n", "the name\n\n"] {
      #expect(detect(front + text + text).fieldCount == 1, "\(detect(front + text + text))")
    }
  }

  @Test func `a comma and a blank are found with quotes that are escaped or damaged`() {
    let rows = (0..<100).map { "\($0), plain, \($0).5" }
    for (line, escape) in [
      ("7, \"say \\\"hi\\\", 0\", 0.5", ASCII.backslash), ("7, \"oak\"bark, 0.5", nil),
      ("7, \"a, b\", 1.5\n8, \"oak\"bark, 1.5\n9, \"c\"d, 1.5", nil),
    ] {
      let found = detect("id, name, n\n" + rows.joined(separator: "\n") + "\n" + line + "\n")
      #expect(delimiter(found) == ", " && found.names == ["id", "name", "n"], "\(found)")
      #expect(found.dialect.escape == escape && found.dialect.quote == ASCII.quote)
    }
  }

  @Test(arguments: ["||", "~~", "^^"])
  func `a sign twice is found where texts have it once, and quotes are escaped or damaged:`(
    _ sign: String
  ) {
    let words = ["oak tree", "d\(sign.prefix(1))e", "say \\\"hi\\\"", "x y"]
    var lines = (0..<60).map { "\($0)\(sign)\"\(words[$0 % 4])\"" }
    for index in [20, 30, 40] { lines.insert("7\(sign)\"oak\"bark", at: index) }
    let found = detect(lines.joined(separator: "\n") + "\n")
    #expect(delimiter(found) == sign && found.fieldCount == 2, "\(found)")
    #expect(found.dialect.escape == ASCII.backslash && found.dialect.quote == ASCII.quote)
  }

  // MARK: Quotes that are text

  private func isDoubtful(_ found: DetectedDialect) -> Bool {
    found.doubts.contains {
      switch $0 {
      case .quotesAsText, .recordsWithinQuotes: true
      default: false
      }
    }
  }

  @Test func `quotes in front of fields that none closes are text`() {
    let lines = (0..<30).map { "\($0)\t" + ($0 % 3 == 0 ? "\"\($0) inch" : "\($0)\"") }
    let found = detect("id\tsize\n" + lines.joined(separator: "\n") + "\n")
    #expect(found.dialect.quote == nil && isDoubtful(found), "\(found)")
  }

  @Test(arguments: [
    // Texts of several lines have their delimiters where they like.
    "1,\"two\nlines\"\n2,\"three\nmore, lines\n\"\n3,x\n4,\"a\nb\"\n",
    // The lines would have other values.
    "1,\"Dear Bob\nhi, there\"\n2,\"Dear Al\nso, long\"\n3,x\n4,y\n5,z\n",
    // Quotes that close on their lines.
    "1,\"a\"\n2,\"b\"\n3,\"c\"\n4,\"d\n5,e\"\n6,\"f\"\n7,\"g\"\n",
  ])
  func `quotes that enclose fields stay quotes:`(_ rows: String) {
    let found = detect("id,text\n" + rows)
    #expect(found.dialect.quote == ASCII.quote, "\(found)")
  }

  @Test func `one record that may be several is told of`() {
    let found = detect("id,size\n1,5\n2,\"6 inch\n3,7\"\n4,8\n5,9\n6,9\n7,9\n8,9\n9,9\n10,9\n")
    #expect(found.dialect.quote == ASCII.quote && isDoubtful(found), "\(found)")
  }
}

import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: what separates and quotes") struct SeparatorDetectorTests {
  private func detect(
    _ sample: String, _ overrides: DialectOverrides = DialectOverrides()
  ) -> DetectedDialect {
    CSVDialectDetector.detect(
      sample: Buffer(Array(sample.utf8)), isWholeInput: true, overrides: overrides)
  }

  private func delimiter(_ found: DetectedDialect) -> String {
    String(decoding: [found.dialect.delimiter] + found.dialect.delimiterTail, as: UTF8.self)
  }

  // MARK: Quotes

  @Test(arguments: [
    "'4,'e'", "'4','e", "'4','e' x", "4','e", "'4','it's'",
  ])
  func `one damaged record leaves the others their apostrophes:`(_ damaged: String) {
    for front in ["'id','n'\n", "id,n\n"] {
      for name in ["'a, b'", "'a'"] {
        let text =
          front + "'1',\(name)\n'2','c'\n'3','d'\n" + damaged + "\n'5','f'\n'6','g'\n"
        let found = detect(text)
        #expect(found.dialect.quote == ASCII.apostrophe, "\(text)\(found)")
        #expect(found.names == ["id", "n"] && delimiter(found) == ",")
      }
    }
  }

  @Test(arguments: [
    "a,b\nit's,5\nthat's,6\n", "a,b\n'tis,5\n'twas,6\n", "a,b\n\"x\",'y'\n\"z\",'w'\n\"u\",'v' v\n",
    "a,b\n'tis the 'season',1\n'twas 'the' night,2\n'x,3\n",
  ])
  func `apostrophes that are text stay text:`(_ text: String) {
    #expect(detect(text).dialect.quote == ASCII.quote)
  }

  // MARK: Delimiters

  @Test(arguments: [
    "@", "!", "#", "*", "$", "%", "^", "~", "¦", "§", "¬", "@@", "##", "\u{2}", "\u{7}", "\u{1C}",
  ])
  func `any sign separates that every record has:`(_ sign: String) {
    func text(_ records: [[String]]) -> String {
      records.map { $0.joined(separator: sign) + "\n" }.joined()
    }
    let rows = (1...6).map { ["\($0)", $0 == 4 ? "x, y" : "name \($0)", "\($0).5"] }
    let named = detect(text([["id", "name", "n"]] + rows))
    #expect(delimiter(named) == sign && named.names == ["id", "name", "n"], "\(named)")
    let unnamed = detect(text(rows))
    #expect(delimiter(unnamed) == sign && !unnamed.dialect.hasHeader, "\(unnamed)")
    let pairs = detect(text([["id", "n"]] + rows.map { [$0[0], $0[2]] }))
    #expect(delimiter(pairs) == sign && pairs.names == ["id", "n"], "\(pairs)")
  }

  @Test(arguments: [
    "mail\na@b.com\nc@d.com\ne@f.com\n", "a@1\nb@2\nc@3\n", "5%\n6%\n7%\n8%\n9%\n",
    "$5\n$6\n$7\n$8\n$9\n", "apt #1\napt #2\napt #3\napt #4\napt #5\n",
    "well! yes! 5\nno! no\nyes! yes! 5\nyes! yes! 6\nyes! yes! 7\n",
    "u\n$6$salt$1\n$6$salt$2\n$6$salt$3\n", "+49*1\n+49*2\n+49*3\n+49*4\n+49*5\n",
    "a*b*c\nd*e*f\ng*h*i\nj*k*l\nm*n*o\n", "n\n1\n2\n3\n",
  ])
  func `values that have a sign in them are not divided:`(_ text: String) {
    let found = detect(text)
    #expect(found.fieldCount == 1, "\(found)")
  }
}

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

  // MARK: Delimiters within the fields of others

  @Test(arguments: [
    ("\"Amsterdam, NL\"|\"A\"\n\"Berlin, DE\"|\"B\"\n\"Paris, FR\"|\"C\"\n", "|"),
    ("\"plain\"|\"538,648\"\n\"none\"|\"1,648\"\n\"other\"|\"38,648\"\n", "|"),
    ("\"Last, First\";\"k\"\n\"Coe918, Di\";\"k0\"\n\"Doe7, Al\";\"k1\"\n", ";"),
    ("\"a, b, c\"\t\"x\"\n\"d, e, f\"\t\"y\"\n", "\t"), ("'a, b'|'x'\n'c, d'|'y'\n", "|"),
    ("\"x|y\",\"a\"\n\"z|w\",\"b\"\n", ","), ("\"x\ty\",\"a\"\n\"z\tw\",\"b\"\n", ","),
    ("\"a\";\"x|y\"\n\"b\";\"z|w\"\n", ";"), ("5,\"x|y\"\n6,\"z|w\"\n", ","),
  ])
  func `quotes are around fields, and what separates is between them:`(
    _ text: String, _ expected: String
  ) {
    let found = detect(text)
    #expect(delimiter(found) == expected && found.fieldCount == 2, "\(text)\(found)")
    #expect(found.dialect.quote != nil)
  }

  @Test(arguments: [
    ("Doe, John\t1\nRoe, Jane\t2\nPoe, Ed\t3\n", "\t", 2),
    ("name, first\tn\nDoe, John\t1\nRoe, Jane\t2\nPoe, Ed\t3\n", "\t", 2),
    ("Amsterdam, NL;A\nBerlin, DE;B\n", ";", 2), ("1,5\t2\n2,5\t3\n3,25\t4\n", "\t", 2),
    ("63049|350,799\n35246|313,009\n3524|13,009\n", "|", 2), ("1,5|2,5\n3,5|4,25\n", "|", 2),
    ("x|1,234,567\ny|7,654,321\n", "|", 2), ("Doe,John\tx\nRoe,Jane\ty\n", "\t", 2),
    ("Doe, John|NYC, NY|5\nRoe, Jane|LA, CA|6\n", "|", 3),
    ("1|a, b, c, d|x\n2|e, f, g, h|y\n", "|", 3), ("x|a,b,c,d|y\nz|e,f,g,h|w\n", "|", 3),
    ("name, first|n\nDoe, John|5\nRoe, Jane|6\n", "|", 2),
    ("Doe, John\ta;b;c\nRoe, Jane\td;e;f\n", "\t", 2), ("Doe,A|5\nRoe,B|6\n", "|", 2),
  ])
  func `commas within the fields of others are text:`(
    _ text: String, _ expected: String, _ count: Int
  ) {
    let found = detect(text)
    #expect(delimiter(found) == expected && found.fieldCount == count, "\(text)\(found)")
  }

  @Test(arguments: [
    ("a,x|y\nb,z|w\nc,u|v\n", 2), ("5,x|y\n6,z|w\n", 2), ("5, x|y\n6, z|w\n", 2),
    ("name,tags\nBob,x|y\nAl,z|w\n", 2), ("name, tags\nBob, x|y\nAl, z|w\n", 2),
    ("1,x|y,5\n2,z|w,6\n", 3), ("a,x;y,b\nc,z;w,d\n", 3), ("id,a|b\n1,5|6\n2,7|8\n3,9|8\n", 2),
    ("a, b, c, d, x|y\ne, f, g, h, z|w\n", 5), ("5,a\tb\n6,c\td\n", 2), ("a,\tb\nc,\td\n", 2),
    ("Rome, IT;\nOslo, NO;\n", 2), ("1,2,3|4\n5,6,7|8\n9,1,2|3\n", 3), ("a,5;x\nb,6;y\n", 2),
  ])
  func `others within the fields between commas are text:`(_ text: String, _ count: Int) {
    let found = detect(text)
    #expect(delimiter(found).hasPrefix(","), "\(text)\(found)")
    #expect(found.fieldCount == count, "\(text)\(found)")
  }

  @Test(arguments: [
    ("x|Apt, 5\ny|Apt, 6\nz|Lot, 7\n", "|", 2), ("name, n\nx|Apt, 5\ny|Apt, 6\n", ", ", 2),
    ("5, x|y\n6, z|w\n", ", ", 2),
  ])
  func `a comma before a blank and a number is text:`(
    _ text: String, _ expected: String, _ count: Int
  ) {
    let found = detect(text)
    #expect(delimiter(found) == expected && found.fieldCount == count, "\(text)\(found)")
  }

  // MARK: Lists

  @Test(arguments: [
    "12:30\n13:45\n14:00\n", "12:30:00\n13:45:10\n", "12:30 5\n13:40 6\n", "a:1\nb:2\nc:3\n",
    "see: 5\nalso: 6\n", "name:Bob\nage:5\nzip:77\n", "1:2\n3:4\n5:6\n",
    "00:1a:2b:3c:4d:5e\n00:1a:2b:3c:4d:5f\n", "I have 5\nYou had 6\nWe saw 7\n",
    "room 12\nroom 13\nroom 14\n", "5 of 10\n6 of 10\n", "1 Main St\n22 Oak Rd\n33 Elm Av\n",
    "Main Street\nRoute 66\nHighway 5\n", "1 234\n5 678\n12 000\n", "a 1\nb 2\nc 3\n",
  ])
  func `colons and blanks within lines of a list divide nothing:`(_ text: String) {
    let found = detect(text)
    #expect(found.fieldCount == 1, "\(text)\(found)")
  }

  @Test(arguments: [
    ("id:n\n1:2\n3:4\n", ":", 2), ("root:x:0:0:/root\nbin:x:1:1:/bin\n", ":", 5),
    ("10 20\n30 40\n", " ", 2), ("Mazda 21.0 6 160\nFord 15.8 8 351\n", " ", 4),
    ("key value\na 1\nb 2\n", " ", 2), ("x y z\n1 2 3\n4 5 6\n", " ", 3),
  ])
  func `where all is typed but a first text they do:`(
    _ text: String, _ expected: String, _ count: Int
  ) {
    let found = detect(text)
    #expect(delimiter(found) == expected && found.fieldCount == count, "\(text)\(found)")
  }

  @Test(arguments: [
    ("name\n'a'\n'b, c'\n'd'\n", true), ("'a'\n'b'\n'c'\n", true),
    ("'name'\n'it''s'\n'b'\n", true),
    ("name\n'a'\nb\n'c'\n", false), ("name\n'a'\n", false), ("n\n'tis\n'twas\n", false),
    ("n\n\"'a'\"\n\"'b'\"\n", false),
  ])
  func `apostrophes around every value of one column quote:`(_ text: String, _ expected: Bool) {
    let found = detect(text)
    #expect(found.fieldCount == 1, "\(found)")
    #expect((found.dialect.quote == ASCII.apostrophe) == expected, "\(found)")
  }
}

import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: headers over text alone") struct HeaderAmongTextTests {
  private func detect(
    _ text: String, _ overrides: DialectOverrides = DialectOverrides()
  ) -> DetectedDialect {
    CSVDialectDetector.detect(
      sample: Buffer(Array(text.utf8)), isWholeInput: true, overrides: overrides)
  }

  private func isDoubtful(_ found: DetectedDialect) -> Bool {
    found.doubts.contains { if case .headerAmongText = $0 { true } else { false } }
  }

  @Test(arguments: [
    "a@b.com\nc@d.org\ne@f.net\n", "a@b.com\nc@d.org\n", "a@b.com\n", "http://x.y\n",
    "https://a.b/c\nhttps://d.e/f\nhttp://x.y\n", "/usr/bin\n/etc\n/var/log\n",
    "C:\\temp\nC:\\bin\n", "google.com\nexample.org\nweb2.de\n", "a.txt\nb.csv\n",
    "The cat sat.\nThe dog ran.\nIt rained today.\n", "The cat sat\nA dog ran\nIt did rain\n",
    "What is it?\nWho are you?\n", "AB-12\nCD-34\nEF-56\n", "x1\nb2\nc3\n",
    "d41d8cd98f00b204\n0cc175b9c0f1b6a8\n92eb5ffee6ae2fec\n", "room 12\nroom 13\nroom 14\n",
    "$9\n$10\n", "Bob,a@b.com\nAl,c@d.org\n", "Bob,a@b.com\n",
  ])
  func `a first line of the kind of all others is one of them:`(_ text: String) {
    let found = detect(text)
    #expect(!found.dialect.hasHeader && found.dataOffset == 0, "\(found)")
    #expect(found.doubts.isEmpty)
  }

  @Test(arguments: [
    "email\na@b.com\nc@d.org\n", "user,mail\nbob,a@b.com\nal,c@d.org\n",
    "page\nhttp://x.y\nhttps://a.b/c\n",
  ])
  func `a name over addresses is the header, surely:`(_ text: String) {
    let found = detect(text)
    #expect(found.dialect.hasHeader && !isDoubtful(found), "\(found)")
  }

  @Test(arguments: [
    "apple\nbanana\ncherry\n", "Name\nBob\nAl\n", "Name,City\nBob,Rome\nAl,Oslo\n",
    "name\nBob\n", "New York\nLos Angeles\nSan Jose\n",
    // Names that lack what all values have, and rows that do.
    "city\nParis\nOslo\n", "Name\nBob Smith\nAl Gore\n",
    "Street address line\n12 Main St\n5 Oak Rd\n", "sha1\nd41d8cd98f00b204\n0cc175b9c0f1b6a8\n",
    "file\na.txt\nb.csv\n", "order_id\nAB12CD34\nEF56AB78\n", "Path\n/usr/bin\n/etc\n",
    "name,city\nBob,Rome\nAl,Oslo\n", "user-id\n550e8400-e29b\n660e8400-e29b\n",
    "path;size\nC:\\a;x\nC:\\b;y\n", "Berlin\nNew York\nLos Angeles\nSan Jose\n",
    "localhost\nweb01\nweb02\ndb01\n", "van Gogh,Vincent\nMonet,Claude\nDegas,Edgar\n",
    "UNKNOWN,none\nB-AB 123,ok 1\n",
  ])
  func `where nothing tells, the header is doubted:`(_ text: String) {
    let found = detect(text)
    #expect(found.dialect.hasHeader && isDoubtful(found), "\(found)")
    for hasHeader in [true, false] {
      var given = DialectOverrides()
      given.hasHeader = hasHeader
      #expect(!isDoubtful(detect(text, given)))
    }
  }

  // MARK: One name over lines with commas

  @Test(arguments: [
    ("amount\n1,234\n2,345\n", NumberStyle.plain), ("amount\n1,234\n2,345\n12\n", .plain),
    ("amount\n1,234,567\n2,345\n", .commaGroups), ("amount\n1,234.50\n-12\n", .commaGroups),
    ("amount\n1,5\n2,25\n", .decimalComma), ("amount\n1.234,50\n2,5\n", .decimalComma),
    ("name\nDoe, John\nRoe, Jane\n", .plain),
    ("addr\n12 Main St, Springfield, IL\n5 High Rd, Leeds, UK\n", .plain),
    ("addr\n12 Main St, Springfield, IL\n5 High Rd, Leeds\n", .plain),
    ("when\nJan 2, 2026\nDec 31, 2025\n", .plain),
  ])
  func `lines below a single name are one field each:`(_ text: String, _ style: NumberStyle) {
    let found = detect(text)
    #expect(found.fieldCount == 1 && found.dialect.hasHeader, "\(found)")
    #expect(found.dialect.format(0).numbers == style)
    let isTold = found.doubts.contains { if case .undividedLines = $0 { true } else { false } }
    #expect(isTold, "\(found.doubts)")
  }

  @Test(arguments: [
    ("name\nDoe,John\nRoe,Jane\n", 2), ("Title\n\n1,2\n3,4\n", 2),
    ("Report\nName,City\nBob,Rome\nAl,Oslo\n", 2),
  ])
  func `other lines are divided, and names that lack are told:`(_ text: String, _ count: Int) {
    let found = detect(text)
    #expect(found.fieldCount == count, "\(found)")
    if found.dialect.hasHeader {
      #expect(found.doubts.contains(.missingNames(nameCount: 1, fieldCount: count)))
    }
  }

  @Test func `a delimiter that is given divides them`() {
    var given = DialectOverrides()
    given.delimiter = [ASCII.comma]
    #expect(detect("amount\n1,234\n2,345\n", given).fieldCount == 2)
  }

  // MARK: Titles

  @Test(arguments: [
    "Staff list\n", "Members of the club\nas of today\n", "Report 2024\n", "Title\n",
  ])
  func `titles over small names of text are a preamble:`(_ titles: String) {
    for delimiter in [",", ";"] {
      let table = "name,city\nBob,Rome\nAl,Oslo\nCy,Bern\n".replacing(",", with: delimiter)
      let found = detect(titles + table)
      #expect(found.names == ["name", "city"], "\(found)")
      #expect(found.passedOver.preambleCount == titles.split(separator: "\n").count)
    }
  }

  @Test(arguments: [
    "name\ndoe,john\nRoe,jane\nPoe,Ed\n", "name\nDoe,John\nRoe,Jane\nPoe,Ed\n",
    "a\nb\nc\nd\nx,y\nP,Q\nR,S\n",
  ])
  func `lists are none:`(_ text: String) {
    #expect(detect(text).passedOver.preambleCount == 0)
  }

  // MARK: Numbers whose commas say nothing, or points that say two things

  @Test func `thousands that another column's commas show are told`() {
    let found = detect("a;b;c\n1.234;0,5;7\n5.678;1,5;8\n")
    #expect(
      found.doubts == [.thousands(column: "a", value: "1.234", shownBy: "b", as: "0,5")])
    var given = DialectOverrides()
    for decimalComma in [true, false] {
      given.decimalComma = decimalComma
      let told = detect("a;b\n1.234;0,5\n5.678;1,5\n", given)
      #expect(told.doubts.filter { if case .thousands = $0 { true } else { false } }.isEmpty)
      #expect(told.dialect.format(0).numbers == (decimalComma ? .decimalComma : .plain))
    }
    // Its own column shows it.
    #expect(detect("a;b\n1.234;x\n5.678,5;y\n").doubts.isEmpty)
  }

  @Test(arguments: [
    ("a,b\n1,\"1,234\"\n2,\"12,50\"\n", "b", 1), ("a;b\n1;1,234\n2;2,345\n", "b", 1),
    // Decimal commas that are quoted: so may those of another column be.
    ("a,b\n\"1,234\",\"0,5\"\n\"5,678\",\"1,5\"\n", "a", 0),
  ])
  func `numbers whose commas say nothing are text, and that is told:`(
    _ text: String, _ column: String, _ index: Int
  ) {
    let found = detect(text)
    #expect(found.dialect.format(index).numbers == .plain, "\(found)")
    let columns = found.doubts.compactMap { doubt -> String? in
      if case .commasInText(let column, _, _) = doubt { column } else { nil }
    }
    #expect(columns.first == column)
  }
}

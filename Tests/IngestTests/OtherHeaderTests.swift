import Base
import Columns
import Testing

@testable import Ingest

/// Headers that have numbers, lines of other programs below them, or other tables.
@Suite("CSV: headers of other kinds") struct OtherHeaderTests {
  private func detect(_ text: String) -> DetectedDialect {
    CSVDialectDetector.detect(sample: Buffer(Array(text.utf8)), isWholeInput: true)
  }

  private func hasDoubt(_ found: DetectedDialect, _ isWanted: (DialectDoubt) -> Bool) -> Bool {
    found.doubts.contains(where: isWanted)
  }

  // MARK: Numbers that count

  @Test(arguments: [
    ("station,1,2,3\na,5,6,7\nb,7,8,9\n", ["station", "1", "2", "3"], true),
    ("id,0,1,2,3\na,5,6,7,8\nb,7,8,9,9\n", ["id", "0", "1", "2", "3"], true),
    (",0,1,2\n0,5.5,6,7\n1,7,8,9\n", ["column_1", "0", "1", "2"], false),
    ("1,2,3\na,5,5,7\nb,7,8,1\n", ["column_1", "1", "2", "3"], false),
  ])
  func `numbers that count up are names beside one:`(
    _ text: String, _ names: [String], _ isTold: Bool
  ) {
    let found = detect(text)
    #expect(found.dialect.hasHeader && found.names == names, "\(found)")
    let told = hasDoubt(found) { if case .countingNames = $0 { true } else { false } }
    #expect(told == isTold)
  }

  @Test(arguments: [
    "a,1,2\nb,5,6\n", "a,1,2,3\nb,2,3,4\nc,3,4,5\nd,1,2,3\n", "a,5,6,7\nb,1,1,2\n",
    "a,1,2,3\nb,x,y,z\n", "a,b,1,2,3\nc,d,5,5,6\n", "1,2,3\n5,5,6\n", "7,1,2,3\n8,5,5,6\n",
  ])
  func `else they are a row:`(_ text: String) {
    let found = detect(text)
    #expect(!found.dialect.hasHeader && found.doubts.isEmpty, "\(found)")
  }

  // MARK: Lines below the names

  @Test(arguments: [
    "DATE,TEMP\n,C\n2024-01-01,1.5\n2024-01-02,2.5\n",
    "STATION,DATE,TEMP,RAIN\n,,(C),(mm)\nx,2024-01-01,1.5,0\nx,2024-01-02,2.5,T\n",
  ])
  func `units beside empty fields are told:`(_ text: String) {
    let found = detect(text)
    #expect(found.passedOver.headerCount == 1)
    #expect(hasDoubt(found) { if case .nameBelowHeader = $0 { true } else { false } }, "\(found)")
  }

  @Test func `a first row with nulls is no line of units`() {
    for row in [",n/a", ",5", ","] {
      #expect(detect("d,t\n\(row)\n2024-01-01,1.5\n2024-01-02,2.5\n").doubts.isEmpty)
    }
  }

  @Test func `a header of two lines is over typed columns, and not doubted`() {
    let found = detect(
      "time,lat,sst\nUTC,degrees,degree_C\n2024-01-01,1.5,3\n2024-01-02,2.5,20.1\n")
    #expect(found.names == ["time_UTC", "lat_degrees", "sst_degree_C"])
    #expect(found.doubts.isEmpty)
  }

  @Test func `lines that describe columns are passed over`() {
    let found = detect(
      "Start,Done,Q1\nStart Date,Done,How are you?\n"
        + "\"{\"\"ImportId\"\":\"\"start\"\"}\",\"{\"\"ImportId\"\":\"\"done\"\"}\","
        + "\"{\"\"ImportId\"\":\"\"QID1\"\"}\"\n2024-01-01,1,Good\n2024-01-02,5,Bad\n")
    #expect(found.names == ["Start", "Done", "Q1"], "\(found)")
    #expect(found.passedOver.headerCount == 3 && found.dataLine == 3)
  }

  @Test func `a sign for numbers is a name`() {
    #expect(detect("#,Name,V\n1,a,5\n2,b,6\n").names == ["#", "Name", "V"])
    #expect(detect("# id,Name,V\n1,a,5\n2,b,6\n").names == ["id", "Name", "V"])
  }

  // MARK: Headers that come again

  @Test(arguments: [
    "Name,Status\nBob,Open\nAl,Closed\nName,Status\nCy,Open\n",
    // The same file twice.
    "Name,Status\nBob,Open\nAl,Closed\nName,Status\nBob,Open\nAl,Closed\n",
    "a,b\nx,y\na,b\nz,w\n",
  ])
  func `the one record of texts that comes again is the header:`(_ text: String) {
    let found = detect(text)
    #expect(found.dialect.hasHeader && found.names[0] != "column_1", "\(found)")
    #expect(found.doubts.contains(.headersAmongRows(1)))
  }

  @Test(arguments: [
    "Rome,Italy\nParis,France\nMilan,Italy\nRome,Italy\n", "bob\nal\nbob\n",
    "u1,p1\nu2,p2\nu1,p1\nu2,p2\nu2,p2\n",
  ])
  func `records that come as often as others, or have their fields, are rows:`(_ text: String) {
    #expect(!detect(text).dialect.hasHeader)
  }

  // MARK: Other tables

  @Test(arguments: [
    "id,v\n1,5\n2,6\n\nid,w\n3,7\n4,8\n", "id,v\n1,5\n2,6\n\n\nid,w\n3,7\n4,8\n\nid,u\n3,7\n4,8\n",
  ])
  func `a table below another is told:`(_ text: String) {
    let found = detect(text)
    #expect(found.names == ["id", "v"], "\(found)")
    #expect(found.doubts == [.secondTable("id, w")])
  }

  @Test(arguments: [
    "id,v\n1,5\n2,6\n\nid,v\n3,7\n4,8\n", "id,v\n1,5\n2,6\n\n3,7\n4,8\n",
    "a,b\nx,y\n\na,z\nu,v\n", "id,v\n1,5\n2,6\nid,w\n3,7\n",
  ])
  func `nothing else is:`(_ text: String) {
    let isTold = hasDoubt(detect(text)) { if case .secondTable = $0 { true } else { false } }
    #expect(!isTold)
  }

  // MARK: Stray quotes

  @Test(arguments: [",", ";", "|"])
  func `one stray quote leaves the others what they are, between`(_ delimiter: String) {
    let text = "id,title,n\n1,\"Hello,5\n2,plain,6\n3,world,7\n4,\"x\",8\n"
      .replacing(",", with: delimiter)
    #expect(detect(text).dialect.quote == ASCII.quote)
    #expect(detect(text).names == ["id", "title", "n"])
  }

  @Test(arguments: [
    "id,title,n\n1,\"Hello,5\n2,plain,6\n3,world,7\n4,x,8\n",
    "id\ttitle\tn\n1\t\"Hello\t5\n2\tplain\t6\n3\tworld\t7\n4\t\"x\"\t8\n",
  ])
  func `where all are strays, or tabs are between fields, none quotes:`(_ text: String) {
    #expect(detect(text).dialect.quote == nil, "\(detect(text))")
  }
}

import Base
import Columns
import Testing

@testable import Ingest

/// What digits with signs between them are: numbers only with evidence, and told where that is
/// little.
@Suite("CSV: numbers that may be codes") struct NumberFormatTests {
  private func detect(_ text: String, decimalComma: Bool? = nil) -> DetectedDialect {
    var overrides = DialectOverrides()
    overrides.decimalComma = decimalComma
    return CSVDialectDetector.detect(
      sample: Buffer(Array(text.utf8)), isWholeInput: true, overrides: overrides)
  }

  /// The table's column types, as a text.
  private func types(_ text: String, decimalComma: Bool? = nil) -> String {
    let sample = Buffer(Array(text.utf8))
    return detect(text, decimalComma: decimalComma).types(in: sample, true, rowLimit: .max)
      .map { $0 == .integer ? "int" : $0.map { "\($0)" } ?? "none" }.joined(separator: " ")
  }

  private func numberDoubts(_ found: DetectedDialect) -> [NumberDoubt] {
    found.doubts.compactMap { if case .numbers(_, _, let doubt) = $0 { doubt } else { nil } }
  }

  // MARK: Points

  @Test(arguments: [";", "\t", "|"])
  func `addresses are text, and prove nothing of other columns, between`(_ delimiter: String) {
    let text = "ip;lat\n192.168.100.101;48.137\n110.100.202.102;11.575\n"
      .replacing(";", with: delimiter)
    #expect(types(text) == "string double")
    #expect(numberDoubts(detect(text)) == [])
    // Even where commas are known to begin fractions.
    #expect(types(text, decimalComma: true) == "string int")
    let amounts = "ip;n\n192.168.100.101;0,5\n110.100.202.102;2,25\n"
    #expect(types(amounts) == "string double")
  }

  @Test(arguments: [
    ("v;n\n1.100.200;1\n2.300.400;2\n", "string int", "text"),
    ("v,n\n1.100.200,1\n2.300,2\n", "string int", "text"),
    ("v;n\n569.352;1\n3.645.000;2\n", "int int", "alone"),
    ("v;n\n890;1\n3.645.000;2\n", "int int", "alone"),
    ("v;n\n100.352;1\n300.645.000;2\n", "string int", "text"),
    // By commas in the column, or in another.
    ("v;n\n1.100.200;1\n2.300.400,5;2\n", "double int", ""),
    ("v;n\n1.100.200;0,5\n2.300.400;2\n", "int double", "by others"),
    ("v;n\n100.200.300;0,5\n110.220.330;2\n", "string double", "text"),
  ])
  func `groups divided by points are numbers where something shows it:`(
    _ text: String, _ expected: String, _ told: String
  ) {
    #expect(types(text) == expected)
    let kinds = detect(text).doubts.map { doubt in
      switch doubt {
      case .groupsAlone: "alone"
      case .thousands: "by others"
      case .commasInText: "text"
      default: "\(doubt)"
      }
    }
    #expect(kinds.joined() == told)
  }

  @Test func `what the user says of commas and types goes before the look of groups`() throws {
    let text = "v;n\n1.100.200;1\n2.300.400;2\n"
    #expect(types(text, decimalComma: true) == "int int")
    #expect(types(text, decimalComma: false) == "string int")
    #expect(detect(text, decimalComma: true).doubts == [])
    // A type that is given reads them, without the detour.
    let schema = Schema([Field("v", .long), Field("n", .integer)])
    let parsed = try parseAll("1.100.200;1\n", options(schema, detect(text).dialect))
    #expect(parsed.rows == [[.integer(1_100_200), .integer(1)]])
  }

  // MARK: Commas

  @Test(arguments: [
    // Lists of two, as the points of another column show.
    ("id\tsize\tprice\n1\t7,7\t12.50\n2\t5,8\t9.99\n", "int string double"),
    ("id\tsize\tprice\n1\t7,7\t12\n2\t5,8\t9\n", "int double int"),
    ("id\tsize\tprice\n1\t7,08\t12.50\n2\t5,8\t9.99\n", "int double double"),
    ("id;n;lat\n1;1.234,5;48.13743\n2;5,8;11.57549\n", "int double double"),
    ("id;n;e\n1;7,7;1e-5\n2;5,8;2e-5\n", "int double double"),
    // Quoted amounts between commas.
    ("d,n,fee\n1,\"1.234\",\"-5,00\"\n2,\"5.000\",\"-6,25\"\n", "int int double"),
    ("d,n,fee\n1,\"1.234\",\"5,0\"\n2,\"5.000\",\"6,25\"\n", "int double string"),
    ("d,n,fee\n1,0.5,\"-5,00\"\n2,1.5,\"-6,25\"\n", "int double string"),
  ])
  func `commas begin fractions where no list of two may be meant:`(
    _ text: String, _ expected: String
  ) {
    let found = detect(text)
    #expect(types(text) == expected, "\(found)")
    let staysText = found.doubts.contains { if case .commasInText = $0 { true } else { false } }
    #expect(staysText == expected.contains("string"))
  }

  @Test func `thousands by quoted commas are told, and fractions that they may be`() {
    let proven = detect("n,fee\n\"1.234\",\"-5,00\"\n\"5.000\",\"-6,25\"\n")
    #expect(proven.doubts == [.thousands(column: "n", value: "1.234", shownBy: "fee", as: "-5,00")])
    #expect(proven.decimalMark == .comma)
    guard case .ambiguous(let numbers) = detect("n,fee\n\"1.234\",\"5,5\"\n").decimalMark else {
      Issue.record("nothing is told")
      return
    }
    #expect(numbers.column == "n" && !numbers.areThousands)
    #expect(detect("n,m\n1.234,5\n").decimalMark == .point)
  }

  // MARK: Blanks and exponents

  @Test(arguments: [
    ("p,n\n912 345 678,1\n351 912 345 678,2\n", "string int", [NumberDoubt.blanksInText]),
    ("p,n\n555 123 456,1\n44 555 124,2\n", "string int", [.blanksInText]),
    ("p;n\n912 345 678;0,5\n351 912 345 678;1,5\n", "string double", [.blanksInText]),
    ("p,n\n12 345,1\n67 890,2\n", "string int", [.blanksInText]),
    ("p,n\n1 234 567,1\n345,2\n12 345,3\n", "int int", [.blanksInNumbers]),
    ("p;n\n1 234,50;1\n912 345,25;2\n", "double int", []),
    ("p,n\n912\u{A0}345\u{A0}678,1\n351\u{A0}912,2\n", "int int", []),
    ("c,n\n1E01,1\n2E05,2\n", "string int", [.exponentsInText]),
    ("c,n\n12E4,1\n5678,2\n", "string int", [.exponentsInText]),
    ("c,n\n1E01,1\n2.5,2\n", "double int", []), ("c,n\n1e+05,1\n2e5,2\n", "double int", []),
    ("c,n\n5,1\n1e20,2\n", "double int", []),
  ])
  func `telephone numbers and codes are text:`(
    _ text: String, _ expected: String, _ doubts: [NumberDoubt]
  ) {
    #expect(types(text) == expected, "\(detect(text))")
    #expect(numberDoubts(detect(text)) == doubts)
  }
}

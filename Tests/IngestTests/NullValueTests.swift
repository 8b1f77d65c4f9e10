import Base
import Columns
import Testing

@testable import Ingest

/// `--null` in columns that are no text, where the spelling is one of their values.
@Suite("CSV: nulls that are values") struct NullValueTests {
  static let cases: [(DataType, null: String, other: String)] = [
    (.integer, "-9999", "5"), (.long, "0", "7"), (.short, "-1", "1"), (.double, "-9999", "0.5"),
    (.double, "999.0", "1"), (.double, "12345678901234567", "2"), (.float, "-1.5", "1.5"),
    (.decimal(precision: 9, scale: 2), "-1.00", "1.00"),
    (.decimal(precision: 30, scale: 2), "-1.00", "1.00"), (.date, "1900-01-01", "2024-01-31"),
    (.timestamp, "1900-01-01 00:00:00", "2024-01-31 10:00:00"), (.boolean, "false", "true"),
    (.boolean, "n", "yes"), (.date, "19000101", "20240131"),
  ]

  /// Rows of whole vectors and some more, in both kinds of frames.
  @Test(arguments: cases, [KernelLevel.scalar, .best])
  func `no value has the spelling of null:`(
    _ given: (type: DataType, null: String, other: String), _ level: KernelLevel
  ) throws {
    var dialect = CSVDialect(nullTexts: [given.null])
    if given.null == "19000101" { dialect.dateFormat = "%Y%m%d" }
    let values = (0..<37).map { $0 % 3 == 0 ? given.null : given.other }
    for quote in ["", "\""] {
      let text = values.enumerated().map { "\($0),\(quote)\($1)\(quote)\n" }.joined()
      let guessed: [DataType] = [.integer, .long, .double, .date, .timestamp, .boolean]
      let isGuess = guessed.contains(given.type) && dialect.dateFormat == nil && given.null != "n"
      for isInferred in [isGuess, false] {
        let schema = Schema([Field("i", .integer), Field("v", given.type)])
        var settings = options(schema, dialect, inferred: isInferred ? [1] : [])
        settings.kernelLevel = level
        let whole = try parseAll(text, settings)
        #expect(whole.rejects.isEmpty && whole.contradictions.isEmpty)
        let areNull = whole.rows.map { $0[1] == .null }
        #expect(areNull == values.map { $0 == given.null }, "\(whole.rows)")
      }
    }
  }

  @Test func `a value that is null is refused where none is allowed`() throws {
    let schema = Schema([Field("i", .integer), Field("v", .integer, nullable: false)])
    let whole = try parseAll("1,5\n2,-9\n3,7\n", options(schema, CSVDialect(nullTexts: ["-9"])))
    #expect(whole.rejects.map(\.reason) == [.nullInRequired] && whole.rows.count == 2)
  }

  @Test func `spellings of null say nothing of a column's type`() {
    var overrides = DialectOverrides()
    overrides.nullTexts = ["-9999", "false"]
    let sample = Buffer(Array("d,b,t\n2024-01-01,false,x\n-9999,false,y\n".utf8))
    let found = CSVDialectDetector.detect(
      sample: sample, isWholeInput: true, overrides: overrides)
    #expect(found.types(in: sample, true, rowLimit: .max) == [.date, nil, .string])
  }
}

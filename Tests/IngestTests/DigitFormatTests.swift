import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: dates of nothing but digits") struct DigitFormatTests {
  private func detect(_ sample: String, _ overrides: DialectOverrides) -> DetectedDialect {
    CSVDialectDetector.detect(
      sample: Buffer(Array(sample.utf8)), isWholeInput: true, overrides: overrides)
  }

  @Test(arguments: [
    ("%Y%m%d", ["20240131", "20240229"], DataType.date), ("%Y%m%d", ["20240131", ""], .date),
    ("%d%m%Y", ["01022024", "31122024"], .date), ("%y%m%d", ["240131"], .date),
    ("%Y%m%d", ["20240131", "20240230"], .integer), ("%Y%m%d", ["20240131", "5"], .integer),
    ("%Y%m%d", ["2024131", "20240131"], .integer), ("%Y-%m-%d", ["20240131"], .integer),
    ("%Y%m%d", ["20240131", "x"], .string), ("%Y%m%d", ["12345678"], .integer),
  ])
  func `digits are dates by the given format where all of them are:`(
    _ format: String, _ values: [String], _ type: DataType
  ) throws {
    var given = DialectOverrides()
    given.dateFormat = format
    let text = "n,d\n" + values.map { "7,\($0)\n" }.joined()
    let found = detect(text, given)
    var inference = TypeInference(dialect: found.dialect, fieldCount: 2)
    inference.observe(Buffer(Array(text.utf8.dropFirst(4))), isWhole: true)
    #expect(inference.columns.map(\.type) == [.integer, type], "\(found)")
    let reason = found.reasons.contains { $0.text.contains("digits that the given format") }
    #expect(reason == (type == .date))
  }

  @Test func `digits are time stamps by the given format, beside dates too`() {
    var given = DialectOverrides()
    given.timestampFormat = "%Y%m%d%H%M%S"
    given.dateFormat = "%Y%m%d"
    let text = "a,b,c\n20240131235959,20240131,20240131\n20240131000000,20240131000001,20240201\n"
    let found = detect(text, given)
    var inference = TypeInference(dialect: found.dialect, fieldCount: 3)
    inference.observe(Buffer(Array(text.utf8.dropFirst(6))), isWhole: true)
    #expect(inference.columns.map(\.type) == [.timestamp, .timestamp, .date], "\(found)")
  }

  @Test func `a later value that is no such date contradicts the guess`() throws {
    var dialect = CSVDialect(dateFormat: "%Y%m%d")
    dialect.formats = [FieldFormat()]
    dialect.formats[0].readsDigits = true
    let schema = Schema([Field("d", .date)])
    let sound = try parseAll("20240131\n20240229\n\n", options(schema, dialect, inferred: [0]))
    #expect(sound.contradictions.isEmpty && sound.rows.count == 3 && sound.rejects.isEmpty)
    let other = try parseAll("20240131\n20240230\n", options(schema, dialect, inferred: [0]))
    #expect(other.contradictions.map(\.neededType) == [.string])
  }
}

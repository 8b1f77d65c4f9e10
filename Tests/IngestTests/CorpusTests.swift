import Base
import Columns
import Foundation
import Testing

@testable import Ingest

/// Folder of the shared test data, or nil where there is none.
func sharedData(_ path: String) -> URL? {
  let root =
    ProcessInfo.processInfo.environment["GREBE_SHARED_DATA"].map { URL(fileURLWithPath: $0) }
    ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("../shared/data").standardized
  let url = root.appendingPathComponent(path)
  return FileManager.default.fileExists(atPath: url.path) ? url : nil
}

func hasSharedData(_ path: String) -> Bool { sharedData(path) != nil }

/// Detection, inference and parsing as a conversion does them, restarts included.
func convert(
  _ bytes: [UInt8], _ overrides: DialectOverrides = DialectOverrides(), sampleBytes: Int = 1 << 20,
  window: Int = 256 << 10
) throws -> (DetectedDialect, Schema, WholeParse) {
  let sample = Buffer(bytes.prefix(sampleBytes))
  let isWhole = sample.count == bytes.count
  let detected = CSVDialectDetector.detect(
    sample: sample, isWholeInput: isWhole, overrides: overrides)
  var inference = TypeInference(dialect: detected.dialect, fieldCount: detected.fieldCount)
  inference.observe(sample.slice(detected.dataOffset..<sample.count), isWhole: isWhole)
  var schema = Schema(
    zip(detected.names, inference.columns).map { Field($0, $1.type) })
  let data = Array(bytes[detected.dataOffset...])
  while true {
    let whole = try parseAll(
      data,
      CSVParserOptions(
        schema: schema, dialect: detected.dialect,
        inferredColumns: Set(0..<detected.fieldCount)), window: window)
    if whole.contradictions.isEmpty { return (detected, schema, whole) }
    for found in whole.contradictions {
      let current = schema.fields[found.column].type
      schema.fields[found.column].type = widenedType(current, toHold: found.neededType)
    }
  }
}

@Suite("CSV: published files") struct CorpusTests {
  static let spectrum = [
    "comma_in_quotes", "empty", "empty_crlf", "escaped_quotes", "json",
    "newlines", "newlines_crlf", "quotes_and_newlines", "simple", "simple_crlf", "utf8",
  ]

  @Test(.enabled(if: hasSharedData("csv-spectrum")), arguments: spectrum)
  func `csv-spectrum means what its JSON says`(_ name: String) throws {
    let csv = try #require(sharedData("csv-spectrum/csvs/\(name).csv"))
    let json = try #require(sharedData("csv-spectrum/json/\(name).json"))
    let bytes = Array(try Data(contentsOf: csv))
    let detected = CSVDialectDetector.detect(sample: Buffer(bytes), isWholeInput: true)
    #expect(detected.dialect.hasHeader)
    let schema = Schema(detected.names.map { Field($0, .string) })
    let whole = try parseAll(
      Array(bytes[detected.dataOffset...]), options(schema, detected.dialect))
    #expect(whole.rejects.isEmpty)
    let wanted = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: json)) as? [[String: String]])
    let found = whole.rows.map { row in
      Dictionary(uniqueKeysWithValues: zip(schema.names, row.map(\.description)))
    }
    // Some copies of the corpus have lost the CR of line ends within quotes.
    let normalised = { (rows: [[String: String]]) in
      rows.map { $0.mapValues { $0.replacingOccurrences(of: "\r\n", with: "\n") } }
    }
    #expect(normalised(found) == normalised(wanted))
  }

  /// Its JSON is not about the same record, so it is checked here.
  @Test(.enabled(if: hasSharedData("csv-spectrum")))
  func `quotes within coordinates are text`() throws {
    let url = try #require(sharedData("csv-spectrum/csvs/location_coordinates.csv"))
    let (detected, _, whole) = try convert(Array(try Data(contentsOf: url)))
    #expect(detected.names[1] == "Location Coordinates" && whole.rejects.isEmpty)
    #expect(whole.rows[0][0] == .integer(2_095_257_564))
    #expect(whole.rows[0][1].description.hasSuffix("17.9\"W"))
  }

  /// Rows and fields as DuckDB 1.5 counts them (`SELECT count(*) FROM read_csv(…)`).
  static let dumps: [(String, rows: Int, fields: Int)] = [
    ("airlines.dat", 6162, 8), ("airports.dat", 7698, 14), ("all_data.csv", 22800, 4),
    ("birdstrikes.csv", 10000, 14), ("marvel-wikia-data.csv", 16376, 13),
    ("raw-polls.csv", 11475, 33), ("routes.dat", 67663, 9), ("tweets.csv", 12118, 7),
    ("zipcodes.csv", 42049, 6),
  ]

  @Test(.enabled(if: hasSharedData("dumps")), arguments: dumps)
  func `dumps have the rows that DuckDB finds`(
    _ name: String, _ rowCount: Int, _ fieldCount: Int
  ) throws {
    let url = try #require(sharedData("dumps/\(name)"))
    let (detected, _, whole) = try convert(Array(try Data(contentsOf: url)))
    #expect(detected.fieldCount == fieldCount)
    #expect(whole.rejects.isEmpty)
    #expect(whole.rows.count == rowCount)
    #expect(whole.rowsRead == rowCount)
  }

  @Test(.enabled(if: hasSharedData("dumps/zipcodes.csv")))
  func `zip codes keep their zeros`() throws {
    let url = try #require(sharedData("dumps/zipcodes.csv"))
    let (_, schema, whole) = try convert(Array(try Data(contentsOf: url)))
    #expect(schema.fields[0].type == .string && whole.rows[0][0] == text("00501"))
    #expect(schema.fields[1].type == .double && whole.rows[0][1] == .double(40.922326))
  }

  @Test(.enabled(if: hasSharedData("dumps/tweets.csv")))
  func `time stamps, flags and long numbers are recognised`() throws {
    let url = try #require(sharedData("dumps/tweets.csv"))
    let (detected, schema, _) = try convert(Array(try Data(contentsOf: url)))
    #expect(
      detected.names
        == ["created_at", "emojis", "id", "link", "retweeted", "screen_name", "text"])
    #expect(
      schema.fields.map(\.type) == [
        .timestamp, .boolean, .long, .string, .boolean, .string, .string,
      ])
  }
}

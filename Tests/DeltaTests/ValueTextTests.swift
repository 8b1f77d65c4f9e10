import Base
import Columns
import Delta
import Testing

@Suite("Partition values and paths") struct PartitionValueTests {
  static let values: [(DataType, Scalar, String)] = [
    (.string, .string("a b/é"), "a b/é"), (.boolean, .boolean(true), "true"),
    (.byte, .integer(-128), "-128"), (.short, .integer(7), "7"),
    (.integer, .integer(Int64(Int32.min)), "-2147483648"),
    (.long, .integer(.max), "9223372036854775807"), (.double, .double(0.1), "0.1"),
    (.double, .double(-.infinity), "-Infinity"), (.double, .double(1e300), "1e+300"),
    (.float, .double(Double(Float(0.1))), "0.10000000149011612"),
    (.decimal(precision: 10, scale: 2), .decimal(unscaled: -1230, scale: 2), "-12.30"),
    (
      .decimal(precision: 38, scale: 0),
      .decimal(unscaled: 12_345_678_901_234_567_890_123_456_789_012_345_678, scale: 0),
      "12345678901234567890123456789012345678"
    ),
    (.date, .date(19_723), "2024-01-01"), (.date, .date(-1), "1969-12-31"),
    (.timestamp, .timestamp(1_700_000_000_123_456), "2023-11-14T22:13:20.123456Z"),
    (.timestamp, .timestamp(0), "1970-01-01T00:00:00.000000Z"),
    (.timestampNtz, .timestampNtz(-1), "1969-12-31 23:59:59.999999"),
    (.binary, .binary([1, 2, 3]), "\u{1}\u{2}\u{3}"),
  ]

  @Test(arguments: values) func `values and texts correspond`(
    _ type: DataType, _ value: Scalar, _ text: String
  ) throws {
    #expect(try partitionText(value) == text)
    #expect(try partitionScalar(text, type: type, column: "c") == value)
  }

  @Test(arguments: values.map(\.0)) func `null and the empty text are null`(_ type: DataType) throws
  {
    #expect(try partitionScalar(nil, type: type, column: "c") == .null)
    #expect(try partitionScalar("", type: type, column: "c") == .null)
    #expect(try partitionText(.null) == nil)
    #expect(try partitionText(.string("")) == nil)
  }

  @Test(
    arguments: [
      ("1970-01-01 00:00:01", 1_000_000), ("1970-01-01 00:00:00.5", 500_000),
      ("1970-01-01T00:00:00.123456Z", 123_456), ("1970-01-01T00:00:00.123Z", 123_000),
      ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T16:00:00.000-08:00", 0),
      ("1969-12-31T16:07:02.000-07:52:58", 0), ("1970-01-01", 0), ("1970-01-01 00:01", 60_000_000),
      ("1970-01-01T00:00:00.123456789Z", 123_456), ("1970-1-1 0:0:1", 1_000_000),
      ("1970-01-01 00:00:00 UTC", 0),
    ] as [(String, Int64)]) func `time stamps are read in every spelling`(
      _ text: String, _ micros: Int64
    )
  {
    #expect(parseTimestamp(text) == micros)
  }

  @Test(
    arguments: [
      (.integer, "2147483648"), (.byte, "128"), (.long, "1.0"), (.boolean, "yes"),
      (.date, "2024-02-30"),
      (.date, "2024-01-01x"), (.timestamp, "2024-01-01T25:00:00Z"), (.timestamp, "x"),
      (.timestamp, "2024-01-01T00:00:00+99:00"), (.timestamp, "999999-01-01"), (.double, "0x10"),
      (.double, "nan"), (.decimal(precision: 3, scale: 1), "1.25"),
      (.decimal(precision: 3, scale: 1), "100"), (.decimal(precision: 3, scale: 1), "1e999999"),
      (.array(element: .long, containsNull: true), "[1]"),
    ] as [(DataType, String)]) func `texts that are not of the type are refused`(
      _ type: DataType, _ text: String
    )
  {
    expectError(.corrupt, text, "c") { _ = try partitionScalar(text, type: type, column: "c") }
  }

  @Test func `directories follow the convention and the log escapes them once`() throws {
    let directory = partitionDirectory(["a", "b c"], ["a": "x:y/é", "b c": nil])
    #expect(directory == "a=x%3Ay%2Fé/b%20c=__HIVE_DEFAULT_PARTITION__/")
    let path = logPath(directory + "part-0.parquet")
    #expect(path == "a=x%253Ay%252F%C3%A9/b%2520c=__HIVE_DEFAULT_PARTITION__/part-0.parquet")
    let file = AddFile(path: path, partitionValues: [:], sizeBytes: 0, modifiedMillis: 0)
    #expect(try file.storePath() == directory + "part-0.parquet")
    #expect(partitionDirectory([], [:]) == "")
  }

  @Test func `a path in the log is escaped no more than a URI asks for`() {
    #expect(logPath("a+b,(c)@d&e;f=g:h!$'*~/x") == "a+b,(c)@d&e;f=g:h!$'*~/x")
    #expect(logPath("a b#c?d%e[f]") == "a%20b%23c%3Fd%25e%5Bf%5D")
  }

  @Test(arguments: ["/abs/file", "s3://bucket/file", "file:/x"])
  func `files outside the table are refused`(_ path: String) {
    let file = AddFile(path: path, partitionValues: [:], sizeBytes: 0, modifiedMillis: 0)
    expectError(.unsupported, "outside") { _ = try file.storePath() }
  }

  @Test func `a binary that is not UTF-8 has no text`() {
    expectError(.unsupported) { _ = try partitionText(.binary([0xFF])) }
  }
}

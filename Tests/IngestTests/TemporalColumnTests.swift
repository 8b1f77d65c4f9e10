import Base
import Columns
import Testing

@testable import Ingest

@Suite("CSV: dates and time stamps") struct TemporalColumnTests {
  @Test func `every day of the calendar`() throws {
    let first = CivilDate(year: 1, month: 1, day: 1).daysSinceEpoch
    let last = CivilDate(year: 9999, month: 12, day: 31).daysSinceEpoch
    // 37 and 1461 have no common divisor, so all days of the leap cycle occur.
    let days = Array(stride(from: first, through: last, by: 37))
    let found = try column(days.map { CivilDate(daysSinceEpoch: $0).text }, .date)
    #expect(found == days.map { .date(Int32($0)) })
  }

  @Test func `days that do not exist`() throws {
    for year in [1900, 2000, 2023, 2024] {
      for month in 0...19 {
        for day in [0, 1, 28, 29, 30, 31, 32, 99] {
          let date = CivilDate(year: year, month: month, day: day)
          let wanted: Scalar = date.isValid ? .date(Int32(date.daysSinceEpoch)) : .null
          let text = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
          #expect(try column([text], .date) == [wanted], "\(text)")
        }
      }
    }
  }

  @Test(arguments: [
    "2024-1/01", "2024/01-01", "24-01-01", "2024-01-0", "2024-01-011", "0000-01-01", "2024-01-1x",
    "x024-01-01", "2024-01-01T", "2024:01-01", "20240101", "202-101-01", "2024-01-/1",
  ])
  func `what is no date`(_ text: String) throws {
    #expect(try column([text], .date) == [.null])
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func `random time stamps in every spelling`(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    var texts: [String] = []
    var wanted: [Scalar] = []
    for _ in 0..<300 {
      let micros = Int64.random(
        in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &random)
      let unit: Int64 = [1, 100, 1000, 1_000_000].randomElement(using: &random)!
      let cut = micros - ((micros % unit) + unit) % unit
      let time = CivilTime(microsSinceEpoch: cut)
      texts.append(
        time.text(
          separator: ["T", " "].randomElement(using: &random)!,
          zone: ["", "Z", "+00:00", " +0000", "-00"].randomElement(using: &random)!))
      wanted.append(.timestamp(cut))
    }
    #expect(try column(texts, .timestamp) == wanted, "seed \(seed)")
    let local = wanted.map { scalar -> Scalar in
      if case .timestamp(let micros) = scalar { .timestampNtz(micros) } else { scalar }
    }
    #expect(try column(texts, .timestampNtz) == local, "seed \(seed)")
  }

  @Test(arguments: [
    ("1970-01-01", 0 as Int64?), ("1970-01-01 00:01", 60_000_000),
    ("1970-01-01T02:00:00+02:00", 0), ("1969-12-31T22:30:00-01:30", 0),
    ("1970-01-01 00:00:00.5", 500_000), ("1970-01-01 00:00:00.123456000", 123_456),
    ("1970-01-01 00:00:00.", nil), ("1970-01-01 24:00:00", nil), ("1970-01-01 00:60:00", nil),
    ("1970-01-01 00:00:60", nil), ("1970-01-01x00:00:00", nil), ("1970-01-01 00:00:00 Z Z", nil),
    ("1970-01-01 00:00:0", nil), ("1970-01-01 00:00:00+25:00", nil), ("1970-02-30 00:00:00", nil),
    ("1970-01-01 00:00:00.12a", nil), ("1970-01-01 00:00:00Z1", nil), ("1970-01-01 0:00:00", 0),
    ("1970-1-1 1:00 am", 3_600_000_000), ("1970/01/01 12:00:01 AM UTC", 1_000_000),
    ("1970-01-01 13:00 PM", nil),
    ("1970-01-01 02:00:00+02", 0), ("1970-01-01 00:00:00 GMT", 0),
  ])
  func `a time stamp is`(_ text: String, _ micros: Int64?) throws {
    #expect(try column([text], .timestamp) == [micros.map { .timestamp($0) } ?? .null])
  }

  @Test(arguments: [
    ("Wed, 27 Aug 2008 13:08:45 +0000", "2008-08-27T13:08:45Z" as String?),
    ("Wed, 27 Aug 2008 13:08:45 GMT", "2008-08-27T13:08:45Z"),
    ("27 Aug 2008 13:08 -0700 (PDT)", "2008-08-27T20:08:00Z"),
    ("Fri,  1 Aug 2008 13:08:45 Z", "2008-08-01T13:08:45Z"),
    ("Wed Aug 27 13:08:45 +0000 2008", "2008-08-27T13:08:45Z"),
    ("Wed Aug 27 13:08:45 2008", "2008-08-27T13:08:45Z"),
    ("Fri Aug  1 13:08:45 2008", "2008-08-01T13:08:45Z"),
    ("Wed Aug 27 13:08:45 UTC 2008", "2008-08-27T13:08:45Z"),
    ("Wed Aug 27 13:08:45 2008 +0200", "2008-08-27T11:08:45Z"),
    ("Wed Aug 27 2008 15:08:45 GMT+0200 (Central European Summer Time)", "2008-08-27T13:08:45Z"),
    ("Jun 12 1998", "1998-06-12T00:00:00Z"), ("June 12, 1998", "1998-06-12T00:00:00Z"),
    ("12-Jun-1998", "1998-06-12T00:00:00Z"), ("12 Jun 1998", "1998-06-12T00:00:00Z"),
    ("Friday, June 12, 1998 1:05 PM", "1998-06-12T13:05:00Z"),
    // Which zone, which day, which century is not to be guessed.
    ("Wed, 27 Aug 2008 13:08:45 EST", nil), ("Wed Aug 27 13:08:45 CST 2008", nil),
    ("Tue, 27 Aug 2008 13:08:45 GMT", nil), ("Tue Aug 27 13:08:45 2008", nil),
    ("27-Aug-08 13:08:45 GMT", nil), ("Wed Aug 27 13:08:45 +0000 2008 +0000", nil),
    ("Wed Aug 27 13:08:45 +0000", nil), ("Wed Aug 27 13:08:45 2008x", nil),
    ("27 Aug 2008 13:08 -0700 (PDT", nil), ("31 Jun 1998", nil), ("Wed,27 Aug 2008", nil),
  ])
  func `a time stamp with the month's name is`(_ text: String, _ wanted: String?) throws {
    var dialect = CSVDialect(quote: nil)
    dialect.delimiter = ASCII.tab
    dialect.formats = [FieldFormat()]
    dialect.formats[0].dates = .named
    let whole = try parseAll(text + "\n", options(Schema([Field("t", .timestamp)]), dialect))
    #expect(whole.rows.map { $0[0].description } == (wanted.map { [$0] } ?? []))
    #expect(whole.rejects.map(\.reason) == (wanted == nil ? [.invalidValue] : []))
  }

  @Test(arguments: [DataType.timestamp, .timestampNtz])
  func `digits past the microsecond are never cut off`(_ type: DataType) throws {
    let texts = [
      "2024-01-01 00:00:00.123456789", "2024-01-01 00:00:00.1234560", "2024-01-01 00:00:00.0000001",
    ]
    let whole = try parseAll(
      texts.map { $0 + "\n" }.joined(), options(Schema([Field("t", type)])))
    #expect(whole.rows.count == 1)
    #expect(whole.rejects.map(\.reason) == [.outOfRange, .outOfRange])
    #expect(whole.rejects.map(\.value) == [texts[0], texts[2]])
  }

  @Test(arguments: [
    ("%d/%m/%Y", "31/12/2023", "2023-12-31"), ("%m/%d/%y", "2/1/99", "1999-02-01"),
    ("%d.%m.%Y", "1.2.2024", "2024-02-01"), ("%Y%m%d", "20240229", "2024-02-29"),
    ("%d-%b-%Y", "05-Mar-2020", "2020-03-05"), ("%F", "2020-01-02", "2020-01-02"),
    ("%d/%m/%Y", "12/31/2023", ""), ("%d/%m/%Y", "2023-12-31", ""),
    ("%A %d %B %Y", "Wednesday 27 August 2008", "2008-08-27"),
    ("%a %d %b %Y", "Tue 27 Aug 2008", ""),
    ("%F %T", "2020-01-02 00:00:00", "2020-01-02"), ("%F %T", "2020-01-02 10:00:00", ""),
  ])
  func `dates in the user's format`(_ format: String, _ text: String, _ date: String) throws {
    let settings = options(Schema([Field("d", .date)]), CSVDialect(dateFormat: format))
    let whole = try parseAll(text + "\n", settings)
    #expect(whole.rows.map { $0[0].description } == (date.isEmpty ? [] : [date]))
  }

  @Test(arguments: ["%", "%Y", "%d/%m", "%Y-%m-%q", "plain"])
  func `formats that name no day are refused`(_ format: String) {
    #expect(throws: IngestError.self) {
      try CSVBatchParser(options(Schema([Field("d", .date)]), CSVDialect(dateFormat: format)))
    }
  }

  @Test(arguments: [
    ("%d/%m/%Y %H:%M:%S", "31/12/2023 23:59:01", "2023-12-31T23:59:01Z"),
    ("%m/%d/%Y %I:%M %p", "1/2/2024 12:05 AM", "2024-01-02T00:05:00Z"),
    ("%m/%d/%Y %I:%M %p", "1/2/2024 1:05 pm", "2024-01-02T13:05:00Z"),
    ("%Y-%m-%dT%T.%f%z", "2024-01-02T03:04:05.678+01:00", "2024-01-02T02:04:05.678Z"),
    ("%a %b %d %T %z %Y", "Wed Aug 27 13:08:45 +0000 2008", "2008-08-27T13:08:45Z"),
  ])
  func `time stamps in the user's format`(
    _ format: String, _ text: String, _ wanted: String
  ) throws {
    let settings = options(Schema([Field("t", .timestamp)]), CSVDialect(timestampFormat: format))
    #expect(try parseAll(text + "\n", settings).rows.map { $0[0].description } == [wanted])
  }

  @Test(arguments: [
    ("true", true as Bool?), ("FALSE", false), ("tRuE", true), ("t", true), ("no", false),
    ("1", true), ("0", false), ("2", nil), ("tru", nil), ("truee", nil), ("falsy", nil),
    ("\u{14}rue", nil),
  ])
  func `booleans`(_ text: String, _ value: Bool?) throws {
    #expect(try column([text], .boolean) == [value.map { .boolean($0) } ?? .null])
  }
}

import Base
import Columns
import Compute
import Testing

@Suite("Casts") struct CastTests {
  func cast(_ scalars: [Scalar], _ from: DataType, _ to: DataType, isTry: Bool = false) throws
    -> [Scalar]
  {
    try Cast.apply(Column(from, scalars), to: to, isTry: isTry).scalars
  }

  static let widenings: [(DataType, DataType, Scalar, Scalar)] = [
    (.byte, .long, .integer(-3), .integer(-3)),
    (.integer, .long, .integer(.init(Int32.min)), .integer(.init(Int32.min))),
    (.integer, .double, .integer(7), .double(7)),
    (.integer, .decimal(precision: 12, scale: 2), .integer(7), .decimal(unscaled: 700, scale: 2)),
    (
      .long, .decimal(precision: 25, scale: 3), .integer(.max),
      .decimal(unscaled: Int128(Int64.max) * 1000, scale: 3)
    ),
    (.float, .double, .double(0.5), .double(0.5)),
    (.date, .timestampNtz, .date(2), .timestampNtz(172_800_000_000)),
    (
      .decimal(precision: 5, scale: 2), .decimal(precision: 20, scale: 4),
      .decimal(unscaled: -123, scale: 2), .decimal(unscaled: -12_300, scale: 4)
    ),
  ]
  @Test(arguments: widenings) func `a widening keeps every value, and nulls`(
    _ from: DataType, _ to: DataType, _ value: Scalar, _ expected: Scalar
  ) throws {
    #expect(Cast.isWidening(from: from, to: to))
    #expect(!Cast.isWidening(from: to, to: from))
    #expect(try cast([value, .null, value], from, to) == [expected, .null, expected])
  }

  private static func structure(_ fields: Field...) -> DataType { .structure(fields) }

  static let losses: [(DataType, DataType, [String], WideningFault.Problem)] = [
    (.long, .double, [], .type(.long, into: .double)),
    (.integer, .float, [], .type(.integer, into: .float)),
    (.timestamp, .timestampNtz, [], .type(.timestamp, into: .timestampNtz)),
    (.date, .timestamp, [], .type(.date, into: .timestamp)),
    (.timestampNanos, .timestamp, [], .type(.timestampNanos, into: .timestamp)),
    (.string, .binary, [], .type(.string, into: .binary)),
    (.other("x"), .other("x"), [], .type(.other("x"), into: .other("x"))),
    (
      .array(element: structure(Field("a", .long)), containsNull: true),
      .array(element: structure(Field("A", .byte)), containsNull: true), ["element", "a"],
      .type(.long, into: .byte)
    ),
    (
      structure(Field("a", .long), Field("c", .void)), structure(Field("a", .long)), ["c"], .dropped
    ),
    (
      structure(Field("a", .long), Field("A", .long)),
      structure(Field("a", .long), Field("b", .long)), ["A"], .dropped
    ),
    (structure(), structure(Field("a", .long, nullable: false)), ["a"], .missing),
  ]
  @Test(arguments: losses) func `what would be lost is named`(
    _ from: DataType, _ to: DataType, _ path: [String], _ problem: WideningFault.Problem
  ) {
    #expect(Cast.wideningFault(from: from, to: to) == WideningFault(path: path, problem: problem))
    #expect(!Cast.isWidening(from: from, to: to))
  }

  @Test func `fields are found in any order and case, and lacking ones are null`() throws {
    let from = CastTests.structure(Field("B", .string), Field("a", .byte))
    let to = CastTests.structure(Field("a", .long), Field("b", .string), Field("c", .double))
    #expect(Cast.isWidening(from: from, to: to))
    let row = Scalar.structure([NamedScalar("B", .string("x")), NamedScalar("a", .integer(1))])
    #expect(
      try cast([row, .null], from, to) == [
        .structure([
          NamedScalar("a", .integer(1)), NamedScalar("b", .string("x")), NamedScalar("c", .null),
        ]), .null,
      ])
  }

  static let narrowings: [(DataType, DataType, Scalar, Scalar?)] = [
    (.long, .integer, .integer(1 << 31), nil), (.long, .integer, .integer(5), .integer(5)),
    (.integer, .byte, .integer(128), nil),
    (.double, .long, .double(2.5), .integer(2)), (.double, .long, .double(.nan), nil),
    (.double, .long, .double(1e19), nil),
    (.double, .decimal(precision: 4, scale: 1), .double(999.95), nil),
    (.double, .decimal(precision: 4, scale: 1), .double(-0.05), .decimal(unscaled: -1, scale: 1)),
    (
      .decimal(precision: 10, scale: 3), .integer, .decimal(unscaled: -2500, scale: 3), .integer(-3)
    ),
    (.decimal(precision: 38, scale: 0), .long, .decimal(unscaled: powerOfTen(30), scale: 0), nil),
    (
      .decimal(precision: 38, scale: 0), .decimal(precision: 38, scale: 10),
      .decimal(unscaled: powerOfTen(29), scale: 0), nil
    ),
    (
      .decimal(precision: 18, scale: 0), .decimal(precision: 18, scale: 18),
      .decimal(unscaled: 1, scale: 0), nil
    ),
    (
      .decimal(precision: 18, scale: 0), .decimal(precision: 18, scale: 18),
      .decimal(unscaled: 0, scale: 0), .decimal(unscaled: 0, scale: 18)
    ),
    (.timestamp, .date, .timestamp(-1), .date(-1)), (.date, .timestamp, .date(.max), nil),
    (.string, .integer, .string(" 12 "), .integer(12)), (.string, .integer, .string("12x"), nil),
    (.string, .integer, .string(""), nil),
    (.string, .long, .string("9223372036854775808"), nil),
    (.string, .long, .string("-9223372036854775808"), .integer(.min)),
    (.string, .double, .string("1e3"), .double(1000)), (.string, .double, .string("0x10"), nil),
    (.string, .boolean, .string("TRUE"), .boolean(true)),
    (.string, .boolean, .string("maybe"), nil),
    (.string, .date, .string("2024-02-29"), .date(19_782)),
    (.string, .date, .string("2023-02-29"), nil),
    (.string, .date, .string("2024-2-9 "), .date(19_762)),
    (.string, .timestamp, .string("1970-01-01T00:00:01.5+01:00"), .timestamp(-3_598_500_000)),
    (.string, .timestamp, .string("1970-01-01 24:00"), nil),
    (
      .string, .decimal(precision: 38, scale: 0), .string("99999999999999999999999999999999999999"),
      .decimal(unscaled: powerOfTen(38) - 1, scale: 0)
    ),
    (
      .string, .decimal(precision: 38, scale: 0),
      .string("100000000000000000000000000000000000000"), nil
    ),
    (.boolean, .integer, .boolean(true), .integer(1)),
    (.integer, .boolean, .integer(2), .boolean(true)),
    (.binary, .string, .binary([0xC3, 0xA9]), .string("é")),
    (.binary, .string, .binary([0xC3]), nil),
    (.string, .binary, .string("é"), .binary([0xC3, 0xA9])),
    (.timestamp, .string, .timestamp(0), .string("1970-01-01T00:00:00Z")),
    (.timestamp, .string, .timestamp(.min), .string("-290308-12-21T19:59:05.224192Z")),
    (.timestamp, .string, .timestamp(.max), .string("+294247-01-10T04:00:54.775807Z")),
    (.timestamp, .date, .timestamp(.min), .date(-106_751_992)),
    (.string, .timestamp, .string("-290308-12-21T19:59:05.224192Z"), .timestamp(.min)),
    (.string, .timestamp, .string("-290308-12-21T19:59:05.224191Z"), nil),
    (.long, .string, .integer(.min), .string("-9223372036854775808")),
    (.timestampNanos, .timestamp, .timestampNanos(-1), .timestamp(-1)),
    (.timestampNanos, .timestamp, .timestampNanos(1999), .timestamp(1)),
    (.timestamp, .timestampNanos, .timestamp(-2), .timestampNanos(-2000)),
    (.timestampNtz, .timestampNtzNanos, .timestampNtz(1 << 60), nil),
    (.timestampNtzNanos, .timestampNanos, .timestampNtzNanos(7), .timestampNanos(7)),
    (.timestampNanos, .date, .timestampNanos(-1), .date(-1)),
    (.date, .timestampNanos, .date(1), .timestampNanos(86_400_000_000_000)),
    (.date, .timestampNanos, .date(200_000), nil),
    (.time, .timeNanos, .time(5), .timeNanos(5000)),
    (.timeNanos, .time, .timeNanos(5999), .time(5)),
    (.string, .time, .string("23:59:59.1234567"), .time(86_399_123_456)),
    (.string, .timeNanos, .string("1:02"), .timeNanos(3_720_000_000_000)),
    (.string, .time, .string("24:00"), nil), (.string, .time, .string("1:02Z"), nil),
    (
      .string, .timestampNanos, .string("1970-01-01T00:00:00.123456789+00:00"),
      .timestampNanos(123_456_789)
    ),
    (.string, .timestampNanos, .string("2262-04-12"), nil),
    (.string, .timestamp, .string("1969-12-31T23:59:59.9999999"), .timestamp(-1)),
    (
      .string, .uuid, .string("F81D4FAE-7dec-11d0-a765-00a0c91e6bf6"),
      .uuid([
        0xF8, 0x1D, 0x4F, 0xAE, 0x7D, 0xEC, 0x11, 0xD0, 0xA7, 0x65, 0, 0xA0, 0xC9, 0x1E, 0x6B, 0xF6,
      ])
    ),
    (.string, .uuid, .string("F81D4FAE7-dec-11d0-a765-00a0c91e6bf6"), nil),
    (.string, .uuid, .string(""), nil),
    (.uuid, .binary, .uuid([UInt8](0..<16)), .binary([UInt8](0..<16))),
    (.interval, .string, .interval(months: 1, days: 2, millis: 3), .string("P1M2DT0.003S")),
  ]
  @Test(arguments: narrowings) func `a value that does not fit is an error, or null for TRY_CAST`(
    _ from: DataType, _ to: DataType, _ value: Scalar, _ expected: Scalar?
  ) throws {
    #expect(try cast([value, .null], from, to, isTry: true) == [expected ?? .null, .null])
    if let expected {
      #expect(try cast([.null, value], from, to) == [.null, expected])
    } else {
      #expect(throws: ComputeError.self) { try cast([.null, value], from, to) }
    }
  }

  @Test(arguments: [
    DataType.long, .string, .uuid, .array(element: .string, containsNull: true),
    .structure([Field("a", .date)]),
  ]) func `void is null as`(_ type: DataType) throws {
    #expect(try cast([.null, .null], .void, type) == [.null, .null])
  }

  @Test(arguments: [
    (DataType.interval, DataType.long), (.uuid, .long), (.time, .timestamp), (.binary, .uuid),
    (.structure([]), .long), (.long, .structure([])), (.string, .interval),
    (.array(element: .long, containsNull: true), .structure([])),
    (.array(element: .uuid, containsNull: true), .array(element: .long, containsNull: true)),
    (.other("geometry"), .string),
  ]) func `there is no cast`(_ from: DataType, _ to: DataType) {
    #expect(!Cast.isPossible(from: from, to: to))
  }

  @Test func `a struct takes the fields of another by name, casting what is below`() throws {
    let from = DataType.structure([
      Field("a", .integer), Field("gone", .string),
      Field("l", .array(element: .structure([Field("x", .float)]), containsNull: true)),
    ])
    let to = DataType.structure([
      Field(
        "l",
        .array(element: .structure([Field("x", .double), Field("y", .uuid)]), containsNull: false)),
      Field("a", .long, nullable: false),
    ])
    let inner = Scalar.array([.structure([NamedScalar("x", .double(0.5))]), .null])
    let rows: [Scalar] = [
      .structure([
        NamedScalar("a", .integer(1)), NamedScalar("gone", .null), NamedScalar("l", inner),
      ]),
      .null,
    ]
    let wanted = Scalar.structure([
      NamedScalar(
        "l",
        .array([.structure([NamedScalar("x", .double(0.5)), NamedScalar("y", .null)]), .null])),
      NamedScalar("a", .integer(1)),
    ])
    let result = try Cast.apply(Column(from, rows), to: to)
    #expect(result.type == to)
    #expect(result.scalars == [wanted, .null])
  }

  @Test func `the slot of a null row never fails`() throws {
    let column = Column(
      type: .long, validity: Bitmap([false, true]), values: .int64(Buffer([Int64.max, 1])))
    #expect(try Cast.apply(column, to: .byte).scalars == [.null, .integer(1)])
    let sum = BoundExpression(
      .arithmetic(.add, BoundExpression(.column(0), .long), BoundExpression(.column(0), .long)),
      .long)
    let batch = ColumnBatch(schema: Schema([Field("x", .long)]), columns: [column], rowCount: 2)
    #expect(try sum.evaluate(on: batch).scalars == [.null, .integer(2)])
  }

  @Test(arguments: 0..<8) func `text of a value reads back as the value, seed`(_ seed: UInt64)
    throws
  {
    var random = RandomExpressions(seed: seed)
    for field in RandomExpressions.schema.fields {
      let column = Column(
        field.type, (0..<50).map { _ in random.chance(10) ? .null : random.scalar(field.type) })
      let text = try Cast.apply(column, to: .string)
      let back = try Cast.apply(text, to: field.type)
      #expect(back.scalars.map(\.description) == column.scalars.map(\.description), "\(field.type)")
    }
  }
}

@Suite("Calendar kernels against CivilDate") struct CalendarKernelTests {
  @Test func `parts and starts of dates over four hundred years and at the ends`() throws {
    let days = Array(Int32(-150_000)...150_000) + [.min, .max, .min + 1, .max - 1]
    let column = Column(type: .date, values: .int32(Buffer(days)))
    let batch = ColumnBatch(
      schema: Schema([Field("t", .date)]), columns: [column], rowCount: days.count)
    func values(_ name: String) throws -> [Int64] {
      let result = try Expression.call(name, [.column("t")]).bind(to: batch.schema).evaluate(
        on: batch)
      guard case .int64(let slots) = result.values else { return [] }
      return Array(slots)
    }
    let (years, months, dayNumbers) = (try values("year"), try values("month"), try values("day"))
    let (weekdays, yearDays) = (try values("dayofweek"), try values("dayofyear"))
    var wrong = 0
    for (index, day) in days.enumerated() {
      let date = CivilDate(daysSinceEpoch: Int(day))
      let newYear = CivilDate(year: date.year, month: 1, day: 1).daysSinceEpoch
      if years[index] != date.year || months[index] != date.month || dayNumbers[index] != date.day {
        wrong += 1
      }
      if yearDays[index] != Int(day) - newYear + 1 { wrong += 1 }
      if weekdays[index] != ((Int(day) + 4) % 7 + 7) % 7 { wrong += 1 }
    }
    #expect(wrong == 0)
  }

  @Test(arguments: ["year", "quarter", "month", "week", "day", "hour", "minute", "second"])
  func `a truncated time is the last start of a unit not after it`(_ unit: String) throws {
    var random = SeededRandom(seed: 3)
    let micros = (0..<2000).map { _ in
      Int64.random(in: -4_000_000_000_000_000...4_000_000_000_000_000, using: &random)
    }
    let column = Column(type: .timestamp, values: .int64(Buffer(micros)))
    let batch = ColumnBatch(
      schema: Schema([Field("t", .timestamp)]), columns: [column], rowCount: micros.count)
    let call = Expression.call("date_trunc", [.literal(.string(unit)), .column("t")])
    guard case .int64(let starts) = try call.bind(to: batch.schema).evaluate(on: batch).values
    else { return }
    for (index, time) in micros.enumerated() {
      let start = CivilTime(microsSinceEpoch: starts[index])
      let whole = CivilTime(microsSinceEpoch: time)
      #expect(starts[index] <= time)
      switch unit {
      case "year": #expect(start.date == CivilDate(year: whole.date.year, month: 1, day: 1))
      case "quarter":
        #expect(
          start.date
            == CivilDate(year: whole.date.year, month: (whole.date.month - 1) / 3 * 3 + 1, day: 1))
      case "month":
        #expect(start.date == CivilDate(year: whole.date.year, month: whole.date.month, day: 1))
      case "week":
        #expect(
          (start.date.daysSinceEpoch - 4) % 7 == 0
            && whole.date.daysSinceEpoch - start.date.daysSinceEpoch < 7)
      case "day": #expect(start.date == whole.date)
      case "hour": #expect(start.microsOfDay == whole.microsOfDay / 3_600_000_000 * 3_600_000_000)
      case "minute": #expect(start.microsOfDay == whole.microsOfDay / 60_000_000 * 60_000_000)
      default: #expect(start.microsOfDay == whole.microsOfDay / 1_000_000 * 1_000_000)
      }
      if !["hour", "minute", "second"].contains(unit) { #expect(start.microsOfDay == 0) }
    }
  }
}

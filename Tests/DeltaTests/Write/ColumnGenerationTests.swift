import Base
import Columns
import Compute
import Delta
import JSON
import Testing

@Suite("Generated columns: expressions") struct ColumnGenerationTests {
  /// 2024-02-03T23:30:15.25Z, a Saturday.
  private static let instant: Int64 = 1_707_003_015_250_000
  private static let day: Scalar = .date(19756)

  private func generation(
    _ expression: String, _ type: DataType, of source: Field = Field("ts", .timestamp)
  ) -> ColumnGeneration? {
    var json = JSONWriter()
    json.string(expression)
    let field = Field("g", type, metadata: [PartitionTransform.metadataKey: json.text])
    let found = ColumnGeneration.of(field, in: Schema([Field("a", .long), source, field]))
    if let found { #expect(found.sourceIndex == 1) }
    return found?.generation
  }

  @Test(arguments: [
    ("year(ts)", DataType.integer, Scalar.integer(2024)),
    ("YEAR( `ts` )", .integer, .integer(2024)),
    ("Year\n(\tTS )", .integer, .integer(2024)), ("MONTH(ts)", .integer, .integer(2)),
    ("day(ts)", .integer, .integer(3)), ("HOUR(ts)", .integer, .integer(23)),
    ("cast(ts as date)", .date, day), (" CAST( ts AS DATE ) ", .date, day),
    ("date_format(ts, 'yyyy-MM')", .string, .string("2024-02")),
    ("DATE_FORMAT(ts,\"yyyy-MM-dd\")", .string, .string("2024-02-03")),
    ("Date_Format(`ts`,'yyyy-MM-dd-HH')", .string, .string("2024-02-03-23")),
    ("DATE_TRUNC('year', ts)", .timestamp, .timestamp(1_704_067_200_000_000)),
    ("date_trunc('Quarter',ts)", .timestamp, .timestamp(1_704_067_200_000_000)),
    ("DATE_TRUNC('MON', ts)", .timestamp, .timestamp(1_706_745_600_000_000)),
    ("date_trunc('WEEK', ts)", .timestamp, .timestamp(1_706_486_400_000_000)),
    ("DATE_TRUNC('DAY', ts)", .timestamp, .timestamp(1_706_918_400_000_000)),
    ("DATE_TRUNC(\"hour\", ts)", .timestamp, .timestamp(1_707_001_200_000_000)),
    ("DATE_TRUNC('second', ts)", .timestamp, .timestamp(1_707_003_015_000_000)),
  ]) func `are computed however they are spelt:`(
    _ expression: String, _ type: DataType, _ value: Scalar
  ) throws {
    let known = try #require(generation(expression, type))
    let column = try known.apply(Column(.timestamp, [.timestamp(Self.instant), .null]))
    #expect(column.type == type)
    #expect(column.scalars == [value, .null])
  }

  @Test(arguments: [
    ("month(ts)", DataType.integer, Scalar.integer(2)), ("year(ts)", .integer, .integer(2024)),
    ("date_format(ts, 'yyyy-MM-dd')", .string, .string("2024-02-03")),
    ("DATE_TRUNC('MONTH', ts)", .timestamp, .timestamp(1_706_745_600_000_000)),
  ]) func `are computed of dates:`(
    _ expression: String, _ type: DataType, _ value: Scalar
  ) throws {
    let known = try #require(generation(expression, type, of: Field("ts", .date)))
    #expect(try known.apply(Column(.date, [.null, Self.day])).scalars == [.null, value])
  }

  @Test(arguments: [
    ("to_date(ts)", DataType.date), ("year(ts) + 1", .integer), ("year(a)", .integer),
    ("year(x)", .integer), ("year(t.ts)", .integer), ("year(ts", .integer), ("year ts", .integer),
    ("year(ts, ts)", .integer), ("year(ts)", .long), ("cast(ts as dates)", .date),
    ("cast(ts date)", .date), ("date_format(ts, 'yyyy')", .string), ("(year(ts))", .integer),
    ("date_format(ts, 'YYYY-MM')", .string), (#"date_format(ts, 'yyyy-\MM')"#, .string),
    ("date_format(ts, yyyy-MM)", .string), ("date_format('yyyy-MM', ts)", .string),
    ("DATE_TRUNC('decade', ts)", .timestamp), ("date_trunc(day, ts)", .timestamp),
    ("year(`ts)", .integer), ("year(g)", .integer), ("", .integer), ("year(ts) -- x", .integer),
  ]) func `others are none:`(_ expression: String, _ type: DataType) {
    #expect(generation(expression, type) == nil)
  }

  @Test func `a column that is computed itself is no source`() {
    let source = Field(
      "ts", .date, metadata: [PartitionTransform.metadataKey: "\"CAST(at AS DATE)\""])
    #expect(generation("year(ts)", .integer, of: source) == nil)
  }

  @Test func `times without zone have parts, but no start with one`() {
    let source = Field("ts", .timestampNtz)
    #expect(generation("hour(ts)", .integer, of: source) == .part(.hour))
    #expect(generation("date_trunc('DAY', ts)", .timestamp, of: source) == nil)
    #expect(generation("hour(ts)", .integer, of: Field("ts", .date)) == nil)
  }
}

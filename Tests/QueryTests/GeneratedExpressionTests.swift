import Base
import Columns
import Compute
import Query
import Testing

/// The values are Spark's: interop/test_generated_columns has it compute them.
@Suite("Expressions of generated columns: Spark's SQL") struct GeneratedExpressionTests {
  private static let schema = Schema([
    Field("i", .integer), Field("d", .double), Field("c", .decimal(precision: 10, scale: 2)),
    Field("at", .timestamp), Field("loc", .timestampNtz), Field("f", .float),
  ])

  /// Of one row: -7, 2.5, 1.25 and 2024-02-03T23:30:15.25Z, a Saturday.
  private func value(_ expression: String, as type: DataType) throws -> Scalar {
    let instant: Int64 = 1_707_003_015_250_000
    let row = ColumnBatch(
      schema: Self.schema,
      columns: [
        Column(.integer, [.integer(-7)]), Column(.double, [.double(2.5)]),
        Column(.decimal(precision: 10, scale: 2), [.decimal(unscaled: 125, scale: 2)]),
        Column(.timestamp, [.timestamp(instant)]), Column(.timestampNtz, [.timestampNtz(instant)]),
        Column(.float, [.double(0.5)]),
      ], rowCount: 1)
    return try parseGeneration(expression, as: type, over: Self.schema).evaluate(on: row)[0]
  }

  @Test(arguments: [
    ("year(at)", DataType.integer, Scalar.integer(2024)), ("HOUR(loc)", .integer, .integer(23)),
    ("dayofweek(at)", .integer, .integer(7)), ("dayofmonth(at)", .integer, .integer(3)),
    ("date_format(at, 'yyyy-MM')", .string, .string("2024-02")),
    ("date_format(at, 'd/M/yy h:mm a, EEE')", .string, .string("3/2/24 11:30 PM, Sat")),
    ("date_format(at, \"''EEEE'' 'MMMM' MMMM\")", .string, .string("'Saturday' MMMM February")),
    ("date_format(at, 'D Q S SSSSSSSS')", .string, .string("34 1 2 25000000")),
    ("date_trunc('Quarter', at)", .timestamp, .timestamp(1_704_067_200_000_000)),
    ("trunc(at, 'mon')", .date, .date(19754)), ("date_add(at, 2)", .date, .date(19758)),
    ("datediff(at, '2024-02-01')", .integer, .integer(2)),
    ("cast(at as string)", .string, .string("2024-02-03 23:30:15.25")),
    ("i % 4", .integer, .integer(-3)), ("-i", .integer, .integer(7)),
    ("i / 2", .double, .double(-3.5)), ("i / 0", .double, .null),
    ("cast(-d as int)", .integer, .integer(-2)), ("cast(c + 0.5 as int)", .integer, .integer(1)),
    ("floor(-d)", .long, .integer(-3)), ("round(d)", .double, .double(3)),
    ("c / 3", .decimal(precision: 12, scale: 6), .decimal(unscaled: 416_667, scale: 6)),
    (
      "-c / i", .decimal(precision: 21, scale: 13), .decimal(unscaled: 1_785_714_285_714, scale: 13)
    ),
    ("c / 0", .decimal(precision: 12, scale: 6), .null), ("null", .long, .null),
  ]) func `are computed:`(_ expression: String, _ type: DataType, _ expected: Scalar) throws {
    #expect(try value(expression, as: type) == expected)
  }

  @Test(arguments: [
    ("year(at)", DataType.string, "of type integer, not string"),
    ("c * c", .decimal(precision: 21, scale: 2), "not decimal(21,2)"),
    ("i / 2", .integer, "double"),
    ("f * 2", .float, "32 bits"), ("d + '1'", .double, "texts"),
    ("cast(d as string)", .string, "text of a"),
    ("round(d, 1)", .double, "rounding"), ("date_format(at, 'YYYY')", .string, "'YYYY'"),
    ("date_format(at, \"yyyy'\")", .string, "not closed"),
    ("date_format(at, i)", .string, "literal"),
    ("date_trunc('day', loc)", .timestamp, "date_trunc of a"), ("trunc(at, 'DAY')", .date, "'DAY'"),
    ("c * cast(c as decimal(38, 2))", .decimal(precision: 38, scale: 4), "rounded"),
    ("cast(c as decimal(38, 2)) / c", .decimal(precision: 38, scale: 6), "so many digits"),
    ("sum(i)", .long, "aggregate"), ("i + 1, i", .integer, "expected"),
  ]) func `or refused:`(_ expression: String, _ type: DataType, _ reason: String) {
    let error = #expect(throws: QueryError.self) { try value(expression, as: type) }
    #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
  }

  @Test func `a row without a value is told, the others have theirs`() throws {
    let values: [Scalar] = [
      .integer(1), .integer(2_000_000_000), .integer(3), .null, .integer(2_000_000_000),
    ]
    let rows = ColumnBatch(
      schema: Schema([Field("i", .integer)]), columns: [Column(.integer, values)], rowCount: 5)
    let found = try parseGeneration("i + i", as: .integer, over: rows.schema).evaluateEach(on: rows)
    #expect(found.values.scalars == [.integer(2), .null, .integer(6), .null, .null])
    #expect(found.faults.map(\.row) == [1, 4])
    #expect(found.faults[0].fault.message == "4000000000 does not fit integer")
  }
}

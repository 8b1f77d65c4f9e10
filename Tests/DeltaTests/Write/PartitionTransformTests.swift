import Base
import Columns
import Delta
import Testing

@Suite("Partition transforms") struct PartitionTransformTests {
  static let instants: [Scalar] = [
    .timestamp(0), .timestamp(-1), .null, .timestamp(795_571_199_999_999), .timestamp(0),
  ]

  @Test(arguments: [
    (
      PartitionTransform.year,
      [Scalar.integer(1970), .integer(1969), .null, .integer(1995), .integer(1970)]
    ),
    (
      .month,
      [.string("1970-01"), .string("1969-12"), .null, .string("1995-03"), .string("1970-01")]
    ),
    (.day, [.date(0), .date(-1), .null, .date(9207), .date(0)]),
    (
      .hour,
      [
        .string("1970-01-01-00"), .string("1969-12-31-23"), .null, .string("1995-03-18-23"),
        .string("1970-01-01-00"),
      ]
    ),
  ]) func `instants fall into their`(_ transform: PartitionTransform, _ expected: [Scalar]) {
    let column = transform.apply(Column(.timestamp, Self.instants))
    #expect(column.type == transform.resultType)
    #expect(column.scalars == expected)
  }

  @Test func `dates have years, months and days, but no hours`() {
    let dates = Column(.date, [.date(9207), .null])
    #expect(PartitionTransform.month.apply(dates).scalars == [.string("1995-03"), .null])
    #expect(PartitionTransform.year.apply(dates).scalars == [.integer(1995), .null])
    #expect(PartitionTransform.day.accepts(.date))
    #expect(!PartitionTransform.hour.accepts(.date))
    #expect(!PartitionTransform.day.accepts(.string))
  }
}

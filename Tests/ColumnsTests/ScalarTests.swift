import Columns
import Testing

@Suite("Scalars") struct ScalarTests {
  static let ordered: [[Scalar]] = [
    [
      .integer(-3), .decimal(unscaled: -25, scale: 1), .double(0.5), .integer(1),
      .double(.infinity), .double(.nan),
    ],
    [
      .string(""), .string("a"), .string("a\u{0301}"), .string("b"), .string("é"),
      .string("\u{10000}"),
    ],
    [.binary([]), .binary([0]), .binary([0, 1]), .binary([255])],
    [.date(-1), .timestamp(0), .date(1), .timestamp(2 * 86_400_000_000)],
    [.boolean(false), .boolean(true)],
  ]

  @Test(arguments: ordered) func `comparison is a total order over`(_ values: [Scalar]) {
    for (i, a) in values.enumerated() {
      for (j, b) in values.enumerated() {
        #expect(Scalar.compare(a, b) == (i < j ? -1 : i == j ? 0 : 1), "\(a) against \(b)")
      }
    }
  }

  @Test func `decimals compare by value, whatever the scale, past 128 bits too`() {
    #expect(Scalar.compare(.decimal(unscaled: 10, scale: 1), .integer(1)) == 0)
    let large = Scalar.decimal(unscaled: Int128.max, scale: 0)
    #expect(Scalar.compare(large, .decimal(unscaled: 1, scale: 38)) == 1)
    #expect(Scalar.compare(.decimal(unscaled: 1, scale: 38), large) == -1)
  }

  @Test(arguments: [Int32.min, .max]) func `a date beyond every time stamp compares with them`(
    _ days: Int32
  ) {
    let sign = days < 0 ? -1 : 1
    for micros in [Int64.min, 0, .max] {
      #expect(Scalar.compare(.date(days), .timestamp(micros)) == sign)
      #expect(Scalar.compare(.timestampNtz(micros), .date(days)) == -sign)
    }
  }

  @Test func `null and unlike types do not compare`() {
    #expect(Scalar.compare(.null, .integer(1)) == nil)
    #expect(Scalar.compare(.string("1"), .integer(1)) == nil)
  }

  @Test(arguments: [
    (0, 0, "0"), (-1230, 2, "-12.30"), (5, 3, "0.005"), (-5, 3, "-0.005"), (12, 0, "12"),
  ]) func `decimal text keeps every digit of`(_ unscaled: Int, _ scale: Int, _ text: String) {
    #expect(decimalText(Int128(unscaled), scale: scale) == text)
  }
}

@Suite("Column statistics") struct ColumnStatisticsTests {
  @Test func `merging keeps the outer bounds and adds the nulls`() {
    var statistics = ColumnStatistics(min: .integer(2), max: .integer(5), nullCount: 1)
    statistics.merge(
      ColumnStatistics(min: .integer(-1), max: .integer(4), minIsExact: false, nullCount: 2))
    #expect(
      statistics
        == ColumnStatistics(min: .integer(-1), max: .integer(5), minIsExact: false, nullCount: 3))
  }

  @Test func `an unknown bound makes the merged bound unknown, an empty part does not`() {
    var unknown = ColumnStatistics(min: .integer(1), max: .integer(2), nullCount: 0)
    unknown.merge(ColumnStatistics(max: .integer(9), nullCount: nil))
    #expect(unknown.min == nil && unknown.max == .integer(9) && unknown.nullCount == nil)
    var withEmpty = ColumnStatistics(min: .integer(1), max: .integer(2), nullCount: 0)
    withEmpty.merge(ColumnStatistics(nullCount: 4), otherIsEmpty: true)
    #expect(withEmpty == ColumnStatistics(min: .integer(1), max: .integer(2), nullCount: 4))
  }
}

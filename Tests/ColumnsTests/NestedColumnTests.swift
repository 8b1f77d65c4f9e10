import Base
import Columns
import Testing

private let person = DataType.structure([
  Field("name", .string), Field("born", .timeNanos), Field("id", .uuid),
])
private let rows: [Scalar] = [
  .structure([
    NamedScalar("name", .string("A \"quoted\"\nname")), NamedScalar("born", .timeNanos(1_500)),
    NamedScalar("id", .uuid([UInt8](0..<16))),
  ]),
  .null,
  .structure([NamedScalar("name", .null), NamedScalar("born", .null), NamedScalar("id", .null)]),
]

@Suite("Columns: nested") struct NestedColumnTests {
  @Test(arguments: [
    (DataType.array(element: .long, containsNull: true), "[1,null,3] null [] [4]"),
    (.map(key: .string, value: .long, valueContainsNull: true), #"{"a":1,"b":null} null {}"#),
    (
      .array(element: .array(element: .date, containsNull: false), containsNull: false),
      #"[["1970-01-01"],[]] []"#
    ),
  ])
  func `values go in and come out`(type: DataType, text: String) {
    let values = examples(of: type)
    let column = Column(type, values)
    #expect(column.scalars == values)
    #expect(column.scalars.map(\.jsonText).joined(separator: " ") == text)
  }

  @Test func `a struct gives its fields by name`() {
    let column = Column(person, rows)
    #expect(column.scalars == rows)
    #expect(column.nullCount == 1)
    #expect(
      column[0].jsonText == #"{"name":"A \"quoted\"\nname","born":"00:00:00.0000015","#
        + #""id":"00010203-0405-0607-0809-0a0b0c0d0e0f"}"#)
  }

  @Test func `rows are gathered, sliced and compacted alike`() {
    let type = DataType.array(element: person, containsNull: true)
    let lists: [Scalar] = [.array(rows), .null, .array([]), .array([rows[2], rows[0]])]
    let column = Column(type, lists)
    let gathered = column.gathering(Buffer([3, 0, 1, 3]))
    #expect(gathered.scalars == [lists[3], lists[0], .null, lists[3]])
    #expect(gathered.compacted().scalars == gathered.scalars)
    #expect(column.slice(1..<3).scalars == [.null, .array([])])
    guard case .list(_, let element) = gathered.compacted().values else {
      Issue.record("not a list")
      return
    }
    #expect(element.count == 7)
  }

  @Test(arguments: [
    (Scalar.interval(months: 14, days: 3, millis: 1_500), "P14M3DT1.5S"),
    (.interval(months: 0, days: 0, millis: 0), "P0D"),
    (.timestampNanos(-1), "1969-12-31T23:59:59.999999999Z"),
    (.timestampNtzNanos(.max), "2262-04-11T23:47:16.854775807"),
    (.timestampNtzNanos(.min), "1677-09-21T00:12:43.145224192"),
    (.time(86_399_999_999), "23:59:59.999999"),
  ])
  func `text of`(value: Scalar, text: String) {
    #expect(value.description == text)
  }

  @Test func `an interval keeps its twelve bytes`() {
    let value = Scalar.interval(months: 0x0102_0304, days: .max, millis: 7)
    #expect(Column(.interval, [value, .null]).scalars == [value, .null])
  }
}

private func examples(of type: DataType) -> [Scalar] {
  switch type {
  case .array(.long, _):
    [.array([.integer(1), .null, .integer(3)]), .null, .array([]), .array([.integer(4)])]
  case .map:
    [
      .map([ScalarEntry(.string("a"), .integer(1)), ScalarEntry(.string("b"), .null)]), .null,
      .map([]),
    ]
  default: [.array([.array([.date(0)]), .array([])]), .array([])]
  }
}

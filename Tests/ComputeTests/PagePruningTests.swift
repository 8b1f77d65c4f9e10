import Base
import Columns
import Compute
import Testing

@Suite("Pruning: pages and bloom filters") struct PagePruningTests {
  private static let schema = Schema([
    Field("a", .integer), Field("b", .string), Field("d", .double),
  ])

  private func rows(
    _ condition: Expression, rowCount: Int = 100, _ pages: [String: PagedStatistics],
    whole: [String: ColumnStatistics] = [:]
  ) throws -> [Range<Int>] {
    let evaluator = PruningEvaluator(try condition.bind(to: Self.schema))
    return evaluator.matchingRows(rowCount: rowCount) {
      pages[Self.schema.fields[$0].name]
    } whole: {
      whole[Self.schema.fields[$0].name]
    }
  }

  private func compare(_ name: String, _ op: ComparisonOperator, _ scalar: Scalar) -> Expression {
    .compare(op, .column(name), .literal(scalar))
  }

  private static func ints(_ bounds: [(Int64, Int64)], _ firstRows: [Int]) -> PagedStatistics {
    PagedStatistics(
      firstRows: firstRows,
      pages: bounds.map { .init(min: .integer($0.0), max: .integer($0.1), nullCount: 0) })
  }

  private static let pagesOfA = ints([(0, 9), (10, 19), (20, 29), (5, 12)], [0, 25, 50, 75])
  private static let pagesOfB = PagedStatistics(
    firstRows: [0, 40, 80],
    pages: [
      .init(min: .string("a"), max: .string("f"), nullCount: 0),
      .init(min: .string("g"), max: .string("m"), nullCount: 3),
      .init(nullCount: 20),
    ])

  @Test func `pages that cannot match are left out and neighbours are joined`() throws {
    let pages = ["a": Self.pagesOfA]
    #expect(try rows(compare("a", .equal, .integer(11)), pages) == [25..<50, 75..<100])
    #expect(try rows(compare("a", .greaterOrEqual, .integer(10)), pages) == [25..<100])
    #expect(try rows(compare("a", .equal, .integer(99)), pages) == [])
    #expect(try rows(compare("a", .less, .integer(99)), pages) == [0..<100])
  }

  @Test func `pages of two columns that end at different rows`() throws {
    let both = ["a": Self.pagesOfA, "b": Self.pagesOfB]
    let condition = Expression.and([
      compare("a", .less, .integer(15)), compare("b", .greater, .string("f")),
    ])
    #expect(try rows(condition, both) == [40..<50, 75..<80])
    #expect(try rows(.isNull(.column("b")), both) == [40..<100])
    #expect(
      try rows(.or([compare("a", .equal, .integer(25)), .isNull(.column("b"))]), both)
        == [40..<100])
  }

  @Test func `a column without an index is judged as a whole, an unknown one never excludes`()
    throws
  {
    let condition = Expression.and([
      compare("a", .equal, .integer(3)), compare("b", .equal, .string("zzz")),
    ])
    #expect(try rows(condition, ["a": Self.pagesOfA]) == [0..<25])
    let whole = ["b": ColumnStatistics(min: .string("a"), max: .string("m"), nullCount: 23)]
    #expect(try rows(condition, ["a": Self.pagesOfA], whole: whole) == [])
    let noBounds = PagedStatistics(
      firstRows: [0, 50], pages: [ColumnStatistics(), ColumnStatistics()])
    #expect(try rows(compare("a", .equal, .integer(3)), ["a": noBounds]) == [0..<100])
  }

  @Test func `NaN counts of pages decide what is above every number`() throws {
    func page(_ nanCount: Int?) -> ColumnStatistics {
      .init(min: .double(0), max: .double(1), nullCount: 0, nanCount: nanCount)
    }
    let pages = [
      "d": PagedStatistics(firstRows: [0, 30, 60], pages: [page(0), page(nil), page(4)])
    ]
    #expect(try rows(compare("d", .greater, .double(2)), pages) == [30..<100])
    #expect(try rows(compare("d", .equal, .double(2)), pages) == [])
  }

  @Test func `a bloom filter decides = and IN`() throws {
    let bounds = ColumnStatistics(min: .integer(0), max: .integer(100), nullCount: 0)
    func verdict(_ condition: Expression) throws -> PruningVerdict {
      PruningEvaluator(try condition.bind(to: Self.schema)).verdict(
        rowCount: 10,
        mayContain: { column, value in
          #expect(column == 0)
          return value == .integer(7)
        }
      ) { $0 == 0 ? bounds : nil }
    }
    #expect(try verdict(compare("a", .equal, .integer(8))) == .none)
    #expect(try verdict(compare("a", .equal, .integer(7))) == .some)
    #expect(try verdict(.compare(.equal, .literal(.integer(8)), .column("a"))) == .none)
    #expect(try verdict(compare("a", .notEqual, .integer(8))) == .all)
    #expect(try verdict(compare("a", .less, .integer(8))) == .some)
    #expect(
      try verdict(.inList(.column("a"), [.literal(.integer(1)), .literal(.integer(2))])) == .none)
    #expect(
      try verdict(.inList(.column("a"), [.literal(.integer(1)), .literal(.integer(7))])) == .some)
    #expect(
      try verdict(.or([compare("a", .equal, .integer(8)), compare("a", .greater, .integer(50))]))
        == .some)
  }

  @Test func `the columns whose filters are worth reading`() throws {
    func columns(_ condition: Expression) throws -> [Int] {
      PruningEvaluator(try condition.bind(to: Self.schema)).equalityColumnIndices
    }
    #expect(try columns(compare("a", .equal, .integer(8))) == [0])
    #expect(try columns(compare("a", .less, .integer(8))) == [])
    #expect(
      try columns(
        .and([
          .inList(.column("b"), [.literal(.string("x"))]),
          .or([compare("a", .less, .integer(8)), compare("d", .equal, .double(1))]),
        ])) == [1, 2])
  }
}

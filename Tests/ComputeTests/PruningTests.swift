import Base
import Columns
import Compute
import Testing

@Suite("Pruning: what statistics decide") struct PruningTests {
  static let schema = Schema([
    Field("i", .integer), Field("d", .double), Field("s", .string), Field("t", .date),
    Field("ts", .timestamp),
    Field("m", .decimal(precision: 9, scale: 2)), Field("b", .boolean),
  ])

  static let statistics: [String: ColumnStatistics] = [
    "i": .init(min: .integer(10), max: .integer(20), nullCount: 0),
    "d": .init(min: .double(1.5), max: .double(2.5), nullCount: 0),
    "s": .init(min: .string("berlin"), max: .string("bern"), nullCount: 1),
    "t": .init(min: .date(19_000), max: .date(19_010), nullCount: 0),
    "ts": .init(
      min: .timestamp(19_000 * 86_400_000_000), max: .timestamp(19_010 * 86_400_000_000),
      nullCount: 0),
    "m": .init(
      min: .decimal(unscaled: 100, scale: 2), max: .decimal(unscaled: 300, scale: 2), nullCount: 0),
    "b": .init(min: .boolean(true), max: .boolean(true), nullCount: 0),
  ]

  func verdict(
    _ condition: Expression, _ changes: [String: ColumnStatistics?] = [:], rowCount: Int? = 100
  ) throws -> PruningVerdict {
    let statistics = Self.statistics.merging(changes.compactMapValues { $0 }) { $1 }
    return PruningEvaluator(try condition.bind(to: Self.schema)).verdict(rowCount: rowCount) {
      index in
      let name = Self.schema.fields[index].name
      return changes.keys.contains(name) && changes[name]! == nil ? nil : statistics[name]
    }
  }

  func compare(_ name: String, _ op: ComparisonOperator, _ scalar: Scalar) -> Expression {
    .compare(op, .column(name), .literal(scalar))
  }

  static let comparisons: [(String, ComparisonOperator, Scalar, PruningVerdict)] = [
    ("i", .equal, .integer(9), .none), ("i", .equal, .integer(15), .some),
    ("i", .less, .integer(10), .none),
    ("i", .lessOrEqual, .integer(10), .some), ("i", .less, .integer(21), .all),
    ("i", .greater, .integer(20), .none),
    ("i", .greaterOrEqual, .integer(10), .all), ("i", .notEqual, .integer(9), .all),
    ("i", .equal, .decimal(unscaled: 155, scale: 1), .none),
    ("i", .notEqual, .decimal(unscaled: 155, scale: 1), .all),
    ("i", .greater, .decimal(unscaled: 2000, scale: 2), .none), ("i", .less, .double(10.0), .none),
    ("i", .greater, .integer(1 << 40), .none),
    ("m", .greater, .integer(3), .none), ("m", .less, .double(1.0), .none),
    ("m", .equal, .integer(2), .some),
    ("t", .less, .timestamp(19_000 * 86_400_000_000), .none),
    ("t", .lessOrEqual, .timestamp(19_000 * 86_400_000_000 + 1), .some),
    ("t", .greater, .string("2022-01-18"), .none), ("ts", .greater, .date(19_010), .none),
    ("ts", .greaterOrEqual, .date(19_010), .some),
    ("s", .equal, .string("bergen"), .none), ("s", .greaterOrEqual, .string("a"), .some),
    ("s", .greater, .string("bern"), .none),
    // A double column may hold NaN, which is greater than everything and which no bound mentions.
    ("d", .greater, .double(3), .some), ("d", .less, .double(1), .none),
    ("d", .equal, .double(3), .none), ("d", .less, .double(3), .some),
    ("d", .equal, .double(.nan), .some), ("d", .less, .double(.nan), .some),
  ]

  @Test(arguments: comparisons) func `a comparison with a literal`(
    _ name: String, _ op: ComparisonOperator, _ scalar: Scalar, _ expected: PruningVerdict
  ) throws {
    #expect(try verdict(compare(name, op, scalar)) == expected)
    #expect(try verdict(.compare(op.flipped, .literal(scalar), .column(name))) == expected)
    // Whatever is certain stays certain under NOT NOT, and unknown statistics decide nothing.
    #expect(try verdict(.not(.not(compare(name, op, scalar)))) == expected)
    if !(name == "i" && scalar.exactNumber.map { $0.1 == 1 } ?? false), scalar != .integer(1 << 40)
    {
      #expect(
        try verdict(compare(name, op, scalar), [name: Optional<ColumnStatistics>.none]) == .some)
    }
  }

  @Test func `nulls`() throws {
    let allNull = ColumnStatistics(nullCount: 100)
    #expect(try verdict(.isNull(.column("i"))) == .none)
    #expect(try verdict(.isNotNull(.column("i"))) == .all)
    #expect(try verdict(.isNull(.column("s"))) == .some)
    #expect(try verdict(.isNull(.column("i")), ["i": allNull]) == .all)
    #expect(try verdict(compare("i", .equal, .integer(1)), ["i": allNull]) == .none)
    #expect(try verdict(.not(compare("i", .equal, .integer(1))), ["i": allNull]) == .none)
    #expect(try verdict(.inList(.column("i"), [.literal(.integer(1))]), ["i": allNull]) == .none)
    #expect(try verdict(.like(.column("s"), pattern: "a%", escape: nil), ["s": allNull]) == .none)
    // Without the number of rows it is not certain that all are null.
    #expect(try verdict(.isNotNull(.column("i")), ["i": allNull], rowCount: nil) == .some)
    #expect(
      try verdict(
        compare("i", .less, .integer(100)), ["i": .init(min: .integer(1), max: .integer(2))])
        == .some)
  }

  @Test func `NOT of a comparison with nulls prunes only what no row can pass`() throws {
    #expect(try verdict(.not(compare("s", .less, .string("c")))) == .none)
    #expect(try verdict(.not(compare("s", .less, .string("bern")))) == .some)
  }

  @Test func `IN, BETWEEN, AND, OR`() throws {
    #expect(
      try verdict(.inList(.column("i"), [.literal(.integer(1)), .literal(.integer(30))])) == .none)
    #expect(
      try verdict(.inList(.column("i"), [.literal(.integer(1)), .literal(.integer(12))])) == .some)
    #expect(
      try verdict(.not(.inList(.column("i"), [.literal(.integer(1)), .literal(.null)]))) == .none)
    #expect(try verdict(.not(.inList(.column("i"), [.literal(.integer(1))]))) == .all)
    #expect(
      try verdict(.between(.column("i"), low: .literal(.integer(21)), high: .literal(.integer(30))))
        == .none)
    #expect(
      try verdict(.and([compare("i", .less, .integer(99)), compare("m", .greater, .integer(9))]))
        == .none)
    #expect(
      try verdict(.or([compare("i", .less, .integer(5)), compare("m", .greater, .integer(9))]))
        == .none)
    #expect(
      try verdict(.or([compare("i", .less, .integer(99)), compare("s", .equal, .string("x"))]))
        == .all)
  }

  static let patterns: [(String, PruningVerdict)] = [
    ("ber%", .some), ("bi%", .none), ("a%", .none), ("berlin", .some), ("bertha", .none),
    ("be_lin%", .some), ("%x", .some), ("c_", .none),
  ]
  @Test(arguments: patterns) func `LIKE prunes by its prefix`(
    _ pattern: String, _ expected: PruningVerdict
  ) throws {
    #expect(try verdict(.like(.column("s"), pattern: pattern, escape: nil)) == expected)
    if pattern == "ber%" {
      let full = ColumnStatistics(min: .string("berlin"), max: .string("bern"), nullCount: 0)
      #expect(try verdict(.like(.column("s"), pattern: pattern, escape: nil), ["s": full]) == .all)
      #expect(
        try verdict(.not(.like(.column("s"), pattern: pattern, escape: nil)), ["s": full]) == .none)
    }
  }

  @Test func `bounds that were cut still bound`() throws {
    // "b" and "bes" are what cutting to few bytes leaves of a smaller minimum and a larger maximum.
    let cut = ColumnStatistics(
      min: .string("b"), max: .string("bes"), minIsExact: false, maxIsExact: false, nullCount: 0)
    #expect(try verdict(compare("s", .equal, .string("bert")), ["s": cut]) == .some)
    #expect(try verdict(compare("s", .less, .string("b")), ["s": cut]) == .none)
    #expect(try verdict(compare("s", .greater, .string("bes")), ["s": cut]) == .none)
  }

  @Test func `functions that keep the order prune, and constants decide any function`() throws {
    let year = Expression.call("year", [.column("t")])
    #expect(try verdict(.compare(.equal, year, .literal(.integer(2021)))) == .none)
    #expect(try verdict(.compare(.equal, year, .literal(.integer(2022)))) == .all)
    let month = Expression.call("date_trunc", [.literal(.string("month")), .column("ts")])
    #expect(try verdict(.compare(.less, month, .literal(.date(18_900)))) == .none)
    #expect(
      try verdict(
        .compare(
          .less, .arithmetic(.add, .column("i"), .literal(.integer(5))), .literal(.integer(15))))
        == .none)
    #expect(
      try verdict(
        .compare(.equal, .cast(.column("i"), .string, isTry: false), .literal(.string("7"))))
        == .some)

    let seven = ColumnStatistics(min: .integer(7), max: .integer(7), nullCount: 0)
    #expect(
      try verdict(
        .compare(
          .equal, .arithmetic(.remainder, .column("i"), .literal(.integer(5))),
          .literal(.integer(2))), ["i": seven]) == .all)
    #expect(
      try verdict(
        .compare(.equal, .call("upper", [.column("s")]), .literal(.string("X"))),
        ["s": .init(min: .string("x"), max: .string("x"), nullCount: 0)]) == .all)
    #expect(try verdict(.column("b")) == .all)
    #expect(try verdict(.not(.column("b"))) == .none)
  }

  @Test func `statistics of another type, NaN or turned around decide nothing wrong`() throws {
    #expect(
      try verdict(
        compare("i", .equal, .integer(5)), ["i": .init(min: .string("a"), max: .string("b"))])
        == .some)
    #expect(
      try verdict(
        compare("d", .less, .double(0)),
        ["d": .init(min: .double(.nan), max: .double(.nan), nullCount: 0)]) == .some)
    #expect(
      try verdict(
        compare("d", .equal, .double(0)),
        ["d": .init(min: .double(-0.0), max: .double(-0.0), nullCount: 0)]) == .some)
    #expect(try verdict(compare("i", .equal, .integer(5)), rowCount: 0) == .none)
  }
}

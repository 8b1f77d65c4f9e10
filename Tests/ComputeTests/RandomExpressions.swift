import Base
import Columns
import Compute

/// Seeded batches and conditions over them, with nulls, extremes, NaN, and literals near the data.
struct RandomExpressions {
  var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  static let schema = Schema([
    Field("b", .boolean), Field("i8", .byte), Field("i", .integer), Field("l", .long),
    Field("f", .float), Field("d", .double), Field("m", .decimal(precision: 9, scale: 2)),
    Field("w", .decimal(precision: 25, scale: 4)), Field("s", .string), Field("t", .date),
    Field("ts", .timestamp), Field("n", .timestampNtz), Field("i2", .integer), Field("s2", .string),
    Field("d2", .double), Field("ns", .timestampNanos), Field("nn", .timestampNtzNanos),
    Field("tm", .time), Field("tn", .timeNanos), Field("u", .uuid),
  ])

  mutating func pick<T>(_ items: [T]) -> T {
    items[Int.random(in: 0..<items.count, using: &random)]
  }
  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func scalar(_ type: DataType) -> Scalar {
    let small = Int64.random(in: -4...4, using: &random)
    switch type {
    case .boolean: return .boolean(small > 0)
    case .byte: return .integer(chance(10) ? pick([-128, 127]) : small)
    case .integer: return .integer(chance(10) ? pick([Int64(Int32.min), Int64(Int32.max)]) : small)
    case .long: return .integer(chance(10) ? pick([.min, .max, 1 << 53, 1 << 53 + 1]) : small)
    case .float, .double:
      return .double(
        chance(15) ? pick([.nan, .infinity, -.infinity, -0.0, 0.0]) : Double(small) / 2)
    case .decimal(let precision, let scale):
      let extreme = powerOfTen(precision) - 1
      return .decimal(
        unscaled: chance(10)
          ? pick([extreme, -extreme]) : Int128(small) * 50 * (scale == 4 ? 100 : 1),
        scale: scale)
    case .string:
      return .string(
        pick(["", "a", "ab", "abc", "abcdefghi", "é", "éa", "a%", "b_", "zzzzzzzzzzzz"]))
    case .date: return .date(Int32(chance(10) ? pick([-1, 0, 20_000]) : small))
    case .timestamp: return .timestamp(small * 43_200_000_000 + pick([0, 1, -1]))
    case .timestampNanos: return .timestampNanos(small * 43_200_000_000_000 + pick([0, 1, -1]))
    case .timestampNtzNanos:
      return .timestampNtzNanos(
        chance(5) ? pick([.min, .max]) : small * 43_200_000_000_000 + pick([0, 1000, -1]))
    case .time: return .time((small + 4) * 3_600_000_000 + pick([0, 1, 999_999]))
    case .timeNanos: return .timeNanos((small + 4) * 3_600_000_000_000 + pick([0, 1, 1000]))
    case .uuid:
      return .uuid(
        [UInt8](repeating: pick([0, 1, 0x7F, 0x80, 0xFF]), count: 15) + [UInt8(small + 4)])
    default: return .timestampNtz(small * 43_200_000_000 + pick([0, 1, -1]))
    }
  }

  mutating func batch(rowCount: Int, nulls percent: Int) -> ColumnBatch {
    let schema = RandomExpressions.schema
    let columns = schema.fields.map { field in
      let mostlyNull = chance(5)
      return Column(
        field.type,
        (0..<rowCount).map { _ in chance(mostlyNull ? 100 : percent) ? .null : scalar(field.type) })
    }
    return ColumnBatch(schema: schema, columns: columns, rowCount: rowCount)
  }

  /// A literal that is compared with a column of `type`, often of another type.
  mutating func literal(for type: DataType) -> Scalar {
    if chance(5) { return .null }
    switch type {
    case .byte, .integer, .long, .decimal:
      switch Int.random(in: 0..<5, using: &random) {
      case 0: return .integer(pick([200, -200, 3_000_000_000, .max, .min]))
      case 1:
        return .decimal(unscaled: Int128(Int.random(in: -450...450, using: &random)), scale: 2)
      case 2: return .double(Double(Int.random(in: -9...9, using: &random)) / 4)
      case 3: return .decimal(unscaled: powerOfTen(38) - 1, scale: pick([0, 5, 38]))
      default: return .integer(Int64.random(in: -4...4, using: &random))
      }
    case .float, .double:
      switch Int.random(in: 0..<3, using: &random) {
      case 0: return .integer(Int64.random(in: -3...3, using: &random))
      case 1: return .decimal(unscaled: Int128(Int.random(in: -20...20, using: &random)), scale: 1)
      default: return scalar(.double)
      }
    case .date: return chance(50) ? scalar(.date) : scalar(.timestamp)
    case .timestamp, .timestampNtz: return chance(30) ? scalar(.date) : scalar(type)
    case .timestampNanos, .timestampNtzNanos:
      return scalar(pick([type, type, .date, .timestamp, .timestampNtz]))
    case .time, .timeNanos: return scalar(pick([.time, .timeNanos]))
    default: return scalar(type)
    }
  }

  mutating func condition(depth: Int) -> Expression {
    if depth > 0 && chance(60) {
      let parts = (0..<Int.random(in: 2...3, using: &random)).map { _ in condition(depth: depth - 1)
      }
      switch Int.random(in: 0..<3, using: &random) {
      case 0: return .and(parts)
      case 1: return .or(parts)
      default: return .not(parts[0])
      }
    }
    let field = pick(RandomExpressions.schema.fields)
    let column = Expression.column(field.name)
    let op = pick(ComparisonOperator.allCases)
    switch Int.random(in: 0..<10, using: &random) {
    case 0: return .isNull(column)
    case 1: return .isNotNull(column)
    case 2:
      return .inList(
        column,
        (0..<Int.random(in: 1...4, using: &random)).map { _ in .literal(literal(for: field.type)) })
    case 3:
      return .between(
        column, low: .literal(literal(for: field.type)), high: .literal(literal(for: field.type)))
    case 4:
      let pattern = pick([
        "a%", "%b%", "abc", "_", "%", "a_c%", "%ghi", "", "é%", "_a", "a!%", "%!_", "a%c%",
      ])
      return .like(.column(chance(50) ? "s" : "s2"), pattern: pattern, escape: "!")
    case 5:
      let sides = pick([
        ("i", "i2"), ("i8", "l"), ("d", "d2"), ("f", "d"), ("m", "w"), ("s", "s2"), ("t", "ts"),
        ("ts", "n"), ("i", "m"), ("l", "d"), ("ts", "ns"), ("t", "ns"), ("ns", "nn"), ("tm", "tn"),
        ("n", "nn"), ("u", "u"),
      ])
      return .compare(op, .column(sides.0), .column(sides.1))
    case 6:
      let sum = Expression.arithmetic(
        pick([.add, .subtract, .multiply, .remainder]), .column("i8"), .column("i"))
      return .compare(op, sum, .literal(.integer(Int64.random(in: -6...6, using: &random))))
    case 7:
      return .compare(op, .literal(literal(for: field.type)), column)
    case 8: return .column("b")
    default: return .compare(op, column, .literal(literal(for: field.type)))
    }
  }
}

extension ColumnBatch {
  func row(_ index: Int) -> [Scalar] { columns.map { $0[index] } }

  /// Exact statistics, as a careful writer records them: NaN left out of the bounds.
  func statistics(_ index: Int) -> ColumnStatistics {
    var statistics = ColumnStatistics(nullCount: columns[index].nullCount)
    for scalar in columns[index].scalars where !scalar.isNull {
      if case .double(let value) = scalar, value.isNaN { continue }
      if statistics.min == nil || Scalar.compare(scalar, statistics.min!)! < 0 {
        statistics.min = scalar
      }
      if statistics.max == nil || Scalar.compare(scalar, statistics.max!)! > 0 {
        statistics.max = scalar
      }
    }
    return statistics
  }
}

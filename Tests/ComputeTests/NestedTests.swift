import Base
import Columns
import Compute
import Testing

/// Seeded columns of random types, nested up to a depth.
struct RandomNested {
  var random: RandomExpressions

  init(seed: UInt64) { random = RandomExpressions(seed: seed) }

  static let leaves: [DataType] =
    RandomExpressions.schema.fields.map(\.type) + [.binary, .interval, .void]

  mutating func type(depth: Int) -> DataType {
    guard depth > 0, random.chance(70) else { return random.pick(RandomNested.leaves) }
    switch Int.random(in: 0..<3, using: &random.random) {
    case 0: return .array(element: type(depth: depth - 1), containsNull: true)
    case 1:
      return .map(
        key: random.pick([.string, .long, .date, .uuid]), value: type(depth: depth - 1),
        valueContainsNull: true)
    default:
      let count = Int.random(in: 0..<4, using: &random.random)
      return .structure((0..<count).map { Field("f\"\($0)", type(depth: depth - 1)) })
    }
  }

  mutating func scalar(_ type: DataType, canBeNull: Bool = true) -> Scalar {
    if type == .void || (canBeNull && random.chance(15)) { return .null }
    switch type {
    case .structure(let fields):
      return .structure(fields.map { NamedScalar($0.name, scalar($0.type)) })
    case .array(let element, _):
      let count = Int.random(in: 0..<4, using: &random.random)
      return .array((0..<count).map { _ in scalar(element) })
    case .map(let key, let value, _):
      let count = Int.random(in: 0..<3, using: &random.random)
      return .map(
        (0..<count).map { _ in ScalarEntry(scalar(key, canBeNull: false), scalar(value)) })
    case .binary: return .binary([UInt8](repeating: 0xA7, count: random.pick([0, 1, 40])))
    case .interval: return .interval(months: random.pick([0, 14]), days: 3, millis: 1500)
    case .string:
      return .string(random.pick(["", "plain", "a \"q\" \\ b", "tab\tline\n\r\u{1}", "é,漢字"]))
    default: return random.scalar(type)
    }
  }

  mutating func column(_ type: DataType, rowCount: Int) -> Column {
    Column(type, (0..<rowCount).map { _ in scalar(type) })
  }
}

@Suite("Nested columns") struct NestedTests {
  @Test(arguments: 0..<40) func `text and JSON of a column are those of its values, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomNested(seed: seed)
    let type = random.type(depth: 3)
    let column = random.column(type, rowCount: 50).slice(7..<41)
    let text = try column.texts()
    let json = try column.jsonTexts()
    for (row, value) in column.scalars.enumerated() {
      #expect(json[row] == .string(value.jsonText(as: type)), "\(type)")
      let wanted = value.isNull ? Scalar.null : .string(value.text(as: type))
      #expect(text[row] == wanted, "\(type)")
    }
  }

  @Test func `doubles and decimals print as their values do`() throws {
    var random = SeededRandom(seed: 11)
    var doubles: [Double] = [0, -0.0, 1e15, 1e16, 1e17, 1e-5, 0.0001, 0.00011, 123.4567, .pi]
    for _ in 0..<20_000 {
      let wide = Double(bitPattern: UInt64.random(in: .min ... .max, using: &random))
      let cents = Double(Int.random(in: -1_000_000_000...1_000_000_000, using: &random))
      doubles += [wide, cents / 100, cents / 10_000, cents * 1e4, cents / 1e8]
    }
    let column = Column(type: .double, values: .double(Buffer(doubles)))
    let text = try column.texts()
    for (row, value) in doubles.enumerated() {
      #expect(text[row] == .string(Scalar.double(value).description))
    }
    for scale in 0...38 {
      let type = DataType.decimal(precision: 38, scale: scale)
      let values = (0..<200).map { _ in
        Scalar.decimal(
          unscaled: Int128.random(in: -powerOfTen(38) + 1..<powerOfTen(38), using: &random)
            >> Int128.random(in: 0..<127, using: &random), scale: scale)
      }
      let text = try Column(type, values).texts()
      #expect(text.scalars == values.map { .string($0.description) }, "scale \(scale)")
    }
  }

  @Test func `floats print with the digits of a float`() throws {
    var random = SeededRandom(seed: 12)
    var floats: [Float] = [0, -0.0, 1.1, 99.9999, 100.0001, 1e5, 16_777_216, 1e-4, 1e-5, .pi]
    for _ in 0..<20_000 {
      let wide = Float(bitPattern: UInt32.random(in: .min ... .max, using: &random))
      let cents = Float(Int.random(in: -2_000_000...2_000_000, using: &random))
      floats += [wide, cents / 100, cents / 10_000, cents / 1e6]
    }
    let column = Column(type: .float, values: .float(Buffer(floats)))
    let text = try column.texts()
    let json = try column.jsonTexts()
    for (row, value) in floats.enumerated() where value.isFinite {
      #expect(text[row] == .string(value.description))
      #expect(json[row] == text[row])
      #expect(column[row].text(as: .float) == value.description)
    }
    let others = Column(type: .float, values: .float(Buffer([.nan, .infinity, -.infinity])))
    #expect(try others.texts().scalars.map(\.description) == ["NaN", "Infinity", "-Infinity"])
    #expect(others.scalars.map { $0.text(as: .float) } == ["NaN", "Infinity", "-Infinity"])
    #expect(try others.jsonTexts()[0] == .string("\"NaN\""))
  }

  @Test(arguments: 0..<40) func `parts of any cut are joined, seed`(_ seed: UInt64) throws {
    var random = RandomNested(seed: seed)
    let type = random.type(depth: 3)
    let column = random.column(type, rowCount: 60)
    let backwards = Buffer((0..<60).reversed().map { UInt32($0) })
    let parts = [
      column.slice(0..<13), column.slice(13..<13), column.gathering(backwards).slice(5..<20),
      column, column.slice(20..<60).compacted(),
    ]
    let joined = try Column.concatenating(parts, type: type)
    #expect(joined.type == type)
    #expect(joined.scalars.map(\.jsonText) == parts.flatMap { $0.scalars.map(\.jsonText) })
    #expect(try Column.concatenating([], type: type).count == 0)
  }

  @Test func `joining takes the elements of its rows and no others`() throws {
    let type = DataType.array(element: .long, containsNull: false)
    let column = Column(type, (0..<1000).map { .array([.integer($0), .integer(-$0)]) })
    let few = column.gathering(Buffer([900, 3]))
    let joined = try Column.concatenating([few, column.slice(10..<11)], type: type)
    guard case .list(_, let element) = joined.values else {
      Issue.record("not a list")
      return
    }
    #expect(element.scalars == [900, -900, 3, -3, 10, -10].map { .integer($0) })
  }

  @Test(arguments: 0..<10)
  func `rows keep their nested values when they are sorted and split, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomNested(seed: seed)
    let schema = Schema([Field("k", .long), Field("v", random.type(depth: 3))])
    var buffer = SortBuffer(schema: schema, keys: [SortKey(column: 0)])
    var splitter = PartitionSplitter(schema: schema, keyColumns: [0])
    var expected: [(Scalar, String)] = []
    for part in 0..<3 {
      let batch = ColumnBatch(
        schema: schema,
        columns: [
          random.column(.integer, rowCount: 20), random.column(schema.fields[1].type, rowCount: 20),
        ].enumerated().map { $0 == 0 ? (try? Cast.apply($1, to: .long)) ?? $1 : $1 }, rowCount: 20)
      for row in 0..<20 { expected.append((batch.columns[0][row], batch.columns[1][row].jsonText)) }
      let arranged = try splitter.arrange([batch], columns: [0, 1], schema: schema)
      for piece in arranged.parts {
        let key = splitter.key(piece.partition)[0]
        let wanted = expected.suffix(20).filter { $0.0 == key }.map(\.1)
        let rows = arranged.rows.slice(piece.rows)
        for row in 0..<rows.rowCount { #expect(rows.columns[0][row] == key) }
        #expect(rows.columns[1].scalars.map(\.jsonText) == wanted)
      }
      try buffer.append(batch, position: Int64(part) << 32)
    }
    let sorted = try buffer.finish()
    let keyOrder = expected.enumerated().sorted { a, b in
      let order =
        a.element.0.isNull || b.element.0.isNull
        ? (a.element.0.isNull ? 1 : 0) - (b.element.0.isNull ? 1 : 0)
        : Scalar.compare(a.element.0, b.element.0)!
      return order == 0 ? a.offset < b.offset : order < 0
    }
    #expect(sorted.columns[1].scalars.map(\.jsonText) == keyOrder.map(\.element.1))
  }

  // MARK: Expressions

  static let schema = Schema([
    Field("s", .structure([Field("a", .long), Field("In", .structure([Field("b", .string)]))])),
    Field("l", .array(element: .long, containsNull: true)), Field("v", .void),
    Field("i", .interval), Field("k", .long),
  ])

  static let batch: ColumnBatch = {
    func row(_ a: Scalar, _ b: Scalar) -> Scalar {
      .structure([NamedScalar("a", a), NamedScalar("In", .structure([NamedScalar("b", b)]))])
    }
    return ColumnBatch(
      schema: schema,
      columns: [
        Column(schema.fields[0].type, [row(.integer(1), .string("x")), .null, row(.null, .null)]),
        Column(schema.fields[1].type, [.array([.integer(7)]), .array([]), .null]),
        Column(.void, [.null, .null, .null]),
        Column(.interval, [.interval(months: 1, days: 0, millis: 0), .null, .null]),
        Column(.long, [.integer(0), .integer(1), .integer(2)]),
      ], rowCount: 3)
  }()

  private func field(_ names: String...) throws -> BoundExpression {
    var bound = try Binder(NestedTests.schema).column(names[0])
    for name in names.dropFirst() { bound = try Binder.field(bound, name) }
    return bound
  }

  @Test func `a field is null where its struct is`() throws {
    #expect(
      try field("s", "a").evaluate(on: NestedTests.batch).scalars == [.integer(1), .null, .null])
    let deep = try field("s", "in", "B")
    #expect(deep.type == .string)
    #expect(try deep.evaluate(on: NestedTests.batch).scalars == [.string("x"), .null, .null])
    #expect(deep.description(names: NestedTests.schema.names) == "s.In.b")
    let condition = try Binder.compare(.equal, field("s", "a"), Binder.literal(.integer(1)))
    #expect(try condition.select(from: NestedTests.batch).count == 1)
    #expect(throws: ComputeError.self) { try field("s", "c") }
    #expect(throws: ComputeError.self) { try field("l", "a") }
  }

  @Test func `CASE, COALESCE, IS NULL and COUNT take nested values`() throws {
    let list = try field("l")
    let first = try Binder.compare(.equal, field("k"), Binder.literal(.integer(0)))
    let chosen = try Binder.choose([.init(condition: first, value: list)], otherwise: nil)
    #expect(
      try chosen.evaluate(on: NestedTests.batch).scalars == [.array([.integer(7)]), .null, .null])
    let fallback = try Binder.call("coalesce", [field("v"), list])
    #expect(
      try fallback.evaluate(on: NestedTests.batch).scalars == [
        .array([.integer(7)]), .array([]), .null,
      ])
    let isNull = try Binder.isNull(field("s"))
    #expect(try isNull.select(from: NestedTests.batch).rowIndices == Buffer([1]))
    let aggregate = HashAggregate(keyTypes: [], calls: [try AggregateCall(.count, list)])
    try aggregate.update(
      keys: [], arguments: [NestedTests.batch.columns[1]], rowCount: 3, position: 0)
    #expect(try aggregate.finish().columns[0].scalars == [.integer(2)])
  }

  @Test func `what has no order is refused by its type`() throws {
    for name in ["s", "l", "i"] {
      let column = try field(name)
      let type = column.type.description
      func refusal(_ body: () throws -> Void) -> String? {
        do { try body() } catch { return (error as? ComputeError)?.message }
        return nil
      }
      for call in [
        { _ = try Binder.compare(.equal, column, column) },
        { _ = try Binder.inList(column, [Binder.literal(.integer(1))]) },
        { _ = try AggregateCall(.min, column) },
        { _ = try AggregateCall(.count, column, isDistinct: true) },
        { _ = try Binder.arithmetic(.add, column, Binder.literal(.integer(1))) },
        { _ = try Binder.call("upper", [column]) },
      ] as [() throws -> Void] {
        #expect(refusal(call)?.contains(type) == true, "\(refusal(call) ?? "no error")")
      }
    }
  }

  @Test func `void compares and adds as null`() throws {
    let void = try field("v")
    for expression in [
      try Binder.compare(.less, void, Binder.literal(.string("x"))),
      try Binder.compare(.equal, void, field("k")),
      try Binder.arithmetic(.add, void, field("k")),
    ] {
      #expect(try expression.evaluate(on: NestedTests.batch).scalars == [.null, .null, .null])
    }
  }

  @Test(arguments: [
    ("hour", DataType.timestampNanos, Scalar.timestampNanos(7_200_000_000_999), 2),
    ("year", .timestampNtzNanos, .timestampNtzNanos(-1), 1969),
    ("minute", .time, .time(3_723_000_000), 2),
    ("second", .timeNanos, .timeNanos(3_723_000_000_001), 3),
  ]) func `parts of`(_ part: String, _ type: DataType, _ value: Scalar, _ expected: Int64) throws {
    let batch = ColumnBatch(
      schema: Schema([Field("x", type)]), columns: [Column(type, [value, .null])], rowCount: 2)
    let call = try Expression.call(part, [.column("x")]).bind(to: batch.schema)
    #expect(try call.evaluate(on: batch).scalars == [.integer(expected), .null])
  }
}

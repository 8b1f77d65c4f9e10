import Base
import Columns
import TestSupport
import Testing

@testable import Parquet

/// The slots of a leaf by the definition of the levels, value by value: what the writer's have to
/// be. Columns of other layouts are read through their scalars, so slices and gaps do not matter.
struct DremelReference {
  /// By leaf.
  private(set) var slots: [[ReferenceReader.Slot]]

  init(_ schema: Schema, _ rows: [[Scalar]]) {
    slots = schema.fields.flatMap { leafTypes($0.type) }.map { _ in [] }
    for row in rows {
      var leaf = 0
      for (field, value) in zip(schema.fields, row) {
        write(value, field, repetition: 0, definition: 0, lists: 0, leaf: leaf)
        leaf += leafTypes(field.type).count
      }
    }
  }

  private mutating func write(
    _ value: Scalar, _ field: Field, repetition: Int, definition: Int, lists: Int, leaf: Int
  ) {
    if value.isNull {
      precondition(field.nullable)
      for index in leaf..<leaf + leafTypes(field.type).count {
        slots[index].append(
          ReferenceReader.Slot(repetition: repetition, definition: definition, value: .null))
      }
      return
    }
    let definition = definition + (field.nullable ? 1 : 0)
    switch (field.type, value) {
    case (.structure(let fields), .structure(let values)):
      var next = leaf
      for (child, value) in zip(fields, values) {
        write(
          value.value, child, repetition: repetition, definition: definition, lists: lists,
          leaf: next)
        next += leafTypes(child.type).count
      }
    case (.array, _), (.map, _):
      let elements = value.listElements
      if elements.isEmpty {
        for index in leaf..<leaf + leafTypes(field.type).count {
          slots[index].append(
            ReferenceReader.Slot(repetition: repetition, definition: definition, value: .null))
        }
      }
      for (index, element) in elements.enumerated() {
        write(
          element, field.type.elementField!, repetition: index == 0 ? repetition : lists + 1,
          definition: definition + 1, lists: lists + 1, leaf: leaf)
      }
    default:
      slots[leaf].append(
        ReferenceReader.Slot(repetition: repetition, definition: definition, value: value))
    }
  }
}

extension Scalar {
  /// Elements of an array, or entries of a map as structs.
  var listElements: [Scalar] {
    switch self {
    case .array(let elements): elements
    case .map(let entries):
      entries.map { .structure([NamedScalar("key", $0.key), NamedScalar("value", $0.value)]) }
    default: []
    }
  }
}

/// Schemas and rows at random, the same for the same seed.
struct NestedSamples {
  var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }

  mutating func schema(columns: Int, depth: Int) -> Schema {
    Schema((0..<columns).map { Field("c\($0)", type(depth: depth), nullable: below(3) > 0) })
  }

  mutating func type(depth: Int) -> DataType {
    switch depth == 0 ? 9 : below(8) {
    case 0, 1:
      return .structure(
        (0...below(3)).map { Field("f\($0)", type(depth: depth - 1), nullable: below(3) > 0) })
    case 2, 3: return .array(element: type(depth: depth - 1), containsNull: below(2) == 0)
    case 4:
      return .map(
        key: WriteSamples.types[below(WriteSamples.types.count)], value: type(depth: depth - 1),
        valueContainsNull: below(2) == 0)
    default: return WriteSamples.types[below(WriteSamples.types.count)]
    }
  }

  mutating func scalar(_ field: Field) -> Scalar {
    if field.nullable && below(4) == 0 { return .null }
    switch field.type {
    case .structure(let fields):
      return .structure(fields.map { NamedScalar($0.name, scalar($0)) })
    case .array:
      let element = field.type.elementField!
      return .array((0..<length()).map { _ in scalar(element) })
    case .map(let key, let value, let valueContainsNull):
      return .map(
        (0..<length()).map { _ in
          ScalarEntry(
            scalar(Field("key", key, nullable: false)),
            scalar(Field("value", value, nullable: valueContainsNull)))
        })
    default: return WriteSamples.value(field.type, Int64(below(40)))
    }
  }

  private mutating func length() -> Int { [0, 0, 1, 1, 2, 3, 9][below(7)] }

  mutating func rows(_ schema: Schema, count: Int) -> [[Scalar]] {
    (0..<count).map { _ in schema.fields.map { scalar($0) } }
  }

  static func batch(_ schema: Schema, _ rows: [[Scalar]]) -> ColumnBatch {
    ColumnBatch(
      schema: schema,
      columns: schema.fields.indices.map { index in
        Column(schema.fields[index].type, rows.map { $0[index] })
      }, rowCount: rows.count)
  }
}

@Suite("Nested columns, written") struct NestedWriteTests {
  static func options(_ profile: ParquetProfile, page: Int = 50) -> ParquetWriteOptions {
    var options = ParquetWriteOptions()
    options.profile = profile
    options.pageRowCount = page
    options.pageSizeBytes = 400
    options.encodingSavingMinBytes = 0
    return options
  }

  static func check(
    _ batch: ColumnBatch, _ rows: [[Scalar]], _ options: ParquetWriteOptions,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (reader, assembler) = try WriteSamples.file([batch], schema: batch.schema, options)
    let expected = DremelReference(batch.schema, rows)
    #expect(assembler.statistics.count == reader.leaves.count, sourceLocation: sourceLocation)
    for leaf in reader.leaves {
      let chunk = try reader.chunk(0, leaf.index)
      let isSame = chunk.slots == expected.slots[leaf.index]
      #expect(isSame, "leaf \(leaf.path)", sourceLocation: sourceLocation)
      let nulls = chunk.slots.count { $0.value.isNull }
      #expect(assembler.statistics[leaf.index].nullCount == nulls, sourceLocation: sourceLocation)
      try checkIndexes(reader, leaf, chunk, sourceLocation: sourceLocation)
    }
  }

  /// The page indexes say what is in the pages.
  static func checkIndexes(
    _ reader: ReferenceReader, _ leaf: LeafColumn, _ chunk: ReferenceReader.Chunk,
    sourceLocation: SourceLocation
  ) throws {
    let index = try reader.offsetIndex(0, leaf.index)
    var row = 0
    for (page, location) in zip(chunk.pages, index?.pageLocations ?? []) {
      #expect(location.firstRowIndex == Int64(row), sourceLocation: sourceLocation)
      #expect(location.offset == Int64(page.offset), sourceLocation: sourceLocation)
      row += page.rowCount
    }
    guard let columns = try reader.columnIndex(0, leaf.index) else { return }
    let nulls = chunk.pages.map { Int64($0.values.count { $0.isNull }) }
    #expect(columns.nullCounts == nulls, sourceLocation: sourceLocation)
    #expect(
      columns.nullPages == chunk.pages.map { $0.values.allSatisfy { $0.isNull } },
      sourceLocation: sourceLocation)
  }

  @Test(arguments: 0..<40, [ParquetProfile.compatible, .standard, .modern])
  func `random schemas and rows have the levels of the definition`(
    _ seed: Int, _ profile: ParquetProfile
  ) throws {
    print("seed \(seed)")
    var samples = NestedSamples(seed: UInt64(seed))
    let schema = samples.schema(columns: 3, depth: 1 + seed % 5)
    let rows = samples.rows(schema, count: 120)
    try Self.check(NestedSamples.batch(schema, rows), rows, Self.options(profile))
  }

  @Test(arguments: 0..<20) func `where rows are cut into batches does not matter`(
    _ seed: Int
  ) throws {
    print("seed \(seed)")
    var samples = NestedSamples(seed: UInt64(1000 + seed))
    let schema = samples.schema(columns: 3, depth: 1 + seed % 4)
    let batch = NestedSamples.batch(schema, samples.rows(schema, count: 300))
    let options = Self.options(ParquetProfile.allCases[seed % 3])
    let whole = try WriteSamples.rowGroup(batch, options)
    for cut in [1, 7, 128] {
      let other = try WriteSamples.rowGroup(batch, options, batchRows: cut)
      let isSame = WriteSamples.areSame(whole, other)
      #expect(isSame)
      #expect(whole.statistics == other.statistics)
    }
  }

  @Test func `the specification's example`() throws {
    // optional list of optional int: [1, null], null, [], [2]
    let schema = Schema([Field("l", .array(element: .integer, containsNull: true))])
    let rows: [[Scalar]] = [
      [.array([.integer(1), .null])], [.null], [.array([])], [.array([.integer(2)])],
    ]
    let (reader, _) = try WriteSamples.file(
      [NestedSamples.batch(schema, rows)], schema: schema, ParquetWriteOptions())
    let slots = try reader.chunk(0, 0).slots
    #expect(slots.map(\.repetition) == [0, 1, 0, 0, 0])
    #expect(slots.map(\.definition) == [3, 2, 0, 1, 3])
    #expect(reader.leaves[0].path == ["l", "list", "element"])
    #expect(reader.leaves[0].maxDefinition == 3 && reader.leaves[0].maxRepetition == 1)
  }

  @Test func `slices may overlap, repeat and leave gaps`() throws {
    let element = Column(.integer, (0..<10).map { .integer(Int64($0)) })
    let slices = [(4, 3), (0, 0), (5, 4), (5, 4), (9, 1), (0, 2)]
    let type = DataType.array(element: .integer, containsNull: false)
    let column = Column(
      type: type,
      values: .list(
        Buffer(slices.map { ValueSlice(offset: UInt32($0.0), count: UInt32($0.1)) }),
        element: element))
    let schema = Schema([Field("l", type, nullable: false)])
    let batch = ColumnBatch(schema: schema, columns: [column], rowCount: 6)
    try Self.check(batch, column.scalars.map { [$0] }, ParquetWriteOptions())
  }

  @Test func `a null parent wins over what its children hold`() throws {
    let fields = [
      Field("a", .integer, nullable: false),
      Field("t", .array(element: .string, containsNull: true)),
    ]
    let type = DataType.structure(fields)
    let children = [
      Column(.integer, [.integer(1), .integer(2), .integer(3)]),
      Column(fields[1].type, [.array([.string("x")]), .array([.string("y")]), .null]),
    ]
    let column = Column(
      type: type, validity: Bitmap([true, false, true]), values: .structure(children, count: 3))
    let schema = Schema([Field("s", type)])
    let batch = ColumnBatch(schema: schema, columns: [column], rowCount: 3)
    let (reader, assembler) = try WriteSamples.file([batch], schema: schema, ParquetWriteOptions())
    #expect(try reader.chunk(0, 0).values == [.integer(1), .null, .integer(3)])
    #expect(try reader.chunk(0, 1).slots.map(\.definition) == [4, 0, 1])
    #expect(assembler.statistics.map(\.nullCount) == [1, 2])
  }

  @Test func `a null is refused by its path where none is allowed`() throws {
    let schema = Schema([
      Field("m", .map(key: .string, value: .long, valueContainsNull: false))
    ])
    let rows: [[Scalar]] = [[.map([ScalarEntry(.string("k"), .null)])]]
    let writer = try RowGroupWriter(schema: schema)
    let error = #expect(throws: ParquetError.self) {
      try writer.append(NestedSamples.batch(schema, rows))
    }
    #expect(error?.place.contains("m.key_value.value") == true)
  }

  @Test func `long lists are taken a few rows at a time, and never split a page within a row`()
    throws
  {
    let element = Column(.long, (0..<70_000).map { .integer(Int64($0)) })
    let type = DataType.array(element: .long, containsNull: false)
    let counts: [UInt32] = [70_000, 1, 70_000, 0, 60_000, 60_000]
    let column = Column(
      type: type,
      values: .list(Buffer(counts.map { ValueSlice(offset: 0, count: $0) }), element: element))
    let schema = Schema([Field("l", type)])
    var options = ParquetWriteOptions()
    options.pageSizeBytes = 600_000
    let (reader, _) = try WriteSamples.file(
      [ColumnBatch(schema: schema, columns: [column], rowCount: 6)], schema: schema, options)
    let chunk = try reader.chunk(0, 0)
    #expect(chunk.pages.map(\.rowCount) == [3, 3])
    #expect(chunk.slots.count == 260_002)
  }

  @Test func `void columns have nulls only`() throws {
    let schema = Schema([
      Field("v", .void), Field("l", .array(element: .void, containsNull: true)),
    ])
    let rows: [[Scalar]] = [[.null, .array([.null, .null])], [.null, .null]]
    try Self.check(NestedSamples.batch(schema, rows), rows, ParquetWriteOptions())
  }

  @Test func `histograms are those of the levels`() throws {
    let schema = Schema([Field("l", .array(element: .integer, containsNull: true))])
    let rows: [[Scalar]] = [
      [.array([.integer(1), .null])], [.null], [.array([])], [.array([.integer(2)])],
    ]
    let group = try WriteSamples.rowGroup(
      NestedSamples.batch(schema, rows), ParquetWriteOptions())
    #expect(group.chunks[0].pages[0].definitionHistogram == [1, 1, 1, 2])
    #expect(group.chunks[0].pages[0].repetitionHistogram == [4, 1])
  }
}

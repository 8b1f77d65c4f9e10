import Base
import Columns
import Testing

@testable import Parquet

@Suite("Statistics as bounds") struct StatisticsMappingTests {
  private func bounds(
    _ element: SchemaElement, _ statistics: ChunkStatistics, order: ColumnOrder? = .typeDefined,
    faults: WriterFaults = WriterFaults()
  ) throws -> ColumnStatistics {
    let tree = try SchemaTree([SchemaElement(name: "r", childCount: 1), element])
    return columnStatistics(
      statistics, valueCount: 10, leaf: tree.leaves[0], mapping: try LeafMapping(element),
      order: order, faults: faults)
  }

  private func bytes(_ value: Double) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * $0)) }
  }

  private func element(_ type: DataType) throws -> SchemaElement {
    var element = try leafElement(of: type, name: "a")
    element.repetition = .optional
    return element
  }

  @Test func `unsigned and byte-array orders need to be declared`() throws {
    let statistics = ChunkStatistics(minValue: [65], maxValue: [90], nullCount: 3)
    let text = try element(.string)
    #expect(try bounds(text, statistics).min == .string("A"))
    #expect(try bounds(text, statistics).minIsExact == false)
    #expect(try bounds(text, statistics, order: nil).min == nil)
    #expect(try bounds(text, statistics, order: .other(id: 9)).max == nil)
    #expect(try bounds(text, statistics, order: nil).nullCount == 3)
  }

  @Test func `the deprecated pair counts for signed numbers alone`() throws {
    var statistics = ChunkStatistics()
    statistics.deprecatedMin = [1, 0, 0, 0]
    statistics.deprecatedMax = [2, 0, 0, 0]
    #expect(try bounds(try element(.integer), statistics, order: nil).max == .integer(2))
    #expect(try bounds(try element(.integer), statistics, order: nil).maxIsExact)
    #expect(try bounds(try element(.string), statistics).max == nil)
    var unsigned = try element(.integer)
    unsigned.logicalType = .integer(bitWidth: 32, isSigned: false)
    #expect(try bounds(unsigned, statistics).max == nil)
  }

  @Test func `exactness is the writer's word`() throws {
    let statistics = ChunkStatistics(
      minValue: [65], maxValue: [90], isMinValueExact: true, isMaxValueExact: false)
    let result = try bounds(try element(.string), statistics)
    #expect(result.minIsExact)
    #expect(!result.maxIsExact)
  }

  @Test func `NaN is no bound, and NaNs are counted apart`() throws {
    let double = try element(.double)
    var statistics = ChunkStatistics(minValue: bytes(.nan), maxValue: bytes(2))
    #expect(try bounds(double, statistics).min == nil)
    #expect(try bounds(double, statistics).max == .double(2))
    #expect(try bounds(double, statistics).nanCount == nil)
    statistics.nanCount = 1
    #expect(try bounds(double, statistics).nanCount == 1)
    statistics.nanCount = 11
    #expect(try bounds(double, statistics).nanCount == nil)
    #expect(
      try bounds(try element(.long), ChunkStatistics(nanCount: 0)).nanCount == nil)
  }

  @Test(
    arguments: [
      ("parquet-cpp version 1.3.2-SNAPSHOT", false), ("parquet-cpp version 1.5.0", true),
      ("parquet-cpp-arrow version 16.1.0", true), ("parquet-cpp", false), (nil, true),
    ] as [(String?, Bool)])
  func `float bounds of a writer that lost them beside NaN are left out`(
    createdBy: String?, counts: Bool
  ) throws {
    let statistics = ChunkStatistics(minValue: bytes(1), maxValue: bytes(2), nullCount: 0)
    let result = try bounds(
      try element(.double), statistics, faults: WriterFaults(createdBy: createdBy))
    #expect((result.min == .double(1)) == counts)
    #expect((result.max == .double(2)) == counts)
    #expect(result.nullCount == 0)
  }

  @Test(
    arguments: [
      ("Polars", false), ("parquet-cpp version 1.5.1-SNAPSHOT", false), ("grebe", true),
    ])
  func `bounds of byte decimals are left out where writers ordered them as bytes`(
    createdBy: String, counts: Bool
  ) throws {
    let type = DataType.decimal(precision: 30, scale: 2)
    let statistics = ChunkStatistics(
      minValue: [UInt8](repeating: 0xFF, count: 13),
      maxValue: [UInt8](repeating: 0, count: 12) + [7])
    let result = try bounds(
      try element(type), statistics, faults: WriterFaults(createdBy: createdBy))
    #expect(result.min == (counts ? .decimal(unscaled: -1, scale: 2) : nil))
    #expect(result.max == (counts ? .decimal(unscaled: 7, scale: 2) : nil))
  }

  @Test func `a minimum above the maximum means neither`() throws {
    let statistics = ChunkStatistics(minValue: [9, 0, 0, 0], maxValue: [1, 0, 0, 0], nullCount: 1)
    let result = try bounds(try element(.integer), statistics)
    #expect(result.min == nil && result.max == nil && result.nullCount == 1)
  }

  @Test func `types without an order have no bounds`() throws {
    let statistics = ChunkStatistics(
      minValue: [UInt8](repeating: 1, count: 12), maxValue: [UInt8](repeating: 2, count: 12))
    for annotation in [
      LogicalType.geometry(crs: nil), .geography(crs: nil, algorithm: nil), .other(id: 99),
    ] {
      var element = try element(.binary)
      element.logicalType = annotation
      #expect(try bounds(element, statistics).min == nil)
    }
    #expect(try bounds(try element(.binary), statistics).min != nil)
  }

  @Test func `INT96 counts in chronological order alone`() throws {
    // Julian day 2440589 is 1970-01-02; one microsecond later.
    let statistics = ChunkStatistics(
      minValue: [0xE8, 3, 0, 0, 0, 0, 0, 0] + [0x8D, 0x3D, 0x25, 0],
      maxValue: [UInt8](repeating: 0xFF, count: 8) + [0x8D, 0x3D, 0x25, 0])
    let element = SchemaElement(name: "a", type: .int96, repetition: .optional)
    #expect(
      try bounds(element, statistics, order: .int96Timestamp).min
        == .timestamp(86_400_000_001))
    // A time outside its day.
    #expect(try bounds(element, statistics, order: .int96Timestamp).max == nil)
    #expect(try bounds(element, statistics, order: .typeDefined).min == nil)
    #expect(try bounds(element, statistics, order: nil).min == nil)
  }

  @Test func `a fixed-length value that was cut short is no number and no UUID`() throws {
    let cut = ChunkStatistics(minValue: [1, 2, 3], maxValue: [2])
    #expect(try bounds(try element(.decimal(precision: 30, scale: 0)), cut).min == nil)
    #expect(try bounds(try element(.uuid), cut).min == nil)
  }

  @Test func `bytes of the wrong size or no text are no bound`() throws {
    let short = ChunkStatistics(minValue: [1, 2], maxValue: [1, 2, 3, 4, 5])
    #expect(try bounds(try element(.integer), short).min == nil)
    #expect(try bounds(try element(.integer), short).max == nil)
    let cut = ChunkStatistics(minValue: [0xE2, 0x82], maxValue: [65])
    #expect(try bounds(try element(.string), cut).min == nil)
    #expect(try bounds(try element(.string), cut).max == .string("A"))
  }

  @Test(arguments: [Repetition.required, .optional])
  func `what has no type is null, whatever is counted`(_ repetition: Repetition) throws {
    let void = SchemaElement(name: "a", type: .int32, repetition: repetition, logicalType: .null)
    #expect(try bounds(void, ChunkStatistics(minValue: [1, 0, 0, 0], nullCount: 0)).nullCount == 10)
    #expect(try bounds(void, ChunkStatistics(minValue: [1, 0, 0, 0])).min == nil)
    let tree = try SchemaTree([SchemaElement(name: "r", childCount: 1), void])
    let nothing = columnStatistics(
      nil, valueCount: 10, leaf: tree.leaves[0], mapping: try LeafMapping(void), order: nil)
    #expect(nothing.nullCount == 10)
  }

  @Test func `a null count that cannot be is none`() throws {
    #expect(try bounds(try element(.long), ChunkStatistics(nullCount: 11)).nullCount == nil)
    #expect(try bounds(try element(.long), ChunkStatistics(nullCount: -1)).nullCount == nil)
  }
}

private func read(_ name: String) throws -> ParquetMetadata {
  try readMetadata(try readBytes(sharedData! + "/parquet-testing/data/\(name).parquet"))
}

@Suite("Statistics of the corpus", .enabled(if: sharedData != nil))
struct CorpusStatisticsTests {
  @Test func `bounds cut short say so`() throws {
    let metadata = try read("binary_truncated_min_max")
    let expected: [(Scalar, Bool, Scalar, Bool)] = [
      (.string("Al"), false, .string("Kf"), false),
      (.binary([0x41, 0x6C]), false, .binary([0x4B, 0x66]), false),
      (.string("Al"), false, .string("\u{1F680}Kevin Bacon"), true),
      (.binary([0x41, 0x6C]), false, .binary([0xFF, 0xFF, 1, 2]), true),
      (.string("Al"), true, .string("Ke"), true),
      (.binary([0x41, 0x6C]), true, .binary([0x4B, 0x65]), true),
    ]
    for (column, (min, minIsExact, max, maxIsExact)) in expected.enumerated() {
      let statistics = metadata.rowGroups[0].statistics(column: column)
      #expect(statistics.min == min && statistics.max == max)
      #expect(statistics.minIsExact == minIsExact && statistics.maxIsExact == maxIsExact)
    }
  }

  @Test func `a NaN among old statistics decides nothing`() throws {
    let statistics = try read("nan_in_stats").rowGroups[0].statistics(column: 0)
    #expect(statistics.min == nil && statistics.max == nil && statistics.nullCount == 0)
  }

  /// Row groups: no NaN, some, nothing else, least is zero, largest is zero.
  @Test(
    arguments: [
      (0, -2.0, 5.0, 0), (1, -2.0, 3.0, nil), (2, nil, nil, 10), (3, 0.0, 5.0, 0),
      (4, -5.0, 0.0, 0),
    ] as [(Int, Double?, Double?, Int?)])
  func `both orders of floats, with NaNs counted`(
    rowGroup: Int, min: Double?, max: Double?, nanCount: Int?
  ) throws {
    let metadata = try read("floating_orders_nan_count")
    for column in metadata.schema.fields.indices {
      let isTotal = metadata.schema.names[column].hasSuffix("ieee754")
      let statistics = metadata.rowGroups[rowGroup].statistics(column: column)
      let counted = try #require(statistics.nanCount)
      #expect(nanCount == nil ? counted > 0 : counted == nanCount)
      #expect(statistics.nullCount == 0)
      if rowGroup == 1 {
        // Bounds of the numbers beside NaNs: optional in the older order.
        if isTotal { #expect(statistics.min != nil && statistics.max != nil) }
      } else {
        #expect(statistics.min == min.map { .double($0) })
        #expect(statistics.max == max.map { .double($0) })
      }
    }
  }
}

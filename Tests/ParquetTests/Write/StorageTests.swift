import Base
import Columns
import TestSupport
import Testing

@testable import Parquet

/// A type, what it is stored as, and values that can be.
struct StorageCase: Sendable, CustomTestStringConvertible {
  let type: DataType
  let stored: StoredAs
  let values: [Scalar]

  var testDescription: String { "\(type) as \(stored)" }

  init(_ type: DataType, _ stored: StoredAs, _ values: [Scalar]) {
    self.type = type
    self.stored = stored
    self.values = values
  }

  static func integers(_ values: Int64...) -> [Scalar] { values.map { .integer($0) } }

  static func decimals(_ precision: Int, _ scale: Int) -> [Scalar] {
    let largest = powerOfTen(precision) - 1
    return [0, 1, -1, 127, -128, 128, -129, largest, -largest, largest / 7].filter {
      abs($0) <= largest
    }.map { .decimal(unscaled: $0, scale: scale) }
  }

  private static func decimal(
    _ precision: Int, _ scale: Int, _ type: ParquetType, _ sizeBytes: Int32? = nil
  ) -> StorageCase {
    StorageCase(
      .decimal(precision: precision, scale: scale),
      StoredAs(
        type, sizeBytes: sizeBytes, .decimal(scale: Int32(scale), precision: Int32(precision))),
      decimals(precision, scale))
  }

  private static let texts: [Scalar] = [
    "", "a", "Ünïcødé 🦆", "long " + String(repeating: "x", count: 99),
  ].map { .string($0) }
  private static let blobs: [Scalar] = [[], [0], [0xFF, 0xFF], [UInt8](0...99)].map { .binary($0) }

  static let all: [StorageCase] = [
    StorageCase(
      .short, StoredAs(.int32, .integer(bitWidth: 8, isSigned: false)), integers(0, 1, 128, 255)),
    StorageCase(
      .integer, StoredAs(.int32, .integer(bitWidth: 16, isSigned: false)),
      integers(0, 32_768, 65_535)),
    StorageCase(
      .integer, StoredAs(.int32, .integer(bitWidth: 32, isSigned: true)),
      integers(0, -1, Int64(Int32.min), Int64(Int32.max))),
    StorageCase(
      .long, StoredAs(.int32, .integer(bitWidth: 32, isSigned: false)),
      integers(0, 1, 1 << 31, 1 << 32 - 1)),
    StorageCase(
      .long, StoredAs(.int64, .integer(bitWidth: 64, isSigned: true)), integers(.min, 0, .max)),
    StorageCase(
      .decimal(precision: 20, scale: 0), StoredAs(.int64, .integer(bitWidth: 64, isSigned: false)),
      [0, 1, 1 << 63, Int128(UInt64.max)].map { .decimal(unscaled: $0, scale: 0) }),
    decimal(3, 1, .int64), decimal(9, 2, .fixedLengthByteArray, 4),
    decimal(9, 2, .fixedLengthByteArray, 16), decimal(9, 9, .byteArray), decimal(18, 0, .byteArray),
    decimal(18, 4, .fixedLengthByteArray, 8), decimal(30, 2, .fixedLengthByteArray, 16),
    decimal(38, 10, .byteArray),
    StorageCase(
      .float, StoredAs(.fixedLengthByteArray, sizeBytes: 2, .float16),
      [0, -0.0, 1.5, -65504, 65504, 0x1p-24, 0x1p-14, 0x1.ff8p-15, .infinity, -.infinity].map {
        .double($0)
      }),
    StorageCase(.string, StoredAs(.byteArray, .enumeration), texts),
    StorageCase(.string, StoredAs(.byteArray, .json), [.string("{}"), .string("[1,2]")]),
    StorageCase(.binary, StoredAs(.byteArray, .bson), blobs),
    StorageCase(.binary, StoredAs(.byteArray, .geometry(crs: "OGC:CRS84")), blobs),
    StorageCase(
      .binary, StoredAs(.byteArray, .geography(crs: nil, algorithm: .vincenty)), blobs),
    StorageCase(
      .binary, StoredAs(.fixedLengthByteArray, sizeBytes: 3),
      [.binary([0, 1, 2]), .binary([0xFF, 0, 0xFF])]),
    StorageCase(
      .time, StoredAs(.int32, .time(isAdjustedToUTC: true, unit: .millis)),
      [.time(0), .time(86_399_999_000)]),
    StorageCase(
      .time, StoredAs(.int64, .time(isAdjustedToUTC: true, unit: .micros)),
      [.time(1), .time(86_399_999_999)]),
    StorageCase(
      .timeNanos, StoredAs(.int64, .time(isAdjustedToUTC: true, unit: .nanos)), [.timeNanos(1)]),
    StorageCase(
      .timestamp, StoredAs(.int64, .timestamp(isAdjustedToUTC: true, unit: .millis)),
      [.timestamp(0), .timestamp(-1000), .timestamp(1_700_000_000_123_000)]),
    StorageCase(
      .timestampNtz, StoredAs(.int64, .timestamp(isAdjustedToUTC: false, unit: .millis)),
      [.timestampNtz(0), .timestampNtz(-86_400_000_000)]),
    StorageCase(
      .string, .variant,
      [
        "null", "true", "1", "-129", "70000", "5000000000", "1.50", "-0.001",
        "12345678901234567890.12", "1e+300", #""short""#,
        "\"" + String(repeating: "long", count: 20) + "\"", "[]", "{}",
        #"{"a":[1,{"b":null}],"é":"x"}"#,
      ].map { .string($0) }),
  ]
}

@Suite("How columns are stored") struct StorageTests {
  private static func file(
    _ batches: [ColumnBatch], _ schema: Schema, _ options: ParquetWriteOptions
  ) throws -> Buffer<UInt8> {
    Buffer(try RoundTripTests.parts(batches, schema, options).flatMap { Array($0) })
  }

  /// One column of the type in every place a leaf may have.
  private static func nested(_ item: StorageCase) -> (Schema, [String: ColumnStorage]) {
    let leaf = ColumnStorage(item.stored, fieldID: 7)
    let schema = Schema([
      Field("flat", item.type), Field("required", item.type, nullable: false),
      Field("s", .structure([Field("x", item.type, nullable: false), Field("y", .long)])),
      Field("l", .array(element: item.type, containsNull: true)),
      Field("m", .map(key: .string, value: item.type, valueContainsNull: true)),
    ])
    return (
      schema,
      [
        "flat": leaf, "required": leaf,
        "s": ColumnStorage(fieldID: 1, children: [leaf, ColumnStorage(fieldID: 2)]),
        "l": ColumnStorage(children: [leaf]),
        "m": ColumnStorage(children: [ColumnStorage(fieldID: 3), leaf]),
      ]
    )
  }

  private static func rows(_ values: [Scalar]) -> [[Scalar]] {
    (values + values).enumerated().map { row, value in
      [
        row % 3 == 1 ? .null : value, value,
        row % 4 == 1 ? .null : .structure([NamedScalar("x", value), NamedScalar("y", .null)]),
        row % 5 == 1 ? .null : .array(row % 5 == 2 ? [] : [value, .null, value]),
        .map([ScalarEntry(.string("k"), row % 2 == 0 ? value : .null)]),
      ]
    }
  }

  @Test(arguments: StorageCase.all, ParquetProfile.allCases)
  func `a file says how it stores a column, and its values come back`(
    _ item: StorageCase, _ profile: ParquetProfile
  ) throws {
    let (schema, storage) = Self.nested(item)
    let rows = Self.rows(item.values)
    var options = NestedWriteTests.options(profile)
    options.storage = storage
    let file = try Self.file([NestedSamples.batch(schema, rows)], schema, options)
    let metadata = try readMetadata(file)
    #expect(metadata.schema.fields.map(\.type) == schema.fields.map(\.type))
    #expect(metadata.storage == storage)
    let (_, readRows) = try RoundTripTests.rows([file])
    #expect(readRows == rows)
    for leaf in metadata.tree.leaves where leaf.path == ["flat"] {
      #expect(StoredAs(leaf.element) == item.stored)
    }
  }

  @Test(arguments: StorageCase.all)
  func `bounds are those of the values, in the order of the type`(_ item: StorageCase) throws {
    guard !item.stored.isVariant else { return }
    let schema = Schema([Field("x", item.type)])
    var options = NestedWriteTests.options(.standard)
    options.pageRowCount = 2
    options.storage = ["x": ColumnStorage(item.stored)]
    let rows = item.values.map { [$0] }
    let file = try Self.file([NestedSamples.batch(schema, rows)], schema, options)
    let metadata = try readMetadata(file)
    let leaf = metadata.tree.leaves[0]
    let group = metadata.rowGroups[0]
    let statistics = group.statistics(leaf: leaf)
    guard leaf.element.hasDefinedOrder else {
      #expect(statistics.min == nil && statistics.max == nil)
      return
    }
    func extreme(_ values: some Sequence<Scalar>, _ side: Int) -> Scalar? {
      values.reduce(nil as Scalar?) { best, value in
        guard let best else { return value }
        return Scalar.compare(value, best) == side ? value : best
      }
    }
    func isBound(_ bound: Scalar?, _ value: Scalar?, isExact: Bool, _ side: Int) -> Bool {
      guard let bound, let value else { return false }
      let order = Scalar.compare(bound, value)
      return order == 0 || (!isExact && order == side)
    }
    #expect(isBound(statistics.min, extreme(item.values, -1), isExact: statistics.minIsExact, -1))
    #expect(isBound(statistics.max, extreme(item.values, 1), isExact: statistics.maxIsExact, 1))
    let offsets = try #require(try group.offsetIndexRange(leaf: 0))
    let columns = try #require(try group.columnIndexRange(leaf: 0))
    func part(_ range: Range<Int64>) -> Buffer<UInt8> {
      file.slice(Int(range.lowerBound)..<Int(range.upperBound))
    }
    let index = try group.offsetIndex(leaf: 0, part(offsets))
    let pages = try group.pageStatistics(
      leaf: leaf, offsetIndex: index, columnIndex: part(columns))
    for (page, first) in zip(pages.pages, pages.firstRows) {
      let values = item.values[first..<min(first + 2, item.values.count)]
      #expect(isBound(page.min, extreme(values, -1), isExact: false, -1))
      #expect(isBound(page.max, extreme(values, 1), isExact: false, 1))
    }
  }

  static let refused: [StorageCase] = [
    StorageCase(
      .short, StoredAs(.int32, .integer(bitWidth: 8, isSigned: false)),
      StorageCase.integers(-1, 256)),
    StorageCase(
      .integer, StoredAs(.int32, .integer(bitWidth: 16, isSigned: false)),
      StorageCase.integers(-1, 65_536)),
    StorageCase(
      .long, StoredAs(.int32, .integer(bitWidth: 32, isSigned: false)),
      StorageCase.integers(-1, 1 << 32)),
    StorageCase(
      .decimal(precision: 20, scale: 0), StoredAs(.int64, .integer(bitWidth: 64, isSigned: false)),
      [-1, Int128(UInt64.max) + 1].map { .decimal(unscaled: $0, scale: 0) }),
    StorageCase(
      .float, StoredAs(.fixedLengthByteArray, sizeBytes: 2, .float16),
      [0.1, 65520, 0x1p-25, 0x1.001p-14].map { .double($0) }),
    StorageCase(
      .time, StoredAs(.int32, .time(isAdjustedToUTC: false, unit: .millis)),
      [.time(1), .time(1000 << 32)]),
    StorageCase(
      .timestamp, StoredAs(.int64, .timestamp(isAdjustedToUTC: true, unit: .millis)),
      [.timestamp(1), .timestamp(-1)]),
    StorageCase(
      .binary, StoredAs(.fixedLengthByteArray, sizeBytes: 3), [.binary([1]), .binary([])]),
    StorageCase(
      .string, .variant,
      ["", "{", "[1,]", #"{"a":1,"a":2}"#, "1e999", "nul"].map { .string($0) }),
  ]

  @Test(arguments: refused) func `a value that cannot be stored so is refused by name`(
    _ item: StorageCase
  ) throws {
    for value in item.values {
      let schema = Schema([Field("x", item.type)])
      var options = ParquetWriteOptions()
      options.storage = ["x": ColumnStorage(item.stored)]
      let error = #expect(throws: ParquetError.self) {
        try Self.file([NestedSamples.batch(schema, [[value]])], schema, options)
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.place.contains("x") == true)
      let name = item.stored.isVariant ? "VARIANT" : "\(item.type) as \(item.stored)"
      #expect(error?.message.contains(name) == true)
      // Where the row is null its slot does not count.
      let column = Column(item.type, [value])
      let null = Column(type: item.type, validity: Bitmap([false]), values: column.values)
      let batch = ColumnBatch(schema: schema, columns: [null], rowCount: 1)
      #expect(try RoundTripTests.rows([Self.file([batch], schema, options)]).1 == [[.null]])
    }
  }

  @Test(arguments: [
    (DataType.long, StoredAs(.int32)), (.string, StoredAs(.byteArray, .bson)),
    (.float, StoredAs(.fixedLengthByteArray, sizeBytes: 4, .float16)),
    (
      .decimal(precision: 10, scale: 2), StoredAs(.int32, .decimal(scale: 2, precision: 10))
    ),
    (
      .decimal(precision: 10, scale: 2),
      StoredAs(.fixedLengthByteArray, sizeBytes: 4, .decimal(scale: 2, precision: 10))
    ),
    (.decimal(precision: 9, scale: 2), StoredAs(.int32, .decimal(scale: 3, precision: 9))),
    (.binary, .variant), (.uuid, StoredAs(.byteArray)),
  ]) func `what a type cannot be stored as is refused by name`(
    _ type: DataType, _ stored: StoredAs
  ) throws {
    let error = #expect(throws: ParquetError.self) {
      try schemaElements(of: Schema([Field("x", type)]), storage: ["x": ColumnStorage(stored)])
    }
    #expect(error?.code == .unsupported)
    #expect(error?.message.contains("\(type) as \(stored)") == true)
  }

  @Test func `storage has to have the schema's shape`() {
    let schema = Schema([Field("s", .structure([Field("x", .long)]))])
    let storages: [[String: ColumnStorage]] = [
      ["t": ColumnStorage()], ["s": ColumnStorage(children: [ColumnStorage(), ColumnStorage()])],
    ]
    for storage in storages {
      let error = #expect(throws: ParquetError.self) {
        try schemaElements(of: schema, storage: storage)
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test func `every half-precision float becomes itself, and no other float one`() {
    for bits in UInt16.min ... .max {
      let value = floatFromHalf(bits)
      if value.isNaN {
        #expect(halfFromFloat(value).map { floatFromHalf($0).isNaN } == true)
        continue
      }
      let isSame = halfFromFloat(value) == bits
      #expect(isSame)
      guard value.isFinite else { continue }
      for near in [value.nextUp, value.nextDown] where near.isFinite && near != 0 {
        let isRefused = halfFromFloat(near) == nil
        #expect(isRefused)
      }
    }
  }

  @Test func `NaN among half-precision floats is counted, and spoils the bounds`() throws {
    let schema = Schema([Field("x", .float)])
    var options = ParquetWriteOptions()
    options.storage = [
      "x": ColumnStorage(StoredAs(.fixedLengthByteArray, sizeBytes: 2, .float16))
    ]
    let rows: [[Scalar]] = [[.double(1)], [.double(.nan)], [.null], [.double(.nan)]]
    let file = try Self.file([NestedSamples.batch(schema, rows)], schema, options)
    let metadata = try readMetadata(file)
    let statistics = metadata.rowGroups[0].statistics(leaf: metadata.tree.leaves[0])
    #expect(statistics.nanCount == 2 && statistics.nullCount == 1)
    #expect(statistics.min == nil && statistics.max == nil)
  }
}

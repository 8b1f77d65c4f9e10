import Base
import Columns
import Compression
import Testing

@testable import Parquet

private func roundTrip<T: ThriftReadable & ThriftWritable>(_ value: T) throws -> T {
  var writer = ThriftWriter()
  writer.write(value)
  let bytes = writer.take()
  var reader = ThriftReader(bytes.bytes)
  let result = try T(from: &reader)
  #expect(reader.offset == bytes.count)
  return result
}

private let logicalTypes: [LogicalType] = [
  .string, .map, .list, .enumeration, .decimal(scale: 2, precision: 15), .date,
  .time(isAdjustedToUTC: true, unit: .millis), .timestamp(isAdjustedToUTC: false, unit: .nanos),
  .integer(bitWidth: 8, isSigned: true), .integer(bitWidth: 64, isSigned: false), .null, .json,
  .bson, .uuid, .float16, .variant(version: nil), .variant(version: 1), .geometry(crs: nil),
  .geometry(crs: "EPSG:4326"), .geography(crs: "x", algorithm: .karney),
  .geography(crs: nil, algorithm: nil), .vector, .other(id: 99),
]

@Suite("Metadata structs") struct MetadataTests {
  @Test(arguments: logicalTypes) func `a logical type comes back`(type: LogicalType) throws {
    let element = SchemaElement(
      name: "a", type: .int64, typeLength: 3, repetition: .optional, convertedType: .utf8,
      scale: 1, precision: 2, fieldID: 7, logicalType: type)
    #expect(try roundTrip(element) == element)
  }

  @Test func `a footer comes back`() throws {
    var metadata = ColumnMetaData(
      type: .byteArray, encodings: [.plain, .rle, .rleDictionary], path: ["a", "b"],
      codec: CodecNumber(.zstd(level: 3)), valueCount: 10, totalUncompressedSizeBytes: 100,
      totalCompressedSizeBytes: 50, dataPageOffset: 40, dictionaryPageOffset: 4,
      statistics: ChunkStatistics(
        minValue: [1], maxValue: [2, 3], isMinValueExact: true, isMaxValueExact: false,
        nullCount: 1, distinctCount: 5, nanCount: 0),
      encodingStats: [PageEncodingStats(pageType: .data, encoding: .rleDictionary, count: 2)])
    metadata.keyValueMetadata = [KeyValue(key: "x", value: nil)]
    metadata.bloomFilterOffset = 9
    metadata.bloomFilterSizeBytes = 10
    metadata.sizeStatistics = SizeStatistics(
      unencodedByteArrayBytes: 77, repetitionLevelHistogram: [8, 2],
      definitionLevelHistogram: [0, 1, 9])
    metadata.geospatialStatistics = GeospatialStatistics(
      boundingBox: BoundingBox(x: (170, -170), y: (-1.5, 2), m: (0, 1)), typeCodes: [1, 3006])
    var chunk = ColumnChunk(metadata: metadata)
    chunk.columnIndexOffset = 1
    chunk.columnIndexSizeBytes = 2
    chunk.offsetIndexOffset = 3
    chunk.offsetIndexSizeBytes = 4
    let group = RowGroup(
      columns: [chunk], totalUncompressedSizeBytes: 100, rowCount: 10,
      sortingColumns: [SortingColumn(columnIndex: 0, isDescending: true, nullsFirst: false)],
      fileOffset: 4, totalCompressedSizeBytes: 50, ordinal: 0)
    let footer = FileMetaData(
      schema: [
        SchemaElement(name: "schema", childCount: 1), SchemaElement(name: "b", type: .byteArray),
      ],
      rowCount: 10, rowGroups: [group], keyValueMetadata: [KeyValue(key: "k", value: "v")],
      createdBy: "grebe", columnOrders: [.typeDefined, .ieee754Total, .other(id: 12)])
    #expect(try roundTrip(footer) == footer)
  }

  @Test(
    arguments: [
      .data(DataPageHeader(valueCount: 3, encoding: .plain)),
      .dictionary(DictionaryPageHeader(valueCount: 3, isSorted: true)),
      .dataV2(
        DataPageHeaderV2(
          valueCount: 3, nullCount: 1, rowCount: 2, encoding: .rleDictionary,
          definitionLevelsSizeBytes: 4, repetitionLevelsSizeBytes: 0, isCompressed: false)),
      .other(PageType(rawValue: 77)),
    ] as [PageHeader.Kind])
  func `a page header comes back`(kind: PageHeader.Kind) throws {
    let header = PageHeader(
      kind: kind, uncompressedSizeBytes: 9, compressedSizeBytes: 8, crc: 0xFFEE_DDCC)
    #expect(try roundTrip(header) == header)
  }

  @Test func `page indexes come back`() throws {
    let offsets = OffsetIndex(pageLocations: [
      PageLocation(offset: 4, compressedSizeBytes: 100, firstRowIndex: 0),
      PageLocation(offset: 104, compressedSizeBytes: 90, firstRowIndex: 20_000),
    ])
    #expect(try roundTrip(offsets) == offsets)
    let index = ColumnIndex(
      nullPages: [false, true], minValues: [[1], []], maxValues: [[9], []],
      boundaryOrder: .ascending, nullCounts: [0, 5], nanCounts: [0, 0])
    #expect(try roundTrip(index) == index)
  }
}

@Suite("Schema <-> schema elements") struct SchemaMappingTests {
  private static let schema = Schema([
    Field("boolean", .boolean), Field("byte", .byte, nullable: false), Field("short", .short),
    Field("integer", .integer), Field("long", .long), Field("float", .float),
    Field("double", .double), Field("d9", .decimal(precision: 9, scale: 2)),
    Field("d18", .decimal(precision: 18, scale: 0)),
    Field("d38", .decimal(precision: 38, scale: 38)), Field("string", .string),
    Field("binary", .binary), Field("date", .date), Field("timestamp", .timestamp),
    Field("ntz", .timestampNtz),
    Field("s", .structure([Field("x", .long), Field("y", .string, nullable: false)])),
    Field("a", .array(element: .array(element: .date, containsNull: false), containsNull: true)),
    Field("m", .map(key: .string, value: .structure([Field("z", .byte)]), valueContainsNull: true)),
  ])

  @Test func `every type comes back`() throws {
    let elements = try schemaElements(of: Self.schema)
    #expect(try SchemaTree(elements).schema() == Self.schema)
  }

  @Test func `levels count the optional and repeated nodes of the path`() throws {
    let tree = try SchemaTree(try schemaElements(of: Self.schema))
    let leaf = try #require(tree.leaf(["a", "list", "element", "list", "element"]))
    #expect(leaf.maxDefinition == 4)
    #expect(leaf.maxRepetition == 2)
    let key = try #require(tree.leaf(["m", "key_value", "key"]))
    #expect(key.maxDefinition == 2)
    #expect(key.maxRepetition == 1)
  }

  @Test(arguments: [(1, 1), (2, 1), (9, 4), (18, 8), (19, 9), (20, 9), (38, 16)])
  func `a decimal's fixed length is the least that holds it`(precision: Int, sizeBytes: Int) {
    #expect(decimalSizeBytes(precision) == sizeBytes)
  }

  @Test(
    arguments: [
      (SchemaElement(name: "a", type: .int64, convertedType: .timestampMillis), DataType.timestamp),
      (SchemaElement(name: "a", type: .int32, convertedType: .uint32), .long),
      (SchemaElement(name: "a", type: .int32, convertedType: .uint8), .short),
      (
        SchemaElement(name: "a", type: .int64, convertedType: .uint64),
        .decimal(precision: 20, scale: 0)
      ),
      (SchemaElement(name: "a", type: .int96), .timestamp),
      (SchemaElement(name: "a", type: .byteArray, convertedType: .json), .string),
      (SchemaElement(name: "a", type: .int64, convertedType: .timeMicros), .time),
      (SchemaElement(name: "a", type: .int32, convertedType: .timeMillis), .time),
      (
        SchemaElement(
          name: "a", type: .int64, logicalType: .timestamp(isAdjustedToUTC: false, unit: .nanos)),
        .timestampNtzNanos
      ),
      (SchemaElement(name: "a", type: .int32, logicalType: .null), .void),
      (SchemaElement(name: "a", type: .int32, logicalType: .string), .integer),
      (SchemaElement(name: "a", type: .byteArray, logicalType: .other(id: 77)), .binary),
      (
        SchemaElement(name: "a", type: .fixedLengthByteArray, typeLength: 16, logicalType: .uuid),
        .uuid
      ),
      (
        SchemaElement(
          name: "a", type: .fixedLengthByteArray, typeLength: 12, convertedType: .interval),
        .interval
      ),
      (
        SchemaElement(name: "a", type: .fixedLengthByteArray, typeLength: 2, logicalType: .float16),
        .float
      ),
    ] as [(SchemaElement, DataType)])
  func `other writers' annotations map`(element: SchemaElement, type: DataType) throws {
    #expect(try LeafMapping(element).type == type)
  }

  @Test func `elements that are no tree are refused`() {
    let root = SchemaElement(name: "r", childCount: 2)
    let leaf = SchemaElement(name: "a", type: .int32, repetition: .required)
    for elements in [
      [root], [root, leaf], [root, leaf, leaf, leaf], [leaf],
      [SchemaElement(name: "r", childCount: -1)], [SchemaElement(name: "r", childCount: .max)],
      [SchemaElement(name: "r", childCount: 1), SchemaElement(name: "a", type: .int32)],
    ] {
      #expect(throws: ParquetError.self) { try SchemaTree(elements) }
    }
  }

  @Test(arguments: [127, 128, 10_000]) func `a column may lie in many groups`(_ depth: Int) throws {
    let groups = (0...depth).map {
      SchemaElement(name: "g\($0)", repetition: .repeated, childCount: 1)
    }
    let leaf = SchemaElement(name: "a", type: .int32, repetition: .optional)
    if depth < Limits.schemaDepth {
      let tree = try SchemaTree(groups + [leaf])
      #expect(tree.leaves[0].maxDefinition == depth + 1)
      #expect(tree.leaves[0].maxRepetition == depth)
    } else {
      let error = #expect(throws: ParquetError.self) { try SchemaTree(groups + [leaf]) }
      #expect(error?.code == .unsupported)
      #expect(error?.message == "a column lies in more than 128 groups")
    }
  }

  /// LogicalTypes.md: not an error in the file.
  @Test(arguments: [7, 8] as [Int16]) func `a unit of time of a later format is left aside`(
    _ id: Int16
  ) throws {
    for unit in [UInt8(3), 4] {
      // The union's member, a struct: UTC, and a unit that is an empty struct.
      let bytes = Buffer([UInt8(id << 4) | 0x0C, 0x11, 0x1C, unit << 4 | 0x0C, 0, 0, 0, 0])
      var reader = ThriftReader(bytes.bytes)
      let type = try LogicalType(from: &reader)
      if unit == 4 {
        #expect(type == .other(id: id))
        let element = SchemaElement(name: "t", type: .int64, logicalType: type)
        #expect(try LeafMapping(element).type == .long)
      } else {
        #expect(type != .other(id: id))
      }
      #expect(reader.offset == bytes.count)
    }
  }
}

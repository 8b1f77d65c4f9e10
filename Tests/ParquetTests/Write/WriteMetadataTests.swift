import Base
import Columns
import Encodings
import Testing

@testable import Parquet

@Suite("Metadata of what is written") struct WriteMetadataTests {
  static let elements: [(DataType, SchemaElement)] = [
    (.boolean, SchemaElement(name: "c", type: .boolean)),
    (
      .byte,
      SchemaElement(
        name: "c", type: .int32, convertedType: .int8,
        logicalType: .integer(bitWidth: 8, isSigned: true))
    ),
    (
      .short,
      SchemaElement(
        name: "c", type: .int32, convertedType: .int16,
        logicalType: .integer(bitWidth: 16, isSigned: true))
    ),
    (.integer, SchemaElement(name: "c", type: .int32)),
    (.long, SchemaElement(name: "c", type: .int64)),
    (.float, SchemaElement(name: "c", type: .float)),
    (.double, SchemaElement(name: "c", type: .double)),
    (
      .string,
      SchemaElement(name: "c", type: .byteArray, convertedType: .utf8, logicalType: .string)
    ),
    (.binary, SchemaElement(name: "c", type: .byteArray)),
    (.date, SchemaElement(name: "c", type: .int32, convertedType: .date, logicalType: .date)),
    (
      .timestamp,
      SchemaElement(
        name: "c", type: .int64, convertedType: .timestampMicros,
        logicalType: .timestamp(isAdjustedToUTC: true, unit: .micros))
    ),
    (
      .timestampNtz,
      SchemaElement(
        name: "c", type: .int64, convertedType: .timestampMicros,
        logicalType: .timestamp(isAdjustedToUTC: false, unit: .micros))
    ),
    (
      .timestampNanos,
      SchemaElement(
        name: "c", type: .int64, logicalType: .timestamp(isAdjustedToUTC: true, unit: .nanos))
    ),
    (
      .timestampNtzNanos,
      SchemaElement(
        name: "c", type: .int64, logicalType: .timestamp(isAdjustedToUTC: false, unit: .nanos))
    ),
    (
      .time,
      SchemaElement(
        name: "c", type: .int64, convertedType: .timeMicros,
        logicalType: .time(isAdjustedToUTC: false, unit: .micros))
    ),
    (
      .timeNanos,
      SchemaElement(
        name: "c", type: .int64, logicalType: .time(isAdjustedToUTC: false, unit: .nanos))
    ),
    (
      .uuid,
      SchemaElement(name: "c", type: .fixedLengthByteArray, typeLength: 16, logicalType: .uuid)
    ),
    (
      .interval,
      SchemaElement(
        name: "c", type: .fixedLengthByteArray, typeLength: 12, convertedType: .interval)
    ),
    (.void, SchemaElement(name: "c", type: .int32, logicalType: .null)),
    (
      .decimal(precision: 9, scale: 2),
      SchemaElement(
        name: "c", type: .int32, convertedType: .decimal, scale: 2, precision: 9,
        logicalType: .decimal(scale: 2, precision: 9))
    ),
    (
      .decimal(precision: 18, scale: 0),
      SchemaElement(
        name: "c", type: .int64, convertedType: .decimal, scale: 0, precision: 18,
        logicalType: .decimal(scale: 0, precision: 18))
    ),
    (
      .decimal(precision: 38, scale: 10),
      SchemaElement(
        name: "c", type: .fixedLengthByteArray, typeLength: 16, convertedType: .decimal, scale: 10,
        precision: 38, logicalType: .decimal(scale: 10, precision: 38))
    ),
  ]

  @Test(arguments: elements) func `a type is annotated as LogicalTypes.md says`(
    _ type: DataType, _ element: SchemaElement
  ) throws {
    #expect(try leafElement(of: type, name: "c") == element)
  }

  @Test func `lists have three levels, maps a group of key and value, fields their ids`() throws {
    let id = ["delta.columnMapping.id": "7"]
    let schema = Schema([
      Field("l", .array(element: .long, containsNull: true), metadata: id),
      Field("m", .map(key: .string, value: .long, valueContainsNull: false), nullable: false),
      Field("s", .structure([Field("x", .long, metadata: ["delta.columnMapping.id": "9"])])),
    ])
    let elements = try schemaElements(of: schema)
    #expect(
      elements.map(\.name) == [
        "schema", "l", "list", "element", "m", "key_value", "key", "value", "s", "x",
      ])
    #expect(
      elements.map(\.repetition) == [
        nil, .optional, .repeated, .optional, .required, .repeated, .required, .required, .optional,
        .optional,
      ])
    #expect(elements[1].logicalType == .list && elements[1].convertedType == .list)
    #expect(elements[4].logicalType == .map && elements[4].convertedType == .map)
    #expect(elements.map(\.fieldID) == [nil, 7, nil, nil, nil, nil, nil, nil, nil, 9])
  }

  @Test func `size statistics are in the chunk and in the indexes`() throws {
    let schema = Schema([Field("l", .array(element: .string, containsNull: true))])
    let rows = (0..<300).map { row -> [Scalar] in
      switch row % 4 {
      case 0: [.null]
      case 1: [.array([])]
      default: [.array([.string("ab"), .null, .string("\(row)")])]
      }
    }
    var options = ParquetWriteOptions()
    options.pageRowCount = 100
    let (reader, _) = try WriteSamples.file(
      [NestedSamples.batch(schema, rows)], schema: schema, options)
    let slots = try reader.chunk(0, 0).slots
    func histogram(_ levels: [Int], _ max: Int) -> [Int64] {
      (0...max).map { level in Int64(levels.count { $0 == level }) }
    }
    let sizes = try #require(reader.footer.rowGroups[0].columns[0].metadata?.sizeStatistics)
    #expect(sizes.definitionLevelHistogram == histogram(slots.map(\.definition), 3))
    #expect(sizes.repetitionLevelHistogram == histogram(slots.map(\.repetition), 1))
    var bytes: Int64 = 0
    for slot in slots {
      if case .string(let text) = slot.value { bytes += Int64(text.utf8.count) }
    }
    #expect(sizes.unencodedByteArrayBytes == bytes)
    let index = try #require(try reader.columnIndex(0, 0))
    #expect(index.definitionLevelHistograms?.count == 3 * 4)
    #expect(index.repetitionLevelHistograms?.count == 3 * 2)
    let pages = try #require(try reader.offsetIndex(0, 0)?.unencodedByteArrayBytes)
    #expect(pages.count == 3 && pages.reduce(0, +) == bytes)
  }

  @Test func `distinct values are counted where every page has codes`() throws {
    let schema = Schema([Field("few", .long), Field("all", .long), Field("f", .double)])
    let rows = (0..<5000).map { row -> [Scalar] in
      [.integer(Int64(row % 9)), .integer(Int64(row * 7919)), .double(Double(row % 3))]
    }
    let (reader, _) = try WriteSamples.file(
      [NestedSamples.batch(schema, rows)], schema: schema, ParquetWriteOptions())
    let counts = reader.footer.rowGroups[0].columns.map { $0.metadata!.statistics!.distinctCount }
    #expect(counts == [9, nil, nil])
  }

  @Test(arguments: [
    DataType.integer, .long, .float, .double, .string, .uuid, .date,
    .decimal(precision: 30, scale: 2),
  ]) func `a bloom filter has every value, coded or not`(_ type: DataType) throws {
    for distinct in [20, 20_000] {
      let schema = Schema([Field("s", .structure([Field("x", type)]))])
      let rows = (0..<20_000).map { row -> [Scalar] in
        [.structure([NamedScalar("x", WriteSamples.value(type, Int64(row % distinct)))])]
      }
      var options = ParquetWriteOptions()
      options.bloomFilters = [BloomFilterRequest(path: ["s", "x"])]
      let (reader, _) = try WriteSamples.file(
        [NestedSamples.batch(schema, rows)], schema: schema, options)
      let metadata = reader.footer.rowGroups[0].columns[0].metadata!
      let start = Int(try #require(metadata.bloomFilterOffset))
      let bytes = Buffer(reader.bytes).slice(start..<start + Int(metadata.bloomFilterSizeBytes!))
      let filter = try #require(try BloomFilter(parsing: bytes))
      let leaf = reader.leaves[0]
      let mapping = try LeafMapping(leaf.element)
      for number in stride(from: 0, to: distinct, by: 7) {
        let value = WriteSamples.value(type, Int64(number))
        #expect(filter.mayContain(value, leaf: leaf, mapping: mapping))
      }
      #expect(filter.sizeBytes < (distinct == 20 ? 1000 : 100_000))
    }
  }

  @Test func `a row group is full at its size, wherever the batches are cut`() throws {
    let schema = Schema([Field("n", .long), Field("s", .string)])
    let rows = (0..<40_000).map { row -> [Scalar] in
      let noise = UInt64(row) &* 0x9E37_79B9_7F4A_7C15
      return [.integer(Int64(bitPattern: noise)), .string("text number \(row * 7919)")]
    }
    let batch = NestedSamples.batch(schema, rows)
    var options = ParquetWriteOptions()
    options.rowGroupSizeBytes = 200_000
    func rowGroups(batchRows: Int) throws -> [Int] {
      let writer = try RowGroupWriter(schema: schema, options: options)
      var counts: [Int] = []
      for start in stride(from: 0, to: batch.rowCount, by: batchRows) {
        var row = start
        let end = min(start + batchRows, batch.rowCount)
        while row < end {
          row += try writer.append(batch, rows: row..<end)
          if writer.isFull { counts.append(try writer.finish().rowCount) }
        }
      }
      return counts
    }
    let whole = try rowGroups(batchRows: 40_000)
    #expect(whole.count > 2 && whole.allSatisfy { $0 % RowGroupWriter.checkRowCount == 0 })
    #expect(try rowGroups(batchRows: 999) == whole)
  }

  @Test func `many leaves have smaller pages, so that all of them stay small`() {
    func pageSizeBytes(_ leafCount: Int) -> Int {
      ParquetWriteOptions().forLeaf(of: leafCount, isFixed: true).pageSizeBytes
    }
    #expect(pageSizeBytes(1) == 1 << 20)
    #expect(pageSizeBytes(512) == 64 << 10)
    #expect(pageSizeBytes(100_000) == 8 << 10)
  }

  @Test func `many leaves have smaller dictionaries, by what an entry takes in memory`() {
    func limits(_ leafCount: Int, isFixed: Bool) -> DictionaryLimits {
      ParquetWriteOptions().forLeaf(of: leafCount, isFixed: isFixed).dictionary
    }
    #expect(limits(16, isFixed: false) == DictionaryLimits())
    #expect(
      limits(512, isFixed: true) == DictionaryLimits(distinctCount: 6144, sizeBytes: 48 << 10))
    #expect(
      limits(512, isFixed: false) == DictionaryLimits(distinctCount: 2048, sizeBytes: 48 << 10))
  }
}

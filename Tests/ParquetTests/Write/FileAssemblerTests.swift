import Base
import Columns
import Testing

@testable import Parquet

@Suite("File assembler") struct FileAssemblerTests {
  static let schema = Schema([Field("n", .long), Field("s", .string, nullable: false)])

  static func batch(_ range: Range<Int>) -> ColumnBatch {
    WriteSamples.batch(
      schema,
      [
        range.map { $0 % 5 == 4 ? .null : .integer(Int64($0)) },
        range.map { .string("text \($0 % 9)") },
      ])
  }

  static var options: ParquetWriteOptions {
    var options = ParquetWriteOptions()
    options.pageRowCount = 100
    return options
  }

  @Test func `row groups follow each other and the footer adds up`() throws {
    let batches = [Self.batch(0..<250), Self.batch(250..<251), Self.batch(251..<1000)]
    let (reader, assembler) = try WriteSamples.file(batches, schema: Self.schema, Self.options)
    #expect(reader.bytes.count == assembler.sizeBytes)
    #expect(assembler.rowCount == 1000 && reader.footer.rowCount == 1000)
    #expect(reader.footer.rowGroups.map(\.rowCount) == [250, 1, 749])
    #expect(reader.footer.rowGroups.map(\.ordinal) == [0, 1, 2])
    #expect(reader.footer.columnOrders == [.typeDefined, .typeDefined])
    #expect(reader.footer.createdBy == "grebe version 0.1.0 (build dev)")
    var offset: Int64 = 4
    for (index, group) in reader.footer.rowGroups.enumerated() {
      #expect(group.fileOffset == offset)
      #expect(
        group.totalCompressedSizeBytes
          == group.columns.reduce(0) { $0 + $1.metadata!.totalCompressedSizeBytes })
      offset += group.totalCompressedSizeBytes!
      for column in 0..<2 {
        #expect(
          try reader.chunk(index, column).values == batches[index].columns[column].scalars)
      }
    }
    #expect(assembler.statistics[0].min == .integer(0))
    #expect(assembler.statistics[0].max == .integer(998))
    #expect(assembler.statistics[0].nullCount == 200)
    #expect(assembler.statistics[1].max == .string("text 8"))
  }

  @Test func `a file without rows is a file`() throws {
    let (reader, assembler) = try WriteSamples.file([], schema: Self.schema, Self.options)
    #expect(reader.footer.rowGroups.isEmpty && reader.footer.rowCount == 0)
    #expect(assembler.statistics.allSatisfy { $0.min == nil && $0.nullCount == 0 })
  }

  @Test func `a row group without rows is legal`() throws {
    let (reader, _) = try WriteSamples.file(
      [Self.batch(0..<0)], schema: Self.schema, Self.options)
    #expect(try reader.chunk(0, 0).values.isEmpty)
    #expect(try reader.chunk(0, 1).pages.isEmpty)
  }

  @Test func `options reach the footer`() throws {
    var options = Self.options
    options.keyValueMetadata = [KeyValue(key: "k", value: "v")]
    options.sortingColumns = [SortingColumn(columnIndex: 1)]
    options.createdBy = "grebe version 9 (build x)"
    options.writesPageIndex = false
    let (reader, _) = try WriteSamples.file([Self.batch(0..<10)], schema: Self.schema, options)
    #expect(reader.footer.keyValueMetadata == options.keyValueMetadata)
    #expect(reader.footer.rowGroups[0].sortingColumns == options.sortingColumns)
    #expect(reader.footer.createdBy == "grebe version 9 (build x)")
    #expect(try reader.offsetIndex(0, 0) == nil && reader.columnIndex(0, 0) == nil)
  }

  @Test func `statistics of row groups of nulls do not hide the others'`() throws {
    let schema = Schema([Field("n", .long)])
    let nulls = WriteSamples.batch(schema, [[.null, .null]])
    let values = WriteSamples.batch(schema, [[.integer(3), .integer(9)]])
    for batches in [[nulls, values], [values, nulls], [nulls, values, nulls]] {
      let (_, assembler) = try WriteSamples.file(batches, schema: schema, Self.options)
      #expect(assembler.statistics[0].min == .integer(3))
      #expect(assembler.statistics[0].max == .integer(9))
      #expect(assembler.statistics[0].nullCount == batches.count * 2 - 2)
    }
  }

  // MARK: Page indexes

  @Test func `the offset index names every data page and its first row`() throws {
    let (reader, _) = try WriteSamples.file(
      [Self.batch(0..<250), Self.batch(250..<620)], schema: Self.schema, Self.options)
    for group in 0..<2 {
      for column in 0..<2 {
        let chunk = try reader.chunk(group, column)
        let index = try #require(try reader.offsetIndex(group, column))
        #expect(index.pageLocations.map(\.offset) == chunk.pages.map { Int64($0.offset) })
        var firstRow: Int64 = 0
        for (location, page) in zip(index.pageLocations, chunk.pages) {
          #expect(location.firstRowIndex == firstRow)
          firstRow += Int64(page.values.count)
        }
        let metadata = reader.footer.rowGroups[group].columns[column].metadata!
        let pageBytes = index.pageLocations.reduce(0) { $0 + Int64($1.compressedSizeBytes) }
        let end = metadata.dictionaryPageOffset ?? metadata.dataPageOffset
        #expect(metadata.dataPageOffset + pageBytes == end + metadata.totalCompressedSizeBytes)
      }
    }
  }

  @Test func `the column index bounds every page, and leaves out pages of nulls`() throws {
    let schema = Schema([Field("n", .long)])
    var scalars: [Scalar] = (0..<500).map { .integer(Int64($0)) }
    for row in 200..<300 { scalars[row] = .null }
    scalars[7] = .null
    let (reader, _) = try WriteSamples.file(
      [WriteSamples.batch(schema, [scalars])], schema: schema, Self.options)
    let index = try #require(try reader.columnIndex(0, 0))
    #expect(index.nullPages == [false, false, true, false, false])
    #expect(index.nullCounts == [1, 0, 100, 0, 0])
    #expect(index.boundaryOrder == .ascending)
    #expect(index.minValues.map { $0.first.map(Int.init) } == [0, 100, nil, 44, 144])
    #expect(index.maxValues[4] == [0xF3, 1, 0, 0, 0, 0, 0, 0])
  }

  @Test(arguments: [DataType.long, .double, .string, .decimal(precision: 20, scale: 0)])
  func `the boundary order is that of the pages`(_ type: DataType) throws {
    let schema = Schema([Field("c", type)])
    func order(_ numbers: [Int64]) throws -> BoundaryOrder? {
      let scalars = numbers.map {
        type == .string ? .string("\($0 + 10_000)") : WriteSamples.value(type, $0)
      }
      let (reader, _) = try WriteSamples.file(
        [WriteSamples.batch(schema, [scalars])], schema: schema, Self.options)
      return try reader.columnIndex(0, 0)?.boundaryOrder
    }
    #expect(try order((0..<300).map { Int64($0) }) == .ascending)
    #expect(try order((0..<300).map { Int64(300 - $0) }) == .descending)
    #expect(try order((0..<300).map { Int64($0 / 100 == 1 ? 900 : $0) }) == .unordered)
  }
}

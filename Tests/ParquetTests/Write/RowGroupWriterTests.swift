import Base
import Columns
import Compression
import Encodings
import Testing

@testable import Parquet

@Suite("Row group writer") struct RowGroupWriterTests {
  static func options(_ change: (inout ParquetWriteOptions) -> Void) -> ParquetWriteOptions {
    var options = ParquetWriteOptions()
    options.codec = .none
    options.pageRowCount = 100
    options.encodingSavingMinBytes = 0
    change(&options)
    return options
  }

  @Test(arguments: WriteSamples.types, WriteSamples.Shape.allCases)
  func `every type comes back, whatever its values and nulls`(
    _ type: DataType, _ shape: WriteSamples.Shape
  ) throws {
    let schema = Schema([Field("c", type)])
    for count in [1, 99, 100, 101, 250] {
      for (usesDictionary, profile) in [
        (true, ParquetProfile.compatible), (false, .compatible), (true, .standard),
        (false, .standard), (true, .modern), (false, .modern),
      ] {
        let scalars = WriteSamples.scalars(type, shape, count: count)
        let batch = WriteSamples.batch(schema, [scalars])
        let options = Self.options {
          $0.usesDictionary = usesDictionary
          $0.profile = profile
        }
        let (reader, _) = try WriteSamples.file([batch], schema: schema, options)
        let chunk = try reader.chunk(0, 0)
        #expect(chunk.values.map(\.bits) == scalars.map(\.bits))
        #expect(chunk.pages.count == (count + 99) / 100)
        #expect(usesDictionary || chunk.dictionary.isEmpty)
      }
    }
  }

  @Test(arguments: WriteSamples.types)
  func `a required column has no levels`(_ type: DataType) throws {
    let schema = Schema([Field("c", type, nullable: false)])
    let scalars = WriteSamples.scalars(type, .all, count: 250)
    let (reader, _) = try WriteSamples.file(
      [WriteSamples.batch(schema, [scalars])], schema: schema, Self.options { _ in })
    #expect(try reader.chunk(0, 0).values == scalars)
    #expect(reader.footer.schema[1].repetition == .required)
  }

  @Test(arguments: [1, 7, 64, 100, 2048], WriteSamples.Shape.allCases)
  func `the bytes do not depend on the batches`(
    _ batchRows: Int, _ shape: WriteSamples.Shape
  ) throws {
    let schema = Schema(
      WriteSamples.types.enumerated().map { Field("c\($0.offset)", $0.element) })
    let batch = WriteSamples.batch(
      schema, WriteSamples.types.map { WriteSamples.scalars($0, shape, count: 1000) })
    let options = Self.options {
      $0.codec = .zstd(level: 1)
      $0.pageSizeBytes = 500
    }
    let whole = try WriteSamples.rowGroup(batch, options)
    let cut = try WriteSamples.rowGroup(batch, options, batchRows: batchRows)
    let isSame = WriteSamples.areSame(cut, whole)
    #expect(isSame)
    #expect(cut.statistics == whole.statistics)
  }

  @Test(arguments: [1, 7, 2048], ParquetProfile.allCases)
  func `decisions do not depend on the batches`(
    _ batchRows: Int, _ profile: ParquetProfile
  ) throws {
    // Few values first, new ones from row 5000 on: leaves the dictionary in the middle of a page.
    let schema = Schema([
      Field("n", .long), Field("s", .string), Field("d", .decimal(precision: 30, scale: 2)),
    ])
    let numbers = (0..<12_000).map { Int64($0 < 5000 ? $0 % 20 : $0) }
    let batch = WriteSamples.batch(
      schema, schema.fields.map { field in numbers.map { WriteSamples.value(field.type, $0) } })
    let options = Self.options {
      $0.pageRowCount = 3000
      $0.profile = profile
      $0.dictionary = DictionaryLimits(distinctCount: 3000)
    }
    let whole = try WriteSamples.rowGroup(batch, options)
    let cut = try WriteSamples.rowGroup(batch, options, batchRows: batchRows)
    let isSame = WriteSamples.areSame(cut, whole)
    #expect(isSame)
  }

  @Test func `a writer gives the same bytes again after another row group`() throws {
    let schema = Schema(WriteSamples.types.enumerated().map { Field("c\($0.offset)", $0.element) })
    let first = WriteSamples.batch(
      schema, WriteSamples.types.map { WriteSamples.scalars($0, .halfNull, count: 700) })
    let other = WriteSamples.batch(
      schema, WriteSamples.types.map { WriteSamples.scalars($0, .all, count: 300) })
    let writer = try RowGroupWriter(schema: schema, options: Self.options { _ in })
    let before = try WriteSamples.rowGroup(first, writer)
    _ = try WriteSamples.rowGroup(other, writer)
    let after = try WriteSamples.rowGroup(first, writer)
    let isSame = WriteSamples.areSame(after, before)
    #expect(isSame)
    #expect(after.rowCount == 700)
    #expect(writer.rowCount == 0)
  }

  @Test(
    arguments: [
      Codec.none, .snappy, .gzip(), .zstd(level: 1), .zstd(level: 9), .brotli(), .lz4Raw,
    ],
    [true, false])
  func `every codec, with and without checksums`(_ codec: Codec, _ writesCRC: Bool) throws {
    let schema = Schema([Field("n", .long), Field("s", .string)])
    let scalars = [
      WriteSamples.scalars(.long, .nullRuns, count: 1000),
      WriteSamples.scalars(.string, .all, count: 1000),
    ]
    let options = Self.options {
      $0.codec = codec
      $0.writesCRC = writesCRC
    }
    let (reader, _) = try WriteSamples.file(
      [WriteSamples.batch(schema, scalars)], schema: schema, options)
    for column in 0..<2 {
      let chunk = try reader.chunk(0, column)
      #expect(chunk.values == scalars[column])
      #expect(chunk.pages.allSatisfy { ($0.header.crc != nil) == writesCRC })
    }
  }

  @Test func `pages of strings end where they are full`() throws {
    let schema = Schema([Field("s", .string)])
    let scalars = (0..<300).map {
      $0 % 4 == 3 ? Scalar.null : .string(String(repeating: "x", count: $0))
    }
    let options = Self.options { $0.pageSizeBytes = 2000 }
    let (reader, _) = try WriteSamples.file(
      [WriteSamples.batch(schema, [scalars])], schema: schema, options)
    let chunk = try reader.chunk(0, 0)
    #expect(chunk.values == scalars)
    for page in chunk.pages.dropLast() {
      let sizes = page.values.map {
        if case .string(let text) = $0 { text.utf8.count + 4 } else { 0 }
      }
      let total = sizes.reduce(0, +)
      #expect(page.values.count == 100 || total >= 2000)
      #expect(total - sizes.last! < 2000)
    }
  }

  @Test func `a null in a required column is refused by name`() throws {
    let schema = Schema([Field("id", .long, nullable: false)])
    let writer = try RowGroupWriter(schema: schema)
    let error = #expect(throws: ParquetError.self) {
      try writer.append(WriteSamples.batch(schema, [[.integer(1), .null]]))
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.place.contains("\"id\"") == true)
  }

  @Test func `a column of another type is refused`() throws {
    let writer = try RowGroupWriter(schema: Schema([Field("id", .long)]))
    let batch = WriteSamples.batch(Schema([Field("id", .string)]), [[.string("x")]])
    #expect(throws: ParquetError.self) { try writer.append(batch) }
  }

  @Test(arguments: [DataType.other("varchar"), .structure([])])
  func `a type without a place in Parquet is refused by name`(_ type: DataType) {
    let schema = Schema([Field("odd", .array(element: type, containsNull: true))])
    let error = #expect(throws: ParquetError.self) { try RowGroupWriter(schema: schema) }
    #expect(error?.code == .unsupported)
  }

  @Test func `the size so far grows and ends near the truth`() throws {
    let schema = Schema([Field("n", .long), Field("s", .string)])
    let writer = try RowGroupWriter(schema: schema, options: Self.options { _ in })
    var last = writer.sizeBytes
    #expect(last == 0)
    for start in 0..<10 {
      let rows = (0..<100).map { Int64(start * 100 + $0) }
      try writer.append(
        WriteSamples.batch(
          schema,
          [rows.map { .integer($0) }, rows.map { WriteSamples.value(.string, $0) }]))
      #expect(writer.sizeBytes > last)
      last = writer.sizeBytes
    }
    let group = try writer.finish()
    #expect(abs(group.sizeBytes - last) < last / 4)
    #expect(group.parts.reduce(0) { $0 + $1.count } == group.sizeBytes)
    #expect(writer.sizeBytes == 0)
  }
}

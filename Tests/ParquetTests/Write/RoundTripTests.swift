import Base
import Columns
import TestSupport
import Testing

@testable import Parquet

@Suite("What is written is read") struct RoundTripTests {
  /// The rows of a file of these parts, by the reader.
  static func rows(_ parts: [Buffer<UInt8>]) throws -> (Schema, [[Scalar]]) {
    let file = Buffer(parts.flatMap { Array($0) })
    let metadata = try readMetadata(file)
    var rows: [[Scalar]] = []
    for group in metadata.rowGroups.indices {
      let decoder = try RowGroupDecoder(
        metadata: metadata, rowGroup: group, columns: Array(metadata.schema.fields.indices))
      while let batch = try decoder.next(maxRows: 37, of: file) {
        for row in 0..<batch.rowCount { rows.append(batch.columns.map { $0[row] }) }
      }
    }
    return (metadata.schema, rows)
  }

  static func parts(
    _ batches: [ColumnBatch], _ schema: Schema, _ options: ParquetWriteOptions
  ) throws -> [Buffer<UInt8>] {
    var assembler = try FileAssembler(schema: schema, options: options)
    let writer = try RowGroupWriter(schema: schema, options: options)
    var parts = [assembler.header()]
    for batch in batches { parts += assembler.add(try WriteSamples.rowGroup(batch, writer)) }
    return parts + [try assembler.footer()]
  }

  @Test(arguments: 0..<30, ParquetProfile.allCases)
  func `random schemas and rows come back`(_ seed: Int, _ profile: ParquetProfile) throws {
    print("seed \(seed)")
    var samples = NestedSamples(seed: UInt64(7000 + seed))
    let schema = samples.schema(columns: 3, depth: 1 + seed % 5)
    let rows = samples.rows(schema, count: 150)
    let parts = try Self.parts(
      [NestedSamples.batch(schema, rows), NestedSamples.batch(schema, rows)], schema,
      NestedWriteTests.options(profile))
    let (readSchema, readRows) = try Self.rows(parts)
    #expect(readSchema.fields.map(\.type) == schema.fields.map(\.type))
    let isSame = readRows == rows + rows
    #expect(isSame)
  }

  @Test(arguments: WriteSamples.types, ParquetProfile.allCases)
  func `every type comes back flat, in a struct, in a list and as a map's value`(
    _ type: DataType, _ profile: ParquetProfile
  ) throws {
    let schema = Schema([
      Field("flat", type), Field("s", .structure([Field("x", type, nullable: false)])),
      Field("l", .array(element: type, containsNull: true)),
      Field("m", .map(key: type, value: type, valueContainsNull: true)),
    ])
    let values = WriteSamples.scalars(type, .extremesAndNaN, count: 60).filter { !$0.isNull }
    let rows = values.map { value -> [Scalar] in
      [
        value, .structure([NamedScalar("x", value)]), .array([value, .null]),
        .map([ScalarEntry(value, value)]),
      ]
    }
    let batch = NestedSamples.batch(schema, rows)
    let (readSchema, readRows) = try Self.rows(
      Self.parts([batch], schema, NestedWriteTests.options(profile)))
    #expect(readSchema.fields.map(\.type) == schema.fields.map(\.type))
    let isSame = readRows.map { $0.map(\.bits) } == rows.map { $0.map(\.bits) }
    #expect(isSame)
  }

  /// Every page starts levels, runs and codes anew; the last row of one may be the first of many.
  @Test(arguments: [1, 2, 7, 64], [1, 40, 400])
  func `rows come back wherever pages are cut`(_ pageRowCount: Int, _ pageSizeBytes: Int) throws {
    for seed in 0..<4 {
      print("seed \(seed)")
      var samples = NestedSamples(seed: UInt64(9000 + seed))
      let nested = samples.schema(columns: 2, depth: 1 + seed % 4)
      let schema = Schema([Field("n", .long, nullable: false)] + nested.fields)
      let rows = (0..<60).map { row in
        [.integer(Int64(row / 3))] + samples.rows(nested, count: 1)[0]
      }
      var options = NestedWriteTests.options(
        ParquetProfile.allCases[seed % 3], page: pageRowCount)
      options.pageSizeBytes = pageSizeBytes
      options.usesDictionary = seed % 2 == 0
      let parts = try Self.parts([NestedSamples.batch(schema, rows)], schema, options)
      let isSame = try Self.rows(parts).1 == rows
      #expect(isSame, "seed \(seed)")
      let reader = try ReferenceReader(parts, schema: schema)
      for leaf in reader.leaves {
        let counts = try reader.chunk(0, leaf.index).pages.map(\.rowCount)
        #expect(counts.allSatisfy { $0 <= pageRowCount }, "seed \(seed), \(leaf.path)")
        // Eight bytes a row, and the row that reaches the size is the last.
        let fullCount = min(pageRowCount, (pageSizeBytes + 7) / 8)
        if leaf.index == 0 { #expect(counts.dropLast().allSatisfy { $0 == fullCount }) }
      }
    }
  }
}

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
    let values = WriteSamples.scalars(type, .extremes, count: 60)
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
    let isSame = readRows == rows
    #expect(isSame)
  }
}

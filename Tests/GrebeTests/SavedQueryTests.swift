import Base
import Columns
import Delta
import Parquet
import Store
import TestSupport
import Testing

@testable import Grebe

@Suite("Query results as Parquet") struct SavedQueryTests {
  private static let geo = """
    {"version":"1.1.0","primary_column":"shape","columns":{"shape":{"encoding":"WKB",\
    "covering":{"bbox":{"xmin":["box","x"],"xmax":["box","x"]}}}}}
    """

  /// Keys and values of a query's result over a file that has them all.
  private func keys(_ select: String) throws -> [String] {
    let schema = Schema([
      Field("shape", .binary), Field("box", .structure([Field("x", .double)])), Field("n", .long),
    ])
    var options = ParquetWriteOptions()
    options.keyValueMetadata = [
      "station", "ARROW:schema", "pandas", "org.apache.spark.sql.parquet.row.metadata",
      "org.apache.spark.legacyDateTime", "parquet.avro.schema",
    ].map { KeyValue(key: $0, value: "of " + $0) }
    options.keyValueMetadata += [
      KeyValue(key: "geo", value: SavedQueryTests.geo), KeyValue(key: "flag", value: nil),
    ]
    let rowGroups = try RowGroupWriter(schema: schema, options: options)
    let box = Column(
      type: schema.fields[1].type, validity: nil,
      values: .structure([Column(.double, [.double(1.5)])], count: 1))
    let batch = ColumnBatch(
      schema: schema,
      columns: [Column(.binary, [.binary([1])]), box, Column(.long, [.integer(7)])],
      rowCount: 1)
    try rowGroups.append(batch)
    var assembler = try FileAssembler(schema: schema, options: options)
    var file = ByteWriter()
    file.append(assembler.header())
    for part in assembler.add(try rowGroups.finish()) { file.append(part) }
    file.append(try assembler.footer())
    let bench = TimedBench()
    try bench.dumps.put("f.parquet", file.freeze().bytes)

    let directory = TemporaryDirectory()
    let query = try TableQuery(sql: select, environment: bench.environment())
    _ = try query.save(toParquet: directory.path + "/g.parquet")
    let store = try openStandardStore(directory.path)
    let saved = try DataFileReader(store: store, path: "g.parquet").metadata
    for entry in saved.keyValueMetadata {
      let source = options.keyValueMetadata.first { $0.key == entry.key }
      #expect(entry == source)
    }
    return saved.keyValueMetadata.map(\.key)
  }

  private static let lasting = ["station", "org.apache.spark.legacyDateTime", "flag"]

  @Test func `a rewritten file keeps what its footer said, but for copies of its schema`() throws {
    #expect(
      try keys("SELECT * FROM 'dumps/f.parquet'")
        == ["station", "org.apache.spark.legacyDateTime", "geo", "flag"])
    #expect(
      try keys("SELECT n FROM 'dumps/f.parquet' WHERE n > 0 ORDER BY n")
        == SavedQueryTests.lasting)
  }

  @Test(arguments: [
    "SELECT shape, n FROM", "SELECT box, n FROM", "SELECT shape AS s, box FROM",
    "SELECT n AS shape, box FROM",
  ]) func `what names geometries goes with the first of their columns, as in`(
    select: String
  ) throws {
    #expect(try keys(select + " 'dumps/f.parquet'") == SavedQueryTests.lasting)
  }

  @Test func `a result with columns of its own keeps nothing but its geometries`() throws {
    #expect(try keys("SELECT shape, box, n + 1 AS m FROM 'dumps/f.parquet'") == ["geo"])
    #expect(try keys("SELECT count(*) AS n FROM 'dumps/f.parquet'") == [])
  }
}

import Base
import Columns
import Testing

@testable import Parquet

/// What LeafDecoder and RecordAssembly are for: the actions in a classic checkpoint.
@Suite("Leaves of a Delta checkpoint", .enabled(if: sharedData != nil)) struct CheckpointTests {
  private func checkpoint() throws -> (Buffer<UInt8>, ParquetMetadata) {
    let file = try readBytes(
      sharedData! + "/delta/app-txn-checkpoint/_delta_log/00000000000000000001.checkpoint.parquet")
    return (file, try readMetadata(file))
  }

  private func rows(_ path: String) throws -> [Scalar] {
    let (file, metadata) = try checkpoint()
    let leaf = try readLeaf(file, rowGroup: 0, path: path.split(separator: ".").map(String.init))
    return try leaf.rowScalars(rowCount: metadata.rowGroups[0].rowCount)
  }

  @Test func `the actions are structs of the schema and are not columns`() throws {
    let (_, metadata) = try checkpoint()
    #expect(metadata.schema.names == ["metaData", "protocol", "txn", "add", "remove"])
    guard case .structure(let fields) = metadata.schema.fields[3].type else {
      Issue.record("add is \(metadata.schema.fields[3].type)")
      return
    }
    #expect(fields.prefix(2).map(\.name) == ["path", "size"])
    #expect(
      fields.first { $0.name == "tags" }?.type
        == .map(key: .string, value: .string, valueContainsNull: true))
    let error = #expect(throws: ParquetError.self) {
      try RowGroupDecoder(metadata: metadata, rowGroup: 0, columns: [3])
    }
    #expect(error?.code == .unsupported)
    #expect(error?.place == "row group 0, column \"add\"")
  }

  @Test func `scalars under an optional struct have one value a row`() throws {
    #expect(
      try rows("txn.appId") == [
        .null, .null, .string("my-app"), .string("my-app2"), .null, .null, .null, .null,
      ])
    #expect(
      try rows("txn.version")
        == [.null, .null, .integer(3), .integer(2), .null, .null, .null, .null])
    #expect(
      try rows("add.size").suffix(4)
        == [.integer(789), .integer(810), .integer(810), .integer(789)])
    #expect(try rows("add.deletionVector.storageType") == [Scalar](repeating: .null, count: 8))
    #expect(try rows("protocol.minReaderVersion")[0] == .integer(1))
  }

  @Test func `a map under an optional struct has one map a row`() throws {
    let (file, metadata) = try checkpoint()
    let prefix = ["add", "partitionValues", "entries"]
    let keys = try readLeaf(file, rowGroup: 0, path: prefix + ["key"])
    let values = try readLeaf(file, rowGroup: 0, path: prefix + ["value"])
    #expect(keys.repetitionLevels.count == keys.levelCount)
    let empty = try #require(metadata.tree.emptyDefinition(of: keys.leaf))
    #expect(empty == 2)
    let maps = try rowMaps(keys: keys, values: values, rowCount: 8, emptyDefinition: empty)
    #expect(maps[3] == nil)
    #expect(maps[4]?.map(\.key) == [.string("modified")])
    #expect(maps[4]?.map(\.value) == [.string("2021-02-02")])
    #expect(maps[5]?.map(\.value) == [.string("2021-02-01")])
  }

  @Test func `a list under an optional struct has one list a row`() throws {
    let (file, metadata) = try checkpoint()
    let leaf = try readLeaf(
      file, rowGroup: 0, path: ["metaData", "partitionColumns", "list", "element"])
    let empty = try #require(metadata.tree.emptyDefinition(of: leaf.leaf))
    let lists = try leaf.rowLists(rowCount: 8, emptyDefinition: empty)
    #expect(lists[0] == nil)
    #expect(lists[1] == [.string("modified")])
  }

  @Test func `an empty map is not a missing one`() throws {
    let (file, metadata) = try checkpoint()
    let keys = try readLeaf(
      file, rowGroup: 0, path: ["metaData", "configuration", "entries", "key"])
    let empty = try #require(metadata.tree.emptyDefinition(of: keys.leaf))
    let lists = try keys.rowLists(rowCount: 8, emptyDefinition: empty)
    #expect(lists[0] == nil)
    #expect(lists[1] == [])
  }

  @Test func `a leaf that is not there is named`() throws {
    let (_, metadata) = try checkpoint()
    let error = #expect(throws: ParquetError.self) {
      try LeafDecoder(metadata: metadata, rowGroup: 0, path: ["add", "nothing"])
    }
    #expect(error?.code == .notFound)
    #expect(error?.message.contains("add.nothing") == true)
  }
}

@Suite("Record assembly") struct RecordAssemblyTests {
  private func contents(
    definition: [UInt8], repetition: [UInt8], values: [Int64]
  ) throws -> LeafContents {
    let tree = try SchemaTree(
      try schemaElements(
        of: Schema([Field("a", .array(element: .long, containsNull: true))])))
    return LeafContents(
      leaf: tree.leaves[0], definitionLevels: Buffer(definition),
      repetitionLevels: Buffer(repetition), levelCount: definition.count,
      values: Column(.long, values.map { .integer($0) }))
  }

  @Test func `null, empty, null element, several elements`() throws {
    let leaf = try contents(
      definition: [0, 1, 2, 3, 3, 2, 3], repetition: [0, 0, 0, 0, 1, 1, 0], values: [7, 8, 9])
    #expect(
      try leaf.rowLists(rowCount: 5, emptyDefinition: 1) == [
        nil, [], [.null], [.integer(7), .integer(8), .null], [.integer(9)],
      ])
    #expect(throws: ParquetError.self) { try leaf.rowLists(rowCount: 4, emptyDefinition: 1) }
    #expect(throws: ParquetError.self) { try leaf.rowScalars(rowCount: 7) }
  }

  @Test(arguments: [[1, 3], [1, 0]] as [[UInt8]]) func `levels that make no rows throw`(
    definition: [UInt8]
  ) throws {
    let leaf = try contents(definition: definition, repetition: [0, 1], values: [1])
    #expect(throws: ParquetError.self) { try leaf.rowLists(rowCount: 1, emptyDefinition: 1) }
  }
}

import Base
import Columns
import Testing

@testable import Parquet

/// The actions in a classic checkpoint: structs of structs, lists and maps, most of them null.
@Suite("Columns of a Delta checkpoint", .enabled(if: sharedData != nil)) struct CheckpointTests {
  private func checkpoint() throws -> (Buffer<UInt8>, ParquetMetadata) {
    let file = try readBytes(
      sharedData! + "/delta/app-txn-checkpoint/_delta_log/00000000000000000001.checkpoint.parquet")
    return (file, try readMetadata(file))
  }

  /// One value a row of a field inside structs.
  private func rows(_ path: String) throws -> [Scalar] {
    let (file, metadata) = try checkpoint()
    let names = path.split(separator: ".").map(String.init)
    let decoder = try RowGroupDecoder(
      metadata: metadata, rowGroup: 0, projection: try Projection(paths: [names], of: metadata))
    return try decoder.batches(of: file, maxRows: 3).flatMap { $0.columns[0].scalars }.map { row in
      names.dropFirst().reduce(row) { value, name in
        guard case .structure(let fields) = value else { return .null }
        #expect(fields.count == 1)
        return fields.first { $0.name == name }?.value ?? .null
      }
    }
  }

  @Test func `the actions are structs of the schema`() throws {
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
    let maps = try rows("add.partitionValues")
    #expect(maps[3] == .null)
    #expect(maps[4] == .map([ScalarEntry(.string("modified"), .string("2021-02-02"))]))
    #expect(maps[5] == .map([ScalarEntry(.string("modified"), .string("2021-02-01"))]))
  }

  @Test func `a list under an optional struct has one list a row`() throws {
    let lists = try rows("metaData.partitionColumns")
    #expect(lists[0] == .null)
    #expect(lists[1] == .array([.string("modified")]))
  }

  @Test func `an empty map is not a missing one`() throws {
    let maps = try rows("metaData.configuration")
    #expect(maps[0] == .null)
    #expect(maps[1] == .map([]))
  }

  @Test func `a path that is not there selects nothing`() throws {
    let (_, metadata) = try checkpoint()
    #expect(try Projection(paths: [["add", "nothing"]], of: metadata).shapes.isEmpty)
  }
}

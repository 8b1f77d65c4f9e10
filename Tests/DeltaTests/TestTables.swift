import Base
import Columns
import Delta
import JSON
import Store
import TestSupport
import Testing

/// Fixtures shared by the tests of the log.
enum TestTables {
  static let schema = Schema([Field("id", .long), Field("day", .date), Field("name", .string)])

  static func environment(_ store: any ObjectStore, seed: UInt64 = 7) -> Environment {
    Environment(
      nowMillis: { 1_700_000_000_000 }, seed: seed, parallelism: 1, memoryBudgetBytes: 1 << 20,
      openStore: { _ in store })
  }

  static func metadata(_ configuration: [String: String] = [:]) -> TableMetadata {
    TableMetadata(
      id: "5fba94ed-9794-4965-ba6e-6ee3c0d22af9", schema: schema, partitionColumns: ["day"],
      createdMillis: 1_700_000_000_000, configuration: configuration)
  }

  static func file(_ name: String, day: String? = "2024-01-01", dataChange: Bool = true) -> AddFile
  {
    AddFile(
      path: name, partitionValues: ["day": day], sizeBytes: 100, modifiedMillis: 1,
      dataChange: dataChange, statisticsJSON: #"{"numRecords":3}"#)
  }

  /// A table of one version with the files `a` and `b`.
  @discardableResult
  static func create(
    _ store: any ObjectStore, _ configuration: [String: String] = [:]
  ) throws -> Snapshot {
    var transaction = Transaction(
      creating: metadata(configuration), operation: .write(mode: "Append", partitionBy: ["day"]))
    transaction.adds = [file("a"), file("b", day: nil)]
    let outcome = try transaction.commit(to: store, environment: environment(store))
    try #require(outcome == .committed(version: 0))
    return try Snapshot.load(store)
  }

  /// An append of one file to `base`.
  static func append(_ base: Snapshot, _ name: String) -> Transaction {
    var transaction = Transaction(from: base, operation: .write(mode: "Append", partitionBy: []))
    transaction.adds = [file(name)]
    return transaction
  }

  static func paths(_ snapshot: Snapshot) -> [String] { snapshot.files.map(\.path) }

  /// Puts a commit of these lines into the log.
  static func put(_ store: any ObjectStore, _ version: Int64, _ lines: [String]) throws {
    let text = lines.joined(separator: "\n") + "\n"
    try store.put(commitPath(version), Buffer<UInt8>(utf8: text).bytes)
  }

  static let protocolLine = #"{"protocol":{"minReaderVersion":1,"minWriterVersion":2}}"#
  static let metadataLine =
    #"{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"#
    + #""schemaString":"{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\","#
    + #"\"nullable\":true,\"metadata\":{}}]}","partitionColumns":[],"configuration":{}}}"#

  static func addLine(_ path: String, _ more: String = "") -> String {
    #"{"add":{"path":"\#(path)","partitionValues":{},"size":1,"modificationTime":1,"#
      + #""dataChange":true\#(more)}}"#
  }
  static func removeLine(_ path: String, dataChange: Bool = true) -> String {
    #"{"remove":{"path":"\#(path)","deletionTimestamp":1,"dataChange":\#(dataChange)}}"#
  }
}

/// Expects a `DeltaError` of this code whose description contains every part.
func expectError(
  _ code: ErrorCode, _ parts: String..., sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws -> Void
) {
  do {
    try body()
    Issue.record("nothing was thrown", sourceLocation: sourceLocation)
  } catch let error as DeltaError {
    #expect(error.code == code, "\(error)", sourceLocation: sourceLocation)
    for part in parts {
      #expect(error.description.contains(part), sourceLocation: sourceLocation)
    }
  } catch {
    Issue.record("\(error)", sourceLocation: sourceLocation)
  }
}

import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@Suite("Table features") struct TableFeaturesTests {
  /// Loads a table of this protocol, configuration and schema.
  private func load(
    _ tableProtocol: TableProtocol, _ configuration: [String: String] = [:],
    _ schema: Schema = Schema([Field("a", .long)])
  ) throws -> Snapshot {
    let store = InMemoryStore()
    var create = Transaction(
      creating: TableMetadata(id: "x", schema: schema, configuration: configuration),
      operation: Operation("CREATE TABLE"))
    create.tableProtocol = tableProtocol
    _ = try create.commit(to: store, environment: TestTables.environment(store))
    return try Snapshot.load(store)
  }

  private func features(_ names: [String]) -> TableProtocol {
    TableProtocol(
      minReaderVersion: 3, minWriterVersion: 7, readerFeatures: names, writerFeatures: names)
  }

  @Test(arguments: [
    "catalogManaged", "catalogOwned-preview", "someFutureFeature", "icebergCompatV3",
  ]) func `a reader feature that is unknown is refused by name`(_ feature: String) {
    expectError(.unsupported, feature, "read") { _ = try load(features([feature])) }
  }

  @Test(arguments: [
    "timestampNtz", "vacuumProtocolCheck", "v2Checkpoint", "columnMapping", "deletionVectors",
    "typeWidening", "typeWidening-preview", "variantType",
  ]) func `a reader feature that the table does not use is no hindrance`(_ feature: String) throws {
    try load(features([feature])).checkWritable()
  }

  @Test func `a reader feature used in a way that is unknown is refused by name`() {
    expectError(.unsupported, "does not list") {
      _ = try load(
        TableProtocol(minReaderVersion: 1, minWriterVersion: 2),
        ["delta.columnMapping.mode": "name"])
    }
    expectError(.unsupported, "columnMapping of mode hash") {
      _ = try load(features(["columnMapping"]), ["delta.columnMapping.mode": "hash"])
    }
    for features in [nil, []] as [[String]?] {
      expectError(.unsupported, "reader version 4") {
        _ = try load(
          TableProtocol(
            minReaderVersion: 4, minWriterVersion: 8, readerFeatures: features,
            writerFeatures: features))
      }
    }
  }

  @Test(arguments: [1, 2, 3, 4, 5, 6])
  func `legacy writer versions are written while nothing uses them`(
    _ version: Int
  ) throws {
    try load(TableProtocol(minReaderVersion: 1, minWriterVersion: version)).checkWritable()
  }

  static let uses: [(String, [String: String], Field)] = [
    ("identityColumns", [:], Field("a", .long, metadata: ["delta.identity.start": "1"]))
  ]

  @Test(arguments: uses) func `a writer feature in use is refused by name, legacy or listed`(
    _ name: String, _ configuration: [String: String], _ field: Field
  ) throws {
    let protocols = [
      TableProtocol(minReaderVersion: 1, minWriterVersion: 6),
      TableProtocol(minReaderVersion: 1, minWriterVersion: 7, writerFeatures: [name]),
    ]
    for tableProtocol in protocols {
      let snapshot = try load(tableProtocol, configuration, Schema([field]))
      expectError(.unsupported, name, "write") { try snapshot.checkWritable(addsRows: true) }
      // Rows may move and go.
      try snapshot.checkWritable()
    }
  }

  @Test(arguments: ["rowTracking", "clustering"])
  func `a feature without the one it needs is refused`(_ name: String) throws {
    for others in [[], ["domainMetadata"]] {
      let snapshot = try load(
        TableProtocol(minReaderVersion: 1, minWriterVersion: 7, writerFeatures: [name] + others))
      if others.isEmpty {
        expectError(.unsupported, "\(name) without domainMetadata") {
          try snapshot.checkWritable(writesFiles: false)
        }
      } else {
        try snapshot.checkWritable(writesFiles: false)
      }
    }
  }

  @Test func `rows get ids that go on where the last ones ended`() throws {
    let store = InMemoryStore()
    var create = Transaction(
      creating: TestTables.metadata(), operation: Operation("CREATE TABLE"))
    create.tableProtocol = TableProtocol(
      minReaderVersion: 1, minWriterVersion: 7,
      writerFeatures: ["rowTracking", "domainMetadata"])
    let environment = TestTables.environment(store)
    _ = try create.commit(to: store, environment: environment)
    let base = try Snapshot.load(store)
    var append = TestTables.append(base, "a")
    append.adds.append(TestTables.file("b"))
    _ = try append.commit(to: store, environment: environment)
    // From the same base: it has to go after the other's ids.
    _ = try TestTables.append(base, "c").commit(to: store, environment: environment)
    let snapshot = try Snapshot.load(store)
    #expect(snapshot.files.map(\.baseRowID) == [0, 3, 6])
    #expect(snapshot.files.map(\.defaultRowCommitVersion) == [1, 1, 2])
    try snapshot.checkWritable(addsRows: true, movesRows: true)
    let enabled = TestTables.metadata(["delta.enableRowTracking": "true"])
    var enable = Transaction(from: snapshot, operation: Operation("SET TBLPROPERTIES"))
    enable.metadata = enabled
    _ = try enable.commit(to: store, environment: environment)
    let tracked = try Snapshot.load(store)
    try tracked.checkWritable(addsRows: true)
    expectError(.unsupported, "rowTracking") { try tracked.checkWritable(movesRows: true) }
    // A file that comes back keeps its ids; one without ids needs the number of its rows.
    var back = TestTables.append(tracked, "d")
    back.adds[0].statisticsJSON = nil
    expectError(.unsupported, "does not say how many", "d") {
      _ = try back.commit(to: store, environment: environment)
    }
    var suspended = Transaction(from: tracked, operation: Operation("SET TBLPROPERTIES"))
    suspended.metadata = TestTables.metadata(["delta.rowTrackingSuspended": "true"])
    suspended.adds = [TestTables.file("e")]
    let other = InMemoryStore()
    for entry in try store.list("", recursive: true) {
      let bytes = try store.read(entry.path, range: nil)
      try other.put(entry.path, bytes.bytes)
    }
    _ = try suspended.commit(to: other, environment: environment)
    #expect(try Snapshot.load(other).files.last?.baseRowID == nil)
    back.adds[0].baseRowID = 40
    _ = try back.commit(to: store, environment: environment)
    #expect(try Snapshot.load(store).files.last?.baseRowID == 40)
  }

  @Test func `numbers at the end of their range are refused and never trap`() throws {
    let store = InMemoryStore()
    let features =
      #"{"protocol":{"minReaderVersion":1,"minWriterVersion":7,"#
      + #""writerFeatures":["rowTracking","domainMetadata"]}}"#
    let mark =
      #"{"domainMetadata":{"domain":"delta.rowTracking","#
      + #""configuration":"{\"rowIdHighWaterMark\":9223372036854775807}","removed":false}}"#
    try TestTables.put(store, 0, [features, TestTables.metadataLine, mark])
    let base = try Snapshot.load(store)
    expectError(.corrupt, "row ids go up to") {
      _ = try TestTables.append(base, "a")
        .commit(to: store, environment: TestTables.environment(store))
    }
    let mapped = try load(
      TableProtocol(minReaderVersion: 2, minWriterVersion: 5),
      ["delta.columnMapping.maxColumnId": "2147483647"])
    expectError(.unsupported, "ids up to 2147483647") { try mapped.checkWritable() }
    for numbers in [
      #""sizeInBytes":36,"cardinality":-9223372036854775808"#,
      #""sizeInBytes":-1,"cardinality":2"#, #""offset":-4,"sizeInBytes":36,"cardinality":2"#,
    ] {
      let damaged = InMemoryStore()
      let add = TestTables.addLine(
        "a", #","deletionVector":{"storageType":"u","pathOrInlineDv":"x",\#(numbers)}"#)
      try TestTables.put(damaged, 0, [TestTables.protocolLine, TestTables.metadataLine, add])
      expectError(.corrupt, "deletionVector", "out of range") { _ = try Snapshot.load(damaged) }
    }
  }

  @Test func `a new table lists what its columns ask for, or is not made`() throws {
    func create(_ key: String, _ value: String) throws -> Snapshot {
      let store = InMemoryStore()
      let schema = Schema([Field("a", .long, metadata: [key: value])])
      let create = Transaction(
        creating: TableMetadata(id: "x", schema: schema), operation: Operation("CREATE TABLE"))
      _ = try create.commit(to: store, environment: TestTables.environment(store))
      return try Snapshot.load(store)
    }
    let defaults = try create("CURRENT_DEFAULT", "\"7\"").tableProtocol
    #expect(defaults.minReaderVersion == 1 && defaults.minWriterVersion == 7)
    #expect(defaults.writerFeatures?.contains("allowColumnDefaults") == true)
    expectError(.unsupported, "identityColumns") { _ = try create("delta.identity.start", "1") }
  }

  @Test(arguments: ["icebergCompatV1", "icebergCompatV2", "someFutureFeature"])
  func `a writer feature that is not supported can be read and not written`(_ name: String) throws {
    let snapshot = try load(
      TableProtocol(minReaderVersion: 1, minWriterVersion: 7, writerFeatures: [name]))
    expectError(.unsupported, name) { try snapshot.checkWritable() }
  }
}

import Base
import Columns
import Delta
import JSON
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Alterations") struct AlterationTests {
  let store = InMemoryStore(nowMillis: { 5000 })

  private func create(
    _ schema: Schema = Schema([Field("a", .integer), Field("n", .long)]),
    _ configuration: [String: String] = [:]
  ) throws -> Snapshot {
    let create = Transaction(
      creating: TableMetadata(id: "x", schema: schema, configuration: configuration),
      operation: Operation("CREATE TABLE"))
    _ = try create.commit(to: store, environment: TestTables.environment(store))
    return try Snapshot.load(store)
  }

  private func altered(_ base: Snapshot, _ changes: [TableChange]) throws -> Transaction {
    var alteration = Alteration(base) { _, _ in false }
    for change in changes { try alteration.apply(change) }
    return try #require(try alteration.transaction())
  }

  private func widen(_ name: String, to type: DataType, _ schema: Schema) throws -> Schema {
    let base = try create(schema, ["delta.enableTypeWidening": "true"])
    let change = try altered(base, [.widenColumn(name, to: type)])
    return try #require(change.metadata).schema
  }

  // MARK: Types

  @Test(arguments: [nil, "[]", #"[{"fromType":"short","toType":"integer"}]"#])
  func `a change of a type goes behind the changes before it`(_ known: String?) throws {
    var field = Field("a", .integer)
    if let known { field.metadata["delta.typeChanges"] = known }
    let schema = try widen("a", to: .long, Schema([field]))
    let history = try #require(schema.fields[0].metadata["delta.typeChanges"])
    let steps = try JSONDocument(utf8: history).root.elements.map { $0["toType"]?.string ?? "" }
    #expect(steps == (known?.contains("short") == true ? ["integer", "long"] : ["long"]))
    #expect(schema.fields[0].type == .long)
  }

  @Test func `integers grow to decimals that hold all their digits`() throws {
    for (type, digits) in [(DataType.byte, 10), (.short, 10), (.integer, 10), (.long, 20)] {
      let schema = Schema([Field("a", type)])
      let fits = DataType.decimal(precision: digits + 2, scale: 2)
      #expect(try AlterationTests().widen("a", to: fits, schema).fields[0].type == fits)
      expectError(.invalidArgument, "cannot become") {
        _ = try AlterationTests().widen(
          "a", to: .decimal(precision: digits - 1, scale: 0), schema)
      }
    }
  }

  @Test(arguments: [
    (#"[{"fromType":"string","toType":"integer"}]"#, "from string to integer"),
    (#"[{"fromType":"long","toType":"double"}]"#, "from long to double"),
    (#"[{"toType":"double"}]"#, "from ? to double"),
    ("{}", "in a history that is no JSON array"),
  ])
  func `a table whose types changed as no reader can follow is refused`(
    _ history: String, _ told: String
  ) throws {
    let field = Field("b", .double, metadata: ["delta.typeChanges": history])
    for schema in [
      Schema([field]), Schema([Field("s", .structure([field]))]),
      Schema([Field("l", .array(element: .structure([field]), containsNull: true))]),
    ] {
      let store = InMemoryStore()
      var create = Transaction(
        creating: TableMetadata(id: "x", schema: schema), operation: Operation("CREATE TABLE"))
      create.tableProtocol = TableProtocol(
        minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ["typeWidening"],
        writerFeatures: ["typeWidening"])
      expectError(.unsupported, "typeWidening \(told)") {
        _ = try create.commit(to: store, environment: TestTables.environment(store))
        _ = try Snapshot.load(store)
      }
    }
  }

  // MARK: Properties

  @Test(arguments: [
    "delta.columnMapping.maxColumnId", "delta.rowTracking.materializedRowIdColumnName",
    "delta.inCommitTimestampEnablementVersion", "delta.inCommitTimestampEnablementTimestamp",
  ])
  func `what writers keep is not set by hand`(_ property: String) throws {
    let base = try create()
    expectError(.invalidArgument, property) { _ = try altered(base, [.setProperty(property, "1")]) }
  }

  @Test(arguments: ["VariantShredding", "IcebergCompatV2"])
  func `a feature that cannot be written is not turned on`(_ feature: String) throws {
    let base = try create()
    expectError(.unsupported, feature) {
      _ = try altered(base, [.setProperty("delta.enable\(feature)", "true")])
    }
    let harmless = try altered(base, [.setProperty("delta.enableExpiredLogCleanup", "true")])
    #expect(harmless.metadata?.configuration["delta.enableExpiredLogCleanup"] == "true")
  }

  @Test(arguments: [
    ("delta.logRetentionDuration", "banana", "a duration"),
    ("delta.deletedFileRetentionDuration", "-1 days", "a duration"),
    ("delta.checkpointInterval", "0", "a positive number"),
    ("delta.dataSkippingNumIndexedCols", "x", "a number of columns"),
    ("delta.checkpointPolicy", "v9", "classic or v2"),
    ("delta.minReaderVersion", "1", "cannot be set"),
    ("Delta.enableChangeDataFeed", "true", "begin with"),
    ("delta.enableDeletionVector", "true", "delta.enableDeletionVectors"),
  ])
  func `a property that would mean nothing is refused`(
    _ property: String, _ value: String, _ told: String
  ) throws {
    let base = try create()
    do {
      _ = try altered(base, [.setProperty(property, value)])
      Issue.record("\(property)=\(value) was set")
    } catch let error as DeltaError {
      #expect(error.code == .invalidArgument)
      #expect("\(error) \(error.hint ?? "")".contains(told))
    }
  }

  @Test func `ids of columns go on where mapping was turned off`() throws {
    let base = try create(Schema([Field("a", .integer)]), ["delta.columnMapping.maxColumnId": "5"])
    let change = try altered(base, [.setProperty("delta.columnMapping.mode", "name")])
    let metadata = try #require(change.metadata)
    #expect(metadata.schema.fields[0].metadata["delta.columnMapping.id"] == "6")
    #expect(metadata.configuration["delta.columnMapping.maxColumnId"] == "6")
  }

  @Test(arguments: [false, true])
  func `commits keep their times from the one on that says so`(_ isOvertaken: Bool) throws {
    let base = try create()
    let clock = Mutex<Int64>(4000)
    let change = try altered(base, [.setProperty("delta.enableInCommitTimestamps", "true")])
    if isOvertaken {
      // Nothing that the change could have read.
      try TestTables.put(store, 1, [#"{"commitInfo":{"operation":"VACUUM START"}}"#])
    }
    let environment = Environment(
      nowMillis: {
        clock.withLock { millis in
          millis += 1
          return millis
        }
      }, seed: 1, parallelism: 1, memoryBudgetBytes: 1 << 20, openStore: { _ in store })
    let version: Int64 = isOvertaken ? 2 : 1
    #expect(
      try change.commit(to: store, environment: environment) == .committed(version: version))
    let commit = try #require(try CommitFile.read(store, version: version))
    let configuration = try Snapshot.load(store).metadata.configuration
    let millis = try #require(commit.info?.inCommitMillis)
    #expect(configuration["delta.inCommitTimestampEnablementVersion"] == String(version))
    #expect(configuration["delta.inCommitTimestampEnablementTimestamp"] == String(millis))
    // Later than the files of the commits before, whatever the clock says.
    #expect(millis > 5000)
    #expect(try Snapshot.load(store, at: .version(version)).timestampMillis == millis)
    #expect(try Snapshot.load(store, at: .timestamp(millis: millis)).version == version)
  }
}

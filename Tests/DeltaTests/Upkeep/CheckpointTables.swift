import Base
import Delta
import Store
import Testing

/// Tables to write checkpoints of.
enum CheckpointTables {
  /// A table with every kind of action that a checkpoint holds, and some that it must not.
  static func make(
    _ store: any ObjectStore, _ configuration: [String: String] = [:]
  ) throws -> Snapshot {
    var base = try TestTables.create(store, configuration)
    var change = Transaction(from: base, operation: .write(mode: "Append", partitionBy: ["day"]))
    var file = TestTables.file("part-%C3%A9%20x")
    file.tags = ["INSERTION_TIME": "5", "none": nil]
    file.statisticsJSON = #"{"numRecords":3,"minValues":{"id":1,"name":"a"},"maxValues":{"id":9}}"#
    file.baseRowID = 40
    file.defaultRowCommitVersion = 1
    file.clusteringProvider = "liquid"
    var bare = TestTables.file("bare", day: nil)
    bare.statisticsJSON = nil
    change.adds = [file, bare]
    change.transactions = [
      TransactionIdentifier(applicationID: "app", version: 7, updatedMillis: 11),
      TransactionIdentifier(applicationID: "other", version: 1),
    ]
    change.domains = [
      DomainMetadata(domain: "kept", configuration: #"{"a":1}"#, removed: false),
      DomainMetadata(domain: "gone", configuration: "", removed: true),
    ]
    try #require(
      try change.commit(to: store, environment: TestTables.environment(store))
        == .committed(version: 1))
    base = try Snapshot.load(store)
    var delete = Transaction(from: base, operation: Operation("DELETE"))
    let now = TestTables.environment(store).nowMillis()
    delete.removes = [
      base.files[0].removed(atMillis: now - 1000, dataChange: true),
      base.files[1].removed(atMillis: now - 8 * 86_400_000, dataChange: true),
    ]
    try #require(
      try delete.commit(to: store, environment: TestTables.environment(store))
        == .committed(version: 2))
    return try Snapshot.load(store)
  }

  static func checkpoint(
    _ store: any ObjectStore, _ snapshot: Snapshot, environment: Environment? = nil,
    sidecarActionCount: Int = 50_000, groupRowCount: Int = 1 << 16
  ) throws -> CheckpointSummary {
    try CheckpointWriter(
      store: store, environment: environment ?? TestTables.environment(store),
      sidecarActionCount: sidecarActionCount, groupRowCount: groupRowCount
    ).write(version: snapshot.version, metadata: snapshot.metadata)
  }

  static func deleteCommits(_ store: any ObjectStore, upTo version: Int64) throws {
    for version in 0...version { try store.delete(commitPath(version)) }
  }
}

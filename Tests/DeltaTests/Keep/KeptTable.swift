import Base
import Columns
import Delta
import Store
import Synchronization
import TestSupport
import Testing

/// A table in memory whose clock a test sets, in days.
struct KeptTable {
  static let day: Int64 = 86_400_000

  final class Clock: Sendable {
    private let value = Mutex(Int64(0))
    var millis: Int64 { value.withLock { $0 } }
    func set(day: Int64) { value.withLock { $0 = day * KeptTable.day } }
  }

  let clock = Clock()
  let store: InMemoryStore
  var parallelism = 2

  init() {
    let clock = clock
    store = InMemoryStore(nowMillis: { clock.millis })
  }

  var environment: Environment {
    let (store, clock) = (store, clock)
    return Environment(
      nowMillis: { clock.millis }, seed: 7, parallelism: parallelism, memoryBudgetBytes: 1 << 20,
      openStore: { _ in store })
  }

  /// Ten bytes at each path.
  func put(_ paths: String...) throws {
    for path in paths { try store.put(path, Buffer<UInt8>(repeating: 1, count: 10).bytes) }
  }

  /// Everything but the log.
  var paths: [String] {
    get throws {
      try store.list("", recursive: true).map(\.path).filter { !$0.hasPrefix("_delta_log/") }
    }
  }

  var metadataLine: String { KeptTable.metadataLine() }

  static func metadataLine(
    columns: [String] = ["id"], partitionedBy: [String] = [], _ configuration: String = "{}"
  ) -> String {
    let fields = columns.map {
      #"{\"name\":\"\#($0)\",\"type\":\"long\",\"nullable\":true,\"metadata\":{}}"#
    }.joined(separator: ",")
    let partitions = partitionedBy.map { "\"\($0)\"" }.joined(separator: ",")
    return #"{"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"#
      + #""schemaString":"{\"type\":\"struct\",\"fields\":[\#(fields)]}","#
      + #""partitionColumns":[\#(partitions)],"configuration":\#(configuration)}}"#
  }

  /// Version 0.
  func create(_ lines: [String], metadata: String? = nil, protocolLine: String? = nil) throws {
    try TestTables.put(
      store, 0,
      [protocolLine ?? TestTables.protocolLine, metadata ?? KeptTable.metadataLine()] + lines)
  }

  static func add(_ path: String, vector: String? = nil, values: String = "{}") -> String {
    #"{"add":{"path":"\#(path)","partitionValues":\#(values),"size":10,"modificationTime":1,"#
      + #""dataChange":true\#(vector.map(deletionVector) ?? "")}}"#
  }

  static func remove(_ path: String, day: Int64, vector: String? = nil) -> String {
    #"{"remove":{"path":"\#(path)","deletionTimestamp":\#(day * KeptTable.day),"#
      + #""dataChange":true\#(vector.map(deletionVector) ?? "")}}"#
  }

  /// One of several in the file `deletion_vector_….bin`.
  private static func deletionVector(_ encoded: String) -> String {
    #","deletionVector":{"storageType":"u","pathOrInlineDv":"\#(encoded)","offset":1,"#
      + #""sizeInBytes":36,"cardinality":2}"#
  }

  /// The descriptor's text and the file of the vector that the protocol has as its example.
  static let vector = (
    encoded: "ab^-aqEH.-t@S}K{vb[*k^",
    path: "ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"
  )

  @discardableResult
  func vacuum(
    store: (any ObjectStore)? = nil, _ configure: (inout VacuumOptions) -> Void = { _ in }
  ) throws -> VacuumOutcome {
    var options = VacuumOptions()
    configure(&options)
    return try Vacuum(store: store ?? self.store, environment: environment, options: options).run()
  }

  func verify(
    deep: Bool = false, at version: TableVersion = .latest
  ) throws -> Verification.Outcome {
    try Verification(store: store, environment: environment, isDeep: deep).run(version)
  }
}

import Base
public import Columns
package import Delta
import JSON
public import Store

/// One version of a Delta table, open for reading and as the base of maintenance.
///
/// Calls block; from async code run them on a thread of their own.
public struct Table: Sendable {
  public let location: String
  package let store: any ObjectStore
  package let snapshot: Snapshot
  package let environment: Environment

  /// - Throws: `notFound` if there is no table or no such version, `unsupported` for a table that
  ///   needs a reader feature Grebe lacks (the message names it).
  public static func open(
    _ reference: TableReference, environment: Environment
  ) throws(GrebeError) -> Table {
    let store = try exposing { () throws(StoreError) in
      try environment.openStore(reference.location)
    }
    let snapshot: Snapshot
    do throws(DeltaError) {
      snapshot = try Snapshot.load(
        store, at: reference.selector, parallelism: environment.parallelism)
    } catch {
      throw whyNoTable(reference.location, environment: environment, otherwise: GrebeError(error))
    }
    return Table(
      location: reference.location, store: store, snapshot: snapshot, environment: environment)
  }

  public var version: Int64 { snapshot.version }
  public var schema: Schema { snapshot.metadata.schema }
  public var partitionColumns: [String] { snapshot.metadata.partitionColumns }

  /// Data files of this version, by path.
  public var files: [TableFile] {
    snapshot.files.map { TableFile($0, snapshot.metadata) }
  }

  /// Data files of the partitions for which SQL over partition columns holds, by path.
  public func files(where text: String) throws(GrebeError) -> [TableFile] {
    try partitionFiles(where: text).map { TableFile($0, snapshot.metadata) }
      .sorted { $0.path < $1.path }
  }

  /// Commits up to this version, newest first.
  public func history(limit: Int? = nil) throws(GrebeError) -> [TableCommit] {
    try exposing { () throws(DeltaError) in
      try loadHistory(store, upTo: snapshot.version, limit: limit ?? .max).map(TableCommit.init)
    }
  }

  /// What the table is and how much it holds. O(files).
  public func describe() -> TableDescription { TableDescription(self) }
}

/// A data file, as the log describes it.
public struct TableFile: Sendable {
  /// URL-encoded, as in the log.
  public let path: String
  public let sizeBytes: Int64
  public let modifiedMillis: Int64
  /// Deleted rows left out; nil when the file has no statistics.
  public let rowCount: Int64?
  public let partitionValues: [String: String?]

  init(_ file: AddFile, _ metadata: TableMetadata) {
    path = file.path
    sizeBytes = file.sizeBytes
    modifiedMillis = file.modifiedMillis
    rowCount = file.liveRowCount
    partitionValues = metadata.logicalPartitionValues(file.partitionValues)
  }
}

/// A commit, as the history tells it.
public struct TableCommit: Sendable {
  public let version: Int64
  public let timestampMillis: Int64
  public let operation: String
  public let parameters: [String: String]
  public let metrics: [String: String]
  public let engine: String?
  public let userMetadata: String?
  /// The version that the writer had read.
  public let readVersion: Int64?
  public let isolationLevel: String?
  public let isBlindAppend: Bool?
  public let transactionID: String?
  /// What else the commit says, by name: `userName`, `notebook`, what an application put there.
  public let others: [(name: String, value: ReportValue)]

  init(_ entry: HistoryEntry) {
    version = entry.version
    timestampMillis = entry.timestampMillis
    operation = entry.operation ?? "unknown"
    parameters = entry.parameters
    metrics = entry.metrics
    engine = entry.engineInfo
    userMetadata = entry.userMetadata
    readVersion = entry.readVersion
    isolationLevel = entry.isolationLevel
    isBlindAppend = entry.isBlindAppend
    transactionID = entry.transactionID
    others = entry.others.sorted { $0.key < $1.key }.map { name, json in
      (name, (try? JSONDocument(utf8: json)).map { ReportValue($0.root) } ?? .string(json))
    }
  }

  /// What the commit changed of the table, as it says itself: `ADD COLUMN note string`. Of a load,
  /// the columns that it added.
  public var changes: [String] {
    guard let text = parameters["changes"], let document = try? JSONDocument(utf8: text) else {
      return []
    }
    return document.root.elements.compactMap(\.string)
  }

  /// ISO 8601, UTC.
  public var timestamp: String { timestampText(millis: timestampMillis) }
}

func timestampText(millis: Int64) -> String {
  CivilTime(microsSinceEpoch: millis.multipliedSaturated(by: 1000)).text(separator: "T", zone: "Z")
}

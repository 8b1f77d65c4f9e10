import Base
public import Columns
import Delta
import Store

/// What a table's version is and how much it holds.
public struct TableDescription: Sendable {
  public let location: String
  public let id: String
  public let version: Int64
  /// When the version was committed, ISO 8601, UTC.
  public let timestamp: String
  /// Nil when a file has no statistics.
  public let rowCount: Int64?
  public let fileCount: Int
  public let sizeBytes: Int64
  public let smallestFileBytes: Int64
  public let medianFileBytes: Int64
  public let largestFileBytes: Int64
  public let schema: Schema
  public let partitionColumns: [String]
  public let partitionCount: Int
  public let readerVersion: Int
  public let writerVersion: Int
  /// Table features by name, sorted.
  public let features: [String]
  /// The table's configuration, sorted by key.
  public let properties: [(key: String, value: String)]

  init(_ table: Table) {
    let snapshot = table.snapshot
    let sizes = snapshot.files.map(\.sizeBytes).sorted()
    let rows = snapshot.files.map(\.liveRowCount)
    location = table.store.location
    id = snapshot.metadata.id
    version = snapshot.version
    timestamp = timestampText(millis: snapshot.timestampMillis)
    rowCount = rows.contains(nil) ? nil : rows.lazy.compactMap { $0 }.saturatedSum()
    fileCount = sizes.count
    sizeBytes = sizes.saturatedSum()
    smallestFileBytes = sizes.first ?? 0
    medianFileBytes = sizes.isEmpty ? 0 : sizes[sizes.count / 2]
    largestFileBytes = sizes.last ?? 0
    schema = snapshot.metadata.schema
    partitionColumns = snapshot.metadata.partitionColumns
    partitionCount =
      partitionColumns.isEmpty
      ? 0 : Set(snapshot.files.map { partitionIdentity($0.partitionValues) }).count
    readerVersion = snapshot.tableProtocol.minReaderVersion
    writerVersion = snapshot.tableProtocol.minWriterVersion
    features = Set(
      (snapshot.tableProtocol.readerFeatures ?? []) + (snapshot.tableProtocol.writerFeatures ?? [])
    ).sorted()
    properties = snapshot.metadata.configuration.sorted { $0.key < $1.key }
      .map { (key: $0.key, value: $0.value) }
  }
}

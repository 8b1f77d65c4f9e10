// What a checkpoint holds: Delta protocol (PROTOCOL.md), "Checkpoint Schema".
//
// One column a kind of action, one action a row: in every row one column has a value and the
// others are null. The rows come kind by kind, so that whole columns are made of actions of one
// kind, and the others are as many nulls.
import Base
import Columns

/// A kind of action, by its name in the log.
enum CheckpointKind: String, CaseIterable {
  case checkpointMetadata
  case tableProtocol = "protocol"
  case metadata = "metaData"
  case transaction = "txn"
  case domain = "domainMetadata"
  case sidecar, add
  /// Last, so that they are in row groups which most readers need not look at.
  case remove

  /// A field that every such action has: the others of a row are null with it.
  var key: String {
    switch self {
    case .checkpointMetadata: "version"
    case .tableProtocol: "minReaderVersion"
    case .metadata: "id"
    case .transaction: "appId"
    case .domain: "domain"
    case .sidecar, .add, .remove: "path"
    }
  }
}

/// The path of a version's checkpoint of one file.
///
/// - Parameter id: a UUID that tells V2 checkpoints of one version apart; nil for the classic name.
func checkpointPath(_ version: Int64, id: String? = nil) -> String {
  logDirectory + "/" + padded(Int(version), 20) + ".checkpoint" + (id.map { "." + $0 } ?? "")
    + ".parquet"
}

/// A sidecar that a checkpoint refers to.
struct SidecarFile: Sendable, Equatable {
  static let directory = logDirectory + "/_sidecars"
  /// A tag that Grebe writes: the kind of action that the sidecar holds, if it is tombstones. Who
  /// wants none need not open it.
  static let kindTag = "grebe.holds"

  /// Without directory.
  var name: String
  /// All that it holds.
  var kind: CheckpointKind
  var sizeBytes: Int64
  var modifiedMillis: Int64
}

/// The actions of a checkpoint.
struct CheckpointContent: Sendable {
  let version: Int64
  private let tableProtocol: TableProtocol
  let metadata: TableMetadata
  private let transactions: [TransactionIdentifier]
  private let domains: [DomainMetadata]
  let files: [AddFile]
  let tombstones: [RemoveFile]
  private let parsed: ParsedColumns?
  /// Sidecars that hold the files and tombstones, once they are written.
  var sidecars: [SidecarFile] = []

  init(_ snapshot: Snapshot, tombstones: [RemoveFile]) {
    version = snapshot.version
    tableProtocol = snapshot.tableProtocol
    metadata = snapshot.metadata
    transactions = snapshot.transactions.values.sorted { $0.applicationID < $1.applicationID }
    domains = snapshot.domains.values.filter { !$0.removed }.sorted { $0.domain < $1.domain }
    files = snapshot.files
    self.tombstones = tombstones
    parsed = metadata.writesStatisticsAsStruct ? ParsedColumns(snapshot) : nil
  }

  func count(_ kind: CheckpointKind) -> Int {
    switch kind {
    case .checkpointMetadata, .tableProtocol, .metadata: 1
    case .transaction: transactions.count
    case .domain: domains.count
    case .sidecar: sidecars.count
    case .remove: tombstones.count
    case .add: files.count
    }
  }

  /// About how many bytes a row takes, if it is one of many.
  func sizeBytes(_ kind: CheckpointKind, row: Int) -> Int {
    guard kind == .add else { return 128 }
    return 128 + files[row].path.utf8.count + (files[row].statisticsJSON?.utf8.count ?? 0)
  }

  /// The column of these actions of one kind, all there.
  ///
  /// - Throws: `corrupt` for a partition value that is not one of its column's type.
  func column(_ kind: CheckpointKind, _ rows: Range<Int>) throws(DeltaError) -> Column {
    switch kind {
    case .checkpointMetadata: checkpointMetadataColumn()
    case .tableProtocol: protocolColumn()
    case .metadata: metadataColumn()
    case .transaction:
      .structure([
        ("appId", .texts(rows) { transactions[$0].applicationID }),
        ("version", .longs(rows) { transactions[$0].version }),
        ("lastUpdated", .longs(rows) { transactions[$0].updatedMillis }),
      ])
    case .domain:
      .structure([
        ("domain", .texts(rows) { domains[$0].domain }),
        ("configuration", .texts(rows) { domains[$0].configuration }),
        ("removed", .flags(rows) { _ in false }),
      ])
    case .sidecar:
      .structure([
        ("path", .texts(rows) { sidecars[$0].name }),
        ("sizeInBytes", .longs(rows) { sidecars[$0].sizeBytes }),
        ("modificationTime", .longs(rows) { sidecars[$0].modifiedMillis }),
        (
          "tags",
          .maps(rows) { row in
            let kind = sidecars[row].kind
            return kind == .remove ? [SidecarFile.kindTag: kind.rawValue] : nil
          }
        ),
      ])
    case .remove: try removeColumn(rows)
    case .add: try addColumn(rows)
    }
  }

  private func checkpointMetadataColumn() -> Column {
    .structure([("version", .longs(0..<1) { _ in version }), ("tags", .maps(0..<1) { _ in nil })])
  }

  private func protocolColumn() -> Column {
    .structure([
      ("minReaderVersion", .integers(0..<1) { _ in Int32(tableProtocol.minReaderVersion) }),
      ("minWriterVersion", .integers(0..<1) { _ in Int32(tableProtocol.minWriterVersion) }),
      ("readerFeatures", .textLists(0..<1) { _ in tableProtocol.readerFeatures }),
      ("writerFeatures", .textLists(0..<1) { _ in tableProtocol.writerFeatures }),
    ])
  }

  private func metadataColumn() -> Column {
    let row = 0..<1
    return .structure([
      ("id", .texts(row) { _ in metadata.id }),
      ("name", .texts(row) { _ in metadata.name }),
      ("description", .texts(row) { _ in metadata.comment }),
      (
        "format",
        .structure([
          ("provider", .texts(row) { _ in metadata.formatProvider }),
          ("options", .maps(row) { _ in metadata.formatOptions }),
        ])
      ),
      ("schemaString", .texts(row) { _ in metadata.schema.deltaJSON }),
      ("partitionColumns", .textLists(row) { _ in metadata.partitionColumns }),
      ("configuration", .maps(row) { _ in metadata.configuration.mapValues { Optional($0) } }),
      ("createdTime", .longs(row) { _ in metadata.createdMillis }),
    ])
  }

  /// Tombstones lack statistics and tags: only VACUUM looks at them.
  private func removeColumn(_ rows: Range<Int>) throws(DeltaError) -> Column {
    .structure([
      ("path", .texts(rows) { tombstones[$0].path }),
      ("deletionTimestamp", .longs(rows) { tombstones[$0].deletionMillis }),
      // What a checkpoint holds is state: nothing of it changes any data.
      ("dataChange", .flags(rows) { _ in false }),
      // The flag would promise tags.
      ("extendedFileMetadata", .flags(rows) { _ in false }),
      ("partitionValues", .maps(rows) { tombstones[$0].partitionValues }),
      ("size", .longs(rows) { tombstones[$0].sizeBytes }),
      ("deletionVector", try vectorColumn(rows) { tombstones[$0].deletionVector }),
      ("baseRowId", .longs(rows) { tombstones[$0].baseRowID }),
      ("defaultRowCommitVersion", .longs(rows) { tombstones[$0].defaultRowCommitVersion }),
    ])
  }

  private func addColumn(_ rows: Range<Int>) throws(DeltaError) -> Column {
    var fields: [(name: String, column: Column)] = [
      ("path", .texts(rows) { files[$0].path }),
      ("partitionValues", .maps(rows) { files[$0].partitionValues }),
      ("size", .longs(rows) { files[$0].sizeBytes }),
      ("modificationTime", .longs(rows) { files[$0].modifiedMillis }),
      ("dataChange", .flags(rows) { _ in false }),
      ("tags", .maps(rows) { files[$0].tags }),
      ("deletionVector", try vectorColumn(rows) { files[$0].deletionVector }),
      ("baseRowId", .longs(rows) { files[$0].baseRowID }),
      ("defaultRowCommitVersion", .longs(rows) { files[$0].defaultRowCommitVersion }),
      ("clusteringProvider", .texts(rows) { files[$0].clusteringProvider }),
    ]
    if metadata.writesStatisticsAsJSON {
      fields.append(("stats", .texts(rows) { files[$0].statisticsJSON }))
    }
    if let parsed {
      if let values = try parsed.partitionValues(files, rows) {
        fields.append(("partitionValues_parsed", values))
      }
      fields.append(("stats_parsed", parsed.statistics(files, rows)))
    }
    return .structure(fields)
  }

  private func vectorColumn(
    _ rows: Range<Int>, _ vector: (Int) -> DeletionVector?
  ) throws(DeltaError) -> Column {
    for row in rows {
      guard let vector = vector(row) else { continue }
      if Int32(exactly: vector.sizeBytes) == nil || Int32(exactly: vector.offset ?? 0) == nil {
        throw .corrupt("a deletion vector's offset or size is out of range", version: version)
      }
    }
    let fields: [(name: String, column: Column)] = [
      ("storageType", .texts(rows) { vector($0)?.storageType }),
      ("pathOrInlineDv", .texts(rows) { vector($0)?.pathOrInlineVector }),
      ("offset", .integers(rows) { vector($0)?.offset.map { Int32($0) } }),
      ("sizeInBytes", .integers(rows) { vector($0).map { Int32($0.sizeBytes) } }),
      ("cardinality", .longs(rows) { vector($0)?.cardinality }),
    ]
    return .structure(fields, isPresent: rows.map { vector($0) != nil })
  }
}

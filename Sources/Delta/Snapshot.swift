import Base
public import Columns
package import Store

/// A table at one version. Immutable; later commits do not change it.
public struct Snapshot: Sendable {
  public let version: Int64
  /// When the version was committed, as time travel counts.
  public let timestampMillis: Int64
  public let tableProtocol: TableProtocol
  public let metadata: TableMetadata
  private let liveFiles: LiveFiles
  /// Nil where they are not known without looking at every file.
  let totals: TableTotals?
  /// By application id.
  public let transactions: [String: TransactionIdentifier]
  package let domains: [String: DomainMetadata]
  /// Where the table is, for messages.
  public let location: String

  /// The files that make up the table, in the order they were added.
  public var files: [AddFile] { liveFiles.all }
  public var schema: Schema { metadata.schema }
  public var partitionColumns: [String] { metadata.partitionColumns }
  public var sizeBytes: Int64 { files.lazy.map(\.sizeBytes).saturatedSum() }
}

extension Snapshot {
  /// Reads the log up to a version.
  ///
  /// - Throws: `notFound` if there is no table or no such version, `unsupported` naming the feature
  ///   that the table needs and this build lacks, `corrupt` naming the file of the log.
  /// - Parameter parallelism: workers that read and parse.
  /// - Complexity: O(actions since the newest checkpoint + files).
  package static func load(
    _ store: any ObjectStore, at target: TableVersion = .latest, parallelism: Int = 1
  ) throws(DeltaError) -> Snapshot {
    try relisting(store) { (listing) throws(DeltaError) in
      let version: Int64? =
        switch target {
        case .latest: nil
        case .version(let version): version
        case .timestamp(let millis):
          try CommitTimes(listing, store: store).version(atMillis: millis)
        }
      return try load(store, listing, version: version, parallelism: parallelism)
    }
  }

  /// The latest version; nil if there is no table.
  package static func loadIfPresent(
    _ store: any ObjectStore, parallelism: Int = 1
  ) throws(DeltaError) -> Snapshot? {
    try relisting(store) { (listing) throws(DeltaError) in
      listing.latestVersion == nil
        ? nil : try load(store, listing, version: nil, parallelism: parallelism)
    }
  }

  static func load(
    _ store: any ObjectStore, _ listing: LogListing, version: Int64?, parallelism: Int = 1
  ) throws(DeltaError) -> Snapshot {
    var loader = SnapshotLoader(store: store, parallelism: parallelism)
    try loader.replay(listing, version: version)
    return try Snapshot(&loader, listing)
  }

  /// A version with what only a checkpoint of it needs besides.
  ///
  /// - Parameters:
  ///   - version: nil for the latest.
  ///   - tombstonesSinceMillis: removes that are older have expired and are left out.
  /// - Returns: the snapshot and its tombstones, oldest first.
  package static func loadWithTombstones(
    _ store: any ObjectStore, version: Int64?, tombstonesSinceMillis: Int64, parallelism: Int = 1
  ) throws(DeltaError) -> (snapshot: Snapshot, tombstones: [RemoveFile]) {
    // The last checkpoint and the commits since lead to most versions: then of a long log no more
    // is even listed.
    if let first = LastCheckpoint.version(in: store), first > 0, first <= version ?? .max,
      let listing = try? LogListing(store: store, from: first),
      let loaded = try? loadWithTombstones(
        store, listing, version: version, tombstonesSinceMillis, parallelism)
    {
      return loaded
    }
    return try relisting(store) { (listing) throws(DeltaError) in
      try loadWithTombstones(store, listing, version: version, tombstonesSinceMillis, parallelism)
    }
  }

  static func loadWithTombstones(
    _ store: any ObjectStore, _ listing: LogListing, version: Int64?,
    _ tombstonesSinceMillis: Int64, _ parallelism: Int = 1
  ) throws(DeltaError) -> (snapshot: Snapshot, tombstones: [RemoveFile]) {
    var loader = SnapshotLoader(
      store: store, parallelism: parallelism, tombstonesSinceMillis: tombstonesSinceMillis)
    try loader.replay(listing, version: version)
    let tombstones = loader.log.replay.takeTombstones()
    return (try Snapshot(&loader, listing), tombstones.reversed())
  }

  private init(_ loader: inout SnapshotLoader, _ listing: LogListing) throws(DeltaError) {
    let store = loader.store
    let files = loader.takeFiles()
    let replay = loader.log.replay
    location = store.location
    version = loader.version
    guard let tableProtocol = replay.tableProtocol, let metadata = replay.metadata else {
      let missing = replay.metadata == nil ? "metadata" : "protocol"
      throw .corrupt(
        "the log says nothing of the table's \(missing)",
        table: location, version: version, file: logDirectory)
    }
    timestampMillis = try CommitTimes(listing, store: store).millis(
      version, inCommitMillis: loader.log.inCommitMillis, metadata)
    self.tableProtocol = tableProtocol
    self.metadata = metadata
    liveFiles = LiveFiles(files)
    totals = TableTotals(files)
    transactions = replay.transactions
    domains = replay.domains
    if let feature = featureUse(files).unreadable() {
      throw .unsupported(feature: feature, to: "read", table: location, version: version)
    }
  }

  private func featureUse(_ files: [AddFile]) -> FeatureUse {
    FeatureUse(tableProtocol: tableProtocol, metadata: metadata, files: files)
  }

  /// Throws unless this build may commit to the table.
  ///
  /// - Parameters:
  ///   - addsRows: whether rows come in that were not there before: then generated and identity
  ///     columns have to be computed.
  ///   - movesRows: whether rows go to other files: then their ids have to go with them.
  ///   - writesFiles: false for commits that only take files in and out which others wrote.
  package func checkWritable(
    addsRows: Bool = false, movesRows: Bool = false, writesFiles: Bool = true
  ) throws(DeltaError) {
    // That does not depend on the table's files, which every commit would pay for.
    if let feature = featureUse([]).unwritable(
      addsRows: addsRows, movesRows: movesRows, writesFiles: writesFiles)
    {
      throw .unsupported(feature: feature, to: "write", table: location, version: version)
    }
    if writesFiles && clusteringColumns == nil {
      throw .unsupported(
        feature: "clustering by columns that its domain does not name", to: "write",
        table: location, version: version)
    }
  }
}

extension Snapshot {
  /// The version that a commit made of this one, without reading the log.
  ///
  /// - Parameters:
  ///   - base: nil if the commit created the table.
  ///   - commits: of every version since, the oldest first.
  ///   - totals: nil if unknown.
  init?(
    after base: Snapshot?, _ commits: [[Action]], version: Int64, timestampMillis: Int64,
    totals: TableTotals?, location: String
  ) {
    var tableProtocol = base?.tableProtocol
    var metadata = base?.metadata
    var transactions = base?.transactions ?? [:]
    var domains = base?.domains ?? [:]
    for action in commits.joined() {
      switch action {
      case .tableProtocol(let value): tableProtocol = value
      case .metadata(let value): metadata = value
      case .transaction(let value): transactions[value.applicationID] = value
      case .domainMetadata(let value): domains[value.domain] = value.removed ? nil : value
      case .add, .remove, .change, .commitInfo, .other: break
      }
    }
    guard let tableProtocol, let metadata else { return nil }
    self.version = version
    self.timestampMillis = timestampMillis
    self.tableProtocol = tableProtocol
    self.metadata = metadata
    liveFiles = (base?.liveFiles ?? LiveFiles([])).changed(by: commits.joined())
    self.totals = totals
    self.transactions = transactions
    self.domains = domains
    self.location = location
  }
}

import Base
public import Delta
public import Store

/// How `Table.vacuum` goes about it.
public struct VacuumSettings: Sendable {
  /// How long files stay that are no longer in the table; nil for what the table says (a week,
  /// unless `delta.deletedFileRetentionDuration` is set).
  public var retentionMillis: Int64?
  /// Refuses a retention that is shorter than the table's.
  public var checksRetention = true
  /// Deletes only files whose removal the log still tells; lists no directory.
  public var isLite = false
  /// Reports and deletes nothing.
  public var isDryRun = false

  public init() {}
}

/// What a vacuum did, or would do.
public struct VacuumReport: Sendable {
  /// The last version it looked at, or wrote.
  public let version: Int64
  public let retentionMillis: Int64
  /// Files that left the table before are deleted. ISO 8601, UTC.
  public let cutoff: String
  public let filesDeleted: Int
  public let bytesDeleted: Int64
  public let directoriesDeleted: Int
  /// Files that the table has, or has had within the retention.
  public let filesKept: Int
  /// Files that no version names and that are too young to go.
  public let filesYoung: Int
  /// What a dry run would delete, relative to the table.
  public let paths: PathList

  init(_ outcome: VacuumOutcome) {
    version = outcome.version
    retentionMillis = outcome.retentionMillis
    cutoff = timestampText(millis: outcome.cutoffMillis)
    filesDeleted = outcome.filesDeleted
    bytesDeleted = outcome.bytesDeleted
    directoriesDeleted = outcome.directoriesDeleted
    filesKept = outcome.filesKept
    filesYoung = outcome.filesYoung
    paths = outcome.paths
  }
}

extension Table {
  /// Deletes files that no version within the retention needs. Older versions can then no longer
  /// be read.
  ///
  /// - Throws: `invalidArgument` for a retention shorter than the table's, or a reference to an old
  ///   version; `unsupported` naming a table feature Grebe lacks; `conflict` if another writer
  ///   changed the table itself meanwhile.
  public static func vacuum(
    _ reference: TableReference, _ settings: VacuumSettings, environment: Environment
  ) throws(GrebeError) -> VacuumReport {
    let location = reference.location
    guard reference.isLatest else {
      throw GrebeError(
        .invalidArgument, "only the latest version can be vacuumed", place: location)
    }
    var options = VacuumOptions()
    options.retentionMillis = settings.retentionMillis
    options.checksRetention = settings.checksRetention
    options.isLite = settings.isLite
    options.isDryRun = settings.isDryRun
    let store = try exposing { () throws(StoreError) in try environment.openStore(location) }
    do throws(DeltaError) {
      return VacuumReport(
        try Vacuum(store: store, environment: environment, options: options).run())
    } catch {
      throw whyNoTable(location, environment: environment, otherwise: GrebeError(error))
    }
  }
}

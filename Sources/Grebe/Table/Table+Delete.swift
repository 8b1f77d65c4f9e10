import Base
import Compute
import Delta
import Query

/// What `Table.delete` is to do.
public struct DeletionOptions: Sendable {
  /// SQL over the table's columns: rows for which it is true go; rows for which it is null stay.
  public var predicate: String
  /// Commit only if the table is still at this version.
  public var requiredVersion: Int64?
  /// What the history keeps with it.
  public var userMetadata: String?
  /// Count what would go, and change nothing.
  public var dryRun = false
  /// How files are written that lose some of their rows.
  public var fileFormat = FileFormat()

  public init(predicate: String) { self.predicate = predicate }
}

/// What a deletion did, or would do.
public struct DeletionReport: Sendable {
  /// The version without the rows; the table's latest if no row matched.
  public let version: Int64
  /// False when no row matched, or nothing was to be changed.
  public let isCommitted: Bool
  public let rowsDeleted: Int64
  public let filesRemoved: Int
  public let filesRewritten: Int
  public let deletionVectors: Int
}

extension Table {
  /// Deletes rows, in one commit. Files that hold others too get a deletion vector where the table
  /// has `delta.enableDeletionVectors`, and are written again where it has not.
  ///
  /// Rows that others add meanwhile and that match are deleted too.
  ///
  /// - Throws: `invalidArgument` for a condition that makes no sense or a table that only takes
  ///   appends; `conflict` when other writers kept winning, or the table is not at the version that
  ///   it has to be.
  public func delete(_ options: DeletionOptions) throws(GrebeError) -> DeletionReport {
    let text = options.predicate
    let format = options.fileFormat.completed(by: snapshot.metadata, environment: environment)
    var deletion = Deletion(
      store: store, environment: environment, text: text,
      parquet: try format.writeOptions(for: schema, partitionColumns: partitionColumns)
    ) { (snapshot) throws(DeltaError) in
      do throws(QueryError) {
        return try parseCondition(text, over: snapshot.schema.readable)
      } catch {
        throw DeltaError(error.code, error.description, hint: error.hint)
      }
    }
    deletion.requiredVersion = options.requiredVersion
    deletion.userMetadata = options.userMetadata
    let work = deletion
    let outcome = try exposing { () throws(DeltaError) in
      try work.run(from: snapshot, dryRun: options.dryRun)
    }
    return DeletionReport(
      version: outcome.version, isCommitted: outcome.isCommitted,
      rowsDeleted: outcome.rowsDeleted, filesRemoved: outcome.filesRemoved,
      filesRewritten: outcome.filesRewritten, deletionVectors: outcome.vectorsWritten)
  }
}

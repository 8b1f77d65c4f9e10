import Base
import Columns
import Delta
import Query
public import Store

extension TableQuery {
  /// The rows by which two versions of a table differ: a column `_change_type` (`insert`,
  /// `delete`), then the columns that the version `to` has.
  ///
  /// Where files were written again, every row of theirs is hashed and held for a moment: memory is
  /// then proportional to the rows of the files that differ.
  public init(
    differencesFrom from: TableReference, to: TableReference, counting: Bool = false,
    environment: Environment
  ) throws(GrebeError) {
    let before = try Table.open(from, environment: environment)
    let after = try Table.open(to, environment: environment)
    let source = try exposing { () throws(DeltaError) in
      try ChangesSource(
        from: before.snapshot, to: after.snapshot, store: after.store,
        cancellation: environment.cancellation)
    }
    warn(source.leftOut, after, environment)
    try self.init(changes: source, counting: counting, environment: environment)
  }

  /// What each commit after the version `from` up to `to` did: columns `_change_type`,
  /// `_commit_version` and `_commit_timestamp`, then the table's.
  public init(
    feedFrom from: TableReference, to: TableReference, counting: Bool = false,
    environment: Environment
  ) throws(GrebeError) {
    let before = try Table.open(from, environment: environment)
    let after = try Table.open(to, environment: environment)
    guard before.version <= after.version else {
      throw GrebeError(
        .invalidArgument,
        "a feed goes forwards, and version \(before.version) is after "
          + "\(after.version)", place: to.location)
    }
    let source = try exposing { () throws(DeltaError) in
      try ChangesSource(
        feedFrom: before.version + 1, to: after.snapshot, store: after.store,
        cancellation: environment.cancellation)
    }
    warn(source.leftOut, after, environment)
    try self.init(changes: source, counting: counting, environment: environment)
  }

  private init(
    changes: ChangesSource, counting: Bool, environment: Environment
  ) throws(GrebeError) {
    let sql =
      counting
      ? "SELECT _change_type AS change, count(*) AS rows FROM changes GROUP BY _change_type "
        + "ORDER BY _change_type"
      : "SELECT * FROM changes"
    let query = try exposing { () throws(QueryError) in
      try PreparedQuery(sql: sql) { _ in DataFilesSource(ofTable: changes) }
    }
    self.init(query, environment: environment)
  }
}

/// Says which columns, and fields of columns, are left out of a comparison: rows are told with the
/// later version's.
private func warn(_ leftOut: [LeftOutColumns], _ after: Table, _ environment: Environment) {
  for columns in leftOut {
    environment.warn(
      "version \(after.version) no longer has \(columns.paths.joined(separator: ", ")) of version "
        + "\(columns.version): rows are compared without "
        + (columns.paths.count == 1 ? "that column" : "those columns"))
  }
}

// Row tracking turned on for a table that has rows: Delta protocol (PROTOCOL.md), "Writer
// Requirements for Row Tracking". The version that sets `delta.enableRowTracking` needs
//
//   protocol     the features `rowTracking` and `domainMetadata`
//   metaData     names for the two columns of ids; `delta.rowTrackingSuspended` not true
//   every file   `baseRowId` and `defaultRowCommitVersion`; those of files that lack them are
//                fresh, and the high water mark goes past them
//
// The protocol leaves it open whether files get their ids in this commit or in earlier ones. Here
// it is this one: no version has ids for some of its rows, and nothing is left half-done by who is
// interrupted. The price is that any file that comes or goes meanwhile is a conflict.
//
// Rejected: the feature first, then batches of files, then the property, as Spark does it. Others
// may go on writing then, and the log has versions of which no reader knows what they are for.
import Base
import Parquet
package import Store
import Synchronization

extension TableChange {
  /// Whether rows are to have ids, wherever they have none yet.
  var asksForRowIDs: Bool {
    guard case .setProperty(RowTrackingColumns.enabledProperty, _) = self else { return false }
    return true
  }
}

extension TableMetadata {
  /// This metadata with names for the columns of ids. Names that there are stay: files may have
  /// such columns.
  ///
  /// - Parameter id: makes names that no column has had.
  func namingRowTrackingColumns(_ id: String) -> TableMetadata {
    var named = self
    for (property, prefix) in RowTrackingColumns.properties
    where named.configuration[property] == nil {
      named.configuration[property] = prefix + id
    }
    return named
  }
}

extension Transaction {
  /// Describes files of the base anew, without ids: the commit gives them some.
  ///
  /// - Precondition: the transaction adds and removes nothing else.
  mutating func restate(_ files: [AddFile]) {
    restatesFiles = true
    adds = files.map { file in
      var file = file
      file.dataChange = false
      return file
    }
  }

  /// Looks into the files that get ids and of which the log does not say how many rows they have;
  /// from then on it does. O(files), and a footer for each of those; nothing unless the table
  /// tracks rows.
  ///
  /// - Throws: `corrupt` or `io` for a file that cannot be opened.
  package mutating func countRows(
    in store: any ObjectStore, environment: Environment
  ) throws(DeltaError) {
    guard RowTracking(self, winners: []) != nil else { return }
    let unknown = adds.indices.filter { adds[$0].baseRowID == nil && adds[$0].rowCount == nil }
    let files = unknown.map { adds[$0] }
    let counts = Mutex<[Int: UInt64]>([:])
    try forEachIndex(
      below: files.count, parallelism: environment.parallelism, parent: environment.cancellation,
      interrupted: DeltaError(
        .cancelled, "interrupted; nothing was changed", table: store.location)
    ) { (index, _) throws(DeltaError) in
      let reader = try DataFileReader(
        try files[index].openReader(in: store), path: files[index].path)
      let count = reader.metadata.rowGroups.reduce(UInt64(0)) { $0 &+ UInt64($1.rowCount) }
      counts.withLock { $0[index] = count }
    }
    for (index, count) in counts.withLock({ $0 }) {
      let file = adds[unknown[index]]
      adds[unknown[index]].statisticsJSON = statistics(file.statisticsJSON, rowCount: count)
    }
  }
}

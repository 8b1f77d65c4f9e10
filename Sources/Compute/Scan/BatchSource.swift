package import Columns

/// Rows that a query reads: a version of a table, a file, batches in memory.
///
/// A source is cut into *units* (row groups, ranges of a file), numbered 0, 1, 2, … in the order of
/// the rows. Workers claim units in ascending order, one at a time.
package protocol BatchSource: Sendable {
  var schema: Schema { get }

  /// Reads the rows and hands them to `consume`, which is called on up to `parallelism` threads.
  /// Blocks until every worker has stopped.
  ///
  /// `consume(worker, unit, batch)`:
  /// - `worker` is below `parallelism`, and no two calls with the same one overlap;
  /// - a unit's batches come from one worker, in the order of its rows; then, for every unit that
  ///   was claimed and not abandoned, one call with nil, also if the unit had no rows to give;
  /// - a batch holds the columns of `columns` in that order, and is not empty; with no columns it
  ///   is nothing but a number of rows;
  /// - it may block, to hold back a worker that is far ahead of the others;
  /// - it returns false when it needs no more, from this worker or any other.
  ///
  /// - Parameters:
  ///   - columns: of `schema`.
  ///   - predicate: a condition over `schema` that the caller will apply; the source may leave out
  ///     any rows for which it is not true.
  /// - Throws: the source's own error, or the first that `consume` threw.
  func scan(
    columns: ScanColumns, predicate: BoundExpression?, parallelism: Int,
    _ consume: @Sendable (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
  ) throws -> ScanMetrics
}

/// What a scan looked at and what it could leave out.
package struct ScanMetrics: Sendable, Equatable {
  package var filesTotal = 0
  /// Left out by partition values and file statistics.
  package var filesPruned = 0
  /// Of the files that were not pruned.
  package var rowGroupsTotal = 0
  package var rowGroupsPruned = 0
  /// Pages of the columns read, in row groups whose page index was looked at.
  package var pagesTotal = 0
  package var pagesPruned = 0
  /// Bytes fetched from the store.
  package var bytesRead: Int64 = 0
  /// Rows handed on.
  package var rowsRead: Int64 = 0
  /// Names of columns whose nanoseconds were cut off; see `RowGroupDecoder.cutColumns`.
  package var cutColumns: Set<String> = []

  package init(
    filesTotal: Int = 0, filesPruned: Int = 0, rowGroupsTotal: Int = 0, rowGroupsPruned: Int = 0,
    pagesTotal: Int = 0, pagesPruned: Int = 0,
    bytesRead: Int64 = 0, rowsRead: Int64 = 0
  ) {
    self.filesTotal = filesTotal
    self.filesPruned = filesPruned
    self.rowGroupsTotal = rowGroupsTotal
    self.rowGroupsPruned = rowGroupsPruned
    self.pagesTotal = pagesTotal
    self.pagesPruned = pagesPruned
    self.bytesRead = bytesRead
    self.rowsRead = rowsRead
  }

  package var filesRead: Int { filesTotal - filesPruned }

  package mutating func merge(_ other: ScanMetrics) {
    filesTotal += other.filesTotal
    filesPruned += other.filesPruned
    rowGroupsTotal += other.rowGroupsTotal
    rowGroupsPruned += other.rowGroupsPruned
    pagesTotal += other.pagesTotal
    pagesPruned += other.pagesPruned
    bytesRead += other.bytesRead
    rowsRead += other.rowsRead
    cutColumns.formUnion(other.cutColumns)
  }
}

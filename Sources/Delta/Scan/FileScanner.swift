package import Columns
package import Compute
import Parquet
import Store

/// One data file of a scan, open: its row groups in the table's terms.
package final class FileScanner: Sendable {
  private let reader: DataFileReader
  private let logical: LogicalBatch
  private let pruner: RowGroupPruner?
  /// Positions in the file; nil where none is deleted.
  private let deleted: RowSet?
  /// Position of the first row of every row group.
  private let groupStarts: [UInt64]

  /// Opens the file.
  ///
  /// - Parameters:
  ///   - columns: positions in the target's schema, in the order the batches are to have.
  ///   - predicate: over the target's schema; used to leave row groups and pages out, not to filter
  ///     rows.
  package init(
    _ file: AddFile, of target: ScanTarget, columns: [Int], predicate: BoundExpression? = nil
  ) throws(DeltaError) {
    reader = try DataFileReader(store: target.store, path: try file.storePath())
    logical = try LogicalBatch(file, of: target, metadata: reader.metadata, columns: columns)
    if let predicate {
      pruner = try FilePruner(predicate, target: target).opening(file, reader.metadata)
    } else {
      pruner = nil
    }
    var start: UInt64 = 0
    groupStarts = reader.metadata.rowGroups.map { group in
      defer { start += UInt64(group.rowCount) }
      return start
    }
    deleted = try file.deletionVector.map { (vector) throws(DeltaError) in
      let rows = try vector.rows(in: target.store)
      if let last = rows.last, last >= start {
        throw .corrupt(
          "a deletion vector deletes row \(last) of a file of \(start) rows",
          table: target.store.location, file: file.path)
      }
      return rows
    }
  }

  package var rowGroupCount: Int { reader.metadata.rowGroups.count }
  /// Bytes fetched to open the file.
  package var footerBytes: Int64 { reader.footerBytes }

  /// False when every row of the row group is deleted, or statistics show that none satisfies the
  /// predicate.
  package func canMatch(rowGroup: Int) -> Bool {
    let rows = positions(rowGroup)
    if let deleted, deleted.count(in: rows) == rows.count { return false }
    return pruner?.verdict(reader.metadata.rowGroups[rowGroup]) != PruningVerdict.none
  }

  private func positions(_ rowGroup: Int) -> Range<UInt64> {
    let start = groupStarts[rowGroup]
    return start..<start + UInt64(reader.metadata.rowGroups[rowGroup].rowCount)
  }

  /// Calls `body` with the rows of a row group, in order, until it returns false. Deleted rows are
  /// left out, and rows that bloom filters or the page index exclude.
  ///
  /// - Returns: whether `body` took every row, and what was read.
  @discardableResult
  package func forEachBatch(
    rowGroup: Int, _ body: (ColumnBatch) throws(DeltaError) -> Bool
  ) throws(DeltaError) -> (goesOn: Bool, metrics: ScanMetrics) {
    if logical.fileColumns.isEmpty {
      // Nothing to decode: row numbers and constants are enough.
      let positions = positions(rowGroup)
      let rowCount = positions.count - Int(deleted?.count(in: positions) ?? 0)
      let goesOn = rowCount == 0 ? true : try body(logical.constants(count: rowCount))
      return (goesOn, ScanMetrics(rowsRead: Int64(rowCount)))
    }
    let plan =
      try pruner.map { (pruner) throws(DeltaError) in
        try reader.plan(rowGroup: rowGroup, columns: logical.fileColumns, pruner)
      } ?? RowGroupPlan()
    var metrics = ScanMetrics(
      rowGroupsPruned: plan.isPruned ? 1 : 0, pagesTotal: plan.pagesTotal,
      pagesPruned: plan.pagesPruned, bytesRead: plan.bytesRead)
    if plan.isPruned { return (true, metrics) }
    var live = deleted.map {
      LiveRows(deleted: $0, start: groupStarts[rowGroup], selection: plan.selection)
    }
    let (goesOn, bytesRead) = try reader.forEachBatch(
      rowGroup: rowGroup, columns: logical.fileColumns, selection: plan.selection,
      offsetIndexes: plan.offsetIndexes
    ) { (batch) throws(DeltaError) in
      metrics.rowsRead += Int64(batch.rowCount)
      let rows = try logical.assemble(batch)
      guard let selection = live?.next(rowCount: rows.rowCount) else { return try body(rows) }
      return selection.isEmpty ? true : try body(rows.selecting(selection))
    }
    metrics.bytesRead += bytesRead
    return (goesOn, metrics)
  }
}

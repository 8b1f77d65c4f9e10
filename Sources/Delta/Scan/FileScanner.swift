package import Columns
package import Compute
import Parquet

/// One data file of a scan, open: its row groups in the table's terms.
package final class FileScanner: Sendable {
  private let reader: DataFileReader
  private let logical: LogicalBatch
  private let pruner: RowGroupPruner?

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
  }

  package var rowGroupCount: Int { reader.metadata.rowGroups.count }
  /// Bytes fetched to open the file.
  package var footerBytes: Int64 { reader.footerBytes }

  /// False when statistics show that no row of the row group satisfies the predicate.
  package func canMatch(rowGroup: Int) -> Bool {
    pruner?.verdict(reader.metadata.rowGroups[rowGroup]) != PruningVerdict.none
  }

  /// Calls `body` with the rows of a row group, in order, until it returns false. Rows that bloom
  /// filters or the page index exclude are left out.
  ///
  /// - Returns: whether `body` took every row, and what was read.
  @discardableResult
  package func forEachBatch(
    rowGroup: Int, _ body: (ColumnBatch) throws(DeltaError) -> Bool
  ) throws(DeltaError) -> (goesOn: Bool, metrics: ScanMetrics) {
    if logical.fileColumns.isEmpty {
      // Nothing to decode: row numbers and constants are enough.
      let rowCount = reader.metadata.rowGroups[rowGroup].rowCount
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
    let (goesOn, bytesRead) = try reader.forEachBatch(
      rowGroup: rowGroup, columns: logical.fileColumns, selection: plan.selection,
      offsetIndexes: plan.offsetIndexes
    ) { (batch) throws(DeltaError) in
      metrics.rowsRead += Int64(batch.rowCount)
      return try body(try logical.assemble(batch))
    }
    metrics.bytesRead += bytesRead
    return (goesOn, metrics)
  }
}

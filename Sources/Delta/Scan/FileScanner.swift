package import Columns
package import Compute
import Parquet

/// One data file of a scan, open: its row groups in the table's terms.
package final class FileScanner: Sendable {
  private let file: AddFile
  private let reader: DataFileReader
  private let logical: LogicalBatch
  private let pruner: FilePruner?

  /// Opens the file.
  ///
  /// - Parameters:
  ///   - columns: positions in the target's schema, in the order the batches are to have.
  ///   - predicate: over the target's schema; used to leave row groups out, not to filter rows.
  package init(
    _ file: AddFile, of target: ScanTarget, columns: [Int], predicate: BoundExpression? = nil
  ) throws(DeltaError) {
    self.file = file
    reader = try DataFileReader(store: target.store, path: try file.storePath())
    logical = try LogicalBatch(file, of: target, metadata: reader.metadata, columns: columns)
    pruner = predicate.map { FilePruner($0, target: target) }
  }

  package var rowGroupCount: Int { reader.metadata.rowGroups.count }
  /// Bytes fetched to open the file.
  package var footerBytes: Int64 { reader.footerBytes }

  /// False when statistics show that no row of the row group satisfies the predicate.
  package func canMatch(rowGroup: Int) throws(DeltaError) -> Bool {
    try pruner?.canMatch(file, reader.metadata, rowGroup: rowGroup) ?? true
  }

  /// Calls `body` with the rows of a row group, in order, until it returns false.
  ///
  /// - Returns: whether `body` took every row, and the bytes fetched.
  @discardableResult
  package func forEachBatch(
    rowGroup: Int, _ body: (ColumnBatch) throws(DeltaError) -> Bool
  ) throws(DeltaError) -> (goesOn: Bool, bytesRead: Int64) {
    if logical.fileColumns.isEmpty {
      // Nothing to decode: row numbers and constants are enough.
      let rowCount = reader.metadata.rowGroups[rowGroup].rowCount
      return (rowCount == 0 ? true : try body(logical.constants(count: rowCount)), 0)
    }
    return try reader.forEachBatch(rowGroup: rowGroup, columns: logical.fileColumns) {
      (batch) throws(DeltaError) in try body(try logical.assemble(batch))
    }
  }
}

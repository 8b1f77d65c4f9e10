import Base
package import Columns
package import Compute
import Parquet
import Store

/// Which rows of a file are wanted, by position.
package enum RowChoice: Sendable {
  /// Those that its deletion vector does not have.
  case live
  case without(RowSet)
  case only(RowSet)
}

/// One data file of a scan, open: its row groups in the table's terms.
package final class FileScanner: Sendable {
  private let place: ScanPlace
  private let reader: DataFileReader
  private let logical: LogicalBatch
  private let pruner: RowGroupPruner?
  /// Nil where the ids of rows are not read.
  private let numbering: RowNumbering?
  /// Positions in the file; nil where none is deleted.
  private let deleted: RowSet?
  /// Position of the first row of every row group.
  private let groupStarts: [UInt64]

  /// Opens the file.
  ///
  /// - Parameters:
  ///   - columns: positions in the target's schema, in the order the batches are to have.
  ///   - fields: which fields of them are looked at; see `ScanColumns`.
  ///   - predicate: over the target's schema; used to leave row groups and pages out, not to filter
  ///     rows.
  ///   - rows: which rows of the file are wanted.
  package init(
    _ file: AddFile, of target: ScanTarget, columns: [Int], fields: [Int: Set<[Int]>] = [:],
    predicate: BoundExpression? = nil, rows: RowChoice = .live
  ) throws(DeltaError) {
    place = ScanPlace(table: target.table, file: file.path)
    (reader, logical) = try place.naming { () throws(DeltaError) in
      let reader = try DataFileReader(
        try file.openReader(in: target.store), path: file.path, memoryBytes: target.memoryBytes)
      let logical = try LogicalBatch(
        file, of: target, metadata: reader.metadata, columns: columns, fields: fields)
      return (reader, logical)
    }
    numbering = try RowNumbering(file, of: target, columns: columns)
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
    let rowCount = start
    deleted =
      switch rows {
      case .live:
        try place.naming { () throws(DeltaError) in
          try file.deletedRows(in: target.store, of: rowCount)
        }
      case .without(let rows): rows
      case .only(let rows): rows.complement(of: rowCount)
      }
  }

  package var rowGroupCount: Int { reader.metadata.rowGroups.count }
  /// Rows of the file, deleted ones included.
  package var rowCount: UInt64 {
    rowGroupCount == 0 ? 0 : positions(rowGroupCount - 1).upperBound
  }
  /// Positions of the rows that are left out.
  package var deletedRows: RowSet { deleted ?? RowSet() }
  /// Positions in the file's schema of the columns that are read, in no order.
  var fileColumns: [Int] { logical.fileColumns }
  /// The file itself, whose rows are not yet the table's.
  var file: DataFileReader { reader }
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
      return try forEachBatch(ofConstants: rowGroup, body)
    }
    return try place.naming { () throws(DeltaError) in
      try forEachBatch(ofColumns: rowGroup) { (batch, _) throws(DeltaError) in try body(batch) }
    }
  }

  /// The same for a scan that decodes nothing: row numbers and constants are enough.
  private func forEachBatch(
    ofConstants rowGroup: Int, _ body: (ColumnBatch) throws(DeltaError) -> Bool
  ) throws(DeltaError) -> (goesOn: Bool, metrics: ScanMetrics) {
    let positions = positions(rowGroup)
    let rowCount = positions.count - Int(deleted?.count(in: positions) ?? 0)
    let metrics = ScanMetrics(rowsRead: Int64(rowCount))
    if rowCount == 0 { return (true, metrics) }
    guard let numbering else { return (try body(logical.constants(count: rowCount)), metrics) }
    var cursor = BatchCursor(deleted: deleted, start: positions.lowerBound, selection: nil)
    var left = positions.count
    while left > 0 {
      let count = min(left, DataFileReader.batchRowCount)
      left -= count
      let rows = cursor.next(rowCount: count)
      let batch = logical.constants(count: rows.live?.count ?? count)
      if batch.rowCount == 0 { continue }
      guard try body(numbering.completing(batch, rows)) else { return (false, metrics) }
    }
    return (true, metrics)
  }

  /// The same for a scan that has columns of the file; `body` is told where the rows are.
  private func forEachBatch(
    ofColumns rowGroup: Int, _ body: (ColumnBatch, BatchRows) throws(DeltaError) -> Bool
  ) throws(DeltaError) -> (goesOn: Bool, metrics: ScanMetrics) {
    let plan =
      try pruner.map { (pruner) throws(DeltaError) in
        try reader.plan(rowGroup: rowGroup, leaves: logical.projection.leaves, pruner)
      } ?? RowGroupPlan()
    var metrics = ScanMetrics(
      rowGroupsPruned: plan.isPruned ? 1 : 0, pagesTotal: plan.pagesTotal,
      pagesPruned: plan.pagesPruned, bytesRead: plan.bytesRead)
    if plan.isPruned { return (true, metrics) }
    var cursor = BatchCursor(
      deleted: deleted, start: groupStarts[rowGroup], selection: plan.selection)
    let (goesOn, bytesRead) = try reader.forEachBatch(
      rowGroup: rowGroup, logical.projection, selection: plan.selection,
      offsetIndexes: plan.offsetIndexes
    ) { (batch) throws(DeltaError) in
      metrics.rowsRead += Int64(batch.rowCount)
      let rows = cursor.next(rowCount: batch.rowCount)
      if let live = rows.live, live.isEmpty { return true }
      let whole = try logical.assemble(batch)
      let live = rows.live.map { whole.selecting($0) } ?? whole
      return try body(numbering?.completing(live, rows) ?? live, rows)
    }
    metrics.bytesRead += bytesRead
    metrics.cutColumns = reader.cutColumns
    return (goesOn, metrics)
  }
}

extension FileScanner {
  /// Positions in the file of the live rows for which a condition holds.
  ///
  /// - Parameter condition: over the columns of the scan.
  package func rows(where condition: BoundExpression) throws(DeltaError) -> RowSet {
    if logical.fileColumns.isEmpty {
      let row = logical.constants(count: 1)
      let selection = try computing { () throws(ComputeError) in try condition.select(from: row) }
      return selection.isEmpty ? RowSet() : deletedRows.complement(of: rowCount)
    }
    var found = RowSetBuilder()
    for rowGroup in 0..<rowGroupCount where canMatch(rowGroup: rowGroup) {
      _ = try forEachBatch(ofColumns: rowGroup) { (batch, rows) throws(DeltaError) in
        let selection = try computing { () throws(ComputeError) in
          try condition.select(from: batch)
        }
        rows.forEachPosition(selection) { found.append($0) }
        return true
      }
    }
    return found.finish()
  }
}

/// Where a scan is.
private struct ScanPlace: Sendable {
  /// As the user named it; nil for one file on its own.
  let table: String?
  let file: String

  /// Runs `body`; what is wrong with the file is told with the table that it is of. Of what is done
  /// with its rows nothing is known here.
  func naming<R>(_ body: () throws(DeltaError) -> R) throws(DeltaError) -> R {
    do throws(DeltaError) { return try body() } catch {
      guard let table, error.table.isEmpty, error.file == file, error.code == .corrupt else {
        throw error
      }
      var error = error
      error.table = table
      error.hint =
        error.hint
        ?? "restore the file from a copy; `grebe verify --deep` names every file that is damaged"
      throw error
    }
  }
}

extension AddFile {
  /// Positions of the file's deleted rows; nil where it has no deletion vector.
  ///
  /// - Throws: `corrupt` for a vector that is damaged or reaches past the file's rows.
  fileprivate func deletedRows(
    in store: any ObjectStore, of rowCount: UInt64
  ) throws(DeltaError) -> RowSet? {
    guard let deletionVector else { return nil }
    let rows: RowSet
    do throws(DeltaError) { rows = try deletionVector.rows(in: store) } catch {
      var error = error
      // A vector of the log itself has no file of its own.
      if error.table.isEmpty { error.file = path }
      throw error
    }
    if let last = rows.last, last >= rowCount {
      throw .corrupt(
        "a deletion vector deletes row \(last) of a file of \(rowCount) rows",
        table: store.location, file: path)
    }
    return rows
  }
}

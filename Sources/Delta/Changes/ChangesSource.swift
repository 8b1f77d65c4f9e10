import Base
package import Columns
package import Compute
package import Store
import Synchronization

/// Rows that came and went, for a query: a column that says how each changed, then the table's
/// columns, as the later version has them.
package struct ChangesSource: BatchSource {
  private let target: ScanTarget
  /// The same files with a column that says how a row changed: change files have one.
  private let changeTarget: ScanTarget
  private let changes: [ChangedRows]
  private let leading: [Field]
  private let cancellation: Cancellation
  /// What rows are told without, because the later version has no columns for it.
  package let leftOut: [LeftOutColumns]

  /// The rows by which two versions differ; the later one's first if `from` is later than `to`.
  package init(
    from before: Snapshot, to after: Snapshot, store: any ObjectStore, cancellation: Cancellation
  ) throws(DeltaError) {
    let difference = try TableDifference(from: before, to: after, store: store)
    if !difference.changes.isEmpty { try after.checkReads(before.metadata, before.version) }
    let lacking = after.columns(lackingOf: before.metadata)
    self.init(
      difference.changes, after, store, leading: [ChangeColumns.type],
      leftOut: lacking.isEmpty ? [] : [LeftOutColumns(version: before.version, paths: lacking)],
      cancellation)
  }

  /// What the commits from version `first` up to `end` did, commit by commit.
  package init(
    feedFrom first: Int64, to end: Snapshot, store: any ObjectStore, cancellation: Cancellation
  ) throws(DeltaError) {
    let feed = try ChangeFeed(from: first, to: end, store: store)
    self.init(
      feed.changes, end, store,
      leading: [ChangeColumns.type, ChangeColumns.version, ChangeColumns.timestamp],
      leftOut: feed.leftOut, cancellation)
  }

  private init(
    _ changes: [ChangedRows], _ snapshot: Snapshot, _ store: any ObjectStore, leading: [Field],
    leftOut: [LeftOutColumns], _ cancellation: Cancellation
  ) {
    target = ScanTarget(store: store, snapshot: snapshot)
    changeTarget = ScanTarget(store: store, snapshot: snapshot, extra: [ChangeColumns.type])
    self.changes = changes
    self.leading = leading
    self.leftOut = leftOut
    self.cancellation = cancellation
  }

  package var schema: Schema { Schema(leading + target.schema.fields) }

  /// Changes of which equal rows cancel out are read twice, whole.
  package func scan(
    columns: ScanColumns, predicate: BoundExpression?, parallelism: Int,
    _ consume: @Sendable (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
  ) throws -> ScanMetrics {
    let balance = Mutex(RowBalance())
    let cancelsAny = changes.contains(where: \.cancels)
    if cancelsAny {
      try forEachChange(parallelism) { _, _, change in
        guard change.cancels else { return true }
        return try read(change, columns: wholeRows) { batch in
          let keys = rowKeys(batch, change)
          balance.withLock { $0.add(keys, change.type!) }
          return true
        }
      }
    }
    let isEnough = Atomic(false)
    let metrics = Mutex(ScanMetrics(filesTotal: changes.count))
    let wanted = columns.positions.filter { $0 >= leading.count }.map { $0 - leading.count }
    // Which of equal rows is left over must not depend on who comes first.
    try forEachChange(cancelsAny ? 1 : parallelism) { worker, unit, change in
      if isEnough.load(ordering: .relaxed) { return false }
      let taken = change.cancels ? wholeRows : wanted
      let goesOn = try read(change, columns: taken) { batch in
        metrics.withLock { $0.rowsRead += Int64(batch.rowCount) }
        var rows = batch
        if change.cancels {
          let keys = rowKeys(batch, change)
          let kept = balance.withLock { $0.take(keys, change.type!) }
          if kept.isEmpty { return true }
          rows = batch.selecting(.rows(Buffer(kept)))
        }
        return try consume(worker, unit, arranged(rows, change, columns.positions, read: taken))
      }
      if try !(goesOn && consume(worker, unit, nil)) {
        isEnough.store(true, ordering: .relaxed)
        return false
      }
      return true
    }
    return metrics.withLock { $0 }
  }

  private var wholeRows: [Int] { Array(0..<target.schema.count) }

  /// Calls `body` with every change, by several workers, until one returns false.
  private func forEachChange(
    _ parallelism: Int, _ body: @Sendable (_ worker: Int, _ unit: Int, ChangedRows) throws -> Bool
  ) throws {
    let next = Atomic(0)
    try withWorkers(
      count: max(1, min(parallelism, changes.count)), parent: cancellation
    ) { (worker, cancellation) throws(any Error) in
      while true {
        let unit = next.add(1, ordering: .relaxed).oldValue
        guard unit < changes.count else { return }
        if cancellation.isCancelled { throw DeltaError(.cancelled, "interrupted") }
        if try !body(worker, unit, changes[unit]) { return }
      }
    }
    if cancellation.isCancelled { throw DeltaError(.cancelled, "interrupted") }
  }

  /// The rows of a change: the columns at `columns` of the table, and for a change file the column
  /// that says how each changed.
  private func read(
    _ change: ChangedRows, columns: [Int], _ body: (ColumnBatch) throws -> Bool
  ) throws -> Bool {
    let isFeed = change.type == nil
    let scanner = try FileScanner(
      change.file, of: (isFeed ? changeTarget : target).partitioned(as: change.file),
      columns: columns + (isFeed ? [target.schema.count] : []), rows: change.rows)
    for rowGroup in 0..<scanner.rowGroupCount where scanner.canMatch(rowGroup: rowGroup) {
      var failure: (any Error)?
      let (goesOn, _) = try scanner.forEachBatch(rowGroup: rowGroup) { batch in
        do { return try body(batch) } catch {
          failure = error
          return false
        }
      }
      if let failure { throw failure }
      if !goesOn { return false }
    }
    return true
  }

  /// The columns at `columns` of this source's schema.
  private func arranged(
    _ rows: ColumnBatch, _ change: ChangedRows, _ columns: [Int], read: [Int]
  ) -> ColumnBatch {
    func leadingColumn(_ field: Field) -> Column {
      switch field {
      case ChangeColumns.version:
        Column(.long, repeating: .integer(change.version ?? 0), count: rows.rowCount)
      case ChangeColumns.timestamp:
        Column(
          .timestamp, repeating: .timestamp((change.timestampMillis ?? 0) * 1000),
          count: rows.rowCount)
      default:
        change.type.map {
          Column(.string, repeating: .string($0.rawValue), count: rows.rowCount)
        } ?? rows.columns[read.count]
      }
    }
    return ColumnBatch(
      schema: schema.selecting(columns),
      columns: columns.map { index in
        index < leading.count
          ? leadingColumn(leading[index])
          : rows.columns[read.firstIndex(of: index - leading.count)!]
      }, rowCount: rows.rowCount)
  }
}

/// A hash a row over all columns and, where it is known, the commit.
private func rowKeys(_ batch: ColumnBatch, _ change: ChangedRows) -> [RowBalance.Key] {
  let seed = UInt64(bitPattern: change.version ?? -1)
  var bytes = ByteWriter()
  return (0..<batch.rowCount).map { row in
    bytes.removeAll()
    RowPacker.append(batch.columns, rows: row..<row + 1, to: &bytes)
    let packed = bytes.bytes
    return RowBalance.Key(
      low: xxHash64(packed, seed: seed), high: xxHash64(packed, seed: seed ^ 0x9E37_79B9))
  }
}

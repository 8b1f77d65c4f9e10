import Base
import Columns
import Compute
import Parquet
import Store
import Synchronization

/// What a deletion from one version would commit.
struct DeletionChanges: Sendable {
  var removed: [AddFile] = []
  var added: [AddFile] = []
  var changeFiles: [ChangeFile] = []
  var outcome = DeletionOutcome(version: 0)

  var isEmpty: Bool { removed.isEmpty }
}

/// One version's files, looked through for rows that a condition holds for.
struct DeletionWork: Sendable {
  private let store: any ObjectStore
  private let target: ScanTarget
  private let snapshot: Snapshot
  private let condition: BoundExpression
  private let environment: Environment
  private let parquet: ParquetWriteOptions
  private let pruner: FilePruner

  /// What it looked at, for the commit.
  var reads: ReadSet { ReadSet(filesWhere: condition, of: target) }

  init(
    store: any ObjectStore, snapshot: Snapshot, condition: BoundExpression,
    environment: Environment, parquet: ParquetWriteOptions
  ) {
    self.store = store
    self.snapshot = snapshot
    self.condition = condition
    self.environment = environment
    self.parquet = parquet
    target = ScanTarget(store: store, snapshot: snapshot, rowIDs: true)
    pruner = FilePruner(condition, target: target)
  }

  /// What becomes of one file.
  private enum Fate: Sendable {
    case whole(rowCount: Int64)
    case some(Loss)
  }

  /// Rows that a file loses, by position, besides those deleted before.
  private struct Loss: Sendable {
    let rows: RowSet
    let before: RowSet
    /// Of the file, deleted or not.
    let rowCount: UInt64

    var deleted: RowSet { rows.union(before) }
  }

  func run(dryRun: Bool) throws(DeltaError) -> DeletionChanges {
    let files = snapshot.files
    let found = try mapped(files.count) { (index) throws(DeltaError) in try fate(of: files[index]) }
    let fates = zip(files, found).compactMap { file, fate in fate.map { (file, $0) } }
    var changes = DeletionChanges()
    changes.removed = fates.map(\.0)
    for case (_, .whole(let rowCount)) in fates {
      changes.outcome.rowsDeleted += rowCount
      changes.outcome.filesRemoved += 1
    }
    let losses = fates.compactMap { file, fate in
      if case .some(let loss) = fate { (file, loss) } else { nil }
    }
    for (_, loss) in losses { changes.outcome.rowsDeleted += Int64(loss.rows.count) }
    if snapshot.allowsDeletionVectors {
      changes.outcome.vectorsWritten = losses.count
      if !dryRun { changes.added = try withVectors(losses) }
    } else {
      changes.outcome.filesRewritten = losses.count
      if !dryRun { try rewrite(losses, fates, &changes) }
    }
    return changes
  }

  /// `body` of every index below `count`, by every worker; the results in order.
  private func mapped<R: Sendable>(
    _ count: Int, _ body: @Sendable (Int) throws(DeltaError) -> R
  ) throws(DeltaError) -> [R] {
    let results = Mutex([R?](repeating: nil, count: count))
    try forEachIndex(
      below: count, parallelism: environment.parallelism, parent: environment.cancellation,
      interrupted: interrupted
    ) { (index, _) throws(DeltaError) in
      let result = try body(index)
      results.withLock { $0[index] = result }
    }
    return results.withLock { $0 }.compactMap { $0 }
  }

  private var interrupted: DeltaError {
    DeltaError(.cancelled, "interrupted; nothing was changed", table: store.location)
  }

  /// Nil for a file that keeps every row.
  private func fate(of file: AddFile) throws(DeltaError) -> Fate? {
    guard try pruner.canMatch(file) else { return nil }
    let columns = condition.columnIndices
    let positions = Dictionary(uniqueKeysWithValues: zip(columns, 0..<columns.count))
    let scanner = try FileScanner(file, of: target, columns: columns, predicate: condition)
    let rows = try scanner.rows(where: condition.remappingColumns { positions[$0]! })
    if rows.isEmpty { return nil }
    let before = scanner.deletedRows
    return rows.count + before.count == scanner.rowCount
      ? .whole(rowCount: Int64(rows.count))
      : .some(Loss(rows: rows, before: before, rowCount: scanner.rowCount))
  }

  // MARK: Deletion vectors

  private func withVectors(_ losses: [(AddFile, Loss)]) throws(DeltaError) -> [AddFile] {
    var vectors = DeletionVectorWriter(store: store, environment: environment)
    var files: [AddFile] = []
    for (file, loss) in losses {
      var file = file
      file.deletionVector = try vectors.append(loss.deleted)
      file.dataChange = true
      file.statisticsJSON = statisticsBesideVector(file.statisticsJSON, rowCount: loss.rowCount)
      files.append(file)
    }
    try vectors.finish()
    return files
  }

  // MARK: Files written again

  /// Rows of a file as new files of its partition.
  ///
  /// - Parameters:
  ///   - columnCount: so many columns of the target, from the first on.
  ///   - changeType: what a last column says; nil: there is none.
  private func write(
    _ file: AddFile, rows: RowChoice, layout: DataFileLayout, columnCount: Int,
    changeType: String? = nil
  ) throws(DeltaError) -> [AddFile] {
    let scanner = try FileScanner(
      file, of: target, columns: Array(0..<columnCount), rows: rows)
    let writer = PartitionedWriter(
      store: store, layout: layout, environment: environment,
      partitionValues: file.partitionValues)
    do throws(DeltaError) {
      let session = try writer.makeSession()
      for rowGroup in 0..<scanner.rowGroupCount where scanner.canMatch(rowGroup: rowGroup) {
        try scanner.forEachBatch(rowGroup: rowGroup) { (batch) throws(DeltaError) in
          if environment.cancellation.isCancelled { throw interrupted }
          try session.write(changeType.map { batch.appending($0) } ?? batch)
          return true
        }
      }
      try session.endUnit(ordinal: 0)
      return try writer.finish(parallelism: 1)
    } catch {
      writer.discard()
      throw error
    }
  }

  private func rewrite(
    _ losses: [(AddFile, Loss)], _ fates: [(AddFile, Fate)], _ changes: inout DeletionChanges
  ) throws(DeltaError) {
    let layout = snapshot.fileLayout(targetFileBytes: .max, parquet: parquet)
    changes.added = try mapped(losses.count) { (index) throws(DeltaError) in
      try write(
        losses[index].0, rows: .without(losses[index].1.deleted), layout: layout,
        columnCount: target.schema.count)
    }.flatMap { $0 }
    // Where a commit has change files, readers look at nothing else: either none or all of them.
    guard !losses.isEmpty, snapshot.metadata.isSet("delta.enableChangeDataFeed") else { return }
    var changeLayout = DataFileLayout(
      tableSchema: Schema(snapshot.schema.fields + [Field(ChangeFile.typeColumn, .string)]),
      partitionColumns: snapshot.metadata.partitionColumns,
      columnMapping: snapshot.metadata.columnMapping, parquet: parquet, targetFileBytes: .max)
    changeLayout.directory = ChangeFile.directory
    let feed = changeLayout
    changes.changeFiles = try mapped(fates.count) { (index) throws(DeltaError) in
      let (file, fate) = fates[index]
      let rows: RowChoice = if case .some(let loss) = fate { .only(loss.rows) } else { .live }
      // A row's id is no part of the feed.
      return try write(
        file, rows: rows, layout: feed, columnCount: snapshot.schema.count, changeType: "delete")
    }.flatMap { $0 }.map { ChangeFile($0) }
  }
}

extension ColumnBatch {
  /// The rows with a last column that says how they changed.
  fileprivate func appending(_ changeType: String) -> ColumnBatch {
    let field = Field(ChangeFile.typeColumn, .string)
    return ColumnBatch(
      schema: Schema(schema.fields + [field]),
      columns: columns + [Column(.string, repeating: .string(changeType), count: rowCount)],
      rowCount: rowCount)
  }
}

import Base
import Columns
import Compute
import Delta
import Ingest
import Store

/// Reads the quarantine table, parses every row that may be loaded, and writes the rows that fit
/// and what then becomes of the quarantine's files.
///
/// One thread: what is in quarantine is little beside what was loaded.
final class ReplayPass {
  struct Files {
    /// Of the table.
    var rows: [AddFile]
    /// Of the quarantine: those that go, and what takes their place.
    var replaced: [AddFile]
    var kept: [AddFile]
    var marked: [AddFile]
  }

  /// Rows that are held before they are handed on.
  private static let batchRowCount = 1024

  private let snapshot: Snapshot
  private let ledger: Ledger
  private let rejects: Snapshot
  private let quarantineStore: any ObjectStore
  private let loadID: String
  private let parser: RecordReparser
  private let rows: PartitionedWriter
  private let kept: PartitionedWriter
  private let marked: PartitionedWriter
  private let rowSession: PartitionedWriter.Session
  private let keptSession: PartitionedWriter.Session
  private let markedSession: PartitionedWriter.Session
  private let cancellation: Cancellation
  private var pending: [ColumnBatch] = []
  private var replaced: [AddFile] = []
  private var sourceIndex: [String: Int] = [:]

  /// The ledger's entries of the sources whose rows are written; nil for standard input.
  private(set) var sources: [Ledger.Entry?] = []
  private(set) var rowsRead = 0
  private(set) var rowsWritten = 0
  private(set) var rowsLeft = 0
  /// Why they are.
  private(set) var left = LeftTally()
  private(set) var rowsStale = 0
  private(set) var rowsCleared = 0
  /// Whether rows that this replay loads have the mark of another, which may be dead or may yet
  /// load them.
  private(set) var takesOverMarks = false
  private(set) var ignored = IgnoredColumns()

  init(
    snapshot: Snapshot, store: any ObjectStore, rejects: Snapshot, quarantine: any ObjectStore,
    options: ConversionOptions, environment: Environment, loadID: String
  ) throws(GrebeError) {
    self.snapshot = snapshot
    ledger = Ledger(snapshot)
    self.rejects = rejects
    quarantineStore = quarantine
    self.loadID = loadID
    cancellation = environment.cancellation
    parser = try RecordReparser(snapshot, newColumns: options.evolution.newColumns)
    let metadata = snapshot.metadata
    let layout = DataFileLayout(
      tableSchema: parser.partition.schema, partitionColumns: metadata.partitionColumns,
      columnMapping: metadata.columnMapping,
      parquet: try options.fileFormat.completed(by: metadata, environment: environment)
        .writeOptions(
          for: parser.partition.schema, partitionColumns: metadata.partitionColumns),
      targetFileBytes: options.targetFileBytes,
      statisticsColumns: snapshot.indexedColumns)
    func writer(_ store: any ObjectStore, _ layout: DataFileLayout) -> PartitionedWriter {
      PartitionedWriter(
        store: store, layout: layout, environment: environment,
        budgetBytes: environment.memoryBudgetBytes / 8)
    }
    let quarantineLayout = DataFileLayout(
      tableSchema: QuarantineTable.schema, partitionColumns: [])
    rows = writer(store, layout)
    kept = writer(quarantine, quarantineLayout)
    marked = writer(quarantine, quarantineLayout)
    let (rows, kept, marked) = (rows, kept, marked)
    (rowSession, keptSession, markedSession) = try exposing { () throws(DeltaError) in
      (try rows.makeSession(), try kept.makeSession(), try marked.makeSession())
    }
  }

  func run() throws(GrebeError) {
    do throws(GrebeError) {
      let target = ScanTarget(store: quarantineStore, snapshot: rejects)
      for file in rejects.files { try read(file, target) }
      try handOver()
    } catch {
      discard()
      throw error
    }
  }

  func discard() {
    discardRows()
    kept.discard()
    marked.discard()
  }

  func discardRows() { rows.discard() }

  /// Ends every file. Call once.
  func finish() throws(GrebeError) -> Files {
    try exposing { () throws(DeltaError) in
      try rowSession.endUnit(ordinal: 0)
      try keptSession.endUnit(ordinal: 0)
      try markedSession.endUnit(ordinal: 0)
      return Files(
        rows: try rows.finish(parallelism: 1), replaced: replaced,
        kept: try kept.finish(parallelism: 1), marked: try marked.finish(parallelism: 1))
    }
  }

  // MARK: Files

  private enum Fate {
    case loaded, left, stale, cleared
  }

  /// A file goes if some of its rows do; the others are written again.
  private func read(_ file: AddFile, _ target: ScanTarget) throws(GrebeError) {
    if cancellation.isCancelled {
      throw GrebeError(.cancelled, "interrupted; nothing was committed")
    }
    let batches = try exposing { () throws(DeltaError) in
      try QuarantineTable.batches(of: file, target)
    }
    var fates: [[Fate]] = []
    for batch in batches { fates.append(try judge(batch)) }
    let changes = fates.joined().contains { $0 == .loaded || $0 == .cleared }
    guard changes else { return }
    replaced.append(file)
    for (batch, fates) in zip(batches, fates) {
      let staying = fates.indices.filter { fates[$0] == .left || fates[$0] == .stale }
      let going = fates.indices.filter { fates[$0] == .loaded }
      let cleared = fates.indices.filter { fates[$0] == .cleared }
      try exposing { () throws(DeltaError) in
        // Those that have the mark of another replay keep it: it may yet come to count.
        try keptSession.write(batch.selecting(rows: staying))
        try markedSession.write(batch.selecting(rows: going).withReplayID(.string(loadID)))
        try markedSession.write(batch.selecting(rows: cleared))
      }
    }
  }

  // MARK: Rows

  private func judge(_ batch: ColumnBatch) throws(GrebeError) -> [Fate] {
    var fates: [Fate] = []
    for row in 0..<batch.rowCount {
      let fate = try judge(QuarantinedRow(batch, row))
      fates.append(fate)
      rowsRead += 1
      switch fate {
      case .loaded: rowsWritten += 1
      case .left: rowsLeft += 1
      case .stale: rowsStale += 1
      case .cleared: rowsCleared += 1
      }
    }
    return fates
  }

  private func judge(_ row: QuarantinedRow) throws(GrebeError) -> Fate {
    if let replay = row.replayID, LoadRecord.isCommitted(replay, in: snapshot) { return .cleared }
    guard let context = row.context else {
      return leave(
        row,
        Misfit(
          reason: Misfit.noContext,
          message: row.isOfParquet
            ? "rows of Parquet files are not parsed again"
            : "the row was kept without what it takes to parse it again"))
    }
    var entry: Ledger.Entry?
    if let path = context.path {
      entry = ledger.entries(ofPath: path).first { $0.loadID == row.loadID }
      if entry == nil { return .stale }
    } else if !LoadRecord.isCommitted(row.loadID, in: snapshot) {
      return .stale
    }
    let fitting: RecordReparser.FittingRow
    switch try parser.parse(row, context) {
    case .fits(let parsed): fitting = parsed
    case .unfit(let misfit): return leave(row, misfit)
    }
    pending.append(fitting.row)
    takesOverMarks = takesOverMarks || row.replayID != nil
    let key = context.path ?? ""
    let source = sourceIndex[key] ?? sources.count
    if source == sources.count {
      sourceIndex[key] = source
      sources.append(entry)
    }
    for name in fitting.ignoredColumns { ignored.add(name, rowCount: 1, source: source) }
    if pending.count >= ReplayPass.batchRowCount { try handOver() }
    return .loaded
  }

  private func leave(_ row: QuarantinedRow, _ misfit: Misfit) -> Fate {
    left.add(row, misfit)
    return .left
  }

  private func handOver() throws(GrebeError) {
    guard let first = pending.first else { return }
    let batch = try exposing { () throws(ComputeError) in
      try ColumnBatch.concatenating(pending, schema: first.schema)
    }
    pending = []
    try exposing { () throws(DeltaError) in try rowSession.write(batch) }
  }
}

extension ColumnBatch {
  /// With the last column, `replay_id`, all `id`.
  fileprivate func withReplayID(_ id: Scalar) -> ColumnBatch {
    var columns = columns
    columns[columns.count - 1] = Column(.string, repeating: id, count: rowCount)
    return ColumnBatch(schema: schema, columns: columns, rowCount: rowCount)
  }
}

import Base
package import Columns
import Compute
import Parquet
package import Store
import Synchronization

/// Writes the data files of one job from any number of workers: each row to its partition's file,
/// each file near the target size, and the same files for the same input however
/// many workers there are.
///
/// The input comes in units with ordinals 0, 1, 2, …; a worker owns a `Session` and feeds it one
/// unit at a time. Without partitions a unit's rows become row groups at once. With partitions they
/// are split and set aside; a partition's rows are encoded when they fill a row group, or when all
/// that is set aside exceeds the budget, the fullest partition first. That decision is made in unit
/// order, so it does not depend on timing.
package final class PartitionedWriter: Sendable {
  /// Rows of one partition, cut off for one row group.
  struct Job: Sendable {
    let output: PartitionOutput
    let ordinal: Int
    let batches: [ColumnBatch]
  }

  private struct Aside {
    var batches: [ColumnBatch] = []
    var rowCount = 0
    var sizeBytes = 0
  }

  private struct State {
    var queue = OrderedQueue<[Piece]>()
    var outputs: [PartitionKey: PartitionOutput] = [:]
    var aside: [PartitionKey: Aside] = [:]
    var asideBytes = 0
  }

  /// Rows of one unit that belong to one partition.
  struct Piece: Sendable {
    let key: PartitionKey
    let batch: ColumnBatch
    let sizeBytes: Int
  }

  let job: WriteJob
  private let budgetBytes: Int
  private let state = Mutex(State())
  /// The one output of a table without partitions.
  let whole: PartitionOutput?

  /// - Parameter budgetBytes: rows set aside for partitions stay near this size in memory.
  package init(
    store: any ObjectStore, layout: DataFileLayout, environment: Environment, budgetBytes: Int
  ) {
    job = WriteJob(store: store, layout: layout, environment: environment)
    self.budgetBytes = budgetBytes
    whole =
      layout.isPartitioned ? nil : PartitionOutput(partitionValues: [:], directory: "", job: job)
  }

  /// For rows that are known to belong to one partition.
  package init(
    store: any ObjectStore, layout: DataFileLayout, environment: Environment,
    partitionValues: [String: String?]
  ) {
    job = WriteJob(store: store, layout: layout, environment: environment)
    budgetBytes = 0
    let names = layout.partitionColumns.map { layout.tableSchema.fields[$0].name }
    whole = PartitionOutput(
      partitionValues: partitionValues, directory: partitionDirectory(names, partitionValues),
      job: job)
  }

  /// - Throws: `unsupported` for a column that data files cannot hold.
  package func makeSession() throws(DeltaError) -> Session { try Session(self) }

  /// Every unit below it is in. A worker that is far ahead of it holds its results in memory: it
  /// should wait before it takes another unit.
  package var nextOrdinal: Int {
    whole?.nextOrdinal ?? state.withLock { $0.queue.next }
  }

  /// Sets pieces of a unit aside; returns the row groups that are due now, for the caller to
  /// encode.
  func deposit(_ pieces: [Piece], ordinal: Int, isLast: Bool) -> [Job] {
    state.withLock { state in
      var due: [Job] = []
      for unit in state.queue.insert(pieces, ordinal: ordinal, isLast: isLast) {
        for piece in unit { add(piece, to: &state, due: &due) }
        while state.asideBytes > budgetBytes, let fullest = fullest(state) {
          due.append(cut(fullest, from: &state))
        }
      }
      return due
    }
  }

  private func add(_ piece: Piece, to state: inout State, due: inout [Job]) {
    state.aside[piece.key, default: Aside()].batches.append(piece.batch)
    state.aside[piece.key]!.rowCount += piece.batch.rowCount
    state.aside[piece.key]!.sizeBytes += piece.sizeBytes
    state.asideBytes += piece.sizeBytes
    if state.aside[piece.key]!.rowCount >= job.layout.rowGroupRowCount {
      due.append(cut(piece.key, from: &state))
    }
  }

  /// Ties go to the smaller key text, so that the choice is the same in every run.
  private func fullest(_ state: State) -> PartitionKey? {
    state.aside.max { a, b in
      a.value.sizeBytes != b.value.sizeBytes
        ? a.value.sizeBytes < b.value.sizeBytes : a.key > b.key
    }?.key
  }

  private func cut(_ key: PartitionKey, from state: inout State) -> Job {
    let aside = state.aside.removeValue(forKey: key)!
    state.asideBytes -= aside.sizeBytes
    let output =
      state.outputs[key]
      ?? {
        let made = makeOutput(key)
        state.outputs[key] = made
        return made
      }()
    return Job(output: output, ordinal: output.reserveOrdinal(), batches: aside.batches)
  }

  private func makeOutput(_ key: PartitionKey) -> PartitionOutput {
    PartitionOutput(partitionValues: key.values, directory: key.directory, job: job)
  }

  /// Encodes what is still set aside and ends every file. Call once, after every unit is in.
  package func finish(parallelism: Int) throws(DeltaError) -> [AddFile] {
    let (jobs, outputs) = state.withLock { state in
      let keys = state.aside.keys.sorted()
      let jobs = keys.map { cut($0, from: &state) }
      let all = state.outputs.sorted { $0.key < $1.key }.map(\.value)
      return (jobs, all)
    }
    let next = Atomic(0)
    try withWorkers(count: min(parallelism, max(jobs.count, 1))) { (_, _) throws(DeltaError) in
      let session = try makeSession()
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < jobs.count else { return }
        try session.encode(jobs[index])
        try jobs[index].output.close()
      }
    }
    if let whole { return try whole.finish() }
    var files: [AddFile] = []
    for output in outputs { files += try output.finish() }
    return files
  }

  /// Removes what was written: the job will not be committed. Leaves at most empty directories.
  package func discard() {
    whole?.discard()
    for output in state.withLock({ Array($0.outputs.values) }) { output.discard() }
  }
}

extension PartitionedWriter {
  /// One worker's way in. Not for sharing between threads.
  package final class Session {
    private let owner: PartitionedWriter
    private let rowGroups: RowGroupWriter
    private var groups: [EncodedRowGroup] = []
    /// Rows of the unit in progress that are not split yet.
    private var pending: [ColumnBatch] = []
    private var pendingRowCount = 0
    private var pieces: [Piece] = []
    private var splitter: PartitionSplitter
    /// By the splitter's partition number.
    private var keys: [PartitionKey] = []

    init(_ owner: PartitionedWriter) throws(DeltaError) {
      self.owner = owner
      let layout = owner.job.layout
      rowGroups = try encoding { () throws(ParquetError) in
        try RowGroupWriter(schema: layout.fileSchema, options: layout.parquet)
      }
      splitter = PartitionSplitter(
        schema: layout.tableSchema, keyColumns: layout.partitionColumns)
    }

    /// Rows to split at a time: many enough that a partition's share of them is worth a copy.
    private static let splitRowCount = 1 << 17
    /// What a buffer costs besides its elements: padding and the allocator's own.
    private static let bufferOverheadBytes = 160

    /// Rows of the unit in progress, in the table's columns.
    package func write(_ batch: ColumnBatch) throws(DeltaError) {
      guard batch.rowCount > 0 else { return }
      let layout = owner.job.layout
      if owner.whole != nil {
        let rows = layout.isPartitioned ? batch.selecting(layout.fileColumns) : batch
        return try append(rows, rowLimit: layout.rowGroupRowCount, into: &groups)
      }
      pending.append(batch)
      pendingRowCount += batch.rowCount
      if pendingRowCount >= Session.splitRowCount { try splitPending() }
    }

    /// Splits the pending rows by partition into pieces of their own.
    private func splitPending() throws(DeltaError) {
      guard pendingRowCount > 0 else { return }
      let layout = owner.job.layout
      let fileColumns = layout.fileColumns
      let fileSchema = layout.fileSchema
      let batches = pending
      (pending, pendingRowCount) = ([], 0)
      let (rows, parts) = try computing {
        () throws(ComputeError) -> (ColumnBatch, [PartitionSplitter.Part]) in
        let rows = try ColumnBatch.concatenating(batches, schema: layout.tableSchema)
        return (rows, try splitter.split(rows))
      }
      while keys.count < splitter.partitionCount {
        keys.append(try PartitionKey(splitter.key(keys.count), layout: layout))
      }
      let overheadBytes = fileColumns.count * 2 * Session.bufferOverheadBytes
      for part in parts {
        let columns = fileColumns.map { rows.columns[$0].selecting(part.rows).compacted() }
        let batch = ColumnBatch(schema: fileSchema, columns: columns, rowCount: part.rows.count)
        pieces.append(
          Piece(
            key: keys[part.partition], batch: batch, sizeBytes: batch.sizeBytes + overheadBytes))
      }
    }

    /// Hands over what the unit has so far, so that a long unit need not be held in memory.
    package func endPart(ordinal: Int) throws(DeltaError) {
      try handOver(ordinal: ordinal, isLast: false)
    }

    /// Ends the unit; its rows count as written once every unit before it is in.
    package func endUnit(ordinal: Int) throws(DeltaError) {
      try handOver(ordinal: ordinal, isLast: true)
    }

    private func handOver(ordinal: Int, isLast: Bool) throws(DeltaError) {
      if let whole = owner.whole {
        try finishGroup(into: &groups)
        defer { groups = [] }
        return try whole.append(groups, ordinal: ordinal, isLast: isLast)
      }
      try splitPending()
      let unit = pieces
      pieces = []
      for job in owner.deposit(unit, ordinal: ordinal, isLast: isLast) { try encode(job) }
    }

    /// A job has the rows of a row group, or a piece more: they stay together.
    func encode(_ job: Job) throws(DeltaError) {
      var groups: [EncodedRowGroup] = []
      for batch in job.batches { try append(batch, into: &groups) }
      try finishGroup(into: &groups)
      try job.output.append(groups, ordinal: job.ordinal)
    }

    private func append(
      _ batch: ColumnBatch, rowLimit: Int = .max, into groups: inout [EncodedRowGroup]
    ) throws(DeltaError) {
      var row = 0
      while row < batch.rowCount {
        row += try encoding { () throws(ParquetError) in
          try rowGroups.append(batch, rows: row..<batch.rowCount, rowLimit: rowLimit)
        }
        if rowGroups.isFull { try finishGroup(into: &groups) }
      }
    }

    private func finishGroup(into groups: inout [EncodedRowGroup]) throws(DeltaError) {
      guard rowGroups.rowCount > 0 else { return }
      groups.append(try encoding { () throws(ParquetError) in try rowGroups.finish() })
    }
  }
}

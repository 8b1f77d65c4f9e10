import Base
import Columns
import Compute
import Store
import Synchronization

extension PartitionedWriter {
  /// Runs that are merged at a time: each holds a segment or a block in memory.
  private static let mergeRunCount = 64

  /// Encodes what is still set aside and ends every file. Call once, after every unit is in.
  package func finish(parallelism: Int) throws(DeltaError) -> [AddFile] {
    if let whole { return try whole.finish() }
    let cursors = try remainingRuns(parallelism: parallelism)
    let next = Mutex(
      RunMerge(
        cursors, layout: job.layout, partBytes: min(max(budgetBytes / 8, 1 << 20), 16 << 20)))
    try withWorkers(
      count: parallelism, parent: job.cancellation
    ) { (_, cancellation) throws(DeltaError) in
      let session = try makeSession()
      while !cancellation.isCancelled, let (rows, ordinal) = try nextRows(next) {
        try session.encode(rows, ordinal: ordinal, endsFile: rows.isLast)
      }
    }
    try job.checkCancellation()
    let (keys, outputs) = state.withLock { state in
      state.scratch = nil
      return (state.aside.keys, state.outputs)
    }
    var files: [AddFile] = []
    for (_, output) in zip(keys, outputs).sorted(by: { $0.0 < $1.0 }) {
      files += try output.finish()
    }
    return files
  }

  /// The rows that come next, and their place in their partition.
  private func nextRows(
    _ merge: borrowing Mutex<RunMerge>
  ) throws(DeltaError) -> (rows: MergedRows, ordinal: Int)? {
    try merge.withLock { (merge) throws(DeltaError) in
      guard let rows = try merge.next() else { return nil }
      return (rows, state.withLock { $0.aside.reserveOrdinal(rows.partition) })
    }
  }

  /// Runs on the scratch file and in memory, few enough to be merged at once.
  private func remainingRuns(parallelism: Int) throws(DeltaError) -> [RunCursor] {
    var (runs, rest) = state.withLock { state in
      (state.runs.sorted { $0.key < $1.key }.map(\.value), state.aside.takeAll())
    }
    while runs.count > PartitionedWriter.mergeRunCount {
      runs = try mergedOnce(runs, parallelism: parallelism)
    }
    if runs.isEmpty { return rest.map { RunCursor($0) } }
    let scratch = try scratch()
    var cursors: [RunCursor] = []
    for run in runs { cursors.append(try RunCursor(run, of: scratch)) }
    return cursors + rest.map { RunCursor($0) }
  }

  /// Neighbouring runs become one.
  private func mergedOnce(
    _ runs: [SpillRun], parallelism: Int
  ) throws(DeltaError) -> [SpillRun] {
    let scratch = try scratch()
    let size = PartitionedWriter.mergeRunCount
    let groups = stride(from: 0, to: runs.count, by: size).map {
      Array(runs[$0..<min($0 + size, runs.count)])
    }
    let next = Atomic(0)
    let results = Mutex<[Int: SpillRun]>([:])
    try withWorkers(count: min(parallelism, groups.count)) { (_, _) throws(DeltaError) in
      while true {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < groups.count else { return }
        var cursors: [RunCursor] = []
        for run in groups[index] { cursors.append(try RunCursor(run, of: scratch)) }
        let merged = try merged(cursors)
        results.withLock { $0[index] = merged }
      }
    }
    return results.withLock { results in groups.indices.map { results[$0]! } }
  }

  /// Writes the rows of some runs as one run.
  func merged(_ cursors: [RunCursor]) throws(DeltaError) -> SpillRun {
    var writer = RunWriter(try scratch())
    var merge = RunMerge(cursors, layout: job.layout, partBytes: 1 << 20)
    let unpacker = RowUnpacker(schema: job.layout.fileSchema)
    while let rows = try merge.next() {
      try job.checkCancellation()
      if case .packed(let pieces) = rows.content {
        for piece in pieces { try writer.append(piece) }
        continue
      }
      try rows.forEachBatch(job.layout, unpacker) { (batch) throws(DeltaError) in
        for piece in batch.packed(
          0..<batch.rowCount, partition: rows.partition, rowLimit: 1 << 12)
        {
          try writer.append(piece)
        }
      }
    }
    return try writer.finish()
  }
}

import Base
import Columns
import Compute
import Parquet
package import Store
import Synchronization

/// Writes the data files of one job from any number of workers: each row to its partition's file,
/// rows of a file sorted if they are to be, each file near the target size, and the same files for
/// the same input however many workers there are.
///
/// The input comes in units with ordinals 0, 1, 2, …; a worker owns a `Session` and feeds it one
/// unit at a time. Without partitions and order a unit's rows become row groups at once. Otherwise:
///
/// 1. A worker arranges the rows of its unit by partition, sorts them, and packs them (`Session`).
/// 2. In unit order the packed pieces are set aside. What exceeds the budget becomes row groups, or
///    a run on a scratch file (`SetAside`).
/// 3. At the end runs and pieces are merged, partition by partition, into row groups (`RunMerge`).
///
/// Every partition so gets as few and as large row groups and files as its rows allow, whatever the
/// budget, and one file in progress a worker is enough for any number of partitions.
package final class PartitionedWriter: Sendable {
  struct State {
    var queue = OrderedQueue<[[SetAside.Arrival]]>()
    var aside: SetAside
    var outputs: [PartitionOutput] = []
    var runs: [Int: SpillRun] = [:]
    /// Packed bytes of runs that are being written.
    var spillingBytes = 0
    var scratch: (any ScratchFile)?
    /// A worker has failed: runs that it should have written will not be.
    var hasFailed = false
  }

  let job: WriteJob
  let budgetBytes: Int
  let state: Mutex<State>
  /// The one output of rows that are neither partitioned nor sorted.
  let whole: PartitionOutput?

  /// - Parameter budgetBytes: rows set aside stay near this size in memory.
  package init(
    store: any ObjectStore, layout: DataFileLayout, environment: Environment, budgetBytes: Int
  ) {
    job = WriteJob(store: store, layout: layout, environment: environment)
    self.budgetBytes = budgetBytes
    state = Mutex(State(aside: SetAside(budgetBytes: budgetBytes, layout: layout)))
    whole =
      layout.isPartitioned || !layout.sortKeys.isEmpty
      ? nil : PartitionOutput(partitionValues: [:], directory: "", job: job)
  }

  /// For rows that are known to belong to one partition. Their order stays.
  package init(
    store: any ObjectStore, layout: DataFileLayout, environment: Environment,
    partitionValues: [String: String?]
  ) {
    job = WriteJob(store: store, layout: layout, environment: environment)
    budgetBytes = 0
    state = Mutex(State(aside: SetAside(budgetBytes: 0, layout: layout)))
    let names = layout.partitionColumns.map { layout.tableSchema.fields[$0].name }
    whole = PartitionOutput(
      partitionValues: partitionValues,
      directory: layout.directory + partitionDirectory(names, partitionValues), job: job)
  }

  /// - Throws: `unsupported` for a column that data files cannot hold.
  package func makeSession() throws(DeltaError) -> Session { try Session(self) }

  /// Every unit below it is in. A worker that is far ahead of it holds its results in memory: it
  /// should wait before it takes another unit.
  package var nextOrdinal: Int {
    whole?.nextOrdinal ?? state.withLock { $0.queue.next }
  }

  /// Whether a unit has to wait before more of it is encoded: row groups of units before it are
  /// still missing, and those that wait for them take what they may. The unit whose turn it is
  /// never waits, so the others' turns come.
  package func mustWait(_ ordinal: Int) -> Bool {
    ordinal > nextOrdinal && waitingBytes > waitingMaxBytes
  }

  /// Bytes of encoded row groups that wait in memory for those of units before theirs.
  package var waitingBytes: Int { whole?.waitingBytes ?? 0 }
  /// With more of them only the unit goes on whose turn it is; the others add no more than the row
  /// group that each of them has at hand.
  private var waitingMaxBytes: Int { budgetBytes }

  /// How many workers may have a session each, at most `parallelism`: as many as have room for the
  /// buffers of a row group, in `memoryBytes` and half of what every process is allowed besides.
  ///
  /// - Parameter inputBytes: what a worker takes for its input.
  /// - Throws: `resourceLimit` if the buffers of one have none.
  package func workerCount(
    upTo parallelism: Int, memoryBytes: Int, inputBytes: Int
  ) throws(DeltaError) -> Int {
    let layout = job.layout
    let bufferBytes = try encoding { () throws(ParquetError) in
      try RowGroupWriter.bufferBytes(layout.fileSchema, layout.parquet)
    }
    guard bufferBytes <= memoryBytes + PartitionedWriter.memoryBesidesBytes else {
      throw DeltaError(
        .resourceLimit,
        "a table of \(layout.fileSchema.count) columns takes \(bufferBytes >> 20) MiB of memory "
          + "to write, more than the \(memoryBytes >> 20) MiB it may use",
        hint: "allow more with --memory")
    }
    let workerBytes = bufferBytes + inputBytes
    let count = (memoryBytes + PartitionedWriter.memoryBesidesBytes / 2) / workerBytes
    return min(parallelism, max(count, 1))
  }

  /// What a process may take besides its budget.
  private static let memoryBesidesBytes = 200 << 20

  /// Sets splits of a unit aside; returns what is due now, for the caller to do.
  func deposit(_ splits: [[SetAside.Arrival]], ordinal: Int, isLast: Bool) -> [SetAside.Work] {
    state.withLock { state in
      var due: [SetAside.Work] = []
      for unit in state.queue.insert(splits, ordinal: ordinal, isLast: isLast) {
        for split in unit { state.aside.add(split, due: &due) }
      }
      makeOutputs(&state)
      for case .spill(_, _, let sizeBytes) in due { state.spillingBytes += sizeBytes }
      return due
    }
  }

  private func makeOutputs(_ state: inout State) {
    for key in state.aside.keys[state.outputs.count...] {
      state.outputs.append(
        PartitionOutput(partitionValues: key.values, directory: key.directory, job: job))
    }
  }

  func output(_ partition: Int) -> PartitionOutput { state.withLock { $0.outputs[partition] } }

  /// Writes a run to the scratch file, the rows of its partitions merged.
  func spill(_ runs: [[PackedPiece]], index: Int, sizeBytes: Int) throws(DeltaError) {
    defer { state.withLock { $0.spillingBytes -= sizeBytes } }
    let run = try merged(runs.map { RunCursor($0) })
    state.withLock { $0.runs[index] = run }
  }

  /// Whether rows that wait and runs that are being written exceed the budget: then it is better
  /// not to read more.
  var isOverBudget: Bool {
    state.withLock { state in
      !state.hasFailed && state.spillingBytes > 0
        && state.spillingBytes + state.aside.sizeBytes > budgetBytes
    }
  }

  /// Lets nobody wait for what a failed worker leaves undone.
  func fail() { state.withLock { $0.hasFailed = true } }

  /// The scratch file, made when it is needed first.
  func scratch() throws(DeltaError) -> any ScratchFile {
    try state.withLock { (state) throws(DeltaError) in
      if let scratch = state.scratch { return scratch }
      let made = try spilling { () throws(StoreError) in try job.openScratch() }
      state.scratch = made
      return made
    }
  }

  /// Removes what was written: the job will not be committed. Leaves at most empty directories.
  package func discard() {
    whole?.discard()
    let outputs = state.withLock { state in
      state.scratch = nil
      return state.outputs
    }
    for output in outputs { output.discard() }
  }
}

import Base
import Columns
package import Delta
package import Parquet
package import Store
import Synchronization

/// A task carried out: the files that may replace its inputs. Nothing is committed yet.
package struct CompactionResult: Sendable {
  package let task: CompactionTask
  package let removed: [AddFile]
  package let added: [AddFile]
  package let rowCount: Int64

  package init(task: CompactionTask, removed: [AddFile], added: [AddFile], rowCount: Int64) {
    self.task = task
    self.removed = removed
    self.added = added
    self.rowCount = rowCount
  }
}

/// Carries out tasks: scan, write, compare the row counts. Never commits, and leaves no file behind
/// when it fails.
package struct CompactionWorker: Sendable {
  /// Rows of a unit of work: what becomes a row group of the output.
  private static let unitRowCount: Int64 = 1 << 18

  private let store: any ObjectStore
  private let snapshot: Snapshot
  private let environment: Environment
  private let parquet: ParquetWriteOptions
  private let filesByPath: [String: AddFile]

  /// O(files of the snapshot): one worker serves every task of a plan.
  package init(
    store: any ObjectStore, snapshot: Snapshot, environment: Environment,
    parquet: ParquetWriteOptions = ParquetWriteOptions()
  ) {
    self.store = store
    self.parquet = parquet
    self.snapshot = snapshot
    self.environment = environment
    filesByPath = Dictionary(snapshot.files.map { ($0.path, $0) }, uniquingKeysWith: { $1 })
  }

  package func run(_ task: CompactionTask) throws(DeltaError) -> CompactionResult {
    try run(task, in: environment)
  }

  /// With as many workers as `environment` allows; the result does not depend on how many.
  func run(
    _ task: CompactionTask, in environment: Environment
  ) throws(DeltaError) -> CompactionResult {
    let inputs = try inputs(of: task)
    let outputs = OutputRecorder(store)
    do throws(DeltaError) {
      return try rewrite(inputs, for: task, to: outputs, environment)
    } catch {
      outputs.deleteOutputs()
      throw error
    }
  }

  private func inputs(of task: CompactionTask) throws(DeltaError) -> [AddFile] {
    var inputs: [AddFile] = []
    for path in task.inputs {
      guard let file = filesByPath[path] else {
        throw DeltaError(
          .invalidArgument, "the task names a file that version \(snapshot.version) does not have",
          file: path)
      }
      inputs.append(file)
    }
    return inputs
  }

  private func rewrite(
    _ inputs: [AddFile], for task: CompactionTask, to outputs: OutputRecorder,
    _ environment: Environment
  ) throws(DeltaError) -> CompactionResult {
    let writer = PartitionedWriter(
      store: outputs,
      layout: snapshot.fileLayout(targetFileBytes: task.targetFileBytes, parquet: parquet),
      environment: environment, partitionValues: task.partitionValues)
    let rowsRead = try copy(units(inputs), into: writer, environment)
    let added = try writer.finish(parallelism: 1).map { file in
      var file = file
      file.dataChange = false
      return file
    }
    try verify(task, rowsRead: rowsRead, inputs: inputs, added: added)
    return CompactionResult(task: task, removed: inputs, added: added, rowCount: rowsRead)
  }

  /// Consecutive files that together make a row group.
  private func units(_ files: [AddFile]) -> [[AddFile]] {
    var units: [[AddFile]] = []
    var rows: Int64 = 0
    for file in files {
      // A count from outside: a unit of its own is the worst that a false one causes.
      let count = min(file.liveRowCount ?? .max, CompactionWorker.unitRowCount)
      if units.isEmpty || rows + count > CompactionWorker.unitRowCount {
        units.append([])
        rows = 0
      }
      units[units.count - 1].append(file)
      rows += count
    }
    return units
  }

  /// Returns the number of rows.
  private func copy(
    _ units: [[AddFile]], into writer: PartitionedWriter, _ environment: Environment
  ) throws(DeltaError) -> Int64 {
    let next = Atomic(0)
    let rowsRead = Atomic<Int64>(0)
    try withWorkers(
      count: max(1, min(environment.parallelism, units.count)), parent: environment.cancellation
    ) { (_, cancellation) throws(DeltaError) in
      let session = try writer.makeSession()
      while true {
        let ordinal = next.add(1, ordering: .relaxed).oldValue
        guard ordinal < units.count else { return }
        for file in units[ordinal] {
          if cancellation.isCancelled {
            throw DeltaError(.cancelled, "interrupted", file: file.path)
          }
          rowsRead.add(try copy(file, into: session), ordering: .relaxed)
        }
        try session.endUnit(ordinal: ordinal)
      }
    }
    // A worker that sees the flag before its first unit ends without an error of its own.
    if environment.cancellation.isCancelled { throw DeltaError(.cancelled, "interrupted") }
    return rowsRead.load(ordering: .relaxed)
  }

  /// Returns the number of rows.
  private func copy(
    _ file: AddFile, into session: PartitionedWriter.Session
  ) throws(DeltaError) -> Int64 {
    let target = ScanTarget(store: store, snapshot: snapshot, rowIDs: true)
    let scanner = try FileScanner(file, of: target, columns: Array(0..<target.schema.count))
    var rowCount: Int64 = 0
    for rowGroup in 0..<scanner.rowGroupCount {
      try scanner.forEachBatch(rowGroup: rowGroup) { (batch) throws(DeltaError) in
        rowCount += Int64(batch.rowCount)
        try session.write(batch)
        return true
      }
    }
    return rowCount
  }

  /// What was written must be what was read, and what was read what the log promised.
  private func verify(
    _ task: CompactionTask, rowsRead: Int64, inputs: [AddFile], added: [AddFile]
  ) throws(DeltaError) {
    let written = added.reduce(0) { $0 + ($1.rowCount ?? 0) }
    let promised = inputs.reduce(Int64(0)) { sum, file in sum &+ (file.liveRowCount ?? 0) }
    let promiseIsKnown = inputs.allSatisfy { $0.rowCount != nil }
    guard written == rowsRead, !promiseIsKnown || promised == rowsRead else {
      throw DeltaError(
        .corrupt,
        "compaction read \(rowsRead) rows and wrote \(written), but the log says \(promised)",
        table: store.location, hint: "nothing was changed; run grebe verify on the table")
    }
  }
}

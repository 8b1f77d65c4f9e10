import Parquet
import Store
import Synchronization

/// The data files of one partition (or of the whole table, if it has none): row groups go in by
/// ordinal from any worker and come out in order, and a file ends when it has reached its size.
final class PartitionOutput: Sendable {
  private struct State {
    var queue = OrderedQueue<[EncodedRowGroup]>()
    var writer: DataFileWriter?
    var nextOrdinal = 0
    var finished: [AddFile] = []
  }

  let partitionValues: [String: String?]
  private let directory: String
  private let job: WriteJob
  private let state = Mutex(State())

  init(partitionValues: [String: String?], directory: String, job: WriteJob) {
    self.partitionValues = partitionValues
    self.directory = directory
    self.job = job
  }

  /// The place in this partition's order for row groups that will be encoded later.
  func reserveOrdinal() -> Int {
    state.withLock { state in
      defer { state.nextOrdinal += 1 }
      return state.nextOrdinal
    }
  }

  /// Every ordinal below it has been written.
  var nextOrdinal: Int { state.withLock { $0.queue.next } }

  /// Writes `groups` once everything before `ordinal` is written. An ordinal may come in parts.
  func append(
    _ groups: [EncodedRowGroup], ordinal: Int, isLast: Bool = true
  ) throws(DeltaError) {
    try state.withLock { (state) throws(DeltaError) in
      for group in state.queue.insert(groups, ordinal: ordinal, isLast: isLast).joined()
      where group.rowCount > 0 {
        if state.writer == nil {
          job.openFileCount.add(1, ordering: .relaxed)
          state.writer = try DataFileWriter(
            store: job.store, path: job.names.next(in: directory), partitionValues: partitionValues,
            layout: job.layout)
        }
        try state.writer?.append(group)
        if let writer = state.writer, writer.sizeBytes >= job.layout.targetFileBytes {
          try finishFile(&state)
        }
      }
      // Too many files in progress: this one ends early, and a later row group opens another.
      if job.openFileCount.load(ordering: .relaxed) > WriteJob.openFileLimit {
        try finishFile(&state)
      }
    }
  }

  /// Ends the file in progress, if there is one.
  func finish() throws(DeltaError) -> [AddFile] {
    try state.withLock { (state) throws(DeltaError) in
      try finishFile(&state)
      return state.finished
    }
  }

  /// Removes the files of this output: the job will not be committed.
  func discard() {
    let finished = state.withLock { state in
      state.writer = nil
      defer { state.finished = [] }
      return state.finished
    }
    for file in finished {
      // What cannot be removed is a file that no log names: harmless, and vacuum's to find.
      if let path = try? file.storePath() { try? job.store.delete(path) }
    }
  }

  /// Ends the file in progress so that it holds no descriptor; a later row group opens another.
  func close() throws(DeltaError) {
    try state.withLock { (state) throws(DeltaError) in try finishFile(&state) }
  }

  private func finishFile(_ state: inout State) throws(DeltaError) {
    guard let writer = state.writer else { return }
    state.writer = nil
    job.openFileCount.subtract(1, ordering: .relaxed)
    state.finished.append(try writer.finish(nowMillis: job.nowMillis()))
  }
}

/// What every writer of one job shares.
final class WriteJob: Sendable {
  /// Files in progress at once; systems allow a process 1024 descriptors unless told otherwise.
  static let openFileLimit = 256

  let store: any ObjectStore
  let layout: DataFileLayout
  let names: DataFileNames
  let nowMillis: @Sendable () -> Int64
  let openFileCount = Atomic(0)

  init(store: any ObjectStore, layout: DataFileLayout, environment: Environment) {
    self.store = store
    self.layout = layout
    names = DataFileNames(environment, codec: layout.parquet.codec)
    nowMillis = environment.nowMillis
  }
}

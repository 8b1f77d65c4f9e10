import Base
import Parquet
import Store
import Synchronization

/// The data files of one partition (or of the whole table, if it has none): row groups go in by
/// ordinal from any worker and come out in order, and a file ends when it has reached its size.
final class PartitionOutput: Sendable {
  private struct Part {
    var groups: [EncodedRowGroup]
    var endsFile: Bool
  }

  private struct State {
    var queue = OrderedQueue<Part>()
    /// Of row groups in the queue.
    var waitingBytes = 0
    var writer: DataFileWriter?
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

  /// Every ordinal below it has been written.
  var nextOrdinal: Int { state.withLock { $0.queue.next } }

  /// Bytes of row groups that wait in memory for those of ordinals before theirs.
  var waitingBytes: Int { state.withLock { $0.waitingBytes } }

  /// Writes `groups` once everything before `ordinal` is written. An ordinal may come in parts.
  ///
  /// - Parameter endsFile: ends the file in progress after them, so that it holds no descriptor; a
  ///   later row group opens another.
  func append(
    _ groups: [EncodedRowGroup], ordinal: Int, isLast: Bool = true, endsFile: Bool = false
  ) throws(DeltaError) {
    try state.withLock { (state) throws(DeltaError) in
      let part = Part(groups: groups, endsFile: endsFile)
      for group in groups { state.waitingBytes += group.sizeBytes }
      for part in state.queue.insert(part, ordinal: ordinal, isLast: isLast) {
        for group in part.groups { state.waitingBytes -= group.sizeBytes }
        for group in part.groups where group.rowCount > 0 { try append(group, &state) }
        if part.endsFile { try finishFile(&state) }
      }
    }
  }

  private func append(_ group: EncodedRowGroup, _ state: inout State) throws(DeltaError) {
    if state.writer == nil {
      state.writer = try DataFileWriter(
        store: job.store, path: job.names.next(in: directory), partitionValues: partitionValues,
        layout: job.layout)
    }
    try state.writer?.append(group)
    if let writer = state.writer, writer.sizeBytes >= job.layout.targetFileBytes {
      try finishFile(&state)
    }
  }

  /// Ends the file in progress, if there is one.
  func finish() throws(DeltaError) -> [AddFile] {
    try state.withLock { (state) throws(DeltaError) in
      try finishFile(&state)
      return state.finished
    }
  }

  /// Removes the files of this output, and its partition's directory if nothing else is in it: the
  /// job will not be committed.
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
    var folders = directory.split(separator: "/")
    while !folders.isEmpty,
      (try? job.store.removeEmptyDirectory(folders.joined(separator: "/"))) ?? false
    { folders.removeLast() }
  }

  private func finishFile(_ state: inout State) throws(DeltaError) {
    guard let writer = state.writer else { return }
    state.writer = nil
    state.finished.append(try writer.finish(nowMillis: job.nowMillis()))
  }
}

/// What every writer of one job shares.
final class WriteJob: Sendable {
  let store: any ObjectStore
  let layout: DataFileLayout
  let names: DataFileNames
  let nowMillis: @Sendable () -> Int64
  let openScratch: @Sendable () throws(StoreError) -> any ScratchFile
  let cancellation: Cancellation

  init(store: any ObjectStore, layout: DataFileLayout, environment: Environment) {
    self.store = store
    self.layout = layout
    names = DataFileNames(environment, codec: layout.parquet.codec)
    nowMillis = environment.nowMillis
    openScratch = environment.openScratch
    cancellation = environment.cancellation
  }

  func checkCancellation() throws(DeltaError) {
    if cancellation.isCancelled {
      throw DeltaError(.cancelled, "interrupted; nothing was committed")
    }
  }
}

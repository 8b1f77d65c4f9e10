import Base
import Delta
public import Store

/// How a watched directory's files become loads.
public struct WatchOptions: Sendable {
  /// Pause between two looks at the directory.
  public var intervalMillis = 1000
  /// A file is complete when neither its size nor its time has changed for so long.
  public var settleMillis = 2000
  /// What one load takes at most; a single file may be larger.
  public var batchBytes: Int64 = 1 << 30
  public var batchFileCount = 1000
  /// Rows that one load takes at most, as far as the bytes of rows loaded before tell; nil: any
  /// number. The first load is one file, so that there is something to tell by.
  public var batchRowCount: Int?
  /// How long a file may wait for others to share its load.
  public var batchMillis = 0

  public init() {}
}

/// What a watch tells as it goes.
public enum WatchEvent: Sendable {
  /// A load was committed.
  case loaded(ConversionReport, WatchBacklog)
  /// A file is set aside until it changes; the others go on.
  case failed(ConversionReport.Source, GrebeError)
  /// A load will be tried again.
  case retrying(GrebeError, afterMillis: Int)
}

/// Files that are there and not loaded.
public struct WatchBacklog: Sendable, Equatable {
  public var fileCount = 0
  public var sizeBytes: Int64 = 0
  /// Time since the oldest of them was written.
  public var behindMillis: Int64 = 0

  /// The same after so much time in which none was loaded.
  func aged(byMillis millis: Int64) -> WatchBacklog {
    var backlog = self
    if fileCount > 0 { backlog.behindMillis += max(0, millis) }
    return backlog
  }
}

/// Loads the files of a directory as they land, each once, in bounded loads.
///
///  1. Look: list the directory. What was loaded or has failed stays out until its size or time
///     changes; what is still growing waits.
///  2. Load the oldest complete files in one commit, with the ledger that makes it exactly once: a
///     watch that dies and starts again goes on where it was.
///  3. A load that fails for its data is split in two until the file to blame is alone and set
///     aside. One that lost to another writer is tried again, later each time.
public struct WatchedConversion {
  private static let retryMillisMax = 30_000
  /// Failures of the store in a row, after which the watch gives up.
  private static let storeFailureMax = 8

  private let directory: String
  private let location: String
  private let options: ConversionOptions
  private let watch: WatchOptions
  private let environment: Environment
  private let sleep: (Int) -> Void

  /// - Parameter directory: a directory, or a pattern.
  public init(
    directory: String, into location: String, options: ConversionOptions, watch: WatchOptions,
    environment: Environment
  ) {
    self.init(
      directory: directory, into: location, options: options, watch: watch,
      environment: environment, sleep: pause(millis:))
  }

  /// - Parameter sleep: waits for so many milliseconds.
  init(
    directory: String, into location: String, options: ConversionOptions, watch: WatchOptions,
    environment: Environment, sleep: @escaping (Int) -> Void
  ) {
    self.directory = directory
    self.location = location
    self.options = options
    self.watch = watch
    self.environment = environment
    self.sleep = sleep
  }

  /// Watches until the environment's cancellation is set; the load at hand is then abandoned, and
  /// the table is at the last load.
  ///
  /// - Throws: what no other file could mend: a table that cannot be written, wrong options, a file
  ///   in place of the directory.
  public func run(
    note: (String) -> Void = { _ in }, report: (WatchEvent) -> Void
  ) throws(GrebeError) {
    try checkDirectory(note)
    var state = WatchState(settleMillis: Int64(watch.settleMillis))
    var failures = 0
    try forgetLoaded(&state)
    while !environment.cancellation.isCancelled {
      state.observe(try files(), nowMillis: environment.nowMillis())
      let batch = nextBatch(state)
      if batch.isEmpty {
        wait(watch.intervalMillis)
        continue
      }
      do throws(GrebeError) {
        // A load that is divided tells what it says of a file once.
        var told: Set<String> = []
        try load(batch, &state, { if told.insert($0).inserted { note($0) } }, report)
        failures = 0
      } catch {
        if error.code == .cancelled { return }
        failures += 1
        guard error.code == .conflict || error.code == .notFound || error.code == .io,
          error.code == .conflict || failures < WatchedConversion.storeFailureMax
        else { throw error }
        let delay = min(
          max(watch.intervalMillis, 50) << min(failures - 1, 8), WatchedConversion.retryMillisMax)
        report(.retrying(error, afterMillis: delay))
        wait(delay)
      }
    }
  }

  /// What is no directory is refused; one that may yet come is told of, since it may be a slip.
  private func checkDirectory(_ note: (String) -> Void) throws(GrebeError) {
    guard var place = SourceResolver.directory(of: directory) else { return }
    while place.count > 1, place.hasSuffix("/") { place.removeLast() }
    let found = try FileLocation(place, environment: environment)
    if try found.exists() {
      throw GrebeError(
        .invalidArgument, "a file, not a directory to watch", place: place,
        hint: "watch the directory that files land in; without --watch the file is loaded at once")
    }
    if !found.isDirectory() { note("\(place) is not there yet: waiting for it") }
  }

  private func files() throws(GrebeError) -> [SourceFile] {
    do throws(GrebeError) {
      return try SourceResolver(environment: environment).resolve([directory]).files
    } catch {
      // Nothing there yet.
      if error.code == .notFound { return [] }
      throw error
    }
  }

  /// What the table holds already need not wait for its turn in a load.
  private func forgetLoaded(_ state: inout WatchState) throws(GrebeError) {
    let store = try exposing { () throws(StoreError) in try environment.openStore(location) }
    let snapshot = try exposing { () throws(DeltaError) in try Snapshot.loadIfPresent(store) }
    guard let snapshot else { return }
    let ledger = Ledger(snapshot)
    for file in try files() {
      // A file in motion cannot be told yet; the load that takes it asks again.
      let status = try? ledger.status(of: file)
      if status == .loaded { state.finish(file) }
    }
  }

  /// The oldest files that are complete, up to the size of one load; none while they may wait.
  private func nextBatch(_ state: WatchState) -> [SourceFile] {
    var batch: [SourceFile] = []
    var size: Int64 = 0
    var sizeLimit = watch.batchBytes
    if let rowCount = watch.batchRowCount {
      sizeLimit = min(sizeLimit, Int64(min(Double(rowCount) * (state.rowBytes ?? 0), 1e18)))
    }
    for file in state.complete {
      let isFull = batch.count >= watch.batchFileCount || size + file.sizeBytes > sizeLimit
      if isFull && !batch.isEmpty { return batch }
      batch.append(file)
      size += file.sizeBytes
    }
    return state.backlog.behindMillis >= Int64(watch.batchMillis) ? batch : []
  }

  private func load(
    _ batch: [SourceFile], _ state: inout WatchState, _ note: (String) -> Void,
    _ report: (WatchEvent) -> Void
  ) throws(GrebeError) {
    if environment.cancellation.isCancelled { throw GrebeError(.cancelled, "interrupted") }
    do throws(GrebeError) {
      state.age(nowMillis: environment.nowMillis())
      let result = try Conversion(
        files: batch, into: location, options: options, environment: environment,
        waiting: state.backlog(without: batch)
      ).run(note: note)
      for file in batch { state.finish(file) }
      if result.rowsRead > 0 {
        state.rowBytes = Double(result.bytesRead) / Double(result.rowsRead)
      }
      state.age(nowMillis: environment.nowMillis())
      if result.sources.contains(where: { $0.status != .alreadyLoaded }) {
        report(.loaded(result, state.backlog))
      }
    } catch {
      guard isFault(error, of: batch) else { throw error }
      if batch.count == 1 {
        state.finish(batch[0])
        return report(
          .failed(
            .init(path: batch[0].name, sizeBytes: batch[0].sizeBytes, status: .failed), error))
      }
      let middle = batch.count / 2
      try load(Array(batch[..<middle]), &state, note, report)
      try load(Array(batch[middle...]), &state, note, report)
    }
  }

  /// Whether a file is to blame, so that the others may do without it.
  private func isFault(_ error: GrebeError, of batch: [SourceFile]) -> Bool {
    let isNamed = batch.contains { error.place.hasPrefix($0.name) }
    return switch error.code {
    // A table whose log is damaged is no file's fault.
    case .corrupt, .resourceLimit: isNamed || !error.place.hasPrefix(location)
    case .unsupported, .invalidArgument: isNamed
    default: false
    }
  }

  private func wait(_ millis: Int) {
    var left = millis
    while left > 0 && !environment.cancellation.isCancelled {
      let step = min(left, 100)
      sleep(step)
      left -= step
    }
  }
}

/// Which files of a watched directory are complete, and which are done with.
struct WatchState {
  private struct Seen {
    var file: SourceFile
    /// When it was first seen with this size and time.
    let sinceMillis: Int64
    var isDone = false
  }

  private let settleMillis: Int64
  /// Of the rows loaded last.
  var rowBytes: Double?
  private var seen: [String: Seen] = [:]
  private var nowMillis: Int64 = 0

  init(settleMillis: Int64) { self.settleMillis = settleMillis }

  /// Takes in what is there now; what is gone is forgotten.
  mutating func observe(_ files: [SourceFile], nowMillis: Int64) {
    self.nowMillis = nowMillis
    var present: [String: Seen] = [:]
    for file in files {
      let key = byteIdentity(file.identity)
      if let known = seen[key], known.file.sizeBytes == file.sizeBytes,
        known.file.modifiedMillis == file.modifiedMillis
      {
        present[key] = known
      } else {
        present[key] = Seen(file: file, sinceMillis: nowMillis)
      }
    }
    seen = present
  }

  /// The file is loaded or set aside: it counts no more until it changes.
  mutating func finish(_ file: SourceFile) {
    seen[byteIdentity(file.identity)] = Seen(file: file, sinceMillis: nowMillis, isDone: true)
  }

  mutating func age(nowMillis: Int64) { self.nowMillis = nowMillis }

  /// Files to load, the oldest first. One that was written long before it was first seen was moved
  /// in, and is complete.
  var complete: [SourceFile] {
    seen.values
      .filter { entry in
        !entry.isDone
          && (nowMillis - entry.sinceMillis >= settleMillis
            || nowMillis - entry.file.modifiedMillis >= settleMillis)
      }
      .map(\.file)
      .sorted { ($0.modifiedMillis, $0.path) < ($1.modifiedMillis, $1.path) }
  }

  /// Everything that is not loaded, files that are still growing included.
  var backlog: WatchBacklog { backlog(without: []) }

  /// The same, but for files that are being loaded.
  func backlog(without files: [SourceFile]) -> WatchBacklog {
    let loading = Set(files.map { byteIdentity($0.identity) })
    var backlog = WatchBacklog()
    for (key, entry) in seen where !entry.isDone && !loading.contains(key) {
      backlog.fileCount += 1
      backlog.sizeBytes += entry.file.sizeBytes
      backlog.behindMillis = max(backlog.behindMillis, nowMillis - entry.file.modifiedMillis)
    }
    return backlog
  }
}

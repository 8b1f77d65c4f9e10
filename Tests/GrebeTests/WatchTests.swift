import Base
import Columns
import Delta
import Store
import Synchronization
import TestSupport
import Testing

@testable import Grebe

@Suite("Watching") struct WatchTests {
  /// Watches a directory until a script, called at every pause, says that it is enough.
  private func watch(
    _ bench: TimedBench, _ directory: String = "dumps", environment: Environment? = nil,
    _ configure: (inout WatchOptions, inout ConversionOptions) -> Void = { _, _ in },
    note: (String) -> Void = { _ in }, script: @escaping (_ pause: Int) throws -> Bool
  ) throws -> [WatchEvent] {
    var environment = environment ?? bench.environment()
    environment.cancellation = Cancellation()
    let stop = environment.cancellation
    var watch = WatchOptions()
    watch.intervalMillis = 100
    watch.settleMillis = 300
    var options = ConversionOptions()
    configure(&watch, &options)
    var pauses = 0
    var events: [WatchEvent] = []
    try WatchedConversion(
      directory: directory, into: "lake", options: options, watch: watch, environment: environment,
      sleep: { millis in
        bench.clock.advance(Int64(millis))
        pauses += 1
        if (try? script(pauses)) ?? false || pauses > 1000 { stop.cancel() }
      }
    ).run(note: note) { events.append($0) }
    #expect(pauses <= 1000, "the watch never came to an end")
    return events
  }

  private func loads(_ events: [WatchEvent]) -> [(ConversionReport, WatchBacklog)] {
    events.compactMap { event in
      guard case .loaded(let report, let backlog) = event else { return nil }
      return (report, backlog)
    }
  }

  /// Metrics of every commit, the oldest first.
  private func metrics(_ bench: TimedBench) throws -> [[String: String]] {
    try loadHistory(bench.lake).reversed().map(\.metrics)
  }

  @Test func `a load takes no more files than have so many rows, as the rows before tell`() throws {
    let bench = TimedBench()
    for file in 0..<9 {
      let lines = (0..<10).map { "\(file)\($0)\n" }.joined()
      try bench.dumps.put("f\(file).csv", Buffer(Array(("n\n" + lines).utf8)).bytes)
    }
    let events = try watch(bench) { watch, _ in
      watch.batchRowCount = 35
    } script: { pause in
      pause > 30
    }
    #expect(loads(events).map(\.0.rowsRead) == [10, 30, 30, 20])
  }

  @Test func `a file is loaded once it has not changed for a while`() throws {
    let bench = TimedBench()
    let events = try watch(bench) { pause in
      // Longer at every look, up to the fifth.
      if pause <= 5 {
        let lines = (0..<pause).map { "\($0)\n" }.joined()
        try bench.dumps.put("a.csv", Buffer(Array(("n\n" + lines).utf8)).bytes)
        #expect(try Snapshot.loadIfPresent(bench.lake) == nil)
      }
      return pause > 20
    }
    #expect(loads(events).count == 1 && events.count == 1)
    #expect(try bench.rows() == ["0", "1", "2", "3", "4"])
  }

  @Test func `loads are bounded, in order of age, and tell what waits`() throws {
    let bench = TimedBench()
    for file in 0..<5 { try bench.put("\(9 - file).csv", "n\n\(file)\n") }
    let events = try watch(bench) { watch, _ in
      watch.batchFileCount = 2
    } script: {
      $0 > 20
    }
    let found = loads(events)
    #expect(found.map { $0.0.sources.count } == [2, 2, 1])
    #expect(found.map { $0.1.fileCount } == [3, 1, 0])
    #expect(
      found[0].0.sources.map(\.path).allSatisfy { $0.contains("9.csv") || $0.contains("8.csv") })
    #expect(found[0].1.behindMillis > 0 && found[2].1 == WatchBacklog())
    #expect(try bench.rows() == ["0", "1", "2", "3", "4"])
  }

  @Test func `the log says of every load how far behind it leaves the watch`() throws {
    let bench = TimedBench()
    // A load that takes time, so that the commit is later than the look.
    let store = FaultyStore(bench.lake) { [bench] effect in
      if case .putIfAbsent(let path) = effect, path.hasSuffix(".json") { return }
      bench.clock.advance(250)
    }
    for file in 0..<5 { try bench.put("\(file).csv", "n\n\(file)\n") }
    let events = try watch(bench, environment: bench.environment(table: store)) { watch, _ in
      watch.batchFileCount = 2
    } script: {
      $0 > 20
    }
    let history = try metrics(bench)
    let reported = loads(events).map(\.1)
    #expect(reported.map(\.fileCount) == [3, 1, 0])
    for (commit, backlog) in zip(history, reported) {
      #expect(commit["backlog_files"] == String(backlog.fileCount))
      #expect(commit["backlog_bytes"] == String(backlog.sizeBytes))
      let seconds = try #require(commit["seconds_behind"].flatMap(Double.init))
      // Between the look and the report, which comes after the commit.
      let reportedSeconds = Double(backlog.behindMillis) / 1000
      #expect(
        backlog.fileCount == 0
          ? seconds == 0 : seconds > reportedSeconds - 0.6 && seconds <= reportedSeconds)
    }
    #expect(history.count == 3 && Double(history[0]["seconds_behind"] ?? "") ?? 0 > 2)
  }

  @Test func `a load that nobody watches says nothing of a backlog`() throws {
    let bench = TimedBench()
    try bench.put("0.csv", "n\n0\n")
    try bench.convert(["0.csv"])
    #expect(try metrics(bench).map { $0["backlog_files"] } == [nil])
  }

  @Test func `a load takes no more bytes than it may, but for a single file`() throws {
    let bench = TimedBench()
    // 12 bytes each but for one.
    for file in 0..<7 {
      let rows = file == 3 ? String(repeating: "3\n", count: 40) : "123456789\n"
      try bench.put("\(file).csv", "n\n" + rows)
    }
    let events = try watch(bench) { watch, _ in
      watch.batchBytes = 30
    } script: {
      $0 > 30
    }
    let found = loads(events).map { $0.0.sources.map(\.sizeBytes) }
    #expect(found == [[12, 12], [12], [82], [12, 12], [12]])
  }

  @Test func `files may wait for others to share their load`() throws {
    let bench = TimedBench()
    let events = try watch(bench) { watch, _ in
      watch.batchMillis = 2000
    } script: { pause in
      if pause < 5 { try bench.put("\(pause).csv", "n\n\(pause)\n") }
      return pause > 60
    }
    #expect(loads(events).count < 3)
    #expect(try bench.rows() == ["1", "2", "3", "4"])
  }

  @Test(arguments: [2000, 20_000] as [Int64])
  func `no file waits longer for others than it may`(_ millis: Int64) throws {
    let bench = TimedBench()
    var madeMillis: [Int64] = []
    var longest: Int64 = 0
    _ = try watch(bench) { watch, _ in
      watch.batchMillis = Int(millis)
    } script: { pause in
      // One comes after the other, a second apart: there is always a young one.
      if pause < 60 {
        try bench.put("\(pause).csv", "n\n\(pause)\n")
        madeMillis.append(bench.clock.now)
      }
      let loadedCount = (try? bench.rows().count) ?? 0
      if loadedCount < madeMillis.count {
        longest = max(longest, bench.clock.now - madeMillis[loadedCount])
      }
      return loadedCount == 59
    }
    // Until it counts as whole, and until the next look, a file waits in any case.
    #expect(longest > millis / 2 && longest < millis + 3000)
    #expect(try bench.rows().count == 59)
  }

  @Test func `a bad file is set aside until it changes, the others are loaded`() throws {
    let bench = TimedBench()
    try bench.put("0.csv", "n\n0\n")
    try bench.convert(["0.csv"])
    for file in 1..<8 { try bench.put("\(file).csv", file == 5 ? "n\nfive\n" : "n\n\(file)\n") }
    let events = try watch(bench) { pause in
      if pause == 10 { try bench.put("5.csv", "n\n5\n") }
      return pause > 40
    }
    let failed = events.compactMap { event -> String? in
      guard case .failed(let source, _) = event else { return nil }
      return source.path
    }
    #expect(failed.count == 1 && failed[0].hasSuffix("5.csv"))
    #expect(try bench.rows() == (0..<8).map(String.init))
  }

  @Test func `a conflict is tried again, later each time`() throws {
    let bench = TimedBench()
    try bench.put("0.csv", "n\n0\n")
    try bench.convert(["0.csv"])
    try bench.put("1.csv", "n\n1\n")
    let wins = Atomic(0)
    let store = FaultyStore(bench.lake) { [bench] effect in
      // Another writer changes the table itself just before, three times.
      guard case .putIfAbsent(let path) = effect, path.contains("_delta_log"),
        wins.add(1, ordering: .relaxed).oldValue < 3,
        let snapshot = try? Snapshot.load(bench.lake)
      else { return }
      var transaction = Transaction(from: snapshot, operation: Operation("SET"))
      transaction.metadata = snapshot.metadata
      transaction.metadata?.comment = "\(snapshot.version)"
      _ = try? transaction.commit(to: bench.lake, environment: bench.environment(seed: 5))
    }
    let events = try watch(bench, environment: bench.environment(table: store)) { $0 > 200 }
    let delays = events.compactMap { event -> Int? in
      guard case .retrying(let error, let millis) = event, error.code == .conflict else {
        return nil
      }
      return millis
    }
    #expect(delays == [100, 200, 400])
    #expect(try bench.rows() == ["0", "1"])
  }

  @Test func `unfinished and hidden files are not looked at, options that fail end the watch`()
    throws
  {
    let bench = TimedBench()
    for name in ["a.csv.tmp", ".b.csv", "_c.csv", "d.part"] { try bench.put(name, "n\n1\n") }
    #expect(try watch(bench) { $0 > 20 }.isEmpty)
    try bench.put("e.csv", "n\n1\n")
    #expect(throws: GrebeError.self) {
      try watch(bench) { _, options in
        options.partitionBy = ["nowhere"]
      } script: {
        $0 > 20
      }
    }
  }

  @Test func `a directory that is not there yet is waited for, once told; a file is refused`()
    throws
  {
    let folder = TemporaryDirectory()
    let bench = TimedBench()
    var environment = Environment.standard()
    environment.openStore = { location throws(StoreError) in
      if location.hasPrefix("lake") { return bench.lake }
      return try openStandardStore(location)
    }
    var notes: [String] = []
    func watch(_ directory: String) throws {
      notes = []
      let events = try self.watch(
        bench, folder.path + directory, environment: environment, note: { notes.append($0) },
        script: { $0 > 10 })
      #expect(events.isEmpty)
    }
    try watch("")
    #expect(notes == [])
    for directory in ["/later", "/later/"] {
      try watch(directory)
      #expect(notes == [folder.path + "/later is not there yet: waiting for it"])
    }
    try watch("/later/*.csv")
    #expect(notes == [folder.path + "/later is not there yet: waiting for it"])
    try watch("/*.csv")
    #expect(notes == [])
    try LocalStore(root: folder.path).put("a.csv", Buffer(Array("n\n1\n".utf8)).bytes)
    for file in ["/a.csv", "/a.csv/*.csv"] {
      let error = #expect(throws: GrebeError.self) { try watch(file) }
      #expect(error?.code == .invalidArgument && error?.place == folder.path + "/a.csv")
    }
    #expect(try Snapshot.loadIfPresent(bench.lake) == nil)
  }

  @Test func `a watch that dies at any effect is started again and loads all once`() throws {
    let count = try forEachEffect { effect in
      let bench = TimedBench()
      for file in 0..<4 { try bench.put("\(file).csv", "n\n\(file)\n") }
      let store = FaultyStore(bench.lake, fault: .after(effect))
      _ = try? watch(bench, environment: bench.environment(table: store)) { watch, _ in
        watch.batchFileCount = 2
      } script: {
        $0 > 50 || store.isDead
      }
      _ = try watch(bench, environment: bench.environment(seed: 31)) { $0 > 50 }
      #expect(try bench.rows() == ["0", "1", "2", "3"], "effect \(effect)")
      return store.isDead
    }
    #expect(count > 5)
  }
}

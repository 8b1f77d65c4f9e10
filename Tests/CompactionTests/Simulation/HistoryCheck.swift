import Base
@testable import Delta
import Store

/// Holds what is in the store after a run against what the processes say they did.
///
/// The versions are the order of events: each must be the one before it, changed as its transaction
/// meant, however many others came in between. Every acknowledged transaction is one version, every
/// refused one none, every other one at most one.
struct HistoryCheck {
  private let store: SimulatedDisk
  private let history: History.State
  private var contents: [String: [Int]] = [:]
  private var live: [FileKey: AddFile] = [:]
  private var found: [Row: Int] = [:]
  private var meant: Set<Row> = []
  private var versions: [Set<Row>] = []
  private var versionsByID: [String: Int64] = [:]
  private var loaded: Set<Int> = []

  init(_ store: SimulatedDisk, _ history: History.State) {
    self.store = store
    self.history = history
  }

  private func require(_ holds: Bool, _ what: @autoclosure () -> String) throws {
    if !holds { throw SimulationFailure(description: what()) }
  }

  mutating func run() throws {
    if let failure = history.failures.first { throw SimulationFailure(description: failure) }
    var version: Int64 = 0
    while let commit = try store.commit(version) {
      try apply(commit)
      let rows = found.filter { $0.value != 0 }
      try require(
        rows.count == meant.count && rows.allSatisfy { $0.value == 1 && meant.contains($0.key) },
        "version \(version) (\(commit.info?.operation ?? "")) has "
          + "\(rows.sorted { $0.key < $1.key })"
          + " and should have \(meant.sorted())")
      versions.append(meant)
      version += 1
    }
    try checkEnds()
    try checkObservations()
    try checkSnapshots()
  }

  private mutating func apply(_ commit: CommitFile) throws {
    let id = commit.info?.transactionID ?? ""
    try require(versionsByID.updateValue(commit.version, forKey: id) == nil, "\(id) is there twice")
    for action in commit.actions {
      switch action {
      case .remove(let file):
        guard let gone = live.removeValue(forKey: file.key) else {
          throw SimulationFailure(
            description: "version \(commit.version) removes \(file.path), which is not there")
        }
        for row in try rows(of: gone) { found[row, default: 0] -= 1 }
        try checkRemoval(file, commit.version)
      case .add(let file):
        try require(
          live.updateValue(file, forKey: file.key) == nil,
          "version \(commit.version) adds \(file.path), which is there")
        if let vacuumed = history.vacuumed[file.path] {
          try require(
            commit.version <= vacuumed.version,
            "version \(commit.version) adds \(file.path), which a vacuum has deleted")
        }
        for row in try rows(of: file) { found[row, default: 0] += 1 }
      default: break
      }
    }
    guard let attempt = history.attempts[id] else {
      // Compactions draw their ids themselves.
      return try require(
        commit.version == 0
          || ["OPTIMIZE", "VACUUM START", "VACUUM END"].contains(commit.info?.operation),
        "nobody made version \(commit.version)")
    }
    try mean(attempt.intent, commit.version)
  }

  private mutating func mean(_ intent: Intent, _ version: Int64) throws {
    switch intent {
    case .append(let rows): meant.formUnion(rows)
    case .load(let source, let rows):
      try require(loaded.insert(source).inserted, "source \(source) is loaded twice")
      meant.formUnion(rows)
    case .delete(let predicate): meant = meant.filter { !predicate.holds($0) }
    case .overwriteAll(let rows): meant = Set(rows)
    case .overwrite(let partition, let rows):
      meant = meant.filter { $0.partition != partition }.union(rows)
    case .count(let partition, let row):
      let count = meant.count { $0.partition == partition }
      try require(
        row.id % 1000 == count,
        "version \(version) counts \(row.id % 1000) rows of partition \(partition), not \(count)")
      meant.insert(row)
    case .restore(let old): meant = versions[Int(old)]
    case .upkeep: break
    }
  }

  /// A file that a vacuum deleted had left the table longer ago than the retention.
  private func checkRemoval(_ file: RemoveFile, _ version: Int64) throws {
    guard let vacuumed = history.vacuumed[file.path], version <= vacuumed.version else { return }
    try require(
      file.deletionMillis ?? 0 <= vacuumed.atMillis - SimulatedWorld.retentionMillis,
      "a vacuum deletes \(file.path), which left with version \(version)")
  }

  /// A file that a version has must be there, whole.
  private mutating func rows(of file: AddFile) throws -> [Row] {
    if let ids = contents[file.path] { return file.rows(ids) }
    guard
      let bytes = history.vacuumed[file.path]?.bytes ?? (try? store.read(file.path, range: nil)),
      let ids = ids(in: bytes),
      Int64(bytes.count) == file.sizeBytes
    else {
      throw SimulationFailure(description: "\(file.path) is in the log and missing or cut short")
    }
    contents[file.path] = ids
    return file.rows(ids)
  }

  private func checkEnds() throws {
    for (id, attempt) in history.attempts {
      let version = versionsByID[id]
      switch attempt.end {
      case .acknowledged(let told):
        try require(
          version == told, "\(id) was told version \(told) and is in \(version ?? -1)")
      case .refused: try require(version == nil, "\(id) was refused and is in \(version ?? -1)")
      case .unknown: break
      }
    }
    for version in history.compactions {
      try require(
        try store.commit(version)?.info?.operation == "OPTIMIZE",
        "a compaction was told version \(version)")
    }
  }

  private func checkObservations() throws {
    for observation in history.observations {
      let wanted =
        versions.indices.contains(Int(observation.version))
        ? versions[Int(observation.version)] : []
      try require(
        observation.rows.count == wanted.count && wanted == Set(observation.rows),
        "process \(observation.who) read \(observation.rows) from version \(observation.version), "
          + "which has \(wanted.sorted())")
    }
  }

  /// The engine's own reading of the log, after all upkeep: of the last version and one in the
  /// middle, and of every one in some runs.
  private mutating func checkSnapshots() throws {
    let readsAll = versions.count.isMultiple(of: 4)
    for version in versions.indices where readsAll || version == versions.count / 2 {
      guard let snapshot = try snapshot(Int64(version)) else { continue }
      var rows: [Row] = []
      for file in snapshot.files { rows += try self.rows(of: file) }
      try require(
        rows.count == versions[version].count && Set(rows) == versions[version],
        "version \(version) is read as \(rows.sorted()), not \(versions[version].sorted())")
    }
    let latest = try Snapshot.load(store)
    for file in latest.files {
      try require(
        try store.entry(file.path)?.sizeBytes == file.sizeBytes, "\(file.path) is missing")
    }
    try require(
      latest.version == Int64(versions.count - 1) && Set(latest.files.map(\.key)) == Set(live.keys),
      "the latest version is read as \(latest.version)")
  }

  /// Nil for a version that expired: of which the log has no checkpoint and not all commits. One of
  /// a process that was slow may have come in behind the clean-up; from the start no commit lacks.
  private func snapshot(_ version: Int64) throws -> Snapshot? {
    do throws(DeltaError) {
      return try Snapshot.load(store, at: .version(version))
    } catch {
      guard error.code == .notFound, store.isCleaned else { throw error }
      let inventory = LogInventory(try store.paths(in: logDirectory))
      let start =
        inventory.checkpoints.first { checkpoint in
          (checkpoint.version + 1..<Int64(versions.count)).allSatisfy(inventory.commits.contains)
        }?.version ?? 0
      try require(version < start, "version \(version) is gone, and the log starts at \(start)")
      return nil
    }
  }
}

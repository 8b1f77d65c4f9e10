import Base
import Store

/// Which version of a table to read.
public enum TableVersion: Sendable, Equatable {
  case latest
  case version(Int64)
  /// The last version committed at or before this instant.
  case timestamp(millis: Int64)
}

/// The files of a log, sorted out.
struct LogListing: Sendable {
  /// Commits by ascending version.
  var commits: [(version: Int64, entry: ObjectEntry)] = []
  /// Complete checkpoints that can be read, by ascending version; parts in order.
  var checkpoints: [(version: Int64, files: [ObjectEntry])] = []
  /// Versions that have a checkpoint of the V2 kind.
  var v2Checkpoints: [Int64] = []

  /// - Parameter first: leave out the files of versions before it.
  init(store: any ObjectStore, from first: Int64 = 0) throws(DeltaError) {
    let entries = try storing { () throws(StoreError) in
      first == 0
        ? try store.list(logDirectory, recursive: false)
        : try store.list(logDirectory, from: logDirectory + "/" + padded(Int(first), 20))
    }
    var parts: [MultiPart: [Int: ObjectEntry]] = [:]
    for entry in entries {
      let file = LogFile(name: entry.path.dropFirst(logDirectory.count + 1))
      if let version = file.version, version >= Limits.logNumber {
        throw .corrupt(
          "the version is out of range", table: store.location, version: version, file: entry.path,
          hint: "no writer counts that far: remove the file")
      }
      switch file {
      case .commit(let version): commits.append((version, entry))
      case .checkpoint(let version): checkpoints.append((version, [entry]))
      case .checkpointV2(let version): v2Checkpoints.append(version)
      case .checkpointPart(let version, let part, let count):
        parts[MultiPart(version: version, partCount: count), default: [:]][part] = entry
      case .other: break
      }
    }
    // A multi-part checkpoint is written part by part: one that lacks a part does not count.
    for (kind, found) in parts where found.count == kind.partCount {
      checkpoints.append((kind.version, found.sorted { $0.key < $1.key }.map(\.value)))
    }
    // Of one version the checkpoint of one file comes last, so that it is chosen.
    checkpoints.sort { ($0.version, -$0.files.count) < ($1.version, -$1.files.count) }
  }

  private struct MultiPart: Hashable {
    var version: Int64
    var partCount: Int
  }

  /// The listing as if this checkpoint were not there.
  func without(checkpoint files: [ObjectEntry]) -> LogListing {
    var copy = self
    copy.checkpoints.removeAll { $0.files == files }
    return copy
  }

  var latestVersion: Int64? {
    [commits.last?.version, checkpoints.last?.version, v2Checkpoints.max()].compactMap { $0 }.max()
  }
}

/// What must be read to know the table at one version: a checkpoint, if there is one, and every
/// commit after it.
struct LogSegment: Sendable {
  var version: Int64
  var checkpointVersion: Int64?
  var checkpointFiles: [ObjectEntry] = []
  /// By ascending version, without gaps, up to `version`.
  var commits: [(version: Int64, entry: ObjectEntry)]

  /// - Parameter target: nil for the latest.
  /// - Throws: `notFound` if there is no table or no such version; `corrupt` naming the file that
  ///   is missing; `unsupported` if only a V2 checkpoint leads to the version.
  init(_ listing: LogListing, target: Int64?, table: String) throws(DeltaError) {
    guard let latest = listing.latestVersion else {
      throw DeltaError(
        .notFound, "there is no Delta table here", table: table,
        hint: "a table has a directory \(logDirectory) with at least one version")
    }
    let version = target ?? latest
    guard version >= 0, version <= latest else {
      throw DeltaError(
        .notFound, "the table has no version \(version)", table: table,
        hint: "its latest version is \(latest)")
    }
    self.version = version
    let checkpoint = listing.checkpoints.last { $0.version <= version }
    checkpointVersion = checkpoint?.version
    checkpointFiles = checkpoint?.files ?? []
    let first = checkpoint.map { $0.version + 1 } ?? 0
    commits = listing.commits.filter { $0.version >= first && $0.version <= version }
    try checkContinuity(listing, first: first, isExplicit: target != nil, table: table)
  }

  private func checkContinuity(
    _ listing: LogListing, first: Int64, isExplicit: Bool, table: String
  ) throws(DeltaError) {
    var expected = first
    for commit in commits {
      if commit.version != expected { break }
      expected += 1
    }
    if expected > version { return }
    if listing.v2Checkpoints.contains(where: { $0 <= version && $0 >= expected }) {
      throw .unsupported(feature: "v2Checkpoint", to: "read", table: table, version: version)
    }
    let missing = commitPath(expected)
    if expected == first && checkpointVersion == nil {
      let earliest = listing.checkpoints.first?.version
      throw DeltaError(
        isExplicit && earliest != nil ? .notFound : .corrupt,
        "version \(version) can no longer be read: the log starts after \(missing)", table: table,
        hint: earliest.map { "the earliest version that can be read is \($0)" })
    }
    throw .corrupt(
      "the log has a gap: a commit is missing", table: table, version: expected, file: missing)
  }
}

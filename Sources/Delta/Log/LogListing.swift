import Base
import Store

/// The files of a log, sorted out.
struct LogListing: Sendable {
  typealias Commit = (version: Int64, entry: ObjectEntry)
  typealias Compaction = (first: Int64, last: Int64, entry: ObjectEntry)

  /// Commits by ascending version.
  var commits: [Commit] = []
  /// Complete checkpoints by ascending version, the one to choose last; parts in order.
  var checkpoints: [LogCheckpoint] = []
  /// By ascending first version.
  var compactions: [Compaction] = []
  /// Version checksum files by ascending version.
  var checksums: [Commit] = []

  /// Of all that it can lead to a version by.
  var paths: [String] {
    commits.map(\.entry.path) + checkpoints.flatMap { $0.files.map(\.path) }
      + compactions.map(\.entry.path)
  }

  /// - Parameter first: leave out the files of versions before it.
  /// - Throws: `corrupt` as well for what looks like a commit and is no file: nobody could write
  ///   that version, and other readers take it for damage.
  init(store: any ObjectStore, from first: Int64 = 0) throws(DeltaError) {
    let (entries, directories) = try storing { () throws(StoreError) in
      first == 0
        ? try store.contents(of: logDirectory)
        : (try store.list(logDirectory, from: logDirectory + "/" + padded(Int(first), 20)), [])
    }
    for path in directories {
      guard case .commit(let version) = LogFile(path: path) else { continue }
      throw .corrupt(
        "a directory has the name of a commit", table: store.location, version: version,
        file: path, hint: "no writer makes one: look into it, then move it out of the log")
    }
    var parts: [MultiPart: [Int: ObjectEntry]] = [:]
    for entry in entries {
      let file = LogFile(path: entry.path)
      if let version = file.version, version >= Limits.logNumber {
        throw .corrupt(
          "the version is out of range", table: store.location, version: version, file: entry.path,
          hint: "no writer counts that far: remove the file")
      }
      switch file {
      case .commit(let version): commits.append((version, entry))
      case .checkpoint(let version):
        checkpoints.append(LogCheckpoint(version: version, files: [entry]))
      case .checkpointV2(let version):
        checkpoints.append(LogCheckpoint(version: version, files: [entry], isNamedByUUID: true))
      case .checkpointPart(let version, let part, let count):
        parts[MultiPart(version: version, partCount: count), default: [:]][part] = entry
      case .compaction(let first, let last): compactions.append((first, last, entry))
      case .checksum(let version): checksums.append((version, entry))
      case .other: break
      }
    }
    // A multi-part checkpoint is written part by part: one that lacks a part does not count.
    for (kind, found) in parts where found.count == kind.partCount {
      checkpoints.append(
        LogCheckpoint(
          version: kind.version, files: found.sorted { $0.key < $1.key }.map(\.value)))
    }
    checkpoints.sort { $0.rank < $1.rank }
  }

  private struct MultiPart: Hashable {
    var version: Int64
    var partCount: Int
  }

  /// The listing as if this checkpoint were not there.
  func without(_ checkpoint: LogCheckpoint) -> LogListing {
    var copy = self
    copy.checkpoints.removeAll { $0 == checkpoint }
    return copy
  }

  /// The listing as if there were no log compaction files.
  var withoutCompactions: LogListing {
    var copy = self
    copy.compactions = []
    return copy
  }

  var latestVersion: Int64? {
    [commits.last?.version, checkpoints.last?.version].compactMap { $0 }.max()
  }
}

extension LogFile {
  /// - Parameter path: of what lies in the log's directory.
  fileprivate init(path: String) {
    self.init(name: Substring(path.utf8.dropFirst(logDirectory.utf8.count + 1)))
  }
}

/// A complete checkpoint of a log.
struct LogCheckpoint: Sendable, Equatable {
  var version: Int64
  /// One, or the parts of a multi-part checkpoint in order; sidecars are not among them.
  var files: [ObjectEntry]
  /// Then it follows the V2 specification; a classic name may hold either.
  var isNamedByUUID = false

  /// Of two the larger is chosen: the newer, then the one of fewer files.
  fileprivate var rank: (Int64, Int, String) { (version, -files.count, files[0].path) }
}

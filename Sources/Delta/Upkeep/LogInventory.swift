import Base

/// The files of a log by what they are for, of their names alone.
struct LogInventory {
  /// By ascending version.
  private(set) var commits: [Int64] = []
  /// Complete checkpoints with their files, by ascending version; two of one version are two.
  private(set) var checkpoints: [(version: Int64, paths: [String])] = []
  /// Everything that an older version needs and a newer one does not, with the version that it
  /// belongs to: of a log compaction file the first one.
  private var dated: [(version: Int64, path: String)] = []
  private var compactions: [(first: Int64, path: String)] = []

  /// - Parameter paths: of the log's directory, in any order.
  init(_ paths: [String]) {
    var parts: [MultiPart: [Int: String]] = [:]
    for path in paths {
      let name = path.dropFirst(logDirectory.utf8.count + 1)
      if name.hasSuffix(".compacted.json") || name.hasSuffix(".crc") {
        guard let version = LogInventory.version(name) else { continue }
        if name.hasSuffix(".crc") {
          dated.append((version, path))
        } else {
          compactions.append((version, path))
        }
        continue
      }
      let file = LogFile(name: name)
      guard let version = file.version, version < Limits.logNumber else { continue }
      dated.append((version, path))
      switch file {
      case .commit: commits.append(version)
      case .checkpoint, .checkpointV2: checkpoints.append((version, [path]))
      case .checkpointPart(_, let part, let count):
        parts[MultiPart(version: version, partCount: count), default: [:]][part] = path
      default: break
      }
    }
    for (kind, found) in parts where found.count == kind.partCount {
      checkpoints.append((kind.version, found.sorted { $0.key < $1.key }.map(\.value)))
    }
    commits.sort()
    checkpoints.sort { ($0.version, $0.paths[0]) < ($1.version, $1.paths[0]) }
  }

  private struct MultiPart: Hashable {
    var version: Int64
    var partCount: Int
  }

  /// The number that a name starts with, of 20 digits; nil unless a point follows.
  private static func version(_ name: Substring) -> Int64? {
    guard name.utf8.count > 20, name.utf8.dropFirst(20).first == UInt8(ascii: ".") else {
      return nil
    }
    let digits = name.utf8.prefix(20)
    guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
    return Int64(Substring(digits)).flatMap { $0 < Limits.logNumber ? $0 : nil }
  }

  /// What no version from `checkpoint` on needs if there is a checkpoint of that version, the
  /// oldest first: so that what is left is a log without gaps, wherever the removal stops.
  func superfluous(from checkpoint: Int64) -> [String] {
    let files =
      dated.filter { $0.version < checkpoint }
      + compactions.filter { $0.first <= checkpoint }
      .map { (version: $0.first, path: $0.path) }
    return files.sorted { ($0.version, $0.path) < ($1.version, $1.path) }.map(\.path)
  }

  /// The oldest commit of a log, without a look at what the other files are.
  static func oldestCommit(_ paths: [String]) -> String? {
    let sizeBytes = commitPath(0).utf8.count
    return paths.lazy.filter { $0.utf8.count == sizeBytes && $0.hasSuffix(".json") }.min()
  }
}

import Base

// Names in `_delta_log`; versions are zero-padded to 20 digits, parts to 10.
//
//   <v>.json                              commit
//   <v>.checkpoint.parquet                classic checkpoint
//   <v>.checkpoint.<part>.<parts>.parquet one part of a multi-part checkpoint
//   <v>.checkpoint.<uuid>.{json,parquet}  V2 checkpoint
//   <v>.<w>.compacted.json, <v>.crc       log compaction, checksum: optional, not used
//   _last_checkpoint                      a hint, not used where the whole log is listed

package let logDirectory = "_delta_log"

/// The path of a version's commit.
package func commitPath(_ version: Int64) -> String {
  logDirectory + "/" + padded(Int(version), 20) + ".json"
}

/// What a file of the log is.
enum LogFile: Equatable {
  case commit(version: Int64)
  case checkpoint(version: Int64)
  case checkpointPart(version: Int64, part: Int, partCount: Int)
  case checkpointV2(version: Int64)
  case other

  /// - Parameter name: without the directory.
  init(name: some StringProtocol) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count >= 2, let version = LogFile.number(parts[0], digitCount: 20) else {
      self = .other
      return
    }
    switch parts.count {
    case 2 where parts[1] == "json": self = .commit(version: version)
    case 3 where parts[1] == "checkpoint" && parts[2] == "parquet":
      self = .checkpoint(version: version)
    case 4 where parts[1] == "checkpoint" && (parts[3] == "parquet" || parts[3] == "json"):
      self = .checkpointV2(version: version)
    case 5 where parts[1] == "checkpoint" && parts[4] == "parquet":
      guard let part = LogFile.number(parts[2], digitCount: 10),
        let count = LogFile.number(parts[3], digitCount: 10), count >= 1, part >= 1, part <= count
      else {
        self = .other
        return
      }
      self = .checkpointPart(version: version, part: Int(part), partCount: Int(count))
    default: self = .other
    }
  }

  /// Nil for a file that is not used.
  var version: Int64? {
    switch self {
    case .commit(let version), .checkpoint(let version), .checkpointPart(let version, _, _),
      .checkpointV2(let version):
      version
    case .other: nil
    }
  }

  private static func number(_ text: some StringProtocol, digitCount: Int) -> Int64? {
    guard text.utf8.count == digitCount, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
      return nil
    }
    return Int64(text)
  }
}

import Base

// Names in `_delta_log`; versions are zero-padded to 20 digits, parts to 10.
//
//   <v>.json                              commit
//   <v>.checkpoint.parquet                classic checkpoint
//   <v>.checkpoint.<part>.<parts>.parquet one part of a multi-part checkpoint
//   <v>.checkpoint.<uuid>.{json,parquet}  V2 checkpoint; its files may be in `_sidecars/`
//   <v>.<w>.compacted.json                the actions of commits v to w, reconciled
//   <v>.crc                               what the table is at v, to check by
//   _last_checkpoint                      a hint, not needed where the whole log is listed

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
  case compaction(first: Int64, last: Int64)
  case checksum(version: Int64)
  case other

  /// - Parameter name: without the directory.
  init(name: some StringProtocol) {
    self = .other
    let bytes = Array(name.utf8)
    guard let version = LogFile.number(bytes.prefix(20), digitCount: 20) else { return }
    let rest = bytes.dropFirst(20)
    // Nearly every file of a log is a commit.
    if rest.elementsEqual(".json".utf8) {
      self = .commit(version: version)
      return
    }
    let parts = rest.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
      .dropFirst().map { String(decoding: $0, as: UTF8.self) }
    guard rest.first == UInt8(ascii: ".") else { return }
    switch parts.count {
    case 1 where parts[0] == "crc": self = .checksum(version: version)
    case 2 where parts == ["checkpoint", "parquet"]: self = .checkpoint(version: version)
    case 3 where parts[0] == "checkpoint" && (parts[2] == "parquet" || parts[2] == "json"):
      self = .checkpointV2(version: version)
    case 3 where parts[1] == "compacted" && parts[2] == "json":
      guard let last = LogFile.number(Array(parts[0].utf8)[...], digitCount: 20), last > version
      else { return }
      self = .compaction(first: version, last: last)
    case 4 where parts[0] == "checkpoint" && parts[3] == "parquet":
      guard let part = LogFile.number(Array(parts[1].utf8)[...], digitCount: 10),
        let count = LogFile.number(Array(parts[2].utf8)[...], digitCount: 10), count >= 1,
        part >= 1, part <= count
      else { return }
      self = .checkpointPart(version: version, part: Int(part), partCount: Int(count))
    default: return
    }
  }

  /// The version that the file leads to; nil for one that the log has no use for.
  var version: Int64? {
    switch self {
    case .commit(let version), .checkpoint(let version), .checkpointPart(let version, _, _),
      .checkpointV2(let version):
      version
    case .compaction, .checksum, .other: nil
    }
  }

  private static func number(_ digits: ArraySlice<UInt8>, digitCount: Int) -> Int64? {
    guard digits.count == digitCount, digits.allSatisfy({ (48...57).contains($0) }) else {
      return nil
    }
    return Int64(String(decoding: digits, as: UTF8.self))
  }
}

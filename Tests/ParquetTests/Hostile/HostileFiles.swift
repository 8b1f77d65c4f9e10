import Base
import Foundation
import FuzzTargets
import Testing

/// A small sound file and the ways to damage it. How files are read is in FuzzTargets.
struct HostileFile: Sendable, CustomTestStringConvertible {
  let name: String
  let bytes: [UInt8]
  var testDescription: String { name }

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/hostile")

  /// Those of another writer, and one of this one.
  static let all: [HostileFile] = fixtures + [modern].compactMap { $0 }

  private static let fixtures = files(in: folder)

  /// What writers make of more rows: pages of several kilobytes.
  static let larger = ["parquet-writers", "parquet-nested"].flatMap {
    files(in: folder.deletingLastPathComponent().appending(path: $0))
  }.filter { $0.bytes.count > 8 << 10 }

  /// Of a folder, in the order of their names.
  private static func files(in folder: URL) -> [HostileFile] {
    let files =
      (try? FileManager.default.contentsOfDirectory(
        at: folder, includingPropertiesForKeys: nil)) ?? []
    return files.filter { $0.pathExtension == "parquet" }
      .sorted { $0.path < $1.path }
      .compactMap { url in
        (try? Data(contentsOf: url)).map {
          HostileFile(name: url.deletingPathExtension().lastPathComponent, bytes: [UInt8]($0))
        }
      }
  }

  func truncated(to count: Int) -> Buffer<UInt8> { Buffer(bytes[..<count]) }

  /// Without the byte at `index`: what follows is not where the footer says.
  func removing(_ index: Int) -> Buffer<UInt8> {
    Buffer(bytes[..<index] + bytes[(index + 1)...])
  }

  func setting(_ index: Int, to value: UInt8) -> Buffer<UInt8> {
    var damaged = bytes
    damaged[index] = value
    return Buffer(damaged)
  }

  /// Three other values for the byte at `index`, drawn anew in every run: one bit, all bits, any.
  func otherValues(at index: Int, _ random: inout SeededRandom) -> [UInt8] {
    let bit = UInt8(1) << UInt8.random(in: 0..<8, using: &random)
    let any = UInt8.random(in: 1...255, using: &random)
    return Set([bit, .max, any]).map { bytes[index] ^ $0 }.sorted()
  }

  /// With two to six bytes changed, half of the time next to each other, as a number is that
  /// another writer put there.
  func damaged(_ random: inout SeededRandom) -> Buffer<UInt8> {
    var damaged = bytes
    let count = Int.random(in: 2...6, using: &random)
    let start = Int.random(in: 0...bytes.count - count, using: &random)
    let isRun = Bool.random(using: &random)
    for offset in 0..<count {
      let index = isRun ? start + offset : Int.random(in: 0..<bytes.count, using: &random)
      damaged[index] = UInt8.random(in: 0...255, using: &random)
    }
    return Buffer(damaged)
  }
}

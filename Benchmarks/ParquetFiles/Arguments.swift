import Compression
import Parquet

/// `COMMAND FILE`, then options with a value and flags without.
struct Arguments {
  let command: String
  let path: String
  private(set) var options: [String: String] = [:]
  private(set) var flags: Set<String> = []

  private static let flagNames: Set = ["paced", "discard", "memory"]

  init(_ words: some Sequence<String>) throws(BenchmarkError) {
    var words = words.makeIterator()
    guard let command = words.next(), let path = words.next() else {
      throw BenchmarkError("a command and a file")
    }
    self.command = command
    self.path = path
    while let word = words.next() {
      guard word.hasPrefix("--") else { throw BenchmarkError("what is \(word)?") }
      let name = String(word.dropFirst(2))
      if Arguments.flagNames.contains(name) {
        flags.insert(name)
      } else {
        guard let value = words.next() else { throw BenchmarkError("\(word) needs a value") }
        options[name] = value
      }
    }
  }

  func count(_ name: String, default value: Int) throws(BenchmarkError) -> Int {
    guard let text = options[name] else { return value }
    guard let count = Int(text), count > 0 else { throw BenchmarkError("--\(name) COUNT") }
    return count
  }

  func writeOptions() throws(BenchmarkError) -> ParquetWriteOptions {
    var result = ParquetWriteOptions()
    switch options["compression"] ?? "zstd" {
    case "zstd": result.codec = .zstd(level: 1)
    case "zstd3": result.codec = .zstd(level: 3)
    case "snappy": result.codec = .snappy
    case "none": result.codec = .none
    default: throw BenchmarkError("--compression zstd, zstd3, snappy or none")
    }
    if let name = options["profile"] {
      guard let profile = ParquetProfile(rawValue: name) else {
        throw BenchmarkError("--profile compatible, standard or modern")
      }
      result.profile = profile
    }
    result.pageSizeBytes = try count("page-bytes", default: result.pageSizeBytes)
    result.pageRowCount = try count("page-rows", default: result.pageRowCount)
    return result
  }
}

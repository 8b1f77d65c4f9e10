import Base

/// How a block of bytes is compressed. Levels matter to a `Compressor` alone.
package enum Codec: Sendable, Hashable {
  case none
  case snappy
  /// Levels 1 to 9. One member when written; several, one after the other, are read.
  case gzip(level: Int = 6)
  /// Levels 1 to 22 (and the negative fast ones). One frame when written; several are read.
  case zstd(level: Int = 1)
  /// Levels 0 to 11.
  case brotli(level: Int = 5)
  /// An LZ4 block without a frame.
  case lz4Raw
  /// The retired LZ4 of Hadoop: blocks behind big-endian lengths. Read only.
  case lz4Hadoop

  /// The name a person writes in an option, without the level: `zstd`, `lz4_raw`.
  package var name: String {
    switch self {
    case .none: "none"
    case .snappy: "snappy"
    case .gzip: "gzip"
    case .zstd: "zstd"
    case .brotli: "brotli"
    case .lz4Raw: "lz4_raw"
    case .lz4Hadoop: "lz4"
    }
  }

  /// No block of `sizeBytes` bytes holds more than this many: a bound on what a damaged size
  /// allocates.
  package func expansionMaxBytes(of sizeBytes: Int) -> Int {
    let factor =
      switch self {
      case .none: 1
      case .snappy: 22  // A copy of 64 bytes takes three.
      case .gzip: 1100  // Deflate: 258 bytes for two bits.
      case .lz4Raw, .lz4Hadoop: 256  // 255 bytes of a match for one.
      case .zstd: 1 << 15  // A block of 128 KiB of one byte takes four.
      case .brotli: 1 << 21  // A meta-block of 16 MiB takes eight or more.
      }
    return sizeBytes.multipliedSaturated(by: factor)
  }

  /// The codec of an option's text: `none`, `uncompressed`, `snappy`, `gzip`, `lz4`, `lz4_raw`,
  /// `zstd`, `brotli`, and `gzip:9`, `zstd:3`, `brotli:5` with a level. Nil for everything else.
  package init?(_ text: String) {
    let parts = text.lowercased().split(separator: ":", omittingEmptySubsequences: false)
    switch (parts[0], parts.count) {
    case ("none", 1), ("uncompressed", 1): self = .none
    case ("snappy", 1): self = .snappy
    case ("lz4", 1), ("lz4_raw", 1): self = .lz4Raw
    case ("gzip", 1): self = .gzip()
    case ("zstd", 1): self = .zstd()
    case ("brotli", 1): self = .brotli()
    case (let name, 2):
      guard let level = Int(parts[1]) else { return nil }
      switch name {
      case "gzip" where (1...9).contains(level): self = .gzip(level: level)
      case "zstd" where (1...22).contains(level): self = .zstd(level: level)
      case "brotli" where (0...11).contains(level): self = .brotli(level: level)
      default: return nil
      }
    default: return nil
    }
  }
}

/// Why a block could not be compressed or decompressed. Carries no text: modules wrap it.
package enum CompressionFault: Error, Equatable {
  /// Not a block of this codec, or a damaged one.
  case malformed
  /// The block holds another number of bytes than it should.
  case sizeMismatch(expectedBytes: Int)
  /// The library could not get memory.
  case outOfMemory
  /// The codec is read only.
  case notWritable
}

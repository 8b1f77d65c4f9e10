/// How a block of bytes is compressed.
package enum Codec: Sendable, Hashable {
  case none
  case snappy
  /// One gzip member when written; several, one after the other, are read.
  case gzip
  /// Levels 1 to 22 (and the negative fast ones); ignored when decompressing.
  case zstd(level: Int)
  /// An LZ4 block without a frame.
  case lz4Raw
  /// The retired LZ4 of Hadoop: blocks behind big-endian lengths. Read only.
  case lz4Hadoop

  /// The name a person writes in an option: `zstd`, `lz4_raw`.
  package var name: String {
    switch self {
    case .none: "none"
    case .snappy: "snappy"
    case .gzip: "gzip"
    case .zstd: "zstd"
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
      case .snappy: 64  // A copy of 64 bytes takes two or three.
      case .gzip: 1100  // Deflate: 258 bytes for two bits.
      case .lz4Raw, .lz4Hadoop: 300  // 255 bytes of a match for one.
      case .zstd: 1 << 16  // A block of 128 KiB of one byte takes four.
      }
    let (bound, overflow) = sizeBytes.multipliedReportingOverflow(by: factor)
    return overflow ? .max : bound + 64
  }

  /// The codec of an option's text: `none`, `uncompressed`, `snappy`, `gzip`, `lz4`, `lz4_raw`,
  /// `zstd` and `zstd:3`. Nil for everything else.
  package init?(_ text: String) {
    switch text.lowercased() {
    case "none", "uncompressed": self = .none
    case "snappy": self = .snappy
    case "gzip": self = .gzip
    case "lz4", "lz4_raw": self = .lz4Raw
    case "zstd": self = .zstd(level: 1)
    case let other:
      guard other.hasPrefix("zstd:"), let level = Int(other.dropFirst(5)), (1...22).contains(level)
      else { return nil }
      self = .zstd(level: level)
    }
  }
}

/// Why a block could not be compressed or decompressed. Carries no text: modules wrap it.
package enum CompressionFault: Error, Equatable {
  /// Not a block of this codec, or a damaged one.
  case malformed
  /// The block holds another number of bytes than its header says.
  case sizeMismatch(expectedBytes: Int)
  /// The library could not get memory.
  case outOfMemory
  /// The codec is read only.
  case notWritable
}

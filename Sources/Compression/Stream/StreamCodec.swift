/// How a whole file is compressed: formats of files, told apart by their first bytes, where `Codec`
/// is for blocks whose codec is written elsewhere.
package enum StreamCodec: String, Sendable, CaseIterable {
  /// RFC 1952.
  case gzip
  /// RFC 8878.
  case zstd
  /// The LZ4 frame format.
  case lz4
  case bzip2
  /// The .xz format.
  case xz

  /// The first bytes of every file of this format.
  private var magic: [UInt8] {
    switch self {
    case .gzip: [0x1F, 0x8B, 0x08]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    case .lz4: [0x04, 0x22, 0x4D, 0x18]
    case .bzip2: Array("BZh".utf8)
    case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
    }
  }

  /// The format of a file that begins with `head`; nil: none of these. Ten bytes suffice.
  package init?(head: [UInt8]) {
    guard let codec = StreamCodec.allCases.first(where: { head.starts(with: $0.magic) }) else {
      return nil
    }
    // Three letters may begin a text too: the level and the block's or the end's magic follow.
    if codec == .bzip2 {
      guard head.count >= 6, (0x31...0x39).contains(head[3]),
        Array(head[4..<6]) == [0x31, 0x41] || Array(head[4..<6]) == [0x17, 0x72]
      else { return nil }
    }
    self = codec
  }

  /// The endings that name files of this format, without the point.
  package var fileEndings: [String] {
    switch self {
    case .gzip: ["gz", "gzip"]
    case .zstd: ["zst", "zstd"]
    case .lz4: ["lz4"]
    case .bzip2: ["bz2"]
    case .xz: ["xz"]
    }
  }
}

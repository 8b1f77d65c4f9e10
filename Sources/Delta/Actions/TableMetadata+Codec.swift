package import Compression

/// `delta.parquet.compression.codec`: how writers compress what they add to a table, unless they
/// are told otherwise. Files that there are may be compressed in any way.
///
/// Delta protocol (PROTOCOL.md), "Table Properties": names are matched case-insensitively, and
/// whoever does not know the codec refuses or takes another one.
extension TableMetadata {
  package static let codecProperty = "delta.parquet.compression.codec"
  /// The names that the protocol has, and that of a codec of Parquet's.
  package static let codecNames = "uncompressed, none, snappy, gzip, lz4, lz4_raw, zstd or brotli"

  /// The codec that the table asks for; nil unless it asks for one that there is.
  package var codec: Codec? {
    configuration[TableMetadata.codecProperty].flatMap { TableMetadata.codec(named: $0) }
  }

  /// Nil for a name that means nothing, and for one with a level: others do not know those.
  ///
  /// The retired framing of `lz4` is not written by anyone who can help it: it becomes `lz4_raw`,
  /// the same algorithm.
  static func codec(named name: String) -> Codec? {
    name.contains(":") ? nil : Codec(name)
  }
}

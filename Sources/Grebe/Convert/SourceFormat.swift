import Base
import JSON
import Store

/// Tells text from what only looks like a source, by its first bytes.
enum SourceFormat {
  private static let magics: [(bytes: [UInt8], name: String, hint: String)] = [
    (
      [0x1F, 0x8B], "gzip-compressed",
      "decompress it first: gzip -dc FILE | grebe convert - --into TABLE"
    ),
    (
      [0x28, 0xB5, 0x2F, 0xFD], "zstd-compressed",
      "decompress it first: zstd -dc FILE | grebe convert - --into TABLE"
    ),
    (
      [0x04, 0x22, 0x4D, 0x18], "lz4-compressed",
      "decompress it first: lz4 -dc FILE | grebe convert - --into TABLE"
    ),
    (
      [0x42, 0x5A, 0x68], "bzip2-compressed",
      "decompress it first: bzip2 -dc FILE | grebe convert - --into TABLE"
    ),
    (
      [0xFD, 0x37, 0x7A, 0x58, 0x5A], "xz-compressed",
      "decompress it first: xz -dc FILE | grebe convert - --into TABLE"
    ),
    ([0x50, 0x4B, 0x03, 0x04], "a zip archive", "unpack it first"),
    (
      [0x50, 0x41, 0x52, 0x31], "a Parquet file, and others are not",
      "convert Parquet files and text in runs of their own"
    ),
    ([0xFF, 0xFE], "UTF-16 text", "convert it first: iconv -f UTF-16 -t UTF-8"),
    ([0xFE, 0xFF], "UTF-16 text", "convert it first: iconv -f UTF-16 -t UTF-8"),
  ]

  /// Whether all sources with anything in them begin as Parquet files do.
  static func areParquet(_ sources: [SourceFile]) throws(GrebeError) -> Bool {
    let magic = Array("PAR1".utf8)
    var count = 0
    for source in sources where source.sizeBytes > 0 {
      guard source.sizeBytes >= 12 else { return false }
      let head = try exposing { () throws(StoreError) in
        try source.store.read(source.path, range: 0..<4)
      }
      guard [UInt8](head) == magic else { return false }
      count += 1
    }
    return count > 0
  }

  /// - Throws: `unsupported`, naming the format, for anything that is not delimited text.
  static func requireText(_ sample: Buffer<UInt8>, of file: SourceFile) throws(GrebeError) {
    let head = [UInt8](sample.slice(0..<min(8, sample.count)))
    for magic in magics where head.starts(with: magic.bytes) {
      throw GrebeError(
        .unsupported, "the source is \(magic.name); this build converts delimited text",
        place: file.name, hint: magic.hint)
    }
    let first = head.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      throw GrebeError(
        .unsupported, "the source looks like JSON; this build converts delimited text",
        place: file.name)
    }
  }
}

/// Sources as `commitInfo` lists them.
enum SourceListing {
  static func json(_ sources: [SourceFile]) -> String {
    var writer = JSONWriter()
    writer.beginArray()
    for source in sources {
      writer.beginObject()
      writer.member("path", source.identity)
      writer.member("size", source.sizeBytes)
      writer.member("modificationTime", source.modifiedMillis)
      writer.endObject()
    }
    writer.endArray()
    return writer.text
  }
}

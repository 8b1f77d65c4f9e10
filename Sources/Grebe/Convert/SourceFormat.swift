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
    ([0xFF, 0xFE], "UTF-16 text", "convert it first: iconv -f UTF-16 -t UTF-8"),
    ([0xFE, 0xFF], "UTF-16 text", "convert it first: iconv -f UTF-16 -t UTF-8"),
  ]

  /// Whether the sources are Parquet files; sources with nothing in them are either.
  ///
  /// - Throws: `unsupported` when some are and others are not, `corrupt` for an empty one that its
  ///   name calls a Parquet file.
  static func areParquet(_ sources: [SourceFile]) throws(GrebeError) -> Bool {
    var parquet: SourceFile?
    var other: SourceFile?
    for source in sources {
      if source.sizeBytes == 0 {
        guard !source.path.lowercased().hasSuffix(".parquet") else {
          throw GrebeError(.corrupt, "not a Parquet file: it is empty", place: source.name)
        }
      } else if try isParquet(source) {
        parquet = source
      } else {
        other = source
      }
    }
    if let parquet, let other {
      throw GrebeError(
        .unsupported, "the source is a Parquet file, and \(other.name) is not",
        place: parquet.name, hint: "convert Parquet files and text in runs of their own")
    }
    return parquet != nil
  }

  /// By the magic in front, `PAR1`. That of encrypted files, `PARE`, may as well begin a header
  /// (`PARENT,CHILD`) and has to be at the end too.
  private static func isParquet(_ source: SourceFile) throws(GrebeError) -> Bool {
    let size = source.sizeBytes
    guard size >= 4 else { return false }
    let (head, tail) = try exposing { () throws(StoreError) in
      let head = try source.store.read(source.path, range: 0..<4)
      let tail = try source.store.read(source.path, range: size - 4..<size)
      return ([UInt8](head), [UInt8](tail))
    }
    let encrypted = Array("PARE".utf8)
    return head == Array("PAR1".utf8) || (size >= 12 && head == encrypted && tail == encrypted)
  }

  /// - Throws: `unsupported`, naming the format, for anything that is not delimited text.
  static func requireText(_ sample: Buffer<UInt8>, of file: SourceFile) throws(GrebeError) {
    let head = [UInt8](sample.slice(0..<min(8, sample.count)))
    for magic in magics where head.starts(with: magic.bytes) {
      throw GrebeError(
        .unsupported, "the source is \(magic.name); this build converts delimited text and Parquet",
        place: file.name, hint: magic.hint)
    }
    let first = head.first { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
    if first == UInt8(ascii: "{") || first == UInt8(ascii: "[") {
      throw GrebeError(
        .unsupported, "the source looks like JSON; this build converts delimited text and Parquet",
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

import Base
import Compression
import JSON
import Store

/// Tells what only looks like a source by its first bytes.
enum SourceFormat {
  /// Whether the sources are Parquet files; sources with nothing in them are either.
  ///
  /// - Parameter wanted: what the user says they are.
  /// - Throws: `unsupported` when some are and others are not, `corrupt` for an empty one that its
  ///   name calls a Parquet file.
  static func areParquet(
    _ sources: [SourceFile], wanted: ConversionOptions.InputFormat?
  ) throws(GrebeError) -> Bool {
    if let wanted { return wanted == .parquet }
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

  /// Whether the name says JSON, compressed or not.
  static func isNamedJSON(_ file: SourceFile) -> Bool {
    var parts = file.path.lowercased().split(separator: ".").map(String.init)
    if let last = parts.last,
      StreamCodec.allCases.contains(where: { $0.fileEndings.contains(last) })
    {
      parts.removeLast()
    }
    return parts.count > 1 && ["json", "ndjson", "jsonl", "geojson"].contains(parts.last)
  }

  /// - Parameter head: the first bytes of the source, decompressed.
  /// - Throws: `unsupported`, naming the format, for files that hold other files.
  static func refuseArchives(_ head: Buffer<UInt8>, of file: SourceFile) throws(GrebeError) {
    func begins(with magic: String, at offset: Int = 0) -> Bool {
      let end = offset + magic.utf8.count
      return head.count >= end && [UInt8](head.slice(offset..<end)) == Array(magic.utf8)
    }
    let name =
      begins(with: "PK\u{3}\u{4}")
      ? "a zip archive"
      : begins(with: "ustar", at: 257)
        ? "a tar archive" : begins(with: "PAR1") ? "a Parquet file inside a compressed one" : nil
    guard let name else { return }
    throw GrebeError(
      .unsupported, "the source is \(name)", place: file.name, hint: "unpack it first")
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

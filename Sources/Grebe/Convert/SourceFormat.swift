import Base
import Compression
import JSON
import Store

/// Tells what only looks like a source by its first bytes.
enum SourceFormat {
  /// - Throws: `corrupt` for a source that its name calls a Parquet file and that is none.
  static func checkNames(_ sources: [SourceFile]) throws(GrebeError) {
    for source in sources where source.path.lowercased().hasSuffix(".parquet") {
      if source.sizeBytes == 0 {
        throw GrebeError(.corrupt, "not a Parquet file: it is empty", place: source.name)
      }
      guard try SourceFront(source).isParquet else {
        throw GrebeError(
          .corrupt, "not a Parquet file: it does not begin with PAR1", place: source.name,
          hint: "--input-format csv or json, if that is what it is in spite of its name")
      }
    }
  }

  /// - Throws: `unsupported` unless all sources that are not empty are Parquet files.
  static func checkParquet(_ sources: [SourceFile]) throws(GrebeError) {
    var parquet: SourceFile?
    var other: SourceFile?
    for source in sources where source.sizeBytes > 0 {
      if try SourceFront(source).isParquet { parquet = source } else { other = source }
    }
    if let parquet, let other { throw mixture(parquet, other: other) }
  }

  /// What is wrong with sources of which some are Parquet files.
  static func mixture(_ parquet: SourceFile, other: SourceFile) -> GrebeError {
    GrebeError(
      .unsupported, "the source is a Parquet file, and \(other.name) is not",
      place: parquet.name, hint: "convert Parquet files and text in runs of their own")
  }

  /// Whether the name has one of these endings, compressed or not.
  static func isNamed(_ file: SourceFile, _ endings: [String]) -> Bool {
    var parts = file.path.lowercased().split(separator: ".").map(String.init)
    if let last = parts.last,
      StreamCodec.allCases.contains(where: { $0.fileEndings.contains(last) })
    {
      parts.removeLast()
    }
    return parts.count > 1 && parts.last.map(endings.contains) ?? false
  }

  /// - Parameters:
  ///   - sample: the front of the source, decompressed.
  ///   - isWhole: whether it is all of it.
  /// - Throws: `corrupt` if there are bytes, and all are zero: what a crash or a download that was
  ///   broken off leaves of a file.
  static func refuseZeros(
    _ sample: Buffer<UInt8>, isWhole: Bool, of file: SourceFile
  ) throws(GrebeError) {
    let bytes = sample.span
    guard bytes.count > 0, bytes.indices.allSatisfy({ bytes[$0] == 0 }) else { return }
    throw GrebeError(
      .corrupt,
      isWhole ? "the source is nothing but zero bytes" : "the source begins with zero bytes alone",
      place: file.name, hint: "its contents are lost; copy or export it again")
  }
}

extension Buffer<UInt8> {
  /// Whether the bytes from `offset` on begin with those of `text`.
  func holds(_ text: String, at offset: Int = 0) -> Bool { holds(Array(text.utf8), at: offset) }

  /// Whether the bytes from `offset` on begin with these.
  func holds(_ bytes: [UInt8], at offset: Int) -> Bool {
    guard count - offset >= bytes.count else { return false }
    var index = offset
    for byte in bytes {
      if self[index] != byte { return false }
      index += 1
    }
    return true
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

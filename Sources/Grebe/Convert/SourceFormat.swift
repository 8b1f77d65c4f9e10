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

  /// - Parameter head: the first bytes of the source, decompressed.
  /// - Throws: `unsupported`, naming the format, for files that hold other files, and for those
  ///   that other programs export tables from.
  static func refuseForeign(_ head: Buffer<UInt8>, of file: SourceFile) throws(GrebeError) {
    if head.holds("ORC") && head.span.indices.contains(where: { head[$0] == 0 }) {
      throw GrebeError(
        .unsupported, "the source is an ORC file", place: file.name, hint: exportHint)
    }
    guard let format = foreignFormats.first(where: { head.holds($0.magic, at: $0.offset) }) else {
      return
    }
    throw GrebeError(
      .unsupported, "the source is \(format.name)", place: file.name, hint: format.hint)
  }

  private static let exportHint = "export the table as CSV, JSON or Parquet first"

  private typealias Foreign = (magic: [UInt8], offset: Int, name: String, hint: String)

  /// By their first bytes, the more exact first. No text begins like this.
  private static let foreignFormats: [Foreign] = {
    func format(_ magic: String, at offset: Int = 0, _ name: String, _ hint: String) -> Foreign {
      (Array(magic.utf8), offset, name, hint)
    }
    let unpack = "unpack it first"
    let export = "save the sheet as CSV first"
    let dump = exportHint
    let page = "it may be the message of a server instead of the data"
    return [
      format("[Content_Types].xml", at: 30, "an Office file, such as an Excel workbook", export),
      format("_rels/.rels", at: 30, "an Office file, such as an Excel workbook", export),
      format("mimetypeapplication/vnd.oasis", at: 30, "an OpenDocument file", export),
      format("PK\u{3}\u{4}", "a zip archive", unpack),
      format("ustar", at: 257, "a tar archive", unpack),
      format("PAR1", "a Parquet file inside a compressed one", unpack),
      ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], 0, "an old Excel or Office file", export),
      format("SQLite format 3\0", "an SQLite database", dump),
      format("Obj\u{1}", "an Avro file", dump),
      format("ARROW1\0\0", "an Arrow file", dump),
      format("%PDF-", "a PDF document", "copy its tables into a CSV file first"),
      format("<!DOCTYPE html", "an HTML page", page),
      format("<!doctype html", "an HTML page", page),
      format("<html", "an HTML page", page),
    ]
  }()

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

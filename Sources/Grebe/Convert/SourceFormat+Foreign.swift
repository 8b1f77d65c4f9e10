import Base
import Compression
import Ingest

// Files that are no tables of text: those that hold other files, and those of other programs. As
// text they would load as garbage.
extension SourceFormat {
  /// - Parameters:
  ///   - head: the first bytes of the source, decompressed.
  ///   - compression: what they were compressed with.
  /// - Throws: `unsupported`, naming the format, for files that hold other files, and for those
  ///   that other programs export tables from.
  static func refuseForeign(
    _ head: Buffer<UInt8>, compression: StreamCodec?, of file: SourceFile
  ) throws(GrebeError) {
    if compression != nil, StreamCodec(head: (0..<min(head.count, 10)).map { head[$0] }) != nil {
      throw refusal("a compressed file inside a compressed one", unpackHint, file)
    }
    if head.holds("ORC") && head.span.indices.contains(where: { head[$0] == 0 }) {
      throw refusal("an ORC file", exportHint, file)
    }
    if isBSON(head, sizeBytes: compression == nil ? file.sizeBytes : .max) {
      throw refusal("a BSON file", "mongoexport or bsondump writes JSON", file)
    }
    if let format = foreignFormats.first(where: { head.holds($0.magic, at: $0.offset) }) {
      throw refusal(format.name, format.hint, file)
    }
  }

  /// - Parameter text: the front of the source.
  /// - Throws: `unsupported` for an XML document, and for JavaScript that assigns its data.
  static func refuseMarkup(_ text: Buffer<UInt8>, of file: SourceFile) throws(GrebeError) {
    let text = text.holds([0xEF, 0xBB, 0xBF], at: 0) ? text.slice(3..<text.count) : text
    let asText = "; --input-format csv reads its lines as delimited text"
    if text.holds("<?xml") || isElement(text) {
      throw refusal("an XML document", "convert it to CSV or JSON first" + asText, file)
    }
    if isAssignment(text) {
      throw refusal(
        "JavaScript", "take out what is in front of the first bracket, and it is JSON" + asText,
        file)
    }
  }

  /// - Parameter bytes: the front of the source, decompressed, which is no UTF-8.
  /// - Throws: `unsupported` for what no text in an encoding of single bytes is: more than one byte
  ///   in 512 is a zero.
  static func refuseBinary(_ bytes: Buffer<UInt8>, of file: SourceFile) throws(GrebeError) {
    let span = bytes.span
    var zeroCount = 0
    for index in span.indices where span[index] == 0 { zeroCount += 1 }
    guard zeroCount >= 4, zeroCount * 512 > span.count else { return }
    throw refusal(
      "no text: it has zero bytes, and is not UTF-8",
      exportHint + "; --encoding, if it is text all the same", file)
  }

  private static func refusal(_ what: String, _ hint: String, _ file: SourceFile) -> GrebeError {
    GrebeError(.unsupported, "the source is \(what)", place: file.name, hint: hint)
  }

  /// Whether a text begins with an element, `<name>` or `<name attribute=`, and closes one. Names
  /// of columns may stand in such brackets, but none is closed then.
  private static func isElement(_ text: Buffer<UInt8>) -> Bool {
    let bytes = text.span
    guard bytes.count > 2, bytes[0] == UInt8(ascii: "<") else { return false }
    let end = bytes.indices.dropFirst().first { !isNameByte(bytes[$0]) } ?? 1
    guard end > 1, end < bytes.count,
      bytes[end] == UInt8(ascii: ">") || bytes[end] == ASCII.space
        || bytes[end] == ASCII.lineFeed || bytes[end] == ASCII.carriageReturn
    else { return false }
    return bytes.indices.dropLast().contains {
      bytes[$0] == UInt8(ascii: "<") && bytes[$0 + 1] == ASCII.slash
    }
  }

  /// Whether a text begins as `window.data = [` or `var data = {` does: not `key={`, as in logs.
  private static func isAssignment(_ text: Buffer<UInt8>) -> Bool {
    let bytes = text.span
    func afterSpaces(_ start: Int) -> Int {
      var end = start
      while end < bytes.count, bytes[end] == ASCII.space { end += 1 }
      return end
    }
    var equals = 0
    // `var name`, `window.YTD.tweets.part0`
    while equals < bytes.count, isNameByte(bytes[equals]) || bytes[equals] == ASCII.space {
      equals += 1
    }
    guard equals < bytes.count, bytes[equals] == UInt8(ascii: "="),
      bytes.indices[..<equals].contains(where: {
        bytes[$0] == ASCII.point || bytes[$0] == ASCII.space
      })
    else { return false }
    let value = afterSpaces(equals + 1)
    return value < bytes.count
      && (bytes[value] == UInt8(ascii: "[") || bytes[value] == UInt8(ascii: "{"))
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      ASCII.zero...ASCII.nine, ASCII.point, ASCII.colon, UInt8(ascii: "_"), UInt8(ascii: "$"):
      true
    default: false
    }
  }

  /// Whether the bytes begin with a document of BSON: its length, which is a little-endian number,
  /// the kind of its first value and a name that a zero ends.
  private static func isBSON(_ head: Buffer<UInt8>, sizeBytes: Int64) -> Bool {
    guard head.count >= 8, head[3] == 0, (0x01...0x13).contains(head[4]), head[5] >= ASCII.space
    else { return false }
    let length = Int(head[0]) | Int(head[1]) << 8 | Int(head[2]) << 16
    let end = min(length, head.count)
    return length >= 8 && length <= sizeBytes && (6..<max(end, 6)).contains { head[$0] == 0 }
      && (length > head.count || head[length - 1] == 0)
  }

  private static let exportHint = "export the table as CSV, JSON or Parquet first"
  private static let unpackHint = "unpack it first"

  private typealias Foreign = (magic: [UInt8], offset: Int, name: String, hint: String)

  /// By their first bytes, the more exact first. No text begins like this.
  private static let foreignFormats: [Foreign] = {
    func format(_ magic: String, at offset: Int = 0, _ name: String, _ hint: String) -> Foreign {
      (Array(magic.utf8), offset, name, hint)
    }
    let unpack = unpackHint
    let export = "save the sheet as CSV first"
    let dump = exportHint
    let page = "it may be the message of a server instead of the data"
    return [
      format("[Content_Types].xml", at: 30, "an Office file, such as an Excel workbook", export),
      format("_rels/.rels", at: 30, "an Office file, such as an Excel workbook", export),
      format("mimetypeapplication/vnd.oasis", at: 30, "an OpenDocument file", export),
      format("PK\u{3}\u{4}", "a zip archive", unpack),
      format("ustar", at: 257, "a tar archive", unpack),
      ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], 0, "a 7z archive", unpack),
      format("Rar!\u{1A}\u{7}", "a RAR archive", unpack),
      ([0xFF, 6, 0, 0] + Array("sNaPpY".utf8), 0, "a snappy file", unpack),
      format("PAR1", "a Parquet file inside a compressed one", unpack),
      ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], 0, "an old Excel or Office file", export),
      format("SQLite format 3\0", "an SQLite database", dump),
      format("DUCK", at: 8, "a DuckDB database", dump),
      format("PGDMP", "a PostgreSQL archive", "pg_restore -f - --data-only writes it as text"),
      format("Obj\u{1}", "an Avro file", dump),
      format("ARROW1\0\0", "an Arrow file", dump),
      format("FEA1", "a Feather file", dump),
      ([0x93] + Array("NUMPY".utf8), 0, "a NumPy file", dump),
      ([0x89] + Array("HDF\r\n\u{1A}\n".utf8), 0, "an HDF5 file", dump),
      format("CDF\u{1}", "a NetCDF file", dump),
      format("CDF\u{2}", "a NetCDF file", dump),
      format("CDF\u{5}", "a NetCDF file", dump),
      format("$FL2", "an SPSS file", dump),
      format("$FL3", "an SPSS file", dump),
      format("<stata_dta>", "a Stata file", dump),
      ([UInt8](repeating: 0, count: 12) + [0xC2, 0xEA, 0x81, 0x60], 0, "a SAS file", dump),
      format("HEADER RECORD*******LIBRARY HEADER RECORD", "a SAS transport file", dump),
      format("RDX2\n", "an R data file", dump),
      format("RDX3\n", "an R data file", dump),
      format("%PDF-", "a PDF document", "copy its tables into a CSV file first"),
      format("<!DOCTYPE html", "an HTML page", page),
      format("<!doctype html", "an HTML page", page),
      format("<html", "an HTML page", page),
    ] + (2...5).map { ([0x80, $0], 0, "a Python pickle", dump) }
  }()
}

import Base
import Columns
import Delta
import Store

/// Where `--schema` comes from.
enum SchemaSource {
  /// DDL, or the path of a file with DDL or a Delta schema in JSON.
  static func read(_ textOrFile: String) throws(GrebeError) -> Schema {
    let text = try fileText(textOrFile)
    let body = text ?? textOrFile
    if body.first(where: { !$0.isWhitespace }) == "{" {
      return try exposing { () throws(DeltaError) in try Schema(parsingDeltaJSON: body) }
    }
    do throws(DDLFault) {
      return try Schema(ddl: body)
    } catch {
      if text == nil && !body.contains(where: \.isWhitespace) {
        throw GrebeError(
          .notFound, "no such file, and no columns as DDL", place: "--schema \(textOrFile)",
          hint: "columns as DDL, such as \"id BIGINT NOT NULL, at TIMESTAMP\", or a file with that")
      }
      if body.prefix(while: { !$0.isWhitespace }).uppercased() == "CREATE" {
        throw GrebeError(
          .invalidArgument, "a statement, and not the columns of a table",
          place: text == nil ? "--schema" : textOrFile,
          hint: "of CREATE TABLE t (id BIGINT, at TIMESTAMP), what is in parentheses")
      }
      throw GrebeError(
        .invalidArgument, "\(error.message), character \(error.characterOffset + 1)",
        place: text == nil ? "--schema" : textOrFile,
        hint: text == nil
          ? "columns as DDL, such as \"id BIGINT NOT NULL, at TIMESTAMP\", or a file with that"
          : nil)
    }
  }

  /// Nil when no file has that name.
  private static func fileText(_ path: String) throws(GrebeError) -> String? {
    guard !path.isEmpty, path.utf8.count < 4096, !path.contains("\n") else { return nil }
    let directory = path.lastIndex(of: "/").map { path[...$0] } ?? "./"
    let name = String(
      path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
    guard !name.isEmpty, !name.contains(" ") else { return nil }
    return try exposing { () throws(StoreError) in
      let store = try openStandardStore(String(directory))
      guard let entry = try store.entry(name), entry.sizeBytes <= 16 << 20 else { return nil }
      let bytes = try store.read(name, range: nil)
      return String(decoding: [UInt8](bytes), as: UTF8.self)
    }
  }
}

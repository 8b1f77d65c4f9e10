import Base
import Columns
import Ingest
import JSON

/// What it takes to parse the text of one record again: how its source was written and which column
/// each field fills. Kept as JSON beside every record in quarantine.
struct RecordContext: Sendable, Hashable {
  let format: TextFormat
  /// For each field the name of its column; nil for a field that was left out.
  let columns: [String?]
  /// The source's entry in the ledger, escaped; nil for standard input.
  let path: String?

  init(_ source: PlannedSource, schema: Schema) {
    format = source.format
    columns = source.columnMap.map { position in position.map { schema.fields[$0].name } }
    path = source.file.isAnonymous ? nil : Ledger.path(of: source.file)
  }

  var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    switch format {
    case .csv(let dialect): dialect.write(to: &writer)
    }
    writer.key("columns")
    writer.beginArray()
    for column in columns {
      if let column { writer.string(column) } else { writer.null() }
    }
    writer.endArray()
    if let path { writer.member("path", path) }
    writer.endObject()
    return writer.text
  }

  /// Nil for what is no such JSON, or of a format that this build does not parse.
  init?(json text: String) {
    guard let root = try? JSONDocument(utf8: text).root, let columns = root["columns"],
      root["format"]?.string == "csv", let dialect = CSVDialect(context: root)
    else { return nil }
    format = .csv(dialect)
    self.columns = columns.elements.map(\.string)
    path = root["path"]?.string
  }
}

extension CSVDialect {
  fileprivate func write(to writer: inout JSONWriter) {
    func text(_ byte: UInt8) -> String { String(UnicodeScalar(byte)) }
    writer.member("format", "csv")
    writer.member("delimiter", text(delimiter))
    if let quote { writer.member("quote", text(quote)) }
    if let escape { writer.member("escape", text(escape)) }
    writer.member("newline", text(newline))
    if !nullTexts.isEmpty { writer.member("nulls", nullTexts) }
    if let dateFormat { writer.member("date_format", dateFormat) }
    if let timestampFormat { writer.member("timestamp_format", timestampFormat) }
  }

  fileprivate init?(context root: JSONValue) {
    func byte(_ name: String) -> UInt8? {
      guard let scalars = root[name]?.string?.unicodeScalars, scalars.count == 1,
        let scalar = scalars.first
      else { return nil }
      return UInt8(exactly: scalar.value)
    }
    guard let delimiter = byte("delimiter"), let newline = byte("newline") else { return nil }
    self.init(
      delimiter: delimiter, quote: byte("quote"), escape: byte("escape"), newline: newline,
      hasHeader: false, nullTexts: root["nulls"]?.elements.compactMap(\.string) ?? [],
      dateFormat: root["date_format"]?.string, timestampFormat: root["timestamp_format"]?.string)
  }
}

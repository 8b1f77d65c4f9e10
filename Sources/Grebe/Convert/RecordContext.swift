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
  /// Texts that columns have by the path of the source, by name.
  let constants: [String: String]

  init(_ source: PlannedSource, of plan: ConversionPlan) {
    let schema = plan.sourceSchema
    format = source.format
    constants = plan.paths.texts(of: source.file, in: schema)
    columns = source.columnMap.map { position in position.map { schema.fields[$0].name } }
    path = source.file.isAnonymous ? nil : Ledger.path(of: source.file)
  }

  /// What there is to say of a Parquet file's row, which nothing parses again.
  static func json(ofParquet source: SourceFile) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("format", parquet)
    if !source.isAnonymous { writer.member("path", Ledger.path(of: source)) }
    writer.endObject()
    return writer.text
  }

  /// Of any row's context: whether it is one of a Parquet file, and the source's entry in the
  /// ledger. Rows of Parquet files that early versions kept have an empty context.
  static func source(inJSON text: String) -> (isParquet: Bool, path: String?) {
    guard let root = try? JSONDocument(utf8: text).root else { return (text.isEmpty, nil) }
    return (root["format"]?.string == parquet, root["path"]?.string)
  }

  private static let parquet = "parquet"

  var json: String {
    var writer = JSONWriter()
    writer.beginObject()
    switch format {
    case .csv(let dialect): dialect.write(to: &writer)
    case .json(_, let kind, let formats):
      writer.member("format", "json")
      writer.member("records", kind.rawValue)
      formats.write(to: &writer)
    }
    writer.key("columns")
    writer.beginArray()
    for column in columns {
      if let column { writer.string(column) } else { writer.null() }
    }
    writer.endArray()
    if let path { writer.member("path", path) }
    if !constants.isEmpty {
      writer.key("constants")
      writer.beginObject()
      for (name, text) in constants.sorted(by: { $0.key < $1.key }) { writer.member(name, text) }
      writer.endObject()
    }
    writer.endObject()
    return writer.text
  }

  /// Nil for what is no such JSON, or of a format that this build does not parse.
  init?(json text: String) {
    guard let root = try? JSONDocument(utf8: text).root, let columns = root["columns"] else {
      return nil
    }
    switch root["format"]?.string {
    case "csv":
      guard let dialect = CSVDialect(context: root) else { return nil }
      format = .csv(dialect)
    case "json":
      // One record is a value, wherever its source had it.
      let kind = root["records"]?.string.flatMap(JSONRecordKind.init)
      format = .json(.values, kind ?? .objects, DateFormats(context: root))
    default: return nil
    }
    self.columns = columns.elements.map(\.string)
    path = root["path"]?.string
    var constants: [String: String] = [:]
    if let members = root["constants"]?.members {
      for (name, text) in members { constants[name] = text.string }
    }
    self.constants = constants
  }
}

extension CSVDialect {
  fileprivate func write(to writer: inout JSONWriter) {
    func text(_ byte: UInt8) -> String { String(UnicodeScalar(byte)) }
    writer.member("format", "csv")
    writer.member("delimiter", ([delimiter] + delimiterTail).map(text).joined())
    if let quote { writer.member("quote", text(quote)) }
    if let escape { writer.member("escape", text(escape)) }
    writer.member("newline", text(newline))
    if endsAtCarriage { writer.member("any_line_end", true) }
    if endsWithDelimiter { writer.member("trailing_delimiter", true) }
    if padsRagged { writer.member("pads", true) }
    if formats.contains(where: { $0 != FieldFormat() }) {
      // Of each field, how dates, numbers and flags are written, as numbers.
      writer.member(
        "formats",
        formats.map { "\($0.dates.rawValue)\($0.numbers.rawValue)\($0.flags.rawValue)" })
    }
    if !nullTexts.isEmpty { writer.member("nulls", nullTexts) }
    DateFormats(date: dateFormat, timestamp: timestampFormat).write(to: &writer)
  }

  fileprivate init?(context root: JSONValue) {
    func byte(_ name: String) -> UInt8? {
      guard let scalars = root[name]?.string?.unicodeScalars, scalars.count == 1,
        let scalar = scalars.first
      else { return nil }
      return UInt8(exactly: scalar.value)
    }
    let delimiters = root["delimiter"]?.string?.unicodeScalars.map { UInt8(exactly: $0.value) }
    guard let delimiters, let first = delimiters.first ?? nil, !delimiters.contains(nil),
      let newline = byte("newline")
    else { return nil }
    let given = DateFormats(context: root)
    self.init(
      delimiter: first, delimiterTail: delimiters.dropFirst().compactMap { $0 },
      quote: byte("quote"), escape: byte("escape"), newline: newline,
      hasHeader: false, nullTexts: root["nulls"]?.elements.compactMap(\.string) ?? [],
      dateFormat: given.date, timestampFormat: given.timestamp)
    if root["any_line_end"]?.boolean ?? false { carriage = .endsLine }
    endsWithDelimiter = root["trailing_delimiter"]?.boolean ?? false
    padsRagged = root["pads"]?.boolean ?? false
    formats = root["formats"]?.elements.map { FieldFormat(digits: $0.string ?? "") } ?? []
  }
}

extension DateFormats {
  fileprivate func write(to writer: inout JSONWriter) {
    if let date { writer.member("date_format", date) }
    if let timestamp { writer.member("timestamp_format", timestamp) }
  }

  fileprivate init(context root: JSONValue) {
    date = root["date_format"]?.string
    timestamp = root["timestamp_format"]?.string
  }
}

extension FieldFormat {
  /// Three digits, as `CSVDialect.write` makes them; the plain way for everything else.
  fileprivate init(digits: String) {
    self.init()
    let digits = digits.utf8.map { $0 &- UInt8(ascii: "0") }
    guard digits.count == 3 else { return }
    dates = DateOrder(rawValue: digits[0]) ?? dates
    numbers = NumberStyle(rawValue: digits[1]) ?? numbers
    flags = FlagWords(rawValue: digits[2]) ?? flags
  }
}

import ArgumentParser
import Columns
import Grebe

/// `--format` of commands whose result is rows.
enum ResultFormat: String, ExpressibleByArgument, CaseIterable {
  case table, csv, json, ndjson, markdown, parquet
}

struct ResultOptions: ParsableArguments {
  @Option(name: .long, help: "table, csv, json, ndjson, markdown, or parquet (with --output).")
  var format = ResultFormat.table

  @Option(name: .shortAndLong, help: "Write the result to this file.")
  var output: String?

  func validate() throws {
    if format == .parquet && output == nil {
      throw ValidationError("--format parquet needs --output FILE")
    }
  }
}

/// Prints batches as they come, in one of the text formats.
struct ResultPrinter {
  private let format: ResultFormat
  private let schema: Schema
  private let write: (String) throws -> Void
  private var isFirstRow = true
  private var table: TextTable?
  private(set) var rowCount = 0

  init(format: ResultFormat, schema: Schema, write: @escaping (String) throws -> Void) throws {
    self.format = format
    self.schema = schema
    self.write = write
    switch format {
    case .csv: try write(schema.names.map(csvField).joined(separator: ",") + "\n")
    case .json: try write("[")
    case .markdown:
      try write("| " + schema.names.map(markdownCell).joined(separator: " | ") + " |\n")
      try write(
        "|" + schema.fields.map { $0.type.isNumeric ? " ---: |" : " --- |" }.joined() + "\n")
    case .table, .ndjson, .parquet: break
    }
  }

  mutating func print(_ batch: ColumnBatch) throws {
    rowCount += batch.rowCount
    if format == .table {
      if table == nil {
        table = TextTable(schema: schema, sample: [batch])
        try write(table!.header)
      }
      return try write(table!.rows(batch))
    }
    var text = ""
    for row in 0..<batch.rowCount { text += line(batch, row) }
    try write(text)
  }

  private mutating func line(_ batch: ColumnBatch, _ row: Int) -> String {
    defer { isFirstRow = false }
    switch format {
    case .csv:
      return batch.columns.map { csvCell($0[row]) }.joined(separator: ",") + "\n"
    case .markdown:
      return "| " + batch.columns.map { markdownCell($0[row].description) }.joined(separator: " | ")
        + " |\n"
    case .json: return (isFirstRow ? "\n  " : ",\n  ") + object(batch, row)
    default: return object(batch, row) + "\n"
    }
  }

  mutating func finish() throws {
    switch format {
    case .json: try write(isFirstRow ? "]\n" : "\n]\n")
    case .table where table == nil:
      try write(TextTable(schema: schema, sample: []).header)
    default: break
    }
  }

  private func object(_ batch: ColumnBatch, _ row: Int) -> String {
    let members = zip(schema.names, batch.columns).map {
      JSONText.quoted($0) + ":" + CellText.json($1[row])
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  /// Null is an empty field; an empty string is quoted, so that the two stay apart.
  private func csvCell(_ cell: Scalar) -> String {
    if case .string("") = cell { return "\"\"" }
    return csvField(cell.description)
  }
}

/// RFC 4180: quoted where it holds a comma, a quote or a line break.
func csvField(_ text: String) -> String {
  let needsQuotes = text.utf8.contains { $0 == 0x22 || $0 == 0x2C || $0 == 0x0A || $0 == 0x0D }
  guard needsQuotes else { return text }
  return "\"" + text.map { $0 == "\"" ? "\"\"" : String($0) }.joined() + "\""
}

private func markdownCell(_ text: String) -> String {
  text.map { $0 == "|" ? "\\|" : $0.isNewline ? "<br>" : String($0) }.joined()
}

import ArgumentParser
import Base
import Columns
import Grebe

/// `--format` of commands whose result is rows.
enum ResultFormat: String, ChoiceArgument {
  case table, csv, json, ndjson, markdown, parquet

  /// The format that a file's name ends with.
  init?(path: String) {
    guard let dot = path.lastIndex(of: ".") else { return nil }
    switch path[path.index(after: dot)...].lowercased() {
    case "csv": self = .csv
    case "json": self = .json
    case "ndjson", "jsonl": self = .ndjson
    case "md", "markdown": self = .markdown
    case "txt": self = .table
    case "parquet": self = .parquet
    default: return nil
    }
  }
}

struct ResultOptions: ParsableArguments {
  @Option(
    name: .customLong("format"),
    help: """
      table, csv, json, ndjson, markdown, or parquet (with --output). (default: by the ending of \
      --output, else table)
      """)
  var chosenFormat: ResultFormat?

  @Option(
    name: .shortAndLong,
    help: """
      Write the result to this file; .parquet, .csv, .json, .ndjson, .md and .txt (a table) choose \
      the format.
      """)
  var output: String?

  @OptionGroup var file: FileFormatOptions

  var format: ResultFormat { chosenFormat ?? output.flatMap(ResultFormat.init(path:)) ?? .table }

  func validate() throws {
    if let output, chosenFormat == nil, ResultFormat(path: output) == nil {
      throw ValidationError(
        "--output \(output) has no ending that names a format: .parquet, .csv, .json, .ndjson, "
          + ".jsonl, .md or .txt; --format names one for any file")
    }
    if format == .parquet && output == nil {
      throw ValidationError("--format parquet needs --output FILE")
    }
    if format != .parquet, let option = file.given {
      throw ValidationError("\(option) is for Parquet, and the result is \(format.rawValue)")
    }
  }
}

/// Prints batches as they come, in one of the text formats.
struct ResultPrinter {
  private let format: ResultFormat
  private let schema: Schema
  private let write: (Buffer<UInt8>) throws -> Void
  private let layout: RowLayout
  private var isFirstRow = true
  private var table: TextTable?
  private(set) var rowCount = 0

  init(
    format: ResultFormat, schema: Schema, write: @escaping (Buffer<UInt8>) throws -> Void
  ) throws {
    self.format = format
    self.schema = schema
    self.write = write
    switch format {
    case .json: layout = .objects(schema.names, before: ",\n  ")
    case .ndjson: layout = .objects(schema.names, after: "\n")
    default: layout = .fields(count: schema.count)
    }
    switch format {
    case .csv: try print(schema.names.map(csvField).joined(separator: ",") + "\n")
    case .json: try print("[")
    case .markdown:
      try print("| " + schema.names.map(markdownCell).joined(separator: " | ") + " |\n")
      try print(
        "|" + schema.fields.map { $0.type.isNumeric ? " ---: |" : " --- |" }.joined() + "\n")
    case .table, .ndjson, .parquet: break
    }
  }

  /// Cells whose text is made at once: rows of many columns would take more memory as text than as
  /// columns.
  private static let cellsMax = 1 << 18

  mutating func print(_ batch: ColumnBatch) throws {
    let rowsMax = max(ResultPrinter.cellsMax / max(schema.count, 1), 1)
    if batch.rowCount <= rowsMax || format == .table { return try printWhole(batch) }
    for start in stride(from: 0, to: batch.rowCount, by: rowsMax) {
      try printWhole(batch.slice(start..<min(start + rowsMax, batch.rowCount)))
    }
  }

  private mutating func printWhole(_ batch: ColumnBatch) throws {
    rowCount += batch.rowCount
    switch format {
    case .table:
      if table == nil {
        table = TextTable(schema: schema, sample: [batch])
        try print(table!.header)
      }
      try print(table!.rows(batch))
    case .markdown:
      var text = ""
      for row in 0..<batch.rowCount {
        let cells = batch.columns.map { markdownCell($0[row].text(as: $0.type)) }
        text += "| " + cells.joined(separator: " | ") + " |\n"
      }
      try print(text)
    case .csv: try write(layout.rows(try batch.columns.map { try Cells(csv: $0) }, batch.rowCount))
    case .json, .ndjson, .parquet:
      let rows = layout.rows(try batch.columns.map { try Cells(json: $0) }, batch.rowCount)
      guard rows.count > 0 else { return }
      // No comma before the first row.
      try write(format == .json && isFirstRow ? rows.slice(1..<rows.count) : rows)
      isFirstRow = false
    }
  }

  mutating func finish() throws {
    switch format {
    case .json: try print(isFirstRow ? "]\n" : "\n]\n")
    case .table where table == nil:
      try print(TextTable(schema: schema, sample: []).header)
    default: break
    }
  }

  private func print(_ text: String) throws { try write(Buffer(Array(text.utf8))) }
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

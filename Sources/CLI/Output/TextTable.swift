import Columns

/// Rows in aligned columns, numbers to the right. A cell that nobody would read to its end is cut;
/// the other formats have all of it.
struct TextTable {
  /// Characters of a cell that are shown.
  private static let cellCharactersMax = 4000

  private let schema: Schema
  private let widths: [Int]

  /// Column widths fit the names and the rows of `sample`; later wider cells push their line out.
  init(schema: Schema, sample: [ColumnBatch]) {
    self.schema = schema
    widths = schema.fields.indices.map { column in
      var width = schema.fields[column].name.count
      for batch in sample {
        for row in 0..<batch.rowCount {
          width = max(width, TextTable.cell(batch.columns[column], row).count)
        }
      }
      return min(width, 80)
    }
  }

  var header: String {
    let names = zip(schema.fields, widths).map { pad($0.name, $1, right: $0.type.isNumeric) }
    let rule = widths.map { String(repeating: "-", count: $0) }
    return trimmed(names) + "\n" + trimmed(rule) + "\n"
  }

  func rows(_ batch: ColumnBatch) -> String {
    var text = ""
    for row in 0..<batch.rowCount {
      let cells = batch.columns.indices.map { column in
        pad(
          TextTable.cell(batch.columns[column], row), widths[column],
          right: schema.fields[column].type.isNumeric)
      }
      text += trimmed(cells) + "\n"
    }
    return text
  }

  static func render(_ batch: ColumnBatch) -> String {
    let table = TextTable(schema: batch.schema, sample: [batch])
    return String((table.header + table.rows(batch)).dropLast())
  }

  /// A line of plain strings under plain names.
  static func render(names: [String], rows: [[String]], numeric: Set<Int> = []) -> String {
    let schema = Schema(
      names.enumerated().map { Field($1, numeric.contains($0) ? .long : .string) })
    let widths = names.indices.map { column in
      max(names[column].count, rows.map { $0[column].count }.max() ?? 0)
    }
    let table = TextTable(schema: schema, widths: widths)
    let lines = rows.map { row in
      table.trimmed(
        row.indices.map { table.pad(row[$0], widths[$0], right: numeric.contains($0)) })
    }
    return table.header + lines.joined(separator: "\n")
  }

  private init(schema: Schema, widths: [Int]) {
    self.schema = schema
    self.widths = widths
  }

  private func trimmed(_ cells: [String]) -> String {
    var line = cells.joined(separator: "  ")
    while line.last == " " { line.removeLast() }
    return line
  }

  private func pad(_ text: String, _ width: Int, right: Bool) -> String {
    let gap = String(repeating: " ", count: max(0, width - text.count))
    return right ? gap + text : text + gap
  }

  /// Null is `NULL` so that it differs from an empty string; line breaks are shown escaped.
  private static func cell(_ column: Column, _ row: Int) -> String {
    if column.isNull(row) { return "NULL" }
    let all = column[row].text(as: column.type)
    let shown = all.utf8.count > cellCharactersMax ? all.prefix(cellCharactersMax) : all[...]
    let text = shown.endIndex == all.endIndex ? all : shown + "… (\(all.utf8.count) bytes)"
    guard text.contains(where: \.isNewline) else { return text }
    return text.map { $0.isNewline ? "\\n" : String($0) }.joined()
  }
}

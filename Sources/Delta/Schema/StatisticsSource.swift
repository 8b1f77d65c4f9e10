import Columns
import JSON

/// Where a file's statistics are until someone asks for them.
enum StatisticsSource: Sendable {
  case none
  /// JSON, from a commit or a writer.
  case text(String)
  /// A row of a checkpoint.
  case row(StatisticsRows, Int)

  init(_ json: String?) { self = json.map { .text($0) } ?? .none }

  var json: String? {
    switch self {
    case .none: nil
    case .text(let text): text
    case .row(let rows, let row): rows.json(row)
    }
  }
}

extension StatisticsSource: Equatable {
  static func == (a: StatisticsSource, b: StatisticsSource) -> Bool { a.json == b.json }
}

/// The statistics of a batch of a checkpoint's rows, as they were decoded. The files share it.
///
/// Delta protocol (PROTOCOL.md), "Checkpoint Schema": `stats` as JSON, `stats_parsed` as a struct,
/// or both.
final class StatisticsRows: Sendable {
  private let text: TextField
  private let parsed: Column?

  /// - Parameters:
  ///   - text: the column `add.stats`.
  ///   - parsed: the column `add.stats_parsed`, a struct.
  init(text: Column?, parsed: Column?) {
    self.text = TextField(text)
    self.parsed = parsed
  }

  func source(_ row: Int) -> StatisticsSource {
    text.isNull(row) && parsed?.isNull(row) != false ? .none : .row(self, row)
  }

  /// JSON as a commit holds it; the struct's where the row has no other.
  func json(_ row: Int) -> String? {
    if let text = text[row] { return text }
    guard let parsed, case .structure(let fields) = parsed[row] else { return nil }
    var writer = JSONWriter()
    write(fields, to: &writer)
    return writer.text
  }

  /// `numRecords` where only the struct has it; nil otherwise.
  func parsedRowCount(_ row: Int) -> Int64? {
    guard text.isNull(row), let parsed, !parsed.isNull(row),
      let fields = ActionColumn(parsed)
    else { return nil }
    return IntegerField(fields.field("numRecords"))[row]
  }

  /// A struct as an object. What is null is unknown and left out.
  private func write(_ fields: [NamedScalar], to writer: inout JSONWriter) {
    writer.beginObject()
    for field in fields {
      switch field.value {
      case .null: continue
      case .structure(let children):
        writer.key(field.name)
        write(children, to: &writer)
      default: writer.member(field.name, raw: field.value.jsonText)
      }
    }
    writer.endObject()
  }
}

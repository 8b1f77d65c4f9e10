import Base
import Columns
import Compute
import Foundation
import Query

/// The tables of `Tests/Fixtures/sql/tables.txt`, in units of `unitRows` rows.
struct FixtureTables {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent()
    .appending(path: "Fixtures/sql")

  private(set) var schemas: [String: Schema] = [:]
  private(set) var rows: [String: [[Scalar]]] = [:]
  private(set) var names: [String] = []

  init() throws {
    var name = ""
    let text = try String(
      contentsOf: FixtureTables.folder.appending(path: "tables.txt"), encoding: .utf8)
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let fields = line.split(separator: "|", omittingEmptySubsequences: false)
        .map { $0.trimmingCharacters(in: .whitespaces) }
      if line.hasPrefix("table ") {
        name = String(line.dropFirst(6)).trimmingCharacters(in: .whitespaces)
        names.append(name)
        rows[name] = []
      } else if let schema = schemas[name] {
        rows[name]?.append(
          try zip(fields, schema.fields).map { text, field in
            text == "NULL" ? .null : try Scalar.parse(text, as: field.type)
          })
      } else {
        schemas[name] = Schema(
          fields.map { field in
            let parts = field.split(separator: ":")
            return Field(String(parts[0]), FixtureTables.type(String(parts[1])))
          })
      }
    }
  }

  private static func type(_ name: String) -> DataType {
    let types: [DataType] = [
      .boolean, .byte, .short, .integer, .long, .float, .double, .string, .date, .timestamp,
    ]
    if let type = types.first(where: { $0.description == name }) { return type }
    let digits = name.split { !$0.isNumber }.compactMap { Int($0) }
    return .decimal(precision: digits[0], scale: digits[1])
  }

  func source(_ name: String, unitRows: Int = 3) -> MemorySource? {
    guard let schema = schemas[name], let rows = rows[name] else { return nil }
    let batches = stride(from: 0, to: rows.count, by: unitRows).map { start in
      ColumnBatch(schema: schema, rows: Array(rows[start..<min(start + unitRows, rows.count)]))
    }
    return MemorySource(schema: schema, batches: batches)
  }

  func prepare(_ sql: String, unitRows: Int = 3) throws(QueryError) -> PreparedQuery {
    try PreparedQuery(sql: sql) { table in
      guard let source = source(table.name, unitRows: unitRows) else {
        throw QueryError(
          .notFound, "no table \"\(table.name)\"", at: table.position,
          hint: nameHint(for: table.name, among: names))
      }
      return source
    }
  }
}

extension ColumnBatch {
  init(schema: Schema, rows: [[Scalar]]) {
    let columns = schema.fields.indices.map { index in
      Column(schema.fields[index].type, rows.map { $0[index] })
    }
    self.init(schema: schema, columns: columns, rowCount: rows.count)
  }
}

/// A row as the fixtures write it.
func rowText(_ batch: ColumnBatch, _ row: Int) -> String {
  batch.columns.map { column in
    switch column[row] {
    case .null: return "NULL"
    case .timestamp(let micros), .timestampNtz(let micros):
      return CivilTime(microsSinceEpoch: micros).text()
    case let scalar: return scalar.description
    }
  }.joined(separator: "|")
}

import Base
import Columns
import Foundation
import Query
import Testing

/// One record of an `.slt` file.
struct SQLRecord: CustomTestStringConvertible, Sendable {
  var file: String
  var isError: Bool
  var sql: String
  var expected: [String]

  var testDescription: String { "\(file): \(sql)" }

  /// Records are separated by empty lines: `query` or `error`, the SQL, `----`, the expected rows.
  static func all() -> [SQLRecord] {
    let files =
      (try? FileManager.default.contentsOfDirectory(atPath: FixtureTables.folder.path)) ?? []
    return files.filter { $0.hasSuffix(".slt") }.sorted().flatMap { file -> [SQLRecord] in
      let path = FixtureTables.folder.appending(path: file)
      let text = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
      return text.components(separatedBy: "\n\n").compactMap { record($0, file) }
    }
  }

  private static func record(_ block: String, _ file: String) -> SQLRecord? {
    var lines = block.components(separatedBy: "\n").filter { !$0.hasPrefix("#") }
    while lines.first == "" { lines.removeFirst() }
    guard let kind = lines.first, let cut = lines.firstIndex(of: "----") else { return nil }
    var expected = Array(lines[(cut + 1)...])
    while expected.last == "" { expected.removeLast() }
    return SQLRecord(
      file: file, isError: kind == "error", sql: lines[1..<cut].joined(separator: "\n"),
      expected: expected)
  }
}

@Suite("SQL files: every query gives the rows written down") struct SQLFixtureTests {
  static let tables = Result { try FixtureTables() }

  @Test func `the files are there`() { #expect(SQLRecord.all().count > 120) }

  @Test(arguments: SQLRecord.all()) func `record`(_ record: SQLRecord) throws {
    let tables = try Self.tables.get()
    if record.isError {
      #expect(outcome(record.sql, tables) == record.expected.first)
      return
    }
    // However the rows are cut and shared among workers: the same rows in the same order.
    for (unitRows, parallelism) in [(3, 1), (1, 3), (100, 2), (2, 3)] {
      let query = try tables.prepare(record.sql, unitRows: unitRows)
      let batches = try query.collect(parallelism: parallelism)
      for batch in batches { #expect(batch.schema == query.schema) }
      let rows = batches.flatMap { batch in (0..<batch.rowCount).map { rowText(batch, $0) } }
      #expect(rows == record.expected, "units of \(unitRows), \(parallelism) workers")
    }
  }

  /// The error's one line, or "no error".
  private func outcome(_ sql: String, _ tables: FixtureTables) -> String {
    do {
      _ = try tables.prepare(sql).collect()
      return "no error"
    } catch let error as QueryError {
      return error.description + (error.hint.map { " hint: \($0)" } ?? "")
    } catch {
      return "another error: \(error)"
    }
  }
}

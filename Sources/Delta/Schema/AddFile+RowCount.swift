import Base
import JSON

extension AddFile {
  /// Rows in the file as its statistics say, deleted ones included; nil without statistics.
  /// O(statistics): ask once.
  package var rowCount: Int64? {
    if case .row(let rows, let row) = statisticsSource, let count = rows.parsedRowCount(row) {
      return count >= 0 && count < Limits.logNumber ? count : nil
    }
    guard let text = statisticsJSON, let document = try? JSONDocument(utf8: text) else {
      return nil
    }
    return statedRowCount(document.root)
  }

  /// Rows of the table in the file: those that are not deleted; nil without statistics.
  package var liveRowCount: Int64? {
    rowCount.map { max(0, $0 - (deletionVector?.cardinality ?? 0)) }
  }
}

/// `numRecords` of a file's statistics; nil if it is none or cannot be one.
func statedRowCount(_ statistics: JSONValue) -> Int64? {
  statistics["numRecords"]?.int64.flatMap { $0 >= 0 && $0 < Limits.logNumber ? $0 : nil }
}

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

  /// `numRecords` as it is written, where statistics have one and no file has so many rows.
  var impossibleRowCount: String? {
    guard let text = statisticsJSON, let document = try? JSONDocument(utf8: text),
      let count = document.root["numRecords"], !count.isNull, statedRowCount(document.root) == nil
    else { return nil }
    return count.json
  }

  /// Rows of the table in the file: those that are not deleted; nil without statistics.
  package var liveRowCount: Int64? {
    rowCount.map { max(0, $0 - (deletionVector?.cardinality ?? 0)) }
  }
}

/// `numRecords` of a file's statistics; nil if it is none or cannot be one.
func statedRowCount(_ statistics: JSONValue) -> Int64? {
  let count = statistics["numRecords"]
  return (count?.int64 ?? count?.wholeNumber).flatMap {
    $0 >= 0 && $0 < Limits.logNumber ? $0 : nil
  }
}

import Base

// Lines that describe columns, and tables below tables.
extension HeaderDetector {
  /// Records below the names that describe the columns, as Qualtrics writes them: a text, and where
  /// it comes from. They are passed over.
  func descriptionCount(_ table: [Record]) -> Int {
    guard table.count > 2, table[2].cells.count == fieldCount,
      table[2].cells.allSatisfy({ fields.text($0).hasPrefix("{\"ImportId\":") })
    else { return 0 }
    return 2
  }

  /// Where below the first record another table begins: names below a blank line that stand over
  /// values, as the first record does, and share some of its names.
  func secondTable(_ records: [Record]) -> Int? {
    guard fieldCount > 1, let first = records.first, first.cells.count == fieldCount else {
      return nil
    }
    let starts = records.indices.dropFirst().filter { index in
      let record = records[index]
      return record.followsBlank && record.cells.count == fieldCount
        && record.cells.allSatisfy(isName)
    }
    guard let start = starts.first, standsOverValues(Array(records[..<start])) else { return nil }
    let areSame = zip(first.cells, records[start].cells).map {
      fields.text($0).lowercased() == fields.text($1).lowercased()
    }
    let end = starts.dropFirst().first ?? records.endIndex
    return areSame.contains(true) && areSame.contains(false)
      && standsOverValues(Array(records[start..<end])) ? start : nil
  }
}

import Base
import Ingest

// Which records name columns, and which are rows.
extension SourceNotes {
  /// A line for each kind, with the first source that it is about.
  var doubtedHeaders: [String?] {
    [countingNames, namesAsRow, valuesAmongNames, secondTables, fieldsByPosition]
  }

  private var countingNames: String? {
    note { _, doubt -> String? in
      if case .countingNames(let line) = doubt { line } else { nil }
    } text: { source, lines in
      "the first line of \(source.file.name) is taken for the header, as its numbers count up: "
        + "\(excerpt(lines[0])); --header no keeps it as a row"
    }
  }

  private var namesAsRow: String? {
    note { _, doubt -> String? in
      if case .namesAsRow(let line) = doubt { line } else { nil }
    } text: { source, lines in
      "the first line of \(source.file.name) is taken for a row, as "
        + (known.isEmpty
          ? "\(found[0].file.name) has no header" : "it does not have the columns' names")
        + ": \(excerpt(lines[0])); --header yes takes it for names"
    }
  }

  private var valuesAmongNames: String? {
    note { _, doubt -> String? in
      if case .valuesAmongNames(let line) = doubt { line } else { nil }
    } text: { source, lines in
      "the first line of \(source.file.name) is taken for a row, as it holds a value, though none "
        + "stands below that: \(excerpt(lines[0])); --header yes takes it for names"
    }
  }

  private var secondTables: String? {
    note { _, doubt -> String? in
      if case .secondTable(let line) = doubt { line } else { nil }
    } text: { source, lines in
      "\(source.file.name) seems to have another table below its first, which begins with "
        + "\(excerpt(lines[0])): all of its lines are rows of the first; a source of its own reads "
        + "it right"
    }
  }

  /// Sources that fill a table's columns without naming them. Of a first line that may be names,
  /// more is told.
  private var fieldsByPosition: String? {
    guard appends else { return nil }
    func isMeant(_ source: RecognizedSource) -> Bool {
      !source.shape.isJSON && !source.shape.namesColumns
        && !source.doubts.contains { if case .namesAsRow = $0 { true } else { false } }
    }
    return note(where: isMeant) { source in
      "\(source.file.name) has no header: its fields fill the table's columns by position"
    }
  }
}

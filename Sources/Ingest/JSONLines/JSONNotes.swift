import Base
import Columns

/// Why a record is not JSON, or not a row.
struct JSONFault {
  var reason: RejectReason
  var message: String
  /// In the text.
  var offset: Int
  /// Where the fault lies below a column.
  var node: JSONNodeRef?
}

/// A value that its place has no room for.
struct JSONMisfit {
  var row: Int
  var node: JSONNodeRef
  var reason: RejectReason
  /// Of the value, in the text.
  var range: Range<Int>
}

/// A member that the schema lacks.
struct JSONUnknownMember {
  var row: Int
  /// The struct it was found in.
  var parent: JSONNodeRef
  /// With its quotes.
  var key: Range<Int>
  var value: Range<Int>
}

/// A column that a record has no member for, though not every column's absence is noted.
package struct JSONAbsence: Sendable, Equatable {
  /// In the batch.
  package var row: Int
  /// Index in the schema.
  package var column: Int
}

/// What a walk finds besides values. A class, so that the walk itself has nothing to change: none
/// of this is touched for a record that is as expected.
final class JSONNotes {
  /// Of the record that was given up last.
  var fault: JSONFault?
  /// Rows become rejects because of these, or are rescued.
  var misfits: [JSONMisfit] = []
  /// Rows whose values contradict the guessed type of a column, by column.
  var contradictions: [Int: [Int]] = [:]
  var unknown: [JSONUnknownMember] = []
  /// Of the columns whose absence is asked for, by row.
  var absences: [JSONAbsence] = []
  /// Where the value that was skipped last ends.
  var skippedEnd = 0

  func removeAll() {
    fault = nil
    misfits.removeAll(keepingCapacity: true)
    contradictions.removeAll(keepingCapacity: true)
    unknown.removeAll(keepingCapacity: true)
    absences.removeAll(keepingCapacity: true)
  }

  /// Forgets what was noted of the last row.
  func drop(_ row: Int) {
    while misfits.last?.row == row { misfits.removeLast() }
    while unknown.last?.row == row { unknown.removeLast() }
    while absences.last?.row == row { absences.removeLast() }
    for (column, rows) in contradictions where rows.last == row {
      contradictions[column] = rows.dropLast()
      if rows.count == 1 { contradictions[column] = nil }
    }
  }

  /// Whether the last row has as many members that the schema lacks as a row may have.
  func hasManyUnknown(_ row: Int) -> Bool {
    unknown.count >= Limits.fieldCount && unknown[unknown.count - Limits.fieldCount].row == row
  }

  func contradict(_ column: Int, row: Int) {
    if contradictions[column]?.last != row { contradictions[column, default: []].append(row) }
  }
}

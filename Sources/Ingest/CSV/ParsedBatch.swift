package import Base
package import Columns

/// Why a row was not taken.
public enum RejectReason: String, Sendable, CaseIterable {
  case tooFewFields = "too_few_fields"
  case tooManyFields = "too_many_fields"
  case unclosedQuote = "unclosed_quote"
  case textAfterQuote = "text_after_quote"
  case invalidUTF8 = "invalid_utf8"
  /// The text is not a value of the column's type.
  case invalidValue = "invalid_value"
  /// It is, but beyond the type's range or scale.
  case outOfRange = "out_of_range"
  /// Null in a column that allows none.
  case nullInRequired = "null_in_required"
  /// The row breaks a constraint of the table.
  case constraint
  case invalidJSON = "invalid_json"
  /// The line seems to be a comment, by its first byte: left out, whatever becomes of bad rows.
  case comment
  /// The record is the header again: left out, whatever becomes of bad rows.
  case repeatedHeader = "repeated_header"
  /// More arrays and objects in one another than are read.
  case tooDeep = "too_deep"
  /// Two keys that differ only in case, or a key of a map twice.
  case ambiguousKey = "ambiguous_key"
}

extension RejectReason {
  /// Whether it is none of the rows, though it may look like one: such records are told of and left
  /// out, whatever becomes of bad rows.
  package var isNoRow: Bool { self == .comment || self == .repeatedHeader }

  /// Said of a row where its source lacks a column that allows no null.
  package static let missingColumnMessage = "the source lacks the column, which allows no null"

  static let repeatedHeaderMessage =
    "the header again, where a column is no text; --all-strings keeps such records"
}

/// A row of the input that is not in the batch.
package struct RejectedRow: Sendable, Equatable {
  /// Newlines between the start of the parsed text and the row.
  package var lineOffset: Int
  /// Bytes between the start of the parsed text and the row.
  package var byteOffset: Int
  package var reason: RejectReason
  package var message: String
  /// The row's text without its line end, cut at `CSVParserOptions.rejectTextBytesMax`; bytes that
  /// are not UTF-8 are replaced.
  package var rawText: String
  /// The column to blame, its text and the type it should have had, where it is one column.
  package var column: String?
  package var value: String?
  package var expectedType: DataType?
}

/// A value that does not fit the type inferred for its column: the guess was wrong, not the row.
package struct Contradiction: Sendable, Equatable {
  /// Index in the schema.
  package var column: Int
  /// The narrowest type that holds the inferred type's values and those of this batch.
  package var neededType: DataType
  /// The first value that did not fit.
  package var value: String
  package var lineOffset: Int
  package var byteOffset: Int
}

/// A member that JSON records have and the schema lacks.
package struct IgnoredMember: Sendable, Equatable {
  /// The names that lead to it, with dots between; elements and entries add none.
  package var name: String
  /// Records that have it.
  package var rowCount: Int
}

/// What `CSVBatchParser.parse` made of a text.
///
/// Always `rowsRead == batch.rowCount + rejects.count`.
package struct ParsedBatch: Sendable {
  package var batch: ColumnBatch
  /// In the order of the input.
  package var rejects: [RejectedRow]
  /// At most one a column. If there are any, the batch is worthless: widen the schema and start
  /// again.
  package var contradictions: [Contradiction]
  /// The most fields that a record had, where surplus fields are to become columns and there are
  /// too few of these: those records are among the rejects. Start again with that many.
  package var neededFieldCount: Int?
  /// Records found, and lines that seem to be comments; without blank lines, and without comments
  /// where the user says what they begin with.
  package var rowsRead: Int
  /// Lines that are comments by what the user says.
  package var commentCount = 0
  /// Rows that are the header again and fit, as all columns are text.
  package var headerRowCount = 0
  /// Bytes of the text that are done with; the next batch begins there. 0 with text left means that
  /// one record is longer than the text: bring more.
  package var consumedBytes: Int
  /// Newlines in the consumed bytes, those inside quotes included.
  package var newlineCount: Int
  /// The text as it was given; string columns refer to it.
  package var text: Buffer<UInt8>
  /// Whether the text, if it begins where a record does, is sure to have the records found, and to
  /// end where one does: no quote is misplaced, and no record to be scanned by itself. JSON always
  /// is: where its text is cut at newlines, every newline ends a record.
  package var isRegular = false
  /// Whether a newline lies within a field.
  package var hasInnerNewlines = false
  /// JSON members that the schema lacks, as the columns they would be. Below a column that is
  /// there: that column, of a type that holds nothing but what is new.
  package var newFields: [Field] = []
  /// Columns that JSON records lack, of `JSONParserOptions.absenceColumns`, by row: null in the
  /// batch, as columns with a null are.
  package var absences: [JSONAbsence] = []
  /// JSON members that the schema lacks, where `JSONParserOptions.unknownMembers` has them counted:
  /// in the order of their first records. Of one name there may be several.
  package var ignoredMembers: [IgnoredMember] = []

  /// A new text that begins with what this one left over, with room for `capacity` bytes in all.
  package func remainder(capacity: Int) -> BufferBuilder<UInt8> {
    let rest = text.slice(consumedBytes..<text.count)
    var builder = BufferBuilder<UInt8>(capacity: max(capacity, rest.count))
    builder.append(contentsOf: rest.span)
    return builder
  }
}

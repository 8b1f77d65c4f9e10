/// A guess at how a text is written that may be wrong and that nothing in the table shows: a load
/// tells of it, unasked.
package enum DialectDoubt: Sendable, Hashable {
  /// Nothing but text is below this first record, which is taken for the header.
  case headerAmongText(String)
  /// The header has so few names for the fields of a record.
  case missingNames(nameCount: Int, fieldCount: Int)
  /// Lines with commas below a single name are one field each; one of them.
  case undividedLines(String)
  /// Values such as the first are read as thousands, as the second column has decimal commas.
  case thousands(column: String, value: String, shownBy: String, as: String)
  /// Values such as this are read as grouped by thousands, which nothing else bears out.
  case groupsAlone(column: String, value: String)
  /// Numbers with commas, fractions or perhaps thousands, stay text; one of them.
  case commasInText(column: String, value: String, mayBeThousands: Bool)
  /// The record below the header may be part of it: text such as this over the values of a column.
  case nameBelowHeader(String)
  /// Lines are one field each, as in a source before, and would be so many on their own.
  case undividedAsFirst(fieldCount: Int)
  /// Lines are one field each, and blanks seem to align columns in them.
  case alignedColumns
  /// A line of dashes seems to be drawn under the names of a table in Markdown.
  case markdownTable
  /// No date of the column tells what it begins with, and earlier ones do.
  case knownOrder(column: String, isDayFirst: Bool)
  /// No date of the column tells what it begins with: it is text.
  case undecidedOrder(column: String)
  /// Records among the rows are the header again, and rows, as all columns are text: so many.
  case headersAmongRows(Int)
  /// Quotes in front of fields are text, as none closes them on their line; one of these lines.
  case quotesAsText(String)
  /// What quotes make one record of are lines that could each be one; the first of them.
  case recordsWithinQuotes(String)
  /// What separates fields is guessed, as so many of the records agree on it, but not all.
  case unusualDelimiter(String, agreeingCount: Int, recordCount: Int)
  /// Numbers that count up beside this first record's one name are taken for names, too.
  case countingNames(String)
  /// A first record that may be names is a row, as other texts have none, or the columns others.
  case namesAsRow(String)
  /// A first record is a row as it holds a value, and that stands over text alone.
  case valuesAmongNames(String)
  /// Names stand over values again below a blank line, and share some with the header.
  case secondTable(String)
  /// Values of a column, such as this, may be numbers or none.
  case numbers(column: String, value: String, NumberDoubt)
}

/// What values may be that are numbers by their digits alone: telephone numbers and codes have
/// such, too.
package enum NumberDoubt: Sendable, Hashable, CaseIterable {
  /// `1 234 567` and `912 345 678`, in columns without fractions.
  case blanksInNumbers
  case blanksInText
  /// `12E4`
  case exponentsInText
}

/// How a delimited text is written.
///
///     record  := field (delimiter field)* newline
///     field   := quote (any | quote quote)* quote | bytes without delimiter and newline
///
/// A quote inside a field that does not begin with one is an ordinary byte. CR before an LF belongs
/// to the line end. Blank lines are skipped unless a record has one field.
package struct CSVDialect: Sendable, Hashable {
  package var delimiter: UInt8
  /// Nil: no byte quotes.
  package var quote: UInt8?
  /// A byte that makes the next one ordinary inside quotes; nil: quotes are doubled.
  package var escape: UInt8?
  /// LF (then CR LF ends a line too) or CR.
  package var newline: UInt8
  package var hasHeader: Bool
  /// Lines before the header, or before the data where there is none.
  package var skipRows: Int
  /// A line that begins with this byte is skipped.
  package var comment: UInt8?
  /// Texts that are null in every column, unquoted, besides the empty field.
  package var nullTexts: [String]
  /// `%Y-%m-%d` and the like; nil: ISO 8601.
  package var dateFormat: String?
  package var timestampFormat: String?

  package init(
    delimiter: UInt8 = ASCII.comma, quote: UInt8? = ASCII.quote, escape: UInt8? = nil,
    newline: UInt8 = ASCII.lineFeed, hasHeader: Bool = true, skipRows: Int = 0,
    comment: UInt8? = nil, nullTexts: [String] = [], dateFormat: String? = nil,
    timestampFormat: String? = nil
  ) {
    self.delimiter = delimiter
    self.quote = quote
    self.escape = escape == quote ? nil : escape
    self.newline = newline
    self.hasHeader = hasHeader
    self.skipRows = skipRows
    self.comment = comment
    self.nullTexts = nullTexts
    self.dateFormat = dateFormat
    self.timestampFormat = timestampFormat
  }

  /// Whether quote parity alone tells what is inside quotes: the vectorised index and exact
  /// parallel ranges need it. Comment lines may hold single quotes, so ranges of such a file are
  /// not exact.
  package var quotesByParity: Bool { escape == nil }
}

package enum ASCII {
  package static let tab: UInt8 = 0x09
  package static let lineFeed: UInt8 = 0x0A
  package static let carriageReturn: UInt8 = 0x0D
  package static let space: UInt8 = 0x20
  package static let quote: UInt8 = 0x22
  package static let apostrophe: UInt8 = 0x27
  package static let plus: UInt8 = 0x2B
  package static let comma: UInt8 = 0x2C
  package static let minus: UInt8 = 0x2D
  package static let point: UInt8 = 0x2E
  package static let slash: UInt8 = 0x2F
  package static let zero: UInt8 = 0x30
  package static let nine: UInt8 = 0x39
  package static let colon: UInt8 = 0x3A
  package static let semicolon: UInt8 = 0x3B
  package static let pipe: UInt8 = 0x7C
}

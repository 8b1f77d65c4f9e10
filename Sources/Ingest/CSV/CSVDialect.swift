/// How a delimited text is written.
///
///     record  := field (delimiter field)* [delimiter] newline
///     field   := quote (any | quote quote | escape any)* quote
///              | (bytes without delimiter and newline | escape any)*
///
/// A quote inside a field that does not begin with one is an ordinary byte. An escape counts before
/// a delimiter, quote, newline or another escape and is an ordinary byte elsewhere, so that `\N`
/// and `C:\temp` stay what they are. CR before an LF belongs to the line end. Blank lines are
/// skipped unless a record has one field. `CSVDialect+LineEnds.swift` has what ends a line.
package struct CSVDialect: Sendable, Hashable {
  /// The delimiter's first byte, and the bytes that follow it where it has several.
  package var delimiter: UInt8
  package var delimiterTail: [UInt8]
  /// Nil: no byte quotes.
  package var quote: UInt8?
  /// A byte that makes the next one ordinary; nil: quotes are doubled, and nothing else.
  package var escape: UInt8?
  /// Whether it also makes letters stand for tabs, line ends and the like, as in `\t`.
  package var escapesLetters = false
  /// LF (then CR LF ends a line too) or CR.
  package var newline: UInt8
  /// What a CR without an LF behind it means where `newline` is LF.
  package var carriage = CarriageRole.text
  package var hasHeader: Bool
  /// The records that name the columns, as they are written, without line ends. One of them that
  /// comes again, and does not fit the types, is no row.
  package var headerRecords: [[UInt8]] = []
  /// Whether a delimiter stands behind the last field of a record.
  package var endsWithDelimiter = false
  /// Lines before the header, or before the data where there is none.
  package var skipRows: Int
  /// A line that begins with this byte is skipped.
  package var comment: UInt8?
  /// Where that is a guess, the fields of a record: a line that has as many is one all the same,
  /// and one that is skipped is told of. Nil: the user says so, or there are no comments.
  package var commentGuess: Int?
  /// Whether missing fields at the end of a record are null; else such a record is a bad row.
  package var padsRagged = false
  /// Texts that are null in every column, unquoted, besides the empty field.
  package var nullTexts: [String]
  /// `%Y-%m-%d` and the like; nil: as `formats` says.
  package var dateFormat: String?
  package var timestampFormat: String?
  /// How fields write dates, numbers and flags, by position; empty: the plain way.
  package var formats: [FieldFormat] = []

  package init(
    delimiter: UInt8 = ASCII.comma, delimiterTail: [UInt8] = [], quote: UInt8? = ASCII.quote,
    escape: UInt8? = nil, newline: UInt8 = ASCII.lineFeed, hasHeader: Bool = true,
    skipRows: Int = 0, comment: UInt8? = nil, nullTexts: [String] = [],
    dateFormat: String? = nil, timestampFormat: String? = nil
  ) {
    self.delimiter = delimiter
    self.delimiterTail = delimiterTail
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

  /// Whether quote parity tells what is inside quotes and one byte ends a field: what the
  /// vectorised index is made for.
  package var quotesByParity: Bool {
    escape == nil && delimiterTail.isEmpty && !endsAtCarriage
  }

  /// Whether the text is like that of PostgreSQL's COPY: a line `\.` among records of several
  /// fields is none of them, but the end.
  var hasEndMarkers: Bool {
    delimiter == ASCII.tab && (escapesLetters || nullTexts.contains("\\N"))
  }

  /// Bytes of the delimiter.
  var delimiterCount: Int { 1 + delimiterTail.count }

  /// Fields that a record of `columnCount` columns has in a text: a delimiter at its end makes one
  /// more, which is empty.
  package func fieldCount(columns columnCount: Int) -> Int {
    columnCount + (endsWithDelimiter ? 1 : 0)
  }

  /// How the field at `index` of a record is written.
  func format(_ index: Int) -> FieldFormat {
    index < formats.count ? formats[index] : FieldFormat()
  }

  /// Why no text can be written like this, if so.
  var conflict: String? {
    let special = [delimiter] + delimiterTail
    if special.contains(where: endsLine) || quote.map(endsLine) ?? false
      || escape.map(endsLine) ?? false || special.contains(ASCII.lineFeed)
    {
      return "delimiter, quote, escape and newline must differ"
    }
    let isQuotedByDelimiter = quote.map { special.contains($0) } ?? false
    let isEscapedByDelimiter = escape.map { special.contains($0) } ?? false
    return isQuotedByDelimiter || isEscapedByDelimiter
      ? "delimiter, quote, escape and newline must differ" : nil
  }
}

package enum ASCII {
  package static let tab: UInt8 = 0x09
  package static let lineFeed: UInt8 = 0x0A
  package static let carriageReturn: UInt8 = 0x0D
  package static let space: UInt8 = 0x20
  package static let quote: UInt8 = 0x22
  package static let hash: UInt8 = 0x23
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
  package static let backslash: UInt8 = 0x5C
  package static let pipe: UInt8 = 0x7C
}

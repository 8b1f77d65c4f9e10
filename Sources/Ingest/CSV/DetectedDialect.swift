/// How a text seems to be written, and why.
package struct DetectedDialect: Sendable, Equatable {
  package var dialect: CSVDialect
  /// One a field, all different without regard to case: from the header, or `column_1` and so on.
  package var names: [String]
  /// Fields whose names the header has more than once.
  package var renamed: [RenamedField] = []
  /// Bytes before the first record of data: byte-order mark, skipped lines, header.
  package var dataOffset: Int
  /// Newlines in those bytes.
  package var dataLine: Int
  /// What of those bytes are no names.
  package var passedOver = PassedOverLines()
  /// Whether some lines of the sample end with CR and others with LF.
  package var mixesLineEnds = false
  /// What its numbers show, whatever the dialect took them for.
  package var decimalMark = DecimalMark.untold
  /// What was guessed and why, for a person.
  package var reasons: [Reason]
  /// What of that may be wrong.
  package var doubts: [DialectDoubt] = []
  var fit: DialectFit

  package var fieldCount: Int { names.count }

  /// Whether the sample has nothing but blank lines and comments.
  package var hasNoRecord: Bool { fit.recordCount == 0 }

  /// The same with something else that may be wrong.
  func doubting(_ doubt: DialectDoubt) -> DetectedDialect {
    var doubted = self
    doubted.doubts.append(doubt)
    return doubted
  }

  package struct Reason: Sendable, Equatable {
    /// `line end`, `delimiter`, `quote`, `escape`, `preamble`, `comment`, `header`, `trailing
    /// delimiter`, `ragged`, `repeated names`, `dates`, `numbers`, `flags`, `encoding` and the
    /// like.
    package var property: String
    package var text: String

    package init(property: String, text: String) {
      self.property = property
      self.text = text
    }

    /// Records have so many fields, which is one too many.
    static func surplusFields(_ count: Int) -> Reason {
      Reason(
        property: "bad rows",
        text: "most records have \(count) fields, one more than the header, and the first is no "
          + "name of the row")
    }

    /// The property under which line ends are told.
    package static let lineEnd = "line end"
    /// The property under which renamed columns are told.
    package static let repeatedNames = "repeated names"
  }
}

/// What a text has before its first record of data, besides names of columns; and how many records
/// these are.
package struct PassedOverLines: Sendable, Hashable {
  /// Whether the first line says what separates fields.
  package var hasSeparatorLine = false
  /// Lines that begin with `#` or the like.
  package var commentCount: Int32 = 0
  /// Titles and the like, by records.
  package var preambleCount: Int32 = 0
  /// Lines that the user wants passed over.
  package var skippedCount: Int32 = 0
  /// Records of the header; none where the user says that there is none.
  package var headerCount: Int32 = 0
  /// Whether the header has no name for the first field.
  package var lacksFirstName = false

  package init() {}

  /// All lines that are neither names nor rows; of a text without records, all but blank ones.
  package var lineCount: Int {
    (hasSeparatorLine ? 1 : 0) + Int(commentCount) + Int(preambleCount) + Int(skippedCount)
  }
}

/// How well the records of a sample read in a dialect.
struct DialectFit: Sendable, Equatable {
  var recordCount: Int
  /// Records that the grammar does not allow.
  var damagedCount: Int
  /// Those and others that do not have the fields of most.
  var irregularCount: Int
  var quotedCount: Int
  /// Fields that begin and end with a quote that is none in the dialect.
  var otherQuotedCount: Int
  /// What of the choice of separators may be wrong.
  var doubts: [DialectDoubt] = []

  var irregularShare: Double { Double(irregularCount) / Double(max(recordCount, 1)) }
}

/// A field that is not called what its header says.
package struct RenamedField: Sendable, Equatable {
  package let header: String
  package let name: String

  package init(header: String, name: String) {
    self.header = header
    self.name = name
  }
}

/// What the user said about a dialect; the rest is detected.
package struct DialectOverrides: Sendable {
  package var delimiter: [UInt8]?
  /// What seems to separate fields, by a text read before.
  package var knownDelimiter: [UInt8]?
  /// `.some(nil)`: no byte quotes.
  package var quote: UInt8??
  /// `.some(nil)`: nothing escapes; quotes are doubled.
  package var escape: UInt8??
  /// What lines end with.
  package var lineEnd: LineEnd?
  package var hasHeader: Bool?
  /// Records of the header.
  package var headerCount: Int?
  /// Whether a delimiter stands behind the last field of a record.
  package var endsWithDelimiter: Bool?
  /// Whether a header that is a name short lacks the last one, and not the first.
  package var namesFirstFields = false
  /// See `CSVDialect`.
  var escapesLetters = false
  /// Whether records with a field more than names are damaged, and none has a name of its own.
  var hasNoRowNames = false
  package var skipRows = 0
  /// `.some(nil)`: no line is a comment.
  package var comment: UInt8??
  /// What comments seem to begin with, by a text read before.
  package var commentGuess: UInt8?
  /// Whether a text read before has rows that begin with `#`.
  var hashesAreRows = false
  package var nullTexts: [String] = []
  package var dateFormat: String?
  package var timestampFormat: String?
  package var decimalComma: Bool?
  /// Missing fields are null and surplus fields get columns.
  package var padsRagged = false
  /// Formats for fields that leave a choice, and the names of these fields; without names they
  /// are by position.
  package var knownFormats: [FieldFormat] = []
  package var knownNames: [String] = []

  package init() {}

  /// What the user did not say is as in a text read before, which belongs with this one. Whether
  /// there is a header is for each text itself to tell.
  mutating func follow(_ first: DetectedDialect) {
    follow(first.dialect)
    if first.dialect.commentGuess != nil { commentGuess = first.dialect.comment }
    knownFormats = first.dialect.formats
    knownNames = first.dialect.hasHeader ? first.names : []
  }

  /// The same for what separates and quotes fields alone.
  mutating func follow(_ first: CSVDialect) {
    knownDelimiter = [first.delimiter] + first.delimiterTail
    if quote == nil { quote = .some(first.quote) }
    if escape == nil {
      escape = .some(first.escape)
      escapesLetters = first.escapesLetters
    }
  }

  /// Formats known of fields with these names.
  func formats(for names: [String], hasHeader: Bool) -> [FieldFormat] {
    guard hasHeader && !knownNames.isEmpty else { return knownFormats }
    let known = Dictionary(
      zip(knownNames, knownFormats).map { ($0.lowercased(), $1) }, uniquingKeysWith: { a, _ in a })
    return names.map { known[$0.lowercased()] ?? FieldFormat() }
  }
}

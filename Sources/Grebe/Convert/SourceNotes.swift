import Columns
import Ingest

/// What a user should know, before a load, of how its sources are written.
struct SourceNotes {
  let found: [RecognizedSource]
  /// Those without records.
  private let empty: [SourceShapes.Empty]
  /// The columns that are given, by the table or by the user, in lower case.
  let known: Set<String>
  /// Whether sources without a header may fill the columns of a table, unasked.
  let appends: Bool
  /// The columns whose types are given, in lower case.
  let typed: Set<String>
  /// Whether values are more than text, and columns that are text all the same, in lower case.
  private let readsNumbers: Bool
  private let texts: Set<String>
  /// What the user says of commas in numbers.
  let decimalComma: Bool?
  /// The member that holds the rows of JSON that was loaded before.
  private let rowsMember: String?
  /// How delimited text is written that was loaded before.
  let before: CSVHistory
  /// What the user says of dates and time stamps, and the types that it makes.
  private let formats: [(option: String, format: String, type: DataType)]

  /// - Parameter given: the columns that are given.
  init(
    _ found: [RecognizedSource], empty: [SourceShapes.Empty], given: [Field], appends: Bool,
    options: ConversionOptions, rowsMember: String?, before: CSVHistory
  ) {
    self.found = found
    self.empty = empty
    known = Set(given.map { $0.name.lowercased() })
    self.appends = appends && options.dialect.hasHeader == nil
    readsNumbers = !options.allStrings
    let types = given.map { ($0.name, $0.type) } + options.typeHints.map { ($0.key, $0.value) }
    typed = Set(types.map { $0.0.lowercased() })
    texts = Set(types.filter { $0.1 == .string }.map { $0.0.lowercased() })
    decimalComma = options.dialect.decimalComma
    self.rowsMember = rowsMember
    self.before = before
    formats =
      [
        ("--date-format", options.dialect.dateFormat, .date),
        ("--timestamp-format", options.dialect.timestampFormat, .timestamp),
      ].compactMap { option, format, type in format.map { (option, $0, type) } }
  }

  /// Whether values of a column may be numbers.
  func readsNumbers(in column: String) -> Bool {
    readsNumbers && !texts.contains(column.lowercased())
  }

  /// A line each, with the first source that it is about and how many more there are.
  ///
  /// - Complexity: O(sources).
  var lines: [String] {
    let lines = [
      guessedEncodings, foreignEncodings, mixedLineEnds, otherDialects, otherColumns, passedOver,
      leftOutMembers, rowsInOneLine, emptyRows, pages, rowsAsValues, arraysAsValues,
      bulkActions, onlyComments, longHeaders,
      shortHeaders, takenNames, fractions, thousands, otherMarks, otherDates,
    ]
    return (lines + doubts + formats.map(unused)).compactMap { $0 }
  }

  /// A format that nothing is written in is a mistake, as a rule.
  private func unused(
    _ given: (option: String, format: String, type: DataType)
  ) -> String? {
    let isUsed = found.contains { source in
      source.types.contains { $0.type == given.type || $0.type.isNested }
    }
    guard readsNumbers, !isUsed, let first = found.first else { return nil }
    return told(
      "no column of \(first.file.name) is written as \(given.option) \(given.format) says",
      otherCount: found.count - 1)
  }

  private var guessedEncodings: String? {
    note(where: { $0.encodingDoubt == .isGuess }) { source in
      "\(source.file.name) is not UTF-8 and is read as \(source.shape.coding.encoding.name); "
        + "--encoding names another"
    }
  }

  private var foreignEncodings: String? {
    note(where: { $0.encodingDoubt == .isHardlyWestern }) { source in
      "\(source.file.name) is not UTF-8 and is read as \(source.shape.coding.encoding.name), "
        + "though its letters are hardly those of a western language: --encoding names what it is, "
        + "such as windows-1251, shift_jis or gbk"
    }
  }

  private var mixedLineEnds: String? {
    note(where: \.mixesLineEnds) { source in
      "lines of \(source.file.name) end with CR and with LF, and both end rows; --line-end lf "
        + "takes a CR for text, --line-end cr an LF"
    }
  }

  /// Sources whose fields are separated, quoted or encoded otherwise than those of the first.
  private var otherDialects: String? {
    guard let first = found.first else { return nil }
    return note(ofShapes: { $0.differences(from: first.shape) }) { source, parts in
      "\(source.file.name) is not written like \(first.file.name): "
        + parts.joined(separator: ", ")
    }
  }

  /// Sources that name their columns, and none as the first does: what they name may be a row, or
  /// JSON that describes the others. JSON among JSON may have any members.
  private var otherColumns: String? {
    guard let first = found.first, first.shape.hasHeader || first.shape.isJSON else { return nil }
    let known = Set(first.shape.names.map { $0.lowercased() })
    func isNamed(_ shape: SourceShape) -> Bool {
      shape.hasHeader || shape.isJSON && !first.shape.isJSON
    }
    return note(ofShapes: { isNamed($0) ? $0.names(outside: known) : [] }) { source, names in
      "\(source.file.name) has no column of \(first.file.name): it has \(shown(names))"
    }
  }

  private var passedOver: String? {
    let others = Set(empty.map(\.ordinal))
    return note(where: { $0.passedOver.isAny && !others.contains($0.ordinal) }) { source in
      "\(source.file.name) has lines before the table that are no rows: "
        + source.passedOver.parts.joined(separator: ", ")
    }
  }

  private var onlyComments: String? {
    guard let first = empty.first else { return nil }
    let lines =
      first.commentCount == 1
      ? "its line is a comment" : "all of its \(first.commentCount) lines are comments"
    return told(
      "\(first.file.name) has no rows: \(lines); --comment none takes such lines for rows",
      otherCount: empty.count - 1)
  }

  private var leftOutMembers: String? {
    note(where: { $0.leftOutMember != nil }) { source in
      "the rows of \(source.file.name) are one member of its object; others, such as "
        + "\"\(source.leftOutMember ?? "")\", are left out"
    }
  }

  private var rowsInOneLine: String? {
    note(where: { $0.rowsDoubt == .isOneLine }) { source in
      "the rows of \(source.file.name) are the elements of \"\(source.shape.rowsMember ?? "")\", "
        + "the one member of its one object; --json-records lines takes each line for a row"
    }
  }

  private var emptyRows: String? {
    note(where: { $0.rowsDoubt == .isEmpty }) { source in
      "\(source.file.name) has no rows: they would be the elements of "
        + "\"\(source.shape.rowsMember ?? "")\", which is empty"
    }
  }

  /// Records with a member that elsewhere holds the rows.
  private var rowsAsValues: String? {
    guard let member = rowsMember ?? found.lazy.compactMap(\.shape.rowsMember).first else {
      return nil
    }
    return note(where: { $0.shape.hasRecords(with: member) }) { source in
      "each record of \(source.file.name) is a row with a column \"\(member)\"; of other sources "
        + "the rows are the elements of this member"
    }
  }

  private var longHeaders: String? {
    note(where: \.passedOver.isLongHeader) { source in
      "the header of \(source.file.name) is \(source.passedOver.headerCount) lines"
    }
  }

  private var shortHeaders: String? {
    note(where: \.passedOver.lacksFirstName) { source in
      "the header of \(source.file.name) is a name short: it is taken to name all fields but the "
        + "first; --header yes --ragged pad takes it to lack the last"
    }
  }

  private var takenNames: String? {
    note(where: \.shape.takesNames) { source in
      "\(source.file.name) has no header: its columns are, by position, "
        + shown(source.shape.names)
    }
  }

  private var fractions: String? {
    let told = before.decimalComma == false ? ", as in earlier loads" : ""
    return note(where: { readsFractions($0, asThousands: false) }) { source in
      source.shownNumbers + " are read as fractions\(told); --decimal-comma reads thousands"
    }
  }

  private var thousands: String? {
    let told =
      before.decimalComma == true ? "earlier loads had" : "other sources have"
    return note(where: { readsFractions($0, asThousands: true) }) { source in
      source.shownNumbers + " are read as thousands, as \(told) decimal commas; "
        + "--no-decimal-comma reads fractions"
    }
  }

  private func readsFractions(_ source: RecognizedSource, asThousands: Bool) -> Bool {
    guard let numbers = source.ambiguousNumbers else { return false }
    return numbers.areThousands == asThousands && readsNumbers(in: numbers.column)
  }

  /// Sources whose numbers show that those of earlier loads were read otherwise.
  private var otherMarks: String? {
    guard readsNumbers, let isComma = before.decimalComma else { return nil }
    let (own, other) = isComma ? ("point", "comma") : ("comma", "point")
    return note(where: { $0.decimalMark == (isComma ? .point : .comma) }) { source in
      "fractions begin with a \(own) in numbers of \(source.file.name), and with a \(other) in "
        + "those of earlier loads"
    }
  }

  /// Sources whose dates show the same, or other than those of the first that shows it.
  private var otherDates: String? {
    let orders = before.merging(CSVHistory(found, decimalComma: nil)).dateOrders
    return note(ofShapes: { $0.otherDates(than: orders) }) { source, columns in
      let column = columns[0].lowercased()
      let (own, other) = orders[column] == .dayFirst ? ("month", "day") : ("day", "month")
      let whose = before.dateOrders[column] == nil ? "other sources" : "earlier loads"
      return "dates in \(shown(columns)) of \(source.file.name) begin with the \(own), and in "
        + "\(whose) with the \(other)"
    }
  }

  private func shown(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ")
      + (names.count > 5 ? " and \(names.count - 5) more" : "")
  }

  /// - Parameter matters: what there is to say of sources of a shape.
  private func note(
    ofShapes matters: (SourceShape) -> [String], _ text: (RecognizedSource, [String]) -> String
  ) -> String? {
    var said: [ObjectIdentifier: [String]] = [:]
    for source in found.firstOfEachShape {
      let parts = matters(source.shape)
      if !parts.isEmpty { said[ObjectIdentifier(source.shape)] = parts }
    }
    if said.isEmpty { return nil }
    let isMeant = { (source: RecognizedSource) in said[ObjectIdentifier(source.shape)] != nil }
    return note(where: isMeant) { text($0, said[ObjectIdentifier($0.shape)] ?? []) }
  }

  func note(
    where isMeant: (RecognizedSource) -> Bool, _ text: (RecognizedSource) -> String
  ) -> String? {
    guard let first = found.first(where: isMeant) else { return nil }
    return told(text(first), otherCount: found.count(where: isMeant) - 1)
  }

  private func told(_ text: String, otherCount rest: Int) -> String {
    "note: " + text
      + (rest > 0 ? "; the same goes for \(rest) more \(rest == 1 ? "source" : "sources")" : "")
  }
}

extension SourceShape {
  /// How delimited text is written, where another source is written otherwise, for a person.
  fileprivate func differences(from other: SourceShape) -> [String] {
    guard case .csv(let own) = format, case .csv(let dialect) = other.format else { return [] }
    // What would separate fields that stand alone means nothing.
    let areSingle = names.count == 1 || other.names.count == 1
    return (areSingle ? [] : own.differences(from: dialect))
      + (coding.encoding == other.coding.encoding ? [] : [coding.encoding.name])
  }

  /// All names, if none is known.
  fileprivate func names(outside known: Set<String>) -> [String] {
    names.contains { known.contains($0.lowercased()) } ? [] : names
  }

  /// Columns whose dates begin with the day, and elsewhere with the month, or the other way round.
  fileprivate func otherDates(than orders: [String: DateOrder]) -> [String] {
    guard case .csv(let dialect) = format else { return [] }
    return zip(names, dialect.formats).compactMap { name, format in
      guard format.isAmbiguousDate, let known = orders[name.lowercased()] else {
        return nil
      }
      return known == format.dates ? nil : name
    }
  }

  /// Columns whose dates begin with the day, or with the month, in lower case.
  var datedColumns: [String] {
    guard case .csv(let dialect) = format else { return [] }
    return zip(names, dialect.formats).filter { $0.1.isAmbiguousDate }.map { $0.0.lowercased() }
  }

  /// Whether JSON records are rows that have a column `member`.
  fileprivate func hasRecords(with member: String) -> Bool {
    isJSON && rowsMember == nil && names.contains { $0.lowercased() == member.lowercased() }
  }

  /// Whether the columns are called what those of another source are.
  fileprivate var takesNames: Bool { !isJSON && !hasHeader && namesColumns }
}

extension RecognizedSource {
  /// Another member of the object whose rows are one.
  fileprivate var leftOutMember: String? {
    if case .leavesOut(let name) = rowsDoubt { name } else { nil }
  }

  /// Numbers that are read as fractions and may be thousands, for a person.
  var shownFractions: String? { ambiguousNumbers?.areThousands == false ? shownNumbers : nil }

  /// All that may be either.
  fileprivate var shownNumbers: String {
    ambiguousNumbers.map { "numbers of \(file.name) such as \($0.value) in \($0.column)" } ?? ""
  }
}

extension PassedOverLines {
  fileprivate var isAny: Bool { hasSeparatorLine || commentCount > 0 || preambleCount > 0 }
  fileprivate var isLongHeader: Bool { headerCount > 1 }

  /// What there is, for a person.
  fileprivate var parts: [String] {
    [
      hasSeparatorLine ? "one names the delimiter" : nil,
      commentCount > 0 ? "\(commentCount) \(commentCount == 1 ? "comment" : "comments")" : nil,
      preambleCount > 0
        ? "\(preambleCount) \(preambleCount == 1 ? "record" : "records") of a preamble" : nil,
    ].compactMap { $0 }
  }
}

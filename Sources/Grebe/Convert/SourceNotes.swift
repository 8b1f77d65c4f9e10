import Ingest

/// What a user should know, before a load, of how its sources are written.
struct SourceNotes {
  private let found: [RecognizedSource]
  /// Whether values are more than text.
  private let readsNumbers: Bool

  init(_ found: [RecognizedSource], readsNumbers: Bool) {
    self.found = found
    self.readsNumbers = readsNumbers
  }

  /// A line each, with the first source that it is about and how many more there are.
  ///
  /// - Complexity: O(sources).
  var lines: [String] {
    [
      guessedEncodings, foreignEncodings, mixedLineEnds, otherDialects, otherColumns, passedOver,
      leftOutMembers, longHeaders, shortHeaders, takenNames, fractions, thousands,
    ].compactMap { $0 }
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

  /// Sources that name their columns, and none as the first does: what they name may be a row.
  private var otherColumns: String? {
    guard let first = found.first, first.shape.hasHeader else { return nil }
    let known = Set(first.shape.names.map { $0.lowercased() })
    return note(ofShapes: { $0.hasHeader ? $0.names(outside: known) : [] }) { source, names in
      "\(source.file.name) has no column of \(first.file.name): it has \(shown(names))"
    }
  }

  private var passedOver: String? {
    note(where: \.passedOver.isAny) { source in
      "\(source.file.name) has lines before the table that are no rows: "
        + source.passedOver.parts.joined(separator: ", ")
    }
  }

  private var leftOutMembers: String? {
    note(where: { $0.leftOutMember != nil }) { source in
      "the rows of \(source.file.name) are one member of its object; others, such as "
        + "\"\(source.leftOutMember ?? "")\", are left out"
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
    note(where: { readsNumbers && $0.ambiguousNumbers?.areThousands == false }) { source in
      source.shownNumbers + " are read as fractions; --decimal-comma reads thousands"
    }
  }

  private var thousands: String? {
    note(where: { readsNumbers && $0.ambiguousNumbers?.areThousands == true }) { source in
      source.shownNumbers + " are read as thousands, as other sources have decimal commas"
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

  private func note(
    where isMeant: (RecognizedSource) -> Bool, _ text: (RecognizedSource) -> String
  ) -> String? {
    guard let first = found.first(where: isMeant) else { return nil }
    let rest = found.count(where: isMeant) - 1
    return "note: " + text(first)
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

  /// Whether the columns are called what those of another source are.
  fileprivate var takesNames: Bool { !isJSON && !hasHeader && namesColumns }
}

extension RecognizedSource {
  /// Numbers that may be fractions or thousands, for a person.
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

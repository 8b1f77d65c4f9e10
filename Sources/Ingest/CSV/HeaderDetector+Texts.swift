import Base

// Headers over columns that are all text.
extension HeaderDetector {
  /// Names are short, different from each other and from the data, and not of its kind.
  func guessAmongText(_ names: [FieldRange], _ body: [Record], _ shift: Int) -> HeaderGuess {
    let texts = names.map(fields.text)
    if let objection = objection(to: texts, names, body, shift) {
      return HeaderGuess(isHeader: false, reason: objection)
    }
    let last = names.count == fieldCount && endsEmpty(body) ? names.count - 1 : names.count
    var isUnsure = true
    for column in 0..<min(fieldCount - shift, last) where !fields.isNull(names[column]) {
      switch likeness(texts[column], column + shift, body) {
      case .alike:
        return HeaderGuess(
          isHeader: false, reason: "\"\(texts[column])\" is of the kind of what is below it")
      case .unlike: isUnsure = false
      case .undecided: break
      }
    }
    return HeaderGuess(
      isHeader: true, reason: "the fields of the first record are unlike those below",
      isUnsure: isUnsure, isAmongText: !standsOverAddresses(names, body, shift))
  }

  /// Whether one of some names, which is none itself, stands over addresses of mail or pages: those
  /// are told from names as values of a type are, while all else that names lack is chance.
  private func standsOverAddresses(
    _ names: [FieldRange], _ body: [Record], _ shift: Int
  ) -> Bool {
    (0..<min(fieldCount - shift, names.count)).contains { column in
      let values = body.map { $0.cells[column + shift] }.filter { !fields.isNull($0) }
      let count = values.count { TextKind(fields.text($0)).isAddress }
      return count > 0 && count * 10 >= values.count * 9
    }
  }

  /// Why some texts cannot be names, if so.
  private func objection(
    to texts: [String], _ names: [FieldRange], _ body: [Record], _ shift: Int
  ) -> String? {
    if texts.contains(where: { $0.utf8.count > nameBytesMax }) {
      return "a field of the first record is too long for a name"
    }
    // Row numbers, as data frames write them, have no name; they have no nulls either. Nothing at
    // all has a name behind a delimiter at the end.
    let isIndexed = fields.isNull(names[0]) && !body.contains { fields.isNull($0.cells[0]) }
    let last = names.count == fieldCount && endsEmpty(body) ? names.count - 1 : names.count
    if let empty = names[..<last].indices.first(where: {
      fields.isNull(names[$0]) && !(isIndexed && $0 == 0)
    }) {
      return "field \(empty + 1) of the first record is empty"
    }
    if Set(texts.map { $0.lowercased() }).count < texts.count {
      return "the first record repeats \"\(texts[0])\" or another field"
    }
    for column in 0..<min(fieldCount - shift, last)
    where body.contains(where: { fields.text($0.cells[column + shift]) == texts[column] }) {
      return "\"\(texts[column])\" occurs again below"
    }
    return nil
  }

  /// How a name of a column compares with the values of it.
  private func likeness(_ name: String, _ column: Int, _ body: [Record]) -> TextKind.Likeness {
    let values = body.map { $0.cells[column] }.filter { !fields.isNull($0) }
    return TextKind(name).likeness(
      to: values.map { TextKind(fields.text($0)) }, isOnly: fieldCount == 1)
  }
}

import Base

/// Decides how the fields of a text write numbers, each by its values and by what others tell.
struct NumberFormats {
  typealias Findings = FormatDetector.Findings
  typealias Reason = DetectedDialect.Reason

  private let evidence: [NumberEvidence]
  private let names: [String]
  private let delimiter: UInt8
  /// See `FormatDetector`.
  private let decimalComma: Bool?
  /// What commas in numbers mean throughout the text; nil where nothing tells.
  private let commaMeans: NumberStyle?
  /// The field whose decimal commas show it, where one does.
  private let shownBy: Int?

  /// - Parameter known: formats of a text read before, for fields that leave a choice.
  init(
    evidence: [NumberEvidence], names: [String], delimiter: UInt8, decimalComma: Bool?,
    known: [FieldFormat], _ findings: inout Findings
  ) {
    self.evidence = evidence
    self.names = names
    self.delimiter = delimiter
    self.decimalComma = decimalComma
    shownBy = decimalComma == nil ? NumberFormats.fieldWithCommas(evidence, delimiter, known) : nil
    func note(_ text: String) {
      findings.reasons.append(Reason(property: "numbers", text: text))
    }
    if decimalComma == true {
      note("decimal commas, as given")
      commaMeans = .decimalComma
    } else if let shownBy {
      note("decimal commas, as \"\(evidence[shownBy].comma)\" in \(names[shownBy])")
      commaMeans = .decimalComma
    } else {
      commaMeans =
        decimalComma == false
        ? .commaGroups : NumberFormats.meaningWithoutProof(evidence, delimiter, known)
    }
  }

  /// The first field whose values show decimal commas.
  ///
  /// Where commas separate fields, or other values have points, `7,5` may be a list of two: there
  /// only what cannot be one is proof, and where commas separate fields no value may have a point.
  private static func fieldWithCommas(
    _ evidence: [NumberEvidence], _ delimiter: UInt8, _ known: [FieldFormat]
  ) -> Int? {
    let showsPoint = evidence.contains(where: \.showsPoint)
    if delimiter == ASCII.comma {
      return showsPoint ? nil : evidence.firstIndex(where: \.provesComma)
    }
    let mayBeLists = showsPoint && !hasDecimalCommas(known)
    return evidence.firstIndex { mayBeLists ? $0.provesComma : $0.showsComma }
  }

  private static func meaningWithoutProof(
    _ evidence: [NumberEvidence], _ delimiter: UInt8, _ known: [FieldFormat]
  ) -> NumberStyle? {
    let showsPoint = evidence.contains(where: \.showsPoint)
    // Who separates fields by commas writes points in numbers, unless it is seen that he does not.
    if delimiter == ASCII.comma {
      return showsPoint || !evidence.contains(where: \.showsComma) ? .commaGroups : nil
    }
    if evidence.contains(where: \.showsCommaGroups) { return .commaGroups }
    return hasDecimalCommas(known) && !showsPoint ? .decimalComma : nil
  }

  private static func hasDecimalCommas(_ known: [FieldFormat]) -> Bool {
    known.contains { $0.numbers.point == ASCII.comma }
  }

  /// How a field with values writes numbers, and whether it is text all the same.
  func style(_ column: Int, _ findings: inout Findings) -> (NumberStyle, staysText: Bool) {
    let found = evidence[column]
    // Where other fields show both, it is a fraction.
    if found.isAmbiguous && decimalComma == nil && evidence.contains(where: \.showsPoint) {
      return (.plain, false)
    }
    if found.areExponents {
      note(.exponentsInText, found.bareExponent, column, &findings)
      return (.plain, true)
    }
    if found.isGroupedByPoints { return groupedByPoints(column, &findings) }
    if found.isGroupedByBlanks { return groupedByBlanks(column, &findings) }
    if commaMeans == .decimalComma && found.allows(.decimalComma) {
      if found.isAmbiguous { noteThousands(found.pointed, column, &findings) }
      return (.decimalComma, false)
    }
    return (plainOrGrouped(column, &findings), false)
  }

  /// Digits that are a number only if points stand between thousands. Addresses and versions may
  /// look so, too: only commas elsewhere, or groups of which not all have as many, tell.
  private func groupedByPoints(
    _ column: Int, _ findings: inout Findings
  ) -> (NumberStyle, staysText: Bool) {
    let found = evidence[column]
    if found.areAddresses { return (.plain, false) }
    if decimalComma == true { return (.decimalComma, false) }
    if commaMeans == .decimalComma && found.mayBeGroupsOfNumbers {
      noteThousands(found.decider, column, &findings)
      return (.decimalComma, false)
    }
    if decimalComma == nil && delimiter != ASCII.comma && found.areGroupsOfNumbers {
      findings.doubts.append(.groupsAlone(column: names[column], value: found.decider))
      return (.decimalComma, false)
    }
    noteText(found, column, &findings)
    return (decimalComma == nil ? .decimalComma : .plain, true)
  }

  /// The same for blanks, which nothing elsewhere bears out.
  private func groupedByBlanks(
    _ column: Int, _ findings: inout Findings
  ) -> (NumberStyle, staysText: Bool) {
    let found = evidence[column]
    let isNumber = found.areGroupsOfNumbers
    note(isNumber ? .blanksInNumbers : .blanksInText, found.decider, column, &findings)
    return (commaMeans == .decimalComma ? .decimalCommaSpaceGroups : .spaceGroups, !isNumber)
  }

  private func plainOrGrouped(_ column: Int, _ findings: inout Findings) -> NumberStyle {
    let found = evidence[column]
    if found.allows(.plain) { return .plain }
    if found.styles == 0 { return commaMeans == .decimalComma ? .decimalComma : .plain }
    if found.allows(.decimalCommaSpaceGroups) && commaMeans == .decimalComma {
      return .decimalCommaSpaceGroups
    }
    func reason(_ text: String) {
      findings.reasons.append(Reason(property: "numbers", text: "\(names[column]): \(text)"))
    }
    for style in [NumberStyle.apostropheGroups, .spaceGroups] where found.allows(style) {
      reason(style.description)
      return style
    }
    if found.allows(.commaGroups) && commaMeans == .commaGroups {
      reason("\(NumberStyle.commaGroups.description), as \"\(found.decider)\"")
      // A comma in `1,234` between commas may begin a fraction, if it is in quotes.
      if decimalComma == nil && found.allows(.decimalComma)
        && !evidence.contains(where: \.showsPoint)
      {
        findings.doubts.append(.groupsAlone(column: names[column], value: found.decider))
      }
      return .commaGroups
    }
    if found.allows(.commaGroups) || found.allows(.decimalComma) {
      noteText(found, column, &findings)
    }
    return .plain
  }

  private func noteText(_ found: NumberEvidence, _ column: Int, _ findings: inout Findings) {
    let why =
      found.allows(.commaGroups)
      ? "thousands or fractions behind commas, no value tells" : "decimal commas, not taken so"
    findings.reasons.append(
      Reason(property: "numbers", text: "\(names[column]): \(why); text"))
    findings.doubts.append(
      .commasInText(
        column: names[column], value: found.decider, mayBeThousands: found.allows(.commaGroups)))
  }

  /// Points are between thousands by what another field shows, or an earlier load.
  private func noteThousands(_ value: String, _ column: Int, _ findings: inout Findings) {
    if let shownBy {
      findings.doubts.append(
        .thousands(
          column: names[column], value: value, shownBy: names[shownBy],
          as: evidence[shownBy].comma))
    } else if decimalComma == nil && evidence[column].isGroupedByPoints {
      findings.doubts.append(.groupsAlone(column: names[column], value: value))
    }
  }

  private func note(
    _ doubt: NumberDoubt, _ value: String, _ column: Int, _ findings: inout Findings
  ) {
    findings.reasons.append(
      Reason(
        property: "numbers", text: "\(names[column]): \(doubt.description), as \"\(value)\""))
    findings.doubts.append(.numbers(column: names[column], value: value, doubt))
  }
}

extension NumberDoubt {
  fileprivate var description: String {
    switch self {
    case .blanksInNumbers: NumberStyle.spaceGroups.description
    case .blanksInText: "blanks between thousands or parts of a code; text"
    case .exponentsInText: "exponents or parts of a code; text"
    }
  }
}

extension DecimalMark {
  /// What the values say, whatever another text does.
  init(
    _ evidence: [NumberEvidence], _ names: [String], _ formats: [FieldFormat], delimiter: UInt8
  ) {
    let showsPoint = evidence.contains(where: \.showsPoint)
    let pointed = evidence.firstIndex { $0.isAmbiguous }
    var showsComma = evidence.contains(where: \.showsComma)
    if delimiter == ASCII.comma {
      // Points are what such texts have, unless quoted commas say otherwise.
      if showsPoint || !showsComma {
        self = showsPoint || pointed != nil ? .point : .untold
        return
      }
      showsComma = evidence.contains(where: \.provesComma)
    }
    if showsPoint != showsComma {
      self = showsPoint ? .point : .comma
    } else if let pointed {
      self = .ambiguous(
        AmbiguousNumbers(
          column: names[pointed], value: evidence[pointed].pointed,
          areThousands: formats[pointed].numbers == .decimalComma))
    } else {
      self = .untold
    }
  }
}

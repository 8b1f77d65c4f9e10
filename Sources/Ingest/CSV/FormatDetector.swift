import Base

/// Finds out how the fields of a text write dates, numbers and flags, from a sample.
///
/// A format is taken where every value of the field agrees with it, and with no other that means
/// something else: `01/02/2026` alone may be January or February and stays text.
struct FormatDetector {
  let dialect: CSVDialect
  let columnCount: Int
  /// Whether commas are known to begin fractions; nil: to be found out.
  let decimalComma: Bool?
  /// Formats of a text read before, for fields that leave a choice.
  let known: [FieldFormat]

  /// What a field's values so far allow.
  private struct Evidence {
    var areDigitMoments = true
    var orders: UInt8 = 0xF
    var styles: UInt8 = 0x3F
    /// Of each pair of words, which were seen: bit 0 and 1; all zero once a value was neither.
    var flags: [UInt8] = Array(repeating: 0, count: FlagWords.allCases.count)
    var isFlag = true
    var valueCount = 0
    /// Lengths of numbers with separated thousands.
    var shortest = Int.max
    var longest = 0
    /// The value that ruled out all orders of dates but one, and all plain numbers.
    var orderDecider = ""
    var styleDecider = ""
    /// A value such as `1.234`.
    var pointed = ""
    /// Whether a comma is in some value.
    var hasComma = false

    var isText: Bool { orders == 0 && styles == 0 && !isFlag }

    /// Whether some value is a number with a decimal comma, and nothing else.
    var showsComma: Bool {
      let comma = NumberStyle.decimalComma.bit | NumberStyle.decimalCommaSpaceGroups.bit
      return valueCount > 0 && styles != 0 && styles & ~comma == 0
    }

    /// Whether some value has a point before a fraction, or commas between thousands.
    var showsPoint: Bool {
      let isPlain = styles & (NumberStyle.plain.bit | NumberStyle.decimalComma.bit)
      return valueCount > 0
        && (isPlain == NumberStyle.plain.bit || styles == NumberStyle.commaGroups.bit)
    }

    /// Whether all values are numbers with a point, if they have one, that may be before a fraction
    /// or between thousands.
    var isAmbiguous: Bool {
      let both = NumberStyle.plain.bit | NumberStyle.decimalComma.bit
      return styles & both == both && !pointed.isEmpty
    }
  }

  typealias Reason = DetectedDialect.Reason

  /// What was guessed and why, and what of that may be wrong.
  private struct Findings {
    var reasons: [Reason] = []
    var doubts: [DialectDoubt] = []
  }

  /// The formats of the records of `body`, which begins at the first of them.
  func detect(
    _ body: Buffer<UInt8>, isWhole: Bool, names: [String]
  ) -> (
    formats: [FieldFormat], mark: DecimalMark, reasons: [Reason], doubts: [DialectDoubt]
  ) {
    var evidence = [Evidence](repeating: Evidence(), count: columnCount)
    let nulls = NullTexts(dialect)
    let header = RepeatedHeader(dialect)
    let given = ValueFormats(dialect)
    forEachRecord(of: body, dialect: dialect, columns: columnCount, isWhole: isWhole) {
      text, record in
      guard dialect.isRow(record.count, columns: columnCount),
        !(header?.matches(text, record) ?? false)
      else { return true }
      for column in 0..<min(columnCount, record.count) where !evidence[column].isText {
        let field = FieldText(text, record[column].value, trimsSpaces: true)
        if nulls.isTypedNull(field) { continue }
        observe(field, &evidence[column])
        if given.mayReadDigits && evidence[column].areDigitMoments {
          evidence[column].areDigitMoments = given.digitKind(field) != nil
        }
      }
      return true
    }
    var findings = Findings()
    let formats = formats(evidence, names, mayReadDigits: given.mayReadDigits, &findings)
    return (
      formats, decimalMark(evidence, names, formats), findings.reasons, findings.doubts
    )
  }

  private func observe(_ field: FieldText, _ evidence: inout Evidence) {
    evidence.valueCount += 1
    let styles = field.numberStyles()
    if evidence.styles != 0 {
      let before = evidence.styles
      evidence.styles &= styles
      if before & NumberStyle.plain.bit != 0 && evidence.styles & NumberStyle.plain.bit == 0 {
        evidence.styleDecider = String(field.string.prefix(40))
      }
      if evidence.pointed.isEmpty && field.mayGroupByPoint(styles) {
        evidence.pointed = String(field.string.prefix(40))
      }
      if !evidence.hasComma && styles & NumberStyle.plain.bit == 0 {
        evidence.hasComma = (0..<field.count).contains { field[$0] == ASCII.comma }
      }
      evidence.shortest = min(evidence.shortest, field.count)
      evidence.longest = max(evidence.longest, field.count)
    }
    if evidence.orders != 0 {
      let before = evidence.orders
      // A plain number is no date.
      evidence.orders &= styles & NumberStyle.plain.bit != 0 ? 0 : field.dateOrders()
      if before.nonzeroBitCount > 1 && evidence.orders.nonzeroBitCount == 1 {
        evidence.orderDecider = String(field.string.prefix(40))
      }
    }
    guard evidence.isFlag else { return }
    var isFlag = false
    for pair in FlagWords.allCases where field.count <= 5 {
      let (yes, no) = pair.words
      let seen: UInt8 = field.equalsIgnoringCase(yes) ? 1 : field.equalsIgnoringCase(no) ? 2 : 0
      evidence.flags[Int(pair.rawValue)] |= seen == 0 ? 4 : seen
      isFlag = isFlag || seen != 0
    }
    evidence.isFlag = isFlag
  }

  private func formats(
    _ evidence: [Evidence], _ names: [String], mayReadDigits: Bool, _ findings: inout Findings
  ) -> [FieldFormat] {
    let (commaMeans, shownBy) = commaMeaning(evidence, names, &findings.reasons)
    let showsPoint = evidence.contains(where: \.showsPoint)
    return evidence.indices.map { column -> FieldFormat in
      let known = column < known.count ? known[column] : FieldFormat()
      var format = FieldFormat()
      let found = evidence[column]
      guard found.valueCount > 0 else { return known }
      if mayReadDigits && found.areDigitMoments {
        format.readsDigits = true
        findings.reasons.append(
          Reason(property: "dates", text: "\(names[column]): digits that the given format reads"))
        return format
      }
      format.dates = order(found, known, names[column], &findings)
      // Where other columns show both, it is a fraction.
      let isFraction = decimalComma == nil && showsPoint && found.isAmbiguous
      format.numbers =
        isFraction ? .plain : style(found, commaMeans, names[column], &findings)
      if let shownBy, format.numbers == .decimalComma, found.isAmbiguous {
        findings.doubts.append(
          .thousands(
            column: names[column], value: found.pointed, shownBy: names[shownBy],
            as: evidence[shownBy].styleDecider))
      } else if mayBeOther(found, format.numbers, evidence) {
        findings.doubts.append(
          .groupsAlone(column: names[column], value: found.styleDecider))
      }
      if found.isFlag, let pair = FlagWords.allCases.first(where: { isPair(found, $0) }) {
        format.flags = pair
        if pair != .trueFalse {
          let (yes, no) = pair.words
          findings.reasons.append(
            Reason(
              property: "flags", text: "\(names[column]): every value is \"\(yes)\" or \"\(no)\""))
        }
      }
      return format
    }
  }

  /// Whether numbers are read as grouped by thousands because all of them may be, and no value of
  /// the text shows it: points in `1.234.567` stand in version numbers too, and a comma in `1,234`
  /// between commas may begin a fraction.
  private func mayBeOther(
    _ found: Evidence, _ style: NumberStyle, _ all: [Evidence]
  ) -> Bool {
    guard decimalComma == nil else { return false }
    switch style {
    case .decimalComma:
      return found.showsComma && !all.contains { $0.showsComma && $0.hasComma }
    case .commaGroups:
      return found.styles & NumberStyle.decimalComma.bit != 0
        && !all.contains(where: \.showsPoint)
    default: return false
    }
  }

  /// Both words, and no other.
  private func isPair(_ evidence: Evidence, _ pair: FlagWords) -> Bool {
    evidence.flags[Int(pair.rawValue)] == 3
  }

  private func order(
    _ evidence: Evidence, _ known: FieldFormat, _ name: String, _ findings: inout Findings
  ) -> DateOrder {
    guard evidence.orders != 0 else { return .yearFirst }
    let orders = DateOrder.allCases.filter { evidence.orders & $0.bit != 0 }
    if orders.count == 1 {
      if orders[0] != .yearFirst {
        findings.reasons.append(.dates(name, orders[0], evidence.orderDecider))
      }
      return orders[0]
    }
    if known.dates != .yearFirst && orders.contains(known.dates) {
      if dialect.dateFormat == nil && dialect.timestampFormat == nil {
        findings.doubts.append(.knownOrder(column: name, isDayFirst: known.dates == .dayFirst))
      }
      return known.dates
    }
    findings.reasons.append(
      Reason(
        property: "dates",
        text: "\(name): day or month first, no value tells; text unless --date-format says"))
    return .yearFirst
  }

  /// What commas in numbers mean throughout the text, and the column whose decimal commas show it;
  /// nil where nothing tells, and where no column does.
  private func commaMeaning(
    _ evidence: [Evidence], _ names: [String], _ reasons: inout [Reason]
  ) -> (meaning: NumberStyle?, shownBy: Int?) {
    if decimalComma == true {
      reasons.append(Reason(property: "numbers", text: "decimal commas, as given"))
      return (.decimalComma, nil)
    }
    if decimalComma == false { return (.commaGroups, nil) }
    // Who separates fields by commas writes points in numbers, unless it is seen that he does not.
    if dialect.delimiter == ASCII.comma {
      let isUnusual = evidence.contains(where: \.showsComma)
      return (isUnusual && !evidence.contains(where: \.showsPoint) ? nil : .commaGroups, nil)
    }
    for column in evidence.indices where evidence[column].valueCount > 0 {
      if evidence[column].showsComma {
        reasons.append(
          Reason(
            property: "numbers",
            text: "decimal commas, as \"\(evidence[column].styleDecider)\" in \(names[column])"))
        return (.decimalComma, column)
      }
      if evidence[column].styles == NumberStyle.commaGroups.bit { return (.commaGroups, nil) }
    }
    let isKnown = known.contains { $0.numbers.point == ASCII.comma }
    return (isKnown && !evidence.contains(where: \.showsPoint) ? .decimalComma : nil, nil)
  }

  /// What the values say, whatever another text does.
  private func decimalMark(
    _ evidence: [Evidence], _ names: [String], _ formats: [FieldFormat]
  ) -> DecimalMark {
    if decimalComma != nil { return .untold }
    let showsPoint = evidence.contains(where: \.showsPoint)
    let pointed = evidence.firstIndex { $0.isAmbiguous }
    if dialect.delimiter == ASCII.comma { return showsPoint || pointed != nil ? .point : .untold }
    let showsComma = evidence.contains(where: \.showsComma)
    if showsPoint != showsComma { return showsPoint ? .point : .comma }
    guard let pointed else { return .untold }
    return .ambiguous(
      AmbiguousNumbers(
        column: names[pointed], value: evidence[pointed].pointed,
        areThousands: formats[pointed].numbers == .decimalComma))
  }

  private func style(
    _ evidence: Evidence, _ commaMeans: NumberStyle?, _ name: String, _ findings: inout Findings
  ) -> NumberStyle {
    let styles = evidence.styles
    func has(_ style: NumberStyle) -> Bool { styles & style.bit != 0 }
    if commaMeans == .decimalComma && has(.decimalComma) { return .decimalComma }
    if has(.plain) { return .plain }
    if styles == 0 { return commaMeans == .decimalComma ? .decimalComma : .plain }
    if has(.decimalCommaSpaceGroups) && commaMeans == .decimalComma {
      return .decimalCommaSpaceGroups
    }
    // Telephone numbers come in groups too, all of one length.
    if has(.spaceGroups) && evidence.shortest == evidence.longest { return .plain }
    for style in [NumberStyle.apostropheGroups, .spaceGroups] where has(style) {
      findings.reasons.append(Reason(property: "numbers", text: "\(name): \(style.description)"))
      return style
    }
    if has(.commaGroups) && commaMeans == .commaGroups {
      findings.reasons.append(
        Reason(
          property: "numbers",
          text: "\(name): \(NumberStyle.commaGroups.description), as "
            + "\"\(evidence.styleDecider)\""))
      return .commaGroups
    }
    if has(.commaGroups) || has(.decimalComma) {
      let why =
        has(.commaGroups)
        ? "thousands or fractions behind commas, no value tells" : "decimal commas, not taken so"
      findings.reasons.append(Reason(property: "numbers", text: "\(name): \(why); text"))
      findings.doubts.append(
        .commasInText(
          column: name, value: evidence.styleDecider, mayBeThousands: has(.commaGroups)))
    }
    return .plain
  }
}

extension DetectedDialect.Reason {
  /// How the dates of a column are written, and a value that shows it.
  static func dates(_ column: String, _ order: DateOrder, _ value: String) -> Self {
    Self(property: "dates", text: "\(column): \(order.description), as \"\(value)\" shows")
  }
}

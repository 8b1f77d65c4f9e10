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

  typealias Reason = DetectedDialect.Reason

  /// What was guessed and why, and what of that may be wrong.
  struct Findings {
    var reasons: [Reason] = []
    var doubts: [DialectDoubt] = []
  }

  /// The formats of the records of `body`, which begins at the first of them.
  func detect(
    _ body: Buffer<UInt8>, isWhole: Bool, names: [String]
  ) -> (
    formats: [FieldFormat], mark: DecimalMark, reasons: [Reason], doubts: [DialectDoubt]
  ) {
    var evidence = [FormatEvidence](repeating: FormatEvidence(), count: columnCount)
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
        evidence[column].observe(field)
        if given.mayReadDigits && evidence[column].areDigitMoments {
          evidence[column].areDigitMoments = given.digitKind(field) != nil
        }
      }
      return true
    }
    var findings = Findings()
    let formats = formats(evidence, names, mayReadDigits: given.mayReadDigits, &findings)
    let mark =
      decimalComma == nil
      ? DecimalMark(evidence.map(\.numbers), names, formats, delimiter: dialect.delimiter)
      : .untold
    return (formats, mark, findings.reasons, findings.doubts)
  }

  private func formats(
    _ evidence: [FormatEvidence], _ names: [String], mayReadDigits: Bool, _ findings: inout Findings
  ) -> [FieldFormat] {
    let numbers = NumberFormats(
      evidence: evidence.map(\.numbers), names: names, delimiter: dialect.delimiter,
      decimalComma: decimalComma, known: known, &findings)
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
      (format.numbers, format.staysText) = numbers.style(column, &findings)
      if found.isFlag, let pair = found.flagWords {
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

  private func order(
    _ evidence: FormatEvidence, _ known: FieldFormat, _ name: String, _ findings: inout Findings
  ) -> DateOrder {
    guard evidence.orders != 0 else { return .yearFirst }
    let orders = DateOrder.allCases.filter { evidence.orders & $0.bit != 0 }
    if orders.count == 1 {
      if orders[0] != .yearFirst {
        findings.reasons.append(.dates(name, orders[0], evidence.orderDecider))
      }
      return orders[0]
    }
    let isGiven = dialect.dateFormat != nil || dialect.timestampFormat != nil
    if known.dates != .yearFirst && orders.contains(known.dates) {
      if !isGiven {
        findings.doubts.append(.knownOrder(column: name, isDayFirst: known.dates == .dayFirst))
      }
      return known.dates
    }
    if isGiven { return .yearFirst }
    findings.reasons.append(
      Reason(
        property: "dates",
        text: "\(name): day or month first, no value tells; text unless --date-format says"))
    findings.doubts.append(.undecidedOrder(column: name))
    return .yearFirst
  }
}

extension DetectedDialect.Reason {
  /// How the dates of a column are written, and a value that shows it.
  static func dates(_ column: String, _ order: DateOrder, _ value: String) -> Self {
    Self(property: "dates", text: "\(column): \(order.description), as \"\(value)\" shows")
  }
}

import Base
import Columns

/// Whether a table has a header, and why.
struct HeaderGuess {
  var isHeader: Bool
  var reason: String
  /// Whether the names differ from what is below them in nothing but that they do not come again.
  var isUnsure = false
  /// Whether no column below has a type and no value one of its own kind: it may be a row.
  var isAmongText = false
  /// Whether some of its names are numbers, which a row may have, too.
  var hasCountingNames = false
  /// Of a row, whether it may be names: its values stand over text alone.
  var mayBeNames = false
}

// A row that is taken for a header is lost, a header that is taken for a row is seen; so a first
// record is a header only by evidence, in this order:
//
//  0. It holds no value of a kind that is told from many values only - a date in a spelling of its
//     own, a number with a comma, a code - and that stands over others of its kind (`isAlike`).
//  1. It holds no value, and one of its fields stands over values. DuckDB's sniffer and Python's
//     `csv.Sniffer` go by this too.
//  2. It holds values, and they are the names of periods: years or dates, or count up from 0 or 1
//     as hours do (`namesPeriods`). Those two take years over numbers for a row, since any value
//     fits its column.
//     Or values of any kind over text alone, if a name stands over values (`hasUnlikeValues`).
//  3. It spans columns, and the record below it is text over values (`spansColumns`).
//  4. All is text: it consists of names, different from each other and from all below, and none of
//     them is of the kind of all that is below it (`TextKind`).
extension HeaderDetector {
  /// - Parameter table: from the record in question on.
  func guess(_ table: [Record]) -> HeaderGuess {
    let kept = withoutRepeats(table)
    if descriptionCount(kept) > 0 {
      return HeaderGuess(isHeader: true, reason: "two records describe its columns")
    }
    if kept.count < table.count && !spansColumns(kept) && belowHeader(kept) == 1 {
      return HeaderGuess(isHeader: true, reason: "two records of names come again")
    }
    let single = guessSingle(table[0], kept.dropFirst(), all: table.dropFirst())
    if !single.isHeader && spansColumns(kept) {
      return HeaderGuess(isHeader: true, reason: "names over several columns each, and one of each")
    }
    return single
  }

  /// - Parameter all: with records that are the first one again.
  private func guessSingle(
    _ first: Record, _ rest: ArraySlice<Record>, all: ArraySlice<Record>
  ) -> HeaderGuess {
    let names = first.cells
    let body = rest.filter { $0.cells.count == fieldCount }
    // Where the header lacks the name of the first column, the others have moved.
    let shift = isShort(first, rest) && !endsEmpty(body) ? 1 : 0
    if let value = names.first(where: fields.isTyped) {
      if let periods = namesPeriods(first, body, shift) {
        return HeaderGuess(
          isHeader: true,
          reason: "\"\(fields.text(value))\" and so on are \(periods) over other values",
          hasCountingNames: periods == HeaderDetector.counting && shift == 0 && isText(names[0]))
      }
      let isUnlike = hasUnlikeValues(first, body)
      if isUnlike, let (name, type) = nameOverValues(first, body) {
        return HeaderGuess(
          isHeader: true,
          reason: "\"\(name)\" stands over values of type \(type), and no value over a value")
      }
      return HeaderGuess(
        isHeader: false, reason: "the first record holds a value, \"\(fields.text(value))\"",
        mayBeNames: isUnlike)
    }
    guard names.contains(where: { !fields.isNull($0) }) else {
      return HeaderGuess(isHeader: false, reason: "the first record is empty")
    }
    if body.isEmpty {
      let value = names.first {
        FieldShape(fields.text($0)).isValue || TextKind(fields.text($0)).isAddress
      }
      return HeaderGuess(
        isHeader: value == nil,
        reason: value.map { "the only record holds \"\(fields.text($0))\"" }
          ?? "the only record is text")
    }
    for column in 0..<min(fieldCount - shift, names.count) where !fields.isNull(names[column]) {
      if isAlike(names[column], column + shift, body) {
        return HeaderGuess(
          isHeader: false, reason: "\"\(fields.text(names[column]))\" is like the values below it")
      }
    }
    for column in 0..<min(fieldCount - shift, names.count) where !fields.isNull(names[column]) {
      if let type = typeOfColumn(column + shift, body), type != .string {
        return HeaderGuess(
          isHeader: true,
          reason: "\"\(fields.text(names[column]))\" stands over values of type \(type)")
      }
    }
    // Values of a spelling that no type has yet, such as `0,5`, tell where the record comes again.
    if rest.count < all.count,
      let name = names.indices.first(where: { standsOverDigits(names, $0, body, shift) })
    {
      return HeaderGuess(
        isHeader: true,
        reason: "\"\(fields.text(names[name]))\" stands over numbers, and comes again")
    }
    return guessAmongText(names, body, shift)
  }

  /// Whether all below a word is digits and signs.
  func standsOverDigits(
    _ names: [FieldRange], _ column: Int, _ body: [Record], _ shift: Int
  ) -> Bool {
    guard column + shift < fieldCount, !fields.isNull(names[column]),
      !FieldShape(fields.text(names[column])).isValue
    else { return false }
    let below = body.map { $0.cells[column + shift] }.filter { !fields.isNull($0) }
    return !below.isEmpty && below.allSatisfy { FieldShape(fields.text($0)).isValue }
  }

  /// The bytes of records, without their line ends.
  func contents(of records: some Collection<Record>) -> [[UInt8]] {
    // SAFETY: records lie within the body; the pointer does not leave the closure.
    unsafe body.withUnsafePointer { base in
      let text = unsafe TextPointer(base: base)
      return records.map { RepeatedHeader.content(of: text, $0.range) }
    }
  }

  /// Whether the first of some records is names: no field is a value, and one of them stands over
  /// values in every record that has some.
  func standsOverValues(_ table: [Record]) -> Bool {
    let body = table.dropFirst().filter { $0.cells.count == fieldCount }
    let names = table[0].cells
    guard names.count == fieldCount, names.allSatisfy({ fields.isNull($0) || isName($0) }),
      !names.indices.contains(where: { isAlike(names[$0], $0, body) })
    else { return false }
    return names.indices.contains { column in
      !fields.isNull(names[column])
        && typeOfColumn(column, body).map { $0 != .string } ?? false
    }
  }

  /// Whether a field of the first record is of the kind of some field below it, though no type of
  /// its own: it looks the same, or both are digits and signs where all below is text.
  func isAlike(_ first: FieldRange, _ column: Int, _ body: [Record]) -> Bool {
    let shape = FieldShape(fields.text(first))
    guard shape.hasDigits else { return false }
    var (isSame, areTexts, isSomeValue) = (false, true, false)
    for record in body where !fields.isNull(record.cells[column]) {
      let cell = record.cells[column]
      let below = FieldShape(fields.text(cell))
      if shape.isTelling && below == shape { isSame = true }
      if fields.isTyped(cell) { areTexts = false }
      isSomeValue = isSomeValue || below.isValue
    }
    return isSame || areTexts && shape.isValue && isSomeValue
  }

  /// Nil where there is no value.
  func typeOfColumn(_ column: Int, _ records: some Collection<Record>) -> DataType? {
    var evidence = ValueEvidence()
    for record in records where !fields.isNull(record.cells[column]) {
      evidence.merge(fields.evidence(record.cells[column]))
      if evidence.isText { break }  // Whatever follows.
    }
    return evidence.isEmpty ? nil : evidence.type
  }

  // MARK: Periods

  /// Whether the values of a record are the periods that its columns are about, and what kind of
  /// periods; nil if it may be a row.
  ///
  ///  - Dates over numbers or flags: no column of one type has both.
  ///  - Years at equal steps over numbers that are hardly ever such years, and do not all go on in
  ///    the same steps. A name has to stand beside them, or an empty corner over names of rows: of
  ///    records that are nothing but numbers, the first is a row like any other.
  ///  - The same for three numbers or more that count up from 0 or 1, beside one name over text.
  ///
  /// Whatever else the record has are names.
  private func namesPeriods(_ first: Record, _ body: [Record], _ shift: Int) -> String? {
    let cells = first.cells
    let last = cells.count == fieldCount && endsEmpty(body) ? cells.count - 1 : cells.count
    let (periods, names) = (0..<last).reduce(into: ([Int](), [Int]())) { found, column in
      if fields.isTyped(cells[column]) { found.0.append(column) } else { found.1.append(column) }
    }
    let isIndexed = !body.contains { fields.isNull($0.cells[0]) }
    guard cells.count + shift == fieldCount,
      names.allSatisfy({ isName(cells[$0]) || $0 == 0 && fields.isEmpty(cells[0]) && isIndexed })
    else { return nil }
    let types = periods.map { typeOfColumn($0 + shift, body) }
    guard types.contains(where: { $0 != nil }) else { return nil }
    let kinds = periods.map { fields.evidence(cells[$0]).type }
    if kinds.allSatisfy({ $0 == .date || $0 == .timestamp }) {
      let isUnlike = types.allSatisfy { $0 == nil || $0?.isNumeric == true || $0 == .boolean }
      return isUnlike && last > 1 && areDifferent(cells[..<last]) ? "dates" : nil
    }
    let numbers = periods.compactMap { integer(cells[$0]) }
    let areYears = periods.allSatisfy { year(cells[$0]) != nil }
    guard numbers.count == periods.count, numbers.count > 1, shift == 1 || !names.isEmpty,
      let step = step(of: numbers), abs(step) <= 10,
      areYears || countUp(numbers, step) && namesOneColumn(names, first, body, shift),
      zip(periods, types).allSatisfy({ column, type in
        type?.isNumeric ?? true || areMarkedNumbers(column + shift, body)
      })
    else { return nil }
    let columns = periods.map { $0 + shift }
    if areYears { return areRows(body, columns, step) ? nil : "years" }
    return goOn(body, columns, step) ? nil : HeaderDetector.counting
  }

  private static let counting = "numbers that count up"

  /// Whether numbers are those of hours, weeks, samples and the like.
  private func countUp(_ numbers: [Int64], _ step: Int64) -> Bool {
    step == 1 && numbers.count > 2 && (0...1).contains(numbers[0])
  }

  /// Whether all that is no number is one name over texts, an empty corner, or nothing where names
  /// of rows have no name.
  private func namesOneColumn(
    _ names: [Int], _ first: Record, _ body: [Record], _ shift: Int
  ) -> Bool {
    if shift == 1 { return names.isEmpty }
    return names == [0] && (fields.isEmpty(first.cells[0]) || typeOfColumn(0, body) == .string)
  }

  func areDifferent(_ cells: some Collection<FieldRange>) -> Bool {
    let texts = cells.map { fields.text($0).lowercased() }
    return Set(texts).count == texts.count
  }

  /// Whether values below years are years themselves, more than one of ten, or all go on in the
  /// same steps, which are not 0.
  private func areRows(_ body: [Record], _ columns: [Int], _ step: Int64) -> Bool {
    var (valueCount, yearCount) = (0, 0)
    for record in body {
      for cell in columns.map({ record.cells[$0] }) where !fields.isNull(cell) {
        valueCount += 1
        yearCount += year(cell) == nil ? 0 : 1
      }
    }
    return yearCount * 10 > valueCount || goOn(body, columns, step)
  }

  /// Whether all of several records have numbers at such steps.
  private func goOn(_ body: [Record], _ columns: [Int], _ step: Int64) -> Bool {
    body.count > 2
      && body.allSatisfy { record in
        let values = columns.map { integer(record.cells[$0]) }
        return !values.contains(nil) && self.step(of: values.compactMap(\.self)) == step
      }
  }

  /// The step between numbers at equal distances; nil for others, and for equal ones.
  private func step(of values: [Int64]) -> Int64? {
    let steps = zip(values, values.dropFirst()).map { $1.subtractingReportingOverflow($0) }
    guard let first = steps.first, first.partialValue != 0 else { return nil }
    return steps.allSatisfy { !$0.overflow && $0.partialValue == first.partialValue }
      ? first.partialValue : nil
  }

  private func year(_ cell: FieldRange) -> Int64? {
    integer(cell).flatMap { (1900...2100).contains($0) ? $0 : nil }
  }

  private func integer(_ cell: FieldRange) -> Int64? {
    if fields.isNull(cell) { return nil }
    let evidence = fields.evidence(cell)
    return evidence.kinds == .integer ? evidence.largest : nil
  }

  // MARK: Several records

  /// Whether the names are in two records, and those of the upper one are about several columns
  /// each. Where cells of a spreadsheet are merged, the first has the text and the others are
  /// empty; other programs repeat it.
  ///
  ///     Q1,,Q2,
  ///     sales,cost,sales,cost
  ///     1,2,3,4
  ///
  /// The lower record has to be text over two typed columns or more, or periods that come again
  /// with every name above them, over values that are hardly ever years.
  func spansColumns(_ table: [Record]) -> Bool {
    guard table.count > 2, table[0].cells.count == fieldCount, table[1].cells.count == fieldCount
    else { return false }
    let (upper, lower) = (table[0].cells, table[1].cells)
    // Looked at first, since rows hold a value as a rule.
    if lower.contains(where: { !fields.isNull($0) && !isName($0) && !isPeriod($0) }) {
      return false
    }
    let named = upper.indices.filter { !fields.isNull(upper[$0]) }
    guard named.count > 1, named.allSatisfy({ isName(upper[$0]) || isPeriod(upper[$0]) }),
      lower.indices.allSatisfy({
        !fields.isNull(lower[$0]) || !fields.isNull(upper[$0]) || $0 == 0
      }),
      upper.dropFirst().contains(where: fields.isNull) || !areDifferent(named.map { upper[$0] })
    else { return false }
    // A line of a preamble, filled up: names that are different need no others above them.
    if isFilledUp(upper) && !lower.contains(where: fields.isNull) && areDifferent(lower) {
      return false
    }
    let rest = table[2...].filter { $0.cells.count == fieldCount }
    let periods = lower.indices.filter { isPeriod(lower[$0]) }
    if !periods.isEmpty {
      let isRepeated = Set(periods.map { fields.text(lower[$0]) }).count * 2 <= periods.count
      let areNames = named.allSatisfy { isName(upper[$0]) }
      if !isRepeated || !areNames || areRows(rest, periods, 0) { return false }
    }
    let typed = upper.indices.filter { column in
      typeOfColumn(column, rest).map { $0 != .string } ?? false
    }
    return typed.count { !fields.isNull(lower[$0]) } > 1
  }

  /// The upper of two records of names, each also over the columns that it spans.
  func spanningNames(_ upper: [FieldRange], over lower: [FieldRange]) -> [String] {
    var spanning = ""
    return upper.indices.map { column in
      if !fields.isNull(upper[column]) {
        spanning = fields.text(upper[column])
      } else if fields.isNull(lower[column]) {
        return ""
      }
      return spanning
    }
  }

  private func isPeriod(_ cell: FieldRange) -> Bool {
    if fields.isNull(cell) { return false }
    let type = fields.evidence(cell).type
    return year(cell) != nil || type == .date || type == .timestamp
  }

  /// Whether a field is text that may be a name.
  func isName(_ cell: FieldRange) -> Bool {
    isText(cell) && !HeaderDetector.isPlaceholder(fields.text(cell))
  }

  /// The same, also for what may stand where a value is not known.
  func isText(_ cell: FieldRange) -> Bool {
    !fields.isNull(cell) && !fields.isTyped(cell) && fields.text(cell).utf8.count <= nameBytesMax
  }

  /// Records below the first that belong to the header: rules of dashes, and one of units or second
  /// names, which is text over each of several typed columns.
  func belowHeader(_ table: [Record]) -> Int {
    guard table.count > 3 else { return table.count > 1 && isRule(table[1]) ? 1 : 0 }
    if isRule(table[1]) { return 1 }
    let below = table[1]
    let rest = table[2...].filter { $0.cells.count == fieldCount }
    guard below.cells.count == fieldCount, table[0].cells.count == fieldCount, rest.count >= 2
    else { return 0 }
    func isOverTyped(_ column: Int) -> Bool {
      typeOfColumn(column, rest).map { $0 != .string } ?? false
    }
    // A value, or what is too long for a name, over typed ones: looked for first, since it is what
    // tables without such a record have.
    let named = (0..<fieldCount).filter { !fields.isNull(below.cells[$0]) }
    if named.contains(where: { !isName(below.cells[$0]) && isOverTyped($0) }) { return 0 }
    return named.count(where: isOverTyped) >= 2 ? 1 : 0
  }

  private static let placeholders: Set = [
    "unknown", "unk", "undefined", "missing", "nd", "n/d", "tbd", "tba", "none", "nil", "x", "xx",
    "no data", "nodata", "not available", "error", "err", "invalid", "suppressed", "withheld",
    "#n/a", "#value!", "#ref!", "#div/0!", "#num!", "#name?",
  ]

  /// Whether a text stands where a value is not known: that is no unit and no name.
  static func isPlaceholder(_ text: String) -> Bool {
    let isWord = text.contains { $0.isLetter || "%°$€£µ".contains($0) }
    return !isWord || placeholders.contains(text.lowercased())
  }

  /// Whether a record is a line drawn under the names.
  func isRule(_ record: Record) -> Bool {
    record.cells.count == fieldCount
      && record.cells.allSatisfy { cell in
        let text = fields.text(cell).utf8
        return text.count >= 2 && text.allSatisfy { $0 == ASCII.minus || $0 == 0x3D }
      }
  }
}

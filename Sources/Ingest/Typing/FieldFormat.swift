import Base

/// How the values of one field are written, where that is not the plain way. Detection chooses one
/// for the whole field; a value that is written differently is text to it.
package struct FieldFormat: Sendable, Hashable {
  package var dates = DateOrder.yearFirst
  package var numbers = NumberStyle.plain
  package var flags = FlagWords.trueFalse
  /// Whether digits are dates or time stamps, by formats of the user's that have nothing else.
  package var readsDigits = false
  /// Whether its numbers may be codes: they are text where nothing gives the column another type.
  package var staysText = false

  package init() {}
}

/// What comes first in a date. Its parts are joined by `-`, `/` or `.`, alike within a date; years
/// have four digits.
package enum DateOrder: UInt8, Sendable, Hashable, CaseIterable {
  /// `2026-01-31`, `2026/1/31`.
  case yearFirst
  /// `31/01/2026`, `31.1.2026`.
  case dayFirst
  /// `01/31/2026`.
  case monthFirst
  /// `Jan 31, 2026`, `31 January 2026`, `31-Jan-2026`, `Sat Jan 31 10:00:00 2026`.
  case named

  var bit: UInt8 { 1 << rawValue }

  var description: String {
    switch self {
    case .yearFirst: "year first"
    case .dayFirst: "day first"
    case .monthFirst: "month first"
    case .named: "with the month's name"
    }
  }
}

/// How numbers are grouped and where their fraction begins.
package enum NumberStyle: UInt8, Sendable, Hashable, CaseIterable {
  /// `1234.5`.
  case plain
  /// `1,234.5`.
  case commaGroups
  /// `1 234.5`, also with no-break spaces.
  case spaceGroups
  /// `1'234.5`.
  case apostropheGroups
  /// `1234,5` or `1.234,5`.
  case decimalComma
  /// `1 234,5`.
  case decimalCommaSpaceGroups

  /// The byte between units and tenths.
  var point: UInt8 {
    self == .decimalComma || self == .decimalCommaSpaceGroups ? ASCII.comma : ASCII.point
  }

  /// Whether thousands may stand ungrouped.
  var groupsAreOptional: Bool { point == ASCII.comma }

  var description: String {
    switch self {
    case .plain: "plain"
    case .commaGroups: "thousands separated by commas"
    case .spaceGroups: "thousands separated by spaces"
    case .apostropheGroups: "thousands separated by apostrophes"
    case .decimalComma: "decimal commas"
    case .decimalCommaSpaceGroups: "decimal commas, thousands separated by spaces"
    }
  }
}

/// The two words of a flag, besides `true` and `false`. Case does not count.
package enum FlagWords: UInt8, Sendable, Hashable, CaseIterable {
  case trueFalse
  case tf
  case yn
  case yesNo

  var words: (yes: StaticString, no: StaticString) {
    switch self {
    case .trueFalse: ("true", "false")
    case .tf: ("t", "f")
    case .yn: ("y", "n")
    case .yesNo: ("yes", "no")
    }
  }
}

/// How the values of one column are read: the user's formats, or else the field's own.
struct ValueFormats: Sendable {
  let dateFormat: [UInt8]?
  let timestampFormat: [UInt8]?
  let field: FieldFormat
  /// Whether dates with the month's name are read besides.
  private let readsMonthNames: Bool
  /// Of formats that are nothing but digits, how many.
  let dateDigits: Int?
  let timestampDigits: Int?

  /// - Parameter index: position of the field; by default one without a format of its own.
  init(_ dialect: CSVDialect, field index: Int = .max) {
    dateFormat = dialect.dateFormat.map { Array($0.utf8) }
    timestampFormat = dialect.timestampFormat.map { Array($0.utf8) }
    field = dialect.format(index)
    readsMonthNames = false
    dateDigits = ValueFormats.digitCount(dateFormat)
    timestampDigits = ValueFormats.digitCount(timestampFormat)
  }

  /// Of JSON strings, of which no sample is taken for a column's order: those that need none.
  init(ofJSON dateFormat: String?, timestampFormat: String?) {
    self.dateFormat = dateFormat.map { Array($0.utf8) }
    self.timestampFormat = timestampFormat.map { Array($0.utf8) }
    field = FieldFormat()
    readsMonthNames = true
    dateDigits = nil
    timestampDigits = nil
  }

  /// Whether the kernels for ISO dates and time stamps read most values.
  var hasPlainDates: Bool { dateFormat == nil && field.dates == .yearFirst }
  var hasPlainTimestamps: Bool { timestampFormat == nil && field.dates == .yearFirst }

  /// A date is midnight: a format that has a time reads no other as one.
  func date(_ text: FieldText) -> Int32? {
    guard let dateFormat else { return inOrders { text.date($0) } }
    guard let read = text.timestamp(format: dateFormat), read.isExact,
      read.micros % microsPerDay == 0
    else { return nil }
    return Int32(read.micros / microsPerDay)
  }

  /// A date counts as its midnight.
  func timestamp(_ text: FieldText) -> ReadTimestamp? {
    let read =
      if let timestampFormat {
        text.timestamp(format: timestampFormat)
      } else {
        inOrders { text.timestamp($0) }
      }
    return read ?? date(text).map { ReadTimestamp(micros: Int64($0) * microsPerDay, isExact: true) }
  }

  private func inOrders<Value>(_ read: (DateOrder) -> Value?) -> Value? {
    read(field.dates) ?? (readsMonthNames ? read(.named) : nil)
  }
}

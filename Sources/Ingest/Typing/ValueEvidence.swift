import Base
package import Columns

/// What the values of a column seen so far allow it to be. Joining is commutative and associative,
/// so samples, batches and workers combine in any order.
///
///     boolean ┐
///     integer ┴─ double ──┐      integer: INT if every value fits 32 bits, else LONG
///     date ── timestamp ──┴─ string
///
/// Anything that would change what was written is text: leading zeros (`007`), a plus sign,
/// integers beyond 64 bits, more than 17 significant digits, fractions of a microsecond.
package struct ValueEvidence: Sendable, Equatable {
  struct Kinds: OptionSet, Sendable, Equatable {
    let rawValue: UInt8
    static let boolean = Kinds(rawValue: 1)
    static let integer = Kinds(rawValue: 2)
    static let double = Kinds(rawValue: 4)
    static let date = Kinds(rawValue: 8)
    static let timestamp = Kinds(rawValue: 16)
    static let text = Kinds(rawValue: 32)
  }

  var kinds: Kinds = []
  /// Of the integers.
  var smallest: Int64 = 0
  var largest: Int64 = 0
  /// Whether some integer is not a double.
  var hasWideInteger = false

  package init() {}

  /// Evidence equal to having seen values that need just `type`.
  package init(type: DataType) {
    switch type {
    case .boolean: kinds = .boolean
    case .byte, .short, .integer: kinds = .integer
    case .long:
      kinds = .integer
      largest = .max
      smallest = .min
    case .float, .double: kinds = .double
    case .date: kinds = .date
    case .timestamp, .timestampNtz: kinds = .timestamp
    default: kinds = .text
    }
  }

  /// Whether no value has been seen.
  package var isEmpty: Bool { kinds.isEmpty }

  package mutating func merge(_ other: ValueEvidence) {
    if other.kinds.contains(.integer) {
      let isFirst = !kinds.contains(.integer)
      smallest = isFirst ? other.smallest : min(smallest, other.smallest)
      largest = isFirst ? other.largest : max(largest, other.largest)
      hasWideInteger = hasWideInteger || other.hasWideInteger
    }
    kinds.formUnion(other.kinds)
  }

  /// The narrowest type that holds every value as it was written; string if there is none.
  package var type: DataType {
    switch kinds {
    case .boolean: return .boolean
    case .integer:
      let fits = smallest >= Int64(Int32.min) && largest <= Int64(Int32.max)
      return fits ? .integer : .long
    case .double: return .double
    case [.integer, .double]: return hasWideInteger ? .string : .double
    case .date: return .date
    case .timestamp, [.date, .timestamp]: return .timestamp
    default: return .string
    }
  }
}

/// The narrowest type that holds the values of both, as inference sees it: what a column of type
/// `current` becomes after a contradiction that needs `needed`, or after another worker's.
///
/// Nested types and decimals, which only JSON is seen to have, join as `JSONShape` has it.
package func widenedType(_ current: DataType, toHold needed: DataType) -> DataType {
  if isOfJSON(current) || isOfJSON(needed) { return joinedType(current, needed) }
  var evidence = ValueEvidence(type: current)
  evidence.merge(ValueEvidence(type: needed))
  return evidence.type
}

private func isOfJSON(_ type: DataType) -> Bool {
  switch type {
  case .decimal, .void: true
  default: type.isNested
  }
}

/// Significant digits that every double keeps when it is written out in full.
private let doubleDigitsMax = 17

extension FieldText {
  /// What this one value is. - Precondition: it is not null, and spaces around it are gone.
  func classify(_ formats: TemporalFormats) -> ValueEvidence {
    var evidence = ValueEvidence()
    evidence.kinds = kind(formats, &evidence)
    return evidence
  }

  private func kind(_ formats: TemporalFormats, _ evidence: inout ValueEvidence)
    -> ValueEvidence.Kinds
  {
    if let parts = number() { return numberKind(parts, &evidence) }
    if formats.date(self) != nil { return .date }
    if let read = formats.timestamp(self) { return read.isExact ? .timestamp : .text }
    if equalsIgnoringCase("true") || equalsIgnoringCase("false") { return .boolean }
    return double() == nil ? .text : .double  // nan, inf
  }

  private func numberKind(
    _ parts: NumberParts, _ evidence: inout ValueEvidence
  ) -> ValueEvidence.Kinds {
    let integerCount = parts.integerEnd - parts.integerStart
    if parts.hasPlus || (integerCount > 1 && self[parts.integerStart] == ASCII.zero) {
      return .text
    }
    if !parts.hasPoint && !parts.hasExponent {
      guard let value = integer() else { return .text }
      evidence.smallest = value
      evidence.largest = value
      evidence.hasWideInteger = Int64(exactly: Double(value)) != value
      return .integer
    }
    guard significantDigits(parts) <= doubleDigitsMax, let value = double(), value.isFinite else {
      return .text
    }
    return .double
  }

  /// Digits from the first that is not zero to the last that is not zero.
  private func significantDigits(_ parts: NumberParts) -> Int {
    var first = 0
    var end = parts.digitCount
    while first < end && digit(first, of: parts) == 0 { first += 1 }
    while end > first && digit(end - 1, of: parts) == 0 { end -= 1 }
    return end - first
  }
}

/// How dates and time stamps are written in a file.
struct TemporalFormats: Sendable {
  let dateFormat: [UInt8]?
  let timestampFormat: [UInt8]?

  init(_ dialect: CSVDialect) {
    dateFormat = dialect.dateFormat.map { Array($0.utf8) }
    timestampFormat = dialect.timestampFormat.map { Array($0.utf8) }
  }

  func date(_ field: FieldText) -> Int32? {
    guard let dateFormat else { return field.isoDate() }
    return field.timestamp(format: dateFormat).map {
      Int32(CivilTime(microsSinceEpoch: $0.micros).date.daysSinceEpoch)
    }
  }

  /// A date counts as its midnight.
  func timestamp(_ field: FieldText) -> ReadTimestamp? {
    if let timestampFormat {
      if let read = field.timestamp(format: timestampFormat) { return read }
    } else if let read = field.isoTimestamp() {
      return read
    }
    return date(field).map { ReadTimestamp(micros: Int64($0) * microsPerDay, isExact: true) }
  }
}

/// Which texts mean null.
struct NullTexts: Sendable {
  /// In every column, unquoted.
  let everywhere: [[UInt8]]
  /// In columns of every type but string, besides.
  let typed: [[UInt8]]

  /// What statistics packages, databases and spreadsheets write where a value is missing.
  static let customary = [
    "NA", "N/A", "n/a", "#N/A", "NULL", "Null", "null", "None", "nil", "\\N", "<NA>", "NaT",
  ]

  init(_ dialect: CSVDialect) {
    everywhere = dialect.nullTexts.map { Array($0.utf8) }
    typed = everywhere + NullTexts.customary.map { Array($0.utf8) }
  }

  /// Whether `field`, of a column of another type than string, is null. An empty one is, quoted or
  /// not.
  func isTypedNull(_ field: FieldText) -> Bool {
    field.isEmpty || typed.contains { field.equals($0) }
  }

  func isNull(_ field: FieldText) -> Bool { everywhere.contains { field.equals($0) } }
}

import Base
package import Columns

/// What the values of a column seen so far allow it to be. Joining is commutative and associative,
/// so samples, batches and workers combine in any order.
///
///     boolean ─────────────────────┐
///     integer ── double ── decimal ┤      integer: INT if every value fits 32 bits, else LONG
///     date ── timestamp ───────────┴─ string
///
/// Anything that would change what was written is text: leading zeros (`007`), a plus sign,
/// integers beyond 64 bits, fractions of a microsecond. A fraction that the nearest double does not
/// keep makes a decimal, as does one among integers that doubles do not hold.
package struct ValueEvidence: Sendable, Equatable {
  struct Kinds: OptionSet, Sendable, Equatable {
    let rawValue: UInt8
    static let boolean = Kinds(rawValue: 1)
    static let integer = Kinds(rawValue: 2)
    static let double = Kinds(rawValue: 4)
    static let date = Kinds(rawValue: 8)
    static let timestamp = Kinds(rawValue: 16)
    static let text = Kinds(rawValue: 32)
    /// A fraction that no double keeps.
    static let decimal = Kinds(rawValue: 64)
    /// `nan`: a value among doubles, a null among others.
    static let notANumber = Kinds(rawValue: 128)

    static let numbers: Kinds = [.integer, .double, .decimal]
  }

  var kinds: Kinds = []
  /// Of the integers.
  var smallest: Int64 = 0
  var largest: Int64 = 0
  /// Whether some integer is not a double.
  var hasWideInteger = false
  /// Digits before and after the point, at most, of integers and fractions.
  var integerDigits = 0
  var scale = 0
  /// Whether some number has no digits to count: an exponent, or infinity.
  var isBeyondDecimals = false

  package init() {}

  /// Evidence equal to having seen values that need just `type`.
  package init(type: DataType) {
    switch type {
    case .boolean: kinds = .boolean
    case .byte, .short, .integer:
      kinds = .integer
      integerDigits = 10
    case .long:
      kinds = .integer
      largest = .max
      smallest = .min
      integerDigits = 19
    case .float, .double:
      kinds = .double
      isBeyondDecimals = true
    case .decimal(let precision, let scale):
      kinds = .decimal
      integerDigits = precision - scale
      self.scale = scale
    case .date: kinds = .date
    case .timestamp, .timestampNtz: kinds = .timestamp
    case .void: break
    default: kinds = .text
    }
  }

  /// Whether no value has been seen.
  package var isEmpty: Bool { kinds.isEmpty }

  /// Whether all that has been seen is numbers.
  var isNumber: Bool { Kinds.numbers.union(.notANumber).isSuperset(of: kinds) }

  /// Whether only text holds what has been seen, whatever else comes.
  var isText: Bool { kinds.contains(.text) }

  package mutating func merge(_ other: ValueEvidence) {
    if other.kinds.contains(.integer) {
      let isFirst = !kinds.contains(.integer)
      smallest = isFirst ? other.smallest : min(smallest, other.smallest)
      largest = isFirst ? other.largest : max(largest, other.largest)
      hasWideInteger = hasWideInteger || other.hasWideInteger
    }
    integerDigits = max(integerDigits, other.integerDigits)
    scale = max(scale, other.scale)
    isBeyondDecimals = isBeyondDecimals || other.isBeyondDecimals
    kinds.formUnion(other.kinds)
  }

  /// The narrowest type that holds every value as it was written; string if there is none.
  package var type: DataType {
    switch kinds.subtracting(.notANumber) {
    case []: return kinds.isEmpty ? .string : .double
    case .boolean: return .boolean
    case .integer:
      let fits = smallest >= Int64(Int32.min) && largest <= Int64(Int32.max)
      return fits ? .integer : .long
    case .date: return .date
    case .timestamp, [.date, .timestamp]: return .timestamp
    case let numbers where Kinds.numbers.isSuperset(of: numbers):
      return numbers.contains(.decimal) || hasWideInteger ? decimalType : .double
    default: return .string
    }
  }

  /// With room for more digits before the point than were seen, so that later rows fit.
  private var decimalType: DataType {
    let digitCount = integerDigits + scale
    guard !isBeyondDecimals && digitCount <= 38 else { return .string }
    return .decimal(precision: digitCount <= 18 ? 18 : 38, scale: scale)
  }
}

/// The narrowest type that holds the values of both, as inference sees it: what a column of type
/// `current` becomes after a contradiction that needs `needed`, or after another worker's.
///
/// Nested types and decimals join as `JSONShape` has it.
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

/// Significant digits of the doubles that programs write.
private let doubleDigitsMax = 17

extension FieldText {
  /// What this one value is. - Precondition: it is not null, and spaces around it are gone.
  func classify(_ formats: ValueFormats) -> ValueEvidence {
    var evidence = ValueEvidence()
    evidence.kinds = kind(formats, &evidence)
    return evidence
  }

  private func kind(
    _ formats: ValueFormats, _ evidence: inout ValueEvidence
  ) -> ValueEvidence.Kinds {
    if formats.field.staysText { return .text }
    if formats.field.readsDigits, let kind = formats.digitKind(self) { return kind }
    let number = withPlainNumber(formats.field.numbers) { plain in
      plain.number().map { plain.numberKind($0, &evidence) }
    }
    if let number, let kind = number { return kind }
    if formats.date(self) != nil { return .date }
    if let read = formats.timestamp(self) { return read.isExact ? .timestamp : .text }
    if isFlag(.trueFalse) || isFlag(formats.field.flags) { return .boolean }
    // A number of another style than the column's is text.
    guard self.number() == nil, let value = double() else { return .text }
    if value.isNaN { return .notANumber }
    evidence.isBeyondDecimals = true
    return .double
  }

  /// Whether the text is one of the two words.
  private func isFlag(_ flags: FlagWords) -> Bool {
    let words = flags.words
    return equalsIgnoringCase(words.yes) || equalsIgnoringCase(words.no)
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
      evidence.integerDigits = integerCount
      return .integer
    }
    let isKept = doubleKeepsDigits(parts)
    if parts.hasExponent {
      evidence.isBeyondDecimals = true
      return isKept ? .double : .text
    }
    evidence.integerDigits = integerCount
    evidence.scale = parts.fractionEnd - parts.fractionStart
    return isKept ? .double : .decimal
  }

  /// Whether the nearest double keeps the digits from the first to the last that is not zero.
  private func doubleKeepsDigits(_ parts: NumberParts) -> Bool {
    var first = 0
    var end = parts.digitCount
    while first < end && digit(first, of: parts) == 0 { first += 1 }
    while end > first && digit(end - 1, of: parts) == 0 { end -= 1 }
    guard end - first <= doubleDigitsMax, let value = double() else { return false }
    if end - first <= 15 && value.isNormal { return true }
    var mantissa: UInt64 = 0
    for index in first..<end { mantissa = mantissa * 10 + UInt64(digit(index, of: parts)) }
    let fractionCount = parts.fractionEnd - parts.fractionStart
    let exponent = parts.exponent - fractionCount + parts.digitCount - end
    return doubleKeeps(mantissa, exponent: exponent, nearest: abs(value))
  }
}

/// Which texts mean null.
struct NullTexts: Sendable {
  /// In every column, unquoted.
  let everywhere: [[UInt8]]
  /// In columns of every type but string, besides.
  private let typed: [[UInt8]]
  /// Those of `everywhere` that are values of some type.
  private let values: [[UInt8]]
  private let longestTyped: Int
  /// Bit `byte & 63` of every byte that one of `typed` begins with: most values are told apart by
  /// it.
  private let firstBytes: UInt64

  /// What statistics packages, databases and spreadsheets write where a value is missing.
  static let customary = [
    "NA", "N/A", "n/a", "#N/A", "#N/A N/A", "#NA", "NULL", "Null", "null", "(null)", "None", "nil",
    "\\N", "<NA>", "NaT", "-", "--", ".", "?",
  ]
  private static let customaryBytes = customary.map { Array($0.utf8) }

  init(_ dialect: CSVDialect) {
    everywhere = dialect.nullTexts.map { Array($0.utf8) }
    typed = everywhere + NullTexts.customaryBytes
    values = everywhere.filter(NullTexts.mayBeValue)
    longestTyped = typed.reduce(0) { max($0, $1.count) }
    firstBytes = typed.reduce(0) { bits, text in
      text.first.map { bits | 1 &<< UInt64($0 & 63) } ?? bits
    }
  }

  /// Whether `field`, of a column of another type than string, is null. An empty one is, quoted or
  /// not.
  func isTypedNull(_ field: FieldText) -> Bool {
    if field.isEmpty { return true }
    guard field.count <= longestTyped, firstBytes &>> UInt64(field[0] & 63) & 1 != 0 else {
      return false
    }
    return typed.contains { field.equals($0) }
  }

  /// The same for a column of `type`: `nan` is a value among doubles only.
  func isTypedNull(_ field: FieldText, in type: DataType) -> Bool {
    if isTypedNull(field) { return true }
    return type != .double && type != .float && field.equalsIgnoringCase("nan")
  }

  /// Whether some spelling is a value of a type other than string, which kernels take it for.
  var haveValues: Bool { !values.isEmpty }

  /// Whether `field` is such a spelling.
  func isNullValue(_ field: FieldText) -> Bool { values.contains { field.equals($0) } }

  /// What kernels read begins with a digit, a sign or a point, or is a word of booleans.
  private static func mayBeValue(_ text: [UInt8]) -> Bool {
    guard let first = text.first else { return false }
    let word = String(decoding: text, as: UTF8.self).lowercased()
    return isDigit(first) || [ASCII.minus, ASCII.plus, ASCII.point].contains(first)
      || FlagWords.allCases.contains { word == "\($0.words.yes)" || word == "\($0.words.no)" }
  }

  func isNull(_ field: FieldText) -> Bool { everywhere.contains { field.equals($0) } }
}

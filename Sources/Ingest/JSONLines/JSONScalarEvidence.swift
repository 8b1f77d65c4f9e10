import Base
import Columns

/// What the scalars seen at one place of JSON records allow a column to be. Joining is commutative,
/// associative and idempotent.
///
///     boolean ───────────────────────────┐
///     integer ── double ── decimal(38,s) ┴─ string
///     date ── timestamp ─────────────────┘
///
/// A double holds numbers of up to 17 significant digits, and integers that are doubles; a decimal
/// whatever 38 digits hold at the largest scale seen. A number never makes a string a number.
struct JSONScalarEvidence: Sendable, Equatable {
  struct Kinds: OptionSet, Sendable, Equatable {
    let rawValue: UInt8
    static let boolean = Kinds(rawValue: 1)
    /// An integer of 64 bits.
    static let integer = Kinds(rawValue: 2)
    /// With a fraction or exponent, and a double keeps its digits.
    static let double = Kinds(rawValue: 4)
    /// A number that only a decimal keeps.
    static let exact = Kinds(rawValue: 8)
    static let date = Kinds(rawValue: 16)
    static let timestamp = Kinds(rawValue: 32)
    static let text = Kinds(rawValue: 64)
    static let numbers: Kinds = [.integer, .double, .exact]
  }

  var kinds: Kinds = []
  /// Of the integers.
  var smallest: Int64 = 0
  var largest: Int64 = 0
  /// Whether some integer is not a double.
  var hasWideInteger = false
  /// Of all numbers, the most digits before and after the point.
  var integerDigits = 0
  var scale = 0

  init() {}

  init(_ kinds: Kinds) { self.kinds = kinds }

  /// Evidence equal to having seen values that need just `type`. How many digits a column has is
  /// not known from its type: what does not fit shows when it is parsed.
  init(type: DataType) {
    switch type {
    case .boolean: kinds = .boolean
    case .byte, .short, .integer: kinds = .integer
    case .long:
      kinds = .integer
      largest = .max
      smallest = .min
    case .float, .double: kinds = .double
    case .decimal(_, let scale):
      kinds = .exact
      self.scale = scale
    case .date: kinds = .date
    case .timestamp, .timestampNtz: kinds = .timestamp
    default: kinds = .text
    }
  }

  mutating func merge(_ other: JSONScalarEvidence) {
    if other.kinds.contains(.integer) {
      let isFirst = !kinds.contains(.integer)
      smallest = isFirst ? other.smallest : min(smallest, other.smallest)
      largest = isFirst ? other.largest : max(largest, other.largest)
    }
    hasWideInteger = hasWideInteger || other.hasWideInteger
    integerDigits = max(integerDigits, other.integerDigits)
    scale = max(scale, other.scale)
    kinds.formUnion(other.kinds)
  }

  /// The narrowest type that holds every value as it was written.
  var type: DataType {
    switch kinds {
    case .boolean: return .boolean
    case .date: return .date
    case .timestamp, [.date, .timestamp]: return .timestamp
    case .integer:
      let fits = smallest >= Int64(Int32.min) && largest <= Int64(Int32.max)
      return fits ? .integer : .long
    case .double: return .double
    case [.integer, .double]: return hasWideInteger ? decimal : .double
    default: return kinds.isSubset(of: .numbers) ? decimal : .string
    }
  }

  private var decimal: DataType {
    integerDigits + scale <= DataType.maxDecimalPrecision
      ? .decimal(precision: DataType.maxDecimalPrecision, scale: scale) : .string
  }
}

/// Significant digits that every double keeps when it is written out in full.
private let doubleDigitsMax = 17

extension FieldText {
  /// What this JSON number is. - Precondition: it is one.
  func classifyJSONNumber() -> JSONScalarEvidence {
    guard let parts = number() else { return JSONScalarEvidence(.text) }
    var evidence = JSONScalarEvidence()
    var first = 0
    var end = parts.digitCount
    while first < end && digit(first, of: parts) == 0 { first += 1 }
    while end > first && digit(end - 1, of: parts) == 0 { end -= 1 }
    if first < end {
      let weight = parts.integerEnd - parts.integerStart + parts.exponent
      evidence.integerDigits = max(0, weight - first)
      evidence.scale = max(0, end - weight)
    }
    if !parts.hasPoint && !parts.hasExponent {
      guard let value = integer() else {
        evidence.kinds = .exact
        return evidence
      }
      evidence.kinds = .integer
      evidence.smallest = value
      evidence.largest = value
      evidence.hasWideInteger = Int64(exactly: Double(value)) != value
      return evidence
    }
    let isKept =
      end - first <= doubleDigitsMax
      && (double().map { $0.isFinite && (first == end || $0.isNormal) } ?? false)
    evidence.kinds = isKept ? .double : .exact
    return evidence
  }

  /// What this JSON string, without quotes and escapes, is.
  func classifyJSONString(_ formats: ValueFormats) -> JSONScalarEvidence {
    if formats.date(self) != nil { return JSONScalarEvidence(.date) }
    if let read = formats.timestamp(self), read.isExact { return JSONScalarEvidence(.timestamp) }
    return JSONScalarEvidence(.text)
  }

  /// Whether the text is a number to JSON (RFC 8259, section 6).
  var isJSONNumber: Bool {
    guard let parts = number(), !parts.hasPlus else { return false }
    let integerCount = parts.integerEnd - parts.integerStart
    if integerCount == 0 || integerCount > 1 && self[parts.integerStart] == ASCII.zero {
      return false
    }
    return !parts.hasPoint || parts.fractionEnd > parts.fractionStart
  }
}

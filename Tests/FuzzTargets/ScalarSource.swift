import Base
import Columns
import Parquet

/// A leaf's type, and how a file is to store it.
struct LeafChoice {
  let type: DataType
  var stored: StoredAs?

  /// Every type, and every way to store one.
  static let all: [LeafChoice] =
    [
      .boolean, .byte, .short, .integer, .long, .float, .double, .decimal(precision: 7, scale: 2),
      .decimal(precision: 18, scale: 0), .decimal(precision: 38, scale: 10), .string, .binary,
      .date, .timestamp, .timestampNtz, .time, .timeNanos, .timestampNanos, .timestampNtzNanos,
      .uuid, .interval,
    ].map { LeafChoice(type: $0) } + [
      LeafChoice(
        type: .short, stored: StoredAs(.int32, .integer(bitWidth: 8, isSigned: false))),
      LeafChoice(
        type: .long, stored: StoredAs(.int32, .integer(bitWidth: 32, isSigned: false))),
      LeafChoice(
        type: .decimal(precision: 20, scale: 0),
        stored: StoredAs(.int64, .integer(bitWidth: 64, isSigned: false))),
      LeafChoice(
        type: .decimal(precision: 9, scale: 2),
        stored: StoredAs(.byteArray, .decimal(scale: 2, precision: 9))),
      LeafChoice(
        type: .decimal(precision: 18, scale: 2),
        stored: StoredAs(
          .fixedLengthByteArray, sizeBytes: 9, .decimal(scale: 2, precision: 18))),
      LeafChoice(type: .float, stored: StoredAs(.fixedLengthByteArray, sizeBytes: 2, .float16)),
      LeafChoice(type: .string, stored: StoredAs(.byteArray, .enumeration)),
      LeafChoice(type: .string, stored: .variant),
      LeafChoice(type: .binary, stored: StoredAs(.byteArray, .geometry(crs: nil))),
      LeafChoice(type: .binary, stored: StoredAs(.fixedLengthByteArray, sizeBytes: 3)),
      LeafChoice(
        type: .time, stored: StoredAs(.int32, .time(isAdjustedToUTC: true, unit: .millis))),
      LeafChoice(
        type: .timestamp,
        stored: StoredAs(.int64, .timestamp(isAdjustedToUTC: true, unit: .millis))),
    ]
}

extension FuzzInput {
  /// A number of `bits` bits or fewer: mostly small ones, sometimes any.
  mutating func integer(bits: Int) -> Int64 {
    let control = byte()
    let value: Int64 =
      switch control {
      case 0..<160: Int64(control) - 80
      case 160..<220: Int64(Int16(truncatingIfNeeded: short()))
      default: (0..<8).reduce(0) { value, _ in value << 8 | Int64(byte()) }
      }
    return (value << Int64(64 - bits)) >> Int64(64 - bits)
  }

  mutating func octets(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(byte()) } }

  mutating func text() -> String {
    switch byte() % 4 {
    case 0: "value \(byte() % 8)"
    case 1: String(decoding: octets(byte() % 24), as: UTF8.self)
    case 2: String(repeating: "long ", count: byte() % 32) + "\(byte())"
    default: ""
    }
  }

  /// JSON, as it would come back: names sorted and each once.
  mutating func json(depth: Int = 0) -> String {
    switch byte() % (depth < 4 ? 8 : 5) {
    case 0: return "null"
    case 1: return "\(integer(bits: 64))"
    case 2: return "\(integer(bits: 32)).\(byte() % 10)5"
    case 3: return "true"
    case 4:
      // Control characters have more than one escape.
      return Scalar.string(text().filter { $0 >= " " }).jsonText
    case 5, 6:
      return "[" + (0..<byte() % 4).map { _ in json(depth: depth + 1) }.joined(separator: ",") + "]"
    default:
      let names = ["", "a", "aa", "b"].prefix(byte() % 5)
      return "{" + names.map { "\"\($0)\":\(json(depth: depth + 1))" }.joined(separator: ",") + "}"
    }
  }

  /// A value of the type, which can be stored as `leaf` says.
  mutating func scalar(_ leaf: LeafChoice) -> Scalar {
    let isUnsigned =
      if case .integer(_, false) = leaf.stored?.annotation { true } else { false }
    let isMillis =
      switch leaf.stored?.annotation {
      case .time(_, .millis), .timestamp(_, .millis): true
      default: false
      }
    func scaled(_ value: Int64) -> Int64 { isMillis ? (value >> 33) * 1000 : value }
    /// Within a day of so many units.
    func ofDay(_ value: Int64, _ units: Int64) -> Int64 { abs(value % units) }
    switch leaf.type {
    case .boolean: return .boolean(byte() & 1 == 1)
    case .byte: return .integer(integer(bits: 8))
    case .short: return .integer(isUnsigned ? Int64(byte()) : integer(bits: 16))
    case .integer: return .integer(integer(bits: 32))
    case .long:
      return .integer(
        isUnsigned ? Int64(UInt32(truncatingIfNeeded: integer(bits: 32))) : integer(bits: 64))
    case .float where leaf.stored != nil: return .double(Double(Int8(integer(bits: 8))) / 4)
    case .float:
      return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: integer(bits: 32)))))
    case .double:
      let value = integer(bits: 64)
      return .double(
        abs(value) < 1 << 16 ? Double(value) / 4 : Double(bitPattern: UInt64(bitPattern: value)))
    case .decimal(_, let scale) where isUnsigned:
      return .decimal(unscaled: Int128(UInt64(bitPattern: integer(bits: 64))), scale: scale)
    case .decimal(let precision, let scale):
      let limit = powerOfTen(precision)
      return .decimal(unscaled: Int128(integer(bits: 64)) * 7 % limit, scale: scale)
    case .string: return .string(leaf.stored?.type == nil && leaf.stored != nil ? json() : text())
    case .binary: return .binary(octets(leaf.stored?.sizeBytes.map(Int.init) ?? byte() % 20))
    case .date: return .date(Int32(integer(bits: 32)))
    case .timestamp: return .timestamp(scaled(integer(bits: 64)))
    case .timestampNtz: return .timestampNtz(integer(bits: 64))
    case .timestampNanos: return .timestampNanos(integer(bits: 64))
    case .timestampNtzNanos: return .timestampNtzNanos(integer(bits: 64))
    case .time: return .time(ofDay(scaled(integer(bits: 64)), 86_400_000_000))
    case .timeNanos: return .timeNanos(ofDay(integer(bits: 64), 86_400_000_000_000))
    case .uuid: return .uuid(octets(16))
    case .interval:
      return .interval(months: UInt32(byte()), days: UInt32(short()), millis: UInt32(byte()))
    default: return .null
    }
  }
}

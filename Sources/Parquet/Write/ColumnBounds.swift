// Bounds of the values of a page or chunk, as they go into statistics and column indexes.
// parquet.thrift, `Statistics`, `ColumnOrder` (TypeDefinedOrder), `ColumnIndex`.
import Base
import Columns

/// The smallest and the largest value.
enum ColumnBounds: Sendable, Equatable {
  /// No value: every row is null, or there is none.
  case empty
  /// Values without usable bounds: a NaN is among them, which readers order differently, or a
  /// binary has no bound of the size that statistics allow.
  case unknown
  /// Booleans (0, 1) and integers of 32 and 64 bits.
  case integers(min: Int64, max: Int64)
  case doubles(min: Double, max: Double)
  /// Wide decimals, unscaled.
  case decimals(min: Int128, max: Int128)
  case bytes(min: ByteBound, max: ByteBound)
}

/// A bound of strings or binaries, cut to the size that statistics allow.
struct ByteBound: Sendable, Equatable {
  var bytes: [UInt8]
  var isExact: Bool
}

extension ColumnBounds {
  /// What holds for both.
  mutating func merge(_ other: ColumnBounds) {
    switch (self, other) {
    case (_, .empty): break
    case (.empty, _): self = other
    case (.integers(let min, let max), .integers(let otherMin, let otherMax)):
      self = .integers(min: Swift.min(min, otherMin), max: Swift.max(max, otherMax))
    case (.doubles(let min, let max), .doubles(let otherMin, let otherMax)):
      self = .doubles(min: Swift.min(min, otherMin), max: Swift.max(max, otherMax))
    case (.decimals(let min, let max), .decimals(let otherMin, let otherMax)):
      self = .decimals(min: Swift.min(min, otherMin), max: Swift.max(max, otherMax))
    case (.bytes(let min, let max), .bytes(let otherMin, let otherMax)):
      self = .bytes(
        min: min.picking(otherMin, larger: false), max: max.picking(otherMax, larger: true))
    default: self = .unknown
    }
  }

  /// Both bounds as statistics hold them: PLAIN, byte arrays without their length. Nil where the
  /// format has no order for what is stored.
  func encoded(as element: SchemaElement) -> (min: [UInt8], max: [UInt8])? {
    guard element.hasDefinedOrder else { return nil }
    switch self {
    case .empty, .unknown: return nil
    case .integers(let min, let max): return (stored(min, element), stored(max, element))
    case .doubles(let min, let max):
      switch element.type {
      case .float:
        return (littleEndian(Float(min).bitPattern), littleEndian(Float(max).bitPattern))
      case .fixedLengthByteArray:
        guard let low = halfFromFloat(Float(min)), let high = halfFromFloat(Float(max)) else {
          return nil
        }
        return (littleEndian(low), littleEndian(high))
      default: return (littleEndian(min.bitPattern), littleEndian(max.bitPattern))
      }
    case .decimals(let min, let max): return (stored(min, element), stored(max, element))
    case .bytes(let min, let max): return (min.bytes, max.bytes)
    }
  }

  private func stored(_ value: Int64, _ element: SchemaElement) -> [UInt8] {
    let value = element.isInMillis ? value / 1000 : value
    switch element.type {
    case .boolean: return [UInt8(value)]
    case .int32: return littleEndian(Int32(truncatingIfNeeded: value))
    default: return littleEndian(value)
    }
  }

  private func stored(_ value: Int128, _ element: SchemaElement) -> [UInt8] {
    switch element.type {
    case .int64: littleEndian(Int64(truncatingIfNeeded: value))
    case .byteArray: bigEndian(value, twosComplementBytes(value))
    default: bigEndian(value, Int(element.typeLength ?? 0))
    }
  }

  /// Whether every value of `self` is at or below every one of `other`, by both bounds.
  func isAscending(to other: ColumnBounds) -> Bool {
    switch (self, other) {
    case (.integers(let min, let max), .integers(let nextMin, let nextMax)):
      min <= nextMin && max <= nextMax
    case (.doubles(let min, let max), .doubles(let nextMin, let nextMax)):
      min <= nextMin && max <= nextMax
    case (.decimals(let min, let max), .decimals(let nextMin, let nextMax)):
      min <= nextMin && max <= nextMax
    case (.bytes(let min, let max), .bytes(let nextMin, let nextMax)):
      !nextMin.bytes.lexicographicallyPrecedes(min.bytes)
        && !nextMax.bytes.lexicographicallyPrecedes(max.bytes)
    default: false
    }
  }

  /// The bounds as values of `type`, for the statistics of a table format.
  func statistics(of type: DataType, nullCount: Int, nanCount: Int?) -> ColumnStatistics {
    var statistics = ColumnStatistics(nullCount: nullCount, nanCount: nanCount)
    switch self {
    case .empty, .unknown: break
    case .integers(let min, let max):
      statistics.min = scalar(min, type)
      statistics.max = scalar(max, type)
    case .doubles(let min, let max):
      statistics.min = .double(min)
      statistics.max = .double(max)
    case .decimals(let min, let max):
      guard case .decimal(_, let scale) = type else { break }
      statistics.min = .decimal(unscaled: min, scale: scale)
      statistics.max = .decimal(unscaled: max, scale: scale)
    case .bytes(let min, let max):
      statistics.min = scalar(min.bytes, type)
      statistics.max = scalar(max.bytes, type)
      statistics.minIsExact = min.isExact
      statistics.maxIsExact = max.isExact
    }
    return statistics
  }
}

/// Zeros as the format wants them: a reader must find both zeros between the bounds.
func doubleBounds(min: Double, max: Double) -> ColumnBounds {
  .doubles(min: min == 0 ? -0.0 : min, max: max == 0 ? 0.0 : max)
}

private func scalar(_ value: Int64, _ type: DataType) -> Scalar {
  switch type {
  case .boolean: .boolean(value != 0)
  case .date: .date(Int32(truncatingIfNeeded: value))
  case .timestamp: .timestamp(value)
  case .timestampNtz: .timestampNtz(value)
  case .timestampNanos: .timestampNanos(value)
  case .timestampNtzNanos: .timestampNtzNanos(value)
  case .time: .time(value)
  case .timeNanos: .timeNanos(value)
  case .decimal(_, let scale): .decimal(unscaled: Int128(value), scale: scale)
  default: .integer(value)
  }
}

private func scalar(_ bytes: [UInt8], _ type: DataType) -> Scalar {
  switch type {
  case .binary: .binary(bytes)
  case .uuid: .uuid(bytes)
  default: .string(String(decoding: bytes, as: UTF8.self))
  }
}

private func littleEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  (0..<value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// The low `sizeBytes` bytes, the highest first.
private func bigEndian(_ value: Int128, _ sizeBytes: Int) -> [UInt8] {
  (0..<sizeBytes).map { UInt8(truncatingIfNeeded: value >> ((sizeBytes - 1 - $0) * 8)) }
}

// MARK: Bounds of strings and binaries

extension ByteBound {
  fileprivate func picking(_ other: ByteBound, larger: Bool) -> ByteBound {
    // Equal bytes: if either bound is a value, so is the result.
    if bytes == other.bytes { return isExact ? self : other }
    return bytes.lexicographicallyPrecedes(other.bytes) == larger ? other : self
  }
}

extension ColumnBounds {
  /// Bounds of byte values between `min` and `max`, each cut to `sizeBytes`.
  static func bytes(
    min: [UInt8], max: [UInt8], isText: Bool, cutTo sizeBytes: Int
  ) -> ColumnBounds {
    let lower = min.count <= sizeBytes ? min : cut(min, to: sizeBytes, isText: isText)
    if max.count <= sizeBytes {
      return .bytes(
        min: ByteBound(bytes: lower, isExact: min.count == lower.count),
        max: ByteBound(bytes: max, isExact: true))
    }
    let prefix = cut(max, to: sizeBytes, isText: isText)
    guard let upper = isText ? textAfter(prefix) : bytesAfter(prefix) else { return .unknown }
    return .bytes(
      min: ByteBound(bytes: lower, isExact: min.count == lower.count),
      max: ByteBound(bytes: upper, isExact: false))
  }
}

/// The first bytes of `bytes`, at most `sizeBytes`; of text, whole characters.
private func cut(_ bytes: [UInt8], to sizeBytes: Int, isText: Bool) -> [UInt8] {
  var end = sizeBytes
  while isText && end > 0 && bytes[end] & 0xC0 == 0x80 { end -= 1 }
  return Array(bytes[..<end])
}

/// The least byte string greater than all that start with `prefix`; nil if there is none.
func bytesAfter(_ prefix: [UInt8]) -> [UInt8]? {
  guard let last = prefix.lastIndex(where: { $0 != 0xFF }) else { return nil }
  return Array(prefix[..<last]) + [prefix[last] + 1]
}

/// A text greater than all that start with `prefix`: its last character that has a successor
/// becomes that successor, and the rest goes. UTF-8 orders like its code points. Nil if there is
/// none.
func textAfter(_ prefix: [UInt8]) -> [UInt8]? {
  var scalars = Array(String(decoding: prefix, as: UTF8.self).unicodeScalars)
  while let last = scalars.popLast() {
    // The surrogates between U+D7FF and U+E000 are no characters.
    let next = last.value == 0xD7FF ? 0xE000 : last.value + 1
    guard let successor = Unicode.Scalar(next) else { continue }
    scalars.append(successor)
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    return Array(String(text).utf8)
  }
  return nil
}

// Which hashes a value of a column has: those of the bytes that PLAIN stores for it.
import Base
package import Columns

extension BloomFilter {
  /// False when no row of the chunk equals `value`. True also where that cannot be told: for types
  /// that store equal values as different bytes, and values that no stored one is compared as.
  package func mayContain(_ value: Scalar, leaf: LeafColumn, mapping: LeafMapping) -> Bool {
    guard let hashes = storedHashes(of: value, leaf: leaf, mapping: mapping) else { return true }
    return hashes.contains { mayContain(hash: $0) }
  }
}

/// The hashes of everything that is stored and equals `value`; nil when that is not known.
private func storedHashes(
  of value: Scalar, leaf: LeafColumn, mapping: LeafMapping
) -> [UInt64]? {
  switch leaf.type {
  case .boolean, .int96: return nil
  case .int32:
    guard let stored = storedInteger(of: value, mapping: mapping) else { return nil }
    // Past what four bytes hold, with or without a sign, nothing is stored.
    guard stored >= Int128(Int32.min), stored <= Int128(UInt32.max) else { return [] }
    return [xxHash64(UInt32(truncatingIfNeeded: stored))]
  case .int64:
    guard let stored = storedInteger(of: value, mapping: mapping) else { return nil }
    guard stored >= Int128(Int64.min), stored <= Int128(UInt64.max) else { return [] }
    return [xxHash64(UInt64(truncatingIfNeeded: stored))]
  case .float:
    guard mapping.type == .float, case .double(let wide) = value, let stored = Float(exactly: wide)
    else { return nil }
    if stored == 0 { return [xxHash64(UInt32(0)), xxHash64((-0.0 as Float).bitPattern)] }
    return [xxHash64(stored.bitPattern)]
  case .double:
    guard mapping.type == .double, case .double(let stored) = value, !stored.isNaN else {
      return nil
    }
    if stored == 0 { return [xxHash64(UInt64(0)), xxHash64((-0.0).bitPattern)] }
    return [xxHash64(stored.bitPattern)]
  case .byteArray, .fixedLengthByteArray:
    guard let bytes = storedBytes(of: value, leaf: leaf, mapping: mapping) else { return nil }
    return [xxHash64(Buffer(bytes).bytes)]
  }
}

/// The integer that is stored for `value`; nil when it is not exactly one.
private func storedInteger(of value: Scalar, mapping: LeafMapping) -> Int128? {
  switch mapping.type {
  case .byte, .short, .integer, .long: return rescaled(value, to: 0)
  case .decimal(_, let scale): return rescaled(value, to: scale)
  case .date:
    guard case .date(let days) = value else { return nil }
    return Int128(days)
  case .timestamp, .timestampNtz, .time:
    let micros: Int64
    switch value {
    case .timestamp(let instant), .timestampNtz(let instant): micros = instant
    case .time(let time): micros = time
    default: return nil
    }
    switch mapping.conversion {
    case .none: return Int128(micros)
    case .millisToMicros, .timeMillis: return micros % 1000 == 0 ? Int128(micros / 1000) : nil
    default: return nil
    }
  case .timestampNanos, .timestampNtzNanos, .timeNanos:
    guard mapping.conversion == .none else { return nil }
    switch value {
    case .timestampNanos(let nanos), .timestampNtzNanos(let nanos), .timeNanos(let nanos):
      return Int128(nanos)
    case .timestamp(let micros), .timestampNtz(let micros), .time(let micros):
      return Int128(micros) * 1000
    default: return nil
    }
  default: return nil
  }
}

/// An exact number as an unscaled one of `scale`; nil when it has more digits than that.
private func rescaled(_ value: Scalar, to scale: Int) -> Int128? {
  guard let (unscaled, from) = value.exactNumber, (0...38).contains(from), (0...38).contains(scale)
  else { return nil }
  if from > scale {
    let (quotient, rest) = unscaled.quotientAndRemainder(dividingBy: powerOfTen(from - scale))
    return rest == 0 ? quotient : nil
  }
  let (product, overflow) = unscaled.multipliedReportingOverflow(by: powerOfTen(scale - from))
  return overflow ? nil : product
}

private func storedBytes(of value: Scalar, leaf: LeafColumn, mapping: LeafMapping) -> [UInt8]? {
  let fixed = leaf.type == .fixedLengthByteArray
  let sizeBytes = Int(leaf.element.typeLength ?? 0)
  switch (mapping.type, value) {
  case (.string, .string(let text)) where !fixed: return Array(text.utf8)
  case (.binary, .binary(let bytes)), (.uuid, .uuid(let bytes)):
    return fixed && bytes.count != sizeBytes ? nil : bytes
  case (.decimal(_, let scale), _) where fixed && sizeBytes > 0:
    // Byte arrays of any length may have more bytes than the number needs.
    guard let number = rescaled(value, to: scale) else { return nil }
    return bigEndian(number, sizeBytes: sizeBytes)
  default: return nil
  }
}

/// Two's complement; nil when `sizeBytes` are too few.
private func bigEndian(_ value: Int128, sizeBytes: Int) -> [UInt8]? {
  guard sizeBytes <= 64 else { return nil }
  let bits = sizeBytes * 8
  if bits < 128 {
    let limit = (1 as Int128) << Int128(bits - 1)
    guard value >= -limit, value < limit else { return nil }
  }
  return (0..<sizeBytes).map { index in
    UInt8(truncatingIfNeeded: value >> Int128(min((sizeBytes - 1 - index) * 8, 127)))
  }
}

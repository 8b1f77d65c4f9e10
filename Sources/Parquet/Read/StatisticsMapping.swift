// Statistics as bounds. A bound that might be wrong is left out, for unknown never excludes a row:
//
//   min_value, max_value   in the order of the logical type, if the footer says so (column_orders);
//                          else only for types that every writer orders alike: signed numbers
//   min, max (deprecated)  in signed order whatever the type: good for signed numbers alone
//   INT96                  never: writers ordered its bytes in several ways
//   floats                 NaN is no bound. The maximum says nothing about NaNs, which Grebe orders
//                          above every number: it counts only where nan_count is 0.
//   strings                bounds may be cut short. One that is not UTF-8 any more is left out.
import Base
package import Columns

/// What `statistics` say about a chunk or page of `leaf`.
package func columnStatistics(
  _ statistics: ChunkStatistics?, valueCount: Int64, leaf: LeafColumn, mapping: LeafMapping,
  order: ColumnOrder?
) -> ColumnStatistics {
  var result = ColumnStatistics(minIsExact: false, maxIsExact: false)
  if leaf.maxDefinition == 0 { result.nullCount = 0 }
  guard let statistics else { return result }
  if let nullCount = statistics.nullCount, nullCount >= 0, nullCount <= valueCount {
    result.nullCount = Int(nullCount)
  }
  let isSigned = mapping.hasSignedOrder(leaf.type)
  var isOrdered = isSigned
  switch order {
  case .typeDefined: isOrdered = leaf.type != .int96
  case .ieee754Total: isOrdered = mapping.type == .float || mapping.type == .double
  case .int96Timestamp, .other: isOrdered = false
  case nil: break
  }
  var minBytes = isOrdered ? statistics.minValue : nil
  var maxBytes = isOrdered ? statistics.maxValue : nil
  if isSigned && minBytes == nil { minBytes = statistics.deprecatedMin }
  if isSigned && maxBytes == nil { maxBytes = statistics.deprecatedMax }
  result.min = minBytes.flatMap { boundScalar($0, type: leaf.type, mapping: mapping) }
  result.max = maxBytes.flatMap { boundScalar($0, type: leaf.type, mapping: mapping) }
  if mapping.type == .float || mapping.type == .double, statistics.nanCount != 0 {
    result.max = nil
  }
  // Fixed-width bounds are never cut short; byte arrays are unless the writer says otherwise.
  let isWhole = leaf.type != .byteArray && leaf.type != .fixedLengthByteArray
  result.minIsExact = result.min != nil && (statistics.isMinValueExact ?? isWhole)
  result.maxIsExact = result.max != nil && (statistics.isMaxValueExact ?? isWhole)
  return result
}

extension LeafMapping {
  /// Whether the type's order is signed comparison of what is stored, which all writers agree on.
  fileprivate func hasSignedOrder(_ stored: ParquetType) -> Bool {
    switch conversion {
    case .uint32ToInt64, .uint64ToInt128, .int96ToMicros, .decimalBytes, .float16: return false
    case .none, .int32ToInt64, .int64ToInt128, .millisToMicros, .nanosToMicros: break
    }
    switch stored {
    case .boolean, .int32, .int64, .float, .double: return true
    case .int96, .byteArray, .fixedLengthByteArray: return false
    }
  }
}

/// The value of a bound's bytes: PLAIN, byte arrays without their length. Nil when they are none.
package func boundScalar(
  _ bytes: [UInt8], type: ParquetType, mapping: LeafMapping
) -> Scalar? {
  switch type {
  case .boolean: return bytes.count == 1 ? .boolean(bytes[0] & 1 == 1) : nil
  case .int32:
    guard let raw = littleEndian(bytes, sizeBytes: 4) else { return nil }
    let value = Int64(Int32(truncatingIfNeeded: raw))
    return integerScalar(value, raw: raw, mapping: mapping)
  case .int64:
    guard let raw = littleEndian(bytes, sizeBytes: 8) else { return nil }
    return integerScalar(Int64(bitPattern: raw), raw: raw, mapping: mapping)
  case .int96: return nil
  case .float:
    guard let raw = littleEndian(bytes, sizeBytes: 4) else { return nil }
    let value = Float(bitPattern: UInt32(raw))
    return value.isNaN ? nil : .double(Double(value))
  case .double:
    guard let raw = littleEndian(bytes, sizeBytes: 8) else { return nil }
    let value = Double(bitPattern: raw)
    return value.isNaN ? nil : .double(value)
  case .byteArray, .fixedLengthByteArray: return bytesScalar(bytes, mapping: mapping)
  }
}

private func littleEndian(_ bytes: [UInt8], sizeBytes: Int) -> UInt64? {
  guard bytes.count == sizeBytes else { return nil }
  return bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
}

private func integerScalar(_ value: Int64, raw: UInt64, mapping: LeafMapping) -> Scalar? {
  var value = value
  switch mapping.conversion {
  case .uint32ToInt64: value = Int64(raw)
  case .uint64ToInt128: return .decimal(unscaled: Int128(raw), scale: 0)
  case .millisToMicros:
    let (micros, overflow) = value.multipliedReportingOverflow(by: 1000)
    if overflow { return nil }
    value = micros
  case .nanosToMicros: value = floorDivide(value, by: 1000)
  case .none, .int32ToInt64, .int64ToInt128, .int96ToMicros, .decimalBytes, .float16: break
  }
  switch mapping.type {
  case .byte, .short, .integer, .long: return .integer(value)
  case .date: return Int32(exactly: value).map { .date($0) }
  case .timestamp: return .timestamp(value)
  case .timestampNtz: return .timestampNtz(value)
  case .decimal(_, let scale): return .decimal(unscaled: Int128(value), scale: scale)
  default: return nil
  }
}

private func bytesScalar(_ bytes: [UInt8], mapping: LeafMapping) -> Scalar? {
  switch mapping.type {
  case .string: return String(validating: bytes, as: UTF8.self).map { .string($0) }
  case .binary: return .binary(bytes)
  case .decimal(_, let scale):
    guard (1...16).contains(bytes.count) else { return nil }
    let start: Int128 = bytes[0] & 0x80 == 0 ? 0 : -1
    return .decimal(unscaled: bytes.reduce(start) { $0 << 8 | Int128($1) }, scale: scale)
  case .float:
    guard mapping.conversion == .float16, bytes.count == 2 else { return nil }
    let value = floatFromHalf(UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
    return value.isNaN ? nil : .double(Double(value))
  default: return nil
  }
}

/// The largest integer not above `value / divisor`.
///
/// - Precondition: `divisor` is positive.
@inline(__always)
func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
  let quotient = value / divisor
  return value % divisor < 0 ? quotient &- 1 : quotient
}

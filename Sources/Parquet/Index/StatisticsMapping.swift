// Statistics as bounds. A bound that might be wrong is left out, for unknown never excludes a row:
//
//   min_value, max_value   in the order of the logical type, if the footer says so (column_orders);
//                          else only for types that every writer orders alike: signed numbers
//   min, max (deprecated)  in signed order whatever the type: good for signed numbers alone. So the
//                          byte arrays that parquet-mr before 1.8 and 1.10 and parquet-cpp before
//                          1.3 got wrong (PARQUET-251, PARQUET-686) are not looked at
//   no defined order       INTERVAL, GEOMETRY, GEOGRAPHY, VARIANT, annotations of later formats
//   INT96                  only where the footer says chronological order
//   floats                 bounds of the numbers: a NaN is no bound, and NaNs are counted apart.
//                          Zeros of either sign stand for both, because Scalars compare them so
//   strings                bounds may be cut short. One that is not UTF-8 any more is left out
//   UNKNOWN                every value is null, whatever is counted
//   min above max          a writer's fault: neither counts
//   known writers          WriterFaults.swift
import Base
package import Columns

/// What `statistics` say about a chunk or page of `leaf`.
package func columnStatistics(
  _ statistics: ChunkStatistics?, valueCount: Int64, leaf: LeafColumn, mapping: LeafMapping,
  order: ColumnOrder?, faults: WriterFaults = WriterFaults()
) -> ColumnStatistics {
  var result = ColumnStatistics(minIsExact: false, maxIsExact: false)
  if mapping.conversion == .null {
    // Whatever the file says: a value of no type is read as null.
    result.nullCount = Int(clamping: valueCount)
    return result
  }
  if leaf.maxDefinition == 0 { result.nullCount = 0 }
  guard let statistics else { return result }
  func counted(_ count: Int64?) -> Int? {
    count.flatMap { $0 >= 0 && $0 <= valueCount ? Int($0) : nil }
  }
  result.nullCount = counted(statistics.nullCount) ?? result.nullCount
  if mapping.isFloating { result.nanCount = counted(statistics.nanCount) }
  guard !faults.spoilBounds(of: leaf, mapping: mapping) else { return result }
  let isSigned = mapping.hasSignedOrder(leaf.type)
  let isOrdered = mapping.isOrdered(by: order, leaf: leaf) ?? isSigned
  var minBytes = isOrdered ? statistics.minValue : nil
  var maxBytes = isOrdered ? statistics.maxValue : nil
  if isSigned && minBytes == nil { minBytes = statistics.deprecatedMin }
  if isSigned && maxBytes == nil { maxBytes = statistics.deprecatedMax }
  result.min = minBytes.flatMap { boundScalar($0, leaf: leaf, mapping: mapping) }
  result.max = maxBytes.flatMap { boundScalar($0, leaf: leaf, mapping: mapping) }
  if let min = result.min, let max = result.max, Scalar.compare(min, max) != -1,
    Scalar.compare(min, max) != 0
  {
    (result.min, result.max) = (nil, nil)
  }
  // Fixed-width bounds are never cut short; byte arrays are unless the writer says otherwise.
  let isWhole = leaf.type != .byteArray && leaf.type != .fixedLengthByteArray
  result.minIsExact = result.min != nil && (statistics.isMinValueExact ?? isWhole)
  result.maxIsExact = result.max != nil && (statistics.isMaxValueExact ?? isWhole)
  return result
}

extension LeafMapping {
  var isFloating: Bool { type == .float || type == .double }

  /// Whether `min_value` and `max_value` are in the order that Grebe compares by; nil when the
  /// footer has no order for the leaf.
  fileprivate func isOrdered(by order: ColumnOrder?, leaf: LeafColumn) -> Bool? {
    switch order {
    case .typeDefined: leaf.type != .int96 && leaf.element.hasDefinedOrder
    case .ieee754Total: isFloating
    case .int96Timestamp: leaf.type == .int96
    case .other: false
    case nil: nil
    }
  }
}

extension SchemaElement {
  /// Whether the format defines an order for the type (parquet.thrift, `ColumnOrder`).
  var hasDefinedOrder: Bool {
    if convertedType == .interval { return false }
    switch logicalType {
    case .variant, .geometry, .geography, .null, .other: return false
    default: return true
    }
  }
}

extension LeafMapping {
  /// Whether the type's order is signed comparison of what is stored, which all writers agree on.
  fileprivate func hasSignedOrder(_ stored: ParquetType) -> Bool {
    switch conversion {
    case .uint32ToInt64, .uint64ToInt128, .int96ToMicros, .decimalBytes, .float16, .null:
      return false
    case .none, .int32ToInt64, .int64ToInt128, .millisToMicros, .timeMillis: break
    }
    switch stored {
    case .boolean, .int32, .int64, .float, .double: return true
    case .int96, .byteArray, .fixedLengthByteArray: return false
    }
  }
}

/// The value of a bound's bytes: PLAIN, byte arrays without their length. Nil when they are none.
package func boundScalar(
  _ bytes: [UInt8], leaf: LeafColumn, mapping: LeafMapping
) -> Scalar? {
  switch leaf.type {
  case .boolean: return bytes.count == 1 ? .boolean(bytes[0] & 1 == 1) : nil
  case .int32:
    guard let raw = littleEndian(bytes, sizeBytes: 4) else { return nil }
    let value = Int64(Int32(truncatingIfNeeded: raw))
    return integerScalar(value, raw: raw, mapping: mapping)
  case .int64:
    guard let raw = littleEndian(bytes, sizeBytes: 8) else { return nil }
    return integerScalar(Int64(bitPattern: raw), raw: raw, mapping: mapping)
  case .int96: return instantScalar(bytes)
  case .float:
    guard let raw = littleEndian(bytes, sizeBytes: 4) else { return nil }
    let value = Float(bitPattern: UInt32(raw))
    return value.isNaN ? nil : .double(Double(value))
  case .double:
    guard let raw = littleEndian(bytes, sizeBytes: 8) else { return nil }
    let value = Double(bitPattern: raw)
    return value.isNaN ? nil : .double(value)
  case .byteArray, .fixedLengthByteArray: return bytesScalar(bytes, leaf: leaf, mapping: mapping)
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
  case .millisToMicros, .timeMillis:
    let (micros, overflow) = value.multipliedReportingOverflow(by: 1000)
    if overflow { return nil }
    value = micros
  case .none, .int32ToInt64, .int64ToInt128, .int96ToMicros, .decimalBytes, .float16, .null:
    break
  }
  switch mapping.type {
  case .byte, .short, .integer, .long: return .integer(value)
  case .date: return Int32(exactly: value).map { .date($0) }
  case .timestamp: return .timestamp(value)
  case .timestampNtz: return .timestampNtz(value)
  case .timestampNanos: return .timestampNanos(value)
  case .timestampNtzNanos: return .timestampNtzNanos(value)
  case .time: return .time(value)
  case .timeNanos: return .timeNanos(value)
  case .decimal(_, let scale): return .decimal(unscaled: Int128(value), scale: scale)
  default: return nil
  }
}

private func bytesScalar(_ bytes: [UInt8], leaf: LeafColumn, mapping: LeafMapping) -> Scalar? {
  let sizeBytes = leaf.type == .fixedLengthByteArray ? leaf.element.typeLength.map(Int.init) : nil
  let isWhole = sizeBytes == nil || bytes.count == sizeBytes
  switch mapping.type {
  case .string: return String(validating: bytes, as: UTF8.self).map { .string($0) }
  case .binary: return .binary(bytes)
  case .uuid: return isWhole ? .uuid(bytes) : nil
  case .decimal(_, let scale):
    // One that is cut short is another number.
    guard (1...16).contains(bytes.count), isWhole else { return nil }
    let start: Int128 = bytes[0] & 0x80 == 0 ? 0 : -1
    return .decimal(unscaled: bytes.reduce(start) { $0 << 8 | Int128($1) }, scale: scale)
  case .float:
    guard mapping.conversion == .float16, bytes.count == 2 else { return nil }
    let value = floatFromHalf(UInt16(bytes[0]) | UInt16(bytes[1]) << 8)
    return value.isNaN ? nil : .double(Double(value))
  default: return nil
  }
}

/// An INT96: nanoseconds of the day, then the Julian day. Times outside their day are no bound:
/// the order of days would not be the order of instants.
private func instantScalar(_ bytes: [UInt8]) -> Scalar? {
  guard bytes.count == 12, let nanos = littleEndian(Array(bytes[..<8]), sizeBytes: 8),
    let day = littleEndian(Array(bytes[8...]), sizeBytes: 4),
    nanos < UInt64(microsPerDay) * 1000
  else { return nil }
  let days = Int64(Int32(truncatingIfNeeded: day)) - julianDayOfEpoch
  let (start, overflow) = days.multipliedReportingOverflow(by: microsPerDay)
  let (micros, past) = start.addingReportingOverflow(Int64(nanos / 1000))
  return overflow || past ? nil : .timestamp(micros)
}

/// The largest integer not above `value / divisor`.
///
/// - Precondition: `divisor` is positive.
@inline(__always)
func floorDivide(_ value: Int64, by divisor: Int64) -> Int64 {
  let quotient = value / divisor
  return value % divisor < 0 ? quotient &- 1 : quotient
}

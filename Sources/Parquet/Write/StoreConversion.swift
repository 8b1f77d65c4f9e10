// Values as the file stores them, where those are not the column's own: the reverse of
// `LeafConversion`, of the values without nulls.
import Base
import Columns

/// What turns values of a column into stored ones.
enum StoreConversion: Sendable, Equatable {
  /// INT32 of 8 and 16 unsigned bits, in slots that hold more.
  case uint(bitWidth: Int8)
  /// 64-bit slots that have to fit 32 unsigned bits, 128-bit ones that have to fit 64.
  case uint32, uint64
  /// Microseconds that have to be whole milliseconds, as INT32 and INT64.
  case timeMillis, timestampMillis
  /// Floats that have to be half-precision ones.
  case float16
  /// Decimals in bytes, big-endian: so many, or as few as each takes.
  case decimalFixed(sizeBytes: Int)
  case decimalBytes
  /// Bytes that have to be so many.
  case bytes(count: Int)

  /// Nil where what is stored is what the slots hold, but for digits that do not count.
  init?(_ type: DataType, _ element: SchemaElement) {
    let sizeBytes = Int(element.typeLength ?? 0)
    switch (type, element.type, element.logicalType) {
    case (_, .int32, .integer(let bitWidth, false)):
      self = bitWidth == 32 ? .uint32 : .uint(bitWidth: bitWidth)
    case (_, .int64, .integer(64, false)): self = .uint64
    case (.time, .int32, _): self = .timeMillis
    case (_, .int64, .timestamp(_, .millis)): self = .timestampMillis
    case (.float, .fixedLengthByteArray, _): self = .float16
    case (.decimal, .byteArray, _): self = .decimalBytes
    case (.decimal, .fixedLengthByteArray, _) where type.physical == .int64:
      self = .decimalFixed(sizeBytes: sizeBytes)
    case (.binary, .fixedLengthByteArray, _): self = .bytes(count: sizeBytes)
    default: return nil
    }
  }

  /// What an encoder has to take.
  func makeEncoder(pageSizeBytes: Int, _ options: ParquetWriteOptions) -> any ValueEncoder {
    switch self {
    case .uint, .uint32, .timeMillis: FixedEncoder(.int32, .integer, options)
    case .uint64, .timestampMillis: FixedEncoder(.int64, .long, options)
    case .float16: FixedBytesEncoder(sizeBytes: 2, order: .none, options)
    case .decimalFixed(let sizeBytes):
      FixedBytesEncoder(sizeBytes: sizeBytes, order: .decimal, options)
    case .decimalBytes: BytesEncoder(isText: false, pageSizeBytes: pageSizeBytes, options)
    case .bytes(let count): FixedBytesEncoder(sizeBytes: count, order: .bytes, options)
    }
  }

  /// `column`, which has no nulls, as it is stored.
  ///
  /// - Throws: `outOfRange` for a value that cannot be.
  func stored(_ column: Column) throws(ValueFault) -> Column {
    switch (self, column.values) {
    case (.uint(let bitWidth), .int32(let slots)):
      let checked = try slots.converted { UInt32(bitPattern: $0) >> bitWidth == 0 ? $0 : nil }
      return Column(type: .integer, values: .int32(checked))
    case (.uint32, .int64(let slots)):
      let narrow = try slots.converted { UInt32(exactly: $0).map { Int32(bitPattern: $0) } }
      return Column(type: .integer, values: .int32(narrow))
    case (.uint64, .int128(let slots)):
      let narrow = try slots.converted { UInt64(exactly: $0).map { Int64(bitPattern: $0) } }
      return Column(type: .long, values: .int64(narrow))
    case (.timeMillis, .int64(let slots)):
      let millis = try slots.converted { $0 % 1000 == 0 ? Int32(exactly: $0 / 1000) : nil }
      return Column(type: .integer, values: .int32(millis))
    case (.timestampMillis, .int64(let slots)):
      let millis = try slots.converted { $0 % 1000 == 0 ? $0 / 1000 : nil }
      return Column(type: .long, values: .int64(millis))
    case (.float16, .float(let slots)):
      return binaryColumn(of: try slots.converted { halfFromFloat($0) })
    case (.decimalFixed, .int64(let slots)):
      let wide = try slots.converted { Int128($0) }
      return Column(type: column.type, values: .int128(wide))
    case (.decimalBytes, .int64(let slots)):
      return binaryColumn(of: try slots.converted { Int128($0) })
    case (.decimalBytes, .int128(let slots)): return binaryColumn(of: slots)
    case (.bytes(let count), .bytes(let slots, _)):
      for row in 0..<slots.count where slots[row].count != UInt32(count) { throw .outOfRange }
      return column
    default: preconditionFailure("the column's type changed")
    }
  }

  /// Whether bounds of what is stored are none of the values'.
  var hasOwnBounds: Bool {
    switch self {
    case .bytes, .decimalFixed, .uint: false
    default: true
    }
  }

  /// Bounds of `column`, which has no nulls, in the order of its type; nil without `hasOwnBounds`.
  func bounds(_ column: Column) -> ColumnBounds? {
    // SAFETY: bit patterns are all bytes.
    switch (self, column.values) {
    case _ where !hasOwnBounds: nil
    case (_, .int64(let slots)) where self == .decimalBytes: decimalBounds(slots) { Int128($0) }
    case (_, .int64(let slots)): unsafe fixedBounds(slots.span.bytes, order: .int64)
    case (_, .int128(let slots)): decimalBounds(slots) { $0 }
    case (_, .float(let slots)): unsafe fixedBounds(slots.span.bytes, order: .float)
    default: .unknown
    }
  }

  private func decimalBounds<T: FixedWidthInteger & BitwiseCopyable>(
    _ slots: Buffer<T>, _ widen: (T) -> Int128
  ) -> ColumnBounds {
    guard slots.count > 0 else { return .empty }
    var (low, high) = (slots[0], slots[0])
    for row in 0..<slots.count {
      low = min(low, slots[row])
      high = max(high, slots[row])
    }
    return .decimals(min: widen(low), max: widen(high))
  }
}

extension Buffer {
  /// Every element as another, none of which may be nil.
  @inline(__always)
  fileprivate func converted<T: BitwiseCopyable>(
    _ convert: (Element) -> T?
  ) throws(ValueFault) -> Buffer<T> {
    var output = BufferBuilder<T>(capacity: count)
    let source = span
    for index in source.indices {
      guard let value = convert(source[index]) else { throw .outOfRange }
      output.append(value)
    }
    return output.take()
  }
}

/// Half-precision values, little-endian.
private func binaryColumn(of halves: Buffer<UInt16>) -> Column {
  var data = ByteWriter(capacity: halves.count * 2)
  var slices = BufferBuilder<ValueSlice>(capacity: halves.count)
  for row in 0..<halves.count {
    slices.append(ValueSlice(offset: UInt32(row * 2), count: 2))
    data.appendInteger(halves[row])
  }
  return Column(type: .binary, values: .bytes(slices.take(), data: data.take()))
}

/// Unscaled values, big-endian, in as few bytes as each takes.
private func binaryColumn(of values: Buffer<Int128>) -> Column {
  var data = ByteWriter(capacity: values.count * 8)
  var slices = BufferBuilder<ValueSlice>(capacity: values.count)
  for row in 0..<values.count {
    let value = values[row]
    let count = twosComplementBytes(value)
    slices.append(ValueSlice(offset: UInt32(data.count), count: UInt32(count)))
    for byte in stride(from: (count - 1) * 8, through: 0, by: -8) {
      data.append(UInt8(truncatingIfNeeded: value >> Int128(byte)))
    }
  }
  return Column(type: .binary, values: .bytes(slices.take(), data: data.take()))
}

/// The least number of bytes whose two's complement is `value`; 1 for 0.
func twosComplementBytes(_ value: Int128) -> Int {
  let magnitude = value < 0 ? ~value : value
  return (128 - magnitude.leadingZeroBitCount) / 8 + 1
}

/// Single precision to IEEE 754 half precision; nil where that would round. NaN stays NaN.
func halfFromFloat(_ value: Float) -> UInt16? {
  let bits = value.bitPattern
  let sign = UInt16(bits >> 16) & 0x8000
  let fraction = bits & 0x7F_FFFF
  if value.isNaN { return sign | 0x7C00 | max(UInt16(fraction >> 13), 1) }
  if value.isInfinite { return sign | 0x7C00 }
  if value == 0 { return sign }
  let exponent = Int(bits >> 23 & 0xFF) - 127
  guard (-24...15).contains(exponent) else { return nil }
  // Subnormal below 2^-14: the leading one moves into the fraction.
  let lost = exponent < -14 ? UInt32(-1 - exponent) : 13
  let significand = fraction | 0x80_0000
  guard significand & (1 << lost - 1) == 0 else { return nil }
  let kept = UInt16(significand >> lost)
  return exponent < -14 ? sign | kept : sign | UInt16(exponent + 15) << 10 | (kept & 0x3FF)
}

extension SchemaElement {
  /// Whether a count of milliseconds is stored for one of microseconds.
  var isInMillis: Bool {
    switch logicalType {
    case .time(_, .millis), .timestamp(_, .millis): true
    default: false
    }
  }
}

extension StoredAs {
  init(_ element: SchemaElement) {
    self.init(element.type, sizeBytes: element.typeLength, element.annotation)
  }
}

import Base
import Columns

extension Conversion {
  // MARK: From text

  /// Every string parsed as `type`.
  mutating func fromText() throws(ComputeError) -> ColumnValues {
    switch type {
    case .boolean: return try .boolean(parse { parseBoolean($0).map { $0 ? 1 : 0 } })
    case .byte, .short, .integer:
      let range = type.integerRange!
      return try .int32(parse { parseInteger($0, in: range).map { Int32($0) } })
    case .long: return try .int64(parse { parseInteger($0, in: .min ... .max) })
    case .float: return try .float(parse { parseDouble($0).map { Float($0) } })
    case .double: return try .double(parse { parseDouble($0) })
    case .decimal(let precision, let scale):
      if precision <= 18 {
        return try .int64(
          parse {
            parseDecimal($0, precision: precision, scale: scale).map { Int64($0) }
          })
      }
      return try .int128(parse { parseDecimal($0, precision: precision, scale: scale) })
    case .date: return try .int32(parse { parseDate($0) })
    case .time: return try .int64(parse { parseTimeNanos($0).map { $0 / 1000 } })
    case .timeNanos: return try .int64(parse { parseTimeNanos($0) })
    case .timestampNanos, .timestampNtzNanos:
      return try .int64(parse { parseTimestampNanos($0) })
    case .uuid: return try fromUUIDText()
    default: return try .int64(parse { parseTimestamp($0) })
    }
  }

  /// `body` of every row's text; nil where it cannot be read.
  private mutating func parse<R: BitwiseCopyable & ExpressibleByIntegerLiteral>(
    _ body: (Span<UInt8>) -> R?
  ) throws(ComputeError) -> Buffer<R> {
    guard case .bytes(let slots, let data) = column.values else { preconditionFailure("not text") }
    var output = BufferBuilder<R>(capacity: slots.count)
    var bad: Set<Int> = []
    let bytes = data.span
    for row in 0..<slots.count {
      if column.isNull(row) {
        output.append(0)
      } else if let value = body(bytes.extracting(slots[row].range)) {
        output.append(value)
      } else {
        if !isTry { throw cannotRead(column[row].description, as: type) }
        bad.insert(row)
        output.append(0)
      }
    }
    if !bad.isEmpty { try exclude { bad.contains($0) } }
    return output.freeze()
  }

  private mutating func fromUUIDText() throws(ComputeError) -> ColumnValues {
    let parsed: Buffer<UInt128> = try parse { parseUUID($0) }
    var bytes = BufferBuilder<UInt8>(capacity: parsed.count * 16)
    var slots = BufferBuilder<ValueSlice>(capacity: parsed.count)
    for row in 0..<parsed.count {
      slots.append(ValueSlice(offset: UInt32(truncatingIfNeeded: bytes.count), count: 16))
      for shift in stride(from: 120, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: parsed[row] >> UInt128(shift)))
      }
    }
    return .bytes(slots.freeze(), data: bytes.freeze())
  }

  /// Binary values as strings: they have to be UTF-8.
  mutating func checkedText() throws(ComputeError) -> ColumnValues {
    guard case .bytes(let slots, let data) = column.values else { preconditionFailure("not text") }
    try exclude { row in
      let bytes = Array(data.slice(slots[row].range))
      return String(validating: bytes, as: UTF8.self) == nil
    }
    if validity?.zeroCount == 0 { return column.values }
    let empty = ValueSlice(offset: 0, count: 0)
    let kept = (0..<slots.count).map { validity?[$0] ?? true ? slots[$0] : empty }
    return .bytes(Buffer(kept), data: data)
  }
}

/// Strings laid end to end as they are computed.
struct TextColumnBuilder: ~Copyable {
  private var slots: BufferBuilder<ValueSlice>
  private var data: BufferBuilder<UInt8>

  init(rowCount: Int, sizeBytes: Int = 0) {
    slots = BufferBuilder(capacity: rowCount)
    data = BufferBuilder(capacity: max(sizeBytes, rowCount * 8))
  }

  var sizeBytes: Int { data.count }

  // SAFETY: indices are below the count that `withUTF8` gives.
  mutating func append(_ text: String) {
    let start = data.count
    var text = text
    text.withUTF8 { bytes in
      for index in 0..<bytes.count { unsafe data.append(bytes[index]) }
    }
    close(from: start)
  }

  mutating func append(_ bytes: Span<UInt8>) {
    let start = data.count
    data.append(contentsOf: bytes)
    close(from: start)
  }

  /// Bytes of a row that `endRow` will close.
  mutating func extend(_ bytes: Span<UInt8>) { data.append(contentsOf: bytes) }

  mutating func extend(_ byte: UInt8) { data.append(byte) }

  mutating func endRow(from start: Int) { close(from: start) }

  /// A row that `write` writes at the pointer it is given, at most `maxBytes` bytes; it says how
  /// many.
  // SAFETY: the tail has room for `maxBytes`.
  @inline(__always)
  mutating func append(maxBytes: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int) {
    let start = data.count
    let written = unsafe write(data.unsafeTail(maxBytes))
    unsafe data.advance(by: written)
    close(from: start)
  }

  private mutating func close(from start: Int) {
    slots.append(
      ValueSlice(
        offset: UInt32(truncatingIfNeeded: start),
        count: UInt32(truncatingIfNeeded: data.count - start)))
  }

  consuming func finish() throws(ComputeError) -> ColumnValues {
    guard data.count <= Int(UInt32.max) else {
      throw ComputeError(.resourceLimit, "the strings of one batch take more than 4 GiB")
    }
    return .bytes(slots.take(), data: data.take())
  }
}

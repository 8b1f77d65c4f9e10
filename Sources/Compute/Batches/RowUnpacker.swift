package import Base
package import Columns

/// Turns what `RowPacker` wrote back into columns, any number of pieces into one batch.
///
/// The bytes have lain on a disk: damaged ones throw, and never trap.
package final class RowUnpacker {
  private let schema: Schema
  private var columns: [ColumnUnpacker]
  /// Rows since the last `take`.
  package private(set) var rowCount = 0
  /// Packed bytes since the last `take`.
  package private(set) var packedBytes = 0

  package init(schema: Schema) {
    self.schema = schema
    columns = schema.fields.map { ColumnUnpacker($0.type) }
  }

  /// Adds a piece of `rowCount` rows.
  ///
  /// - Throws: `DecodingFault` for damaged bytes; what was added before is of no use then.
  package func append(_ packed: RawSpan, rowCount: Int) throws(DecodingFault) {
    var reader = ByteReader(packed)
    for column in columns { try column.append(&reader, rowCount: rowCount) }
    guard reader.isAtEnd else { throw .malformed(offset: reader.offset) }
    self.rowCount += rowCount
    packedBytes += packed.byteCount
  }

  /// The rows so far; the unpacker is empty afterwards.
  package func take() -> ColumnBatch {
    defer { (rowCount, packedBytes) = (0, 0) }
    return ColumnBatch(
      schema: schema, columns: columns.map { $0.take() }, rowCount: rowCount)
  }
}

/// One column, or a field or element of it.
private final class ColumnUnpacker {
  private let type: DataType
  private var rowCount = 0
  private var validity = BitmapBuilder()
  private var hasNulls = false
  /// Fixed-width slots, or the slices of texts and lists, as bytes.
  private var slots = BufferBuilder<UInt8>()
  private var text = BufferBuilder<UInt8>()
  /// Fields of a struct; the element of an array or map.
  private let children: [ColumnUnpacker]
  private var elementCount = 0

  init(_ type: DataType) {
    self.type = type
    if case .structure(let fields) = type {
      children = fields.map { ColumnUnpacker($0.type) }
    } else {
      children = type.elementField.map { [ColumnUnpacker($0.type)] } ?? []
    }
  }

  func append(_ reader: inout ByteReader, rowCount count: Int) throws(DecodingFault) {
    try appendNulls(&reader, count)
    switch type.physical {
    case .boolean: try appendSlots(&reader, count, sizeBytes: 1)
    case .float: try appendSlots(&reader, count, sizeBytes: 4)
    case .double: try appendDoubles(&reader, count)
    case .int128: try appendSlots(&reader, count, sizeBytes: 16)
    case .int32: try PackedIntegers(&reader, count).append(as: Int32.self, to: &slots)
    case .int64: try PackedIntegers(&reader, count).append(as: Int64.self, to: &slots)
    case .bytes:
      let lengths = try PackedIntegers(&reader, count)
      let total = try appendSlices(lengths, from: text.count, reader.offset)
      let bytes = try reader.readBytes(total)
      // SAFETY: the tail has room for as many bytes as are copied.
      unsafe bytes.withUnsafeBytes { bytes in
        guard let start = bytes.baseAddress else { return }
        unsafe UnsafeMutableRawPointer(text.unsafeTail(total)).copyMemory(
          from: start, byteCount: total)
        unsafe text.advance(by: total)
      }
    case nil where type.elementField == nil:
      for child in children { try child.append(&reader, rowCount: count) }
    case nil:
      let lengths = try PackedIntegers(&reader, count)
      let total = try appendSlices(lengths, from: elementCount, reader.offset)
      guard try Int(reader.readInteger(UInt32.self)) == total else {
        throw .malformed(offset: reader.offset)
      }
      try children[0].append(&reader, rowCount: total)
      elementCount += total
    }
    rowCount += count
  }

  private func appendNulls(_ reader: inout ByteReader, _ count: Int) throws(DecodingFault) {
    if try reader.readUInt8() == 0 {
      if hasNulls { validity.append(repeating: true, count: count) }
      return
    }
    if !hasNulls {
      validity.append(repeating: true, count: rowCount)
      hasNulls = true
    }
    let bits = try reader.readBytes((count + 7) / 8)
    for row in 0..<count {
      // SAFETY: a bit of one of the bytes that were just read.
      let byte = unsafe bits.unsafeLoad(fromUncheckedByteOffset: row &>> 3, as: UInt8.self)
      validity.append((byte &>> UInt8(truncatingIfNeeded: row & 7)) & 1 == 1)
    }
  }

  private func appendSlots(
    _ reader: inout ByteReader, _ count: Int, sizeBytes: Int
  ) throws(DecodingFault) {
    let bytes = try reader.readBytes(count * sizeBytes)
    // SAFETY: the tail has room for as many bytes as are copied.
    unsafe bytes.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return }
      unsafe UnsafeMutableRawPointer(slots.unsafeTail(bytes.count)).copyMemory(
        from: start, byteCount: bytes.count)
      unsafe slots.advance(by: bytes.count)
    }
  }

  private func appendDoubles(_ reader: inout ByteReader, _ count: Int) throws(DecodingFault) {
    let offset = reader.offset
    switch try reader.readUInt8() {
    case 0: try appendSlots(&reader, count, sizeBytes: 8)
    case 1:
      var integers = BufferBuilder<UInt8>(capacity: count * 4)
      try PackedIntegers(&reader, count).append(as: Int32.self, to: &integers)
      let hundredths = integers.take().rebound(to: Int32.self)
      // SAFETY: the tail has room for a double each.
      let target = unsafe UnsafeMutableRawPointer(slots.unsafeTail(count * 8))
      for row in 0..<count {
        unsafe target.storeBytes(
          of: Double(hundredths[row]) / 100, toByteOffset: row &* 8, as: Double.self)
      }
      unsafe slots.advance(by: count * 8)
    default: throw .malformed(offset: offset)
    }
  }

  /// Adds a slice for each length, the first at `start`; returns what they add up to.
  private func appendSlices(
    _ lengths: borrowing PackedIntegers, from start: Int, _ offset: Int
  ) throws(DecodingFault) -> Int {
    var counts = BufferBuilder<UInt8>(capacity: lengths.count * 4)
    lengths.append(as: Int32.self, to: &counts)
    let values = counts.take().rebound(to: UInt32.self)
    var end = start
    // SAFETY: the tail has room for a slice of eight bytes a length.
    let target = unsafe UnsafeMutableRawPointer(slots.unsafeTail(values.count * 8))
    for row in 0..<values.count {
      let slice = ValueSlice(offset: UInt32(truncatingIfNeeded: end), count: values[row])
      unsafe target.storeBytes(of: slice, toByteOffset: row &* 8, as: ValueSlice.self)
      end += Int(values[row])
    }
    guard end <= Int(UInt32.max) else { throw .outOfRange(offset: offset) }
    unsafe slots.advance(by: values.count * 8)
    return end - start
  }

  func take() -> Column {
    let bits = validity.take()
    let slots = slots.take()
    let values: ColumnValues
    switch type.physical {
    case .boolean: values = .boolean(slots)
    case .int32: values = .int32(slots.rebound(to: Int32.self))
    case .int64: values = .int64(slots.rebound(to: Int64.self))
    case .int128: values = .int128(slots.rebound(to: Int128.self))
    case .float: values = .float(slots.rebound(to: Float.self))
    case .double: values = .double(slots.rebound(to: Double.self))
    case .bytes: values = .bytes(slots.rebound(to: ValueSlice.self), data: text.take())
    case nil where type.elementField == nil:
      values = .structure(children.map { $0.take() }, count: rowCount)
    case nil: values = .list(slots.rebound(to: ValueSlice.self), element: children[0].take())
    }
    defer { (rowCount, elementCount, hasNulls) = (0, 0, false) }
    return Column(type: type, validity: hasNulls ? bits : nil, values: values)
  }
}

/// `integers` of the packed form, not unpacked yet.
private struct PackedIntegers: ~Escapable {
  let count: Int
  private let width: Int
  private let base: Int64
  private let bytes: RawSpan

  @_lifetime(copy reader)
  init(_ reader: inout ByteReader, _ count: Int) throws(DecodingFault) {
    let offset = reader.offset
    width = Int(try reader.readUInt8())
    base = try reader.readInteger(Int64.self)
    guard [0, 1, 2, 4, 8].contains(width) else { throw .malformed(offset: offset) }
    self.count = count
    bytes = try reader.readBytes(count * width)
  }

  /// Appends the values as slots of `T`.
  // SAFETY: `bytes` has `width` bytes a value, and the tail has room for a `T` each.
  func append<T: FixedWidthInteger & BitwiseCopyable>(
    as type: T.Type, to slots: inout BufferBuilder<UInt8>
  ) {
    let sizeBytes = count * MemoryLayout<T>.size
    let target = unsafe UnsafeMutableRawPointer(slots.unsafeTail(sizeBytes))
    unsafe bytes.withUnsafeBytes { source in
      switch width {
      case 1: unsafe widen(source, UInt8.self, T.self, into: target)
      case 2: unsafe widen(source, UInt16.self, T.self, into: target)
      case 4: unsafe widen(source, UInt32.self, T.self, into: target)
      case 8: unsafe widen(source, UInt64.self, T.self, into: target)
      default:
        for index in 0..<count {
          unsafe target.storeBytes(
            of: T(truncatingIfNeeded: base), toByteOffset: index &* MemoryLayout<T>.size,
            as: T.self)
        }
      }
    }
    unsafe slots.advance(by: sizeBytes)
  }

  @inline(__always)
  @unsafe
  private func widen<
    W: FixedWidthInteger & BitwiseCopyable, T: FixedWidthInteger & BitwiseCopyable
  >(
    _ source: UnsafeRawBufferPointer, _ width: W.Type, _ type: T.Type,
    into target: UnsafeMutableRawPointer
  ) {
    // SAFETY: as in `append`.
    for index in 0..<count {
      let above = unsafe source.loadUnaligned(
        fromByteOffset: index &* MemoryLayout<W>.size, as: W.self)
      let value = base &+ Int64(truncatingIfNeeded: above)
      unsafe target.storeBytes(
        of: T(truncatingIfNeeded: value), toByteOffset: index &* MemoryLayout<T>.size, as: T.self)
    }
  }
}

// Rows as bytes that take less room than their columns, for as long as a job sets them aside: in
// memory or in a scratch file. Not a format to keep; only the process that wrote it reads it.
//
//   rows     := column*                       in the order of the schema
//   column   := nulls, values
//   nulls    := 0                             every row has a value
//             | 1, ceil(rows / 8) bytes       a bit a row, 1 for a value
//   values   := integers                      32 and 64 bits wide: dates, times, decimals too
//             | slots as they are             booleans, floats, 128-bit decimals
//             | 0, slots as they are          doubles
//             | 1, integers                   doubles that are hundredths, as amounts of money are
//             | integers (lengths), text      strings and binaries, nulls of length 0
//             | column*                       structs
//             | integers (lengths), element count (u32), column       arrays and maps
//   integers := width (0, 1, 2, 4 or 8), least (i64), what each is above it in `width` bytes
package import Base
package import Columns

package enum RowPacker {
  /// Appends rows `rows` of every column. O(rows * columns + bytes).
  package static func append(
    _ columns: [Column], rows: Range<Int>, to output: inout ByteWriter
  ) {
    for column in columns { append(column, rows, to: &output) }
  }

  private static func append(_ column: Column, _ rows: Range<Int>, to output: inout ByteWriter) {
    let validity = appendNulls(column.validity, rows, to: &output)
    switch column.values {
    case .boolean(let slots): output.append(slots.slice(rows).bytes)
    case .float(let slots): output.append(slots.slice(rows).bytes)
    case .double(let slots):
      let slots = slots.slice(rows)
      if let hundredths = hundredths(slots.span) {
        output.append(1)
        appendIntegers(hundredths.span, to: &output)
      } else {
        output.append(0)
        output.append(slots.bytes)
      }
    case .int128(let slots): output.append(slots.slice(rows).bytes)
    case .int32(let slots):
      let slots = slots.slice(rows)
      appendIntegers(slots.span, to: &output)
    case .int64(let slots):
      let slots = slots.slice(rows)
      appendIntegers(slots.span, to: &output)
    case .bytes(let slots, let data): appendText(slots, data, rows, validity, to: &output)
    case .structure(let fields, _): for field in fields { append(field, rows, to: &output) }
    case .list:
      guard case .list(let slots, let element) = column.slice(rows).compacted().values else {
        return
      }
      let lengths = map(slots) { Int32(bitPattern: $0.count) }
      appendIntegers(lengths.span, to: &output)
      output.appendInteger(UInt32(truncatingIfNeeded: element.count))
      append(element, 0..<element.count, to: &output)
    }
  }

  /// Returns `validity` if one of the rows is null.
  private static func appendNulls(
    _ validity: Bitmap?, _ rows: Range<Int>, to output: inout ByteWriter
  ) -> Bitmap? {
    guard let validity, rows.contains(where: { !validity[$0] }) else {
      output.append(0)
      return nil
    }
    output.append(1)
    var byte: UInt8 = 0
    for (bit, row) in rows.enumerated() {
      byte |= (validity[row] ? 1 : 0) &<< UInt8(truncatingIfNeeded: bit & 7)
      if bit & 7 == 7 {
        output.append(byte)
        byte = 0
      }
    }
    if rows.count & 7 != 0 { output.append(byte) }
    return validity
  }

  private static func appendText(
    _ slots: Buffer<ValueSlice>, _ data: Buffer<UInt8>, _ rows: Range<Int>, _ validity: Bitmap?,
    to output: inout ByteWriter
  ) {
    var lengths = BufferBuilder<Int32>(capacity: rows.count)
    var total = 0
    for row in rows {
      let isNull = validity.map { !$0[row] } ?? false
      let count = isNull ? 0 : slots[row].count
      lengths.append(Int32(bitPattern: count))
      total &+= Int(count)
    }
    appendIntegers(lengths.span, to: &output)
    // Rows that are arranged have their text in one piece.
    let first = rows.isEmpty ? 0 : Int(slots[rows.lowerBound].offset)
    if validity == nil, let last = rows.last, slots[last].range.upperBound == first + total,
      isContiguous(slots, rows)
    {
      output.append(data.slice(first..<first + total))
      return
    }
    let source = data.bytes
    for row in rows where validity?[row] ?? true {
      output.append(source.extracting(slots[row].range))
    }
  }

  private static func isContiguous(_ slots: Buffer<ValueSlice>, _ rows: Range<Int>) -> Bool {
    var next = slots[rows.lowerBound].offset
    var isContiguous = true
    for row in rows {
      let slice = slots[row]
      isContiguous = isContiguous && slice.offset == next
      next = slice.offset &+ slice.count
    }
    return isContiguous
  }

  /// Values to look at before all of them are.
  private static let hundredthsSampleCount = 16

  /// The values times 100, if each is the double nearest to so many hundredths; nil if one is not.
  private static func hundredths(_ values: Span<Double>) -> Buffer<Int32>? {
    let sampleCount = min(values.count, hundredthsSampleCount)
    var builder = BufferBuilder<Int32>(capacity: values.count)
    // SAFETY: the tail has room for every value.
    let target = unsafe builder.unsafeTail(values.count)
    guard unsafe storeHundredths(values, 0..<sampleCount, target),
      unsafe storeHundredths(values, sampleCount..<values.count, target)
    else { return nil }
    unsafe builder.advance(by: values.count)
    return builder.freeze()
  }

  // SAFETY: the caller made room for every value; `range` lies within them.
  @unsafe
  private static func storeHundredths(
    _ values: Span<Double>, _ range: Range<Int>, _ target: UnsafeMutablePointer<Int32>
  ) -> Bool {
    // 1.5 * 2^52: added to a number it leaves the nearest integer in the low bits.
    let rounder = 6_755_399_441_055_744.0
    var difference: UInt64 = 0
    for index in range {
      let value = unsafe values[unchecked: index]
      let rounded = Int32(truncatingIfNeeded: (value * 100 + rounder).bitPattern)
      difference |= (Double(rounded) / 100).bitPattern ^ value.bitPattern
      unsafe target[index] = rounded
    }
    return difference == 0
  }

  @specialized(where T == Int32)
  @specialized(where T == Int64)
  private static func appendIntegers<T: FixedWidthInteger & SignedInteger & BitwiseCopyable>(
    _ values: Span<T>, to output: inout ByteWriter
  ) {
    var least = T.max
    var greatest = T.min
    for index in values.indices {
      least = min(least, values[index])
      greatest = max(greatest, values[index])
    }
    if values.isEmpty { (least, greatest) = (0, 0) }
    let base = Int64(least)
    let range = UInt64(bitPattern: Int64(greatest) &- base)
    let width = range == 0 ? 0 : range < 1 << 8 ? 1 : range < 1 << 16 ? 2 : range < 1 << 32 ? 4 : 8
    output.append(UInt8(truncatingIfNeeded: width))
    output.appendInteger(base)
    let tail = unsafe UnsafeMutableRawPointer(output.buffer.unsafeTail(values.count * width))
    // SAFETY: the tail has room for `width` bytes a value.
    switch width {
    case 1: unsafe store(values, base, as: UInt8.self, at: tail)
    case 2: unsafe store(values, base, as: UInt16.self, at: tail)
    case 4: unsafe store(values, base, as: UInt32.self, at: tail)
    case 8: unsafe store(values, base, as: UInt64.self, at: tail)
    default: break
    }
    unsafe output.buffer.advance(by: values.count * width)
  }

  // SAFETY: the caller made room for every value.
  @inline(__always)
  @unsafe
  private static func store<T: FixedWidthInteger, W: FixedWidthInteger & BitwiseCopyable>(
    _ values: Span<T>, _ base: Int64, as width: W.Type, at target: UnsafeMutableRawPointer
  ) {
    for index in values.indices {
      let above = unsafe Int64(truncatingIfNeeded: values[unchecked: index]) &- base
      unsafe target.storeBytes(
        of: W(truncatingIfNeeded: above), toByteOffset: index &* MemoryLayout<W>.size, as: W.self)
    }
  }
}

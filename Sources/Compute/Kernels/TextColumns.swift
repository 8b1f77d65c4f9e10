import Base
package import Columns

// A column as text, every value as `Scalar.text(as:)` writes it. The type is looked at once a
// column; the loops write digits.
//
// SAFETY: each loop asks for as many bytes as its writer states (ValueFormat.swift).

extension Column {
  /// The text of every row, as a column of strings with the same nulls. O(rows + bytes).
  ///
  /// - Throws: `ComputeError` when it takes more than 4 GiB.
  package func texts() throws(ComputeError) -> Column {
    if type == .string { return self }
    return Column(type: .string, validity: validity, values: try textValues(self))
  }
}

/// The text of every row; an unspecified one for null.
func textValues(_ column: Column) throws(ComputeError) -> ColumnValues {
  switch column.values {
  case .boolean(let slots):
    return try unsafe eachRow(column, maxBytes: 5) { row, target in
      unsafe writeASCII(slots[row] != 0 ? "true" : "false", target)
    }
  case .int32(let slots) where column.type == .date:
    return try unsafe eachRow(column, maxBytes: 20) { unsafe writeDate(Int64(slots[$0]), $1) }
  case .int32(let slots):
    return try unsafe eachRow(column, maxBytes: 20) { unsafe writeInteger(Int64(slots[$0]), $1) }
  case .int64(let slots): return try textOfInt64s(column, slots)
  case .int128(let slots):
    let scale = column.type.decimalScale
    return try unsafe eachRow(column, maxBytes: 41) {
      unsafe writeDecimal(slots[$0], scale: scale, $1)
    }
  case .float(let slots):
    return try unsafe eachRow(column, maxBytes: 26) { unsafe writeFloat(slots[$0], $1) }
  case .double(let slots):
    return try unsafe eachRow(column, maxBytes: 26) { unsafe writeDouble(slots[$0], $1) }
  case .bytes(let slots, let data): return try textOfBytes(column, slots, data)
  case .structure, .list: return try jsonValues(column)
  }
}

private func textOfInt64s(
  _ column: Column, _ slots: Buffer<Int64>
) throws(ComputeError) -> ColumnValues {
  switch column.type {
  case .decimal(_, let scale):
    return try unsafe eachRow(column, maxBytes: 41) {
      unsafe writeDecimal(Int128(slots[$0]), scale: scale, $1)
    }
  case .timestamp, .timestampNtz, .timestampNanos, .timestampNtzNanos:
    let isInstant = column.type == .timestamp || column.type == .timestampNanos
    if column.type.isNanos {
      return try unsafe eachRow(column, maxBytes: 52) {
        unsafe writeTimestamp(slots[$0], perDay: microsPerDay * 1000, isInstant: isInstant, $1)
      }
    }
    return try unsafe eachRow(column, maxBytes: 52) {
      unsafe writeTimestamp(slots[$0], perDay: microsPerDay, isInstant: isInstant, $1)
    }
  case .time, .timeNanos:
    // What is no time of day, as `Scalar` shows it.
    let scale: Int64 = column.type.isNanos ? 1 : 1000
    return try unsafe eachRow(column, maxBytes: 64) { row, target in
      let nanos = slots[row].multipliedReportingOverflow(by: scale)
      if nanos.overflow || nanos.partialValue < 0 {
        return unsafe writeASCII(column[row].description, target)
      }
      return unsafe writeTime(UInt64(nanos.partialValue), target)
    }
  default: return try unsafe eachRow(column, maxBytes: 20) { unsafe writeInteger(slots[$0], $1) }
  }
}

// SAFETY: slices lie within the data; an odd length is left to `Scalar`.
private func textOfBytes(
  _ column: Column, _ slots: Buffer<ValueSlice>, _ data: Buffer<UInt8>
) throws(ComputeError) -> ColumnValues {
  switch column.type {
  case .binary:
    var text = TextColumnBuilder(rowCount: column.count)
    unsafe data.withUnsafePointer { data in
      for row in 0..<column.count {
        let slice = column.isNull(row) ? ValueSlice(offset: 0, count: 0) : slots[row]
        unsafe text.append(maxBytes: Int(slice.count) * 2) { target in
          unsafe writeHex(data + Int(slice.offset), Int(slice.count), target)
          return Int(slice.count) * 2
        }
      }
    }
    return try text.finish()
  case .uuid where slots.span.indicesAllSatisfy { $0.count == 16 }:
    return try unsafe data.withUnsafePointer { data throws(ComputeError) in
      try unsafe eachRow(column, maxBytes: 36) { row, target in
        unsafe writeUUID(data + Int(slots[row].offset), target)
        return 36
      }
    }
  case .uuid, .interval:
    var text = TextColumnBuilder(rowCount: column.count)
    for row in 0..<column.count { text.append(column[row].description) }
    return try text.finish()
  default: return column.values
  }
}

extension Span where Element: BitwiseCopyable {
  fileprivate func indicesAllSatisfy(_ test: (Element) -> Bool) -> Bool {
    for index in indices where !test(self[index]) { return false }
    return true
  }
}

/// A text a row: `write` writes at most `maxBytes` bytes at the pointer and says how many. Null
/// rows get none.
@inline(__always)
func eachRow(
  _ column: Column, maxBytes: Int, _ write: (Int, UnsafeMutablePointer<UInt8>) -> Int
) throws(ComputeError) -> ColumnValues {
  var text = TextColumnBuilder(rowCount: column.count, sizeBytes: column.count * 8 + maxBytes)
  let isValid = ValidityBits(column.validity)
  for row in 0..<column.count {
    if isValid[row] {
      unsafe text.append(maxBytes: maxBytes) { target in unsafe write(row, target) }
    } else {
      unsafe text.append(maxBytes: 0) { _ in 0 }
    }
  }
  return try text.finish()
}

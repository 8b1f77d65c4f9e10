import Base
import Columns

private func text(_ column: Column) -> (slots: Buffer<ValueSlice>, data: Buffer<UInt8>) {
  guard case .bytes(let slots, let data) = column.values else {
    preconditionFailure("a text function of \(column.type) was bound")
  }
  return (slots, data)
}

@inline(__always)
func upperASCII(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "a") < 26 ? byte &- 32 : byte }

@inline(__always)
func lowerASCII(_ byte: UInt8) -> UInt8 { byte &- UInt8(ascii: "A") < 26 ? byte &+ 32 : byte }

/// Text rewritten byte by byte where it is ASCII, else by `unicode`.
func mapText(
  _ column: Column, ascii: (UInt8) -> UInt8, unicode: (String) -> String
) throws(ComputeError) -> Column {
  let (slots, data) = text(column)
  let bytes = data.span
  var output = TextColumnBuilder(rowCount: slots.count)
  for row in 0..<slots.count {
    if column.isNull(row) {
      output.endRow(from: output.sizeBytes)
      continue
    }
    let value = bytes.extracting(slots[row].range)
    var isASCII = true
    for index in value.indices { isASCII = isASCII && value[index] < 0x80 }
    if isASCII {
      let start = output.sizeBytes
      for index in value.indices { output.extend(ascii(value[index])) }
      output.endRow(from: start)
    } else {
      output.append(unicode(column[row].description))
    }
  }
  return Column(type: .string, validity: column.validity, values: try output.finish())
}

/// - Throws: `ComputeError` for a text with a point or an exponent.
func checkIntegerTexts(_ column: Column) throws(ComputeError) -> Column {
  let (slots, data) = text(column)
  let bytes = data.span
  for row in 0..<slots.count where !column.isNull(row) {
    let value = bytes.extracting(slots[row].range)
    for index in value.indices {
      let byte = lowerASCII(value[index])
      if byte == UInt8(ascii: ".") || byte == UInt8(ascii: "e") {
        throw cannotRead(column[row].description, as: .long)
      }
    }
  }
  return column
}

/// Characters (Unicode scalars) of strings, bytes of binary values.
func textLength(_ column: Column) -> Column {
  let (slots, data) = text(column)
  if column.type == .binary {
    return Column(
      type: .long, validity: column.validity, values: .int64(map(slots) { Int64($0.count) }))
  }
  let bytes = data.span
  let counts = map(slots) { slice in
    let value = bytes.extracting(slice.range)
    var count: Int64 = 0
    for index in value.indices { count &+= isContinuation(value[index]) ? 0 : 1 }
    return count
  }
  return Column(type: .long, validity: column.validity, values: .int64(counts))
}

/// Spaces cut off; the text itself stays where it is.
func trimColumn(_ column: Column, start trimsStart: Bool, end trimsEnd: Bool) -> Column {
  let (slots, data) = text(column)
  let bytes = data.span
  let space = UInt8(ascii: " ")
  let cut = map(slots) { slice in
    var start = slice.range.lowerBound
    var end = slice.range.upperBound
    if trimsStart { while start < end && bytes[start] == space { start += 1 } }
    if trimsEnd { while end > start && bytes[end - 1] == space { end -= 1 } }
    return ValueSlice(
      offset: UInt32(truncatingIfNeeded: start), count: UInt32(truncatingIfNeeded: end - start))
  }
  return Column(type: .string, validity: column.validity, values: .bytes(cut, data: data))
}

/// `||`: null where any part is.
func concatenateText(_ parts: [Column], count: Int) throws(ComputeError) -> Column {
  var output = TextColumnBuilder(rowCount: count)
  var validity: Bitmap?
  for part in parts { validity = intersect(validity, part.validity) }
  for row in 0..<count {
    let start = output.sizeBytes
    if validity?[row] ?? true {
      for part in parts {
        let (slots, data) = text(part)
        output.extend(data.span.extracting(slots[row].range))
      }
    }
    output.endRow(from: start)
  }
  return Column(type: .string, validity: validity, values: try output.finish())
}

/// SUBSTRING(text, start [, length]) in characters; the result shares the text's bytes.
func substringColumn(_ arguments: [Column]) -> Column {
  let (slots, data) = text(arguments[0])
  var validity: Bitmap?
  for argument in arguments { validity = intersect(validity, argument.validity) }
  var output = BufferBuilder<ValueSlice>(capacity: slots.count)
  let bytes = data.span
  for row in 0..<slots.count {
    guard validity?[row] ?? true, case .int64(let starts) = arguments[1].values else {
      output.append(ValueSlice(offset: 0, count: 0))
      continue
    }
    var length = Int64.max
    if arguments.count == 3, case .int64(let lengths) = arguments[2].values {
      length = lengths[row]
    }
    output.append(substring(bytes, slots[row], from: starts[row], length: length))
  }
  return Column(type: .string, validity: validity, values: .bytes(output.freeze(), data: data))
}

/// Positions count from 1; negative ones from the end; those before the text count but hold
/// nothing.
private func substring(
  _ bytes: Span<UInt8>, _ slice: ValueSlice, from start: Int64, length: Int64
) -> ValueSlice {
  let value = bytes.extracting(slice.range)
  var characters: Int64 = 0
  if start < 0 {
    for index in value.indices where !isContinuation(value[index]) { characters += 1 }
  }
  let (fromEnd, over) = characters.addingReportingOverflow(start)
  let first = start < 0 ? (over ? Int64.min : fromEnd) : start - 1
  let (end, past) = first.addingReportingOverflow(max(length, 0))
  let last = past ? Int64.max : end
  var position: Int64 = -1
  var from = value.count
  var to = value.count
  for index in value.indices where !isContinuation(value[index]) {
    position += 1
    if position >= first && from == value.count && position < last { from = index }
    if position >= last {
      to = index
      break
    }
  }
  if from > to { from = to }
  return ValueSlice(
    offset: slice.offset &+ UInt32(truncatingIfNeeded: from),
    count: UInt32(truncatingIfNeeded: to - from))
}

/// STARTS_WITH, ENDS_WITH and CONTAINS.
// SAFETY: slices lie within their data, and a needle is compared only where it fits.
func searchText(_ function: ScalarFunction, _ arguments: [Column]) -> Column {
  let (slots, data) = text(arguments[0])
  let (needles, needleData) = text(arguments[1])
  let validity = intersect(arguments[0].validity, arguments[1].validity)
  var output = BufferBuilder<UInt8>(capacity: slots.count)
  unsafe data.withUnsafePointer { data in
    unsafe needleData.withUnsafePointer { needleData in
      for row in 0..<slots.count {
        let (slice, needle) = (slots[row], needles[row])
        let rest = Int(slice.count) - Int(needle.count)
        var found = false
        if rest >= 0 {
          let start = unsafe data + Int(slice.offset)
          let wanted = unsafe needleData + Int(needle.offset)
          let offsets =
            function == .startsWith ? 0...0 : function == .endsWith ? rest...rest : 0...rest
          for offset in offsets {
            if unsafe bytesEqual(start + offset, wanted, Int(needle.count)) {
              found = true
              break
            }
          }
        }
        output.append(found ? 1 : 0)
      }
    }
  }
  return Column(type: .boolean, validity: validity, values: .boolean(output.freeze()))
}

import Base
package import Columns

// A column as JSON texts (RFC 8259), each value as `Scalar.jsonText(as:)` does: numbers as numbers,
// what JSON has no number for as text, structs and maps as objects, arrays as arrays, null as null.
// Nested columns are put together from the texts of the columns below, a column at a time.
//
// SAFETY: see TextColumns.swift.

extension Column {
  /// The JSON text of every row, as a column of strings without nulls. O(rows + bytes).
  ///
  /// - Throws: `ComputeError` when it takes more than 4 GiB.
  package func jsonTexts() throws(ComputeError) -> Column {
    Column(type: .string, values: try jsonValues(self))
  }
}

func jsonValues(_ column: Column) throws(ComputeError) -> ColumnValues {
  switch column.values {
  case .boolean, .int32, .int64, .int128:
    let isNumber = column.type.isNumeric || column.type == .boolean || column.type == .void
    return try wrapped(try textValues(column), column, quotes: !isNumber)
  case .float(let slots):
    return try wrapped(
      unsafe eachRow(column, maxBytes: 26) {
        unsafe writeFloat(slots[$0], quotesNonFinite: true, $1)
      }, column, quotes: false)
  case .double(let slots):
    return try wrapped(
      unsafe eachRow(column, maxBytes: 26) {
        unsafe writeDouble(slots[$0], quotesNonFinite: true, $1)
      },
      column, quotes: false)
  case .bytes:
    return try wrapped(
      try textValues(column), column, quotes: true, escapes: column.type == .string)
  case .structure(let children, _): return try objects(column, children)
  case .list(let slots, let element):
    guard case .map = column.type, case .structure(let entry, _) = element.values else {
      return try arrays(column, slots, element)
    }
    return try maps(column, slots, keys: entry[0], values: entry[1])
  }
}

/// `null` for null rows, and quotes around the others if need be.
private func wrapped(
  _ text: ColumnValues, _ column: Column, quotes: Bool, escapes: Bool = false
) throws(ComputeError) -> ColumnValues {
  guard case .bytes(let slots, let data) = text else { preconditionFailure("no text") }
  if !quotes && column.validity == nil { return text }
  let isValid = ValidityBits(column.validity)
  var output = TextColumnBuilder(rowCount: column.count, sizeBytes: data.count)
  let bytes = data.span
  for row in 0..<column.count {
    let start = output.sizeBytes
    if !isValid[row] {
      output.extend("null")
    } else if quotes {
      output.extend(UInt8(ascii: "\""))
      let value = bytes.extracting(slots[row].range)
      if escapes { output.extendEscaped(value) } else { output.extend(value) }
      output.extend(UInt8(ascii: "\""))
    } else {
      output.extend(bytes.extracting(slots[row].range))
    }
    output.endRow(from: start)
  }
  return try output.finish()
}

private func objects(_ column: Column, _ children: [Column]) throws(ComputeError) -> ColumnValues {
  guard case .structure(let fields) = column.type else { preconditionFailure("no struct") }
  var texts: [(name: [UInt8], slots: Buffer<ValueSlice>, data: Buffer<UInt8>)] = []
  for (index, field) in fields.enumerated() {
    guard case .bytes(let slots, let data) = try jsonValues(children[index]) else { continue }
    let name = (index == 0 ? "{" : ",") + jsonQuoted(field.name) + ":"
    texts.append((Array(name.utf8), slots, data))
  }
  let isValid = ValidityBits(column.validity)
  var output = TextColumnBuilder(rowCount: column.count)
  for row in 0..<column.count {
    let start = output.sizeBytes
    if !isValid[row] {
      output.extend("null")
    } else if texts.isEmpty {
      output.extend("{}")
    } else {
      for (name, slots, data) in texts {
        output.extend(name.span)
        output.extend(data.span.extracting(slots[row].range))
      }
      output.extend(UInt8(ascii: "}"))
    }
    output.endRow(from: start)
  }
  return try output.finish()
}

private func arrays(
  _ column: Column, _ slots: Buffer<ValueSlice>, _ element: Column
) throws(ComputeError) -> ColumnValues {
  let used = usedElements(column, slots)
  guard case .bytes(let texts, let data) = try jsonValues(element.slice(used)) else {
    preconditionFailure("no text")
  }
  let isValid = ValidityBits(column.validity)
  let bytes = data.span
  var output = TextColumnBuilder(rowCount: column.count)
  for row in 0..<column.count {
    let start = output.sizeBytes
    if isValid[row] {
      output.extend(UInt8(ascii: "["))
      for index in slots[row].range {
        if index > slots[row].range.lowerBound { output.extend(UInt8(ascii: ",")) }
        output.extend(bytes.extracting(texts[index - used.lowerBound].range))
      }
      output.extend(UInt8(ascii: "]"))
    } else {
      output.extend("null")
    }
    output.endRow(from: start)
  }
  return try output.finish()
}

private func maps(
  _ column: Column, _ slots: Buffer<ValueSlice>, keys: Column, values: Column
) throws(ComputeError) -> ColumnValues {
  let used = usedElements(column, slots)
  let keys = keys.slice(used)
  // Keys are text whatever they are; a null one is empty.
  let plain = Column(type: .string, values: try textValues(keys))
  guard
    case .bytes(let names, let nameData) = try wrapped(
      plain.values, plain, quotes: true, escapes: true),
    case .bytes(let texts, let data) = try jsonValues(values.slice(used))
  else { preconditionFailure("no text") }
  let isValid = ValidityBits(column.validity)
  var output = TextColumnBuilder(rowCount: column.count)
  for row in 0..<column.count {
    let start = output.sizeBytes
    if isValid[row] {
      output.extend(UInt8(ascii: "{"))
      for index in slots[row].range {
        if index > slots[row].range.lowerBound { output.extend(UInt8(ascii: ",")) }
        output.extend(nameData.span.extracting(names[index - used.lowerBound].range))
        output.extend(UInt8(ascii: ":"))
        output.extend(data.span.extracting(texts[index - used.lowerBound].range))
      }
      output.extend(UInt8(ascii: "}"))
    } else {
      output.extend("null")
    }
    output.endRow(from: start)
  }
  return try output.finish()
}

/// The stretch of the element's rows that the column's own rows lie in: a slice of a batch shares
/// the elements of all of it.
private func usedElements(_ column: Column, _ slots: Buffer<ValueSlice>) -> Range<Int> {
  let isValid = ValidityBits(column.validity)
  var start = Int.max
  var end = 0
  for row in 0..<column.count where isValid[row] && slots[row].count > 0 {
    start = min(start, slots[row].range.lowerBound)
    end = max(end, slots[row].range.upperBound)
  }
  return start < end ? start..<end : 0..<0
}

/// The name of a member.
private func jsonQuoted(_ text: String) -> String { Scalar.string(text).jsonText }

extension TextColumnBuilder {
  fileprivate mutating func extend(_ text: StaticString) {
    // SAFETY: a static string's bytes live forever.
    extend(unsafe Span(_unsafeStart: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// The inside of a JSON string: quotes, backslashes and control characters escaped.
  fileprivate mutating func extendEscaped(_ text: Span<UInt8>) {
    var copied = 0
    for index in text.indices {
      let byte = text[index]
      if byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") { continue }
      extend(text.extracting(copied..<index))
      copied = index + 1
      extend(UInt8(ascii: "\\"))
      switch byte {
      case UInt8(ascii: "\n"): extend(UInt8(ascii: "n"))
      case UInt8(ascii: "\r"): extend(UInt8(ascii: "r"))
      case UInt8(ascii: "\t"): extend(UInt8(ascii: "t"))
      case 0..<0x20:
        extend("u00")
        extend(hexDigit(byte &>> 4))
        extend(hexDigit(byte & 15))
      default: extend(byte)
      }
    }
    extend(text.extracting(copied..<text.count))
  }
}

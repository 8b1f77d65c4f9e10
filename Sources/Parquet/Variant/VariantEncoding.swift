// JSON text as variants that are not shredded. VariantEncoding.md; VariantMetadata.swift and
// VariantValue.swift have the forms.
//
//   null, true, false   primitives of the same names
//   string              short string below 64 bytes, else string
//   number              without exponent, up to 38 digits: the smallest integer or decimal that
//                       holds it, scale and all, so that its text comes back; else double
//   object              fields in the order of their names' bytes
//
// The metadata holds the names of one variant, sorted and each once.
import Base
import Columns
import JSON

/// Why JSON text is no variant.
enum VariantEncodingFault: Error, Equatable {
  case notJSON(JSONError)
  case repeatedField
  /// A number past the largest double.
  case tooLargeNumber
  /// More bytes than a batch or an offset can count.
  case tooLong

  var text: String {
    switch self {
    case .notJSON(let error): "text that is no JSON: \(error.message), \(error.place)"
    case .repeatedField: "an object that holds a field twice"
    case .tooLargeNumber: "a number past the largest double"
    case .tooLong: "variants of over 4 GiB in one batch"
    }
  }
}

/// What the columns of a VARIANT are to the writer.
let variantType = DataType.structure([
  Field("metadata", .binary, nullable: false), Field("value", .binary, nullable: false),
])

/// The metadata and the value of every row of `column`, which is text without nulls.
///
/// - Throws: `ParquetError` (`invalidArgument`) for text that cannot be a variant.
/// - Complexity: O(bytes), times the depth at worst.
func variantColumns(
  ofJSON column: Column, at place: ParquetPlace
) throws(ParquetError) -> (metadata: Column, value: Column) {
  guard case .bytes(let slots, let data) = column.values else {
    preconditionFailure("the column's type changed")
  }
  var metadata = SlicedBytes(capacity: slots.count)
  var values = SlicedBytes(capacity: slots.count)
  for row in 0..<slots.count {
    do throws(VariantEncodingFault) {
      let document: JSONDocument
      do { document = try JSONDocument(data, range: slots[row].range) } catch {
        throw .notJSON(error)
      }
      var names = VariantNames()
      names.collect(document.root)
      try metadata.append(names.finish())
      var value = ByteWriter()
      try names.append(document.root, to: &value)
      try values.append(value.take())
    } catch {
      throw ParquetError(
        .invalidArgument, "not a VARIANT: \(error.text) (row \(row) of the batch)", at: place)
    }
  }
  return (metadata.freeze(), values.freeze())
}

/// A binary column that grows by values; one that equals the last shares its bytes.
private struct SlicedBytes: ~Copyable {
  private var slices: BufferBuilder<ValueSlice>
  private var data = ByteWriter()
  private var last: Buffer<UInt8>?

  init(capacity: Int) { slices = BufferBuilder(capacity: capacity) }

  mutating func append(_ value: Buffer<UInt8>) throws(VariantEncodingFault) {
    if value != last {
      guard data.count + value.count <= Int(UInt32.max) else { throw .tooLong }
      data.append(value)
      last = value
    }
    slices.append(
      ValueSlice(offset: UInt32(data.count - value.count), count: UInt32(value.count)))
  }

  consuming func freeze() -> Column {
    Column(type: .binary, values: .bytes(slices.take(), data: data.take()))
  }
}

/// The field names of one variant, as UTF-8: strings of Swift compare otherwise than bytes.
private struct VariantNames {
  private var ids: [[UInt8]: Int] = [:]

  /// Takes the names in `value`, at any depth.
  mutating func collect(_ value: JSONValue) {
    switch value.kind {
    case .object:
      for (name, value) in value.members {
        ids[Array(name.utf8)] = 0
        collect(value)
      }
    case .array: for element in value.elements { collect(element) }
    default: break
    }
  }

  /// Numbers the names in their order. Returns the metadata.
  mutating func finish() -> Buffer<UInt8> {
    let sorted = ids.keys.sorted { $0.lexicographicallyPrecedes($1) }
    for (id, name) in sorted.enumerated() { ids[name] = id }
    let sizeBytes = sorted.reduce(0) { $0 + $1.count }
    let width = unsignedWidth(max(sizeBytes, sorted.count))
    var output = ByteWriter()
    output.append(UInt8(1 | 1 << 4 | (width - 1) << 6))
    output.append(sorted.count, width: width)
    var offset = 0
    output.append(offset, width: width)
    for name in sorted {
      offset += name.count
      output.append(offset, width: width)
    }
    for name in sorted { output.append(name) }
    return output.take()
  }

  /// Appends the value.
  func append(_ value: JSONValue, to output: inout ByteWriter) throws(VariantEncodingFault) {
    switch value.kind {
    case .null: output.append(0)
    case .boolean: output.append(header(primitive: value.boolean == true ? 1 : 2))
    case .number: try appendNumber(value.numberText ?? "", to: &output)
    case .string: try appendString(Array((value.string ?? "").utf8), to: &output)
    case .array:
      var values = VariantParts()
      for element in value.elements {
        try append(element, to: &values.bytes)
        values.end()
      }
      try values.append(ids: nil, to: &output)
    case .object: try appendObject(value, to: &output)
    }
  }

  private func appendObject(
    _ value: JSONValue, to output: inout ByteWriter
  ) throws(VariantEncodingFault) {
    var members: [(id: Int, value: JSONValue)] = []
    for (name, value) in value.members { members.append((ids[Array(name.utf8)] ?? 0, value)) }
    members.sort { $0.id < $1.id }
    var values = VariantParts()
    for (index, member) in members.enumerated() {
      if index > 0, members[index - 1].id == member.id { throw .repeatedField }
      try append(member.value, to: &values.bytes)
      values.end()
    }
    try values.append(ids: members.map(\.id), to: &output)
  }
}

/// The values of an object or array, one after the other.
private struct VariantParts: ~Copyable {
  var bytes = ByteWriter()
  private var ends: [Int] = []

  /// Ends a value.
  mutating func end() { ends.append(bytes.count) }

  /// Appends the container. `ids` are those of an object's names; nil makes an array.
  func append(ids: [Int]?, to output: inout ByteWriter) throws(VariantEncodingFault) {
    guard bytes.count <= Int(UInt32.max) else { throw .tooLong }
    let isLarge = ends.count > 0xFF
    let width = unsignedWidth(bytes.count)
    let idWidth = unsignedWidth(ids?.last ?? 0)
    let detail =
      ids == nil
      ? (isLarge ? 1 << 2 : 0) | (width - 1)
      : (isLarge ? 1 << 4 : 0) | (idWidth - 1) << 2 | (width - 1)
    output.append(UInt8(detail << 2 | (ids == nil ? 3 : 2)))
    output.append(ends.count, width: isLarge ? 4 : 1)
    for id in ids ?? [] { output.append(id, width: idWidth) }
    output.append(0, width: width)
    for end in ends { output.append(end, width: width) }
    output.append(bytes.bytes)
  }
}

// MARK: Scalars

private func header(primitive type: UInt8) -> UInt8 { type << 2 }

private func appendString(
  _ text: [UInt8], to output: inout ByteWriter
) throws(VariantEncodingFault) {
  if text.count < 64 {
    output.append(UInt8(text.count) << 2 | 1)
  } else {
    output.append(header(primitive: 16))
    output.appendInteger(UInt32(text.count))  // JSON texts are shorter.
  }
  output.append(text)
}

/// - Parameter text: a JSON number.
private func appendNumber(
  _ text: String, to output: inout ByteWriter
) throws(VariantEncodingFault) {
  guard let (unscaled, scale) = decimal(text) else {
    guard let value = Double(text), value.isFinite else { throw .tooLargeNumber }
    output.append(header(primitive: 7))
    output.appendInteger(value.bitPattern)
    return
  }
  if scale == 0, let value = Int64(exactly: unscaled) { return appendInteger(value, to: &output) }
  let digits = unscaled.magnitude
  let type: UInt8 = digits < 1_000_000_000 ? 8 : digits < 1_000_000_000_000_000_000 ? 9 : 10
  output.append(header(primitive: type))
  output.append(scale)
  switch type {
  case 8: output.appendInteger(Int32(unscaled))
  case 9: output.appendInteger(Int64(unscaled))
  default: output.appendInteger(unscaled)
  }
}

private func appendInteger(_ value: Int64, to output: inout ByteWriter) {
  if let value = Int8(exactly: value) {
    output.append(header(primitive: 3))
    output.appendInteger(value)
  } else if let value = Int16(exactly: value) {
    output.append(header(primitive: 4))
    output.appendInteger(value)
  } else if let value = Int32(exactly: value) {
    output.append(header(primitive: 5))
    output.appendInteger(value)
  } else {
    output.append(header(primitive: 6))
    output.appendInteger(value)
  }
}

/// A JSON number without exponent and of at most 38 digits, as it is written. Nil for others, and
/// for negative zero, which no integer is.
private func decimal(_ text: String) -> (unscaled: Int128, scale: UInt8)? {
  var unscaled: Int128 = 0
  var scale: UInt8 = 0
  var digitCount = 0
  var isAfterPoint = false
  let isNegative = text.utf8.first == UInt8(ascii: "-")
  for byte in text.utf8.dropFirst(isNegative ? 1 : 0) {
    if byte == UInt8(ascii: ".") {
      isAfterPoint = true
      continue
    }
    guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte),
      digitCount < DataType.maxDecimalPrecision
    else { return nil }
    digitCount += 1
    if isAfterPoint { scale += 1 }
    unscaled = unscaled * 10 + Int128(byte - UInt8(ascii: "0"))
  }
  if isNegative && unscaled == 0 { return nil }
  return (isNegative ? -unscaled : unscaled, scale)
}

/// Bytes of the least unsigned integer that holds `value`, up to 4.
private func unsignedWidth(_ value: Int) -> Int {
  max(1, (Int.bitWidth - value.leadingZeroBitCount + 7) / 8)
}

extension ByteWriter {
  /// Appends the low `width` bytes, the lowest first.
  fileprivate mutating func append(_ value: Int, width: Int) {
    for byte in 0..<width { append(UInt8(truncatingIfNeeded: value >> (8 * byte))) }
  }
}

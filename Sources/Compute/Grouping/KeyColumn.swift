import Base
import Columns

/// The distinct values of one grouping key, nulls counting as one value, and a dense code for each.
///
/// Fixed-width values and strings of at most seven bytes are looked up as 64-bit words; longer
/// strings and 128-bit decimals by their bytes.
struct KeyColumn: ~Copyable {
  let type: DataType
  private var words = IntTable()
  private var texts = BytesTable()
  /// Codes are given out in order of first appearance over both tables and null: where each lies.
  private var places = BufferBuilder<Place>()
  /// Position in `words` -> code, position in `texts` -> code.
  private var wordCodes = BufferBuilder<UInt32>()
  private var textCodes = BufferBuilder<UInt32>()
  private var nullCode: UInt32?

  struct Place: BitwiseCopyable {
    enum Kind: UInt8, BitwiseCopyable { case null, word, text }
    var kind: Kind
    var index: UInt32
  }

  init(_ type: DataType) { self.type = type }

  var count: Int { places.count }
  var sizeBytes: Int { words.sizeBytes + texts.sizeBytes + count * 12 }

  /// The code of every row's value.
  mutating func codes(of column: Column) throws(ComputeError) -> Buffer<UInt32> {
    switch column.values {
    case .boolean(let slots): try wordCodes(map(slots) { UInt64($0) }, column.validity)
    case .int32(let slots):
      try wordCodes(map(slots) { UInt64(UInt32(bitPattern: $0)) }, column.validity)
    case .int64(let slots): try wordCodes(map(slots) { UInt64(bitPattern: $0) }, column.validity)
    case .float(let slots):
      try wordCodes(map(slots) { canonicalBits(Double($0)) }, column.validity)
    case .double(let slots): try wordCodes(map(slots) { canonicalBits($0) }, column.validity)
    case .bytes(let slots, let data): try textCodes(slots, data, column.validity)
    case .int128(let slots): try wideCodes(slots, column.validity)
    case .structure, .list: preconditionFailure("a key of \(column.type)")
    }
  }

  // MARK: Fixed width

  private mutating func wordCodes(
    _ slots: Buffer<UInt64>, _ validity: Bitmap?
  ) throws(ComputeError) -> Buffer<UInt32> {
    guard let validity else { return translate(try words.codes(of: slots)) }
    var present = BufferBuilder<UInt64>(capacity: slots.count)
    var hasNull = false
    for row in 0..<slots.count {
      if validity[row] { present.append(slots[row]) } else { hasNull = true }
    }
    // The null's code comes first if its row does.
    if hasNull && nullCode == nil && !validity[0] { _ = codeOfNull() }
    let found = translate(try words.codes(of: present.freeze()))
    let null = hasNull ? codeOfNull() : 0
    var output = BufferBuilder<UInt32>(capacity: slots.count)
    var next = 0
    for row in 0..<slots.count {
      if validity[row] {
        output.append(found[next])
        next += 1
      } else {
        output.append(null)
      }
    }
    return output.freeze()
  }

  /// Codes of the word table as codes of this column. They are the same numbers as long as there
  /// are neither nulls nor long strings.
  private mutating func translate(_ codes: Buffer<UInt32>) -> Buffer<UInt32> {
    while wordCodes.count < words.count {
      wordCodes.append(UInt32(truncatingIfNeeded: places.count))
      places.append(Place(kind: .word, index: UInt32(truncatingIfNeeded: wordCodes.count - 1)))
    }
    if places.count == words.count { return codes }
    let table = wordCodes.span
    return map(codes) { table[Int($0)] }
  }

  private mutating func codeOfNull() -> UInt32 {
    if let nullCode { return nullCode }
    let code = UInt32(truncatingIfNeeded: places.count)
    places.append(Place(kind: .null, index: 0))
    nullCode = code
    return code
  }

  // MARK: Text

  private mutating func textCodes(
    _ slots: Buffer<ValueSlice>, _ data: Buffer<UInt8>, _ validity: Bitmap?
  ) throws(ComputeError) -> Buffer<UInt32> {
    var isShort = true
    let slices = slots.span
    for row in slices.indices { isShort = isShort && slices[row].count < 8 }
    if isShort {
      let packed = unsafe data.withUnsafePointer { data in
        map(slots) { slice in unsafe packShort(data + Int(slice.offset), slice.count) }
      }
      return try wordCodes(packed, validity)
    }
    var output = BufferBuilder<UInt32>(capacity: slots.count)
    for row in 0..<slots.count {
      if validity.map({ !$0[row] }) ?? false {
        output.append(codeOfNull())
        continue
      }
      let slice = slots[row]
      // SAFETY: `data` outlives the loop, and every slice lies within it.
      let start = unsafe data.base + Int(slice.offset)
      if slice.count < 8 {
        let word = Buffer(repeating: unsafe packShort(start, slice.count), count: 1)
        output.append(translate(try words.codes(of: word))[0])
      } else {
        output.append(codeOfText(unsafe try texts.code(start, Int(slice.count))))
      }
    }
    return output.freeze()
  }

  private mutating func codeOfText(_ position: UInt32) -> UInt32 {
    if Int(position) < textCodes.count { return textCodes[Int(position)] }
    let code = UInt32(truncatingIfNeeded: places.count)
    textCodes.append(code)
    places.append(Place(kind: .text, index: position))
    return code
  }

  private mutating func wideCodes(
    _ slots: Buffer<Int128>, _ validity: Bitmap?
  ) throws(ComputeError) -> Buffer<UInt32> {
    var output = BufferBuilder<UInt32>(capacity: slots.count)
    for row in 0..<slots.count {
      if validity.map({ !$0[row] }) ?? false {
        output.append(codeOfNull())
        continue
      }
      // SAFETY: `slots` outlives the loop; a slot is 16 bytes.
      let bytes = unsafe UnsafeRawPointer(slots.base + row).assumingMemoryBound(to: UInt8.self)
      output.append(codeOfText(unsafe try texts.code(bytes, 16)))
    }
    return output.freeze()
  }

  // MARK: Back to values

  /// The values of `codes`, as a column.
  func values(of codes: Buffer<UInt32>) -> Column {
    switch type.physical {
    case .bytes: return textValues(of: codes)
    default: break
    }
    var builder = ColumnBuilder(type)
    for row in 0..<codes.count { builder.append(scalar(Int(codes[row]))) }
    return builder.freeze()
  }

  /// The value of one code.
  func scalar(_ code: Int) -> Scalar {
    let place = places[code]
    switch place.kind {
    case .null: return .null
    case .word:
      let word = words[Int(place.index)]
      switch type {
      case .boolean: return .boolean(word != 0)
      case .date: return .date(Int32(bitPattern: UInt32(truncatingIfNeeded: word)))
      case .byte, .short, .integer:
        return .integer(Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: word))))
      case .timestamp: return .timestamp(Int64(bitPattern: word))
      case .timestampNtz: return .timestampNtz(Int64(bitPattern: word))
      case .decimal(_, let scale):
        return .decimal(unscaled: Int128(Int64(bitPattern: word)), scale: scale)
      case .float, .double: return .double(Double(bitPattern: word))
      case .string, .binary: return text(unpackShort(word))
      default: return .integer(Int64(bitPattern: word))
      }
    case .text:
      let range = texts.range(of: Int(place.index))
      var bytes: [UInt8] = []
      let known = texts.bytes
      for index in range { bytes.append(known[index]) }
      if case .decimal(_, let scale) = type {
        var value: Int128 = 0
        for byte in bytes.reversed() { value = value << 8 | Int128(byte) }
        return .decimal(unscaled: value, scale: scale)
      }
      return text(bytes)
    }
  }

  private func text(_ bytes: [UInt8]) -> Scalar {
    type == .binary ? .binary(bytes) : .string(String(decoding: bytes, as: UTF8.self))
  }

  private func textValues(of codes: Buffer<UInt32>) -> Column {
    var slots = BufferBuilder<ValueSlice>(capacity: codes.count)
    var data = BufferBuilder<UInt8>()
    var validity = BitmapBuilder(capacity: codes.count)
    let known = texts.bytes
    for row in 0..<codes.count {
      let place = places[Int(codes[row])]
      let start = data.count
      switch place.kind {
      case .null: break
      case .word: for byte in unpackShort(words[Int(place.index)]) { data.append(byte) }
      case .text: data.append(contentsOf: known.extracting(texts.range(of: Int(place.index))))
      }
      validity.append(place.kind != .null)
      slots.append(
        ValueSlice(
          offset: UInt32(truncatingIfNeeded: start),
          count: UInt32(truncatingIfNeeded: data.count - start)))
    }
    let bits = validity.freeze()
    return Column(
      type: type, validity: bits.zeroCount == 0 ? nil : bits,
      values: .bytes(slots.freeze(), data: data.freeze()))
  }
}

/// One pattern for both zeros, and one for every NaN.
@inline(__always)
func canonicalBits(_ value: Double) -> UInt64 {
  value.isNaN ? 0x7FF8_0000_0000_0000 : (value + 0.0).bitPattern
}

/// Up to seven bytes and their number in one word.
// SAFETY: eight bytes are loaded wherever a text starts; buffers are padded for that.
@inline(__always)
@unsafe
private func packShort(_ start: UnsafePointer<UInt8>, _ count: UInt32) -> UInt64 {
  let count = min(UInt64(count), 7)
  let word = unsafe UInt64(littleEndian: loadWord(start))
  let mask = (1 as UInt64 &<< (count &* 8)) &- 1
  return (word & mask) | count &<< 56
}

private func unpackShort(_ word: UInt64) -> [UInt8] {
  (0..<Int(word &>> 56)).map { UInt8(truncatingIfNeeded: word &>> UInt64($0 * 8)) }
}

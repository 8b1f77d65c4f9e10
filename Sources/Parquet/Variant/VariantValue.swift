// The value of a variant. VariantEncoding.md, "Value encoding".
//
//   value  := header  data         header := 1 byte: basic type (2 bits), what it says (6 bits)
//     0 primitive     type; data as `primitiveSize` has it
//     1 short string  length; UTF-8
//     2 object        size of an offset - 1 (2 bits), of an id - 1 (2), large (1)
//                     count  id{count}  offset{count + 1}  values
//     3 array         size of an offset - 1 (2 bits), large (1)
//                     count  offset{count + 1}  values
//   count  := 1 byte, 4 if large     offset := of a value from the first one's start; the last is
//                                              the size of all values together
//
// Nothing that is larger than its container is looked into, and the parts of a container are no
// larger together than the container: so the work is bounded by the size of the value, times the
// depth, whatever the offsets are.
import Base
import Columns

/// An object or array.
struct VariantContainer: ~Escapable {
  let bytes: RawSpan
  let isObject: Bool
  let count: Int
  /// Header included.
  let sizeBytes: Int
  private let idSizeBytes: Int
  private let offsetSizeBytes: Int
  private let idsStart: Int
  private let offsetsStart: Int
  private let valuesStart: Int

  /// - Parameter bytes: from the header on.
  /// - Precondition: the header says object or array.
  @_lifetime(copy bytes)
  init(_ bytes: RawSpan) throws(VariantFault) {
    let header = try unsigned(bytes, at: 0, sizeBytes: 1)
    isObject = header & 3 == 2
    let detail = header >> 2
    offsetSizeBytes = detail & 3 + 1
    idSizeBytes = isObject ? (detail >> 2) & 3 + 1 : 0
    let isLarge = detail >> (isObject ? 4 : 2) & 1 == 1
    let countSizeBytes = isLarge ? 4 : 1
    count = try unsigned(bytes, at: 1, sizeBytes: countSizeBytes)
    // No overflow: the count has 32 bits.
    idsStart = 1 + countSizeBytes
    offsetsStart = idsStart + count * idSizeBytes
    valuesStart = offsetsStart + (count + 1) * offsetSizeBytes
    let last = offsetsStart + count * offsetSizeBytes
    sizeBytes = valuesStart + (try unsigned(bytes, at: last, sizeBytes: offsetSizeBytes))
    guard sizeBytes <= bytes.byteCount else { throw .malformed(.truncated(offset: 0)) }
    self.bytes = bytes
  }

  /// The id of field `index`'s name.
  func id(_ index: Int) throws(VariantFault) -> Int {
    try unsigned(bytes, at: idsStart + index * idSizeBytes, sizeBytes: idSizeBytes)
  }

  /// Where value `index` is in `bytes`.
  ///
  /// - Parameter taken: bytes of the values looked at so far; grows by this one's.
  func value(_ index: Int, taken: inout Int) throws(VariantFault) -> Range<Int> {
    let place = offsetsStart + index * offsetSizeBytes
    let start = valuesStart + (try unsigned(bytes, at: place, sizeBytes: offsetSizeBytes))
    guard start < sizeBytes else { throw .malformed(.outOfRange(offset: place)) }
    let size = try variantSize(bytes.extracting(start..<sizeBytes))
    taken += size
    guard taken <= sizeBytes - valuesStart else { throw .malformed(.outOfRange(offset: place)) }
    return start..<start + size
  }
}

/// The number of bytes of the value that `bytes` start with. O(1).
func variantSize(_ bytes: RawSpan) throws(VariantFault) -> Int {
  let header = try unsigned(bytes, at: 0, sizeBytes: 1)
  let size: Int
  switch header & 3 {
  case 0: size = try primitiveSize(bytes, type: header >> 2)
  case 1: size = 1 + header >> 2
  default: return try VariantContainer(bytes).sizeBytes
  }
  guard size <= bytes.byteCount else { throw .malformed(.truncated(offset: 0)) }
  return size
}

/// VariantEncoding.md, "Variant primitive types".
private func primitiveSize(_ bytes: RawSpan, type: Int) throws(VariantFault) -> Int {
  switch type {
  case 0, 1, 2: return 1  // null, true, false
  case 3: return 2  // int8
  case 4: return 3  // int16
  case 5, 11, 14: return 5  // int32, date, float
  case 6, 7, 12, 13, 17, 18, 19: return 9  // int64, double, timestamps, time
  case 8: return 6  // decimals: the scale, then 4, 8 or 16 bytes
  case 9: return 10
  case 10: return 18
  case 15, 16: return 5 + (try unsigned(bytes, at: 1, sizeBytes: 4))  // binary, string
  case 20: return 17  // uuid
  default: throw .unknownType(type)
  }
}

extension VariantText {
  /// Appends the value that `bytes` are.
  mutating func append(
    value bytes: RawSpan, _ metadata: VariantMetadata, depth: Int = 0
  ) throws(VariantFault) {
    guard depth < Limits.jsonDepth else { throw .tooDeep }
    guard count <= limit else { throw .tooLong }
    let header = try unsigned(bytes, at: 0, sizeBytes: 1)
    guard try variantSize(bytes) == bytes.byteCount else {
      throw .malformed(.outOfRange(offset: 0))
    }
    switch header & 3 {
    case 0: try append(primitive: header >> 2, bytes)
    case 1: try append(quoting: bytes.extracting(1..<bytes.byteCount))
    case 2: try append(object: try VariantContainer(bytes), metadata, depth: depth)
    default: try append(array: try VariantContainer(bytes), metadata, depth: depth)
    }
  }

  private mutating func append(
    array: VariantContainer, _ metadata: VariantMetadata, depth: Int
  ) throws(VariantFault) {
    append("[")
    var taken = 0
    for index in 0..<array.count {
      if index > 0 { append(",") }
      let range = try array.value(index, taken: &taken)
      try append(value: array.bytes.extracting(range), metadata, depth: depth + 1)
    }
    append("]")
  }

  private mutating func append(
    object: VariantContainer, _ metadata: VariantMetadata, depth: Int
  ) throws(VariantFault) {
    append("{")
    var taken = 0
    var last: Range<Int>?
    var isChecked = false
    for index in 0..<object.count {
      let name = try metadata.name(try object.id(index))
      if let last, !isChecked,
        orderOfBytes(metadata.bytes.extracting(last), metadata.bytes.extracting(name)) >= 0
      {
        // Sorted some other way than the specification's, or not at all.
        try object.checkNames(metadata)
        isChecked = true
      }
      last = name
      if index > 0 { append(",") }
      try append(quoting: metadata.bytes.extracting(name))
      append(":")
      let range = try object.value(index, taken: &taken)
      try append(value: object.bytes.extracting(range), metadata, depth: depth + 1)
    }
    append("}")
  }

  // SAFETY: every load checks its bounds, every bit pattern is an integer, and the caller made sure
  // that the bytes are as many as the type has.
  private mutating func append(primitive type: Int, _ bytes: RawSpan) throws(VariantFault) {
    func load<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int = 1) -> T {
      T(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: T.self))
    }
    let count = bytes.byteCount
    switch type {
    case 0: try append(json: "null")
    case 1: try append(json: "true")
    case 2: try append(json: "false")
    case 3: try append(load(Int8.self))
    case 4: try append(load(Int16.self))
    case 5: try append(load(Int32.self))
    case 6: try append(load(Int64.self))
    case 7: try append(.double(Double(bitPattern: load(UInt64.self))))
    case 8: try append(decimal: Int128(load(Int32.self, at: 2)), scale: load(UInt8.self))
    case 9: try append(decimal: Int128(load(Int64.self, at: 2)), scale: load(UInt8.self))
    case 10: try append(decimal: load(Int128.self, at: 2), scale: load(UInt8.self))
    case 11: try append(.date(load(Int32.self)))
    case 12: try append(.timestamp(load(Int64.self)))
    case 13: try append(.timestampNtz(load(Int64.self)))
    case 14: try append(Float(bitPattern: load(UInt32.self)))
    case 15: try append(base64: bytes.extracting(5..<count))
    case 16: try append(quoting: bytes.extracting(5..<count))
    case 17: try append(.time(load(Int64.self)))
    case 18: try append(.timestampNanos(load(Int64.self)))
    case 19: try append(.timestampNtzNanos(load(Int64.self)))
    case 20: try append(.uuid((1..<count).map { load(UInt8.self, at: $0) }))
    default: throw .unknownType(type)
    }
  }

  private mutating func append(decimal unscaled: Int128, scale: UInt8) throws(VariantFault) {
    guard scale <= DataType.maxDecimalPrecision else { throw .malformed(.outOfRange(offset: 1)) }
    try append(.decimal(unscaled: unscaled, scale: Int(scale)))
  }
}

extension VariantContainer {
  /// - Throws: `repeatedField` when two fields have one name.
  fileprivate func checkNames(_ metadata: VariantMetadata) throws(VariantFault) {
    var seen: Set<[UInt8]> = []
    var sizeBytes = 0
    for index in 0..<count {
      let name = metadata.bytes.extracting(try metadata.name(try id(index)))
      // Names that differ do not overlap in any metadata but a forged one.
      sizeBytes += name.byteCount
      guard sizeBytes <= metadata.bytes.byteCount else {
        throw .malformed(.outOfRange(offset: 0))
      }
      // SAFETY: the bytes are copied.
      let copy = unsafe name.withUnsafeBytes { unsafe [UInt8]($0) }
      guard seen.insert(copy).inserted else { throw .repeatedField }
    }
  }
}

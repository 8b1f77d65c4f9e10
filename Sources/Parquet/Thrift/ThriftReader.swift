// Thrift's compact protocol, as Parquet uses it for every piece of metadata.
// Apache Thrift, doc/specs/thrift-compact-protocol.md.
//
//   struct  := field* 0x00
//   field   := header value         header := delta << 4 | type        delta 1...15
//                                           | 0 << 4 | type, zigzag id otherwise
//   boolean field: no value, the type says it (1 true, 2 false)
//   i8      := one byte             i16, i32, i64 := zigzag varint
//   double  := 8 bytes, little endian
//   binary  := varint length, bytes
//   list    := size << 4 | type, elements            size 0...14
//            | 0xF0 | type, varint size, elements    otherwise; a boolean element is one byte
//   map     := 0x00 | varint size, key type << 4 | value type, pairs
//
// Nothing here trusts a length: a list of n elements needs at least n more bytes, and structs,
// lists and maps nest at most `Limits.nestingDepth` deep.
package import Base

/// The type nibble of a field or a list element.
package enum ThriftType: UInt8, Sendable {
  case stop = 0
  case boolTrue = 1
  case boolFalse = 2
  case i8 = 3
  case i16 = 4
  case i32 = 5
  case i64 = 6
  case double = 7
  case binary = 8
  case list = 9
  case set = 10
  case map = 11
  case structure = 12
  case uuid = 13
}

/// A field header: what `nextField` returns.
package struct ThriftField: Sendable {
  package let id: Int16
  package let type: ThriftType
}

/// A value that Thrift writes as a struct.
package protocol ThriftReadable {
  init(from reader: inout ThriftReader) throws(DecodingFault)
}

/// A cursor over one Thrift value in borrowed bytes.
///
/// A struct is read as `var last = try reader.beginStruct()`, then fields until `nextField` is nil:
/// unknown fields are passed to `skip`.
package struct ThriftReader: ~Escapable {
  private var reader: ByteReader
  private var depth = 0

  @_lifetime(copy bytes)
  package init(_ bytes: RawSpan, at offset: Int = 0) {
    reader = ByteReader(bytes, at: offset)
  }

  /// Bytes read so far, from the start of the span.
  package var offset: Int { reader.offset }

  // MARK: Structs

  /// Enters a struct. The result is the id of its last field so far: none.
  @_lifetime(self: copy self)
  package mutating func beginStruct() throws(DecodingFault) -> Int16 {
    depth += 1
    guard depth <= Limits.nestingDepth else { throw .outOfRange(offset: offset) }
    return 0
  }

  /// The next field's header, or nil at the end of the struct, which is left then.
  @_lifetime(self: copy self)
  package mutating func nextField(after last: inout Int16) throws(DecodingFault) -> ThriftField? {
    let start = offset
    let header = try reader.readUInt8()
    guard let type = ThriftType(rawValue: header & 0x0F) else { throw .malformed(offset: start) }
    if type == .stop {
      depth -= 1
      return nil
    }
    if header >> 4 == 0 {
      guard let id = Int16(exactly: try reader.readZigZag()) else {
        throw .outOfRange(offset: start)
      }
      last = id
    } else {
      let (id, overflow) = last.addingReportingOverflow(Int16(header >> 4))
      guard !overflow else { throw .outOfRange(offset: start) }
      last = id
    }
    return ThriftField(id: last, type: type)
  }

  /// Reads a nested struct of field `field`.
  @_lifetime(self: copy self)
  package mutating func readStruct<T: ThriftReadable>(
    _ type: T.Type, _ field: ThriftField
  ) throws(DecodingFault) -> T {
    try expect(field, .structure)
    return try T(from: &self)
  }

  // MARK: Scalars

  @_lifetime(self: copy self)
  package mutating func readBool(_ field: ThriftField) throws(DecodingFault) -> Bool {
    switch field.type {
    case .boolTrue: true
    case .boolFalse: false
    default: throw .malformed(offset: offset)
    }
  }

  @_lifetime(self: copy self)
  package mutating func readInt64(_ field: ThriftField) throws(DecodingFault) -> Int64 {
    switch field.type {
    case .i8: Int64(Int8(bitPattern: try reader.readUInt8()))
    case .i16, .i32, .i64: try reader.readZigZag()
    default: throw .malformed(offset: offset)
    }
  }

  @_lifetime(self: copy self)
  package mutating func readInt32(_ field: ThriftField) throws(DecodingFault) -> Int32 {
    let start = offset
    guard let value = Int32(exactly: try readInt64(field)) else { throw .outOfRange(offset: start) }
    return value
  }

  @_lifetime(self: copy self)
  package mutating func readDouble(_ field: ThriftField) throws(DecodingFault) -> Double {
    try expect(field, .double)
    return Double(bitPattern: try reader.readInteger(UInt64.self))
  }

  @_lifetime(self: copy self)
  package mutating func readBinary(_ field: ThriftField) throws(DecodingFault) -> [UInt8] {
    try expect(field, .binary)
    return try readBinaryElement()
  }

  @_lifetime(self: copy self)
  package mutating func readString(_ field: ThriftField) throws(DecodingFault) -> String {
    try expect(field, .binary)
    return try readStringElement()
  }

  // MARK: Lists

  /// Reads a list's header. Its elements, at least one byte each, are known to fit the input.
  @_lifetime(self: copy self)
  package mutating func readListHeader(
    _ field: ThriftField
  ) throws(DecodingFault) -> (type: ThriftType, count: Int) {
    guard field.type == .list || field.type == .set else { throw .malformed(offset: offset) }
    return try readListHeader()
  }

  @_lifetime(self: copy self)
  private mutating func readListHeader() throws(DecodingFault) -> (type: ThriftType, count: Int) {
    let start = offset
    let header = try reader.readUInt8()
    // Some writers say 0 for the element type of an empty list.
    guard let type = ThriftType(rawValue: header & 0x0F) else { throw .malformed(offset: start) }
    var count = Int(header >> 4)
    if count == 15 { count = Int(try reader.readULEB128(max: UInt64(Int32.max))) }
    guard count <= reader.remaining else { throw .outOfRange(offset: start) }
    guard count == 0 || type != .stop else { throw .malformed(offset: start) }
    return (type, count)
  }

  @_lifetime(self: copy self)
  package mutating func readList<T: ThriftReadable>(
    of element: T.Type, _ field: ThriftField
  ) throws(DecodingFault) -> [T] {
    let (type, count) = try readListHeader(field)
    guard count == 0 || type == .structure else { throw .malformed(offset: offset) }
    var elements: [T] = []
    // An element of memory is larger than one byte of input: a lying count must not reserve it all.
    elements.reserveCapacity(min(count, 1024))
    for _ in 0..<count { elements.append(try T(from: &self)) }
    return elements
  }

  @_lifetime(self: copy self)
  package mutating func readInt64List(_ field: ThriftField) throws(DecodingFault) -> [Int64] {
    let (type, count) = try readListHeader(field)
    var elements: [Int64] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try readInt64(ThriftField(id: 0, type: type))) }
    return elements
  }

  @_lifetime(self: copy self)
  package mutating func readInt32List(_ field: ThriftField) throws(DecodingFault) -> [Int32] {
    let (type, count) = try readListHeader(field)
    var elements: [Int32] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try readInt32(ThriftField(id: 0, type: type))) }
    return elements
  }

  @_lifetime(self: copy self)
  package mutating func readBoolList(_ field: ThriftField) throws(DecodingFault) -> [Bool] {
    let (type, count) = try readListHeader(field)
    guard count == 0 || type == .boolTrue || type == .boolFalse else {
      throw .malformed(offset: offset)
    }
    var elements: [Bool] = []
    elements.reserveCapacity(count)
    for _ in 0..<count { elements.append(try reader.readUInt8() == 1) }
    return elements
  }

  @_lifetime(self: copy self)
  package mutating func readBinaryList(_ field: ThriftField) throws(DecodingFault) -> [[UInt8]] {
    let (type, count) = try readListHeader(field)
    guard count == 0 || type == .binary else { throw .malformed(offset: offset) }
    var elements: [[UInt8]] = []
    elements.reserveCapacity(min(count, 1024))
    for _ in 0..<count { elements.append(try readBinaryElement()) }
    return elements
  }

  @_lifetime(self: copy self)
  package mutating func readStringList(_ field: ThriftField) throws(DecodingFault) -> [String] {
    let (type, count) = try readListHeader(field)
    guard count == 0 || type == .binary else { throw .malformed(offset: offset) }
    var elements: [String] = []
    elements.reserveCapacity(min(count, 1024))
    for _ in 0..<count { elements.append(try readStringElement()) }
    return elements
  }

  @_lifetime(self: copy self)
  private mutating func readBinaryElement() throws(DecodingFault) -> [UInt8] {
    // SAFETY: `readBytes` checked the count; the bytes are copied.
    let count = try reader.readULEB128(max: UInt64(Int32.max))
    let bytes = try reader.readBytes(Int(count))
    return unsafe bytes.withUnsafeBytes { unsafe [UInt8]($0) }
  }

  /// Bytes that are not UTF-8 are repaired: a damaged name is a name nobody asks for.
  @_lifetime(self: copy self)
  private mutating func readStringElement() throws(DecodingFault) -> String {
    // SAFETY: `readBytes` checked the count; the bytes are copied.
    let count = try reader.readULEB128(max: UInt64(Int32.max))
    let bytes = try reader.readBytes(Int(count))
    return unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
  }

  // MARK: Skipping

  private func expect(_ field: ThriftField, _ type: ThriftType) throws(DecodingFault) {
    guard field.type == type else { throw .malformed(offset: offset) }
  }

  /// Passes over the value of a field that the reader does not know.
  @_lifetime(self: copy self)
  package mutating func skip(_ field: ThriftField) throws(DecodingFault) {
    switch field.type {
    case .boolTrue, .boolFalse: break
    default: try skipElement(field.type)
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipElement(_ type: ThriftType) throws(DecodingFault) {
    switch type {
    case .stop: throw .malformed(offset: offset)
    case .boolTrue, .boolFalse, .i8: _ = try reader.readUInt8()
    case .i16, .i32, .i64: _ = try reader.readULEB128()
    case .double: _ = try reader.readBytes(8)
    case .uuid: _ = try reader.readBytes(16)
    case .binary:
      let count = try reader.readULEB128(max: UInt64(Int32.max))
      _ = try reader.readBytes(Int(count))
    case .structure:
      var last = try beginStruct()
      while let field = try nextField(after: &last) { try skip(field) }
    case .list, .set:
      let (element, count) = try readListHeader()
      try nested { (reader) throws(DecodingFault) in
        for _ in 0..<count { try reader.skipElement(element) }
      }
    case .map: try skipMap()
    }
  }

  @_lifetime(self: copy self)
  private mutating func skipMap() throws(DecodingFault) {
    let start = offset
    let count = try reader.readULEB128(max: UInt64(Int32.max))
    if count == 0 { return }
    guard count <= reader.remaining else { throw .outOfRange(offset: start) }
    let types = try reader.readUInt8()
    guard let key = ThriftType(rawValue: types >> 4), let value = ThriftType(rawValue: types & 0x0F)
    else { throw .malformed(offset: start) }
    try nested { (reader) throws(DecodingFault) in
      for _ in 0..<count {
        try reader.skipElement(key)
        try reader.skipElement(value)
      }
    }
  }

  @_lifetime(self: copy self)
  private mutating func nested(
    _ body: (inout ThriftReader) throws(DecodingFault) -> Void
  ) throws(DecodingFault) {
    depth += 1
    guard depth <= Limits.nestingDepth else { throw .outOfRange(offset: offset) }
    try body(&self)
    depth -= 1
  }
}

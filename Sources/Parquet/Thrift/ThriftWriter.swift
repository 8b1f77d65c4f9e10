// Writes Thrift's compact protocol. The format is drawn in ThriftReader.swift.
package import Base

/// A value that Thrift writes as a struct.
package protocol ThriftWritable {
  /// Writes the fields; the caller opens and closes the struct.
  func writeFields(to writer: inout ThriftWriter)
}

/// Appends Thrift values to bytes. Fields of one struct come in ascending order of their ids.
package struct ThriftWriter: ~Copyable {
  package var bytes: ByteWriter
  /// Id of the last field written, one for every open struct.
  private var lastIDs: [Int16] = []

  package init(capacity: Int = 256) { bytes = ByteWriter(capacity: capacity) }

  /// The bytes so far; the writer is empty afterwards.
  package mutating func take() -> Buffer<UInt8> { bytes.take() }

  // MARK: Structs

  /// Writes `value` on its own: a footer, a page header, an index.
  package mutating func write(_ value: some ThriftWritable) {
    lastIDs.append(0)
    value.writeFields(to: &self)
    bytes.append(0)
    lastIDs.removeLast()
  }

  package mutating func field(_ id: Int16, _ value: (some ThriftWritable)?) {
    guard let value else { return }
    header(id, .structure)
    write(value)
  }

  /// A struct that was written before.
  package mutating func field(_ id: Int16, written bytes: Buffer<UInt8>) {
    header(id, .structure)
    self.bytes.append(bytes)
  }

  private mutating func header(_ id: Int16, _ type: ThriftType) {
    let last = lastIDs[lastIDs.count - 1]
    lastIDs[lastIDs.count - 1] = id
    if id > last && id - last <= 15 {
      bytes.append(UInt8(id - last) << 4 | type.rawValue)
    } else {
      bytes.append(type.rawValue)
      bytes.appendZigZag(Int64(id))
    }
  }

  // MARK: Scalars. Nil writes nothing.

  package mutating func field(_ id: Int16, _ value: Bool?) {
    guard let value else { return }
    header(id, value ? .boolTrue : .boolFalse)
  }

  package mutating func field(_ id: Int16, byte value: Int8?) {
    guard let value else { return }
    header(id, .i8)
    bytes.append(UInt8(bitPattern: value))
  }

  package mutating func field(_ id: Int16, _ value: Int16?) {
    guard let value else { return }
    header(id, .i16)
    bytes.appendZigZag(Int64(value))
  }

  package mutating func field(_ id: Int16, _ value: Int32?) {
    guard let value else { return }
    header(id, .i32)
    bytes.appendZigZag(Int64(value))
  }

  package mutating func field(_ id: Int16, _ value: Int64?) {
    guard let value else { return }
    header(id, .i64)
    bytes.appendZigZag(value)
  }

  package mutating func field(_ id: Int16, _ value: Double?) {
    guard let value else { return }
    header(id, .double)
    bytes.appendInteger(value.bitPattern)
  }

  package mutating func field(_ id: Int16, _ value: String?) {
    guard let value else { return }
    header(id, .binary)
    element(value)
  }

  package mutating func field(_ id: Int16, _ value: [UInt8]?) {
    guard let value else { return }
    header(id, .binary)
    element(value)
  }

  // MARK: Lists

  private mutating func listHeader(_ id: Int16, _ type: ThriftType, count: Int) {
    header(id, .list)
    if count < 15 {
      bytes.append(UInt8(count) << 4 | type.rawValue)
    } else {
      bytes.append(0xF0 | type.rawValue)
      bytes.appendULEB128(UInt64(count))
    }
  }

  package mutating func field(_ id: Int16, list: [some ThriftWritable]?) {
    guard let list else { return }
    listHeader(id, .structure, count: list.count)
    for value in list { write(value) }
  }

  package mutating func field(_ id: Int16, list: [Int32]?) {
    guard let list else { return }
    listHeader(id, .i32, count: list.count)
    for value in list { bytes.appendZigZag(Int64(value)) }
  }

  package mutating func field(_ id: Int16, list: [Int64]?) {
    guard let list else { return }
    listHeader(id, .i64, count: list.count)
    for value in list { bytes.appendZigZag(value) }
  }

  package mutating func field(_ id: Int16, list: [Bool]?) {
    guard let list else { return }
    listHeader(id, .boolTrue, count: list.count)
    for value in list { bytes.append(value ? 1 : 2) }
  }

  package mutating func field(_ id: Int16, list: [String]?) {
    guard let list else { return }
    listHeader(id, .binary, count: list.count)
    for value in list { element(value) }
  }

  package mutating func field(_ id: Int16, list: [[UInt8]]?) {
    guard let list else { return }
    listHeader(id, .binary, count: list.count)
    for value in list { element(value) }
  }

  private mutating func element(_ value: String) {
    bytes.appendULEB128(UInt64(value.utf8.count))
    bytes.append(utf8: value)
  }

  private mutating func element(_ value: [UInt8]) {
    bytes.appendULEB128(UInt64(value.count))
    bytes.append(value)
  }
}

package import Base

/// Writes JSON front to back without white space; puts the commas and colons itself.
///
/// Keys appear in the order they are written; dictionaries are written in the order of their keys,
/// so that equal values give equal bytes.
package struct JSONWriter: ~Copyable {
  package private(set) var bytes = ByteWriter()
  private var needsComma = false

  package init() {}

  package consuming func freeze() -> Buffer<UInt8> { bytes.take() }

  /// What was written so far as text.
  package var text: String { String(decoding: Array(copyOf: bytes.bytes), as: UTF8.self) }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  package mutating func beginObject() { begin(UInt8(ascii: "{")) }
  package mutating func endObject() { end(UInt8(ascii: "}")) }
  package mutating func beginArray() { begin(UInt8(ascii: "[")) }
  package mutating func endArray() { end(UInt8(ascii: "]")) }

  private mutating func begin(_ byte: UInt8) {
    separate()
    bytes.append(byte)
    needsComma = false
  }

  private mutating func end(_ byte: UInt8) {
    bytes.append(byte)
    needsComma = true
  }

  /// The name of the member whose value is written next.
  package mutating func key(_ name: String) {
    separate()
    quote(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  package mutating func string(_ value: String) {
    separate()
    quote(value)
  }

  package mutating func integer(_ value: some BinaryInteger) { raw(String(value)) }

  package mutating func boolean(_ value: Bool) { raw(value ? "true" : "false") }

  package mutating func null() { raw("null") }

  /// The shortest text that reads back as the same double. NaN and infinities, which JSON lacks,
  /// are strings, as Spark writes them.
  package mutating func double(_ value: Double) {
    if value.isFinite {
      raw(value.description)
    } else {
      string(value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity")
    }
  }

  /// A value that is JSON already.
  package mutating func raw(_ json: String) {
    separate()
    bytes.append(utf8: json)
  }

  /// Ends a line of newline-delimited JSON.
  package mutating func endLine() {
    bytes.append(UInt8(ascii: "\n"))
    needsComma = false
  }

  private mutating func quote(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): bytes.append(utf8: "\\\"")
      case UInt8(ascii: "\\"): bytes.append(utf8: "\\\\")
      case 8: bytes.append(utf8: "\\b")
      case 9: bytes.append(utf8: "\\t")
      case 10: bytes.append(utf8: "\\n")
      case 12: bytes.append(utf8: "\\f")
      case 13: bytes.append(utf8: "\\r")
      case 0..<0x20:
        bytes.append(utf8: "\\u00")
        bytes.append(hexDigit(byte >> 4))
        bytes.append(hexDigit(byte & 15))
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

extension JSONWriter {
  package mutating func member(_ name: String, _ value: String) {
    key(name)
    string(value)
  }

  package mutating func member(_ name: String, _ value: some BinaryInteger) {
    key(name)
    integer(value)
  }

  package mutating func member(_ name: String, _ value: Bool) {
    key(name)
    boolean(value)
  }

  /// An object of strings, in the order of the keys; nil is null.
  package mutating func member(_ name: String, _ values: [String: String?]) {
    key(name)
    beginObject()
    for (key, value) in values.sorted(by: { $0.key < $1.key }) {
      self.key(key)
      if let value { string(value) } else { null() }
    }
    endObject()
  }

  package mutating func member(_ name: String, _ values: [String]) {
    key(name)
    beginArray()
    for value in values { string(value) }
    endArray()
  }

  package mutating func member(_ name: String, raw json: String) {
    key(name)
    raw(json)
  }
}

extension Array where Element == UInt8 {
  init(copyOf bytes: RawSpan) {
    // SAFETY: the bytes are copied before the closure ends.
    self = unsafe bytes.withUnsafeBytes { unsafe Array($0) }
  }
}

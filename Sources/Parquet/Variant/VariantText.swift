// JSON text (RFC 8259) of what variants hold. What JSON has no form for is text: dates and times
// in ISO 8601 (instants end in Z), NaN and infinities, UUIDs, binary in base64.
import Base
import Columns
import Encodings

/// Appends JSON to bytes, up to a limit.
struct VariantText: ~Copyable {
  private var bytes = ByteWriter()
  /// The text so far may not grow past this, but for the punctuation of the value at hand.
  var limit = Int.max

  var count: Int { bytes.count }

  /// Forgets what follows the first `count` bytes.
  mutating func truncate(to count: Int) { bytes.buffer.truncate(to: count) }

  consuming func freeze() -> Buffer<UInt8> { bytes.take() }

  mutating func append(_ character: Unicode.Scalar) { bytes.append(UInt8(ascii: character)) }

  /// JSON that is there already.
  mutating func append(json: String) throws(VariantFault) {
    guard json.utf8.count <= limit - count else { throw .tooLong }
    bytes.append(utf8: json)
  }

  mutating func append(json: [UInt8]) throws(VariantFault) {
    guard json.count <= limit - count else { throw .tooLong }
    bytes.append(json)
  }

  mutating func append(_ value: some BinaryInteger) throws(VariantFault) {
    try append(json: String(value))
  }

  /// The shortest text that reads back as the same float.
  mutating func append(_ value: Float) throws(VariantFault) {
    try append(json: value.isFinite ? value.description : Scalar.double(Double(value)).jsonText)
  }

  mutating func append(_ value: Scalar) throws(VariantFault) { try append(json: value.jsonText) }

  /// A string.
  ///
  /// - Parameter isChecked: whether the bytes are known to be UTF-8.
  mutating func append(quoting text: RawSpan, isChecked: Bool = false) throws(VariantFault) {
    guard isChecked || isUTF8(text) else { throw .malformed(.malformed(offset: 0)) }
    guard text.byteCount <= limit - count - 2 else { throw .tooLong }
    append("\"")
    var start = 0
    for index in 0..<text.byteCount {
      // SAFETY: the load checks its bounds, and every bit pattern is a byte.
      let byte = unsafe text.unsafeLoad(fromByteOffset: index, as: UInt8.self)
      guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else {
        continue
      }
      bytes.append(text.extracting(start..<index))
      start = index + 1
      guard text.byteCount - index + 6 <= limit - count else { throw .tooLong }
      escape(byte)
    }
    bytes.append(text.extracting(start..<text.byteCount))
    append("\"")
  }

  private mutating func escape(_ byte: UInt8) {
    append("\\")
    switch byte {
    case 8: append("b")
    case 9: append("t")
    case 10: append("n")
    case 12: append("f")
    case 13: append("r")
    case 0..<0x20:
      bytes.append(utf8: byte < 16 ? "u000" : "u00")
      bytes.append(utf8: String(byte, radix: 16))
    default: bytes.append(byte)
    }
  }

  /// Base64 (RFC 4648, section 4), quoted.
  mutating func append(base64 data: RawSpan) throws(VariantFault) {
    guard data.byteCount <= (limit - count - 6) / 4 * 3 else { throw .tooLong }
    append("\"")
    for start in stride(from: 0, to: data.byteCount, by: 3) {
      let size = min(3, data.byteCount - start)
      var group: UInt32 = 0
      for index in 0..<size {
        // SAFETY: the load checks its bounds, and every bit pattern is a byte.
        let byte = unsafe data.unsafeLoad(fromByteOffset: start + index, as: UInt8.self)
        group |= UInt32(byte) << UInt32(16 - 8 * index)
      }
      for digit in 0..<4 {
        bytes.append(
          digit > size ? UInt8(ascii: "=") : base64Digit(group >> UInt32(18 - 6 * digit)))
      }
    }
    append("\"")
  }
}

private func base64Digit(_ value: UInt32) -> UInt8 {
  let value = UInt8(truncatingIfNeeded: value & 63)
  switch value {
  case 0..<26: return UInt8(ascii: "A") + value
  case 26..<52: return UInt8(ascii: "a") + value - 26
  case 52..<62: return UInt8(ascii: "0") + value - 52
  case 62: return UInt8(ascii: "+")
  default: return UInt8(ascii: "/")
  }
}

import ArgumentParser

// Bytes of a dialect as people write them:
//
//   tab space comma semicolon pipe     by name
//   \t                                 a tab
//   \x01  \001  ^A                     a byte by its number, or as a control character

/// A delimiter: up to 16 bytes.
struct DelimiterBytes {
  private static let countMax = 16

  let bytes: [UInt8]

  /// - Throws: `ValidationError`, which says what is valid.
  init(parsing argument: String) throws {
    bytes = dialectBytes(argument)
    guard (1...DelimiterBytes.countMax).contains(bytes.count) else {
      throw ValidationError(
        "1 to \(DelimiterBytes.countMax) bytes, or tab, space, comma, semicolon, pipe; "
          + "\\x01, \\001 and ^A are control characters")
    }
  }
}

/// One byte, or that there is none.
struct OptionalByte {
  let byte: UInt8?

  /// - Throws: `ValidationError`, which says what is valid.
  init(parsing argument: String) throws {
    if argument == "none" || argument.isEmpty {
      byte = nil
      return
    }
    let bytes = dialectBytes(argument)
    guard bytes.count == 1 else { throw ValidationError("one byte, such as #, or none") }
    byte = bytes[0]
  }
}

private func dialectBytes(_ argument: String) -> [UInt8] {
  let named: [String: UInt8] = [
    "tab": 0x09, "space": 0x20, "comma": 0x2C, "semicolon": 0x3B, "pipe": 0x7C,
  ]
  if let byte = named[argument.lowercased()] { return [byte] }
  let text = Array(argument.utf8)
  // A caret alone, or before anything but a capital letter, is itself.
  if text.count == 2, text[0] == UInt8(ascii: "^"), (0x41...0x5A).contains(text[1]) {
    return [text[1] & 0x1F]
  }
  var bytes: [UInt8] = []
  var rest = text[...]
  while let first = rest.first {
    if let (byte, count) = escapedByte(rest) {
      bytes.append(byte)
      rest = rest.dropFirst(count)
    } else {
      bytes.append(first)
      rest = rest.dropFirst()
    }
  }
  return bytes
}

/// The byte that an escape at the front stands for, and the length of the escape.
private func escapedByte(_ text: ArraySlice<UInt8>) -> (byte: UInt8, count: Int)? {
  guard text.first == UInt8(ascii: "\\") else { return nil }
  let behind = text.dropFirst()
  if behind.first == UInt8(ascii: "t") { return (0x09, 2) }
  if behind.first == UInt8(ascii: "x") {
    let digits = behind.dropFirst().prefix(2)
    return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
      .flatMap { digits.count == 2 ? ($0, 4) : nil }
  }
  let digits = behind.prefix(3)
  return UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
    .flatMap { digits.count == 3 ? ($0, 4) : nil }
}

// A text in Spark's SQL:
//
//   string := "'" (escape | any)* "'"  |  '"' (escape | any)* '"'
//   escape := "\u" hex{4}  |  "\U" hex{8}  |  "\" [01] [0-7]{2}  |  "\" any
//
// Of the last kind 0 b n r t Z stand for control characters, % and _ keep their backslash, for LIKE
// to see, and any other character stands for itself.

import Base

private let backslash = UInt8(ascii: "\\")

extension Lexer {
  /// What stands between two `quote` marks.
  mutating func sparkString(_ quote: UInt8) throws(QueryError) -> String {
    let start = offset
    var bytes: [UInt8] = []
    offset += 1
    while let byte = peek() {
      if byte == backslash {
        try readEscape(into: &bytes)
      } else if byte != quote {
        bytes.append(byte)
        offset += 1
      } else if peek(1) != quote {
        offset += 1
        return String(decoding: bytes, as: UTF8.self)
      } else {
        let mark = Character(Unicode.Scalar(quote))
        throw unsupported(
          "a doubled \(mark) in a text is not supported", at: offset,
          hint: "Spark 4 takes it for one, and Spark 3 for none; \\\(mark) is one in both")
      }
    }
    throw error("a string has no closing \(Character(Unicode.Scalar(quote)))", at: start)
  }

  private mutating func readEscape(into bytes: inout [UInt8]) throws(QueryError) {
    let start = offset
    if var code = number(after: "u", digitCount: 4) {
      offset += 6
      // Characters of 32 bits are two halves of 16.
      if 0xD800..<0xDC00 ~= code, peek() == backslash,
        let low = number(after: "u", digitCount: 4), 0xDC00..<0xE000 ~= low
      {
        offset += 6
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      try append(code, to: &bytes, at: start)
    } else if let code = number(after: "U", digitCount: 8) {
      offset += 10
      try append(code, to: &bytes, at: start)
    } else if let code = octal() {
      offset += 4
      try append(code, to: &bytes, at: start)
    } else {
      if let byte = peek(1) { bytes += escaped(byte) }
      offset += 2
    }
  }

  private func escaped(_ byte: UInt8) -> [UInt8] {
    switch byte {
    case UInt8(ascii: "0"): [0]
    case UInt8(ascii: "b"): [8]
    case UInt8(ascii: "n"): [10]
    case UInt8(ascii: "r"): [13]
    case UInt8(ascii: "t"): [9]
    case UInt8(ascii: "Z"): [26]
    case UInt8(ascii: "%"), UInt8(ascii: "_"): [backslash, byte]
    default: [byte]
    }
  }

  private func append(
    _ code: UInt32, to bytes: inout [UInt8], at start: Int
  ) throws(QueryError) {
    guard let scalar = Unicode.Scalar(code) else {
      throw unsupported("an escape that stands for no character is not supported", at: start)
    }
    bytes += Array(String(scalar).utf8)
  }

  /// The number of hexadecimal digits behind a backslash and `letter`; nil if they are not there.
  private func number(after letter: Unicode.Scalar, digitCount: Int) -> UInt32? {
    guard peek(1) == UInt8(ascii: letter) else { return nil }
    return digits(from: 2, count: digitCount, radix: 16)
  }

  private func octal() -> UInt32? {
    guard let first = peek(1), first == UInt8(ascii: "0") || first == UInt8(ascii: "1") else {
      return nil
    }
    return digits(from: 1, count: 3, radix: 8)
  }

  private func digits(from ahead: Int, count: Int, radix: UInt32) -> UInt32? {
    var value: UInt32 = 0
    for index in 0..<count {
      guard let byte = peek(ahead + index),
        let digit = Character(Unicode.Scalar(byte)).hexDigitValue, digit < radix
      else { return nil }
      value = value << (radix == 16 ? 4 : 3) | UInt32(digit)
    }
    return value
  }

  private func unsupported(_ message: String, at offset: Int, hint: String? = nil) -> QueryError {
    QueryError(.unsupported, message, at: TextPosition(offset: offset, in: text), hint: hint)
  }
}

// SQL text to tokens.
//
//   word     := (letter | "_" | byte >= 0x80) (letter | digit | "_" | "$" | byte >= 0x80)*
//   name     := '"' (any | '""')* '"'  |  "`" (any | "``")* "`"
//   string   := "'" (any | "''")* "'"
//   number   := digit+ ["." digit*] [exponent]  |  "." digit+ [exponent]
//   exponent := ("e" | "E") ["+" | "-"] digit+
//   comment  := "--" to the end of the line  |  "/*" to "*/", not nested
//
// Texts in Spark's SQL are in Lexer+Spark.swift.

import Base

/// Cuts SQL text into tokens, the last of which is `end`.
struct Lexer {
  let text: [UInt8]
  var offset = 0
  private let dialect: SQLDialect

  init(text: [UInt8], dialect: SQLDialect) {
    self.text = text
    self.dialect = dialect
  }

  static func tokens(
    _ text: [UInt8], _ dialect: SQLDialect = .grebe
  ) throws(QueryError) -> [Token] {
    guard text.count <= QueryLimits.textBytes else {
      throw QueryError(.resourceLimit, "the query is longer than \(QueryLimits.textBytes) bytes")
    }
    var lexer = Lexer(text: text, dialect: dialect)
    var tokens: [Token] = []
    while true {
      let token = try lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private mutating func next() throws(QueryError) -> Token {
    try skipBlanks()
    let start = offset
    guard let byte = peek() else { return Token(kind: .end, range: start..<start) }
    let kind: Token.Kind
    switch byte {
    case UInt8(ascii: "'") where dialect == .spark, UInt8(ascii: "\"") where dialect == .spark:
      kind = .string(try sparkString(byte))
    case UInt8(ascii: "'"): kind = .string(try quoted(byte, what: "string"))
    case UInt8(ascii: "\""), UInt8(ascii: "`"):
      let name = try quoted(byte, what: "name")
      if name.isEmpty { throw error("a quoted name is empty", at: start) }
      kind = .quotedName(name)
    case _ where isDigit(byte) || (byte == UInt8(ascii: ".") && isDigit(peek(1) ?? 0)):
      kind = .number(try number())
    case _ where isWordStart(byte):
      while let byte = peek(), isWordPart(byte) { offset += 1 }
      kind = .word(String(decoding: text[start..<offset], as: UTF8.self))
    default: kind = .symbol(try symbol())
    }
    return Token(kind: kind, range: start..<offset)
  }

  private mutating func skipBlanks() throws(QueryError) {
    while let byte = peek() {
      if byte == 32 || (9...13).contains(byte) {
        offset += 1
      } else if byte == UInt8(ascii: "-") && peek(1) == byte {
        while let byte = peek(), byte != 10 { offset += 1 }
      } else if byte == UInt8(ascii: "/") && peek(1) == UInt8(ascii: "*") {
        let start = offset
        offset += 2
        while !(peek() == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
          guard peek() != nil else { throw error("a comment has no end", at: start) }
          offset += 1
        }
        offset += 2
      } else {
        return
      }
    }
  }

  /// What stands between two `quote` marks; a doubled mark inside stands for one.
  private mutating func quoted(_ quote: UInt8, what: String) throws(QueryError) -> String {
    let start = offset
    var bytes: [UInt8] = []
    offset += 1
    while let byte = peek() {
      offset += 1
      if byte == quote {
        if peek() != quote { return String(decoding: bytes, as: UTF8.self) }
        offset += 1
      }
      bytes.append(byte)
    }
    throw error("a \(what) has no closing \(Character(Unicode.Scalar(quote)))", at: start)
  }

  private mutating func number() throws(QueryError) -> String {
    let start = offset
    while let byte = peek(), isDigit(byte) { offset += 1 }
    if peek() == UInt8(ascii: ".") {
      offset += 1
      while let byte = peek(), isDigit(byte) { offset += 1 }
    }
    if let byte = peek(), byte | 0x20 == UInt8(ascii: "e") {
      let sign = peek(1) == UInt8(ascii: "+") || peek(1) == UInt8(ascii: "-")
      if isDigit(peek(sign ? 2 : 1) ?? 0) {
        offset += sign ? 2 : 1
        while let byte = peek(), isDigit(byte) { offset += 1 }
      }
    }
    if let byte = peek(), isWordStart(byte) {
      throw QueryError(
        .invalidArgument, "a number runs into a word", at: TextPosition(offset: offset, in: text),
        hint: "names that begin with a digit need \(dialect.nameQuotes)")
    }
    return String(decoding: text[start..<offset], as: UTF8.self)
  }

  private mutating func symbol() throws(QueryError) -> Symbol {
    for length in [2, 1] where offset + length <= text.count {
      let candidate = String(decoding: text[offset..<offset + length], as: UTF8.self)
      if let symbol = Symbol(rawValue: candidate) {
        offset += length
        return symbol
      }
    }
    let shown = Character(Unicode.Scalar(text[offset]))
    throw error("unexpected character \(shown)", at: offset)
  }

  func peek(_ ahead: Int = 0) -> UInt8? {
    offset + ahead < text.count ? text[offset + ahead] : nil
  }

  func error(_ message: String, at offset: Int) -> QueryError {
    QueryError(.invalidArgument, message, at: TextPosition(offset: offset, in: text))
  }

  private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

  private func isWordStart(_ byte: UInt8) -> Bool {
    (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_") || byte >= 0x80
  }

  private func isWordPart(_ byte: UInt8) -> Bool {
    isWordStart(byte) || isDigit(byte) || byte == UInt8(ascii: "$")
  }
}

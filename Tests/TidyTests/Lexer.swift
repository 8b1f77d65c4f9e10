// Just enough Swift lexing to tell code from comments and strings.
//
//   comment := "//" to the end of the line | "/*" (comment | any)* "*/"
//   string  := "#"{n} quote (escape | interpolation | any)* quote "#"{n}
//   quote   := `"` | `"""`
//   escape  := "\" "#"{n} any
//   interpolation := "\" "#"{n} "(" code ")"
//
// Regex literals are not known; none of the rules depends on one.

/// The lines of `text`, with every byte of a comment or a string replaced by a space.
func blankingCommentsAndStrings(_ text: String) -> [String] {
  var lexer = Lexer(bytes: Array(text.utf8))
  lexer.run()
  return String(decoding: lexer.output, as: UTF8.self)
    .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
}

private struct Lexer {
  let bytes: [UInt8]
  var output: [UInt8] = []
  var offset = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
    output.reserveCapacity(bytes.count)
  }

  mutating func run() {
    while offset < bytes.count {
      if sees("//") {
        blankLine()
      } else if sees("/*") {
        blankBlockComment()
      } else if let hashes = hashesBeforeQuote() {
        blankString(hashes: hashes)
      } else {
        keep()
      }
    }
  }

  private func sees(_ token: StaticString, at start: Int? = nil) -> Bool {
    let start = start ?? offset
    let token = "\(token)".utf8
    return start + token.count <= bytes.count
      && bytes[start..<start + token.count].elementsEqual(token)
  }

  private mutating func keep() {
    output.append(bytes[offset])
    offset += 1
  }

  private mutating func blank(_ count: Int = 1) {
    for _ in 0..<min(count, bytes.count - offset) {
      output.append(bytes[offset] == UInt8(ascii: "\n") ? bytes[offset] : UInt8(ascii: " "))
      offset += 1
    }
  }

  private mutating func blankLine() {
    while offset < bytes.count, bytes[offset] != UInt8(ascii: "\n") { blank() }
  }

  private mutating func blankBlockComment() {
    var depth = 0
    repeat {
      if sees("/*") {
        depth += 1
        blank(2)
      } else if sees("*/") {
        depth -= 1
        blank(2)
      } else {
        blank()
      }
    } while depth > 0 && offset < bytes.count
  }

  /// The number of `#` before a quote that starts here; nil when no string starts here.
  private func hashesBeforeQuote() -> Int? {
    var end = offset
    while end < bytes.count, bytes[end] == UInt8(ascii: "#") { end += 1 }
    return sees("\"", at: end) ? end - offset : nil
  }

  private mutating func blankString(hashes: Int) {
    let hashMarks = String(repeating: "#", count: hashes)
    let quote = sees("\"\"\"", at: offset + hashes) ? "\"\"\"" : "\""
    let end = Array((quote + hashMarks).utf8)
    let escape = Array(("\\" + hashMarks).utf8)
    blank(hashes + quote.utf8.count)
    while offset < bytes.count {
      let rest = bytes[offset...]
      if rest.starts(with: end) {
        return blank(end.count)
      } else if rest.starts(with: escape) {
        blank(escape.count)
        if sees("(") { blankInterpolation() } else { blank() }
      } else {
        blank()
      }
    }
  }

  private mutating func blankInterpolation() {
    var depth = 0
    repeat {
      if let hashes = hashesBeforeQuote() {
        blankString(hashes: hashes)
        continue
      }
      if sees("(") { depth += 1 }
      if sees(")") { depth -= 1 }
      blank()
    } while depth > 0 && offset < bytes.count
  }
}

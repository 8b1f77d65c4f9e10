/// A word of SQL.
struct Token: Equatable {
  enum Kind: Equatable {
    /// Keywords too: what is one depends on where it stands. `text` is as written.
    case word(String)
    /// `"name"` or `` `name` ``: never a keyword.
    case quotedName(String)
    case string(String)
    /// Digits, point and exponent as written.
    case number(String)
    /// An operator or a mark.
    case symbol(Symbol)
    case end
  }

  var kind: Kind
  /// Bytes of the text.
  var range: Range<Int>

  /// Whether it is this keyword.
  func isWord(_ keyword: String) -> Bool {
    if case .word(let text) = kind { text.uppercased() == keyword } else { false }
  }

  func isSymbol(_ symbol: Symbol) -> Bool { kind == .symbol(symbol) }
}

enum Symbol: String, CaseIterable {
  case leftParenthesis = "("
  case rightParenthesis = ")"
  case comma = ","
  case dot = "."
  case semicolon = ";"
  case at = "@"
  case plus = "+"
  case minus = "-"
  case star = "*"
  case slash = "/"
  case percent = "%"
  case equal = "="
  case doubleEqual = "=="
  case notEqual = "<>"
  case bangEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case concatenate = "||"
  case doubleColon = "::"
}

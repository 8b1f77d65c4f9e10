// Types, functions and computed properties, found by their braces without a parser.

/// A declaration with a body in braces.
struct Declaration {
  enum Kind: String {
    case function = "func"
    case initializer = "init"
    case deinitializer = "deinit"
    case subscripting = "subscript"
    case variable = "var"
    case structure = "struct"
    case enumeration = "enum"
    case classType = "class"
    case actor = "actor"
    case protocolType = "protocol"
    case extensionOfType = "extension"

    var isType: Bool {
      switch self {
      case .structure, .enumeration, .classType, .actor, .protocolType, .extensionOfType: true
      default: false
      }
    }
  }

  let kind: Kind
  /// The name, or the keyword where there is none, as in `init`.
  let name: String
  /// From the line of the keyword to the line of the closing brace, counted from 0.
  let lines: ClosedRange<Int>

  /// Types are limited by their file, and computed properties are short or hold functions.
  var hasLengthLimit: Bool { kind != .variable && !kind.isType }
}

extension SourceFile {
  /// Every declaration with a body, outer ones before the ones they hold.
  var declarations: [Declaration] {
    let tokens = tokenize(code)
    return tokens.indices.compactMap { declaration(at: $0, in: tokens) }
  }
}

private struct Token {
  let text: Substring
  let line: Int
}

/// Identifiers, raw identifiers with their spaces, and single punctuation characters.
private func tokenize(_ code: [String]) -> [Token] {
  var tokens: [Token] = []
  for (line, text) in code.enumerated() {
    var rest = text[...]
    while let first = rest.first {
      let token = rest.prefix(tokenLength(at: first, in: rest))
      if !first.isWhitespace { tokens.append(Token(text: token, line: line)) }
      rest = rest[token.endIndex...]
    }
  }
  return tokens
}

private func tokenLength(at first: Character, in rest: Substring) -> Int {
  if isWord(first) { return rest.prefix(while: isWord).count }
  if first == "`" { return min(rest.count, rest.dropFirst().prefix { $0 != "`" }.count + 2) }
  return 1
}

private func isWord(_ character: Character) -> Bool {
  character.isLetter || character.isNumber || character == "_"
}

private func declaration(at start: Int, in tokens: [Token]) -> Declaration? {
  guard let kind = Declaration.Kind(rawValue: String(tokens[start].text)) else { return nil }
  // `.init(` and `self.init(` declare nothing, nor do `class func` and `P: class`.
  if start > 0, tokens[start - 1].text == "." { return nil }
  guard let open = bodyStart(after: start, kind: kind, in: tokens),
    let close = closingBrace(of: open, in: tokens)
  else { return nil }
  let isNamed = kind == .function || kind == .variable || kind.isType
  let name = tokens[start + (isNamed ? 1 : 0)].text
  return Declaration(
    kind: kind, name: String(name), lines: tokens[start].line...tokens[close].line)
}

/// The opening brace of the body; nil for a requirement of a protocol, and for a stored property.
private func bodyStart(after start: Int, kind: Declaration.Kind, in tokens: [Token]) -> Int? {
  var depth = 0
  for index in (start + 1)..<max(start + 1, tokens.count) {
    switch tokens[index].text {
    case "(", "[": depth += 1
    case ")", "]":
      depth -= 1
      if depth < 0 { return nil }
    case "{" where depth == 0: return index
    case "}", "func", "init", "subscript", "deinit", "var", "let", "case", "associatedtype":
      if depth == 0 { return nil }
    case "=" where kind == .variable && depth == 0: return nil
    default: break
    }
    if kind == .variable, depth == 0, tokens[index].line > tokens[start].line { return nil }
  }
  return nil
}

private func closingBrace(of open: Int, in tokens: [Token]) -> Int? {
  var depth = 0
  for index in open..<tokens.count {
    if tokens[index].text == "{" { depth += 1 }
    if tokens[index].text == "}" { depth -= 1 }
    if depth == 0 { return index }
  }
  return nil
}

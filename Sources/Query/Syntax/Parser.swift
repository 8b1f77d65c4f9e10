import Base
import Compute

// A SELECT over one table:
//
//   SELECT [DISTINCT | ALL] item ("," item)*
//   [FROM ('path' | name) [FOR] [VERSION AS OF n | TIMESTAMP AS OF 't'] [[AS] alias]]
//   [WHERE condition]
//   [GROUP BY (ALL | expression ("," expression)*)]
//   [HAVING condition]
//   [ORDER BY expression [ASC | DESC] [NULLS FIRST | LAST] ("," …)*]
//   [LIMIT n] [OFFSET n] [";"]
//
//   item := * | table.* | expression [[AS] name]
//
// Expressions are in Parser+Expressions.swift.

/// Reads SQL by recursive descent, expressions by operator precedence.
struct Parser {
  let text: [UInt8]
  let dialect: SQLDialect
  private let tokens: [Token]
  private var index = 0
  /// Constructs inside one another at this point.
  var nesting = 0

  init(_ sql: String, _ dialect: SQLDialect = .grebe) throws(QueryError) {
    text = Array(sql.utf8)
    self.dialect = dialect
    tokens = try Lexer.tokens(text, dialect)
  }

  // MARK: Statement

  mutating func parseSelect() throws(QueryError) -> SelectStatement {
    var statement = SelectStatement(text: text)
    guard accept("SELECT") else { throw notASelect() }
    if accept("DISTINCT") { statement.isDistinct = true } else { _ = accept("ALL") }
    repeat {
      statement.items.append(try parseItem())
      guard statement.items.count <= QueryLimits.itemCount else {
        throw QueryError(.resourceLimit, "more than \(QueryLimits.itemCount) columns are selected")
      }
    } while accept(.comma)
    if accept("FROM") { statement.table = try parseTable() }
    if accept("WHERE") { statement.condition = try parseExpression() }
    if accept("GROUP") {
      try expect("BY")
      statement.groupBy = try parseGroupBy()
    }
    if accept("HAVING") { statement.having = try parseExpression() }
    if accept("ORDER") {
      try expect("BY")
      repeat { statement.orderBy.append(try parseOrderItem()) } while accept(.comma)
    }
    if accept("LIMIT") { statement.limit = accept("ALL") ? nil : try parseCount() }
    if accept("OFFSET") {
      statement.offset = try parseCount()
      if !accept("ROWS") { _ = accept("ROW") }
      if statement.limit == nil, accept("LIMIT") { statement.limit = try parseCount() }
    }
    _ = accept(.semicolon)
    try expectEnd()
    return statement
  }

  /// A condition on its own, as `--where` takes it.
  mutating func parseCondition() throws(QueryError) -> SQLExpression {
    let condition = try parseExpression()
    try expectEnd()
    return condition
  }

  private mutating func parseItem() throws(QueryError) -> SelectStatement.SelectItem {
    if peek.isSymbol(.star) {
      return .all(qualifier: nil, range: take().range)
    }
    if let qualifier = name(of: peek), peekAhead(1).isSymbol(.dot), peekAhead(2).isSymbol(.star) {
      let start = take().range.lowerBound
      _ = take()
      return .all(qualifier: qualifier, range: start..<take().range.upperBound)
    }
    let expression = try parseExpression()
    return .expression(expression, name: try parseAlias())
  }

  /// `AS name`, or a name alone that is no keyword.
  private mutating func parseAlias() throws(QueryError) -> String? {
    if accept("AS") {
      if case .string(let name) = peek.kind {
        _ = take()
        return name
      }
      return try parseName("a name after AS")
    }
    switch peek.kind {
    case .quotedName(let name):
      _ = take()
      return name
    case .word(let word) where !Keywords.reserved.contains(word.uppercased()):
      _ = take()
      return word
    default: return nil
    }
  }

  private mutating func parseGroupBy() throws(QueryError) -> SelectStatement.GroupBy {
    if peek.isWord("ALL") { return .all(take().range) }
    var keys: [SQLExpression] = []
    repeat { keys.append(try parseExpression()) } while accept(.comma)
    guard keys.count <= QueryLimits.itemCount else {
      throw QueryError(.resourceLimit, "more than \(QueryLimits.itemCount) grouping keys")
    }
    return .keys(keys)
  }

  private mutating func parseOrderItem() throws(QueryError) -> SelectStatement.OrderItem {
    var item = SelectStatement.OrderItem(expression: try parseExpression())
    if accept("DESC") { item.isDescending = true } else { _ = accept("ASC") }
    if accept("NULLS") {
      if accept("FIRST") {
        item.nullsFirst = true
      } else {
        try expect("LAST")
      }
    }
    return item
  }

  private mutating func parseCount() throws(QueryError) -> Int {
    let token = take()
    guard case .number(let digits) = token.kind, let count = Int(digits) else {
      throw error("expected a whole number, found \(describe(token))", at: token)
    }
    return count
  }

  // MARK: Tokens

  var peek: Token { tokens[index] }

  func peekAhead(_ count: Int) -> Token { tokens[min(index + count, tokens.count - 1)] }

  /// The next token; `end` is never passed.
  mutating func take() -> Token {
    let token = tokens[index]
    if index < tokens.count - 1 { index += 1 }
    return token
  }

  /// Where the token before ends.
  var lastEnd: Int { index == 0 ? 0 : tokens[index - 1].range.upperBound }

  mutating func accept(_ keyword: String) -> Bool {
    guard peek.isWord(keyword) else { return false }
    _ = take()
    return true
  }

  mutating func accept(_ symbol: Symbol) -> Bool {
    guard peek.isSymbol(symbol) else { return false }
    _ = take()
    return true
  }

  mutating func expect(_ keyword: String) throws(QueryError) {
    if accept(keyword) { return }
    throw error("expected \(keyword), found \(describe(peek))", at: peek)
  }

  mutating func expect(_ symbol: Symbol) throws(QueryError) {
    if accept(symbol) { return }
    throw error("expected \(symbol.rawValue), found \(describe(peek))", at: peek)
  }

  private func expectEnd() throws(QueryError) {
    if peek.kind == .end { return }
    if case .word(let word) = peek.kind {
      if let feature = Keywords.unsupported[word.uppercased()] {
        throw QueryError(.unsupported, "\(feature) is not supported", at: position(peek))
      }
      throw error(
        "expected the end of the query, found \(describe(peek))", at: peek,
        hint: clauseHint(word) ?? previousWord.flatMap(clauseHint))
    }
    throw error("expected the end of the query, found \(describe(peek))", at: peek)
  }

  /// A misspelt keyword may have passed for an alias just before.
  private var previousWord: String? {
    guard index > 0, case .word(let word) = tokens[index - 1].kind else { return nil }
    return word
  }

  private func clauseHint(_ word: String) -> String? {
    guard !Keywords.clauses.contains(word.lowercased()),
      let hint = nameHint(for: word, among: Keywords.clauses), hint.hasPrefix("did")
    else { return nil }
    return hint
  }

  /// The name a token spells, keywords not counted.
  func name(of token: Token) -> String? {
    switch token.kind {
    case .quotedName(let name): name
    case .word(let word) where !Keywords.reserved.contains(word.uppercased()): word
    default: nil
    }
  }

  mutating func parseName(_ what: String) throws(QueryError) -> String {
    guard let name = name(of: peek) else {
      throw error(
        "expected \(what), found \(describe(peek))", at: peek,
        hint: {
          if case .word = peek.kind { keywordHint } else { nil }
        }())
    }
    _ = take()
    return name
  }

  // MARK: Errors

  var keywordHint: String { "a keyword needs \(dialect.nameQuotes) to be a name" }

  func position(_ token: Token) -> TextPosition {
    TextPosition(offset: token.range.lowerBound, in: text)
  }

  func error(_ message: String, at token: Token, hint: String? = nil) -> QueryError {
    QueryError(.invalidArgument, message, at: position(token), hint: hint)
  }

  func describe(_ token: Token) -> String {
    switch token.kind {
    case .end: "the end of the query"
    case .string: "a string"
    case .word, .quotedName, .number, .symbol:
      excerpt(String(decoding: text[token.range], as: UTF8.self), to: 40)
    }
  }

  private func notASelect() -> QueryError {
    if case .word(let word) = peek.kind {
      if let feature = Keywords.unsupported[word.uppercased()] {
        return QueryError(.unsupported, "\(feature) is not supported", at: position(peek))
      }
    }
    return error("a query begins with SELECT, not \(describe(peek))", at: peek)
  }
}

import Base
import Columns
import Compute

extension Parser {
  /// A literal, a name, a call, CASE, CAST, or something in parentheses.
  mutating func parsePrimary() throws(QueryError) -> SQLExpression {
    let token = peek
    let start = token.range.lowerBound
    switch token.kind {
    case .number(let digits):
      _ = take()
      guard let value = Scalar.parseNumber(digits) else {
        throw error(
          "the number has more than 38 digits", at: token, hint: "write it with an exponent")
      }
      return make(.literal(value), from: start)
    case .string(let text):
      _ = take()
      return make(.literal(.string(text)), from: start)
    case .symbol(.leftParenthesis):
      _ = take()
      if peek.isWord("SELECT") {
        throw QueryError(.unsupported, "a subquery is not supported", at: position(peek))
      }
      var inner = try parseExpression()
      try expect(.rightParenthesis)
      inner.range = start..<lastEnd
      return inner
    case .quotedName(let name):
      _ = take()
      return try parseColumn(name, from: start)
    case .word(let word): return try parseWord(word, token)
    case .symbol, .end:
      throw error("expected an expression, found \(describe(token))", at: token)
    }
  }

  private mutating func parseWord(
    _ word: String, _ token: Token
  ) throws(QueryError) -> SQLExpression {
    let start = token.range.lowerBound
    let keyword = word.uppercased()
    switch keyword {
    case "NULL", "TRUE", "FALSE":
      _ = take()
      let value: Scalar = keyword == "NULL" ? .null : .boolean(keyword == "TRUE")
      return make(.literal(value), from: start)
    case "CASE" where !isNameHere: return try parseCase()
    case "CAST", "TRY_CAST": return try parseCast(isTry: keyword == "TRY_CAST")
    case "DATE", "TIMESTAMP", "TIMESTAMP_NTZ":
      if case .string(let text) = peekAhead(1).kind {
        _ = take()
        let literal = take()
        let type: DataType =
          keyword == "DATE" ? .date : keyword == "TIMESTAMP" ? .timestamp : .timestampNtz
        do { return make(.literal(try Scalar.parseLiteral(text, as: type)), from: start) } catch {
          throw QueryError(error, at: position(literal))
        }
      }
    case "EXTRACT" where peekAhead(1).isSymbol(.leftParenthesis): return try parseExtract()
    case "INTERVAL" where !isNameHere, "EXISTS" where !isNameHere:
      throw QueryError(
        .unsupported, "\(keyword) is not supported", at: position(token),
        hint: keyword == "INTERVAL" ? "dates move by days: date '2024-01-31' - 30" : nil)
    case "LEFT" where peekAhead(1).isSymbol(.leftParenthesis): break
    case _ where dialect == .spark: break
    case _ where Keywords.reserved.contains(keyword):
      throw error(
        "expected an expression, found \(describe(token))", at: token,
        hint: keywordHint)
    default: break
    }
    _ = take()
    if peek.isSymbol(.leftParenthesis) { return try parseCall(word, from: start) }
    return try parseColumn(word, from: start)
  }

  /// Whether the word that is next can be nothing but a name in Spark's SQL, which reserves none:
  /// an operand ends behind it.
  private var isNameHere: Bool {
    guard dialect == .spark else { return false }
    let next = peekAhead(1)
    switch next.kind {
    case .end, .symbol(.rightParenthesis), .symbol(.comma): return true
    default: return next.isWord("AS")
    }
  }

  private mutating func parseColumn(
    _ name: String, from start: Int
  ) throws(QueryError) -> SQLExpression {
    guard accept(.dot) else { return make(.column(qualifier: nil, name: name), from: start) }
    let field = try parseName("a column after the dot")
    var column = make(.column(qualifier: name, name: field), from: start)
    while accept(.dot) {
      let name = try parseName("a field after the dot")
      column = make(.field(column, name: name), from: start, [column])
      guard column.depth <= QueryLimits.expressionDepth else { throw tooDeep(peek) }
    }
    return column
  }

  private mutating func parseCall(
    _ name: String, from start: Int
  ) throws(QueryError) -> SQLExpression {
    _ = take()
    var call = SQLExpression.FunctionCall(name: name.lowercased(), arguments: [])
    if peek.isSymbol(.star) && peekAhead(1).isSymbol(.rightParenthesis) {
      _ = take()
      call.isStar = true
    } else if !peek.isSymbol(.rightParenthesis) {
      call.isDistinct = accept("DISTINCT")
      repeat { call.arguments.append(try parseExpression()) } while accept(.comma)
    }
    try expect(.rightParenthesis)
    if call.name == "count" && call.arguments.isEmpty { call.isStar = true }
    if peek.isWord("OVER") || (peek.isWord("FILTER") && peekAhead(1).isSymbol(.leftParenthesis)) {
      let what = peek.isWord("OVER") ? "a window function" : "FILTER"
      throw QueryError(.unsupported, "\(what) is not supported", at: position(peek))
    }
    return make(.call(call), from: start, call.arguments)
  }

  // MARK: CASE, CAST, EXTRACT

  private mutating func parseCase() throws(QueryError) -> SQLExpression {
    let start = take().range.lowerBound
    let operand = peek.isWord("WHEN") ? nil : try parseExpression()
    var arms: [(condition: SQLExpression, value: SQLExpression)] = []
    try expect("WHEN")
    repeat {
      let condition = try parseExpression()
      try expect("THEN")
      arms.append((condition, try parseExpression()))
    } while accept("WHEN")
    let otherwise = accept("ELSE") ? try parseExpression() : nil
    try expect("END")
    let parts =
      arms.flatMap { [$0.condition, $0.value] }
      + [operand, otherwise].compactMap { $0 }
    return make(.choose(operand: operand, arms, otherwise: otherwise), from: start, parts)
  }

  private mutating func parseCast(isTry: Bool) throws(QueryError) -> SQLExpression {
    let start = take().range.lowerBound
    try expect(.leftParenthesis)
    let part = try parseExpression()
    try expect("AS")
    let type = try parseType()
    try expect(.rightParenthesis)
    return make(.cast(part, type, isTry: isTry), from: start, [part])
  }

  private mutating func parseExtract() throws(QueryError) -> SQLExpression {
    let start = take().range.lowerBound
    _ = take()
    let token = take()
    guard case .word(let word) = token.kind, let field = CalendarField(name: word) else {
      throw error(
        "expected a part of a date, found \(describe(token))", at: token,
        hint: "such as year, month, day or hour")
    }
    try expect("FROM")
    let part = try parseExpression()
    try expect(.rightParenthesis)
    return make(.extract(field, part), from: start, [part])
  }

  /// `name`, `DECIMAL(p, s)`, `VARCHAR(n)`, `DOUBLE PRECISION`, `TIMESTAMP WITH[OUT] TIME ZONE`.
  mutating func parseType() throws(QueryError) -> DataType {
    let token = take()
    guard case .word(let word) = token.kind else {
      throw error("expected a type, found \(describe(token))", at: token)
    }
    guard var type = DataType(sqlName: word) else {
      throw error("no type \(word)", at: token, hint: nameHint(for: word, among: DataType.sqlNames))
    }
    if case .decimal = type, dialect == .spark { type = .decimal(precision: 10, scale: 0) }
    if type == .double { _ = accept("PRECISION") }
    if type == .timestamp, peek.isWord("WITH") || peek.isWord("WITHOUT") {
      if take().isWord("WITHOUT") { type = .timestampNtz }
      try expect("TIME")
      try expect("ZONE")
    }
    guard accept(.leftParenthesis) else { return type }
    let first = take()
    guard case .number(let digits) = first.kind, let precision = Int(digits) else {
      throw error("expected a number, found \(describe(first))", at: first)
    }
    if case .decimal = type {
      var scale = 0
      if accept(.comma) {
        let second = take()
        guard case .number(let digits) = second.kind, let given = Int(digits) else {
          throw error("expected a number, found \(describe(second))", at: second)
        }
        scale = given
      }
      guard (1...DataType.maxDecimalPrecision).contains(precision), (0...precision).contains(scale)
      else {
        throw error(
          "a decimal has 1 to 38 digits, and at most that many after the point", at: first)
      }
      type = .decimal(precision: precision, scale: scale)
    }
    try expect(.rightParenthesis)
    return type
  }
}

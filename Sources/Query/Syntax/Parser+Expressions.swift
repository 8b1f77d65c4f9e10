import Base
import Columns
import Compute

// Operators, weakest first:
//
//   OR
//   AND
//   NOT
//   =  <>  <  <=  >  >=  IS  [NOT] BETWEEN  [NOT] IN  [NOT] LIKE  [NOT] ILIKE
//   ||
//   +  -
//   *  /  %
//   unary -
//   ::
//
// Binary operators group to the left; comparisons do not chain. In Spark's SQL || binds as + does.

private enum Precedence: Int, Comparable {
  case or = 1
  case and, not, comparison, concatenation, sum, product, sign, cast

  static func < (a: Precedence, b: Precedence) -> Bool { a.rawValue < b.rawValue }

  var next: Precedence { Precedence(rawValue: rawValue + 1) ?? .cast }
}

extension Parser {
  mutating func parseExpression() throws(QueryError) -> SQLExpression {
    try parse(.or)
  }

  /// An expression whose operators bind at least as tightly as `lowest`.
  private mutating func parse(_ lowest: Precedence) throws(QueryError) -> SQLExpression {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= QueryLimits.nestingDepth * 3 else { throw tooDeep(peek) }
    var left = try parsePrefix()
    while let precedence = infixPrecedence(peek), precedence >= lowest {
      left = try parseInfix(left, precedence)
      guard left.depth <= QueryLimits.expressionDepth else { throw tooDeep(peek) }
      if precedence == .comparison, lowest <= .comparison,
        infixPrecedence(peek) == .comparison, case .compare = left.node, isComparison(peek)
      {
        throw error("comparisons do not chain", at: peek, hint: "join them with AND")
      }
    }
    return left
  }

  func tooDeep(_ token: Token) -> QueryError {
    QueryError(.resourceLimit, "the expression is nested too deeply", at: position(token))
  }

  private func isComparison(_ token: Token) -> Bool {
    if case .symbol(let symbol) = token.kind { comparison(symbol) != nil } else { false }
  }

  func make(
    _ node: SQLExpression.Node, from start: Int, _ parts: [SQLExpression] = []
  ) -> SQLExpression {
    let depth = 1 + (parts.map(\.depth).max() ?? 0)
    return SQLExpression(node: node, range: start..<max(start, lastEnd), depth: depth)
  }

  // MARK: Infix

  private func infixPrecedence(_ token: Token) -> Precedence? {
    switch token.kind {
    case .symbol(let symbol):
      switch symbol {
      case .plus, .minus: return .sum
      case .star, .slash, .percent: return .product
      case .concatenate: return dialect == .spark ? .sum : .concatenation
      case .doubleColon: return .cast
      default: return comparison(symbol) == nil ? nil : .comparison
      }
    case .word(let word):
      switch word.uppercased() {
      case "OR": return .or
      case "AND": return .and
      case "IS", "IN", "BETWEEN", "LIKE", "ILIKE": return .comparison
      case "NOT":
        let next = peekAhead(1)
        return ["IN", "BETWEEN", "LIKE", "ILIKE"].contains { next.isWord($0) } ? .comparison : nil
      default: return nil
      }
    default: return nil
    }
  }

  private func comparison(_ symbol: Symbol) -> ComparisonOperator? {
    switch symbol {
    case .equal, .doubleEqual: .equal
    case .notEqual, .bangEqual: .notEqual
    case .less: .less
    case .lessOrEqual: .lessOrEqual
    case .greater: .greater
    case .greaterOrEqual: .greaterOrEqual
    default: nil
    }
  }

  private mutating func parseInfix(
    _ left: SQLExpression, _ precedence: Precedence
  ) throws(QueryError) -> SQLExpression {
    let start = left.range.lowerBound
    switch precedence {
    case .or, .and: return try parseChain(left, precedence)
    case .comparison:
      guard case .symbol(let symbol) = peek.kind, let op = comparison(symbol) else {
        return try parsePredicate(left)
      }
      _ = take()
      let right = try parse(.concatenation)
      return make(.compare(op, left, right), from: start, [left, right])
    case .concatenation:
      _ = take()
      let right = try parse(.sum)
      return make(.concatenate(left, right), from: start, [left, right])
    case .sum where peek.isSymbol(.concatenate):
      _ = take()
      let right = try parse(.product)
      return make(.concatenate(left, right), from: start, [left, right])
    case .sum, .product:
      guard case .symbol(let symbol) = take().kind,
        let op = ArithmeticOperator(rawValue: symbol.rawValue)
      else { throw error("expected an operator", at: peek) }
      let right = try parse(precedence.next)
      return make(.arithmetic(op, left, right), from: start, [left, right])
    case .cast:
      _ = take()
      let type = try parseType()
      return make(.cast(left, type, isTry: false), from: start, [left])
    case .not, .sign: throw error("unexpected \(describe(peek))", at: peek)
    }
  }

  /// `a AND b AND c` as one node, however long.
  private mutating func parseChain(
    _ left: SQLExpression, _ precedence: Precedence
  ) throws(QueryError) -> SQLExpression {
    var parts = [left]
    let keyword = precedence == .and ? "AND" : "OR"
    while accept(keyword) { parts.append(try parse(precedence.next)) }
    return make(
      precedence == .and ? .and(parts) : .or(parts), from: left.range.lowerBound, parts)
  }

  /// IS, IN, BETWEEN and LIKE, with their NOT.
  private mutating func parsePredicate(_ left: SQLExpression) throws(QueryError) -> SQLExpression {
    let start = left.range.lowerBound
    if accept("IS") { return try parseIs(left) }
    let isNegated = accept("NOT")
    var result: SQLExpression
    let token = take()
    switch token.kind {
    case .word(let word) where word.uppercased() == "IN":
      result = try parseIn(left)
    case .word(let word) where word.uppercased() == "BETWEEN":
      let low = try parse(.concatenation)
      try expect("AND")
      let high = try parse(.concatenation)
      result = make(.between(left, low: low, high: high), from: start, [left, low, high])
    default:
      let pattern = try parse(.concatenation)
      var escape = dialect.likeEscape
      if accept("ESCAPE") {
        let token = take()
        guard case .string(let text) = token.kind, text.unicodeScalars.count == 1 else {
          throw error("ESCAPE takes one character in quotes", at: token)
        }
        escape = text.first
      }
      let node = SQLExpression.Node.like(
        left, pattern: pattern, escape: escape, ignoresCase: token.isWord("ILIKE"))
      result = make(node, from: start, [left, pattern])
    }
    if isNegated { result = make(.not(result), from: start, [result]) }
    return result
  }

  private mutating func parseIn(_ left: SQLExpression) throws(QueryError) -> SQLExpression {
    try expect(.leftParenthesis)
    if peek.isWord("SELECT") {
      throw QueryError(.unsupported, "a subquery is not supported", at: position(peek))
    }
    var items: [SQLExpression] = []
    repeat { items.append(try parseExpression()) } while accept(.comma)
    try expect(.rightParenthesis)
    return make(.inList(left, items), from: left.range.lowerBound, [left] + items)
  }

  private mutating func parseIs(_ left: SQLExpression) throws(QueryError) -> SQLExpression {
    let start = left.range.lowerBound
    let isNegated = accept("NOT")
    var result: SQLExpression
    if accept("NULL") {
      result = make(.isNull(left), from: start, [left])
    } else if accept("TRUE") {
      result = make(.isTruth(left, true), from: start, [left])
    } else if accept("FALSE") {
      result = make(.isTruth(left, false), from: start, [left])
    } else if accept("DISTINCT") {
      try expect("FROM")
      let right = try parse(.concatenation)
      let same = make(.isSame(left, right), from: start, [left, right])
      return isNegated ? same : make(.not(same), from: start, [same])
    } else {
      throw error(
        "expected NULL, TRUE, FALSE or DISTINCT FROM after IS, found \(describe(peek))", at: peek)
    }
    if isNegated { result = make(.not(result), from: start, [result]) }
    return result
  }

  // MARK: Prefix

  private mutating func parsePrefix() throws(QueryError) -> SQLExpression {
    let token = peek
    switch token.kind {
    case .symbol(.minus):
      _ = take()
      let part = try parse(.sign)
      return make(.negate(part), from: token.range.lowerBound, [part])
    case .symbol(.plus):
      _ = take()
      return try parse(.sign)
    case .word(let word) where word.uppercased() == "NOT":
      _ = take()
      let part = try parse(.not)
      return make(.not(part), from: token.range.lowerBound, [part])
    default: return try parsePrimary()
    }
  }
}

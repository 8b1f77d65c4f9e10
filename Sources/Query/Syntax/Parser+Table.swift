import Base
import Columns
import Compute
import Delta

extension Parser {
  /// What follows FROM.
  mutating func parseTable() throws(QueryError) -> QueryTable {
    let token = peek
    var table: QueryTable
    switch token.kind {
    case .string(let path):
      guard !path.isEmpty else { throw error("the table's path is empty", at: token) }
      table = QueryTable(name: path, isPath: true, position: position(token))
      _ = take()
    case .symbol(.leftParenthesis):
      throw QueryError(.unsupported, "a subquery is not supported", at: position(token))
    default:
      var name = try parseName("a table: 'path' or a name")
      while accept(.dot) { name += "." + (try parseName("a name")) }
      table = QueryTable(name: name, isPath: false, position: position(token))
      if peek.isSymbol(.at) { table.selector = try parseAtVersion() }
    }
    if accept("FOR") {
      guard peek.isWord("VERSION") || peek.isWord("TIMESTAMP") else {
        throw error("expected VERSION or TIMESTAMP after FOR, found \(describe(peek))", at: peek)
      }
    }
    if let selector = try parseAsOf() {
      guard table.selector == nil else { throw error("the version is given twice", at: token) }
      table.selector = selector
    }
    if accept("AS") {
      table.alias = try parseName("a name after AS")
    } else if let alias = name(of: peek), !isUnsupported(peek) {
      _ = take()
      table.alias = alias
    }
    if peek.isSymbol(.comma) {
      throw QueryError(
        .unsupported, "a query reads one table; JOIN is not supported", at: position(peek))
    }
    return table
  }

  private func isUnsupported(_ token: Token) -> Bool {
    if case .word(let word) = token.kind {
      Keywords.unsupported[word.uppercased()] != nil
    } else {
      false
    }
  }

  /// `VERSION AS OF n` or `TIMESTAMP AS OF 't'`, if that is what follows.
  private mutating func parseAsOf() throws(QueryError) -> TableVersion? {
    let isVersion = peek.isWord("VERSION")
    guard isVersion || peek.isWord("TIMESTAMP"), peekAhead(1).isWord("AS"),
      peekAhead(2).isWord("OF")
    else { return nil }
    for _ in 0..<3 { _ = take() }
    let token = take()
    if isVersion {
      guard case .number(let digits) = token.kind, let version = Int64(digits) else {
        throw error("expected a version number, found \(describe(token))", at: token)
      }
      return .version(version)
    }
    guard case .string(let time) = token.kind else {
      throw error(
        "expected a time in quotes, found \(describe(token))", at: token,
        hint: "such as TIMESTAMP AS OF '2026-11-23T10:00:00Z'")
    }
    guard case .timestamp(let micros) = try? Scalar.parse(time, as: .timestamp) else {
      throw error(
        "cannot read '\(time)' as a time", at: token,
        hint: "write it as '2026-11-23T10:00:00Z', '2026-11-23 10:00' or '2026-11-23'")
    }
    let isBefore = micros % 1000 < 0
    return .timestamp(millis: micros / 1000 - (isBefore ? 1 : 0))
  }

  /// `@v3` after a bare name.
  private mutating func parseAtVersion() throws(QueryError) -> TableVersion {
    _ = take()
    let token = take()
    if case .word(let word) = token.kind, word.first == "v" || word.first == "V",
      let version = Int64(word.dropFirst())
    {
      return .version(version)
    }
    throw error(
      "expected a version such as @v3, found \(describe(token))", at: token,
      hint: "for a time, quote the path ('path@2026-11-23T10:00:00Z') or use TIMESTAMP AS OF")
  }
}

/// Whose SQL a text is.
package enum SQLDialect: Sendable {
  /// Of queries and options: double quotes hold names, and a backslash is a character like others.
  case grebe
  /// Of what tables store: constraints, invariants and defaults, which Delta has in Spark's SQL as
  /// it is by default (`escapedStringLiterals` and `doubleQuotedIdentifiers` false). Double quotes
  /// hold text, as single ones do, and text has escapes. What the two understand differently is
  /// computed as Spark does, or refused.
  case spark

  /// What LIKE escapes with where it does not say.
  var likeEscape: Character? { self == .spark ? "\\" : nil }

  /// What a name stands in that is no plain word, for hints.
  var nameQuotes: String { self == .spark ? "backquotes" : "double quotes" }
}

import Base

/// Bounds on what a query's text may ask for, so that none can exhaust the stack or the memory.
enum QueryLimits {
  /// Bytes of SQL.
  static let textBytes = 1 << 20
  /// Parentheses, CASE and calls inside one another.
  static let nestingDepth = Limits.nestingDepth
  /// Operators on top of one another: `a + b + c` is two deep. AND and OR chains count once.
  static let expressionDepth = 200
  /// Items of a SELECT or GROUP BY list.
  static let itemCount = 10_000
}

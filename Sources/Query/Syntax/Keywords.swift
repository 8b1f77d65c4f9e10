/// Words with a meaning of their own.
enum Keywords {
  /// Words that are no names unless quoted.
  static let reserved: Set<String> = [
    "ALL", "AND", "AS", "ASC", "BETWEEN", "BY", "CASE", "CAST", "CROSS", "DESC", "DISTINCT", "ELSE",
    "END", "ESCAPE", "EXCEPT", "FALSE", "FETCH", "FOR", "FROM", "FULL", "GROUP", "HAVING", "ILIKE",
    "IN", "INNER", "INTERSECT", "INTO", "IS", "JOIN", "LEFT", "LIKE", "LIMIT", "NATURAL", "NOT",
    "NULL", "OFFSET", "ON", "OR", "ORDER", "QUALIFY", "RIGHT", "SELECT", "THEN", "TRUE",
    "TRY_CAST", "UNION", "USING", "WHEN", "WHERE", "WINDOW", "WITH",
  ]

  static let clauses = [
    "from", "where", "group", "having", "order", "limit", "offset", "version", "timestamp", "as",
    "and", "or", "asc", "desc", "nulls",
  ]

  /// What a query may ask for in vain, by the word that gives it away.
  static let unsupported: [String: String] = [
    "JOIN": "JOIN", "INNER": "JOIN", "LEFT": "JOIN", "RIGHT": "JOIN", "FULL": "JOIN",
    "CROSS": "JOIN", "NATURAL": "JOIN", "UNION": "UNION", "INTERSECT": "INTERSECT",
    "EXCEPT": "EXCEPT", "WITH": "WITH", "WINDOW": "WINDOW", "QUALIFY": "QUALIFY",
    "FETCH": "FETCH", "OVER": "a window function", "FILTER": "FILTER", "INSERT": "INSERT",
    "UPDATE": "UPDATE", "DELETE": "DELETE in a query", "MERGE": "MERGE", "CREATE": "CREATE",
    "DROP": "DROP", "ALTER": "ALTER", "COPY": "COPY", "INTERVAL": "INTERVAL", "EXISTS": "EXISTS",
    "EXPLAIN": "EXPLAIN in a query", "DESCRIBE": "DESCRIBE in a query", "SHOW": "SHOW",
    "VALUES": "VALUES", "USING": "JOIN", "TABLESAMPLE": "TABLESAMPLE", "PIVOT": "PIVOT",
  ]
}

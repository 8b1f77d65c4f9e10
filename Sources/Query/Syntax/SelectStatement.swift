package import Delta

/// A SELECT over one table, as it is written.
package struct SelectStatement {
  var isDistinct = false
  var items: [SelectItem] = []
  package var table: QueryTable?
  var condition: SQLExpression?
  var groupBy: GroupBy = .none
  var having: SQLExpression?
  var orderBy: [OrderItem] = []
  var limit: Int?
  var offset = 0
  /// The text itself, for names of results and places of errors.
  let text: [UInt8]

  enum SelectItem {
    /// `*`, `table.*` or `struct.*`
    case all(qualifier: String?, range: Range<Int>)
    case expression(SQLExpression, name: String?)
  }

  enum GroupBy {
    case none
    /// Names, positions in the SELECT list, expressions.
    case keys([SQLExpression])
    /// GROUP BY ALL: everything that is selected and holds no aggregate.
    case all(Range<Int>)
  }

  struct OrderItem {
    var expression: SQLExpression
    var isDescending = false
    var nullsFirst = false
  }

  func position(_ range: Range<Int>) -> TextPosition {
    TextPosition(offset: range.lowerBound, in: text)
  }

  func source(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
}

/// The table that a FROM clause names.
package struct QueryTable: Sendable {
  /// What is between the quotes, `@…` included, or the bare name.
  package var name: String
  /// Written in single quotes: a path or URL rather than a name.
  package var isPath: Bool
  /// VERSION AS OF, TIMESTAMP AS OF, or `name@v3`; nil if the clause does not say.
  package var selector: TableVersion?
  package var alias: String?
  package var position: TextPosition
}

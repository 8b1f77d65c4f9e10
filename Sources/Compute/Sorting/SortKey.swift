/// One criterion of an order: a column of the batch, its direction, and where nulls go.
package struct SortKey: Sendable, Hashable {
  package var column: Int
  package var isDescending: Bool
  package var nullsFirst: Bool

  package init(column: Int, isDescending: Bool = false, nullsFirst: Bool = false) {
    self.column = column
    self.isDescending = isDescending
    self.nullsFirst = nullsFirst
  }
}

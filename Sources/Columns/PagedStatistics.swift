/// What is known about the values of a column in each of its pages.
package struct PagedStatistics: Sendable, Equatable {
  /// Of each page: ascending, the first is 0.
  package let firstRows: [Int]
  package let pages: [ColumnStatistics]

  package init(firstRows: [Int], pages: [ColumnStatistics]) {
    precondition(firstRows.count == pages.count)
    self.firstRows = firstRows
    self.pages = pages
  }
}

package import Columns

extension PruningEvaluator {
  /// The rows of a container that may satisfy the condition, by the pages of its columns.
  ///
  /// Pages of different columns end at different rows: the rows between two neighbouring ends, of
  /// whatever column, lie in one page of each, whose bounds hold for them.
  ///
  /// - Parameters:
  ///   - rowCount: of the container.
  ///   - pages: what is known about the pages of the column at a position of the schema; nil when
  ///     it has no page index.
  ///   - whole: what is known about all rows of the column.
  /// - Returns: row ranges in order, disjoint and not adjacent.
  /// - Complexity: O(pages of all columns), times the nodes of the condition.
  package func matchingRows(
    rowCount: Int, pages: (Int) -> PagedStatistics?, whole: (Int) -> ColumnStatistics?
  ) -> [Range<Int>] {
    var cursors: [Int: PageCursor] = [:]
    for index in columnIndices {
      cursors[index] = PageCursor(pages(index), whole: whole(index), rowCount: rowCount)
    }
    var selected: [Range<Int>] = []
    var start = 0
    while start < rowCount {  // Bounded: every turn moves on by a row at least.
      var end = rowCount
      for index in cursors.keys { end = min(end, cursors[index]!.seek(start)) }
      let verdict = verdict(rowCount: end - start) { index in
        cursors[index]?.statistics(count: end - start)
      }
      if verdict != .none {
        if let last = selected.last, last.upperBound == start {
          selected[selected.count - 1] = last.lowerBound..<end
        } else {
          selected.append(start..<end)
        }
      }
      start = end
    }
    return selected
  }
}

/// The page that a row of a column lies in, for rows in ascending order.
private struct PageCursor {
  private let firstRows: [Int]
  private let pages: [ColumnStatistics]
  private let rowCount: Int
  private var page = 0

  /// Without an index all rows are one page.
  init(_ index: PagedStatistics?, whole: ColumnStatistics?, rowCount: Int) {
    self.rowCount = rowCount
    if let index, index.firstRows.first == 0 {
      firstRows = index.firstRows
      pages = index.pages
    } else {
      firstRows = [0]
      pages = [whole ?? ColumnStatistics()]
    }
  }

  private var end: Int { page + 1 < pages.count ? firstRows[page + 1] : rowCount }

  /// Moves to the page of `row`. The result is where it ends.
  mutating func seek(_ row: Int) -> Int {
    while end <= row && page + 1 < pages.count { page += 1 }
    return end
  }

  /// What holds for `count` rows of the page.
  func statistics(count: Int) -> ColumnStatistics {
    var part = pages[page]
    let pageRowCount = end - firstRows[page]
    guard count != pageRowCount else { return part }
    part.nullCount = PageCursor.part(part.nullCount, of: pageRowCount, count: count)
    part.nanCount = PageCursor.part(part.nanCount, of: pageRowCount, count: count)
    part.minIsExact = false
    part.maxIsExact = false
    return part
  }

  /// How many of some rows are counted when `total` of all rows are: known for none and for all.
  private static func part(_ total: Int?, of rowCount: Int, count: Int) -> Int? {
    total == 0 ? 0 : total == rowCount ? count : nil
  }
}

/// Rows of a row group that are wanted: what pruning by page statistics leaves.
package struct RowSelection: Sendable, Equatable {
  /// Sorted, apart from each other, none empty.
  package let ranges: [Range<Int>]

  /// The rows in any of `ranges`, which may overlap and come in any order.
  package init(_ ranges: [Range<Int>]) {
    var merged: [Range<Int>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
      if let last = merged.last, range.lowerBound <= last.upperBound {
        merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
      } else {
        merged.append(range)
      }
    }
    self.ranges = merged
  }

  /// Every row of a row group.
  package init(all rowCount: Int) { self.init([0..<rowCount]) }

  package var rowCount: Int { ranges.reduce(0) { $0 + $1.count } }

  /// The rows in both. O(ranges).
  package func intersection(_ other: RowSelection) -> RowSelection {
    var common: [Range<Int>] = []
    var (a, b) = (0, 0)
    while a < ranges.count && b < other.ranges.count {
      let (left, right) = (ranges[a], other.ranges[b])
      common.append(left.clamped(to: right))  // Empty ones are dropped below.
      if left.upperBound < right.upperBound { a += 1 } else { b += 1 }
    }
    return RowSelection(common)
  }

  /// The rows in either.
  package func union(_ other: RowSelection) -> RowSelection {
    RowSelection(ranges + other.ranges)
  }

  /// Whether any row of `range` is wanted. O(log ranges).
  package func overlaps(_ range: Range<Int>) -> Bool {
    var (low, high) = (0, ranges.count)
    while low < high {  // The first that ends after the range starts.
      let middle = (low + high) / 2
      if ranges[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    return low < ranges.count && ranges[low].overlaps(range)
  }
}

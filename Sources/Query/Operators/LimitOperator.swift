import Columns

/// LIMIT and OFFSET over rows that come in their final order.
struct LimitOperator {
  /// Rows still to be skipped, and then still to be given; nil for all.
  private(set) var skip: Int
  private(set) var remaining: Int?

  init(count: Int?, offset: Int) {
    skip = offset
    remaining = count
  }

  /// Whether no further row will be given.
  var isDone: Bool { remaining == 0 }

  /// The rows of `batch` that are within the limits; nil if there are none.
  mutating func apply(_ batch: ColumnBatch) -> ColumnBatch? {
    if isDone { return nil }
    let start = min(skip, batch.rowCount)
    skip -= start
    let count = min(remaining ?? .max, batch.rowCount - start)
    if count == 0 { return nil }
    remaining = remaining.map { $0 - count }
    return count == batch.rowCount ? batch : batch.slice(start..<start + count)
  }
}

import Base
import Columns
import Parquet

/// Which rows of a row group's batches are not deleted. The batches come in order and have the rows
/// of a selection one after the other, or all rows.
struct LiveRows {
  private let deleted: RowSet
  /// Position in the file of the row group's first row.
  private let start: UInt64
  private let ranges: [Range<Int>]
  /// The next row: within `ranges[range]`, so many rows on.
  private var range = 0
  private var offset = 0

  /// - Parameter selection: rows of the row group; nil: all.
  init(deleted: RowSet, start: UInt64, selection: RowSelection?) {
    self.deleted = deleted
    self.start = start
    ranges = selection?.ranges ?? [0..<Int.max - Int(clamping: start)]
  }

  /// The live rows of the next batch; nil when all are.
  mutating func next(rowCount: Int) -> Selection? {
    var live = BufferBuilder<UInt32>(capacity: rowCount)
    var row = 0
    while row < rowCount, range < ranges.count {
      let first = ranges[range].lowerBound + offset
      let count = min(rowCount - row, ranges[range].upperBound - first)
      append(first..<first + count, asRow: row, to: &live)
      row += count
      offset += count
      if offset == ranges[range].count { (range, offset) = (range + 1, 0) }
    }
    return live.count == rowCount ? nil : .rows(live.freeze())
  }

  /// The rows of the row group in `rows` that are live, as rows of the batch from `row` on.
  private func append(_ rows: Range<Int>, asRow row: Int, to live: inout BufferBuilder<UInt32>) {
    let base = start + UInt64(rows.lowerBound)
    var next: UInt64 = base
    func take(upTo end: UInt64) {
      while next < end {
        live.append(UInt32(row + Int(next - base)))
        next += 1
      }
    }
    deleted.forEachRange(in: base..<base + UInt64(rows.count)) { gap in
      take(upTo: gap.lowerBound)
      next = gap.upperBound
    }
    take(upTo: base + UInt64(rows.count))
  }
}

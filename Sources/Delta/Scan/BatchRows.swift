import Base
import Columns
import Parquet

/// Where the rows of a batch are in their file, and which of them are not deleted.
package struct BatchRows {
  /// Runs of rows: the row of the batch and the position in the file of its first, in order.
  fileprivate(set) var runs: [(row: Int, position: UInt64, count: Int)] = []
  /// The rows of the batch that are live; nil when all are.
  fileprivate(set) var live: Selection?

  /// Calls `body` with the positions in the file of some rows of the batch, as ranges.
  ///
  /// - Parameter rows: of the live rows, counted without the deleted ones.
  func forEachPosition(_ rows: Selection, _ body: (Range<UInt64>) -> Void) {
    if case .all = rows, live == nil {
      for run in runs { body(run.position..<run.position + UInt64(run.count)) }
      return
    }
    var run = 0
    for index in 0..<rows.count {
      let row = Int(source(rows.row(index)))
      while row >= runs[run].row + runs[run].count { run += 1 }
      let position = runs[run].position + UInt64(row - runs[run].row)
      body(position..<position + 1)
    }
  }

  private func source(_ row: UInt32) -> UInt32 { live.map { $0.row(Int(row)) } ?? row }
}

extension Selection {
  fileprivate func row(_ index: Int) -> UInt32 {
    switch self {
    case .all: UInt32(index)
    case .rows(let rows): rows[index]
    }
  }
}

/// Follows the batches of a row group, which have the rows of a selection one after the other, or
/// all rows.
struct BatchCursor {
  private let deleted: RowSet?
  /// Position in the file of the row group's first row.
  private let start: UInt64
  private let ranges: [Range<Int>]
  /// The next row: within `ranges[range]`, so many rows on.
  private var range = 0
  private var offset = 0

  /// - Parameter selection: rows of the row group; nil: all.
  init(deleted: RowSet?, start: UInt64, selection: RowSelection?) {
    self.deleted = deleted
    self.start = start
    ranges = selection?.ranges ?? [0..<Int.max - Int(clamping: start)]
  }

  /// The rows of the next batch. O(runs), and the rows if some are deleted.
  mutating func next(rowCount: Int) -> BatchRows {
    var rows = BatchRows()
    var row = 0
    while row < rowCount, range < ranges.count {
      let first = ranges[range].lowerBound + offset
      let count = min(rowCount - row, ranges[range].upperBound - first)
      rows.runs.append((row, start + UInt64(first), count))
      row += count
      offset += count
      if offset == ranges[range].count { (range, offset) = (range + 1, 0) }
    }
    rows.live = deleted.flatMap { live(rows.runs, rowCount, $0) }
    return rows
  }

  private func live(
    _ runs: [(row: Int, position: UInt64, count: Int)], _ rowCount: Int, _ deleted: RowSet
  ) -> Selection? {
    var live = BufferBuilder<UInt32>(capacity: rowCount)
    for run in runs {
      let positions = run.position..<run.position + UInt64(run.count)
      deleted.complement(in: positions) { kept in
        for position in kept { live.append(UInt32(run.row + Int(position - run.position))) }
      }
    }
    return live.count == rowCount ? nil : .rows(live.freeze())
  }
}

import Columns
import Parquet

// Which rows of a row group are worth decoding.
//
// In a checkpoint most columns of a row are null, and tombstones may be many times the live files.
// Whoever wants none must not pay for them as for files:
//
//   row groups without a wanted action   are not read: their footer counts the nulls of a field
//                                        that the action always has
//   row groups with few of them          are read twice: that field whole, and of the others the
//                                        rows that turned out to have it
//   other row groups                     are read whole. What is wanted is a good part of that

extension CheckpointFile {
  /// A row group of so many rows is read at once: to ask a second time may take longer.
  private static let wholeRowCount = 4096
  /// Wanted actions are few if there is one in so many rows.
  private static let fewRowCount = 16
  /// Ranges of rows closer than that are joined: a page or less of nulls lies between them.
  private static let gapRowCount = 512

  func mayHold(_ kind: CheckpointKind, group: Int) -> Bool {
    actionCount(kind, group: group) != 0
  }

  /// Rows of the group, all those among them that hold an action of these kinds.
  func selection(holding kinds: [CheckpointKind], group: Int) throws(DeltaError) -> RowSelection {
    let all = rowCount(group: group)
    let kinds = kinds.filter { mayHold($0, group: group) }
    if kinds.isEmpty { return RowSelection([]) }
    var count = 0
    for kind in kinds { count += actionCount(kind, group: group) ?? all }
    guard all > CheckpointFile.wholeRowCount, count <= all / CheckpointFile.fewRowCount else {
      return RowSelection(all: all)
    }
    var rows: [Int] = []
    var start = 0
    try forEachBatch(group: group, kinds.map { [$0.rawValue, $0.key] }) { (batch) in
      for kind in kinds {
        guard let column = ActionColumn(batch.column(kind.rawValue)) else { continue }
        rows += column.rows(having: kind.key).map { $0 + start }
      }
      start += batch.rowCount
    }
    rows.sort()
    var ranges: [Range<Int>] = []
    for row in rows {
      if let last = ranges.last, row - last.upperBound < CheckpointFile.gapRowCount {
        ranges[ranges.count - 1] = last.lowerBound..<max(last.upperBound, row + 1)
      } else {
        ranges.append(row..<row + 1)
      }
    }
    return RowSelection(ranges)
  }
}

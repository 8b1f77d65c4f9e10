import Base
package import Columns

// Merging sorted batches goes by blocks: of the batches at hand, the one that ends first bounds
// what is safe to give out, and what is safe is sorted again as one batch.

extension RowOrder {
  /// Which of some sorted batches ends first; the earlier one where two ends tie.
  ///
  /// - Precondition: there is a batch, and none is empty.
  package static func indexOfFirstEnd(
    _ batches: [ColumnBatch], by keys: [SortKey]
  ) throws(ComputeError) -> Int {
    if batches.count == 1 { return 0 }
    let lasts = batches.map { keyColumns($0.slice($0.rowCount - 1..<$0.rowCount), keys) }
    let ends = try ColumnBatch.concatenating(lasts, schema: lasts[0].schema)
    return Int(sorted(ends, by: ownKeys(keys), limit: 1)[0])
  }

  /// How many rows of the sorted `batch` come before the last row of `other`, or tie with it if
  /// `includesTies`. O(log rows) comparisons, and a copy of the keys.
  package static func prefixCount(
    of batch: ColumnBatch, before other: ColumnBatch, includesTies: Bool, by keys: [SortKey]
  ) throws(ComputeError) -> Int {
    let bound = keyColumns(other.slice(other.rowCount - 1..<other.rowCount), keys)
    let own = keyColumns(batch, keys)
    let both = try ColumnBatch.concatenating([own, bound], schema: own.schema)
    let comparisons = ownKeys(keys).map { comparison(both.columns[$0.column], $0) }
    var (low, high) = (0, batch.rowCount)
    while low < high {
      let middle = low + (high - low) / 2
      var order = 0
      for compare in comparisons where order == 0 { order = compare(middle, batch.rowCount) }
      if order < 0 || (order == 0 && includesTies) { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private static func keyColumns(_ batch: ColumnBatch, _ keys: [SortKey]) -> ColumnBatch {
    batch.selecting(keys.map(\.column))
  }

  /// `keys` of a batch that has their columns alone.
  private static func ownKeys(_ keys: [SortKey]) -> [SortKey] {
    keys.enumerated().map { index, key in
      SortKey(column: index, isDescending: key.isDescending, nullsFirst: key.nullsFirst)
    }
  }
}

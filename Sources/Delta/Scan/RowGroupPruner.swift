import Columns
import Compute
import Parquet

/// Leaves out row groups of one file, and pages of them, in which no row can satisfy a predicate:
/// first by the footer's statistics, then by bloom filters, then by the page index.
struct RowGroupPruner: Sendable {
  /// Where what is known about a column of the predicate comes from.
  enum Source: Sendable {
    /// A partition column: the same in every row.
    case constant(ColumnStatistics)
    /// Null in every row: the file is older than the column, or the partition value is null.
    case nulls
    case leaf(LeafColumn)
    case unknown
  }

  private let evaluator: PruningEvaluator
  /// By position in the table's schema.
  private let sources: [Int: Source]

  init(evaluator: PruningEvaluator, sources: [Int: Source]) {
    self.evaluator = evaluator
    self.sources = sources
  }

  /// The leaves that the predicate compares by = or IN, by position in the table's schema.
  var equalityLeaves: [Int: LeafColumn] { leaves(evaluator.equalityColumnIndices) }

  /// The leaves of the predicate, by position in the table's schema.
  var leaves: [Int: LeafColumn] { leaves(evaluator.columnIndices) }

  private func leaves(_ columns: [Int]) -> [Int: LeafColumn] {
    var leaves: [Int: LeafColumn] = [:]
    for column in columns {
      if case .leaf(let leaf) = sources[column] { leaves[column] = leaf }
    }
    return leaves
  }

  /// - Parameter filters: bloom filters of the row group, by position in the table's schema.
  func verdict(_ group: RowGroupMetadata, filters: [Int: BloomFilter] = [:]) -> PruningVerdict {
    evaluator.verdict(
      rowCount: group.rowCount,
      mayContain: { column, value in
        guard let filter = filters[column], case .leaf(let leaf) = sources[column] else {
          return true
        }
        return group.mayContain(value, leaf: leaf, filter)
      }
    ) { statistics($0, group) }
  }

  /// The rows that may satisfy the predicate.
  ///
  /// - Parameter pages: what the page index says, by position in the table's schema.
  func selection(_ group: RowGroupMetadata, pages: [Int: PagedStatistics]) -> RowSelection {
    let ranges = evaluator.matchingRows(rowCount: group.rowCount) {
      pages[$0]
    } whole: {
      statistics($0, group)
    }
    return RowSelection(ranges)
  }

  private func statistics(_ column: Int, _ group: RowGroupMetadata) -> ColumnStatistics? {
    switch sources[column] {
    case .constant(let known): known
    case .nulls: ColumnStatistics(nullCount: group.rowCount)
    case .leaf(let leaf): group.statistics(leaf: leaf)
    case .unknown, nil: nil
    }
  }
}

import Columns
import Compute

/// Rows on their way through the operators: a batch, which of its rows are left, and where its
/// first row stands in the input, so that results do not depend on who computed them.
struct RowBatch {
  var batch: ColumnBatch
  /// Nil for all rows.
  var selection: Selection?
  var position: Int64

  var rowCount: Int { selection?.count ?? batch.rowCount }

  /// The rows that are left, as a batch of their own.
  var selected: ColumnBatch { selection.map { batch.selecting($0) } ?? batch }
}

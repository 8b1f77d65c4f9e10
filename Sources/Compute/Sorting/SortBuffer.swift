import Base
package import Columns

/// Collects batches and gives their rows back sorted, or only the first `limit` of them.
///
/// With a limit it holds at most a few times that many rows: it sorts and drops the rest as it
/// goes, and skips rows whose first key is past the last one kept. Each batch says where its first
/// row stands in the input; rows that tie come in that order, whoever collected them.
package struct SortBuffer: Sendable {
  package let schema: Schema
  private let keys: [SortKey]
  private let limit: Int
  private var batches: [ColumnBatch] = []
  private var rowCount = 0
  /// Rows with a larger digest of the first key are not among the first `limit`.
  private var lastDigest: UInt64 = .max
  package private(set) var sizeBytes = 0

  /// - Parameter schema: of the batches; one hidden column for the position is added.
  package init(schema: Schema, keys: [SortKey], limit: Int = .max) {
    self.schema = schema
    self.keys = keys + [SortKey(column: schema.count)]
    self.limit = limit
  }

  /// - Parameter position: of the batch's first row; those of later rows follow.
  /// - Throws: `ComputeError` when the kept text takes more than 4 GiB a column.
  package mutating func append(_ batch: ColumnBatch, position: Int64) throws(ComputeError) {
    if limit == 0 || batch.rowCount == 0 { return }
    var batch = numbered(batch, position)
    if lastDigest != .max, let key = keys.first {
      let digests = RowOrder.digests(batch.columns[key.column], key)
      let close = (0..<batch.rowCount).filter { digests[$0] <= lastDigest }
      if close.isEmpty { return }
      if close.count < batch.rowCount {
        batch = batch.selecting(.rows(Buffer(close.map { UInt32($0) })))
      }
    }
    keep(batch)
    if rowCount >= trimCount { try trim() }
  }

  /// Takes over what another buffer of the same order holds.
  package mutating func merge(_ other: SortBuffer) throws(ComputeError) {
    for batch in other.batches { keep(batch) }
    lastDigest = min(lastDigest, other.lastDigest)
    if rowCount >= trimCount { try trim() }
  }

  /// All rows kept, sorted, as one batch of `schema`.
  package mutating func finish() throws(ComputeError) -> ColumnBatch {
    try trim()
    guard let sorted = batches.first else {
      return ColumnBatch(
        schema: schema, columns: schema.fields.map { Column($0.type, []) }, rowCount: 0)
    }
    return ColumnBatch(
      schema: schema, columns: Array(sorted.columns.dropLast()), rowCount: sorted.rowCount)
  }

  private var trimCount: Int { limit > Int.max / 4 ? .max : max(limit * 2, limit + 8192) }

  private mutating func keep(_ batch: ColumnBatch) {
    // Slices of pages would keep the pages: copy the text.
    let columns = batch.columns.map { $0.compacted() }
    batches.append(ColumnBatch(schema: batch.schema, columns: columns, rowCount: batch.rowCount))
    rowCount += batch.rowCount
    sizeBytes += columns.reduce(0) { $0 + $1.sizeBytes }
  }

  private mutating func trim() throws(ComputeError) {
    guard let first = batches.first else { return }
    let all = try ColumnBatch.concatenating(batches, schema: first.schema)
    let order = RowOrder.sorted(all, by: keys, limit: limit)
    let sorted = all.selecting(.rows(order))
    batches = []
    rowCount = 0
    sizeBytes = 0
    keep(sorted)
    if sorted.rowCount >= limit, keys.count > 1 {
      let last = sorted.slice(sorted.rowCount - 1..<sorted.rowCount)
      lastDigest = RowOrder.digests(last.columns[keys[0].column], keys[0])[0]
    }
  }

  private func numbered(_ batch: ColumnBatch, _ position: Int64) -> ColumnBatch {
    let positions = Buffer((0..<batch.rowCount).map { position + Int64($0) })
    return ColumnBatch(
      schema: Schema(schema.fields + [Field("", .long)]),
      columns: batch.columns + [Column(type: .long, values: .int64(positions))],
      rowCount: batch.rowCount)
  }
}

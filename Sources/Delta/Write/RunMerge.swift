import Base
import Columns
import Compute

/// The next rows of a merge: all of one partition, in their order.
struct MergedRows: Sendable {
  enum Content: Sendable {
    /// As they were packed, when rows are not sorted.
    case packed([PackedPiece])
    /// One block after the other; the rows of a block are to be joined and sorted.
    case sorted([[ColumnBatch]])
  }

  let partition: Int
  let content: Content
  /// Whether the partition has no more rows.
  let isLast: Bool
}

/// Merges runs, each by ascending partition, into one: rows of a partition run by run, or sorted,
/// with ties run by run.
///
/// Sorted rows go by blocks: of the blocks at hand, one of each run, the one that ends first bounds
/// what can be given out. The caller sorts it, so that only the reading is serial.
struct RunMerge {
  /// Packed bytes after which a part of a partition's rows is given out.
  private let partBytes: Int
  private let partRowCount: Int
  private let schema: Schema
  private let sortKeys: [SortKey]
  private var cursors: [RunCursor]
  /// Of the partition at hand, the rows of each cursor's block that are not given out yet.
  private var blocks: [ColumnBatch?]
  private let unpacker: RowUnpacker

  init(_ cursors: [RunCursor], layout: DataFileLayout, partBytes: Int) {
    self.cursors = cursors
    self.partBytes = partBytes
    partRowCount = layout.rowGroupRowCount
    schema = layout.fileSchema
    sortKeys = layout.sortKeys
    blocks = cursors.map { _ in nil }
    unpacker = RowUnpacker(schema: layout.fileSchema)
  }

  /// The rows that come next; nil at the end.
  mutating func next() throws(DeltaError) -> MergedRows? {
    guard let partition = nextPartition else { return nil }
    let content =
      sortKeys.isEmpty
      ? MergedRows.Content.packed(try packedPart(partition))
      : .sorted(try sortedPart(partition))
    return MergedRows(
      partition: partition, content: content, isLast: nextPartition != partition)
  }

  /// Partition of the blocks at hand.
  private var blockPartition: Int?

  private var nextPartition: Int? {
    if blocks.contains(where: { $0 != nil }) { return blockPartition }
    return cursors.lazy.compactMap(\.partition).min()
  }

  private mutating func packedPart(_ partition: Int) throws(DeltaError) -> [PackedPiece] {
    var pieces: [PackedPiece] = []
    var (rowCount, sizeBytes) = (0, 0)
    for index in cursors.indices {
      while cursors[index].partition == partition {
        let piece = try cursors[index].next()
        pieces.append(piece)
        rowCount += piece.rowCount
        sizeBytes += piece.bytes.count
        if rowCount >= partRowCount || sizeBytes >= partBytes { return pieces }
      }
    }
    return pieces
  }

  private mutating func sortedPart(_ partition: Int) throws(DeltaError) -> [[ColumnBatch]] {
    var rounds: [[ColumnBatch]] = []
    var (rowCount, sizeBytes) = (0, 0)
    blockPartition = partition
    while rowCount < partRowCount && sizeBytes < partBytes {
      for index in cursors.indices
      where blocks[index] == nil && cursors[index].partition == partition {
        let piece = try cursors[index].next()
        sizeBytes += piece.bytes.count
        try unpacker.append(piece)
        blocks[index] = unpacker.take()
      }
      guard blocks.contains(where: { $0 != nil }) else { break }
      let round = try computing { () throws(ComputeError) in try takeRound() }
      rowCount += round.reduce(0) { $0 + $1.rowCount }
      rounds.append(round)
    }
    return rounds
  }

  /// What no row that is still to be read comes before.
  private mutating func takeRound() throws(ComputeError) -> [ColumnBatch] {
    let open = blocks.indices.filter { blocks[$0] != nil }
    let first = try RowOrder.indexOfFirstEnd(open.map { blocks[$0]! }, by: sortKeys)
    let bound = blocks[open[first]]!
    var round: [ColumnBatch] = []
    for (position, index) in open.enumerated() {
      let block = blocks[index]!
      let count =
        position == first
        ? block.rowCount
        : try RowOrder.prefixCount(
          of: block, before: bound, includesTies: position < first, by: sortKeys)
      if count > 0 { round.append(block.slice(0..<count)) }
      blocks[index] = count < block.rowCount ? block.slice(count..<block.rowCount) : nil
    }
    return round
  }
}

extension MergedRows {
  /// Calls `body` with the rows in batches, joined and sorted where they have to be.
  func forEachBatch(
    _ layout: DataFileLayout, _ unpacker: RowUnpacker,
    _ body: (ColumnBatch) throws(DeltaError) -> Void
  ) throws(DeltaError) {
    switch content {
    case .packed(let pieces):
      for piece in pieces {
        try unpacker.append(piece)
        if unpacker.rowCount >= batchRowCount || unpacker.packedBytes >= batchBytes {
          try body(unpacker.take())
        }
      }
      if unpacker.rowCount > 0 { try body(unpacker.take()) }
    case .sorted(let rounds):
      for round in rounds {
        if round.count == 1 {
          try body(round[0])
          continue
        }
        let rows = try computing { () throws(ComputeError) in
          let all = try ColumnBatch.concatenating(round, schema: layout.fileSchema)
          return all.selecting(.rows(RowOrder.sorted(all, by: layout.sortKeys)))
        }
        try body(rows)
      }
    }
  }
}

/// Rows that are unpacked together, and their size: enough for the writer's loops, few for memory.
private let batchRowCount = 1 << 13
private let batchBytes = 4 << 20

package import Base
package import Columns
import Compression

/// What `RowGroupDecoder.next` says.
package enum DecodeStep: Sendable {
  /// `supply` these bytes of the file, then call again.
  case needs([Range<Int64>])
  case batch(ColumnBatch)
  case end
}

package struct ReadOptions: Sendable {
  package var verifiesChecksums = true
  /// Bytes of a chunk to fetch at once; nil: fewer the more leaves there are.
  package var windowSizeBytes: Int?
  /// Levels that the rows of one batch may have in all leaves inside lists: a run of a few bytes
  /// can claim billions. A place in a list of lists counts as one more. Batches are made of fewer
  /// rows where the footer says that rows are long, and where there are very many columns.
  package var batchLevelsMax: Int
  /// Bytes that strings of one batch may take in a leaf where they have to be copied: dictionaries
  /// and shared prefixes multiply what the footer says. All leaves may take four times as much; the
  /// strings of a single row, which cannot be cut, 2 GiB.
  package var batchDataMaxBytes: Int

  /// What pages and dictionaries of all leaves may take together from one batch to the next. Leaves
  /// for which it does not suffice are read from the start of their chunks for every batch.
  package var heldMaxBytes: Int

  package init(
    verifiesChecksums: Bool = true, windowSizeBytes: Int? = nil, batchLevelsMax: Int = 1 << 26,
    batchDataMaxBytes: Int = 1 << 28, heldMaxBytes: Int = 1 << 29
  ) {
    self.verifiesChecksums = verifiesChecksums
    self.windowSizeBytes = windowSizeBytes
    self.batchLevelsMax = batchLevelsMax
    self.batchDataMaxBytes = batchDataMaxBytes
    self.heldMaxBytes = heldMaxBytes
  }
}

/// Decodes rows of one row group into batches: `next` until the end, `supply` what it needs.
///
/// Does no I/O and starts no threads: one decoder a worker. Memory does not grow with the row
/// group, but with the number of leaves and the size of their pages: for each leaf one decompressed
/// page, the dictionary and a window, up to `ReadOptions.heldMaxBytes` for all of them; for one
/// leaf more what it needs; 16 MiB of compressed pages, and one page more; and the batches that the
/// caller keeps. 500 leaves with pages of 1 MiB take 500 MiB, if they may.
package final class RowGroupDecoder {
  /// What all windows together may take, but for a page that is larger than its window.
  private static let windowsMaxBytes = 32 << 20
  private static let windowMaxBytes = 1 << 20
  private static let windowMinBytes = 16 << 10
  /// What is asked for at once: compressed pages that wait to be decompressed.
  private var requestMaxBytes: Int { min(16 << 20, max(options.heldMaxBytes / 4, 1)) }
  /// Average rows of a batch stay this far below what a batch may have.
  private static let batchLevelsReserve = 16
  /// What the rows of a batch take on average, by the footer.
  private static let batchBytes: Int64 = 32 << 20
  /// Bytes that are copied for a single row at most.
  private static let rowDataMaxBytes = Int(Int32.max)

  package let metadata: ParquetMetadata
  package let rowGroup: Int
  /// The columns of the batches.
  package let schema: Schema
  private let shapes: [ColumnShape]
  private let group: RowGroupMetadata
  private let options: ReadOptions
  private let decompressor = Decompressor()
  /// Rows that were not handed out.
  private var selection: ArraySlice<Range<Int>>
  /// Rows of every batch are some of the row group's.
  private let isPartial: Bool

  /// Rows of a batch at most, whatever the caller says.
  private var batchRowsMax: Int
  private var plan: PagePlan
  private var columns: [ColumnDecoder] = []
  private var leaves: [LeafDecoder] = []
  private var hasStarted = false
  /// Rows of the batch in the making; none when there is none.
  private var batchRanges: [Range<Int>] = []
  private var batchRowCount = 0
  /// Leaves that wait for the bytes of the last `needs`, in its order.
  private var waiting: [LeafDecoder] = []

  /// - Parameters:
  ///   - selection: the rows that are wanted; nil: all.
  ///   - offsetIndexes: by leaf, if the caller has them. With a selection, those that are missing
  ///     are asked for.
  /// - Throws: `ParquetError`: `unsupported` for a column that cannot be read, by name; `corrupt`
  ///   when a chunk lies outside the file.
  package init(
    metadata: ParquetMetadata, rowGroup: Int, projection: Projection,
    selection: RowSelection? = nil, offsetIndexes: [Int: OffsetIndex] = [:],
    options: ReadOptions = ReadOptions()
  ) throws(ParquetError) {
    guard metadata.rowGroups.indices.contains(rowGroup) else {
      throw ParquetError(.invalidArgument, "there is no row group \(rowGroup)")
    }
    let group = metadata.rowGroups[rowGroup]
    for shape in projection.shapes { try check(shape, in: group) }
    if let last = selection?.ranges.last, last.upperBound > group.rowCount {
      throw ParquetError(.invalidArgument, "row group \(rowGroup) has \(group.rowCount) rows")
    }
    self.metadata = metadata
    self.rowGroup = rowGroup
    self.group = group
    self.options = options
    schema = projection.schema
    shapes = projection.shapes
    let rows = selection ?? RowSelection(all: group.rowCount)
    self.selection = rows.ranges[...]
    isPartial = rows.rowCount < group.rowCount
    let leaves = projection.shapes.flatMap(\.leaves)
    let levelsMax = max(options.batchLevelsMax / RowGroupDecoder.batchLevelsReserve, 1)
    batchRowsMax = try batchRows(
      group, leaves: leaves, levelsMax: levelsMax, slotsMax: options.batchLevelsMax / 2,
      sizeBytes: min(RowGroupDecoder.batchBytes, Int64(max(options.heldMaxBytes / 2, 1))))
    plan = try PagePlan(
      group, leaves: leaves, selection: isPartial ? rows : nil, indexes: offsetIndexes)
  }

  /// Whole columns, every row.
  package convenience init(
    metadata: ParquetMetadata, rowGroup: Int, columns: [Int], options: ReadOptions = ReadOptions()
  ) throws(ParquetError) {
    try self.init(
      metadata: metadata, rowGroup: rowGroup,
      projection: try Projection(columns: columns, of: metadata), options: options)
  }

  /// Names of the columns whose INT96 had nanoseconds, as far as it was read: they are cut off.
  package var cutColumns: Set<String> {
    Set(leaves.lazy.filter(\.hasCutNanos).map { $0.leaf.path[0] })
  }

  /// The next rows, at most `maxRows`. All columns have the same rows.
  ///
  /// - Precondition: `maxRows` is positive, and what the last step needed was supplied.
  package func next(maxRows: Int) throws(ParquetError) -> DecodeStep {
    precondition(maxRows > 0 && waiting.isEmpty)
    if batchRowCount == 0 && selection.isEmpty { return .end }
    if !hasStarted {
      let ranges = plan.missingIndexes
      if !ranges.isEmpty { return .needs(ranges) }
      try startColumns()
      hasStarted = true
    }
    // Bounded: a turn that starts over has half the rows of the last, or a leaf more read whole.
    while true {
      if batchRowCount == 0 {
        batchRanges = takeRows(min(maxRows, batchRowsMax))
        batchRowCount = batchRanges.reduce(0) { $0 + $1.count }
        let budget = BatchBudget(
          levels: options.batchLevelsMax,
          dataBytes: batchRowCount == 1
            ? RowGroupDecoder.rowDataMaxBytes : options.batchDataMaxBytes * 4)
        for leaf in leaves { leaf.start(batchRanges, within: budget) }
      }
      switch try advance() {
      case .needs(let ranges): return .needs(ranges)
      case .complete: return .batch(try takeBatch())
      case .overfull(let leaf): try startOver(leaf)
      case .continuesRow(let leaf):
        try plan.readWhole(leaf: leaf.leaf.index)
        try startOver()
      }
    }
  }

  private enum Progress {
    case complete
    case needs([Range<Int64>])
    case overfull(LeafDecoder)
    case continuesRow(LeafDecoder)
  }

  /// Decodes what the leaves have the bytes of.
  private func advance() throws(ParquetError) -> Progress {
    var needs: [Range<Int64>] = []
    var needsBytes = 0
    var heldBytes = 0
    for (index, leaf) in leaves.enumerated() where needsBytes < requestMaxBytes {
      switch try leaf.advance() {
      case .complete:
        heldBytes += leaf.heldBytes
        let isTooMuch = heldBytes > options.heldMaxBytes && index > 0
        if isTooMuch { heldBytes -= leaf.heldBytes }
        // After the last rows nothing is read again.
        if isTooMuch || selection.isEmpty { leaf.release(compacts: isTooMuch) }
      case .needs(let range):
        needs.append(range)
        needsBytes += range.count
        waiting.append(leaf)
      case .overfull: return .overfull(leaf)
      case .continuesRow: return .continuesRow(leaf)
      }
    }
    return needs.isEmpty ? .complete : .needs(needs)
  }

  /// Starts over with half as many rows a batch. Rarely needed, for the footer tells how long rows
  /// are on average; and at most once for every halving.
  ///
  /// - Throws: `ParquetError` (`unsupported`) when the batch is one row.
  private func startOver(_ leaf: LeafDecoder) throws(ParquetError) {
    guard batchRowCount > 1 else {
      throw ParquetError(
        .unsupported, "a row has more values or bytes than one batch can hold", at: leaf.place,
        hint: "this is a limit for all columns that are read: select fewer of them")
    }
    batchRowsMax = batchRowCount / 2
    try startOver()
  }

  /// Gives the batch's rows back and decodes again from the start of the row group: rows before are
  /// dropped.
  private func startOver() throws(ParquetError) {
    selection = RowSelection(batchRanges + selection).ranges[...]
    batchRowCount = 0
    waiting = []
    columns = []
    leaves = []
    try startColumns()
  }

  private func takeBatch() throws(ParquetError) -> ColumnBatch {
    var batch: [Column] = []
    batch.reserveCapacity(columns.count)
    for column in columns {
      let rows = try column.take()
      guard rows.count == batchRowCount else {
        throw .corrupt("\(rows.count) of \(batchRowCount) rows", at: column.leaves[0].place)
      }
      batch.append(rows)
    }
    defer { batchRowCount = 0 }
    return ColumnBatch(schema: schema, columns: batch, rowCount: batchRowCount)
  }

  /// Takes the bytes that the last step needed, a buffer a range, in their order.
  ///
  /// - Throws: `ParquetError` when a buffer is not as long as its range.
  package func supply(_ buffers: [Buffer<UInt8>]) throws(ParquetError) {
    if !hasStarted { return try plan.supply(buffers) }
    guard buffers.count == waiting.count else {
      throw ParquetError(.invalidArgument, "\(buffers.count) of \(waiting.count) ranges")
    }
    for (leaf, bytes) in zip(waiting, buffers) { try leaf.supply(bytes) }
    waiting = []
  }

  /// The next wanted rows.
  private func takeRows(_ maxRows: Int) -> [Range<Int>] {
    var left = maxRows
    var ranges: [Range<Int>] = []
    while left > 0, let range = selection.first {
      let rows = range.prefix(left)
      ranges.append(rows)
      left -= rows.count
      if rows.count < range.count {
        selection[selection.startIndex] = rows.upperBound..<range.upperBound
      } else {
        selection.removeFirst()
      }
    }
    return ranges
  }

  private func startColumns() throws(ParquetError) {
    let checksum = options.verifiesChecksums ? CRC32() : nil
    let leafCount = max(shapes.reduce(0) { $0 + $1.leaves.count }, 1)
    let share = min(RowGroupDecoder.windowsMaxBytes, options.heldMaxBytes / 4) / leafCount
    let windowSizeBytes =
      options.windowSizeBytes
      ?? max(min(share, RowGroupDecoder.windowMaxBytes), RowGroupDecoder.windowMinBytes)
    for shape in shapes {
      var decoders: [LeafDecoder] = []
      for (index, nodes) in shape.nestedLeaves {
        let leaf = group.shape.tree.leaves[index]
        let chunk = try group.chunkMetadata(leaf: index)
        let parts = plan.parts[index] ?? []
        let pages = try PageReader(
          parts: parts, windowSizeBytes: windowSizeBytes, metadata: chunk, leaf: leaf,
          rowGroup: rowGroup, decompressor: decompressor, checksum: checksum)
        let values = try LeafValues(
          leaf: leaf, mapping: group.shape.mappings[index], place: pages.place)
        decoders.append(
          try LeafDecoder(
            pages: pages, values: values, nested: nodes,
            rowCount: group.rowCount, options: options,
            chunkLevels: plan.isWhole(leaf: index) ? chunk.valueCount : nil))
      }
      leaves += decoders
      columns.append(ColumnDecoder(shape, leaves: decoders))
    }
  }
}

/// Rows of a batch, at least one, that have `levelsMax` levels in all leaves inside lists and
/// `sizeBytes` in all leaves when they are as long as the footer says on average; and at most
/// `slotsMax` slots in all other leaves, which is exact.
private func batchRows(
  _ group: RowGroupMetadata, leaves: [Int], levelsMax: Int, slotsMax: Int, sizeBytes: Int64
) throws(ParquetError) -> Int {
  let rowCount = Int64(max(group.rowCount, 1))
  var rowLevels = 0
  var rowSlots = 0
  var rowSizeBytes: Int64 = 0
  for leaf in leaves {
    let chunk = try group.chunkMetadata(leaf: leaf)
    if group.shape.tree.leaves[leaf].maxRepetition > 0 {
      // Clamped, here and below, so that leaves of any number have a sum.
      rowLevels += min(max(Int(clamping: chunk.valueCount / rowCount), 1), levelsMax)
    } else {
      rowSlots += 1
    }
    let chunkSizeBytes = max(
      chunk.totalUncompressedSizeBytes, chunk.sizeStatistics?.unencodedByteArrayBytes ?? 0)
    rowSizeBytes += min(max(chunkSizeBytes / rowCount, 0), sizeBytes)
  }
  let rowsMax = min(levelsMax / max(rowLevels, 1), slotsMax / max(rowSlots, 1))
  return max(min(rowsMax, Int(sizeBytes / max(rowSizeBytes, 1))), 1)
}

/// - Throws: `ParquetError` (`unsupported`) when a part of the column has no slots to be read into.
private func check(_ shape: ColumnShape, in group: RowGroupMetadata) throws(ParquetError) {
  if case .leaf(let index) = shape.kind {
    guard shape.type.physical != nil else {
      throw .unsupported("Parquet type \(shape.type)", at: group.place(leaf: index))
    }
  } else if shape.children.isEmpty {
    throw .unsupported(
      "a group without fields",
      at: ParquetPlace(
        rowGroup: group.index, column: shape.field.name, offset: group.shape.footerOffset))
  }
  for child in shape.children { try check(child, in: group) }
}

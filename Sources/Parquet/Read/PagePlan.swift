// Which bytes of a row group's chunks are read.
//
//   all rows          the chunk, from its first page to its end
//   some rows         the dictionary, then runs of pages that have any of the rows:
//                     offset index   page 0  page 1  page 2  page 3
//                     first rows     0       100     200     300
//                     rows 120..<250 -> one part, pages 1 and 2, whose first row is 100
//                     without an offset index: the chunk; rows are decoded and dropped
//
// Pages that an offset index points to start with a row, the format says, but some writers end
// pages in the middle of a list. What the index says of those is ambiguous: a page that continues a
// row may be listed with that row or with the next one. Either way:
//
//   a page inside one row           has no rows by the index: the chunk is read whole
//   a part starts with such a page  `LeafDecoder` sees it, and the chunk is read whole
//   a part ends before such a page  the page is read too where the last row before it is wanted
import Base

struct PagePlan {
  /// By leaf.
  private(set) var parts: [Int: [ChunkPart]] = [:]
  private let group: RowGroupMetadata
  private let leaves: [Int]
  private let selection: RowSelection?
  /// Leaves whose offset index is asked for, and where it is.
  private var asked: [(leaf: Int, range: Range<Int64>)] = []
  private var wholeLeaves: Set<Int> = []

  /// - Parameter selection: nil for every row.
  init(
    _ group: RowGroupMetadata, leaves: [Int], selection: RowSelection?, indexes: [Int: OffsetIndex]
  ) throws(ParquetError) {
    self.group = group
    self.leaves = leaves
    self.selection = selection
    for leaf in leaves where parts[leaf] == nil {
      try readWhole(leaf: leaf)
      guard selection != nil else { continue }
      if let index = indexes[leaf] {
        try cut(leaf, index)
      } else if let range = try group.offsetIndexRange(leaf: leaf) {
        asked.append((leaf, range))
      }
    }
  }

  /// Ranges of the offset indexes to be supplied first.
  var missingIndexes: [Range<Int64>] { asked.map(\.range) }

  /// Whether every page of the chunk is read.
  func isWhole(leaf: Int) -> Bool { wholeLeaves.contains(leaf) }

  /// Reads every page of a chunk after all, whose offset index turned out not to tell its rows.
  mutating func readWhole(leaf: Int) throws(ParquetError) {
    parts[leaf] = [ChunkPart(range: try group.byteRange(leaf: leaf), firstRow: 0)]
    wholeLeaves.insert(leaf)
  }

  /// Takes the bytes of `missingIndexes`.
  mutating func supply(_ buffers: [Buffer<UInt8>]) throws(ParquetError) {
    for ((leaf, _), bytes) in zip(asked, buffers) {
      try cut(leaf, try group.offsetIndex(leaf: leaf, bytes))
    }
    asked = []
  }

  /// Keeps the pages of a chunk that have rows of the selection.
  private mutating func cut(_ leaf: Int, _ index: OffsetIndex) throws(ParquetError) {
    guard let selection, let chunk = parts[leaf]?.first?.range,
      let first = index.pageLocations.first
    else { return }
    var cut: [ChunkPart] = []
    let mayContinueRows = group.mayContinueRows(leaf: leaf)
    var continuesRow = false
    let hasDictionary = first.offset > chunk.lowerBound
    if hasDictionary {
      cut.append(ChunkPart(range: chunk.lowerBound..<first.offset, firstRow: nil))
    }
    var end = chunk.lowerBound
    for (page, location) in index.pageLocations.enumerated() {
      let isLast = page + 1 == index.pageLocations.count
      let nextRow =
        isLast ? Int64(group.rowCount) : index.pageLocations[page + 1].firstRowIndex
      let sizeBytes = Int64(location.compressedSizeBytes)
      // No sum of what the file says before it is known to be small.
      guard (end...chunk.upperBound).contains(location.offset), sizeBytes >= 0,
        sizeBytes <= chunk.upperBound - location.offset,
        location.firstRowIndex <= nextRow, page > 0 || location.firstRowIndex == 0
      else {
        throw .corrupt(
          "the offset index does not fit its chunk",
          at: group.place(leaf: leaf, offset: try group.offsetIndexRange(leaf: leaf)?.lowerBound))
      }
      let pageEnd = location.offset + sizeBytes
      end = pageEnd
      if mayContinueRows && nextRow == location.firstRowIndex { continuesRow = true }
      // The row before may end on this page.
      let firstRow = Int(location.firstRowIndex) - (mayContinueRows && page > 0 ? 1 : 0)
      guard selection.overlaps(firstRow..<Int(nextRow)) else { continue }
      if let last = cut.last, last.firstRow != nil, last.range.upperBound == location.offset {
        cut[cut.count - 1].range = last.range.lowerBound..<pageEnd
      } else {
        cut.append(
          ChunkPart(
            range: location.offset..<pageEnd, firstRow: Int(location.firstRowIndex),
            firstPage: page + (hasDictionary ? 1 : 0)))
      }
    }
    if continuesRow { return }
    parts[leaf] = cut
    wholeLeaves.remove(leaf)
  }
}

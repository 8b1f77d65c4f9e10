// Column index and offset index: bounds and places of every data page.
// parquet-format, PageIndex.md; parquet.thrift, `ColumnIndex`, `OffsetIndex`.
import Base

/// What is kept of a chunk until the footer is written.
struct EncodedChunkIndex: Sendable {
  let pages: [EncodedPage]
  /// From the start of the file.
  let firstPageOffset: Int64

  init(_ chunk: EncodedChunk, firstPageOffset: Int64) {
    pages = chunk.pages
    self.firstPageOffset = firstPageOffset
  }

  var offsetIndex: OffsetIndex {
    OffsetIndex(
      pageLocations: pages.map { page in
        PageLocation(
          offset: firstPageOffset + Int64(page.offset), compressedSizeBytes: Int32(page.sizeBytes),
          firstRowIndex: Int64(page.firstRow))
      })
  }

  /// Nil when a page has values without bounds: an index must bound every page that has values.
  func columnIndex(_ leaf: SchemaElement) -> ColumnIndex? {
    guard !pages.isEmpty else { return nil }
    var index = ColumnIndex(
      nullPages: [], minValues: [], maxValues: [], boundaryOrder: boundaryOrder, nullCounts: [])
    for page in pages {
      index.nullCounts?.append(Int64(page.nullCount))
      index.nullPages.append(page.bounds == .empty)
      if page.bounds == .empty {
        index.minValues.append([])
        index.maxValues.append([])
        continue
      }
      let bounds = page.bounds.encoded(as: leaf.type!, sizeBytes: Int(leaf.typeLength ?? 0))
      guard let bounds else { return nil }
      index.minValues.append(bounds.min)
      index.maxValues.append(bounds.max)
    }
    return index
  }

  /// Pages of nulls take no part in the order.
  private var boundaryOrder: BoundaryOrder {
    let bounds = pages.map(\.bounds).filter { $0 != .empty }
    let pairs = zip(bounds, bounds.dropFirst())
    if pairs.allSatisfy({ $0.isAscending(to: $1) }) { return .ascending }
    return pairs.allSatisfy { $1.isAscending(to: $0) } ? .descending : .unordered
  }
}

extension ColumnBounds {
  var isMinExact: Bool {
    if case .bytes(let min, _) = self { return min.isExact }
    return true
  }

  var isMaxExact: Bool {
    if case .bytes(_, let max) = self { return max.isExact }
    return true
  }
}

// Column index and offset index: bounds and places of every data page.
// parquet-format, PageIndex.md; parquet.thrift, `ColumnIndex`, `OffsetIndex`.
import Base

extension EncodedChunk {
  /// - Parameter start: where the first data page is in the file.
  func offsetIndex(from start: Int) -> OffsetIndex {
    let byteArrayBytes = pages.compactMap { $0.values.byteArrayBytes.map { Int64($0) } }
    return OffsetIndex(
      pageLocations: pages.map { page in
        PageLocation(
          offset: Int64(start + page.offset), compressedSizeBytes: Int32(page.sizeBytes),
          firstRowIndex: Int64(page.firstRow))
      }, unencodedByteArrayBytes: byteArrayBytes.count == pages.count ? byteArrayBytes : nil)
  }

  /// Nil when a page has values without bounds: an index must bound every page that has values.
  func columnIndex(_ leaf: SchemaElement) -> ColumnIndex? {
    guard !pages.isEmpty else { return nil }
    var index = ColumnIndex(
      nullPages: [], minValues: [], maxValues: [], boundaryOrder: boundaryOrder, nullCounts: [])
    for page in pages {
      index.nullCounts?.append(Int64(page.nullCount))
      index.nullPages.append(page.values.bounds == .empty)
      if page.values.bounds == .empty {
        index.minValues.append([])
        index.maxValues.append([])
        continue
      }
      let bounds = page.values.bounds.encoded(as: leaf)
      guard let bounds else { return nil }
      index.minValues.append(bounds.min)
      index.maxValues.append(bounds.max)
    }
    index.repetitionLevelHistograms = joined(pages.map(\.repetitionHistogram))
    index.definitionLevelHistograms = joined(pages.map(\.definitionHistogram))
    let nanCounts = pages.compactMap { $0.values.nanCount.map { Int64($0) } }
    if nanCounts.count == pages.count { index.nanCounts = nanCounts }
    return index
  }

  /// Pages of nulls take no part in the order.
  private var boundaryOrder: BoundaryOrder {
    let bounds = pages.map(\.values.bounds).filter { $0 != .empty }
    let pairs = zip(bounds, bounds.dropFirst())
    if pairs.allSatisfy({ $0.isAscending(to: $1) }) { return .ascending }
    return pairs.allSatisfy { $1.isAscending(to: $0) } ? .descending : .unordered
  }
}

/// All of them, one after the other; nil where there are none.
private func joined(_ histograms: [[Int64]?]) -> [Int64]? {
  let all = histograms.compactMap { $0 }
  return all.count == histograms.count ? all.flatMap { $0 } : nil
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

import Base
import Columns
import Compute
import Parquet

/// What of a row group is read, and what it cost to find out.
struct RowGroupPlan: Sendable {
  /// Nil: every row.
  var selection: RowSelection?
  /// Those that were fetched, by leaf.
  var offsetIndexes: [Int: OffsetIndex] = [:]
  /// No row can satisfy the predicate.
  var isPruned = false
  /// Pages of the leaves to read, where the page index was looked at.
  var pagesTotal = 0
  var pagesPruned = 0
  var bytesRead: Int64 = 0
}

extension DataFileReader {
  /// Decides which rows of a row group to read by its bloom filters and page index, which are only
  /// fetched where they are small beside the chunks that they may save.
  ///
  /// - Parameter leaves: those that are to be read.
  func plan(
    rowGroup: Int, leaves: [Int], _ pruner: RowGroupPruner
  ) throws(DeltaError) -> RowGroupPlan {
    var plan = RowGroupPlan()
    let group = metadata.rowGroups[rowGroup]
    // Nothing to gain where every row matches; where none does, nobody asks for a plan.
    guard pruner.verdict(group) == .some else { return plan }
    let sizeBytes = try parsing { () throws(ParquetError) in
      var sizeBytes: Int64 = 0
      for leaf in leaves { sizeBytes += Int64(try group.byteRange(leaf: leaf).count) }
      return sizeBytes
    }
    let filters = try bloomFilters(group, pruner, maxSizeBytes: sizeBytes / 2, &plan)
    if !filters.isEmpty, pruner.verdict(group, filters: filters) == .none {
      plan.isPruned = true
      return plan
    }
    try selectPages(group, pruner, leaves: leaves, maxSizeBytes: sizeBytes / 4, &plan)
    return plan
  }

  // MARK: Bloom filters

  private func bloomFilters(
    _ group: RowGroupMetadata, _ pruner: RowGroupPruner, maxSizeBytes: Int64,
    _ plan: inout RowGroupPlan
  ) throws(DeltaError) -> [Int: BloomFilter] {
    var filters: [Int: BloomFilter] = [:]
    for (column, leaf) in pruner.equalityLeaves.sorted(by: { $0.key < $1.key }) {
      guard var range = group.bloomFilterRange(leaf: leaf.index) else { continue }
      while Int64(range.count) <= maxSizeBytes {  // Twice at most: the header, then all of it.
        let bytes = try fetch([range], &plan)[0]
        let step = try parsing { () throws(ParquetError) in
          try group.bloomFilter(leaf: leaf.index, bytes)
        }
        guard case .needs(let more) = step else {
          if case .done(let filter) = step { filters[column] = filter }
          break
        }
        range = more
      }
    }
    return filters
  }

  // MARK: Pages

  private func selectPages(
    _ group: RowGroupMetadata, _ pruner: RowGroupPruner, leaves: [Int], maxSizeBytes: Int64,
    _ plan: inout RowGroupPlan
  ) throws(DeltaError) {
    let indexed = try indexedLeaves(group, pruner)
    let sizeBytes = indexed.reduce(0) { $0 + Int64($1.columnIndex.count + $1.offsetIndex.count) }
    guard !indexed.isEmpty, sizeBytes <= maxSizeBytes else { return }
    let columnIndexes = try fetch(indexed.map(\.columnIndex), &plan)
    let offsetIndexes = try fetch(indexed.map(\.offsetIndex), &plan)
    var pages: [Int: PagedStatistics] = [:]
    for (position, entry) in indexed.enumerated() {
      let leaf = entry.leaf
      try parsing { () throws(ParquetError) in
        let offsets = try group.offsetIndex(leaf: leaf.index, offsetIndexes[position])
        plan.offsetIndexes[leaf.index] = offsets
        pages[entry.column] = try group.pageStatistics(
          leaf: leaf, offsetIndex: offsets, columnIndex: columnIndexes[position])
      }
    }
    let selection = pruner.selection(group, pages: pages)
    plan.isPruned = selection.ranges.isEmpty
    if selection.rowCount < group.rowCount { plan.selection = selection }
    try countPages(group, leaves: leaves, selection, &plan)
  }

  private struct IndexedLeaf {
    let column: Int
    let leaf: LeafColumn
    let columnIndex: Range<Int64>
    let offsetIndex: Range<Int64>
  }

  /// The leaves of the predicate that have a page index, in the order of the file.
  private func indexedLeaves(
    _ group: RowGroupMetadata, _ pruner: RowGroupPruner
  ) throws(DeltaError) -> [IndexedLeaf] {
    try parsing { () throws(ParquetError) in
      var indexed: [IndexedLeaf] = []
      for (column, leaf) in pruner.leaves {
        guard let columnIndex = try group.columnIndexRange(leaf: leaf.index),
          let offsetIndex = try group.offsetIndexRange(leaf: leaf.index)
        else { continue }
        indexed.append(
          IndexedLeaf(
            column: column, leaf: leaf, columnIndex: columnIndex, offsetIndex: offsetIndex))
      }
      return indexed.sorted { $0.leaf.index < $1.leaf.index }
    }
  }

  /// Fetches the offset indexes of the leaves to read, which decoding some rows needs, and counts.
  private func countPages(
    _ group: RowGroupMetadata, leaves: [Int], _ selection: RowSelection,
    _ plan: inout RowGroupPlan
  ) throws(DeltaError) {
    if plan.selection != nil && !plan.isPruned {
      var missing: [(leaf: Int, range: Range<Int64>)] = []
      for leaf in Set(leaves).sorted() where plan.offsetIndexes[leaf] == nil {
        let range = try parsing { () throws(ParquetError) in
          try group.offsetIndexRange(leaf: leaf)
        }
        if let range { missing.append((leaf, range)) }
      }
      let fetched = try fetch(missing.map(\.range), &plan)
      for (entry, bytes) in zip(missing, fetched) {
        plan.offsetIndexes[entry.leaf] = try parsing { () throws(ParquetError) in
          try group.offsetIndex(leaf: entry.leaf, bytes)
        }
      }
    }
    for leaf in Set(leaves) {
      guard let locations = plan.offsetIndexes[leaf]?.pageLocations else { continue }
      plan.pagesTotal += locations.count
      for page in locations.indices {
        let end =
          page + 1 < locations.count ? Int(locations[page + 1].firstRowIndex) : group.rowCount
        if !selection.overlaps(Int(locations[page].firstRowIndex)..<end) { plan.pagesPruned += 1 }
      }
    }
  }

  private func fetch(
    _ ranges: [Range<Int64>], _ plan: inout RowGroupPlan
  ) throws(DeltaError) -> [Buffer<UInt8>] {
    for range in ranges { plan.bytesRead += Int64(range.count) }
    return try read(ranges)
  }
}

import Base
import Columns
import Testing

@testable import Parquet

private func read(_ name: String) throws -> Buffer<UInt8> {
  try readBytes(sharedData! + "/parquet-testing/data/\(name).parquet")
}

private func pages(
  _ file: Buffer<UInt8>, _ group: RowGroupMetadata, _ leaf: LeafColumn
) throws -> PagedStatistics? {
  guard let offsets = try group.offsetIndexRange(leaf: leaf.index),
    let columns = try group.columnIndexRange(leaf: leaf.index)
  else { return nil }
  let index = try group.offsetIndex(leaf: leaf.index, part(file, offsets))
  return try group.pageStatistics(
    leaf: leaf, offsetIndex: index, columnIndex: part(file, columns))
}

@Suite("Page index", .enabled(if: sharedData != nil)) struct PageIndexTests {
  /// Files and how many of their pages have bounds at least.
  @Test(arguments: [
    ("alltypes_tiny_pages", 3000), ("alltypes_tiny_pages_plain", 3000),
    ("int32_with_null_pages", 5), ("fixed_length_byte_array", 5),
    ("binary_truncated_min_max", 6), ("floating_orders_nan_count", 20),
    ("data_index_bloom_encoding_stats", 1),
  ])
  func `pages bound their values`(name: String, boundedPageCount: Int) throws {
    let file = try read(name)
    let metadata = try readMetadata(file)
    var boundedCount = 0
    for group in metadata.rowGroups {
      for column in flatColumns(metadata) {
        let leaf = try #require(group.leaf(ofColumn: column))
        guard let index = try pages(file, group, leaf) else { continue }
        let decoder = try RowGroupDecoder(
          metadata: metadata, rowGroup: group.index, columns: [column])
        let values = try decoder.batches(of: file, maxRows: 1 << 20)[0].columns[0].scalars
        for page in index.pages.indices {
          let end =
            page + 1 < index.pages.count ? index.firstRows[page + 1] : group.rowCount
          if check(index.pages[page], values[index.firstRows[page]..<end]) { boundedCount += 1 }
        }
      }
    }
    #expect(boundedCount >= boundedPageCount)
  }

  /// Whether there are bounds.
  private func check(_ page: ColumnStatistics, _ values: ArraySlice<Scalar>) -> Bool {
    func isNaN(_ value: Scalar) -> Bool { value.doubleValue?.isNaN ?? false }
    if let nullCount = page.nullCount { #expect(nullCount == values.count { $0.isNull }) }
    if let nanCount = page.nanCount { #expect(nanCount == values.count { isNaN($0) }) }
    for value in values where !value.isNull && !isNaN(value) {
      if let min = page.min { #expect(Scalar.compare(min, value)! <= 0) }
      if let max = page.max { #expect(Scalar.compare(max, value)! >= 0) }
    }
    return page.min != nil && page.max != nil
  }

  @Test func `pages of nothing but nulls say so`() throws {
    let file = try read("int32_with_null_pages")
    let metadata = try readMetadata(file)
    let group = metadata.rowGroups[0]
    let index = try #require(try pages(file, group, metadata.tree.leaves[0]))
    let ends = index.firstRows.dropFirst() + [group.rowCount]
    let nullPages = zip(zip(index.firstRows, ends), index.pages).count {
      $0.1 - $0.0 == $1.nullCount
    }
    #expect(nullPages > 0)
    #expect(index.pages.reduce(0) { $0 + ($1.nullCount ?? 0) } == 275)
  }

  @Test func `damaged indexes are errors, never traps`() throws {
    let file = try read("int32_with_null_pages")
    let metadata = try readMetadata(file)
    let group = metadata.rowGroups[0]
    let leaf = metadata.tree.leaves[0]
    let offsetBytes = Array(part(file, try #require(try group.offsetIndexRange(leaf: 0))))
    let columnBytes = Array(part(file, try #require(try group.columnIndexRange(leaf: 0))))
    let offsets = try group.offsetIndex(leaf: 0, Buffer(offsetBytes))
    for length in 0..<offsetBytes.count {
      #expect(throws: ParquetError.self) {
        try group.offsetIndex(leaf: 0, Buffer(offsetBytes[..<length]))
      }
    }
    for length in 0..<columnBytes.count {
      #expect(throws: ParquetError.self) {
        try group.pageStatistics(
          leaf: leaf, offsetIndex: offsets, columnIndex: Buffer(columnBytes[..<length]))
      }
    }
    for index in offsetBytes.indices {
      var changed = offsetBytes
      changed[index] ^= 0x55
      _ = try? group.offsetIndex(leaf: 0, Buffer(changed))
    }
    for index in columnBytes.indices {
      var changed = columnBytes
      changed[index] ^= 0x55
      _ = try? group.pageStatistics(
        leaf: leaf, offsetIndex: offsets, columnIndex: Buffer(changed))
    }
  }

  @Test func `pages out of order or past the rows are refused`() throws {
    let metadata = try readMetadata(try read("int32_with_null_pages"))
    for firstRows in [[5], [0, 0], [0, 10, 9], [0, 1000], [0, 1 << 40]] as [[Int64]] {
      let index = OffsetIndex(
        pageLocations: firstRows.map {
          PageLocation(offset: 4, compressedSizeBytes: 1, firstRowIndex: $0)
        })
      var writer = ThriftWriter()
      writer.write(index)
      let bytes = writer.take()
      #expect(throws: ParquetError.self) {
        try metadata.rowGroups[0].offsetIndex(leaf: 0, bytes)
      }
    }
  }

  @Test func `more pages than an Int16 counts`() throws {
    let file = try read("overflow_i16_page_cnt")
    let metadata = try readMetadata(file)
    #expect(metadata.rowGroups[0].rowCount == 40_000)
    #expect(try readBatches(file)[0].rowCount > 0)
  }
}

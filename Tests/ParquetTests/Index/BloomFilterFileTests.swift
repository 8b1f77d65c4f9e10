import Base
import Columns
import Foundation
import Testing

@testable import Parquet

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures").path

/// The filter of a leaf, read as a caller does.
private func filter(
  _ group: RowGroupMetadata, leaf: Int, of file: Buffer<UInt8>
) throws -> BloomFilter? {
  guard var range = group.bloomFilterRange(leaf: leaf) else { return nil }
  while true {
    switch try group.bloomFilter(leaf: leaf, part(file, range)) {
    case .needs(let more): range = more
    case .done(let filter): return filter
    }
  }
}

@Suite("Bloom filters of other writers") struct BloomFilterFileTests {
  /// Row group g of the fixture holds the numbers n with n % 3 == g alone (write.py).
  @Test(arguments: [("pyarrow", 9), ("duckdb", 8)])
  func `every value is found in its row group and few are in others`(
    writer: String, filteredColumnCount: Int
  ) throws {
    let file = try readBytes("\(fixtures)/parquet-bloom/\(writer).parquet")
    let metadata = try readMetadata(file)
    let batches = try readBatches(file, maxRows: 1 << 20)
    #expect(batches.count == 3)
    for leaf in metadata.tree.leaves {
      var hits = 0
      var probes = 0
      for group in metadata.rowGroups {
        guard let filter = try filter(group, leaf: leaf.index, of: file) else { continue }
        for other in batches.indices {
          let values = Set(batches[other].columns[leaf.index].scalars).filter { !$0.isNull }
          for value in values {
            let found = group.mayContain(value, leaf: leaf, filter)
            if other == group.index {
              #expect(found, "\(leaf.path) \(value)")
            } else {
              probes += 1
              hits += found ? 1 : 0
            }
          }
        }
      }
      #expect(hits * 20 <= probes, "\(leaf.path): \(hits) of \(probes)")
    }
    let filteredCount = metadata.tree.leaves.count {
      metadata.rowGroups[0].bloomFilterRange(leaf: $0.index) != nil
    }
    #expect(filteredCount == filteredColumnCount)
  }
}

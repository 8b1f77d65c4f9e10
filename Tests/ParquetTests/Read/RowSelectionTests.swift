import Base
import Columns
import Foundation
import Testing

@testable import Parquet

private let nestedFixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
  .appending(path: "Fixtures/parquet-nested/").path

@Suite("Row selections") struct RowSelectionTests {
  @Test func `ranges are sorted and merged`() {
    let selection = RowSelection([7..<9, 1..<3, 3..<4, 5..<5, 8..<12])
    #expect(selection.ranges == [1..<4, 7..<12])
    #expect(selection.rowCount == 8)
    #expect(selection.overlaps(3..<7) && !selection.overlaps(4..<7) && !selection.overlaps(12..<20))
    #expect(selection.intersection(RowSelection([0..<2, 3..<8])).ranges == [1..<2, 3..<4, 7..<8])
    #expect(selection.union(RowSelection([4..<7])).ranges == [1..<12])
  }
}

@Suite("Row groups: some of the rows, some of the bytes") struct PartialReadTests {
  private static let files = [
    "pyarrow-v1-snappy", "pyarrow-v2-zstd", "pyarrow-old-lists-gzip", "pyarrow-plain-none",
    "pyarrow-rare-types", "duckdb-v1", "polars-zstd",
  ]

  private func file(_ name: String) throws -> Buffer<UInt8> {
    try readBytes(nestedFixtures + "/" + name + ".parquet")
  }

  private func scalars(_ batches: [ColumnBatch], _ column: Int) -> [Scalar] {
    batches.flatMap { $0.columns[column].scalars }
  }

  /// Rows of a selection, and the bytes that were fetched for them.
  private func read(
    _ file: Buffer<UInt8>, _ metadata: ParquetMetadata, _ selection: RowSelection?, maxRows: Int
  ) throws -> (batches: [ColumnBatch], byteCount: Int64) {
    let decoder = try RowGroupDecoder(
      metadata: metadata, rowGroup: 0,
      projection: try Projection(columns: readableColumns(metadata), of: metadata),
      selection: selection)
    var batches: [ColumnBatch] = []
    var byteCount: Int64 = 0
    while true {
      switch try decoder.next(maxRows: maxRows) {
      case .needs(let ranges):
        byteCount += ranges.reduce(0) { $0 + Int64($1.count) }
        try decoder.supply(ranges.map { part(file, $0) })
      case .batch(let batch): batches.append(batch)
      case .end: return (batches, byteCount)
      }
    }
  }

  @Test(arguments: files) func `selected rows are those of a whole read`(name: String) throws {
    let file = try file(name)
    let metadata = try readMetadata(file)
    let rowCount = metadata.rowGroups[0].rowCount
    let whole = try read(file, metadata, nil, maxRows: 13).batches
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededGenerator(seed)
    for _ in 0..<12 {
      let ranges = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        let start = Int.random(in: 0..<rowCount, using: &generator)
        return start..<min(start + Int.random(in: 0...20, using: &generator), rowCount)
      }
      let selection = RowSelection(ranges)
      let batches = try read(
        file, metadata, selection, maxRows: Int.random(in: 1...30, using: &generator)
      ).batches
      for column in readableColumns(metadata).indices {
        let all = scalars(whole, column)
        let expected = selection.ranges.flatMap { all[$0] }
        #expect(scalars(batches, column) == expected, "column \(column), seed \(seed), \(ranges)")
      }
    }
  }

  @Test(arguments: ["pyarrow-v1-snappy", "pyarrow-v2-zstd"])
  func `pages without selected rows are not fetched`(name: String) throws {
    let file = try file(name)
    let metadata = try readMetadata(file)
    let all = try read(file, metadata, nil, maxRows: 1000).byteCount
    let few = try read(file, metadata, RowSelection([40..<42]), maxRows: 1000).byteCount
    #expect(few < all, "\(few) of \(all) bytes, offset indexes among them")
    #expect(try read(file, metadata, RowSelection([]), maxRows: 1000).byteCount == 0)
  }

  @Test(arguments: files, [1, 64, 1000])
  func `windows of any size give the same rows`(name: String, windowSizeBytes: Int) throws {
    let file = try file(name)
    let metadata = try readMetadata(file)
    let whole = try readBatches(file)
    let batches = try readBatches(
      file, maxRows: 11, options: ReadOptions(windowSizeBytes: windowSizeBytes))
    for column in readableColumns(metadata).indices {
      #expect(scalars(batches, column) == scalars(whole, column))
    }
  }

  @Test func `rows past the end are no selection`() throws {
    let file = try file("pyarrow-v1-snappy")
    let metadata = try readMetadata(file)
    let error = #expect(throws: ParquetError.self) {
      _ = try read(file, metadata, RowSelection([0..<1_000_000]), maxRows: 10)
    }
    #expect(error?.code == .invalidArgument)
  }
}

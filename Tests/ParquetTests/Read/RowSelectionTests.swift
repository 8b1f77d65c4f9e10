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

/// PageIndex.md: with an offset index, pages start with rows. Files in which they do not.
@Suite("Row groups: rows that go on over pages with an offset index") struct ContinuedRowTests {
  /// What the index says of a page that continues a row.
  enum Convention: CaseIterable {
    /// The number of rows that were begun before: the next row.
    case begun
    /// The number of rows that were complete before: the row that goes on.
    case complete
  }

  private static let lengths = [3, 1, 0, 5, 2, 2, 1, 9, 1, 4]
  private static let rows: [Scalar] = lengths.enumerated().map { row, length in
    .array((0..<length).map { .integer(Int64(row * 10 + $0)) })
  }

  /// Rows of the lengths above in a list, and their numbers in a column beside it.
  ///
  /// - Parameter cuts: levels before which a page ends.
  private func file(cuts: [Int], _ convention: Convention) throws -> Buffer<UInt8> {
    var (repetition, definition, values): ([UInt8], [UInt8], [Scalar]) = ([], [], [])
    for case .array(let elements) in ContinuedRowTests.rows {
      repetition += elements.isEmpty ? [0] : elements.indices.map { $0 == 0 ? 0 : 1 }
      definition += elements.isEmpty ? [1] : elements.map { _ in 3 }
      values += elements.isEmpty ? [.null] : elements
    }
    var pages: [LeafPage] = []
    var firstRows: [Int64] = []
    let ends = cuts + [repetition.count]
    for (start, end) in zip([0] + cuts, ends) {
      pages.append(
        LeafPage(
          repetition: Array(repetition[start..<end]), definition: Array(definition[start..<end]),
          values: values[start..<end].filter { $0 != .null }))
      let begun = Int64(repetition[..<start].count { $0 == 0 })
      let continues = repetition[start] != 0
      firstRows.append(continues && convention == .complete ? begun - 1 : begun)
    }
    return try NestedFile(
      elements: [
        SchemaElement(name: "n", type: .int64, repetition: .required),
        SchemaElement(name: "a", repetition: .optional, childCount: 1, convertedType: .list),
        SchemaElement(name: "list", repetition: .repeated, childCount: 1),
        SchemaElement(name: "element", type: .int64, repetition: .optional),
      ],
      topLevelCount: 2, rowCount: ContinuedRowTests.rows.count,
      leaves: [
        ContinuedRowTests.rows.indices.map { LeafPage(values: [.integer(Int64($0))]) }, pages,
      ],
      firstRows: [ContinuedRowTests.rows.indices.map { Int64($0) }, firstRows]
    ).bytes()
  }

  private func expectEverySelection(_ file: Buffer<UInt8>, _ trail: String) throws {
    let metadata = try readMetadata(file)
    let projection = try Projection(columns: [0, 1], of: metadata)
    let rowCount = ContinuedRowTests.rows.count
    var selections = (0..<rowCount).flatMap { start in
      (start + 1...rowCount).map { RowSelection([start..<$0]) }
    }
    selections += (0..<rowCount - 2).map { RowSelection([$0..<$0 + 1, $0 + 2..<$0 + 3]) }
    for selection in selections {
      for maxRows in [1, 3, 100] {
        let decoder = try RowGroupDecoder(
          metadata: metadata, rowGroup: 0, projection: projection, selection: selection)
        let batches = try decoder.batches(of: file, maxRows: maxRows)
        let numbers = selection.ranges.flatMap { $0.map { Scalar.integer(Int64($0)) } }
        let rows = selection.ranges.flatMap { ContinuedRowTests.rows[$0] }
        let found = (0..<2).map { column in batches.flatMap { $0.columns[column].scalars } }
        #expect(found == [numbers, rows], "\(selection.ranges), \(maxRows) at a time, \(trail)")
      }
    }
  }

  @Test(arguments: Convention.allCases)
  func `a page that continues a row does not change the rows around it`(
    convention: Convention
  ) throws {
    for cut in 1..<29 {
      try expectEverySelection(try file(cuts: [cut], convention), "cut at \(cut)")
    }
  }

  @Test(arguments: Convention.allCases)
  func `rows go on over any number of pages`(convention: Convention) throws {
    let seed = UInt64.random(in: 0 ... .max)
    var generator = SeededGenerator(seed)
    for _ in 0..<20 {
      let count = Int.random(in: 2...14, using: &generator)
      let cuts = Set((0..<count).map { _ in Int.random(in: 1..<29, using: &generator) }).sorted()
      try expectEverySelection(try file(cuts: cuts, convention), "cuts \(cuts), seed \(seed)")
    }
  }
}

import Base
import Columns
import Compression
import Encodings
import Foundation
import Testing

@testable import Parquet

private let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/").path

/// What a reader holds from one batch to the next is bounded; the rows are the same.
@Suite("Row groups: bounded memory for many leaves") struct HeldMemoryTests {
  static let files =
    ["parquet-nested", "parquet-writers", "hostile"].flatMap { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: fixtures + "/" + folder)) ?? [])
        .filter { $0.hasSuffix(".parquet") }.sorted().map { folder + "/" + $0 }
    }

  @Test func `there are files to read`() { #expect(Self.files.count > 25) }

  @Test(arguments: files) func `rows are the same with room for one leaf or all`(
    name: String
  ) throws {
    let file = try readBytes(fixtures + "/" + name)
    let metadata = try readMetadata(file)
    let columns = readableColumns(metadata).indices
    let rowCount = metadata.rowGroups.reduce(0) { $0 + $1.rowCount }
    let maxRows = max(rowCount / 9, 3)
    let whole = try readBatches(file, maxRows: maxRows)
    for heldMaxBytes in [0, 1 << 10, 16 << 10] {
      let batches = try readBatches(
        file, maxRows: maxRows, options: ReadOptions(heldMaxBytes: heldMaxBytes))
      for column in columns {
        #expect(
          batches.flatMap { $0.columns[column].scalars }
            == whole.flatMap { $0.columns[column].scalars },
          "column \(column), \(heldMaxBytes) bytes")
      }
    }
  }

  @Test(arguments: files.filter { $0.hasPrefix("parquet-nested") })
  func `selected rows are the same, too`(name: String) throws {
    let file = try readBytes(fixtures + "/" + name)
    let metadata = try readMetadata(file)
    let rowCount = metadata.rowGroups[0].rowCount
    let ranges = stride(from: 2, to: rowCount - 3, by: 11).map { $0..<$0 + 3 }
    let read: (Int) throws -> [ColumnBatch] = { heldMaxBytes in
      try RowGroupDecoder(
        metadata: metadata, rowGroup: 0,
        projection: try Projection(columns: readableColumns(metadata), of: metadata),
        selection: RowSelection(ranges), options: ReadOptions(heldMaxBytes: heldMaxBytes)
      ).batches(of: file, maxRows: 13)
    }
    let (whole, some) = (try read(.max), try read(0))
    for column in readableColumns(metadata).indices {
      #expect(
        some.flatMap { $0.columns[column].scalars } == whole.flatMap { $0.columns[column].scalars },
        "column \(column)")
    }
  }

  /// A file of many string columns, each with a dictionary of `entryCount` long entries.
  private static func wide(columnCount: Int, rowCount: Int, entryCount: Int) throws -> [UInt8] {
    let schema = Schema((0..<columnCount).map { Field("c\($0)", .string, nullable: false) })
    let words = (0..<entryCount).map { hex(UInt64($0) &* 0x9E37_79B9_7F4A_7C15) }
    let column = Column(
      .string,
      (0..<rowCount).map { .string(String(repeating: words[$0 % entryCount], count: 16)) })
    var options = ParquetWriteOptions()
    options.codec = .none
    options.pageRowCount = 64
    options.expectedRowCount = 1 << 20
    options.dictionary.sizeBytes = 8 << 20
    let batch = ColumnBatch(
      schema: schema, columns: Array(repeating: column, count: columnCount), rowCount: rowCount)
    return try RoundTripTests.parts([batch], schema, options).flatMap { Array($0) }
  }

  /// 40 columns with 256 KiB of pages each, 10 MiB that a reader would hold with all of them open.
  @Test func `many leaves are read in the memory of a few`() async {
    await #expect(processExitsWith: .success) {
      let file = Buffer(try HeldMemoryTests.wide(columnCount: 40, rowCount: 1024, entryCount: 1000))
      let metadata = try readMetadata(file)
      let decoder = try RowGroupDecoder(
        metadata: metadata, rowGroup: 0, columns: Array(0..<40),
        options: ReadOptions(heldMaxBytes: 1 << 20))
      try limitMemory(toMore: 6 << 20)
      var rowCount = 0
      while let batch = try decoder.next(maxRows: 16, of: file) { rowCount += batch.rowCount }
      #expect(rowCount == 1024)
    }
  }
}

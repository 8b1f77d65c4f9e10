import Base
import Columns
import Testing

@testable import Parquet

@Suite("File inspection") struct FileInspectionTests {
  /// The file of `FileAssemblerTests`: two columns, pages of 100 rows.
  private func file() throws -> Buffer<UInt8> {
    let (reader, _) = try WriteSamples.file(
      [FileAssemblerTests.batch(0..<250), FileAssemblerTests.batch(250..<260)],
      schema: FileAssemblerTests.schema, FileAssemblerTests.options)
    return Buffer(reader.bytes)
  }

  private func inspect(_ bytes: Buffer<UInt8>) throws -> FileInspection {
    let size = Int64(bytes.count)
    var range = ParquetMetadata.tailRange(fileSizeBytes: size)
    while true {
      let tail = bytes.slice(Int(range.lowerBound)..<Int(range.upperBound))
      switch try FileInspection.parse(tail: tail, fileSizeBytes: size) {
      case .needs(let more): range = more
      case .done(let inspection): return inspection
      }
    }
  }

  private func pages(
    _ chunk: FileInspection.Chunk, _ bytes: Buffer<UInt8>
  ) throws -> [FileInspection.Page] {
    var walk = try PageWalk(chunk, rowGroup: 0, fileSizeBytes: Int64(bytes.count))
    var pages: [FileInspection.Page] = []
    while let range = walk.nextRange {
      if let page = try walk.take(
        bytes.slice(Int(range.lowerBound)..<Int(range.upperBound)))
      {
        pages.append(page)
      }
    }
    return pages
  }

  @Test func `a file tells its schema, row groups, chunks and bounds`() throws {
    let found = try inspect(file())
    #expect(found.rowCount == 260 && found.rowGroups.map(\.rowCount) == [250, 10])
    #expect(found.encryption == nil)
    #expect(found.schema?.leafCount == 2)
    #expect(found.schema?.children.map(\.repetition) == ["optional", "required"])
    #expect(found.schema?.children[1].logicalType == "STRING")
    let chunk = try #require(found.rowGroups[0].columns.first)
    #expect(chunk.path == "n" && chunk.columnIndex != nil && chunk.offsetIndex != nil)
    let details = try #require(chunk.details)
    #expect(details.valueCount == 250 && details.codec == "zstd")
    #expect(details.statistics?.min == .integer(0) && details.statistics?.nullCount == 50)
    #expect(found.rowGroups[0].compressedSizeBytes >= details.compressedSizeBytes)
  }

  @Test func `pages are found by their headers alone and fill their chunk`() throws {
    let bytes = try file()
    for group in try inspect(bytes).rowGroups {
      for chunk in group.columns {
        let pages = try pages(chunk, bytes)
        let data = pages.filter { $0.kind != "dictionary" }
        #expect(data.reduce(0) { $0 + ($1.valueCount ?? 0) } == group.rowCount)
        #expect(
          pages.reduce(0) { $0 + $1.compressedSizeBytes + Int64($1.headerSizeBytes) }
            == chunk.details?.compressedSizeBytes)
      }
    }
  }

  @Test(arguments: [0, 1, 7, 11, 12, 40])
  func `what is no file is an error of`(_ count: Int) throws {
    let bytes = try file()
    for cut in [bytes.slice(0..<count), bytes.slice(bytes.count - count..<bytes.count)] {
      #expect(throws: ParquetError.self) { try inspect(cut) }
    }
  }

  @Test func `a damaged byte is an error or another answer, never a trap`() throws {
    let bytes = try file()
    for position in 0..<bytes.count {
      for flip in [UInt8(0xFF), 1, 0x80] {
        var copy = Array(bytes)
        copy[position] ^= flip
        let damaged = Buffer(copy)
        guard let found = try? inspect(damaged) else { continue }
        for group in found.rowGroups {
          for chunk in group.columns { _ = try? pages(chunk, damaged) }
        }
      }
    }
  }
}

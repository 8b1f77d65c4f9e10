import Base
import Columns
import Compression
import FuzzTargets
import Testing

@testable import Parquet

/// Offset and size of a page as an index may have them.
struct ExtremePage: Sendable, CustomTestStringConvertible {
  let offset: Int64
  var sizeBytes: Int32 = 100
  var firstRow: Int64 = 2
  var testDescription: String { "\(sizeBytes) bytes at \(offset), row \(firstRow)" }
}

@Suite("Hostile: offset indexes") struct OffsetIndexTests {
  /// A column of four rows on two pages, whose index says `second` of the second.
  private func file(second: PageLocation?) throws -> Buffer<UInt8> {
    var file = ByteWriter()
    file.append(utf8: "PAR1")
    var pages: [PageLocation] = []
    for page in 0..<2 {
      let start = file.count
      var header = ThriftWriter()
      header.write(
        PageHeader(
          kind: .data(DataPageHeader(valueCount: 2, encoding: .plain)),
          uncompressedSizeBytes: 8, compressedSizeBytes: 8))
      file.append(header.take())
      file.append(Buffer([UInt8](repeating: UInt8(page), count: 8)))
      pages.append(
        PageLocation(
          offset: Int64(start), compressedSizeBytes: Int32(file.count - start),
          firstRowIndex: Int64(page * 2)))
    }
    let size = Int64(file.count - 4)
    if let second { pages[1] = second }
    var index = ThriftWriter()
    index.write(OffsetIndex(pageLocations: pages))
    let indexBytes = index.take()
    var chunk = ColumnChunk(
      metadata: ColumnMetaData(
        type: .int32, encodings: [], path: ["n"], codec: CodecNumber(.none), valueCount: 4,
        totalUncompressedSizeBytes: size, totalCompressedSizeBytes: size, dataPageOffset: 4))
    chunk.offsetIndexOffset = Int64(file.count)
    chunk.offsetIndexSizeBytes = Int32(indexBytes.count)
    file.append(indexBytes)
    var footer = ThriftWriter()
    footer.write(
      FileMetaData(
        schema: [
          SchemaElement(name: "schema", childCount: 1),
          SchemaElement(name: "n", type: .int32, repetition: .required),
        ],
        rowCount: 4,
        rowGroups: [RowGroup(columns: [chunk], totalUncompressedSizeBytes: size, rowCount: 4)]))
    let footerBytes = footer.take()
    file.append(footerBytes)
    file.appendInteger(UInt32(footerBytes.count))
    file.append(utf8: "PAR1")
    return file.freeze()
  }

  /// Row 3, through the index of the file.
  private func lastRow(_ file: Buffer<UInt8>) throws -> [Scalar] {
    let metadata = try readMetadata(file)
    let decoder = try RowGroupDecoder(
      metadata: metadata, rowGroup: 0, projection: try Projection(columns: [0], of: metadata),
      selection: RowSelection([3..<4]))
    return try decoder.batches(of: file).flatMap { $0.columns[0].scalars }
  }

  @Test func `the sound index leads to its row`() throws {
    #expect(try lastRow(try file(second: nil)) == [.integer(0x0101_0101)])
    #expect(readEverything(try file(second: nil)).errors.isEmpty)
  }

  @Test(arguments: [
    ExtremePage(offset: .max), ExtremePage(offset: .max - 100),
    ExtremePage(offset: .max, sizeBytes: 0), ExtremePage(offset: .max - 7, sizeBytes: .max),
    ExtremePage(offset: 0), ExtremePage(offset: 30, sizeBytes: .max),
    ExtremePage(offset: 1 << 40), ExtremePage(offset: 30, firstRow: .max),
    ExtremePage(offset: 30, firstRow: 0), ExtremePage(offset: 30, firstRow: 4),
  ]) func `an index of extreme places is refused`(page: ExtremePage) throws {
    let bytes = try file(
      second: PageLocation(
        offset: page.offset, compressedSizeBytes: page.sizeBytes, firstRowIndex: page.firstRow))
    let error = #expect(throws: ParquetError.self) { try lastRow(bytes) }
    #expect(error?.code == .corrupt)
    #expect(!readEverything(bytes).errors.isEmpty)
  }
}

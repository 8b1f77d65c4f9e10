import Base
import Columns
import Compression
import Testing

@testable import Parquet

/// A chunk of 1 GiB of one page again and again, whose bytes are made when they are asked for. A
/// page holds one value, so that reading it costs little but its bytes.
private struct LargeChunk {
  static let pageCount = 1024

  let codec: Codec
  private let page: Buffer<UInt8>
  let metadata: ParquetMetadata

  init(_ codec: Codec) throws {
    self.codec = codec
    let valueSizeBytes = 1 << 20
    var body = ByteWriter()
    body.appendInteger(UInt32(valueSizeBytes))
    body.append([UInt8](repeating: 7, count: valueSizeBytes))
    let plain = body.freeze()
    var packed = ByteWriter()
    try Compressor(codec).compress(plain.bytes, into: &packed)
    let packedBytes = packed.freeze()
    var header = ThriftWriter()
    header.write(
      PageHeader(
        kind: .data(DataPageHeader(valueCount: 1, encoding: .plain)),
        uncompressedSizeBytes: Int32(plain.count), compressedSizeBytes: Int32(packedBytes.count)))
    var page = ByteWriter()
    page.append(header.take())
    page.append(packedBytes)
    self.page = page.freeze()
    let count = Int64(Self.pageCount)
    let size = Int64(self.page.count) * count
    let chunk = ColumnMetaData(
      type: .byteArray, encodings: [], path: ["b"], codec: CodecNumber(codec),
      valueCount: count, totalUncompressedSizeBytes: Int64(plain.count) * count,
      totalCompressedSizeBytes: size, dataPageOffset: 4)
    metadata = try ParquetMetadata(
      FileMetaData(
        schema: [
          SchemaElement(name: "schema", childCount: 1),
          SchemaElement(name: "b", type: .byteArray, repetition: .required),
        ],
        rowCount: count,
        rowGroups: [
          RowGroup(
            columns: [ColumnChunk(metadata: chunk)], totalUncompressedSizeBytes: size,
            rowCount: count)
        ]), fileSizeBytes: size + 100)
  }

  private func bytes(_ range: Range<Int64>) -> Buffer<UInt8> {
    var made = ByteWriter()
    var offset = Int(range.lowerBound - 4)
    var left = range.count
    while left > 0 {
      let start = offset % page.count
      let size = min(left, page.count - start)
      made.append(page.slice(start..<start + size))
      offset += size
      left -= size
    }
    return made.freeze()
  }

  /// Reads every row, and keeps every batch or none.
  ///
  /// - Returns: rows, and bytes of values.
  func read(maxRows: Int, keepsBatches: Bool = false) throws -> (rowCount: Int, sizeBytes: Int) {
    let decoder = try RowGroupDecoder(metadata: metadata, rowGroup: 0, columns: [0])
    var kept: [ColumnBatch] = []
    var (rowCount, sizeBytes) = (0, 0)
    while true {
      switch try decoder.next(maxRows: maxRows) {
      case .needs(let ranges): try decoder.supply(ranges.map { bytes($0) })
      case .batch(let batch):
        rowCount += batch.rowCount
        guard case .bytes(let slots, let data) = batch.columns[0].values else { continue }
        for row in 0..<slots.count {
          let range = slots[row].range
          sizeBytes += data[range.upperBound - 1] == 7 ? range.count : 0
        }
        if keepsBatches { kept.append(batch) }
      case .end: return (rowCount, sizeBytes)
      }
    }
  }
}

@Suite("Row groups: large chunks") struct LargeChunkTests {
  /// A window, pages that go on in the next one, and a batch of `rowCount` values.
  private static func memoryMaxBytes(rowCount: Int) -> Int { (16 + 4 * rowCount) << 20 }

  @Test func `a gigabyte of pages is read in the memory of a few`() async {
    await #expect(processExitsWith: .success) {
      let chunk = try LargeChunk(.none)
      try limitMemory(toMore: LargeChunkTests.memoryMaxBytes(rowCount: 2))
      let read = try chunk.read(maxRows: 2)
      #expect(read.rowCount == 1024 && read.sizeBytes == 1 << 30)
    }
  }

  @Test func `pages that expand to a gigabyte are read in the memory of a few`() async {
    await #expect(processExitsWith: .success) {
      let chunk = try LargeChunk(.zstd(level: 1))
      try limitMemory(toMore: LargeChunkTests.memoryMaxBytes(rowCount: 2))
      let read = try chunk.read(maxRows: 2)
      #expect(read.rowCount == 1024 && read.sizeBytes == 1 << 30)
    }
  }

  /// By the footer a batch of 32 rows has 32 MiB, however many the caller would take.
  @Test func `a batch of long values ends by its bytes`() async {
    await #expect(processExitsWith: .success) {
      let chunk = try LargeChunk(.zstd(level: 1))
      try limitMemory(toMore: LargeChunkTests.memoryMaxBytes(rowCount: 32))
      let read = try chunk.read(maxRows: .max)
      #expect(read.rowCount == 1024 && read.sizeBytes == 1 << 30)
    }
  }

  @Test func `the bound is one: batches that are kept pass it`() async {
    await #expect(processExitsWith: .failure) {
      let chunk = try LargeChunk(.zstd(level: 1))
      try limitMemory(toMore: LargeChunkTests.memoryMaxBytes(rowCount: 32))
      _ = try chunk.read(maxRows: 2, keepsBatches: true)
    }
  }
}

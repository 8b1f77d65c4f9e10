import Base
import Compression

/// Compresses pages and puts their headers in front. One a row group writer, shared by its columns,
/// like the memory in which they put a page together.
///
/// The file format of a page is drawn in PageHeader.swift.
final class PageWriter {
  let meter: EncodingMeter
  /// The page at hand, while a column ends it.
  var page = ByteWriter()
  private let keptBytes: Int
  private let compressor: Compressor
  private let crc: CRC32?
  private var compressed = ByteWriter()
  private var header = ThriftWriter()

  init(_ options: ParquetWriteOptions) {
    meter = EncodingMeter(options.codec)
    keptBytes = options.keptBufferBytes
    compressor = Compressor(options.codec)
    crc = options.writesCRC ? CRC32() : nil
  }

  /// Sizes of a page in the file, its header included.
  struct Size {
    var compressedBytes: Int
    var uncompressedBytes: Int
  }

  /// Appends the page at hand, whose first `levelsSizeBytes` are not compressed: the levels of a V2
  /// page.
  func append(
    _ kind: PageHeader.Kind, levelsSizeBytes: Int = 0, _ effort: CompressionEffort = .full,
    column: String, to chunk: inout ChunkBytes
  ) throws(ParquetError) -> Size {
    var kind = kind
    let sizeBytes = page.count
    try compress(from: levelsSizeBytes, effort, column: column)
    if case .dataV2(var data) = kind, compressed.count >= sizeBytes {
      // As it is: nothing was gained, and a reader need not decompress it.
      compressed.removeAll()
      compressed.append(page.bytes)
      data.isCompressed = false
      kind = .dataV2(data)
    }
    guard let pageBytes = Int32(exactly: sizeBytes),
      let compressedBytes = Int32(exactly: compressed.count)
    else { throw tooLarge(column) }
    header.bytes.removeAll()
    header.write(
      PageHeader(
        kind: kind, uncompressedSizeBytes: pageBytes, compressedSizeBytes: compressedBytes,
        crc: crc?.checksum(compressed.bytes)))
    // The offset index counts both together.
    guard Int32(exactly: header.bytes.count + compressed.count) != nil else {
      throw tooLarge(column)
    }
    chunk.append(header.bytes.bytes, compressed.bytes)
    return Size(
      compressedBytes: header.bytes.count + compressed.count,
      uncompressedBytes: header.bytes.count + sizeBytes)
  }

  /// Gives memory back that only a very large page needed.
  func trim() {
    page.removeAll(keepingCapacity: keptBytes)
    compressed.removeAll(keepingCapacity: keptBytes)
  }

  private func tooLarge(_ column: String) -> ParquetError {
    ParquetError(
      .resourceLimit, "a page would take more than 2 GiB", at: ParquetPlace(column: column),
      hint: "a single value is too large for a Parquet page")
  }

  private func compress(
    from start: Int, _ effort: CompressionEffort, column: String
  ) throws(ParquetError) {
    compressed.removeAll()
    Parquet.append(page, 0..<start, to: &compressed)
    do throws(CompressionFault) {
      try compressor.compress(page, from: start, effort, into: &compressed)
    } catch {
      throw ParquetError(
        error == .outOfMemory ? .resourceLimit : .internalError,
        "could not compress a page of \(page.count) bytes with \(compressor.codec.name)",
        at: ParquetPlace(column: column))
    }
  }
}

extension Compressor {
  /// Appends the bytes of `input` from `start` on as one compressed block.
  func compress(
    _ input: borrowing ByteWriter, from start: Int = 0, _ effort: CompressionEffort = .full,
    into output: inout ByteWriter
  ) throws(CompressionFault) {
    try compress(input.bytes.extracting(start...), effort, into: &output)
  }
}

/// Appends the bytes at `range` of `bytes`.
func append(_ bytes: borrowing ByteWriter, _ range: Range<Int>, to output: inout ByteWriter) {
  output.append(bytes.bytes.extracting(range))
}

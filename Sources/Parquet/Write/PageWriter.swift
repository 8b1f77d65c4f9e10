import Base
import Compression

/// Compresses pages and puts their headers in front. One a row group writer, shared by its columns.
///
/// The file format of a page is drawn in PageHeader.swift.
final class PageWriter {
  private let compressor: Compressor
  private let crc: CRC32?
  private var compressed = ByteWriter()
  private var header = ThriftWriter()

  init(_ options: ParquetWriteOptions) {
    compressor = Compressor(options.codec)
    crc = options.writesCRC ? CRC32() : nil
  }

  /// Sizes of a page in the file, its header included.
  struct Size {
    var compressedBytes: Int
    var uncompressedBytes: Int
  }

  /// Appends the bytes of `page` from `start` on: levels and values, or a dictionary.
  func append(
    _ page: borrowing ByteWriter, from start: Int = 0, kind: PageHeader.Kind, column: String,
    to chunk: inout ByteWriter
  ) throws(ParquetError) -> Size {
    let sizeBytes = page.count - start
    compressed.removeAll()
    do throws(CompressionFault) {
      try compressor.compress(page.bytes.extracting(start...), into: &compressed)
    } catch {
      throw ParquetError(
        error == .outOfMemory ? .resourceLimit : .internalError,
        "could not compress a page of \(sizeBytes) bytes with \(compressor.codec.name)",
        at: ParquetPlace(column: column))
    }
    guard let pageBytes = Int32(exactly: sizeBytes),
      let compressedBytes = Int32(exactly: compressed.count)
    else {
      throw ParquetError(
        .resourceLimit, "a page would take more than 2 GiB", at: ParquetPlace(column: column),
        hint: "a single value is too large for a Parquet page")
    }
    header.bytes.removeAll()
    header.write(
      PageHeader(
        kind: kind, uncompressedSizeBytes: pageBytes, compressedSizeBytes: compressedBytes,
        crc: crc?.checksum(compressed.bytes)))
    chunk.append(header.bytes.bytes)
    chunk.append(compressed.bytes)
    return Size(
      compressedBytes: header.bytes.count + compressed.count,
      uncompressedBytes: header.bytes.count + sizeBytes)
  }
}

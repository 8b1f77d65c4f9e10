import Base
import Compression

/// A data page, decompressed and cut into its parts. Buffers share one allocation.
struct DataPage {
  /// Nulls included; in nested columns, levels.
  let valueCount: Int
  let encoding: PageEncoding
  /// RLE / bit-packed hybrid without a size in front; empty where the maximum level is 0.
  let repetitionLevels: Buffer<UInt8>
  let definitionLevels: Buffer<UInt8>
  let values: Buffer<UInt8>
}

struct DictionaryPage {
  let valueCount: Int
  let values: Buffer<UInt8>
}

/// Walks the pages of one chunk. The layout of a page is drawn in PageHeader.swift.
final class PageReader {
  private let chunk: Buffer<UInt8>
  /// Of the chunk in the file.
  private let chunkOffset: Int64
  private let codec: Codec
  private let decompressor: Decompressor
  private let checksum: CRC32?
  private let leaf: LeafColumn
  private let rowGroup: Int
  /// Of the next page's header, in the chunk.
  private var position = 0
  /// Of the page that was read last, in the chunk; -1 before the first.
  private(set) var pageIndex = -1
  private var pagePosition = 0
  private var hasDictionary = false

  /// - Parameter checksum: nil to leave page checksums alone.
  init(
    chunk: Buffer<UInt8>, chunkOffset: Int64, metadata: ColumnMetaData, leaf: LeafColumn,
    rowGroup: Int, decompressor: Decompressor, checksum: CRC32?
  ) throws(ParquetError) {
    self.chunk = chunk
    self.chunkOffset = chunkOffset
    self.decompressor = decompressor
    self.checksum = checksum
    self.leaf = leaf
    self.rowGroup = rowGroup
    guard let codec = metadata.codec.codec else {
      throw .unsupported(
        "compression with \(metadata.codec)",
        at: ParquetPlace(
          rowGroup: rowGroup, column: leaf.path.joined(separator: "."), offset: chunkOffset))
    }
    self.codec = codec
  }

  /// Where the page is that was read last.
  var place: ParquetPlace {
    ParquetPlace(
      rowGroup: rowGroup, column: leaf.path.joined(separator: "."), page: max(pageIndex, 0),
      offset: chunkOffset + Int64(pagePosition))
  }

  /// A fault in the last page's decompressed bytes.
  func corrupt(_ fault: DecodingFault) -> ParquetError {
    .corrupt("\(fault.text), at byte \(fault.offset) of the page's values", at: place)
  }

  enum Page {
    case dictionary(DictionaryPage)
    case data(DataPage)
  }

  /// The next dictionary or data page; nil at the end of the chunk.
  func next() throws(ParquetError) -> Page? {
    while position < chunk.count {  // Bounded: a header has bytes.
      pageIndex += 1
      pagePosition = position
      let header = try readHeader()
      let sizeBytes = Int(header.compressedSizeBytes)
      guard sizeBytes <= chunk.count - position else {
        throw .corrupt("the page ends after its chunk", at: place)
      }
      let body = chunk.slice(position..<position + sizeBytes)
      position += sizeBytes
      if let checksum, let expected = header.crc, checksum.checksum(body.bytes) != expected {
        throw .corrupt("the page's checksum does not match its bytes", at: place)
      }
      let uncompressedSizeBytes = Int(header.uncompressedSizeBytes)
      switch header.kind {
      case .other: continue
      case .dictionary(let detail):
        return .dictionary(try dictionaryPage(detail, body, uncompressedSizeBytes))
      case .data(let detail): return .data(try dataPage(detail, body, uncompressedSizeBytes))
      case .dataV2(let detail): return .data(try dataPageV2(detail, body, uncompressedSizeBytes))
      }
    }
    return nil
  }

  private func readHeader() throws(ParquetError) -> PageHeader {
    let chunk = chunk
    var reader = ThriftReader(chunk.bytes, at: position)
    do {
      let header = try PageHeader(from: &reader)
      position = reader.offset
      return header
    } catch {
      throw .corrupt("the page's header is damaged: \(error.text)", at: place)
    }
  }

  private func decompress(
    _ body: Buffer<UInt8>, sizeBytes: Int
  ) throws(ParquetError) -> Buffer<UInt8> {
    if codec == .none {
      guard body.count == sizeBytes else {
        throw .corrupt("the page says \(sizeBytes) bytes and has \(body.count)", at: place)
      }
      return body
    }
    // Pages of nothing but nulls may have no bytes at all, not even an empty block.
    if sizeBytes == 0 { return Buffer() }
    guard sizeBytes <= codec.expansionMaxBytes(of: body.count) else {
      throw .corrupt(
        "the page claims \(sizeBytes) bytes from \(body.count) of \(codec.name)", at: place)
    }
    do {
      return try decompressor.decompress(body.bytes, codec: codec, sizeBytes: sizeBytes)
    } catch .outOfMemory {
      throw ParquetError(.resourceLimit, "no memory for \(codec.name)", at: place)
    } catch {
      throw .corrupt("the page is no \(codec.name) block of \(sizeBytes) bytes", at: place)
    }
  }

  private func dictionaryPage(
    _ header: DictionaryPageHeader, _ body: Buffer<UInt8>, _ sizeBytes: Int
  ) throws(ParquetError) -> DictionaryPage {
    guard !hasDictionary else { throw .corrupt("a second dictionary page", at: place) }
    hasDictionary = true
    guard header.encoding == .plain || header.encoding == .plainDictionary else {
      throw .unsupported("a dictionary in \(header.encoding)", at: place)
    }
    return DictionaryPage(
      valueCount: Int(header.valueCount), values: try decompress(body, sizeBytes: sizeBytes))
  }

  private func dataPage(
    _ header: DataPageHeader, _ body: Buffer<UInt8>, _ sizeBytes: Int
  ) throws(ParquetError) -> DataPage {
    let bytes = try decompress(body, sizeBytes: sizeBytes)
    var offset = 0
    let repetition = try levels(
      bytes, &offset, maxLevel: leaf.maxRepetition, encoding: header.repetitionLevelEncoding)
    let definition = try levels(
      bytes, &offset, maxLevel: leaf.maxDefinition, encoding: header.definitionLevelEncoding)
    return DataPage(
      valueCount: Int(header.valueCount), encoding: header.encoding,
      repetitionLevels: repetition, definitionLevels: definition,
      values: bytes.slice(offset..<bytes.count))
  }

  /// Cuts the levels of a V1 page: size (u32, little endian), then the hybrid stream.
  private func levels(
    _ bytes: Buffer<UInt8>, _ offset: inout Int, maxLevel: Int, encoding: PageEncoding
  ) throws(ParquetError) -> Buffer<UInt8> {
    if maxLevel == 0 { return Buffer() }
    guard encoding == .rle else { throw .unsupported("levels in \(encoding)", at: place) }
    guard bytes.count - offset >= 4 else {
      throw .corrupt("the page ends before its levels", at: place)
    }
    var sizeBytes = 0
    for index in 0..<4 { sizeBytes |= Int(bytes[offset + index]) << (8 * index) }
    offset += 4
    guard sizeBytes <= bytes.count - offset else {
      throw .corrupt("the page's levels claim \(sizeBytes) bytes", at: place)
    }
    defer { offset += sizeBytes }
    return bytes.slice(offset..<offset + sizeBytes)
  }

  private func dataPageV2(
    _ header: DataPageHeaderV2, _ body: Buffer<UInt8>, _ sizeBytes: Int
  ) throws(ParquetError) -> DataPage {
    let repetitionSize = Int(header.repetitionLevelsSizeBytes)
    let levelsSize = repetitionSize + Int(header.definitionLevelsSizeBytes)
    guard levelsSize <= body.count, levelsSize <= sizeBytes else {
      throw .corrupt("the page's levels claim \(levelsSize) bytes", at: place)
    }
    let packed = body.slice(levelsSize..<body.count)
    let values =
      header.isCompressed ?? true
      ? try decompress(packed, sizeBytes: sizeBytes - levelsSize) : packed
    return DataPage(
      valueCount: Int(header.valueCount), encoding: header.encoding,
      repetitionLevels: body.slice(0..<repetitionSize),
      definitionLevels: body.slice(repetitionSize..<levelsSize), values: values)
  }
}

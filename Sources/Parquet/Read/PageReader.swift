import Base
import Compression
import Encodings

/// Levels as a page holds them, without a size in front; empty where the maximum level is 0.
struct LevelBytes {
  var bytes = Buffer<UInt8>()
  var encoding = LevelEncoding.rle
}

/// A data page, decompressed and cut into its parts. Buffers share one allocation.
struct DataPage {
  /// Levels: values, nulls and empty lists.
  let levelCount: Int
  let encoding: PageEncoding
  let repetition: LevelBytes
  let definition: LevelBytes
  let values: Buffer<UInt8>
}

struct DictionaryPage {
  let valueCount: Int
  let values: Buffer<UInt8>
}

/// Walks the pages of one chunk, in the parts that are wanted of it. The layout of a page is drawn
/// in PageHeader.swift.
final class PageReader {
  enum Step {
    /// `supply` these bytes of the file, then call again.
    case needs(Range<Int64>)
    case dictionary(DictionaryPage)
    case data(DataPage)
    /// A data page that `next` was told to leave out, and how many levels it has.
    case passed(levelCount: Int)
    /// The pages that follow start with this row.
    case row(Int)
    case end
  }

  private let metadata: ColumnMetaData
  private let codec: Codec
  private let decompressor: Decompressor
  private let checksum: CRC32?
  private let leaf: LeafColumn
  private let rowGroup: Int
  private let parts: [ChunkPart]
  private let windowSizeBytes: Int
  private var window: ChunkWindow
  /// Of the page whose body comes next.
  private var header: PageHeader?
  private var pageIndex: Int
  private var nextPageIndex: Int
  private var pageOffset: Int64
  private var hasDictionary = false
  private var isPartStarted = false
  /// What `supply` is to bring.
  private var asked: Range<Int64>?

  /// - Parameters:
  ///   - parts: of the chunk that are wanted, in order.
  ///   - checksum: nil to leave page checksums alone.
  init(
    parts: [ChunkPart], windowSizeBytes: Int, metadata: ColumnMetaData, leaf: LeafColumn,
    rowGroup: Int, decompressor: Decompressor, checksum: CRC32?
  ) throws(ParquetError) {
    self.metadata = metadata
    self.decompressor = decompressor
    self.checksum = checksum
    self.leaf = leaf
    self.rowGroup = rowGroup
    self.parts = parts
    self.windowSizeBytes = windowSizeBytes
    window = ChunkWindow(parts, windowSizeBytes: windowSizeBytes)
    pageOffset = window.position
    pageIndex = window.part?.firstPage ?? 0
    nextPageIndex = pageIndex
    guard let codec = metadata.codec.codec else {
      throw .unsupported(
        "compression with \(metadata.codec)",
        at: ParquetPlace(
          rowGroup: rowGroup, column: leaf.path.joined(separator: "."), offset: pageOffset))
    }
    self.codec = codec
  }

  /// Bytes that were fetched and not read.
  var heldBytes: Int { window.heldBytes }

  /// Goes back to the first page and lets go of what was fetched.
  func restart() {
    window = ChunkWindow(parts, windowSizeBytes: windowSizeBytes)
    header = nil
    nextPageIndex = window.part?.firstPage ?? 0
    hasDictionary = false
    isPartStarted = false
    asked = nil
  }

  /// Where the page is that was read last.
  var place: ParquetPlace {
    ParquetPlace(
      rowGroup: rowGroup, column: leaf.path.joined(separator: "."), page: pageIndex,
      offset: pageOffset)
  }

  /// A fault in the last page's decompressed bytes.
  func corrupt(_ fault: DecodingFault) -> ParquetError {
    // Found in a batch of values, not at one of them.
    if fault == .outsideType { return .corrupt(fault.text, at: place) }
    let message = "\(fault.text), at byte \(fault.offset) of the page's values"
    if case .unsupported = fault { return ParquetError(.unsupported, message, at: place) }
    return .corrupt(message, at: place)
  }

  /// Takes the bytes that `next` needed.
  ///
  /// - Throws: `ParquetError` when they are too few or too many.
  func supply(_ bytes: Buffer<UInt8>) throws(ParquetError) {
    guard bytes.count == asked?.count else {
      throw .corrupt("the chunk was cut short", at: place)
    }
    asked = nil
    window.supply(bytes)
  }

  /// The next dictionary or data page.
  ///
  /// - Parameter passing: a data page of at most this many levels is not looked into.
  func next(passing levelCountMax: Int) throws(ParquetError) -> Step {
    while let part = window.part {  // Bounded: every turn reads a header or ends a part.
      if !isPartStarted {
        isPartStarted = true
        nextPageIndex = part.firstPage
        if let row = part.firstRow { return .row(row) }
      }
      if header == nil {
        if window.remainingBytes == 0 {
          window.startNextPart()
          isPartStarted = false
          continue
        }
        if let range = try readHeader() { return need(range) }
      }
      guard let header else { continue }
      let sizeBytes = Int(header.compressedSizeBytes)
      guard sizeBytes <= window.remainingBytes else {
        throw .corrupt("the page ends after its chunk", at: place)
      }
      if let levelCount = header.levelCount, levelCount <= levelCountMax {
        finishPage(sizeBytes)
        return .passed(levelCount: levelCount)
      }
      guard let body = window.peek(sizeBytes) else { return need(window.missing(sizeBytes)) }
      finishPage(sizeBytes)
      if let step = try step(header, body) { return step }
    }
    return .end
  }

  private func need(_ range: Range<Int64>) -> Step {
    asked = range
    return .needs(range)
  }

  private func finishPage(_ sizeBytes: Int) {
    header = nil
    window.move(to: window.position + Int64(sizeBytes))
  }

  /// Reads a page's header. Returns the bytes that it needs first.
  private func readHeader() throws(ParquetError) -> Range<Int64>? {
    if window.fetchedBytes == 0 { return window.missing(1) }
    pageIndex = nextPageIndex
    pageOffset = window.position
    var bytes = window.peekPiece()
    while true {  // At most twice: what lies together, then all there is.
      var reader = ThriftReader(bytes.bytes)
      do throws(DecodingFault) {
        header = try PageHeader(from: &reader)
        window.move(to: window.position + Int64(reader.offset))
        nextPageIndex = pageIndex + 1
        return nil
      } catch {
        if bytes.count < window.fetchedBytes, let all = window.peek(window.fetchedBytes) {
          bytes = all
        } else if bytes.count < window.remainingBytes {
          // Twice as much each time: a header of any size is parsed in linear time.
          return window.missing(Int(min(Int64(bytes.count) * 2 + 1, window.remainingBytes)))
        } else {
          throw .corrupt("the page's header is damaged: \(error.text)", at: place)
        }
      }
    }
  }

  /// Nil for a page to pass over.
  private func step(_ header: PageHeader, _ body: Buffer<UInt8>) throws(ParquetError) -> Step? {
    if let checksum, let expected = header.crc, checksum.checksum(body.bytes) != expected {
      throw .corrupt("the page's checksum does not match its bytes", at: place)
    }
    let sizeBytes = Int(header.uncompressedSizeBytes)
    switch header.kind {
    case .other: return nil
    case .dictionary(let detail):
      let page = try dictionaryPage(detail, body, sizeBytes)
      // The footer knows where data start: there may be a gap.
      let start = metadata.dataPageOffset
      if let part = window.part, start > window.position, start <= part.range.upperBound {
        window.move(to: start)
      }
      return .dictionary(page)
    case .data(let detail): return .data(try dataPage(detail, body, sizeBytes))
    case .dataV2(let detail): return .data(try dataPageV2(detail, body, sizeBytes))
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
    let count = Int(header.valueCount)
    var offset = 0
    let repetition = try levels(
      bytes, &offset, maxLevel: leaf.maxRepetition, count: count,
      encoding: header.repetitionLevelEncoding)
    let definition = try levels(
      bytes, &offset, maxLevel: leaf.maxDefinition, count: count,
      encoding: header.definitionLevelEncoding)
    return DataPage(
      levelCount: count, encoding: header.encoding, repetition: repetition,
      definition: definition, values: bytes.slice(offset..<bytes.count))
  }

  /// Cuts the levels of a V1 page. RLE has its size (u32, little endian) in front, BIT_PACKED needs
  /// none.
  private func levels(
    _ bytes: Buffer<UInt8>, _ offset: inout Int, maxLevel: Int, count: Int, encoding: PageEncoding
  ) throws(ParquetError) -> LevelBytes {
    if maxLevel == 0 { return LevelBytes() }
    var sizeBytes = 0
    switch encoding {
    case .bitPacked:
      sizeBytes = LevelDecoder.bitPackedSizeBytes(valueCount: count, maxLevel: maxLevel)
    case .rle:
      guard bytes.count - offset >= 4 else {
        throw .corrupt("the page ends before its levels", at: place)
      }
      for index in 0..<4 { sizeBytes |= Int(bytes[offset + index]) << (8 * index) }
      offset += 4
    default: throw .unsupported("levels in \(encoding)", at: place)
    }
    guard sizeBytes <= bytes.count - offset else {
      throw .corrupt("the page's levels claim \(sizeBytes) bytes", at: place)
    }
    defer { offset += sizeBytes }
    return LevelBytes(
      bytes: bytes.slice(offset..<offset + sizeBytes),
      encoding: encoding == .rle ? .rle : .bitPacked)
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
    let isPacked = codec != .none && header.isCompressed ?? true
    let values =
      header.isCompressed ?? true
      ? try decompress(packed, sizeBytes: sizeBytes - levelsSize) : packed
    // Levels are few: a copy of them keeps the compressed page from staying.
    let levels = isPacked ? Buffer(Array(body.slice(0..<levelsSize))) : body
    return DataPage(
      levelCount: Int(header.valueCount), encoding: header.encoding,
      repetition: LevelBytes(bytes: levels.slice(0..<repetitionSize)),
      definition: LevelBytes(bytes: levels.slice(repetitionSize..<levelsSize)), values: values)
  }
}

extension PageHeader {
  /// Of a data page.
  fileprivate var levelCount: Int? {
    switch kind {
    case .data(let header): Int(header.valueCount)
    case .dataV2(let header): Int(header.valueCount)
    case .dictionary, .other: nil
    }
  }
}

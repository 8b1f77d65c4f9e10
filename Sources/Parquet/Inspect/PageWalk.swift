package import Base

/// Goes from page header to page header of one chunk without its pages: sans-I/O.
///
/// `nextRange` is what to read; `take` gives the page whose header the bytes begin with, or nil
/// when they were too few, and a longer range is next.
package struct PageWalk: Sendable {
  /// Enough for a header without statistics.
  private static let smallestWindowBytes: Int64 = 256
  /// Statistics of a page may hold two values of any size.
  private static let largestWindowBytes: Int64 = 16 << 20

  private var position: Int64
  private let end: Int64
  private var windowBytes = PageWalk.smallestWindowBytes
  private var index = 0
  private let rowGroup: Int
  private let path: String

  /// - Throws: `ParquetError` when the chunk lies outside the file.
  package init(
    _ chunk: FileInspection.Chunk, rowGroup: Int, fileSizeBytes: Int64
  ) throws(ParquetError) {
    self.rowGroup = rowGroup
    path = chunk.path
    guard let details = chunk.details, !chunk.isEncrypted, details.valueCount > 0 else {
      (position, end) = (0, 0)
      return
    }
    let start = min(details.dataPageOffset, details.dictionaryPageOffset ?? .max)
    let (end, overflow) = start.addingReportingOverflow(details.compressedSizeBytes)
    guard start >= 0, details.compressedSizeBytes >= 0, !overflow, end <= fileSizeBytes else {
      throw .corrupt(
        "the chunk lies outside the file",
        at: ParquetPlace(rowGroup: rowGroup, column: chunk.path, offset: start))
    }
    position = start
    self.end = end
  }

  /// Nil after the last page.
  package var nextRange: Range<Int64>? {
    position < end ? position..<min(position + windowBytes, end) : nil
  }

  /// - Parameter bytes: of `nextRange`.
  /// - Throws: `ParquetError` when they are no page header, or the page ends after its chunk.
  package mutating func take(_ bytes: Buffer<UInt8>) throws(ParquetError) -> FileInspection.Page? {
    let place = ParquetPlace(rowGroup: rowGroup, column: path, page: index, offset: position)
    var reader = ThriftReader(bytes.bytes)
    let header: PageHeader
    do {
      header = try PageHeader(from: &reader)
    } catch {
      if case .truncated = error, Int64(bytes.count) < end - position,
        windowBytes < PageWalk.largestWindowBytes
      {
        windowBytes *= 8
        return nil
      }
      throw .corrupt("the page's header is damaged: \(error.text)", at: place)
    }
    let sizeBytes = Int64(header.compressedSizeBytes) + Int64(reader.offset)
    guard header.compressedSizeBytes >= 0,
      sizeBytes <= end - position + missingHeaderMaxBytes
    else {
      throw .corrupt("the page ends after its chunk", at: place)
    }
    let page = FileInspection.Page(header, offset: position, headerSizeBytes: reader.offset)
    position += sizeBytes
    index += 1
    windowBytes = PageWalk.smallestWindowBytes
    return page
  }
}

extension FileInspection.Page {
  fileprivate init(_ header: PageHeader, offset: Int64, headerSizeBytes: Int) {
    self.offset = offset
    self.headerSizeBytes = headerSizeBytes
    compressedSizeBytes = Int64(header.compressedSizeBytes)
    uncompressedSizeBytes = Int64(header.uncompressedSizeBytes)
    hasChecksum = header.crc != nil
    hasStatistics = false
    switch header.kind {
    case .data(let page):
      kind = "data"
      encoding = page.encoding.description
      valueCount = Int64(page.valueCount)
      hasStatistics = page.statistics != nil
    case .dataV2(let page):
      kind = "data v2"
      encoding = page.encoding.description
      valueCount = Int64(page.valueCount)
      nullCount = Int64(page.nullCount)
      rowCount = Int64(page.rowCount)
      hasStatistics = page.statistics != nil
    case .dictionary(let page):
      kind = "dictionary"
      encoding = page.encoding.description
      valueCount = Int64(page.valueCount)
    case .other(let type): kind = type == .index ? "index" : "page type \(type.rawValue)"
    }
  }
}

// One column of a row group: rows in, the bytes of its chunk out.
//
//   rows -> LevelBits (nulls)  ----------------------.
//        -> ValueEncoder (values, no nulls) -> page -+-> PageWriter -> data pages
//                                      dictionary ----------------> dictionary page, before them
//
// A page in memory keeps room for its levels in front of the values, because how many bytes they
// take is known last:
//
//   | free room | length u32 | levels | values |
//               ^ the page starts here
import Base
import Columns
import Encodings

/// A finished chunk. Offsets count from the start of the chunk.
struct EncodedChunk: Sendable {
  var dictionaryPage: Buffer<UInt8>?
  var dataPages: Buffer<UInt8>
  var rowCount: Int
  var nullCount: Int
  var uncompressedSizeBytes: Int
  var encodings: [PageEncoding]
  var encodingStats: [PageEncodingStats]
  var bounds: ColumnBounds
  var pages: [EncodedPage]

  var sizeBytes: Int { (dictionaryPage?.count ?? 0) + dataPages.count }
}

/// What the page indexes say about a data page.
struct EncodedPage: Sendable {
  var offset: Int
  /// Header included.
  var sizeBytes: Int
  var firstRow: Int
  var rowCount: Int
  var nullCount: Int
  var encoding: PageEncoding
  var bounds: ColumnBounds
}

/// Writes one column, chunk after chunk. Buffers are kept from chunk to chunk, decisions are not.
final class ColumnChunkWriter {
  private let name: String
  private let isNullable: Bool
  private let pageRowLimit: Int
  private let pageWriter: PageWriter
  private let values: any ValueEncoder

  private var page = ByteWriter()
  private let levelRoom: Int
  private var levels = LevelBits()
  private var levelBytes = ByteWriter()

  private var dataPages = ByteWriter()
  private var pages: [EncodedPage] = []
  private var rowCount = 0
  private var uncompressedSizeBytes = 0

  init(
    _ field: Field, _ element: SchemaElement, _ options: ParquetWriteOptions,
    _ pageWriter: PageWriter
  ) throws(ParquetError) {
    name = field.name
    isNullable = field.nullable
    pageRowLimit = options.pageRowLimit
    self.pageWriter = pageWriter
    // A multiple of eight, so that the values lie aligned.
    levelRoom = isNullable ? (4 + maxLevelBytes(rowCount: pageRowLimit) + 7) & ~7 : 0
    values = try makeValueEncoder(field.type, element, pageStart: levelRoom, options)
    startPage()
    values.reset()
  }

  /// Bytes of the chunk so far: finished pages as they are, the page at hand before compression.
  var sizeBytes: Int { dataPages.count + page.count - levelRoom + values.bufferedBytes }

  /// Adds the rows of `column`, ending pages as they fill.
  func append(_ column: Column) throws(ParquetError) {
    var row = 0
    while row < column.count {
      row += try appendToPage(
        column, rows: row..<min(column.count, row + pageRowLimit - levels.count))
      if levels.count == pageRowLimit || values.isPageFull { try finishPage(isLast: false) }
    }
  }

  /// Returns how many of `rows` the page took.
  private func appendToPage(_ column: Column, rows: Range<Int>) throws(ParquetError) -> Int {
    let nullCount = column.validity?.zeroCount(in: rows) ?? 0
    if nullCount == 0 {
      let taken = values.append(column, rows: rows, validity: nil, to: &page)
      levels.appendValues(taken)
      return taken
    }
    guard isNullable else {
      throw ParquetError(
        .invalidArgument, "a null in a column that allows none", at: ParquetPlace(column: name))
    }
    let validity = column.validity!
    let taken = values.append(column, rows: rows, validity: validity, to: &page)
    let takenRows = rows.lowerBound..<rows.lowerBound + taken
    levels.append(validity, rows: takenRows, nullCount: validity.zeroCount(in: takenRows))
    return taken
  }

  private func startPage() {
    page.removeAll()
    page.buffer.append(repeating: 0, count: levelRoom)
    levels.removeAll()
  }

  private func finishPage(isLast: Bool) throws(ParquetError) {
    let finished = values.finishPage(isLast: isLast, &page)
    let start = placeLevels(before: finished.valuesStart)
    let header = DataPageHeader(valueCount: Int32(levels.count), encoding: finished.encoding)
    let offset = dataPages.count
    let size = try pageWriter.append(
      page, from: start, kind: .data(header), column: name, to: &dataPages)
    pages.append(
      EncodedPage(
        offset: offset, sizeBytes: size.compressedBytes, firstRow: rowCount,
        rowCount: levels.count, nullCount: levels.nullCount, encoding: finished.encoding,
        bounds: finished.bounds))
    uncompressedSizeBytes += size.uncompressedBytes
    rowCount += levels.count
    startPage()
  }

  /// Puts the levels right in front of the values. Returns where the page starts.
  private func placeLevels(before valuesStart: Int) -> Int {
    guard isNullable else { return valuesStart }
    levelBytes.removeAll()
    levels.encode(to: &levelBytes)
    let start = valuesStart - levelBytes.count - 4
    precondition(start >= 0)
    let length = UInt32(levelBytes.count)
    for byte in 0..<4 {
      page.buffer[start + byte] = UInt8(truncatingIfNeeded: length >> (8 * byte))
    }
    for byte in 0..<levelBytes.count { page.buffer[start + 4 + byte] = levelBytes.buffer[byte] }
    return start
  }

  /// Ends the chunk. The writer is ready for the next one.
  func finish() throws(ParquetError) -> EncodedChunk {
    if levels.count > 0 { try finishPage(isLast: true) }
    var dictionaryPage: Buffer<UInt8>?
    if values.dictionaryCount > 0 { dictionaryPage = try finishDictionary() }
    let chunk = EncodedChunk(
      dictionaryPage: dictionaryPage, dataPages: dataPages.take(), rowCount: rowCount,
      nullCount: pages.reduce(0) { $0 + $1.nullCount },
      uncompressedSizeBytes: uncompressedSizeBytes,
      encodings: encodings(hasDictionary: dictionaryPage != nil),
      encodingStats: encodingStats(hasDictionary: dictionaryPage != nil),
      bounds: pages.reduce(into: .empty) { $0.merge($1.bounds) }, pages: pages)
    values.reset()
    // The next chunk is likely of this size: room for it now spares moving it as it grows.
    dataPages = ByteWriter(capacity: chunk.dataPages.count + chunk.dataPages.count / 8)
    pages = []
    rowCount = 0
    uncompressedSizeBytes = 0
    return chunk
  }

  private func finishDictionary() throws(ParquetError) -> Buffer<UInt8> {
    var dictionary = ByteWriter()
    values.appendDictionaryPage(to: &dictionary)
    var bytes = ByteWriter()
    let size = try pageWriter.append(
      dictionary,
      kind: .dictionary(DictionaryPageHeader(valueCount: Int32(values.dictionaryCount))),
      column: name, to: &bytes)
    uncompressedSizeBytes += size.uncompressedBytes
    return bytes.take()
  }

  /// Every encoding in the chunk, once: of values, of the dictionary page, of levels.
  private func encodings(hasDictionary: Bool) -> [PageEncoding] {
    var list: [PageEncoding] = hasDictionary ? [.plain] : []
    for page in pages where !list.contains(page.encoding) { list.append(page.encoding) }
    list.append(.rle)
    return list
  }

  private func encodingStats(hasDictionary: Bool) -> [PageEncodingStats] {
    var stats: [PageEncodingStats] = []
    if hasDictionary {
      stats.append(PageEncodingStats(pageType: .dictionary, encoding: .plain, count: 1))
    }
    var seen: [PageEncoding] = []
    for page in pages where !seen.contains(page.encoding) {
      seen.append(page.encoding)
      let count = pages.count { $0.encoding == page.encoding }
      stats.append(
        PageEncodingStats(pageType: .data, encoding: page.encoding, count: Int32(count)))
    }
    return stats
  }
}

// One leaf of a row group: rows in, the bytes of its chunk out.
//
//   flat column: rows  ----------> PageLevels (levels) -.
//                      `---------> ValueEncoder --------+-> page -> PageWriter -> data pages
//   nested column: LeafSlots ------'   `-> dictionary ------------------------> dictionary page
//
// Rows begin pages: no page splits one.
import Base
import Columns
import Encodings

/// Writes one leaf, chunk after chunk. Buffers of a usual page are kept from chunk to chunk,
/// decisions are not.
final class ColumnChunkWriter {
  private let leaf: WriteLeaf
  private let isNullable: Bool
  private let usesV2: Bool
  private let pageRowLimit: Int
  private let pageSlotLimit: Int
  private let pageSizeLimit: Int
  private let pageWriter: PageWriter
  private let values: any ValueEncoder

  private var levels: PageLevels
  private var dataPages = ChunkBytes()
  private var trial: CompressionTrial
  private var pages: [EncodedPage] = []
  private var rowCount = 0
  private var uncompressedSizeBytes = 0

  init(
    _ leaf: WriteLeaf, leafCount: Int, _ shared: ParquetWriteOptions, _ pageWriter: PageWriter
  ) throws(ParquetError) {
    let isFixed = plainValueBytes(leaf.column.element).map { $0 <= 8 } ?? false
    let options = shared.forLeaf(of: leafCount, isFixed: isFixed)
    self.leaf = leaf
    isNullable = leaf.column.maxDefinition > 0
    usesV2 = options.profile == .modern
    let pageSizeLimit = options.pageSizeBytes
    self.pageSizeLimit = pageSizeLimit
    let slotsOfSize = plainValueBytes(leaf.column.element).map { max(pageSizeLimit / $0, 1) }
    pageRowLimit = min(options.pageRowLimit, slotsOfSize ?? .max)
    pageSlotLimit = min(4 * options.pageRowLimit, slotsOfSize ?? .max)
    self.pageWriter = pageWriter
    let isNested = leaf.column.path.count > 1
    values = try makeValueEncoder(
      leaf, pageSizeBytes: isNested ? .max : pageSizeLimit, options)
    levels = PageLevels(leaf.column)
    trial = CompressionTrial(options.codec)
    let path = leaf.column.path
    // A column of two values needs no filter.
    let request = options.bloomFilters.first { $0.path == path && leaf.column.type != .boolean }
    values.bloom = request.map { BloomCollector($0) }
    values.reset()
  }

  /// Bytes of the chunk so far: finished pages as they are, the page at hand before compression.
  var sizeBytes: Int { dataPages.count + values.bufferedBytes }

  // MARK: Flat columns

  /// Adds `rows` of `column`, ending pages as they fill.
  func append(_ column: Column, rows: Range<Int>) throws(ParquetError) {
    var row = rows.lowerBound
    while row < rows.upperBound {
      let end = min(rows.upperBound, row + pageRowLimit - levels.rowCount)
      row += try appendToPage(column, rows: row..<end)
      if levels.rowCount == pageRowLimit || values.isPageFull { try finishPage(isLast: false) }
    }
  }

  /// Returns how many of `rows` the page took.
  private func appendToPage(_ column: Column, rows: Range<Int>) throws(ParquetError) -> Int {
    let nullCount = column.validity?.zeroCount(in: rows) ?? 0
    if nullCount == 0 {
      let taken = try appendValues(column, rows: rows, validity: nil)
      levels.appendValues(taken)
      return taken
    }
    guard isNullable else {
      throw ParquetError(
        .invalidArgument, "a null in a column that allows none", at: ParquetPlace(column: leaf.name)
      )
    }
    let validity = column.validity!
    let taken = try appendValues(column, rows: rows, validity: validity)
    let takenRows = rows.lowerBound..<rows.lowerBound + taken
    levels.append(validity, rows: takenRows, nullCount: validity.zeroCount(in: takenRows))
    return taken
  }

  private func appendValues(
    _ column: Column, rows: Range<Int>, validity: Bitmap?
  ) throws(ParquetError) -> Int {
    do throws(ValueFault) {
      return try values.append(column, rows: rows, validity: validity)
    } catch {
      throw refusal(error)
    }
  }

  private func refusal(_ fault: ValueFault) -> ParquetError {
    let place = ParquetPlace(column: leaf.name)
    return switch fault {
    case .outOfRange:
      ParquetError(
        .invalidArgument, "a value that does not fit the column's type, \(leaf.valueName)",
        at: place)
    case .pageTooLarge:
      ParquetError(
        .resourceLimit, "a row that takes more than the 2 GiB of a Parquet page", at: place,
        hint: "pages hold whole rows: split the long value or list")
    }
  }

  // MARK: Nested columns

  /// Adds slots of whole rows, ending pages as they fill.
  func append(_ added: LeafSlots) throws(ParquetError) {
    var rest = SlotCursor(added, valueBytes: plainValueBytes(leaf.column.element))
    while !rest.isAtEnd {
      let taken = rest.take(
        rows: pageRowLimit - levels.rowCount, slots: pageSlotLimit - levels.slotCount,
        sizeBytes: pageSizeLimit - values.pageSizeBytes)
      // A single row is taken whatever it holds.
      guard taken.sizeBytes <= Limits.pageBytes - values.pageSizeBytes,
        taken.slots.count <= Int(Int32.max) - levels.slotCount
      else { throw refusal(.pageTooLarge) }
      _ = try appendValues(added.values, rows: taken.values, validity: nil)
      levels.append(
        added.slots, taken.slots, rowCount: taken.rowCount, valueCount: taken.values.count)
      let isFull =
        levels.rowCount >= pageRowLimit || levels.slotCount >= pageSlotLimit
        || values.pageSizeBytes >= pageSizeLimit
      if isFull { try finishPage(isLast: false) }
    }
  }

  // MARK: Pages

  private func finishPage(isLast: Bool) throws(ParquetError) {
    pageWriter.page.removeAll()
    let sizes = levels.encode(isV1: !usesV2, to: &pageWriter.page)
    let finished = values.finishPage(isLast: isLast, pageWriter.meter, to: &pageWriter.page)
    let offset = dataPages.count
    let size = try pageWriter.append(
      header(finished.encoding, sizes),
      levelsSizeBytes: usesV2 ? sizes.repetitionBytes + sizes.definitionBytes : 0,
      trial.effort(for: finished.encoding), column: leaf.name, to: &dataPages)
    trial.wrote(size)
    pages.append(
      EncodedPage(
        offset: offset, sizeBytes: size.compressedBytes, firstRow: rowCount,
        rowCount: levels.rowCount, slotCount: levels.slotCount, nullCount: levels.nullCount,
        values: finished, repetitionHistogram: levels.repetitionHistogram,
        definitionHistogram: levels.definitionHistogram))
    uncompressedSizeBytes += size.uncompressedBytes
    rowCount += levels.rowCount
    levels.removeAll()
  }

  private func header(_ encoding: PageEncoding, _ sizes: PageLevels.Sizes) -> PageHeader.Kind {
    let slotCount = Int32(levels.slotCount)
    if !usesV2 { return .data(DataPageHeader(valueCount: slotCount, encoding: encoding)) }
    return .dataV2(
      DataPageHeaderV2(
        valueCount: slotCount, nullCount: Int32(levels.nullCount), rowCount: Int32(levels.rowCount),
        encoding: encoding, definitionLevelsSizeBytes: Int32(sizes.definitionBytes),
        repetitionLevelsSizeBytes: Int32(sizes.repetitionBytes)))
  }

  /// Ends the chunk. The writer is ready for the next one.
  func finish() throws(ParquetError) -> EncodedChunk {
    if levels.rowCount > 0 { try finishPage(isLast: true) }
    let dictionaryCount = values.dictionaryCount
    let dictionaryPage = dictionaryCount > 0 ? try finishDictionary() : []
    let chunk = EncodedChunk(
      dictionaryPage: dictionaryPage, dataPages: dataPages.take(),
      bloomFilter: values.bloom?.finish(),
      uncompressedSizeBytes: uncompressedSizeBytes, pages: pages, dictionaryCount: dictionaryCount)
    values.reset()
    trial.startChunk()
    pages = []
    rowCount = 0
    uncompressedSizeBytes = 0
    return chunk
  }

  private func finishDictionary() throws(ParquetError) -> [Buffer<UInt8>] {
    pageWriter.page.removeAll()
    values.appendDictionaryPage(to: &pageWriter.page)
    var bytes = ChunkBytes()
    let header = DictionaryPageHeader(valueCount: Int32(values.dictionaryCount))
    let size = try pageWriter.append(.dictionary(header), column: leaf.name, to: &bytes)
    uncompressedSizeBytes += size.uncompressedBytes
    return bytes.take()
  }
}

/// Goes through slots a page at a time, cutting them between rows.
private struct SlotCursor {
  private let slots: Slots
  private let values: Column
  private let valueBytes: Int?
  private var slot = 0
  private var value = 0

  /// What one page takes.
  struct Taken {
    var slots: Range<Int>
    var values: Range<Int>
    var rowCount: Int
    /// PLAIN bytes of the values.
    var sizeBytes: Int
  }

  /// - Parameter valueBytes: of a PLAIN value; nil where they differ.
  init(_ added: LeafSlots, valueBytes: Int?) {
    slots = added.slots
    values = added.values
    self.valueBytes = valueBytes
  }

  var isAtEnd: Bool { slot == slots.count }

  /// The next rows: up to the first with which a limit is reached.
  mutating func take(rows: Int, slots limit: Int, sizeBytes: Int) -> Taken {
    let (firstSlot, firstValue) = (slot, value)
    var left = sizeBytes
    var rowCount = 0
    repeat {
      if let levels = slots.definition {
        if levels[slot] == slots.depth { left -= takeValue() }
      } else {
        left -= takeValue()
      }
      slot += 1
      if slot < slots.count, let levels = slots.repetition, levels[slot] > 0 { continue }
      rowCount += 1
      if rowCount >= rows || slot - firstSlot >= limit || left <= 0 { break }
    } while slot < slots.count
    return Taken(
      slots: firstSlot..<slot, values: firstValue..<value, rowCount: rowCount,
      sizeBytes: sizeBytes - left)
  }

  /// Counts a value. Returns its PLAIN bytes.
  private mutating func takeValue() -> Int {
    defer { value += 1 }
    if let valueBytes { return valueBytes }
    guard case .bytes(let slices, _) = values.values else { return 0 }
    return 4 + Int(slices[value].count)
  }
}

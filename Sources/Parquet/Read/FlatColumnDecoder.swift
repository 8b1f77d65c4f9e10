import Base
import Columns
import Encodings

/// Decodes the chunk of a column that is not nested, rows at a time.
final class FlatColumnDecoder {
  private let pages: PageReader
  private let values: LeafValues
  private let isOptional: Bool
  private let rowCount: Int
  /// Rows of the current page that were not read yet.
  private var pageRowCount = 0
  private var validity: HybridDecoder?
  private var rowsRead = 0

  init(
    pages: PageReader, values: LeafValues, rowCount: Int, valueCount: Int64
  ) throws(ParquetError) {
    self.pages = pages
    self.values = values
    self.rowCount = rowCount
    isOptional = values.leaf.maxDefinition > 0
    guard valueCount == Int64(rowCount) else {
      throw .corrupt(
        "the chunk has \(valueCount) values, the row group \(rowCount) rows", at: pages.place)
    }
  }

  /// The next `count` rows.
  ///
  /// - Precondition: the row group has that many left.
  func decode(_ count: Int) throws(ParquetError) -> Column {
    var output = SlotOutput(slotSizeBytes: values.slotSizeBytes, capacity: count)
    var done = 0
    while done < count {
      while pageRowCount == 0 { try startPage() }  // Bounded: every page takes bytes of the chunk.
      let step = min(count - done, pageRowCount)
      do {
        try decodeRows(step, into: &output)
      } catch {
        throw pages.corrupt(error)
      }
      pageRowCount -= step
      done += step
    }
    rowsRead += count
    return output.finish(values.mapping.type)
  }

  private func decodeRows(_ count: Int, into output: inout SlotOutput) throws(DecodingFault) {
    // SAFETY: `appendValidity` made the words for `count` bits.
    guard isOptional else {
      try values.decode(count, into: &output)
      output.finishRows(count)
      return
    }
    guard var levels = validity else { throw .malformed(offset: 0) }
    let valueCount = try unsafe output.appendValidity(count) {
      words, firstBit throws(DecodingFault) in
      unsafe try levels.decodeBits(count: count, into: words, firstBit: firstBit)
    }
    validity = levels
    try values.decode(valueCount, into: &output)
    output.finishRows(count, valueCount: valueCount)
  }

  private func startPage() throws(ParquetError) {
    guard let page = try pages.next() else {
      throw .corrupt(
        "the chunk ends after \(rowsRead) of its \(rowCount) rows or soon after", at: pages.place)
    }
    switch page {
    case .dictionary(let page):
      do { try values.startDictionary(page) } catch { throw pages.corrupt(error) }
    case .data(let page):
      try checkEncoding(page.encoding)
      do {
        try values.start(page.values, encoding: page.encoding)
        validity = isOptional ? try HybridDecoder(page.definitionLevels, bitWidth: 1) : nil
      } catch {
        throw pages.corrupt(error)
      }
      pageRowCount = page.valueCount
    }
  }

  private func checkEncoding(_ encoding: PageEncoding) throws(ParquetError) {
    guard values.supports(encoding) else {
      throw .unsupported("\(encoding) for \(values.leaf.type.name)", at: pages.place)
    }
  }
}

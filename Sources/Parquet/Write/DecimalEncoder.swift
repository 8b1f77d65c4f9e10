import Base
import Columns
import Encodings

/// Decimals of 19 to 38 digits: big-endian integers of one length, FIXED_LEN_BYTE_ARRAY.
final class DecimalEncoder: ValueEncoder {
  private let sizeBytes: Int
  /// Where the values of a page begin: behind the room for its levels.
  private let pageStart: Int
  private var chooser: EncodingChooser
  private var dictionary: ByteDictionary
  private var codes = BufferBuilder<UInt16>()
  private var bounds = ColumnBounds.empty

  init(sizeBytes: Int, pageStart: Int, _ options: ParquetWriteOptions) {
    self.pageStart = pageStart
    self.sizeBytes = sizeBytes
    dictionary = ByteDictionary(isFixedLength: true, limits: options.dictionary)
    chooser = EncodingChooser(options, type: .fixedLengthByteArray)
  }

  var isPageFull: Bool { false }  // 65 536 rows of 16 bytes are a megabyte.
  var bufferedBytes: Int { dictionary.sizeBytes + codes.count * 2 }
  var dictionaryCount: Int { dictionary.count }

  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?, to page: inout ByteWriter
  ) -> Int {
    guard case .int128(let slots) = column.values else {
      preconditionFailure("the column's type changed")
    }
    slots.withPatterns(of: rows, as: Int128.self) { values in
      guard let validity else { return add(values, to: &page) }
      var dense = BufferBuilder<Int128>(capacity: rows.count)
      appendDense(values, rows: rows, validity: validity, to: &dense)
      add(dense.span, to: &page)
    }
    return rows.count
  }

  private func add(_ values: Span<Int128>, to page: inout ByteWriter) {
    bounds.merge(decimalBounds(values))
    var start = 0
    while chooser.usesDictionary && start < values.count {
      let wanted = min(values.count - start, chooser.countUntilCheck)
      let taken = appendCodes(of: values.extracting(start..<start + wanted))
      start += taken
      chooser.coded(taken, distinct: dictionary.count)
      if taken < wanted { chooser.leaveDictionary() }
      if !chooser.usesDictionary { rewritePlain(to: &page) }
    }
    appendPlainBigEndian(values.extracting(start...), sizeBytes: sizeBytes, to: &page)
  }

  private func appendCodes(of values: Span<Int128>) -> Int {
    var bytes = ByteWriter(capacity: values.count * sizeBytes)
    appendPlainBigEndian(values, sizeBytes: sizeBytes, to: &bytes)
    var slices = BufferBuilder<ValueSlice>(capacity: values.count)
    for index in values.indices {
      slices.append(ValueSlice(offset: UInt32(index * sizeBytes), count: UInt32(sizeBytes)))
    }
    return dictionary.appendCodes(of: slices.span, in: bytes.take(), to: &codes)
  }

  private func rewritePlain(to page: inout ByteWriter) {
    dictionary.appendPlain(codes.span, to: &page)
    codes.removeAll()
    dictionary.truncate(to: chooser.distinctAtPageStart)
  }

  func finishPage(isLast: Bool, _ page: inout ByteWriter) -> PageValues {
    if !codes.isEmpty {
      chooser.endPage(
        plainBytes: codes.count * sizeBytes, distinct: dictionary.count,
        sizeBytes: dictionary.sizeBytes, isLast: isLast)
      if !chooser.usesDictionary { rewritePlain(to: &page) }
    }
    var values = PageValues(encoding: chooser.fallback, bounds: bounds, valuesStart: pageStart)
    if !codes.isEmpty {
      appendCodes(codes, distinct: dictionary.count, to: &page)
      codes.removeAll()
      values.encoding = .rleDictionary
    }
    bounds = .empty
    dictionary.startPage()
    chooser.startPage(distinct: dictionary.count, sizeBytes: dictionary.sizeBytes)
    return values
  }

  func appendDictionaryPage(to page: inout ByteWriter) { dictionary.appendPage(to: &page) }

  func reset() {
    dictionary.removeAll()
    codes.removeAll()
    bounds = .empty
    chooser.startChunk()
  }
}

private func decimalBounds(_ values: Span<Int128>) -> ColumnBounds {
  guard !values.isEmpty else { return .empty }
  var (low, high) = (values[0], values[0])
  for index in values.indices {
    low = min(low, values[index])
    high = max(high, values[index])
  }
  return .decimals(min: low, max: high)
}

import Base
import Columns
import Encodings

/// How the values of a column of one length compare.
enum FixedBytesOrder: Sendable {
  /// As signed numbers: decimals, big-endian.
  case decimal
  /// As unsigned bytes.
  case bytes
  /// In no order that the format defines.
  case none
}

/// FIXED_LEN_BYTE_ARRAY: decimals of 19 to 38 digits, UUIDs, intervals.
final class FixedBytesEncoder: ValueEncoder {
  private let sizeBytes: Int
  private let order: FixedBytesOrder
  private var chooser: EncodingChooser
  private var dictionary: ByteDictionary
  private var codes = BufferBuilder<UInt16>()
  var bloom: BloomCollector?
  /// The values of the page at hand that have no codes, PLAIN.
  private var plain = ByteWriter()
  private var bounds = ColumnBounds.empty
  private var range = ByteRange()

  init(sizeBytes: Int, order: FixedBytesOrder, _ options: ParquetWriteOptions) {
    self.sizeBytes = sizeBytes
    self.order = order
    dictionary = ByteDictionary(isFixedLength: true, limits: options.dictionary)
    chooser = EncodingChooser(options, type: .fixedLengthByteArray)
  }

  var isPageFull: Bool { false }  // The rows of a page are limited to its size.
  var pageSizeBytes: Int { codes.count * sizeBytes + plain.count }
  var bufferedBytes: Int { dictionary.sizeBytes + codes.count * 2 + plain.count }
  var dictionaryCount: Int { dictionary.count }

  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?
  ) throws(ValueFault) -> Int {
    switch column.values {
    case .int128(let slots): try appendDecimals(slots, rows, validity)
    case .bytes(let slots, let data): appendBytes(slots, of: data, rows, validity)
    default: preconditionFailure("the column's type changed")
    }
    return rows.count
  }

  private func appendDecimals(
    _ slots: Buffer<Int128>, _ rows: Range<Int>, _ validity: Bitmap?
  ) throws(ValueFault) {
    var bytes = ByteWriter()
    let count = try slots.withPatterns(of: rows, as: Int128.self) { values throws(ValueFault) in
      guard let validity else {
        try addBounds(values)
        appendPlainBigEndian(values, sizeBytes: sizeBytes, to: &bytes)
        return values.count
      }
      var dense = BufferBuilder<Int128>(capacity: rows.count)
      appendDense(values, rows: rows, validity: validity, to: &dense)
      try addBounds(dense.span)
      appendPlainBigEndian(dense.span, sizeBytes: sizeBytes, to: &bytes)
      return dense.count
    }
    var slices = BufferBuilder<ValueSlice>(capacity: count)
    for index in 0..<count {
      slices.append(ValueSlice(offset: UInt32(index * sizeBytes), count: UInt32(sizeBytes)))
    }
    add(slices.span, of: bytes.take())
  }

  /// Merges the bounds of `values`, which have to fit `sizeBytes`.
  private func addBounds(_ values: Span<Int128>) throws(ValueFault) {
    let added = decimalBounds(values)
    if case .decimals(let min, let max) = added {
      let limit = Int128.max &>> Int128(128 - sizeBytes * 8)
      guard min >= ~limit, max <= limit else { throw .outOfRange }
    }
    bounds.merge(added)
  }

  private func appendBytes(
    _ slots: Buffer<ValueSlice>, of data: Buffer<UInt8>, _ rows: Range<Int>, _ validity: Bitmap?
  ) {
    slots.withPatterns(of: rows, as: ValueSlice.self) { slices in
      guard let validity else { return addBytes(slices, of: data) }
      var dense = BufferBuilder<ValueSlice>(capacity: rows.count)
      appendDense(slices, rows: rows, validity: validity, to: &dense)
      addBytes(dense.span, of: data)
    }
  }

  private func addBytes(_ slices: Span<ValueSlice>, of data: Buffer<UInt8>) {
    for index in slices.indices {
      precondition(slices[index].count == UInt32(sizeBytes), "a value of another length")
    }
    switch order {
    case .bytes: range.add(slices, of: data)
    case .none: if !slices.isEmpty { bounds = .unknown }
    case .decimal: preconditionFailure("the column's type changed")
    }
    add(slices, of: data)
  }

  // MARK: Dictionary, and what follows it

  private func add(_ slices: Span<ValueSlice>, of data: Buffer<UInt8>) {
    var start = 0
    while chooser.usesDictionary && start < slices.count {
      let wanted = min(slices.count - start, chooser.countUntilCheck)
      let taken = dictionary.appendCodes(
        of: slices.extracting(start..<start + wanted), in: data, to: &codes)
      start += taken
      chooser.coded(taken, distinct: dictionary.count)
      if taken < wanted { chooser.leaveDictionary() }
      if !chooser.usesDictionary { rewritePlain() }
    }
    plain.buffer.reserve((slices.count - start) * sizeBytes)
    for index in start..<slices.count {
      let value = data.slice(slices[index].range)
      plain.append(value)
    }
  }

  private func rewritePlain() {
    dictionary.appendPlain(codes.span, to: &plain)
    codes.removeAll()
    dictionary.truncate(to: chooser.distinctAtPageStart)
  }

  func finishPage(isLast: Bool, _ meter: EncodingMeter, to page: inout ByteWriter) -> PageValues {
    if chooser.needsCosts { measure(meter) }
    if !codes.isEmpty {
      chooser.endPage(distinct: dictionary.count, isLast: isLast)
      if !chooser.usesDictionary { rewritePlain() }
    }
    if order == .bytes { bounds = range.bounds(isText: false, cutTo: sizeBytes) }
    var values = PageValues(encoding: chooser.encoding, bounds: bounds)
    if codes.isEmpty {
      appendFixedBytes(plain, as: chooser.encoding, sizeBytes: sizeBytes, to: &page)
      bloom?.insert(fixed: plain, sizeBytes: sizeBytes)
      plain.removeAll()
    } else {
      appendCodes(codes, distinct: dictionary.count, to: &page)
      codes.removeAll()
      values.encoding = .rleDictionary
    }
    bounds = .empty
    range.reset()
    dictionary.startPage()
    chooser.startPage(distinct: dictionary.count)
    return values
  }

  /// Lets the chooser know what a sample of the page costs in every encoding.
  private func measure(_ meter: EncodingMeter) {
    let count = codes.count + plain.count / sizeBytes
    let window = EncodingMeter.window(of: count)
    var sample = ByteWriter()
    if codes.isEmpty {
      let range = window.lowerBound * sizeBytes..<window.upperBound * sizeBytes
      Parquet.append(plain, range, to: &sample)
    } else {
      dictionary.appendPlain(codes.span.extracting(window), to: &sample)
    }
    meter.measure(&chooser, window, of: count, codes: codes, distinct: dictionary.count) {
      appendFixedBytes(sample, as: $0, sizeBytes: sizeBytes, to: &$1)
    }
  }

  func appendDictionaryPage(to page: inout ByteWriter) {
    dictionary.appendPage(to: &page)
    bloom?.insert(fixed: page, sizeBytes: sizeBytes)
  }

  func reset() {
    dictionary.removeAll()
    codes.removeAll(keepingCapacity: keptBufferBytes / 2)
    plain.removeAll(keepingCapacity: keptBufferBytes)
    bounds = .empty
    range.reset()
    chooser.startChunk()
  }
}

/// Appends PLAIN values of `sizeBytes` bytes in `encoding`.
private func appendFixedBytes(
  _ plain: borrowing ByteWriter, as encoding: PageEncoding, sizeBytes: Int,
  to page: inout ByteWriter
) {
  switch encoding {
  case .byteStreamSplit: appendByteStreams(plain.bytes, valueBytes: sizeBytes, to: &page)
  case .deltaByteArray: appendDeltaByteArray(fixed: plain.bytes, valueBytes: sizeBytes, to: &page)
  default: page.append(plain.bytes)
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

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
  private var coded: CodedColumn<ByteDictionary>
  var bloom: BloomCollector?
  /// The values of the page at hand that have no codes, PLAIN.
  private var plain = ByteWriter()
  private var bounds = ColumnBounds.empty
  private var range = ByteRange()
  private let pageSizeLimit: Int
  private let keptBytes: Int

  init(sizeBytes: Int, order: FixedBytesOrder, _ options: ParquetWriteOptions) {
    self.sizeBytes = sizeBytes
    self.order = order
    pageSizeLimit = options.pageSizeBytes
    keptBytes = options.keptBufferBytes
    coded = CodedColumn(
      ByteDictionary(isFixedLength: true, limits: options.dictionary), options,
      type: .fixedLengthByteArray, plainBytes: sizeBytes)
  }

  var isPageFull: Bool { false }  // The rows of a page are limited to its size.
  var pageSizeBytes: Int { coded.codes.count * sizeBytes + plain.count }
  var bufferedBytes: Int { coded.bufferedBytes + plain.count }
  var dictionaryCount: Int { coded.dictionary.count }

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
    let start = coded.code(slices.count) { range, dictionary, codes in
      dictionary.appendCodes(of: slices.extracting(range), in: data, to: &codes)
    }
    if coded.mustMakeValues { makePlain() }
    plain.buffer.reserve((slices.count - start) * sizeBytes, aheadTo: pageSizeLimit)
    for index in start..<slices.count {
      let value = data.slice(slices[index].range)
      plain.append(value)
    }
  }

  private func makePlain() {
    coded.makeValues { dictionary, codes in dictionary.appendPlain(codes, to: &plain) }
  }

  func finishPage(isLast: Bool, _ meter: EncodingMeter, to page: inout ByteWriter) -> PageValues {
    if coded.chooser.needsCosts { measure(meter, isLast: isLast) }
    coded.endCodes(isLast: isLast)
    if coded.mustMakeValues { makePlain() }
    if order == .bytes { bounds = range.bounds(isText: false, cutTo: sizeBytes) }
    var values = PageValues(encoding: coded.chooser.encoding, bounds: bounds)
    if coded.codes.isEmpty {
      appendFixedBytes(plain, as: values.encoding, sizeBytes: sizeBytes, to: &page)
      bloom?.insert(fixed: plain, sizeBytes: sizeBytes)
      plain.removeAll()
    } else {
      coded.appendCodes(to: &page)
      values.encoding = .rleDictionary
    }
    bounds = .empty
    range.reset()
    coded.startPage()
    return values
  }

  private func measure(_ meter: EncodingMeter, isLast: Bool) {
    let count = coded.codes.count + plain.count / sizeBytes
    let window = EncodingMeter.window(of: count)
    let sample = coded.plainSample(window, plain, valueBytes: sizeBytes)
    coded.measure(meter, window, of: count, isLast: isLast, prefixedBytes: sample.count) {
      appendFixedBytes(sample, as: $0, sizeBytes: sizeBytes, to: &$1)
    }
  }

  func appendDictionaryPage(to page: inout ByteWriter) {
    coded.dictionary.appendPage(to: &page)
    bloom?.insert(fixed: page, sizeBytes: sizeBytes)
  }

  func reset() {
    coded.startChunk()
    plain.removeAll(keepingCapacity: keptBytes)
    bounds = .empty
    range.reset()
  }
}

/// Appends PLAIN values of `sizeBytes` bytes in `encoding`.
private func appendFixedBytes(
  _ plain: borrowing ByteWriter, as encoding: PageEncoding, sizeBytes: Int,
  to page: inout ByteWriter
) {
  switch encoding {
  case .byteStreamSplit: appendByteStreams(plain.bytes, valueBytes: sizeBytes, to: &page)
  case .deltaByteArray:
    var lengths = BufferBuilder<Int32>()
    lengths.append(repeating: Int32(sizeBytes), count: plain.count / sizeBytes)
    appendDeltaByteArray(lengths.span, of: plain, to: &page)
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

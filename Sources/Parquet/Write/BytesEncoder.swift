import Base
import Columns
import Encodings

/// Strings and binaries.
final class BytesEncoder: ValueEncoder {
  private let isText: Bool
  private let pageSizeLimit: Int
  private let statisticsSizeBytes: Int
  private var coded: CodedColumn<ByteDictionary>
  var bloom: BloomCollector?
  /// The values of the page at hand that have no codes: their bytes, and their lengths.
  private var bytes = ByteWriter()
  private var lengths = BufferBuilder<Int32>()
  /// Bounds of those.
  private var range = ByteRange()
  /// What the page's values take as PLAIN, whatever they are written in, and how many they are.
  private var plainBytes = 0
  private let keptBytes: Int

  init(isText: Bool, pageSizeBytes: Int, _ options: ParquetWriteOptions) {
    self.isText = isText
    pageSizeLimit = pageSizeBytes
    keptBytes = options.keptBufferBytes
    statisticsSizeBytes = max(options.statisticsSizeBytes, 1)
    coded = CodedColumn(
      ByteDictionary(isFixedLength: false, limits: options.dictionary), options, type: .byteArray,
      plainBytes: 4)
  }

  var isPageFull: Bool { plainBytes >= pageSizeLimit }
  var pageSizeBytes: Int { plainBytes }
  var bufferedBytes: Int { coded.bufferedBytes + bytes.count + lengths.count * 4 }
  var dictionaryCount: Int { coded.dictionary.count }

  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?
  ) throws(ValueFault) -> Int {
    guard case .bytes(let slots, let data) = column.values else {
      preconditionFailure("the column's type changed")
    }
    return try slots.withPatterns(of: rows, as: ValueSlice.self) { slices throws(ValueFault) in
      guard let validity else {
        let count = try fittingCount(slices)
        add(slices.extracting(0..<count), of: data)
        return count
      }
      var dense = BufferBuilder<ValueSlice>(capacity: rows.count)
      appendDense(slices, rows: rows, validity: validity, to: &dense)
      let count = try fittingCount(dense.span)
      add(dense.span.extracting(0..<count), of: data)
      if count == dense.count && !isPageFull { return rows.count }
      return validity.rowCount(from: rows.lowerBound, untilOnes: count)
    }
  }

  /// How many of `slices` the page takes: up to the one that fills it. Counts their bytes.
  private func fittingCount(_ slices: Span<ValueSlice>) throws(ValueFault) -> Int {
    let count = countFitting(slices)
    guard plainBytes <= Limits.pageBytes else { throw .pageTooLarge }
    return count
  }

  private func countFitting(_ slices: Span<ValueSlice>) -> Int {
    // SAFETY: indices of the span.
    var total = slices.count &* 4
    for index in slices.indices { total &+= unsafe Int(slices[unchecked: index].count) }
    if plainBytes + total < pageSizeLimit {
      plainBytes += total
      return slices.count
    }
    for index in slices.indices {
      plainBytes += 4 + Int(slices[index].count)
      if isPageFull { return index + 1 }
    }
    return slices.count
  }

  // MARK: Dictionary, and what follows it

  private func add(_ slices: Span<ValueSlice>, of data: Buffer<UInt8>) {
    let start = coded.code(slices.count) { range, dictionary, codes in
      dictionary.appendCodes(of: slices.extracting(range), in: data, to: &codes)
    }
    if coded.mustMakeValues { makeBytes() }
    guard start < slices.count else { return }
    let rest = slices.extracting(start...)
    appendBytes(rest, of: data, lengths: &lengths, to: &bytes)
    range.add(rest, of: data)
  }

  private func makeBytes() {
    addUsedToRange()
    coded.makeValues { dictionary, codes in
      dictionary.appendBytes(codes, lengths: &lengths, to: &bytes)
    }
  }

  /// Lets the range see every dictionary value that the page uses.
  private func addUsedToRange() {
    let count = coded.dictionary.count
    var slices = BufferBuilder<ValueSlice>(capacity: count)
    for code in 0..<count where coded.dictionary.usedCodes[code] != 0 {
      slices.append(coded.dictionary.slice(code))
    }
    // SAFETY: the slices lie in the dictionary page, whose builder pads it.
    unsafe coded.dictionary.withUnsafePage { unsafe range.add(slices.span, at: $0) }
  }

  func finishPage(isLast: Bool, _ meter: EncodingMeter, to page: inout ByteWriter) -> PageValues {
    let valueCount = coded.codes.count + lengths.count
    if coded.chooser.needsCosts { measure(meter, isLast: isLast) }
    coded.endCodes(isLast: isLast)
    if coded.mustMakeValues { makeBytes() }
    var values = PageValues(encoding: coded.chooser.encoding, bounds: .empty)
    if coded.codes.isEmpty {
      appendByteArrays(bytes, lengths, as: values.encoding, to: &page)
      bloom?.insert(slices(lengths), in: bytes)
      bytes.removeAll()
      lengths.removeAll()
    } else {
      addUsedToRange()
      coded.appendCodes(to: &page)
      values.encoding = .rleDictionary
    }
    values.bounds = range.bounds(isText: isText, cutTo: statisticsSizeBytes)
    values.byteArrayBytes = plainBytes - 4 * valueCount
    range.reset()
    plainBytes = 0
    coded.startPage()
    return values
  }

  private func measure(_ meter: EncodingMeter, isLast: Bool) {
    let count = coded.codes.count + lengths.count
    guard count > 0 else { return }
    let meanBytes = max(plainBytes / count, 1)
    let window = EncodingMeter.window(
      of: count,
      limit: min(EncodingMeter.sampleCount, EncodingMeter.sampleSizeBytes / meanBytes))
    var sample = ByteWriter()
    var sampleLengths = BufferBuilder<Int32>()
    if coded.codes.isEmpty {
      var start = 0
      for index in 0..<window.lowerBound { start += Int(lengths[index]) }
      var end = start
      for index in window { end += Int(lengths[index]) }
      Parquet.append(bytes, start..<end, to: &sample)
      sampleLengths.append(contentsOf: lengths.span.extracting(window))
    } else {
      coded.dictionary.appendBytes(
        coded.codes.span.extracting(window), lengths: &sampleLengths, to: &sample)
    }
    coded.measure(meter, window, of: count, isLast: isLast) {
      appendByteArrays(sample, sampleLengths, as: $0, to: &$1)
    }
  }

  func appendDictionaryPage(to page: inout ByteWriter) {
    coded.dictionary.appendPage(to: &page)
    guard let bloom else { return }
    bloom.insert(
      Buffer((0..<coded.dictionary.count).map { coded.dictionary.slice($0) }), in: page)
  }

  func reset() {
    coded.startChunk()
    range.reset()
    bytes.removeAll(keepingCapacity: keptBytes)
    lengths.removeAll(keepingCapacity: keptBytes / 4)
    plainBytes = 0
  }
}

/// Appends byte arrays that lie one after the other in `bytes`.
private func appendByteArrays(
  _ bytes: borrowing ByteWriter, _ lengths: borrowing BufferBuilder<Int32>,
  as encoding: PageEncoding, to page: inout ByteWriter
) {
  switch encoding {
  case .deltaLengthByteArray: appendDeltaLengthByteArray(lengths.span, of: bytes, to: &page)
  case .deltaByteArray: appendDeltaByteArray(lengths.span, of: bytes, to: &page)
  default:
    // SAFETY: the lengths add up to the bytes, and a builder has padding, empty or not.
    let start = unsafe UnsafeRawPointer(bytes.buffer.unsafeStart)
    unsafe appendPlainBytes(slices(lengths).span, at: start, to: &page)
  }
}

/// Where byte arrays of these lengths lie, one after the other.
private func slices(_ lengths: borrowing BufferBuilder<Int32>) -> Buffer<ValueSlice> {
  var slices = BufferBuilder<ValueSlice>(capacity: lengths.count)
  var offset: UInt32 = 0
  for index in 0..<lengths.count {
    let count = UInt32(lengths[index])
    slices.append(ValueSlice(offset: offset, count: count))
    offset += count
  }
  return slices.take()
}

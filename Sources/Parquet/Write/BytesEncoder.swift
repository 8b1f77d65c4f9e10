import Base
import Columns
import Encodings

/// Strings and binaries.
final class BytesEncoder: ValueEncoder {
  private let isText: Bool
  private let pageSizeLimit: Int
  private let statisticsSizeBytes: Int
  private var chooser: EncodingChooser
  private var dictionary: ByteDictionary
  private var codes = BufferBuilder<UInt16>()
  var bloom: BloomCollector?
  /// The values of the page at hand that have no codes: their bytes, and their lengths.
  private var bytes = ByteWriter()
  private var lengths = BufferBuilder<Int32>()
  /// Bounds of those.
  private var range = ByteRange()
  /// What the page's values take as PLAIN, whatever they are written in, and how many they are.
  private var plainBytes = 0

  init(isText: Bool, pageSizeBytes: Int, _ options: ParquetWriteOptions) {
    self.isText = isText
    pageSizeLimit = pageSizeBytes
    statisticsSizeBytes = max(options.statisticsSizeBytes, 1)
    dictionary = ByteDictionary(isFixedLength: false, limits: options.dictionary)
    chooser = EncodingChooser(options, type: .byteArray)
  }

  var isPageFull: Bool { plainBytes >= pageSizeLimit }
  var pageSizeBytes: Int { plainBytes }
  var bufferedBytes: Int {
    dictionary.sizeBytes + codes.count * 2 + bytes.count + lengths.count * 4
  }
  var dictionaryCount: Int { dictionary.count }

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
    var start = 0
    while chooser.usesDictionary && start < slices.count {
      let wanted = min(slices.count - start, chooser.countUntilCheck)
      let taken = dictionary.appendCodes(
        of: slices.extracting(start..<start + wanted), in: data, to: &codes)
      start += taken
      chooser.coded(taken, distinct: dictionary.count)
      if taken < wanted { chooser.leaveDictionary() }
      if !chooser.usesDictionary { rewriteValues() }
    }
    guard start < slices.count else { return }
    let rest = slices.extracting(start...)
    appendBytes(rest, of: data, lengths: &lengths, to: &bytes)
    range.add(rest, of: data)
  }

  /// Leaves the dictionary: the page's codes become values, and its new values leave with them.
  private func rewriteValues() {
    if !codes.isEmpty {
      addUsedToRange()
      dictionary.appendBytes(codes.span, lengths: &lengths, to: &bytes)
      codes.removeAll()
    }
    dictionary.truncate(to: chooser.distinctAtPageStart)
  }

  /// Lets the range see every dictionary value that the page uses.
  private func addUsedToRange() {
    var slices = BufferBuilder<ValueSlice>(capacity: dictionary.count)
    for code in 0..<dictionary.count where dictionary.usedCodes[code] != 0 {
      slices.append(dictionary.slice(code))
    }
    // SAFETY: the slices lie in the dictionary page, whose builder pads it.
    unsafe dictionary.withUnsafePage { unsafe range.add(slices.span, at: $0) }
  }

  func finishPage(isLast: Bool, _ meter: EncodingMeter, to page: inout ByteWriter) -> PageValues {
    let valueCount = codes.count + lengths.count
    if chooser.needsCosts { measure(meter) }
    if !codes.isEmpty {
      chooser.endPage(distinct: dictionary.count, isLast: isLast)
      if !chooser.usesDictionary { rewriteValues() }
    }
    var values = PageValues(encoding: chooser.encoding, bounds: .empty)
    if !codes.isEmpty {
      addUsedToRange()
      appendCodes(codes, distinct: dictionary.count, to: &page)
      codes.removeAll()
      values.encoding = .rleDictionary
    } else {
      appendByteArrays(bytes, lengths, as: chooser.encoding, to: &page)
      bloom?.insert(slices(lengths), in: bytes)
      bytes.removeAll()
      lengths.removeAll()
    }
    values.bounds = range.bounds(isText: isText, cutTo: statisticsSizeBytes)
    values.byteArrayBytes = plainBytes - 4 * valueCount
    range.reset()
    plainBytes = 0
    dictionary.startPage()
    chooser.startPage(distinct: dictionary.count)
    return values
  }

  /// Lets the chooser know what a sample of the page costs in every encoding.
  private func measure(_ meter: EncodingMeter) {
    let count = codes.count + lengths.count
    guard count > 0 else { return }
    let meanBytes = max(plainBytes / count, 1)
    let window = EncodingMeter.window(
      of: count,
      limit: min(EncodingMeter.sampleCount, EncodingMeter.sampleSizeBytes / meanBytes))
    var sample = ByteWriter()
    var sampleLengths = BufferBuilder<Int32>()
    if codes.isEmpty {
      var start = 0
      for index in 0..<window.lowerBound { start += Int(lengths[index]) }
      var end = start
      for index in window { end += Int(lengths[index]) }
      Parquet.append(bytes, start..<end, to: &sample)
      sampleLengths.append(contentsOf: lengths.span.extracting(window))
    } else {
      dictionary.appendBytes(codes.span.extracting(window), lengths: &sampleLengths, to: &sample)
    }
    meter.measure(&chooser, window, of: count, codes: codes, distinct: dictionary.count) {
      appendByteArrays(sample, sampleLengths, as: $0, to: &$1)
    }
  }

  func appendDictionaryPage(to page: inout ByteWriter) {
    dictionary.appendPage(to: &page)
    guard let bloom else { return }
    bloom.insert(Buffer((0..<dictionary.count).map { dictionary.slice($0) }), in: page)
  }

  func reset() {
    dictionary.removeAll()
    codes.removeAll(keepingCapacity: keptBufferBytes / 2)
    range.reset()
    bytes.removeAll(keepingCapacity: keptBufferBytes)
    lengths.removeAll(keepingCapacity: keptBufferBytes / 4)
    plainBytes = 0
    chooser.startChunk()
  }
}

/// Appends byte arrays that lie one after the other in `bytes`.
private func appendByteArrays(
  _ bytes: borrowing ByteWriter, _ lengths: borrowing BufferBuilder<Int32>,
  as encoding: PageEncoding, to page: inout ByteWriter
) {
  if encoding == .deltaLengthByteArray {
    appendDeltaBinaryPacked(lengths.span, to: &page)
    return page.append(bytes.bytes)
  }
  let slices = slices(lengths)
  var copy = ByteWriter(capacity: bytes.count)
  copy.append(bytes.bytes)
  let data = copy.take()
  if encoding == .deltaByteArray {
    appendDeltaByteArray(slices.span, of: data, to: &page)
  } else {
    appendPlainBytes(slices.span, of: data, to: &page)
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

import Base
import Columns
import Encodings

/// Strings and binaries.
final class BytesEncoder: ValueEncoder {
  private let isText: Bool
  /// Where the values of a page begin: behind the room for its levels.
  private let pageStart: Int
  private let pageSizeBytes: Int
  private let statisticsSizeBytes: Int
  private var chooser: EncodingChooser
  private var dictionary: ByteDictionary
  private var codes = BufferBuilder<UInt16>()
  /// Lengths of the page's values, where they are written apart from the bytes.
  private var lengths = BufferBuilder<Int32>()
  /// Bounds of the values of the page that have no codes.
  private var range = ByteRange()
  /// What the page's values take as PLAIN, whatever they are written in.
  private var plainBytes = 0

  init(isText: Bool, pageStart: Int, _ options: ParquetWriteOptions) {
    self.pageStart = pageStart
    self.isText = isText
    pageSizeBytes = max(options.pageSizeBytes, 1)
    statisticsSizeBytes = max(options.statisticsSizeBytes, 1)
    dictionary = ByteDictionary(isFixedLength: false, limits: options.dictionary)
    chooser = EncodingChooser(options, type: .byteArray)
  }

  var isPageFull: Bool { plainBytes >= pageSizeBytes }
  var bufferedBytes: Int { dictionary.sizeBytes + codes.count * 2 }
  var dictionaryCount: Int { dictionary.count }

  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?, to page: inout ByteWriter
  ) -> Int {
    guard case .bytes(let slots, let data) = column.values else {
      preconditionFailure("the column's type changed")
    }
    return slots.withPatterns(of: rows, as: ValueSlice.self) { slices in
      guard let validity else {
        let count = fittingCount(slices)
        add(slices.extracting(0..<count), of: data, to: &page)
        return count
      }
      var dense = BufferBuilder<ValueSlice>(capacity: rows.count)
      appendDense(slices, rows: rows, validity: validity, to: &dense)
      let count = fittingCount(dense.span)
      add(dense.span.extracting(0..<count), of: data, to: &page)
      if count == dense.count && !isPageFull { return rows.count }
      return validity.rowCount(from: rows.lowerBound, untilOnes: count)
    }
  }

  /// How many of `slices` the page takes: up to the one that fills it. Counts their bytes.
  private func fittingCount(_ slices: Span<ValueSlice>) -> Int {
    // SAFETY: indices of the span.
    var total = slices.count &* 4
    for index in slices.indices { total &+= unsafe Int(slices[unchecked: index].count) }
    if plainBytes + total < pageSizeBytes {
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

  private func add(_ slices: Span<ValueSlice>, of data: Buffer<UInt8>, to page: inout ByteWriter) {
    var start = 0
    while chooser.usesDictionary && start < slices.count {
      let wanted = min(slices.count - start, chooser.countUntilCheck)
      let taken = dictionary.appendCodes(
        of: slices.extracting(start..<start + wanted), in: data, to: &codes)
      start += taken
      chooser.coded(taken, distinct: dictionary.count)
      if taken < wanted { chooser.leaveDictionary() }
      if !chooser.usesDictionary { rewritePlain(to: &page) }
    }
    guard start < slices.count else { return }
    let rest = slices.extracting(start...)
    if chooser.fallback == .plain {
      appendPlainBytes(rest, of: data, to: &page)
    } else {
      appendBytes(rest, of: data, lengths: &lengths, to: &page)
    }
    range.add(rest, of: data)
  }

  /// Leaves the dictionary: the page's codes become values, and its new values leave with them.
  private func rewritePlain(to page: inout ByteWriter) {
    if !codes.isEmpty {
      addUsedToRange()
      if chooser.fallback == .plain {
        dictionary.appendPlain(codes.span, to: &page)
      } else {
        dictionary.appendBytes(codes.span, lengths: &lengths, to: &page)
      }
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

  func finishPage(isLast: Bool, _ page: inout ByteWriter) -> PageValues {
    if !codes.isEmpty {
      chooser.endPage(
        plainBytes: plainBytes, distinct: dictionary.count, sizeBytes: dictionary.sizeBytes,
        isLast: isLast)
      if !chooser.usesDictionary { rewritePlain(to: &page) }
    }
    var values = PageValues(encoding: chooser.fallback, bounds: .empty, valuesStart: pageStart)
    if !codes.isEmpty {
      addUsedToRange()
      appendCodes(codes, distinct: dictionary.count, to: &page)
      codes.removeAll()
      values.encoding = .rleDictionary
    } else if chooser.fallback != .plain {
      values.valuesStart = placeLengths(&page)
    }
    values.bounds = range.bounds(isText: isText, cutTo: statisticsSizeBytes)
    range.reset()
    plainBytes = 0
    dictionary.startPage()
    chooser.startPage(distinct: dictionary.count, sizeBytes: dictionary.sizeBytes)
    return values
  }

  /// Writes the lengths behind the bytes, and the bytes once more behind them. Returns where the
  /// lengths begin.
  private func placeLengths(_ page: inout ByteWriter) -> Int {
    let end = page.count
    appendDeltaBinaryPacked(lengths.span, to: &page)
    lengths.removeAll()
    page.appendAgain(pageStart..<end)
    return end
  }

  func appendDictionaryPage(to page: inout ByteWriter) { dictionary.appendPage(to: &page) }

  func reset() {
    dictionary.removeAll()
    codes.removeAll()
    range.reset()
    lengths.removeAll()
    plainBytes = 0
    chooser.startChunk()
  }
}

extension ByteWriter {
  /// Appends a copy of the bytes at `range`.
  fileprivate mutating func appendAgain(_ range: Range<Int>) {
    let tail = unsafe UnsafeMutableRawPointer(buffer.unsafeTail(range.count))
    // SAFETY: the range lies in front of the tail, in the same allocation.
    unsafe tail.copyMemory(from: tail - (count - range.lowerBound), byteCount: range.count)
    unsafe buffer.advance(by: range.count)
  }
}

import Base
import Columns
import Encodings

/// Values of 4 or 8 bytes: integers, dates, time stamps, decimals of up to 18 digits, floats.
final class FixedEncoder: ValueEncoder {
  private let order: FixedOrder
  private let valueBytes: Int
  private var chooser: EncodingChooser
  private var dictionary: FixedDictionary
  private var codes = BufferBuilder<UInt16>()
  /// A page's values in their final encoding, on their way into the page.
  private var scratch = ByteWriter()
  /// Where the values of a page begin: behind the room for its levels.
  private let pageStart: Int

  init(_ order: FixedOrder, pageStart: Int, _ options: ParquetWriteOptions) {
    self.pageStart = pageStart
    self.order = order
    valueBytes = order == .int32 || order == .float ? 4 : 8
    dictionary = FixedDictionary(valueBytes: valueBytes, limits: options.dictionary)
    let type: ParquetType =
      switch order {
      case .int32: .int32
      case .int64: .int64
      case .float: .float
      case .double: .double
      }
    chooser = EncodingChooser(options, type: type)
  }

  var isPageFull: Bool { false }  // 65 536 rows of 8 bytes are half a megabyte.
  var bufferedBytes: Int { dictionary.sizeBytes + codes.count * 2 }
  var dictionaryCount: Int { dictionary.count }

  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?, to page: inout ByteWriter
  ) -> Int {
    switch column.values {
    case .int32(let slots): append32(slots, rows, validity, &page)
    case .float(let slots): append32(slots, rows, validity, &page)
    case .double(let slots): append64(slots, rows, validity, &page)
    case .int64(let slots) where valueBytes == 4: appendNarrow(slots, rows, validity, &page)
    case .int64(let slots): append64(slots, rows, validity, &page)
    default: preconditionFailure("the column's type changed")
    }
    return rows.count
  }

  private func append32<T: BitwiseCopyable>(
    _ slots: Buffer<T>, _ rows: Range<Int>, _ validity: Bitmap?, _ page: inout ByteWriter
  ) {
    slots.withPatterns(of: rows, as: UInt32.self) { values in
      guard let validity else { return add(values, to: &page) }
      var dense = BufferBuilder<UInt32>(capacity: rows.count)
      appendDense(values, rows: rows, validity: validity, to: &dense)
      add(dense.span, to: &page)
    }
  }

  private func append64<T: BitwiseCopyable>(
    _ slots: Buffer<T>, _ rows: Range<Int>, _ validity: Bitmap?, _ page: inout ByteWriter
  ) {
    slots.withPatterns(of: rows, as: UInt64.self) { values in
      guard let validity else { return add(values, to: &page) }
      var dense = BufferBuilder<UInt64>(capacity: rows.count)
      appendDense(values, rows: rows, validity: validity, to: &dense)
      add(dense.span, to: &page)
    }
  }

  /// Decimals of up to nine digits: 64-bit slots, 32-bit values.
  private func appendNarrow(
    _ slots: Buffer<Int64>, _ rows: Range<Int>, _ validity: Bitmap?, _ page: inout ByteWriter
  ) {
    slots.withPatterns(of: rows, as: UInt64.self) { values in
      guard let validity else { return addNarrow(values, to: &page) }
      var dense = BufferBuilder<UInt64>(capacity: rows.count)
      appendDense(values, rows: rows, validity: validity, to: &dense)
      addNarrow(dense.span, to: &page)
    }
  }

  private func addNarrow(_ wide: Span<UInt64>, to page: inout ByteWriter) {
    var narrow = BufferBuilder<UInt32>(capacity: wide.count)
    narrow.append(count: wide.count) { output in
      for index in wide.indices { output.append(UInt32(truncatingIfNeeded: wide[index])) }
    }
    add(narrow.span, to: &page)
  }

  // MARK: Dictionary, and what follows it

  private func add<T: FixedPattern>(_ values: Span<T>, to page: inout ByteWriter) {
    var start = 0
    while chooser.usesDictionary && start < values.count {
      let wanted = min(values.count - start, chooser.countUntilCheck)
      let taken = T.appendCodes(
        of: values.extracting(start..<start + wanted), to: &codes, &dictionary)
      start += taken
      chooser.coded(taken, distinct: dictionary.count)
      if taken < wanted { chooser.leaveDictionary() }
      if !chooser.usesDictionary { rewritePlain(to: &page) }
    }
    guard start < values.count else { return }
    // SAFETY: bit patterns are all bytes.
    unsafe page.append(values.extracting(start...).bytes)
  }

  /// Leaves the dictionary: the page's codes become values, and its new values leave with them.
  private func rewritePlain(to page: inout ByteWriter) {
    dictionary.appendPlain(codes.span, to: &page)
    codes.removeAll()
    dictionary.truncate(to: chooser.distinctAtPageStart)
  }

  func finishPage(isLast: Bool, _ page: inout ByteWriter) -> PageValues {
    if !codes.isEmpty {
      chooser.endPage(
        plainBytes: codes.count * valueBytes, distinct: dictionary.count,
        sizeBytes: dictionary.sizeBytes, isLast: isLast)
      if !chooser.usesDictionary { rewritePlain(to: &page) }
    }
    let values = codes.isEmpty ? finishValues(&page) : finishCodes(&page)
    dictionary.startPage()
    chooser.startPage(distinct: dictionary.count, sizeBytes: dictionary.sizeBytes)
    return values
  }

  /// Ends a page of values: they are PLAIN in it, and are written again behind that in another
  /// encoding.
  private func finishValues(_ page: inout ByteWriter) -> PageValues {
    let end = page.count
    let bounds = fixedBounds(page.bytes.extracting(pageStart..<end), order: order)
    switch chooser.fallback {
    case .deltaBinaryPacked:
      appendDeltas(&page, from: pageStart, valueBytes: valueBytes, scratch: &scratch)
    case .byteStreamSplit:
      appendStreams(&page, from: pageStart, valueBytes: valueBytes, scratch: &scratch)
    default: return PageValues(encoding: .plain, bounds: bounds, valuesStart: pageStart)
    }
    return PageValues(encoding: chooser.fallback, bounds: bounds, valuesStart: end)
  }

  private func finishCodes(_ page: inout ByteWriter) -> PageValues {
    let bounds = fixedBounds(dictionary.values, used: dictionary.usedCodes, order: order)
    appendCodes(codes, distinct: dictionary.count, to: &page)
    codes.removeAll()
    return PageValues(encoding: .rleDictionary, bounds: bounds, valuesStart: pageStart)
  }

  func appendDictionaryPage(to page: inout ByteWriter) { dictionary.appendPage(to: &page) }

  func reset() {
    dictionary.removeAll()
    codes.removeAll()
    chooser.startChunk()
  }
}

/// Appends the PLAIN values from `start` on once more, as DELTA_BINARY_PACKED.
private func appendDeltas(
  _ page: inout ByteWriter, from start: Int, valueBytes: Int, scratch: inout ByteWriter
) {
  scratch.removeAll()
  unsafe page.bytes.extracting(start...).withUnsafeBytes { source in
    // SAFETY: whole values, aligned because the room in front of them is a multiple of eight.
    if valueBytes == 8 {
      let values = unsafe Span(_unsafeElements: source.bindMemory(to: Int64.self))
      appendDeltaBinaryPacked(values, to: &scratch)
    } else {
      let values = unsafe Span(_unsafeElements: source.bindMemory(to: Int32.self))
      appendDeltaBinaryPacked(values, to: &scratch)
    }
  }
  page.append(scratch.bytes)
}

/// Appends the PLAIN values from `start` on once more, as BYTE_STREAM_SPLIT.
private func appendStreams(
  _ page: inout ByteWriter, from start: Int, valueBytes: Int, scratch: inout ByteWriter
) {
  scratch.removeAll()
  appendByteStreams(page.bytes.extracting(start...), valueBytes: valueBytes, to: &scratch)
  page.append(scratch.bytes)
}

/// The unsigned integers that stand for the bit patterns of a column's slots.
private protocol FixedPattern: BitwiseCopyable {
  static func appendCodes(
    of values: Span<Self>, to codes: inout BufferBuilder<UInt16>,
    _ dictionary: inout FixedDictionary
  ) -> Int
}

extension UInt32: FixedPattern {
  fileprivate static func appendCodes(
    of values: Span<UInt32>, to codes: inout BufferBuilder<UInt16>,
    _ dictionary: inout FixedDictionary
  ) -> Int { dictionary.appendCodes(of: values, to: &codes) }
}

extension UInt64: FixedPattern {
  fileprivate static func appendCodes(
    of values: Span<UInt64>, to codes: inout BufferBuilder<UInt16>,
    _ dictionary: inout FixedDictionary
  ) -> Int { dictionary.appendCodes(of: values, to: &codes) }
}

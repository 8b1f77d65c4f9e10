import Base
import Columns
import Encodings

/// Values of 4 or 8 bytes: integers, dates, time stamps, decimals of up to 18 digits, floats.
final class FixedEncoder: ValueEncoder {
  private let order: FixedOrder
  private let valueBytes: Int
  /// High bits of a 32-bit slot that only repeat the sign, in columns of narrower integers.
  private let signBits: Int32
  private var coded: CodedColumn<FixedDictionary>
  var bloom: BloomCollector?
  /// The values of the page at hand that have no codes, PLAIN.
  private var plain = ByteWriter()
  private let pageSizeLimit: Int
  private let keptBytes: Int

  init(_ order: FixedOrder, _ type: DataType, _ options: ParquetWriteOptions) {
    self.order = order
    signBits = type == .byte ? 24 : type == .short ? 16 : 0
    valueBytes = order == .int32 || order == .float ? 4 : 8
    pageSizeLimit = options.pageSizeBytes
    keptBytes = options.keptBufferBytes
    let type: ParquetType =
      switch order {
      case .int32: .int32
      case .int64: .int64
      case .float: .float
      case .double: .double
      }
    coded = CodedColumn(
      FixedDictionary(valueBytes: valueBytes, limits: options.dictionary), options, type: type,
      plainBytes: valueBytes)
  }

  var isPageFull: Bool { false }  // The rows of a page are limited to its size.
  var pageSizeBytes: Int { coded.codes.count * valueBytes + plain.count }
  var bufferedBytes: Int { coded.bufferedBytes + plain.count }
  var dictionaryCount: Int { coded.dictionary.count }

  func append(
    _ column: Column, rows: Range<Int>, validity: Bitmap?
  ) throws(ValueFault) -> Int {
    switch column.values {
    case .int32(let slots): try append32(slots, rows, validity)
    case .float(let slots): try append32(slots, rows, validity)
    case .double(let slots): append64(slots, rows, validity)
    case .int64(let slots) where valueBytes == 4: try appendNarrow(slots, rows, validity)
    case .int64(let slots): append64(slots, rows, validity)
    default: preconditionFailure("the column's type changed")
    }
    return rows.count
  }

  private func append32<T: BitwiseCopyable>(
    _ slots: Buffer<T>, _ rows: Range<Int>, _ validity: Bitmap?
  ) throws(ValueFault) {
    try slots.withPatterns(of: rows, as: UInt32.self) { values throws(ValueFault) in
      guard let validity else { return try add32(values) }
      var dense = BufferBuilder<UInt32>(capacity: rows.count)
      appendDense(values, rows: rows, validity: validity, to: &dense)
      try add32(dense.span)
    }
  }

  private func add32(_ values: Span<UInt32>) throws(ValueFault) {
    if signBits > 0 {
      var excess: Int32 = 0
      for index in values.indices {
        let value = Int32(bitPattern: values[index])
        excess |= value ^ ((value &<< signBits) &>> signBits)
      }
      if excess != 0 { throw .outOfRange }
    }
    add(values)
  }

  private func append64<T: BitwiseCopyable>(
    _ slots: Buffer<T>, _ rows: Range<Int>, _ validity: Bitmap?
  ) {
    slots.withPatterns(of: rows, as: UInt64.self) { values in
      guard let validity else { return add(values) }
      var dense = BufferBuilder<UInt64>(capacity: rows.count)
      appendDense(values, rows: rows, validity: validity, to: &dense)
      add(dense.span)
    }
  }

  /// Decimals of up to nine digits: 64-bit slots, 32-bit values.
  private func appendNarrow(
    _ slots: Buffer<Int64>, _ rows: Range<Int>, _ validity: Bitmap?
  ) throws(ValueFault) {
    try slots.withPatterns(of: rows, as: UInt64.self) { values throws(ValueFault) in
      guard let validity else { return try addNarrow(values) }
      var dense = BufferBuilder<UInt64>(capacity: rows.count)
      appendDense(values, rows: rows, validity: validity, to: &dense)
      try addNarrow(dense.span)
    }
  }

  private func addNarrow(_ wide: Span<UInt64>) throws(ValueFault) {
    // Bits that are lost, of all values together: no branch a value.
    var excess: Int64 = 0
    var narrow = BufferBuilder<UInt32>(capacity: wide.count)
    narrow.append(count: wide.count) { output in
      for index in wide.indices {
        let value = Int64(bitPattern: wide[index])
        let kept = Int32(truncatingIfNeeded: value)
        excess |= value ^ Int64(kept)
        output.append(UInt32(bitPattern: kept))
      }
    }
    if excess != 0 { throw .outOfRange }
    add(narrow.span)
  }

  // MARK: Dictionary, and what follows it

  private func add<T: FixedPattern>(_ values: Span<T>) {
    let start = coded.code(values.count) { range, dictionary, codes in
      T.appendCodes(of: values.extracting(range), to: &codes, &dictionary)
    }
    if coded.mustMakeValues { makePlain() }
    guard start < values.count else { return }
    let rest = values.extracting(start...)
    plain.buffer.reserve(rest.count * valueBytes, aheadTo: pageSizeLimit)
    // SAFETY: bit patterns are all bytes.
    unsafe plain.append(rest.bytes)
  }

  private func makePlain() {
    coded.makeValues { dictionary, codes in dictionary.appendPlain(codes, to: &plain) }
  }

  func finishPage(isLast: Bool, _ meter: EncodingMeter, to page: inout ByteWriter) -> PageValues {
    if coded.chooser.needsCosts { measure(meter, isLast: isLast) }
    coded.endCodes(isLast: isLast)
    if coded.mustMakeValues { makePlain() }
    let values = coded.codes.isEmpty ? finishValues(to: &page) : finishCodes(to: &page)
    coded.startPage()
    return values
  }

  private func measure(_ meter: EncodingMeter, isLast: Bool) {
    let count = coded.codes.count + plain.count / valueBytes
    let window = EncodingMeter.window(of: count)
    let sample = coded.plainSample(window, plain, valueBytes: valueBytes)
    coded.measure(meter, window, of: count, isLast: isLast) {
      appendFixed(sample, as: $0, valueBytes: valueBytes, to: &$1)
    }
  }

  private func finishValues(to page: inout ByteWriter) -> PageValues {
    var values = PageValues(
      encoding: coded.chooser.encoding, bounds: fixedBounds(plain.bytes, order: order))
    if order.isFloating {
      values.nanCount = values.bounds == .unknown ? nanCount(plain.bytes, order: order) : 0
    }
    appendFixed(plain, as: coded.chooser.encoding, valueBytes: valueBytes, to: &page)
    bloom?.insert(fixed: plain, sizeBytes: valueBytes)
    plain.removeAll()
    return values
  }

  private func finishCodes(to page: inout ByteWriter) -> PageValues {
    var values = PageValues(
      encoding: .rleDictionary,
      bounds: fixedBounds(
        coded.dictionary.values, used: coded.dictionary.usedCodes, order: order))
    if order.isFloating { values.nanCount = values.bounds == .unknown ? codedNaNCount() : 0 }
    coded.appendCodes(to: &page)
    return values
  }

  private func codedNaNCount() -> Int {
    var values = ByteWriter()
    coded.dictionary.appendPlain(coded.codes.span, to: &values)
    return nanCount(values.bytes, order: order)
  }

  func appendDictionaryPage(to page: inout ByteWriter) {
    coded.dictionary.appendPage(to: &page)
    bloom?.insert(fixed: page, sizeBytes: valueBytes)
  }

  func reset() {
    coded.startChunk()
    plain.removeAll(keepingCapacity: keptBytes)
  }
}

/// Appends PLAIN values of 4 or 8 bytes in `encoding`.
private func appendFixed(
  _ plain: borrowing ByteWriter, as encoding: PageEncoding, valueBytes: Int,
  to page: inout ByteWriter
) {
  switch encoding {
  case .deltaBinaryPacked: appendDeltas(plain.bytes, valueBytes: valueBytes, to: &page)
  case .byteStreamSplit: appendByteStreams(plain.bytes, valueBytes: valueBytes, to: &page)
  case .alp: appendALP(plain.bytes, valueBytes: valueBytes, to: &page)
  default: page.append(plain.bytes)
  }
}

private func appendDeltas(_ plain: RawSpan, valueBytes: Int, to page: inout ByteWriter) {
  unsafe plain.withUnsafeBytes { source in
    // SAFETY: whole values; a writer's bytes are aligned, and so is every value after the first.
    if valueBytes == 8 {
      let values = unsafe Span(_unsafeElements: source.bindMemory(to: Int64.self))
      appendDeltaBinaryPacked(values, to: &page)
    } else {
      let values = unsafe Span(_unsafeElements: source.bindMemory(to: Int32.self))
      appendDeltaBinaryPacked(values, to: &page)
    }
  }
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

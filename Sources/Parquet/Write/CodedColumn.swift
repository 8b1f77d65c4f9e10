import Base
import Encodings

/// What the dictionaries of all types have in common.
protocol ChunkDictionary: ~Copyable {
  /// Number of distinct values.
  var count: Int { get }
  /// Bytes of the dictionary page.
  var sizeBytes: Int { get }
  /// Appends the values in order of their codes.
  func appendPage(to output: inout ByteWriter)
  mutating func startPage()
  mutating func truncate(to newCount: Int)
  mutating func removeAll()
}

/// Those whose values all have one length in PLAIN.
protocol PlainDictionary: ChunkDictionary, ~Copyable {
  /// Appends the values of `codes` as PLAIN.
  func appendPlain(_ codes: Span<UInt16>, to output: inout ByteWriter)
}

extension FixedDictionary: PlainDictionary {}
extension ByteDictionary: PlainDictionary {}

/// The codes of the page at hand, the dictionary of the chunk, and what decides about both. The
/// values that have no codes are with the encoder that owns it.
struct CodedColumn<Dictionary: ChunkDictionary & ~Copyable>: ~Copyable {
  private(set) var chooser: EncodingChooser
  private(set) var dictionary: Dictionary
  private(set) var codes = BufferBuilder<UInt16>()
  private let limits: DictionaryLimits
  /// Of a page, if values are as short as they can be.
  private let codesMax: Int

  /// - Parameter plainBytes: of the shortest value in PLAIN.
  init(
    _ dictionary: consuming Dictionary, _ options: ParquetWriteOptions, type: ParquetType,
    plainBytes: Int
  ) {
    self.dictionary = dictionary
    limits = options.dictionary
    chooser = EncodingChooser(options, type: type)
    codesMax = min(options.pageRowLimit, max(options.pageSizeBytes / max(plainBytes, 1), 1))
  }

  /// Bytes that the codes and the dictionary take, roughly.
  var bufferedBytes: Int { dictionary.sizeBytes + codes.count * 2 }

  /// Gives the first of `count` values codes, as long as the chunk has a dictionary. Returns how
  /// many: fewer than `count` when it has left it. Then `makeValues` is to be called.
  ///
  /// - Parameter appendCodes: of the values at a range, up to the first without code; returns how
  ///   many have one. Called a few times a batch.
  @inline(__always)
  mutating func code(
    _ count: Int,
    _ appendCodes: (Range<Int>, inout Dictionary, inout BufferBuilder<UInt16>) -> Int
  ) -> Int {
    var start = 0
    while chooser.usesDictionary && start < count {
      let wanted = min(count - start, chooser.countUntilCheck)
      codes.reserve(wanted, aheadTo: codesMax)
      let taken = appendCodes(start..<start + wanted, &dictionary, &codes)
      start += taken
      chooser.coded(taken, distinct: dictionary.count)
      if taken < wanted { chooser.leaveDictionary() }
    }
    return start
  }

  /// Whether the page has codes though the chunk has left its dictionary.
  var mustMakeValues: Bool { !chooser.usesDictionary && !codes.isEmpty }

  /// Leaves the dictionary: `body` makes values of the page's codes, and its new values leave with
  /// them.
  mutating func makeValues(_ body: (borrowing Dictionary, Span<UInt16>) -> Void) {
    body(dictionary, codes.span)
    codes.removeAll()
    dictionary.truncate(to: chooser.distinctAtPageStart)
  }

  // MARK: The end of a page

  /// Lets the chooser know what the values at `window` of the page's `count` cost in every
  /// encoding, and as codes if they have some.
  ///
  /// - Parameters:
  ///   - isLast: whether the chunk ends with the page.
  ///   - prefixedBytes: that values take whose prefixes DELTA_BYTE_ARRAY leaves out, of a type that
  ///     other encodings keep together: nothing is saved there but by what is stored.
  ///   - encode: appends them in an encoding.
  mutating func measure(
    _ meter: EncodingMeter, _ window: Range<Int>, of count: Int, isLast: Bool,
    prefixedBytes: Int = 0, encode: (PageEncoding, inout ByteWriter) -> Void
  ) {
    let costs = chooser.candidates.map { encoding in
      meter.cost(makingBytes: encoding == .deltaByteArray ? prefixedBytes : 0) {
        encode(encoding, &$0)
      }
    }
    let codeCost =
      codes.isEmpty
      ? nil : meter.cost { Parquet.appendCodes(codes, window, distinct: dictionary.count, to: &$0) }
    chooser.measured(
      window.count, of: count, isLast: isLast, candidateCosts: costs, codes: codeCost,
      codeWidth: codeBitWidth(dictionary.count))
  }

  /// Decides whether a page of codes stays one; see `mustMakeValues`.
  mutating func endCodes(isLast: Bool) {
    guard !codes.isEmpty else { return }
    let count = dictionary.count
    // As many entries as fit, if they stay as long as they are.
    let fitting = count * limits.sizeBytes / max(dictionary.sizeBytes, 1)
    chooser.endPage(
      distinct: count, limit: max(min(limits.distinctCount, fitting), count), isLast: isLast)
  }

  /// Appends the codes of the page and forgets them.
  mutating func appendCodes(to page: inout ByteWriter) {
    Parquet.appendCodes(codes, distinct: dictionary.count, to: &page)
    codes.removeAll()
  }

  mutating func startPage() {
    dictionary.startPage()
    chooser.startPage(distinct: dictionary.count)
  }

  /// Ready for the next chunk.
  mutating func startChunk() {
    dictionary.removeAll()
    codes.removeAll(keepingCapacity: 2 * codesMax)
    chooser.startChunk()
  }
}

extension CodedColumn where Dictionary: PlainDictionary & ~Copyable {
  /// The values at `window` of the page: of its codes, or of `plain` if it has none.
  func plainSample(
    _ window: Range<Int>, _ plain: borrowing ByteWriter, valueBytes: Int
  ) -> ByteWriter {
    var sample = ByteWriter()
    if codes.isEmpty {
      let range = window.lowerBound * valueBytes..<window.upperBound * valueBytes
      append(plain, range, to: &sample)
    } else {
      dictionary.appendPlain(codes.span.extracting(window), to: &sample)
    }
    return sample
  }
}

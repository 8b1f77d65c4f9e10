import Base
import Columns
import Encodings
import Testing

@Suite("Dictionary of 4- and 8-byte values: encode") struct FixedDictionaryEncodeTests {
  /// The codes and the dictionary that a table gives when values come in batches of `batch`.
  static func run(
    _ values: [UInt64], batch: Int, limits: DictionaryLimits = DictionaryLimits()
  ) -> (codes: [UInt16], page: [UInt64]) {
    var dictionary = FixedDictionary(valueBytes: 8, limits: limits)
    var codes = BufferBuilder<UInt16>()
    var start = 0
    while start < values.count {
      let count = min(batch, values.count - start)
      let span = values.span.extracting(start..<start + count)
      let taken = dictionary.appendCodes(of: span, to: &codes)
      start += taken
      if taken < count { break }
    }
    var page: [UInt64] = []
    for index in dictionary.values.indices { page.append(dictionary.values[index]) }
    return (Array(codes.take()), page)
  }

  static func reference(_ values: [UInt64]) -> (codes: [UInt16], page: [UInt64]) {
    var known: [UInt64: UInt16] = [:]
    var page: [UInt64] = []
    let codes = values.map { value in
      if let code = known[value] { return code }
      known[value] = UInt16(page.count)
      page.append(value)
      return UInt16(page.count - 1)
    }
    return (codes, page)
  }

  @Test(arguments: [1, 2, 50, 300, 10_000, 60_000], [1, 7, 2048, 1 << 20])
  func `codes count values in order of first use`(_ distinct: Int, _ batch: Int) {
    var random = SeededRandom(seed: UInt64(distinct))
    let values = (0..<70_000).map { _ in (random.next() % UInt64(distinct)) &* 0x1_0000_0001 }
    let expected = Self.reference(values)
    let result = Self.run(values, batch: batch)
    #expect(result.codes == expected.codes)
    #expect(result.page == expected.page)
  }

  /// Values that move the window of codes in every way, and those that close it early and late.
  static let walks: [String: [Int64]] = [
    "up": (0..<65_000).map { $0 },
    "down": (0..<65_000).map { -$0 },
    "both ways": (0..<65_000).map { $0 % 2 == 0 ? $0 / 2 : -$0 / 2 },
    "from the far end": (0..<65_000).map { 40_000 - ($0 &* 7919) % 65_000 },
    "as wide as the window": [5, 5 + 65_535, 5, 6],
    "wider than the window": [5, 5 + 65_536, 5, 6, 5 + 65_536],
    "wider downwards": [5, 5 - 65_536, 5, 6, 5 - 65_536],
    "then far away": (0..<3000).map { $0 % 100 } + [1 << 31, 7, 1 << 31, 3],
    "extremes": [.max, .min, 0, -1, .max, .min, 0, -1],
    "beside the extremes": [.max, .max - 9, .min, .min + 9, .max, .min],
  ]

  @Test(arguments: walks.keys.sorted(), [1, 64, 1 << 20])
  func `codes do not depend on where values lie`(_ name: String, _ batch: Int) throws {
    let values = try #require(Self.walks[name]).map { UInt64(bitPattern: $0) }
    let expected = Self.reference(values)
    let result = Self.run(values, batch: batch)
    #expect(result.codes == expected.codes)
    #expect(result.page == expected.page)
    let narrow = values.map { UInt32(truncatingIfNeeded: $0) }
    var dictionary = FixedDictionary(valueBytes: 4, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>()
    #expect(dictionary.appendCodes(of: narrow.span, to: &codes) == values.count)
    #expect(Array(codes.take()) == Self.reference(narrow.map { UInt64($0) }).codes)
  }

  /// Where all codes are used and a run of values has brought none, eights of values are looked up
  /// at once. One of them may lie before the others, far behind them, or in a gap.
  @Test(arguments: [-20, 1 << 20, 57, 1 << 40], 0..<17)
  func `a new value among known ones gets the next code`(_ other: Int, _ place: Int) {
    for base in [0, 5000, -30, Int(Int32.min) + 100] {
      let known = (0..<40).map { base + 3 * $0 }
      var values = (0..<1064).map { known[$0 * 7 % 40] }
      values.insert(base + other, at: 1040 + place)
      let all = known + values
      let wide = all.map { UInt64(bitPattern: Int64($0)) }
      let narrow = all.map { UInt32(truncatingIfNeeded: $0) }
      #expect(Self.run(wide, batch: 1 << 20).codes == Self.reference(wide).codes)
      var dictionary = FixedDictionary(valueBytes: 4, limits: DictionaryLimits())
      var codes = BufferBuilder<UInt16>()
      for part in [0..<40, 40..<all.count] {
        let span = narrow.span.extracting(part)
        #expect(dictionary.appendCodes(of: span, to: &codes) == part.count)
      }
      #expect(Array(codes.take()) == Self.reference(narrow.map { UInt64($0) }).codes)
    }
  }

  @Test func `bit patterns keep zeros and NaNs apart`() {
    let doubles: [Double] = [0.0, -0.0, .nan, -.nan, .infinity, 0.0, -0.0, .nan]
    let result = Self.run(doubles.map(\.bitPattern), batch: 8)
    #expect(result.codes == [0, 1, 2, 3, 4, 0, 1, 2])
  }

  @Test(arguments: [0, 1, 2, 255, 256, 257, 65_535])
  func `the value past the limit stops it, and nothing else changes`(_ limit: Int) {
    let values = (0..<65_600).map { UInt64($0) }
    let result = Self.run(values, batch: 1000, limits: DictionaryLimits(distinctCount: limit))
    #expect(result.codes.count == limit)
    #expect(result.page == Array(values.prefix(limit)))
  }

  @Test func `the byte limit counts whole values`() {
    let values = (0..<100).map { UInt64($0) }
    let result = Self.run(values, batch: 100, limits: DictionaryLimits(sizeBytes: 83))
    #expect(result.codes.count == 10)
  }

  @Test func `keys made to collide end the dictionary instead of the day`() {
    // Multiples of the inverse of the hash factor hash to small numbers: all in the first slots.
    var inverse: UInt64 = 1
    for _ in 0..<6 { inverse &*= 2 &- 0x9E37_79B9_7F4A_7C15 &* inverse }
    let values = (0..<2000).map { UInt64($0) &* inverse }
    let result = Self.run(values, batch: 2000)
    let expected = Self.reference(values)
    #expect(result.codes == Array(expected.codes.prefix(result.codes.count)))
    #expect(result.codes.count < 2000)
  }

  @Test func `used codes are those of the values since the page began`() {
    let values: [UInt64] = [10, 20, 30]
    var dictionary = FixedDictionary(valueBytes: 8, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>()
    _ = dictionary.appendCodes(of: values.span, to: &codes)
    dictionary.startPage()
    _ = dictionary.appendCodes(of: values.span.extracting(1..<2), to: &codes)
    #expect(Array(dictionary.usedCodes) == [0, 1, 0])
  }

  @Test func `32-bit values, their page, and their PLAIN bytes`() {
    let values: [UInt32] = [7, .max, 7, 0, .max]
    var dictionary = FixedDictionary(valueBytes: 4, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>()
    #expect(dictionary.appendCodes(of: values.span, to: &codes) == 5)
    var page = ByteWriter()
    dictionary.appendPage(to: &page)
    #expect(Array(page.take()) == [7, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0])
    var plain = ByteWriter()
    dictionary.appendPlain(codes.span, to: &plain)
    let expected = values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    #expect(Array(plain.take()) == expected)
  }

  @Test(arguments: [1, 1 << 40])
  func `truncating forgets the later values and keeps the earlier codes`(_ step: UInt64) {
    var dictionary = FixedDictionary(valueBytes: 8, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>()
    let values = (0..<1000).map { UInt64($0) * step }
    _ = dictionary.appendCodes(of: values.span, to: &codes)
    dictionary.truncate(to: 10)
    codes.removeAll()
    let probe: [UInt64] = [9 * step, 500 * step, 3 * step]
    _ = dictionary.appendCodes(of: probe.span, to: &codes)
    #expect(Array(codes.take()) == [9, 10, 3])
    #expect(dictionary.count == 11)
    dictionary.removeAll()
    codes.removeAll()
    _ = dictionary.appendCodes(of: probe.span, to: &codes)
    #expect(Array(codes.take()) == [0, 1, 2])
  }
}

@Suite("Dictionary of byte values: encode") struct ByteDictionaryEncodeTests {
  /// Strings of every length up to `longest` with shared heads and tails, NUL bytes at their ends
  /// included.
  static func strings(_ seed: UInt64, count: Int, longest: Int) -> [[UInt8]] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in
      let length = Int(random.next() % UInt64(longest + 1))
      var bytes = [UInt8](repeating: 0x61, count: length)
      if length > 0 && random.next() % 2 == 0 {
        bytes[Int(random.next() % UInt64(length))] = random.next() % 2 == 0 ? 0 : 0x62
      }
      return bytes
    }
  }

  static func column(_ values: [[UInt8]]) -> ([ValueSlice], Buffer<UInt8>) {
    var slices: [ValueSlice] = []
    var data: [UInt8] = []
    for value in values {
      slices.append(ValueSlice(offset: UInt32(data.count), count: UInt32(value.count)))
      data += value
    }
    return (slices, Buffer(data))
  }

  static func plain(_ values: [[UInt8]]) -> [UInt8] {
    values.flatMap { value in
      (0..<4).map { UInt8(truncatingIfNeeded: value.count >> ($0 * 8)) } + value
    }
  }

  @Test(arguments: [1, 7, 2048, 20_000], [0, 8, 9, 16, 24, 25, 40])
  func `codes count values in order of first use`(_ batch: Int, _ longest: Int) {
    let values = Self.strings(11, count: 20_000, longest: longest)
    let (slices, data) = Self.column(values)
    var dictionary = ByteDictionary(isFixedLength: false, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>()
    for start in stride(from: 0, to: values.count, by: batch) {
      let end = min(start + batch, values.count)
      let taken = dictionary.appendCodes(
        of: slices.span.extracting(start..<end), in: data, to: &codes)
      #expect(taken == end - start)
    }
    var known: [[UInt8]: UInt16] = [:]
    var distinct: [[UInt8]] = []
    let expected = values.map { value -> UInt16 in
      if let code = known[value] { return code }
      known[value] = UInt16(distinct.count)
      distinct.append(value)
      return UInt16(distinct.count - 1)
    }
    #expect(Array(codes.span) == expected)
    var page = ByteWriter()
    dictionary.appendPage(to: &page)
    #expect(Array(page.take()) == Self.plain(distinct))
    var plain = ByteWriter()
    dictionary.appendPlain(codes.span, to: &plain)
    #expect(Array(plain.take()) == Self.plain(values))
  }

  @Test func `used codes are those of the values since the page began`() {
    let (slices, data) = Self.column([[1], [2], Array(repeating: 3, count: 30), [4]])
    var dictionary = ByteDictionary(isFixedLength: false, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>()
    _ = dictionary.appendCodes(of: slices.span, in: data, to: &codes)
    #expect(Array(dictionary.usedCodes) == [1, 1, 1, 1])
    dictionary.startPage()
    _ = dictionary.appendCodes(of: slices.span.extracting(1..<3), in: data, to: &codes)
    #expect(Array(dictionary.usedCodes) == [0, 1, 1, 0])
  }

  @Test func `the byte limit counts lengths and bytes`() {
    let values: [[UInt8]] = [[1, 2, 3], [1], [], [2, 2], [3]]
    let (slices, data) = Self.column(values)
    var dictionary = ByteDictionary(
      isFixedLength: false, limits: DictionaryLimits(sizeBytes: 7 + 5 + 4 + 5))
    var codes = BufferBuilder<UInt16>()
    #expect(dictionary.appendCodes(of: slices.span, in: data, to: &codes) == 3)
    #expect(dictionary.sizeBytes == 16)
  }

  @Test func `truncating takes the bytes out of the page`() {
    let values = (0..<600).map { Array("value \($0) of many more".utf8) }
    let (slices, data) = Self.column(values)
    var dictionary = ByteDictionary(isFixedLength: false, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>()
    _ = dictionary.appendCodes(of: slices.span, in: data, to: &codes)
    dictionary.truncate(to: 3)
    var page = ByteWriter()
    dictionary.appendPage(to: &page)
    #expect(Array(page.take()) == Self.plain(Array(values.prefix(3))))
    codes.removeAll()
    _ = dictionary.appendCodes(of: slices.span.extracting(0..<5), in: data, to: &codes)
    #expect(Array(codes.take()) == [0, 1, 2, 3, 4])
  }

  @Test func `values of one length have no lengths in the page`() {
    let values: [[UInt8]] = [[1, 2], [3, 4], [1, 2]]
    let (slices, data) = Self.column(values)
    var dictionary = ByteDictionary(isFixedLength: true, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>()
    _ = dictionary.appendCodes(of: slices.span, in: data, to: &codes)
    var page = ByteWriter()
    dictionary.appendPage(to: &page)
    #expect(Array(page.take()) == [1, 2, 3, 4])
    var plain = ByteWriter()
    dictionary.appendPlain(codes.span, to: &plain)
    #expect(Array(plain.take()) == [1, 2, 3, 4, 1, 2])
  }
}

extension Array where Element: BitwiseCopyable {
  init(_ span: Span<Element>) {
    self = []
    for index in span.indices { append(span[index]) }
  }
}

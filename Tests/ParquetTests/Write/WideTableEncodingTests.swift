import Base
import Columns
import Compression
import Encodings
import Testing

@testable import Parquet

/// Columns of tables so wide that a page holds few of their rows: what is chosen for a chunk
/// against the best that could have been.
@Suite("Encodings of wide tables") struct WideTableEncodingTests {
  /// Numbers drawn evenly from 0..<distinct.
  static func numbers(_ distinct: Int, count: Int = 1 << 17) -> [Int64] {
    var random = SeededRandom(seed: UInt64(distinct))
    return (0..<count).map { _ in Int64(random.next() % UInt64(distinct)) }
  }

  static func longs(_ numbers: [Int64]) -> Column {
    Column(type: .long, values: .int64(Buffer(numbers)))
  }

  /// Sixteen hexadecimal digits that stand for each number.
  static func strings(_ numbers: [Int64]) -> Column {
    var data = ByteWriter(capacity: numbers.count * 16)
    var slices = BufferBuilder<ValueSlice>(capacity: numbers.count)
    for number in numbers {
      var random = SeededRandom(seed: UInt64(number))
      slices.append(ValueSlice(offset: UInt32(data.count), count: 16))
      data.append(utf8: hex(random.next()))
    }
    return Column(type: .string, values: .bytes(slices.freeze(), data: data.take()))
  }

  /// A chunk of one of `leafCount` leaves.
  static func chunk(
    _ column: Column, leafCount: Int, _ change: (inout ParquetWriteOptions) -> Void = { _ in }
  ) throws -> EncodedChunk {
    var options = ParquetWriteOptions()
    change(&options)
    let leaves = try WriteSchema(Schema([Field("c", column.type)]), options).leaves
    let writer = try ColumnChunkWriter(
      leaves[0], leafCount: leafCount, options, PageWriter(options))
    try writer.append(column, rows: 0..<column.count)
    return try writer.finish()
  }

  /// Bytes of a chunk without dictionary, in the encoding that costs least.
  static func valueBytes(_ column: Column, leafCount: Int) throws -> Int {
    try chunk(column, leafCount: leafCount) {
      $0.usesDictionary = false
      $0.encodingSavingMinBytes = 0
    }.sizeBytes
  }

  /// Bytes of codes in one page, and of their dictionary: no more than a writer needs that does
  /// nothing else.
  static func codeBytes(_ numbers: [Int64]) throws -> Int {
    var dictionary = FixedDictionary(valueBytes: 8, limits: DictionaryLimits())
    var codes = BufferBuilder<UInt16>()
    let patterns = Buffer(numbers.map { UInt64(bitPattern: $0) })
    let count = dictionary.appendCodes(of: patterns.span, to: &codes)
    #expect(count == numbers.count)
    let compressor = Compressor(.zstd(level: 1))
    var page = ByteWriter()
    var compressed = ByteWriter()
    appendCodes(codes, distinct: dictionary.count, to: &page)
    try compressor.compress(page, into: &compressed)
    page.removeAll()
    dictionary.appendPage(to: &page)
    try compressor.compress(page, into: &compressed)
    return compressed.count
  }

  @Test(arguments: [1, 100, 500, 2000])
  func `a thousand different numbers are codes in a table of columns`(_ leafCount: Int) throws {
    let numbers = Self.numbers(1000)
    let chunk = try Self.chunk(Self.longs(numbers), leafCount: leafCount)
    #expect(chunk.pages.allSatisfy { $0.values.encoding == .rleDictionary })
    let codes = try Self.codeBytes(numbers)
    let values = try Self.valueBytes(Self.longs(numbers), leafCount: leafCount)
    #expect(codes < values)
    // Headers of 64 pages, at most, are the rest.
    #expect(chunk.sizeBytes * 100 <= codes * 102 + chunk.pages.count * 3000)
  }

  @Test(arguments: [1, 500, 2000], [100, 3000, 30_000, 1_000_000])
  func `no chunk of numbers is much larger than without its dictionary`(
    _ leafCount: Int, _ distinct: Int
  ) throws {
    let column = Self.longs(Self.numbers(distinct))
    let size = try Self.chunk(column, leafCount: leafCount).sizeBytes
    #expect(size * 100 <= (try Self.valueBytes(column, leafCount: leafCount)) * 103)
  }

  @Test(arguments: [1, 500, 2000], [3000, 30_000, 100_000])
  func `no chunk of strings is much larger than without its dictionary`(
    _ leafCount: Int, _ distinct: Int
  ) throws {
    let column = Self.strings(Self.numbers(distinct))
    let size = try Self.chunk(column, leafCount: leafCount).sizeBytes
    #expect(size * 100 <= (try Self.valueBytes(column, leafCount: leafCount)) * 103)
  }

  /// What 16 MiB of text with 500 columns has: hardly more than a page.
  @Test(arguments: [100, 3000, 10_000, 30_000, 100_000])
  func `a short chunk has no dictionary for what would have followed`(_ distinct: Int) throws {
    let column = Self.longs(Self.numbers(distinct, count: 8400))
    let size = try Self.chunk(column, leafCount: 500) { $0.expectedRowCount = 4194 }.sizeBytes
    #expect(size * 100 <= (try Self.valueBytes(column, leafCount: 500)) * 103)
  }

  @Test func `strings that come ten times each are codes`() throws {
    let column = Self.strings(Self.numbers(30_000, count: 300_000))
    let chunk = try Self.chunk(column, leafCount: 2)
    #expect(chunk.pages.allSatisfy { $0.values.encoding == .rleDictionary })
    #expect(chunk.dictionaryCount > 29_900)
    // 15 bits a value, and 9 bytes an entry: 16 digits of 4 bits, and a part of its length.
    #expect(chunk.sizeBytes <= 300_000 * 15 / 8 + 30_000 * 9)
  }

  @Test func `numbers that never repeat leave the dictionary in the first page`() throws {
    let column = Self.longs((0..<50_000).map { Int64($0 * 7919) })
    for leafCount in [1, 500, 2000] {
      let chunk = try Self.chunk(column, leafCount: leafCount)
      #expect(chunk.dictionaryCount == 0)
      #expect(chunk.pages.allSatisfy { $0.values.encoding == .deltaBinaryPacked })
    }
  }

  @Test func `the last page of a small table stays plain`() throws {
    let column = Self.longs((0..<1000).map { Int64($0) * 1_000_003 })
    let chunk = try Self.chunk(column, leafCount: 2000)
    #expect(chunk.pages.map(\.values.encoding) == [.plain])
  }
}

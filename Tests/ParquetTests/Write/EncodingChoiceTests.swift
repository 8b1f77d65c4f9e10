import Base
import Columns
import Compression
import Encodings
import TestSupport
import Testing

@testable import Parquet

@Suite("Dictionary or PLAIN") struct EncodingChoiceTests {
  /// The encodings of the pages that `numbers` are written in, as `type`; checks that they read
  /// back.
  func encodings(
    _ numbers: [Int64], _ type: DataType, page: Int = 8192,
    limits: DictionaryLimits = DictionaryLimits()
  ) throws -> (pages: [PageEncoding], dictionaryCount: Int, metadata: ColumnMetaData) {
    let schema = Schema([Field("c", type)])
    var options = ParquetWriteOptions()
    options.codec = .none
    options.profile = .compatible
    options.pageRowCount = page
    options.dictionary = limits
    let scalars = numbers.map { WriteSamples.value(type, $0) }
    let (reader, _) = try WriteSamples.file(
      [WriteSamples.batch(schema, [scalars])], schema: schema, options)
    let chunk = try reader.chunk(0, 0)
    #expect(chunk.values == scalars)
    return (
      chunk.pages.map(\.encoding), chunk.dictionary.count,
      reader.footer.rowGroups[0].columns[0].metadata!
    )
  }

  static let types: [DataType] = [
    .integer, .long, .double, .string, .decimal(precision: 30, scale: 1),
  ]

  @Test(arguments: types) func `few distinct values keep the dictionary`(_ type: DataType) throws {
    let result = try encodings((0..<20_000).map { Int64($0 * 7919 % 100) }, type)
    #expect(result.pages == [.rleDictionary, .rleDictionary, .rleDictionary])
    #expect(result.dictionaryCount == 100)
    #expect(result.metadata.encodings == [.plain, .rleDictionary, .rle])
    #expect(
      result.metadata.encodingStats == [
        PageEncodingStats(pageType: .dictionary, encoding: .plain, count: 1),
        PageEncodingStats(pageType: .data, encoding: .rleDictionary, count: 3),
      ])
  }

  @Test(arguments: types) func `all different values leave it within the first page`(
    _ type: DataType
  ) throws {
    let result = try encodings((0..<20_000).map { Int64($0) }, type)
    #expect(result.pages == [.plain, .plain, .plain])
    #expect(result.dictionaryCount == 0)
    #expect(result.metadata.dictionaryPageOffset == nil)
    #expect(result.metadata.encodings == [.plain, .rle])
  }

  @Test(arguments: types) func `values that turn different keep the earlier pages`(
    _ type: DataType
  ) throws {
    let numbers = (0..<30_000).map { Int64($0 < 16_500 ? $0 % 50 : $0) }
    let result = try encodings(numbers, type)
    #expect(result.pages == [.rleDictionary, .rleDictionary, .plain, .plain])
    // What only the rewritten page used is not in the dictionary.
    #expect(result.dictionaryCount == 50)
    #expect(result.metadata.encodings == [.plain, .rleDictionary, .rle])
  }

  @Test(arguments: types, [50, 51, 4000, 9000])
  func `the distinct limit ends it in whichever page it is reached`(
    _ type: DataType, _ row: Int
  ) throws {
    // 60 values; the last ten of them first appear at `row`.
    let numbers = (0..<12_000).map { Int64($0 < row ? $0 % 50 : $0 % 60) }
    let result = try encodings(
      numbers, type, page: 3000, limits: DictionaryLimits(distinctCount: 55))
    let pages = Array(repeating: PageEncoding.rleDictionary, count: row / 3000)
    #expect(result.pages == pages + Array(repeating: .plain, count: 4 - row / 3000))
    #expect(result.dictionaryCount == (row < 3000 ? 0 : 50))
  }

  @Test(arguments: types) func `a small chunk is judged by its size alone`(_ type: DataType) throws
  {
    #expect(try encodings([1, 2, 3], type).pages == [.plain])
    #expect(try encodings((0..<400).map { Int64($0 / 4) }, type).pages == [.rleDictionary])
  }

  @Test func `one value is one run a page`() throws {
    let result = try encodings([Int64](repeating: 5, count: 20_000), .long)
    #expect(result.pages == [.rleDictionary, .rleDictionary, .rleDictionary])
    #expect(result.metadata.totalUncompressedSizeBytes < 200)
  }
}

@Suite("The encoding that costs least") struct EncodingCostTests {
  func encodings(
    _ scalars: [Scalar], _ type: DataType, _ profile: ParquetProfile, savingMin: Int = 0
  ) throws -> [PageEncoding] {
    let schema = Schema([Field("c", type)])
    var options = ParquetWriteOptions()
    options.profile = profile
    options.encodingSavingMinBytes = savingMin
    let (reader, _) = try WriteSamples.file(
      [WriteSamples.batch(schema, [scalars])], schema: schema, options)
    let chunk = try reader.chunk(0, 0)
    #expect(chunk.values == scalars)
    var list: [PageEncoding] = []
    for page in chunk.pages where !list.contains(page.encoding) { list.append(page.encoding) }
    return list
  }

  /// Numbers without a pattern, the same in every run.
  static func noise(_ index: Int) -> UInt64 {
    var random = SeededRandom(seed: UInt64(index))
    return random.next()
  }

  static let numbers = (0..<20_000).map { Int64(noise($0) % 1_000_000_000) }
  static let prices = (0..<20_000).map { Scalar.double(Double(noise($0) % 10_000_000) / 100) }
  static let measures = (0..<20_000).map { index in
    Scalar.double(Double(1000 + index) + Double(noise(index) % 1_000_003) / 1_000_003)
  }

  @Test func `integers in order are differences`() throws {
    let scalars = (0..<20_000).map { Scalar.integer(Int64($0 / 4 + 1_000_000)) }
    #expect(try encodings(scalars, .long, .standard) == [.deltaBinaryPacked])
    #expect(try encodings(scalars, .long, .modern) == [.deltaBinaryPacked])
    #expect(try encodings(scalars, .long, .compatible) == [.plain])
  }

  @Test func `integers of a narrow range are packed`() throws {
    let scalars = Self.numbers.map { Scalar.integer($0) }
    #expect(try encodings(scalars, .long, .standard) == [.deltaBinaryPacked])
  }

  @Test func `what saves less than it is worth stays plain`() throws {
    let scalars = (0..<1000).map { Scalar.integer(Int64($0) * 1_000_003) }
    #expect(try encodings(scalars, .long, .standard) == [.deltaBinaryPacked])
    #expect(try encodings(scalars, .long, .standard, savingMin: 1 << 20) == [.plain])
  }

  @Test func `few values are codes in every profile`() throws {
    for profile in ParquetProfile.allCases {
      let scalars = Self.numbers.map { Scalar.string("state \($0 % 50)") }
      #expect(try encodings(scalars, .string, profile) == [.rleDictionary])
    }
  }

  @Test func `strings in order share their beginnings`() throws {
    let scalars = (0..<20_000).map { Scalar.string("https://example.org/item/\(1_000_000 + $0)") }
    #expect(try encodings(scalars, .string, .standard) == [.deltaByteArray])
    #expect(try encodings(scalars, .string, .compatible) == [.plain])
  }

  @Test func `different strings have their lengths apart`() throws {
    let scalars = Self.numbers.map { Scalar.string(String($0 &* 7_919 % 1_000_003, radix: 3)) }
    #expect(try encodings(scalars, .string, .standard) == [.deltaLengthByteArray])
  }

  @Test func `prices are decimals in disguise, measures are split by byte`() throws {
    #expect(try encodings(Self.prices, .double, .modern) == [.alp])
    #expect(try encodings(Self.measures, .double, .modern) == [.byteStreamSplit])
    #expect(try encodings(Self.prices, .double, .standard) == [.plain])
  }

  @Test func `booleans in long runs are runs`() throws {
    let scalars = (0..<20_000).map { Scalar.boolean($0 / 3000 % 2 == 0) }
    #expect(try encodings(scalars, .boolean, .modern) == [.rle])
    #expect(try encodings(scalars, .boolean, .standard) == [.plain])
  }
}

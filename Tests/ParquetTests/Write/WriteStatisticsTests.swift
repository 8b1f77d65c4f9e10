import Base
import Columns
import Testing

@testable import Parquet

@Suite("Statistics of what is written") struct WriteStatisticsTests {
  func write(
    _ type: DataType, _ scalars: [Scalar], page: Int = 100, dictionary: Bool = true
  ) throws -> (reader: ReferenceReader, statistics: ColumnStatistics, chunk: ChunkStatistics) {
    let schema = Schema([Field("c", type)])
    var options = ParquetWriteOptions()
    options.pageRowCount = page
    options.usesDictionary = dictionary
    let (reader, assembler) = try WriteSamples.file(
      [WriteSamples.batch(schema, [scalars])], schema: schema, options)
    return (
      reader, assembler.statistics[0],
      reader.footer.rowGroups[0].columns[0].metadata!.statistics!
    )
  }

  @Test(arguments: WriteSamples.types, WriteSamples.Shape.allCases)
  func `bounds and null counts are those of the values`(
    _ type: DataType, _ shape: WriteSamples.Shape
  ) throws {
    for dictionary in [true, false] {
      let scalars = WriteSamples.scalars(type, shape, count: 333)
      let values = scalars.filter { !$0.isNull }
      let nanCount = values.count { $0 != $0 }
      let low = values.min { (Scalar.compare($0, $1) ?? 0) < 0 }
      let high = values.max { (Scalar.compare($0, $1) ?? 0) < 0 }
      let (reader, statistics, chunk) = try write(type, scalars, dictionary: dictionary)
      #expect(statistics.nullCount == 333 - values.count)
      #expect(chunk.nullCount == Int64(333 - values.count))
      #expect(chunk.nanCount == (type == .float || type == .double ? Int64(nanCount) : nil))
      if type == .interval || nanCount > 0 {  // In no order.
        #expect(statistics.min == nil && chunk.minValue == nil)
        continue
      }
      #expect(statistics.min == low)
      #expect(statistics.max == high)
      #expect(statistics.minIsExact && statistics.maxIsExact)
      let element = reader.footer.schema[1]
      #expect(chunk.minValue.map { ReferenceReader.scalar($0, type, element) } == low)
      #expect(chunk.maxValue.map { ReferenceReader.scalar($0, type, element) } == high)
    }
  }

  @Test(arguments: 0..<40)
  func `bounds of strings that share their first words are those of the values`(
    _ seed: UInt64
  ) throws {
    var random = SeededGenerator(seed)
    // Up to three words in common, as in addresses, and now and then a value that differs early.
    let common = String(repeating: "https://", count: Int.random(in: 0...3, using: &random))
    let values = (0..<300).map { _ in
      let start = common.prefix(
        Int.random(in: 0..<20, using: &random) == 0
          ? Int.random(in: 0...common.count, using: &random) : common.count)
      let letters = (0..<Int.random(in: 0...20, using: &random)).map { _ in
        "\u{1}ab~".randomElement(using: &random)!
      }
      return String(start) + String(letters)
    }
    let (_, statistics, _) = try write(
      .string, values.map { .string($0) }, page: 37, dictionary: false)
    let ordered = values.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    #expect(statistics.min == .string(ordered[0]), "seed \(seed)")
    #expect(statistics.max == .string(ordered[299]), "seed \(seed)")
  }

  @Test(arguments: [DataType.float, .double], [true, false])
  func `a NaN takes the bounds away, and the column index`(
    _ type: DataType, _ dictionary: Bool
  ) throws {
    var scalars = WriteSamples.scalars(type, .few, count: 300)
    scalars[150] = .double(.nan)
    let (reader, statistics, chunk) = try write(type, scalars, dictionary: dictionary)
    #expect(statistics.min == nil && statistics.max == nil)
    #expect(chunk.minValue == nil && chunk.maxValue == nil && chunk.nullCount == 0)
    #expect(chunk.nanCount == 1)
    #expect(try reader.columnIndex(0, 0) == nil)
    #expect(try reader.offsetIndex(0, 0)?.pageLocations.count == 3)
  }

  @Test func `zeros widen to both signs`() throws {
    let (_, _, chunk) = try write(.double, [.double(0.0), .double(0.0)])
    #expect(chunk.minValue == [0, 0, 0, 0, 0, 0, 0, 0x80])
    let (_, _, negative) = try write(.double, [.double(-0.0), .double(-1)])
    #expect(negative.maxValue == [0, 0, 0, 0, 0, 0, 0, 0])
  }

  @Test func `long strings are cut to whole characters, and the upper bound raised`() throws {
    let long = String(repeating: "a", count: 63) + "é" + "tail"
    let (_, statistics, chunk) = try write(.string, [.string(long), .string("b")])
    #expect(statistics.min == .string(String(repeating: "a", count: 63)))
    #expect(!statistics.minIsExact && statistics.maxIsExact)
    #expect(statistics.max == .string("b"))
    #expect(chunk.isMinValueExact == false && chunk.isMaxValueExact == true)
    let (_, upper, _) = try write(.string, [.string(long), .string("A")])
    #expect(upper.max == .string(String(repeating: "a", count: 62) + "b"))
    #expect(upper.min == .string("A"))
    #expect(!upper.maxIsExact && upper.minIsExact)
  }

  @Test func `a string of just the size is exact`() throws {
    let text = String(repeating: "z", count: 64)
    let (_, statistics, _) = try write(.string, [.string(text)])
    #expect(statistics.min == .string(text) && statistics.max == .string(text))
    #expect(statistics.minIsExact && statistics.maxIsExact)
  }

  @Test func `a binary without an upper bound has none`() throws {
    let bytes = [UInt8](repeating: 0xFF, count: 70)
    let (_, statistics, chunk) = try write(.binary, [.binary(bytes), .binary([1])])
    #expect(statistics.max == nil && chunk.maxValue == nil)
    #expect(statistics.nullCount == 0)
  }

  @Test func `the next text after a prefix skips what is no character`() {
    #expect(textAfter(Array("ab".utf8)) == Array("ac".utf8))
    #expect(textAfter(Array("a\u{10FFFF}".utf8)) == Array("b".utf8))
    #expect(textAfter(Array("a\u{D7FF}".utf8)) == Array("a\u{E000}".utf8))
    #expect(textAfter(Array("a\u{7F}".utf8)) == Array("a\u{80}".utf8))
    #expect(textAfter(Array("\u{10FFFF}".utf8)) == nil)
    #expect(bytesAfter([1, 0xFF]) == [2])
    #expect(bytesAfter([0xFF]) == nil)
  }

  @Test func `strings with shared prefixes and NULs are ordered by all their bytes`() throws {
    let texts = [
      "prefix12", "prefix12\0", "prefix12a", "prefix1", "prefix12aaaaaaaaaaaaaab",
      "prefix12aaaaaaaaaaaaaa",
    ]
    for dictionary in [true, false] {
      let (_, statistics, _) = try write(.string, texts.map { .string($0) }, dictionary: dictionary)
      #expect(statistics.min == .string("prefix1"))
      #expect(statistics.max == .string("prefix12aaaaaaaaaaaaaab"))
      let (_, short, _) = try write(
        .string, texts.prefix(2).map { .string($0) }, dictionary: dictionary)
      #expect(short.min == .string("prefix12") && short.max == .string("prefix12\0"))
    }
  }
}

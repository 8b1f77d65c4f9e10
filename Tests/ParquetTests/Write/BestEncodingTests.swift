import Base
import Columns
import Encodings
import Testing

@testable import Parquet

/// What the writer chooses by a sample, against every encoding that it may choose, written whole.
@Suite("Encodings: the choice is near the best") struct BestEncodingTests {
  private static let rowCount = 60_000

  enum Kind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sequence, noise, skewed, small, dates, prices, doubles, floats, decimals, wideDecimals
    case uuids, words, urls, sorted, flags, runs, few

    var testDescription: String { rawValue }

    var type: DataType {
      switch self {
      case .sequence, .noise, .skewed, .few: .long
      case .small: .integer
      case .dates: .date
      case .prices, .doubles: .double
      case .floats: .float
      case .decimals: .decimal(precision: 18, scale: 2)
      case .wideDecimals: .decimal(precision: 38, scale: 0)
      case .uuids: .uuid
      case .words, .urls, .sorted: .string
      case .flags, .runs: .boolean
      }
    }

    /// A sample of a page tells less of what entropy coding makes of all of it: digits within text,
    /// and the mantissas of floats.
    var percentMax: Int {
      switch self {
      case .doubles, .floats, .urls: 12
      default: 2
      }
    }

    func value(_ row: Int, _ random: inout SeededRandom) -> Scalar {
      let bits = random.next()
      return switch self {
      case .sequence: .integer(Int64(row) * 3)
      case .noise: .integer(Int64(bitPattern: bits >> 8))
      case .skewed: .integer(Int64(bits >> (bits % 60 + 1)))
      case .small: .integer(Int64(bits % (1 << 30)))
      case .dates: .date(Int32(row / 40 + Int(bits % 9)))
      case .prices: .double(Double(bits % 10_000_000) / 100)
      case .doubles: .double(Double(bits) / 1e9)
      case .floats: .double(Double(Float(Double(bits % (1 << 40)) / 1e6)))
      case .decimals: .decimal(unscaled: Int128(bits % 100_000_000_000), scale: 2)
      case .wideDecimals:
        .decimal(unscaled: Int128(bits) << 6 | Int128(random.next() >> 58), scale: 0)
      case .uuids:
        .uuid((0..<16).map { _ in UInt8(truncatingIfNeeded: random.next()) })
      case .words: .string("word \(bits % 1_000_000)")
      case .urls: .string("https://example.org/a/\(bits % 100_000_007)/index.html")
      case .sorted: .string("key-\(1_000_000_000 + row * 7)")
      case .flags: .boolean(bits & 1 == 1)
      case .runs: .boolean(row / 1500 % 2 == 0)
      case .few: .integer(Int64(bits % 7))
      }
    }
  }

  private static func size(
    _ column: Column, _ profile: ParquetProfile, only: PageEncoding? = nil
  ) throws -> Int {
    try WideTableEncodingTests.chunk(column, leafCount: 1) {
      $0.profile = profile
      $0.onlyEncoding = only
    }.sizeBytes
  }

  @Test(arguments: Kind.allCases, ParquetProfile.allCases)
  func `is within 2 percent, or 12 where a sample tells less`(kind: Kind, profile: ParquetProfile)
    throws
  {
    var random = SeededRandom(seed: 7)
    let column = Column(
      kind.type, (0..<Self.rowCount).map { kind.value($0, &random) })
    let chosen = try Self.size(column, profile)
    let leaf = try WriteSchema(Schema([Field("c", kind.type)]), ParquetWriteOptions()).leaves[0]
    for encoding in EncodingChooser.candidates(leaf.column.type, profile) {
      let size = try Self.size(column, profile, only: encoding)
      // Less than 4 KiB a page is no reason to leave PLAIN, which every reader knows.
      let least = encoding == .plain ? 0 : 4096 * (Self.rowCount / 32_000 + 1)
      #expect(
        chosen <= size + max(size * kind.percentMax / 100, least),
        "\(encoding): \(size), chosen \(chosen)")
    }
  }
}

import Base
import Testing

@testable import Ingest

/// Text that is mostly separators and quotes, so that every rule is met often; or, if sparse,
/// hardly any, so that one place alone decides a flag.
func noise(_ random: inout SeededRandom, count: Int, isSparse: Bool = false) -> [UInt8] {
  let alphabet = Array("ab,\"\n\"\r,x\u{E9}\"\"\n".utf8)
  let plainShare = isSparse ? 60 : 0
  return (0..<count).map { _ in
    let index = Int.random(in: -plainShare..<alphabet.count, using: &random)
    return index < 0 ? UInt8(ascii: "-") : alphabet[index]
  }
}

@Suite("CSV: structural index") struct StructuralIndexTests {
  static let fasterLevels = KernelLevel.allCases.filter { $0 > .scalar && $0 <= .best }

  private func index(
    _ bytes: [UInt8], _ dialect: CSVDialect, _ level: KernelLevel
  ) -> (StructuralSummary, [UInt32]) {
    withText(bytes) { text, count in
      var positions = BufferBuilder<UInt32>()
      let slots = unsafe Slots(base: positions.unsafeTail(positionCapacity(textBytes: count)))
      let summary = indexStructure(
        text, count: count, dialect: dialect, positions: slots, level: level)
      return (summary, (0..<summary.positionCount).map { slots[$0] })
    }
  }

  @Test func `separators within quotes do not count`() {
    let (summary, positions) = index(Array("a,\"b,\n\"\"c\",d\ne".utf8), CSVDialect(), .scalar)
    #expect(positions == [1, 10, 12])
    #expect(summary.recordCount == 1 && summary.newlineCount == 2)
    #expect(summary.hasQuotes && summary.hasEscapes && !summary.hasMisplacedQuotes)
    #expect(!summary.endsInsideQuotes && !summary.hasNonASCII && !summary.hasCarriageReturns)
  }

  @Test(arguments: [
    ("a\"b,c\n", true), ("\"a\"b,c\n", true), ("\"a\" ,c\n", true), ("\"a\"\rb,c\n", true),
    ("\"a\"\r\nb\n", false), ("\"a\",\"\"\n", false), ("\"\"\"a\"\"\"\n", false), ("\"a\"", false),
    ("a,\"\"\"\"\n", false), ("\n\"a\"\n", false),
  ])
  func `misplaced quotes are noticed`(_ text: String, _ isMisplaced: Bool) {
    // Moved along a line of plain text, so that every place meets a block's edge.
    for level in KernelLevel.allCases where level <= .best {
      for offset in 0..<70 {
        let line = offset == 0 ? "" : String(repeating: "-", count: offset) + "\n"
        let (summary, _) = index(Array((line + text).utf8), CSVDialect(), level)
        #expect(summary.hasMisplacedQuotes == isMisplaced, "offset \(offset), \(level)")
      }
    }
  }

  @Test(arguments: fasterLevels, 0..<200 as Range<UInt64>)
  func `every kernel agrees with the reference`(_ level: KernelLevel, _ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let count = Int.random(in: 0...400, using: &random)
    let bytes = noise(&random, count: count, isSparse: seed % 2 == 0)
    let dialects = [
      CSVDialect(), CSVDialect(quote: nil), CSVDialect(newline: ASCII.carriageReturn),
      CSVDialect(delimiter: UInt8(ascii: "x"), quote: UInt8(ascii: "a")),
    ]
    for dialect in dialects {
      let expected = index(bytes, dialect, .scalar)
      let found = index(bytes, dialect, level)
      #expect(found.0 == expected.0, "seed \(seed)")
      #expect(found.1 == expected.1, "seed \(seed)")
    }
  }

  @Test(arguments: fasterLevels)
  func `blocks full of separators`(_ level: KernelLevel) {
    for count in [1, 15, 16, 17, 63, 64, 65, 128, 1000] {
      let bytes = [UInt8](repeating: ASCII.comma, count: count)
      #expect(index(bytes, CSVDialect(), level).1 == (0..<UInt32(count)).map { $0 })
    }
  }

  @Test(arguments: fasterLevels, 0..<200 as Range<UInt64>)
  func `walks over quotes agree with the reference`(_ level: KernelLevel, _ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let bytes = noise(&random, count: 192 + Int(seed % 100), isSparse: seed % 3 == 0)
    var expected = QuoteWalk()
    var found = QuoteWalk()
    let middle = 64 + Int(seed % 65)
    for part in [bytes[..<64], bytes[64..<middle], bytes[middle..<192], bytes[192...]] {
      let first = Int.random(in: 0...part.count, using: &random)
      let wanted = expected.take(Buffer(part), CSVDialect(), notBefore: first, .scalar)
      let seen = found.take(Buffer(part), CSVDialect(), notBefore: first, level)
      #expect(seen == wanted, "seed \(seed)")
      #expect(found == expected, "seed \(seed)")
    }
  }
}

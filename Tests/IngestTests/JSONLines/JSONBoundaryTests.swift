import Base
import Columns
import Testing

@testable import Ingest

@Suite("JSON: boundaries and structure") struct JSONBoundaryTests {
  private static let alphabet = Array("{}[],:\"\\ \nab1".utf8)

  private static func text(_ seed: UInt64, _ count: Int) -> [UInt8] {
    var random = SeededRandom(seed: seed)
    return (0..<count).map { _ in alphabet.randomElement(using: &random)! }
  }

  @Test(arguments: 0..<16 as Range<UInt64>, KernelLevel.allCases.filter { $0 <= .best })
  func `every kernel indexes as the reference does`(_ seed: UInt64, _ level: KernelLevel) {
    for count in [0, 1, 63, 64, 65, 128, 517] {
      let text = Buffer(Self.text(seed &* 977 &+ UInt64(count), count))
      unsafe text.withUnsafePointer { base in
        let pointer = unsafe TextPointer(base: base)
        for newlines in [true, false] {
          var expected = JSONStructure()
          var found = JSONStructure()
          expected.index(pointer, count: count, newlines: newlines, level: .scalar)
          found.index(pointer, count: count, newlines: newlines, level: level)
          #expect(found.summary == expected.summary)
          #expect(found.count == expected.count)
          for index in 0..<expected.count {
            #expect(found.positionSlots[index] == expected.positionSlots[index])
          }
          for word in 0..<(count + 63) / 64 {
            #expect(found.backslashSlots[word] == expected.backslashSlots[word])
          }
        }
      }
    }
  }

  /// All boundaries of a text, found from each in turn.
  private static func boundaries(
    _ bytes: [UInt8], _ layout: JSONLayout, _ level: KernelLevel, piece: Int
  ) -> [Int] {
    var scanner = JSONBoundaryScanner(layout, level: level)
    var found: [Int] = []
    var offset = 0
    while offset < bytes.count {
      let end = min(offset + piece, bytes.count)
      let part = Buffer(bytes[offset..<end])
      if let next = scanner.firstBoundary(in: part) {
        offset += next
        found.append(offset)
      } else {
        offset = end
      }
    }
    return found
  }

  @Test(
    arguments: 0..<12 as Range<UInt64>, [JSONLayout.lines, .values, .array])
  func `boundaries are the same for every kernel and piece`(_ seed: UInt64, _ layout: JSONLayout) {
    let bytes = Self.text(seed &+ 5000, 700)
    let expected = Self.boundaries(bytes, layout, .scalar, piece: bytes.count)
    for level in [KernelLevel.sse2, .avx2] where level <= .best {
      for piece in [1, 64, 100, 700] {
        #expect(Self.boundaries(bytes, layout, level, piece: piece) == expected)
      }
    }
  }

  @Test(arguments: 0..<12 as Range<UInt64>, [JSONLayout.lines, .values, .array])
  func `ranges that start at boundaries hold the same rows and rejects as the whole`(
    _ seed: UInt64, _ layout: JSONLayout
  ) throws {
    var random = SeededRandom(seed: seed)
    var text = ""
    for index in 0..<30 {
      let record = RandomJSON.record(&random, isOneLine: layout == .lines).text
      let isDamaged = Int.random(in: 0..<7, using: &random) == 0
      text += isDamaged ? record.replacing(":", with: ";", maxReplacements: 1) : record
      text += layout == .array ? (index == 29 ? "]" : ",\n") : "\n"
    }
    let bytes = Array(text.utf8)
    let options = JSONParserOptions(
      schema: Schema([Field("id", .string), Field("z", .string)]), layout: layout)
    let whole = try parseAllJSON(bytes, options)
    for nominal in stride(from: 0, to: bytes.count, by: 331) {
      var scanner = JSONBoundaryScanner(layout)
      scanner.skip(Buffer(bytes[..<nominal]))
      guard let boundary = scanner.firstBoundary(in: Buffer(bytes[nominal...])) else { continue }
      let cut = nominal + boundary
      let first = try JSONBatchParser(options).parse(
        builder(bytes[..<cut]), isEnd: true, isInputEnd: cut == bytes.count)
      let second = try JSONBatchParser(options).parse(builder(bytes[cut...]), isEnd: true)
      #expect(first.batch.rowCount + second.batch.rowCount == whole.rows.count)
      #expect(first.rejects.count + second.rejects.count == whole.rejects.count)
      #expect(first.consumedBytes == cut)
    }
  }
}

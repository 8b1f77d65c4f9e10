import Base
import Columns
import JSON
import Testing

@testable import Ingest

@Suite("JSON: random records") struct RandomJSONTests {
  /// Rows and damaged records in one text.
  private struct Input {
    var records: [RandomJSON] = []
    var text = ""
    var damagedCount = 0
  }

  /// Damage that leaves quotes and brackets as they are, so that only this record suffers whatever
  /// the layout. Nil where it changed nothing.
  private static func damaged(_ text: String, _ random: inout SeededRandom) -> String? {
    let (old, new) = [
      (":", ";"), (":", " "), ("null", "nul"), ("true", "True"), ("}", ",}"), ("}", " 01}"),
      ("]", ",]"), (",", ",,"), ("\\u", "\\x"), ("\"", "\u{1}\""),
    ].randomElement(using: &random)!
    guard let place = text.ranges(of: old).randomElement(using: &random) else { return nil }
    let result = text.replacingCharacters(in: place, with: new)
    return (try? JSONDocument(utf8: result)) == nil ? result : nil
  }

  private static func input(_ seed: UInt64, _ layout: JSONLayout, damages: Bool) -> Input {
    var random = SeededRandom(seed: seed)
    var input = Input()
    var parts: [String] = []
    for _ in 0..<Int.random(in: 1...60, using: &random) {
      let record = RandomJSON.record(&random, isOneLine: layout == .lines)
      if damages, Int.random(in: 0..<6, using: &random) == 0,
        let text = damaged(record.text, &random)
      {
        parts.append(text)
        input.damagedCount += 1
      } else {
        parts.append(record.text)
        input.records.append(record)
      }
    }
    switch layout {
    case .lines: input.text = parts.joined(separator: Bool.random(using: &random) ? "\n" : "\r\n\n")
    case .values: input.text = parts.joined(separator: Bool.random(using: &random) ? "" : "\n ")
    default: input.text = " [" + parts.joined(separator: " ,\n") + "\n] "
    }
    return input
  }

  private static func check(
    _ input: Input, _ layout: JSONLayout, seed: UInt64, sampleBytes: Int = .max, window: Int = .max,
    level: KernelLevel = .best
  ) throws {
    let (schema, whole, _) = try convertJSON(
      Array(input.text.utf8), sampleBytes: max(sampleBytes, layout == .array ? 4 : 0),
      window: window, layout: layout, level: level)
    #expect(whole.rejects.count == input.damagedCount, "seed \(seed)")
    guard schema.names != ["value"] else { return }
    let expected = input.records.map { record in
      schema.fields.map { field -> Scalar in
        guard case .object(let members) = record.kind else { return .null }
        return members.last { $0.0 == field.name }?.1.scalar(field.type) ?? .null
      }
    }
    #expect(whole.rows == expected, "seed \(seed)")
  }

  @Test(arguments: 0..<20 as Range<UInt64>, [JSONLayout.lines, .values, .array])
  func `records come back as they were written`(_ seed: UInt64, _ layout: JSONLayout) throws {
    let input = Self.input(seed, layout, damages: false)
    try Self.check(input, layout, seed: seed)
    try Self.check(input, layout, seed: seed, sampleBytes: 300, window: 257)
    try Self.check(input, layout, seed: seed, sampleBytes: 300, window: 19, level: .scalar)
  }

  @Test(arguments: 0..<20 as Range<UInt64>, [JSONLayout.lines, .values, .array])
  func `damaged records are rejected, and only they`(_ seed: UInt64, _ layout: JSONLayout) throws {
    let input = Self.input(seed &+ 1000, layout, damages: true)
    for level in [KernelLevel.scalar, .sse2, .avx2, .best] where level <= .best {
      try Self.check(input, layout, seed: seed, window: 333, level: level)
    }
  }

  @Test(arguments: 0..<15 as Range<UInt64>, [JSONLayout.lines, .values, .array])
  func `any bytes are parsed without a trap, and alike whatever the kernel and window`(
    _ seed: UInt64, _ layout: JSONLayout
  ) throws {
    var random = SeededRandom(seed: seed)
    let alphabet = Array("{}[],:\"\\ \n\r\t0123-.eaxuntf".utf8) + [0, 0xC3, 0xA9, 0xFF]
    for _ in 0..<20 {
      let count = Int.random(in: 0...300, using: &random)
      let bytes = (0..<count).map { _ in alphabet.randomElement(using: &random)! }
      let schema = Schema([
        Field("a", .string), Field("x", .array(element: .long, containsNull: true)),
      ])
      var options = JSONParserOptions(schema: schema, layout: layout, kernelLevel: .scalar)
      let expected = try parseAllJSON(bytes, options)
      for level in [KernelLevel.sse2, .avx2, .avx512] where level <= .best {
        options.kernelLevel = level
        #expect(try parseAllJSON(bytes, options) == expected, "seed \(seed)")
      }
      let cut = try parseAllJSON(bytes, options, window: 7)
      #expect(cut.rows == expected.rows, "seed \(seed)")
      #expect(cut.rejects.map(\.byteOffset) == expected.rejects.map(\.byteOffset), "seed \(seed)")
    }
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with text: String) -> String {
    String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
  }
}

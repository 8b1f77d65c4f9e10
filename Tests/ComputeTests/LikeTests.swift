import Base
import Columns
import Compute
import Testing

@Suite("LIKE") struct LikeTests {
  @Test(arguments: 0..<20) func `long texts and patterns agree with the reference, seed`(
    _ seed: UInt64
  ) throws {
    var random = RandomExpressions(seed: seed)
    let letters: [Character] = ["a", "a", "a", "b", "é", "日", "%", "_"]
    func text(_ count: Int) -> String {
      String((0..<count).map { _ in random.pick(letters) })
    }
    let schema = Schema([Field("s", .string)])
    let texts = (0..<60).map { _ in
      Scalar.string(text(Int.random(in: 0...40, using: &random.random)))
    }
    let batch = ColumnBatch(
      schema: schema, columns: [Column(.string, texts)], rowCount: texts.count)
    for _ in 0..<40 {
      let core = text(Int.random(in: 0...4, using: &random.random))
      let pattern = random.pick(["%\(core)%", core + "%", "%" + core, core, "%\(core)%\(text(2))%"])
      let condition = Expression.like(.column("s"), pattern: pattern, escape: nil)
      let expected = (0..<texts.count).filter {
        Reference(schema: schema, row: [texts[$0]]).value(condition) == .boolean(true)
      }
      let found = try condition.bind(to: schema).select(from: batch).rowIndices
      #expect(Array(found).map(Int.init) == expected, "seed \(seed): \(pattern)")
    }
  }

  static let cases: [(String, String, Bool)] = [
    ("", "", true), ("", "%", true), ("", "_", false), ("a", "", false), ("日本", "__", true),
    ("日本", "_", false), ("日本", "%本", true), ("日本", "_本", true), ("abcabd", "%abd", true),
    ("aaaaaaaaab", "%aab", true), ("aaaaaaaaab", "%aaab%b", false), ("abc", "a%%c", true),
    ("abc", "abc%", true), ("abc", "%abc%", true), ("abc", "_%_%_", true), ("ab", "_%_%_", false),
    ("12345678abcdefgh", "%8abcdefg%", true), ("12345678abcdefgh", "%ghi%", false),
  ]
  @Test(arguments: cases) func `known answers`(
    _ text: String, _ pattern: String, _ expected: Bool
  ) throws {
    #expect(try LikePattern(pattern).matches(text) == expected)
  }

  @Test func `the escape makes the next character plain, itself too`() throws {
    #expect(try LikePattern("a!%", escape: "!").matches("a%"))
    #expect(try !LikePattern("a!%", escape: "!").matches("ab"))
    #expect(try LikePattern("a!!%", escape: "!").matches("a!xyz"))
    #expect(throws: ComputeError.self) { try LikePattern("a!", escape: "!") }
  }
}

import Base
import Columns
import Testing

@testable import Grebe

@Suite("Look-up of columns by name") struct SchemaLookupTests {
  @Test(arguments: 0..<20) func `answers are those of the schema, seed`(_ seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    let letters = ["a", "A", "b", "B", "é", "e\u{301}", "É"]
    func name() -> String {
      (0..<Int.random(in: 1...2, using: &random)).map { _ in
        letters.randomElement(using: &random) ?? ""
      }.joined()
    }
    let schema = Schema((0..<12).map { _ in Field(name(), .string) })
    let lookup = SchemaLookup(schema)
    for _ in 0..<100 {
      let wanted = name()
      #expect(lookup.index(of: wanted) == schema.index(of: wanted))
      #expect(lookup.resolve(wanted) == schema.resolve(wanted))
      let first = schema.names.firstIndex { $0.lowercased() == wanted.lowercased() }
      #expect(lookup.firstIgnoringCase(wanted) == first)
    }
  }
}

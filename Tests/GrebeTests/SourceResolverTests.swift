import Base
import Store
import Testing

@testable import Grebe

@Suite("Source patterns") struct GlobTests {
  @Test(arguments: [
    ("*.csv", "a.csv", true), ("*.csv", "a.csv.gz", false), ("*.csv", "d/a.csv", false),
    ("**/*.csv", "d/e/a.csv", true), ("**/*.csv", "a.csv", true), ("d/*/a", "d/x/a", true),
    ("?.csv", "a.csv", true), ("?.csv", "ab.csv", false), ("[a-c]1", "b1", true),
    ("[!a-c]1", "b1", false), ("[abc", "a", false), ("a*b*c", "aXbYc", true), ("*", "", true),
    ("2026-1[12]-*", "2026-11-23", true),
  ]) func `a pattern and a path match or not:`(_ pattern: String, _ path: String, _ matches: Bool) {
    #expect(globMatches(pattern: Array(pattern.utf8)[...], path: Array(path.utf8)[...]) == matches)
  }
}

@Suite("Source resolver") struct SourceResolverTests {
  private func names(_ sources: [String]) throws -> [String] {
    let store = InMemoryStore()
    for path in ["a.csv", "b.csv", "sub/c.csv", "sub/.hidden.csv", "_tmp/d.csv", "e.txt"] {
      try store.put(path, Buffer(Array("x\n1\n".utf8)).bytes)
    }
    let environment = Environment(
      nowMillis: { 0 }, seed: 1, parallelism: 1, memoryBudgetBytes: 1 << 20,
      openStore: { location in
        location == "dumps" || location == "dumps/" ? store : InMemoryStore()
      })
    return try SourceResolver(environment: environment).resolve(sources).map(\.path)
  }

  @Test func `a file, a pattern and a directory name their files, each once`() throws {
    #expect(try names(["dumps/a.csv"]) == ["a.csv"])
    #expect(try names(["dumps/*.csv"]) == ["a.csv", "b.csv"])
    #expect(try names(["dumps/b.csv", "dumps/*.csv"]) == ["b.csv", "a.csv"])
  }

  @Test func `hidden files and folders are not sources`() throws {
    #expect(try names(["dumps/"]) == ["a.csv", "b.csv", "e.txt", "sub/c.csv"])
  }

  @Test(arguments: ["dumps/none.csv", "dumps/*.json", "nowhere"])
  func `a source that names nothing is an error:`(_ source: String) throws {
    #expect { try names([source]) } throws: { error in
      (error as? GrebeError)?.code == .notFound && (error as? GrebeError)?.place == source
    }
  }
}

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

@Suite("Files that are no sources") struct PassedOverFilesTests {
  @Test func `hidden and unfinished files in a directory are told of`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "id\n1\n")
    for name in [
      "_x.csv", ".b.csv", "_d/c.csv", "a.csv.tmp", "e.partial", "f.crdownload", "a.csv~",
    ] { try bench.put(name, "id\n2\n") }
    let notes = try bench.convert([""]).notes
    #expect(try bench.rows() == ["1"])
    #expect(notes.contains { $0.contains("4 files that seem to be unfinished, such as memory/a") })
    #expect(notes.contains { $0.contains("3 files that seem to be hidden, such as memory/.b.csv") })
    try bench.convert(["a.csv.tmp"]) { $0.force = true }
    #expect(try bench.rows() == ["1", "2"])
  }

  @Test func `two sources of the same bytes are told of, unless they have no rows`() throws {
    let bench = Workbench()
    for name in ["a.csv", "b.csv"] { try bench.put(name, "id\n1\n") }
    for name in ["c.csv", "d.csv"] { try bench.put(name, "id\n") }
    let notes = try bench.convert(["a.csv", "b.csv", "c.csv", "d.csv"]).notes.filter {
      $0.contains("the size and checksum of")
    }
    #expect(notes.count == 1 && notes[0].contains("memory/b.csv has the size and checksum"))
  }

  @Test func `a Delta table is no source, and one below a directory is told of`() throws {
    let bench = Workbench()
    try bench.put("a.csv", "id\n1\n")
    try bench.put("t/_delta_log/00000000000000000000.json", "{}")
    try bench.put("t/id=1/part.parquet", "PAR1")
    let notes = try bench.convert([""]).notes
    #expect(notes.contains { $0.contains("memory/t is a Delta table and not read; grebe query") })
    try bench.put("_delta_log/00000000000000000000.json", "{}")
    for source in ["", "*.parquet"] {
      #expect {
        try bench.convert([source])
      } throws: { error in
        let error = error as? GrebeError
        return error?.code == .unsupported && error?.message.contains("Delta table") ?? false
      }
    }
  }
}

@Suite("Source resolver") struct SourceResolverTests {
  private func names(_ sources: [String], beside others: [String] = []) throws -> [String] {
    let store = InMemoryStore()
    for path in ["a.csv", "b.csv", "sub/c.csv", "sub/.hidden.csv", "_tmp/d.csv", "e.txt"] + others {
      try store.put(path, Buffer(Array("x\n1\n".utf8)).bytes)
    }
    let environment = Environment(
      nowMillis: { 0 }, seed: 1, parallelism: 1, memoryBudgetBytes: 1 << 20,
      openStore: { location in
        location == "dumps" || location == "dumps/" ? store : InMemoryStore()
      })
    return try SourceResolver(environment: environment).resolve(sources).files.map(\.path)
  }

  @Test func `a file, a pattern and a directory name their files, each once`() throws {
    #expect(try names(["dumps/a.csv"]) == ["a.csv"])
    #expect(try names(["dumps/*.csv"]) == ["a.csv", "b.csv"])
    #expect(try names(["dumps/b.csv", "dumps/*.csv"]) == ["b.csv", "a.csv"])
  }

  @Test func `a file whose name is a pattern is that one`() throws {
    let others = ["b [1].csv", "b 1.csv", "s*b.csv"]
    #expect(try names(["dumps/b [1].csv"], beside: others) == ["b [1].csv"])
    #expect(try names(["dumps/b [1].csv"], beside: ["b 1.csv"]) == ["b 1.csv"])
    #expect(try names(["dumps/s*b.csv"], beside: others) == ["s*b.csv"])
    #expect(try names(["dumps/[a-b].csv"], beside: others) == ["a.csv", "b.csv"])
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

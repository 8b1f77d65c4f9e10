import Base
import Delta
import Store
import TestSupport
import Testing

/// Paths of data files: URIs, relative or absolute.
@Suite("Where data files are") struct DataFileLocationTests {
  private func file(_ path: String) -> AddFile {
    AddFile(path: path, partitionValues: [:], sizeBytes: 3, modifiedMillis: 1)
  }

  private func text(_ store: any ObjectStore, _ path: String) throws -> String {
    let reader = try file(path).openReader(in: store)
    let bytes = try reader.read(0..<reader.sizeBytes)
    return String(decoding: Array(bytes), as: UTF8.self)
  }

  @Test(arguments: [
    ("a.parquet", "a.parquet"), ("a%20b%2525.parquet", "a b%25.parquet"),
    ("d=x%253Ay/a+b.parquet", "d=x%3Ay/a+b.parquet"), ("%C3%A9.parquet", "é.parquet"),
    ("a:b/c.parquet", "a:b/c.parquet"),
  ]) func `a relative path is unescaped once`(_ path: String, _ decoded: String) throws {
    let store = InMemoryStore()
    #expect(try file(path).location(in: store) == .inside(decoded))
  }

  @Test(arguments: ["./d/a.parquet", "d/./a.parquet", "%2E/d/a.parquet"])
  func `a segment that leads nowhere is left out, one that leads up is refused`(
    _ path: String
  ) throws {
    let store = InMemoryStore()
    try store.put("d/a.parquet", Buffer<UInt8>(utf8: "in!").bytes)
    #expect(try text(store, path) == "in!")
    #expect(try file(path).storePath() == "d/a.parquet")
    let up = path.replacing("a.parquet", with: "../d/a.parquet")
    expectError(.unsupported, "leads through `..`") { _ = try text(store, up) }
    expectError(.unsupported, "leads through `..`") { _ = try file(up).storePath() }
    #expect(try file("a..b/.c").storePath() == "a..b/.c")
  }

  @Test func `an absolute path is read, inside the table and elsewhere`() throws {
    let directory = TemporaryDirectory()
    let table = try LocalStore(root: directory.path + "/a table")
    let other = try LocalStore(root: directory.path + "/other")
    try table.put("d/in.parquet", Buffer<UInt8>(utf8: "in!").bytes)
    try other.put("ou t.parquet", Buffer<UInt8>(utf8: "out").bytes)
    let root = directory.path
    for prefix in ["", "file:", "file://", "file://localhost"] {
      let inside = prefix + root + "/a%20table/d/in.parquet"
      #expect(try file(inside).location(in: table) == .inside("d/in.parquet"))
      #expect(try text(table, inside) == "in!")
      let outside = prefix + root + "/other/ou%20t.parquet"
      guard case .elsewhere = try file(outside).location(in: table) else {
        Issue.record("\(outside) is elsewhere")
        continue
      }
      #expect(try text(table, outside) == "out")
    }
    expectError(.corrupt, "is missing", "none.parquet") {
      _ = try text(table, root + "/none.parquet")
    }
    expectError(.unsupported, "s3://b/x.parquet") { _ = try text(table, "s3://b/x.parquet") }
  }

  @Test func `a store that reaches its root alone refuses an absolute path by name`() throws {
    let store = InMemoryStore()
    for path in ["/x/y.parquet", "file:///x/y.parquet", "s3://b/y.parquet"] {
      expectError(.unsupported, "y.parquet") { _ = try text(store, path) }
      expectError(.unsupported, "y.parquet") { _ = try file(path).storePath() }
    }
  }

  @Test func `two spellings of a path are one file, two paths never`() {
    func key(_ path: String) -> FileKey { FileKey(path: path, deletionVectorID: nil) }
    #expect(key("a%20b") == key("a b"))
    #expect(key("%61") == key("a"))
    #expect(key("%C3%A9") == key("\u{E9}"))
    #expect(key("%C3%A9") != key("e\u{301}"))
    #expect(key("%25C3%25A9") != key("%C3%A9"))
    #expect(key("%2520") != key("%20"))
    #expect(key("a%2Fb") == key("a/b"))
  }
}

import Base
import Store
import TestSupport
import Testing

@Suite("Local store") struct LocalStoreTests {
  let directory = TemporaryDirectory()

  @Test func `temporary files are hidden while written and gone afterwards`() throws {
    let store = try LocalStore(root: directory.path)
    let writer = try store.createWriter("part")
    #expect(directory.names().count == 1)
    #expect(directory.names()[0].hasPrefix(".grebe-"))
    #expect(try store.list("", recursive: true).isEmpty)
    try writer.finish()
    #expect(directory.names() == ["part"])
    do { _ = try store.createWriter("other") }
    _ = try store.putIfAbsent("part", Buffer<UInt8>(utf8: "lost").bytes)
    _ = try store.putIfAbsent("won", Buffer<UInt8>(utf8: "won").bytes)
    #expect(directory.names() == ["part", "won"])
  }

  @Test func `directories made by others are synced with the first file below them`() throws {
    let store = try LocalStore(root: directory.path + "/table")
    // What a run that was killed, another process or another store left behind.
    try LocalStore(root: directory.path + "/table").put("a/b/other", Buffer<UInt8>().bytes)
    let writer = try store.createWriter("a/b/part")
    try writer.finish()
    let table = directory.path + "/table"
    #expect(
      store.unsyncedDirectories == [directory.path, table, table + "/a", table + "/a/b"])
    #expect(try store.putIfAbsent("log/0", Buffer<UInt8>().bytes) == .written)
    #expect(store.unsyncedDirectories.isEmpty)
    try store.delete("a/b/part")
    #expect(store.unsyncedDirectories == [table + "/a/b"])
  }

  @Test(arguments: [1, 100]) func `files of a commit are synced with it, few and many`(
    _ count: Int
  ) throws {
    let store = try LocalStore(root: directory.path + "/table")
    var paths: Set<String> = []
    for index in 0..<count {
      let writer = try store.createWriter("p=\(index)/part")
      try writer.append(Buffer<UInt8>(utf8: "part \(index)").bytes)
      try writer.finishForCommit()
      paths.insert(directory.path + "/table/p=\(index)/part")
      #expect(try store.entry("p=\(index)/part") != nil)
    }
    #expect(store.unsyncedDirectories.isSuperset(of: paths))
    #expect(try store.putIfAbsent("log/0", Buffer<UInt8>().bytes) == .written)
    #expect(store.unsyncedDirectories.isEmpty)
    for index in 0..<count {
      #expect(Array(try store.read("p=\(index)/part", range: nil)) == Array("part \(index)".utf8))
    }
  }

  @Test(arguments: [
    ("/t", ["/", "/t"]), ("t", [".", "t"]), ("t/u", ["t", "t/u"]), ("/", ["/"]),
    (".", [".", "./.."]),
  ]) func `the path to a file starts above the root`(_ root: String, _ above: [String]) throws {
    let store = try LocalStore(root: root)
    let below = root == "/" ? "/d" : root + "/d"
    #expect(store.directoriesAbove("d/file").sorted() == (above + [below]).sorted())
    #expect(store.directoriesAbove("file").sorted() == above.sorted())
  }

  @Test func `a writer takes many megabytes`() throws {
    let store = try LocalStore(root: directory.path)
    let writer = try store.createWriter("big")
    let piece = Buffer<UInt8>(repeating: 7, count: 3 << 20)
    for _ in 0..<4 { try writer.append(piece.bytes) }
    try writer.finish()
    #expect(try store.entry("big")?.sizeBytes == 12 << 20)
    let tail = try store.openReader("big").read((12 << 20) - 5..<12 << 20)
    #expect(Array(tail) == [7, 7, 7, 7, 7])
  }

  @Test func `a directory that cannot be made is an error that names it`() throws {
    let store = try LocalStore(root: directory.path)
    try store.put("file", Buffer<UInt8>().bytes)
    #expect {
      try store.put("file/below", Buffer<UInt8>().bytes)
    } throws: { error in
      (error as? StoreError)?.path.hasSuffix("/file") == true
    }
  }

  @Test func `reading a directory says that it is one`() throws {
    let store = try LocalStore(root: directory.path)
    try store.put("d/file", Buffer<UInt8>().bytes)
    #expect {
      _ = try store.read("d", range: nil)
    } throws: { error in
      (error as? StoreError)?.message == "is a directory"
    }
  }

  @Test func `locations open by path and by file URL`() throws {
    try LocalStore(root: directory.path + "/a b").put("x", Buffer<UInt8>(utf8: "1").bytes)
    let environment = Environment.standard()
    for location in [
      directory.path + "/a b", "file://" + directory.path + "/a%20b",
      "file://localhost" + directory.path + "/a%20b/",
    ] {
      #expect(try environment.openStore(location).entry("x")?.sizeBytes == 1)
    }
    #expect(environment.parallelism >= 1)
    #expect(environment.nowMillis() > 1_700_000_000_000)
  }

  @Test(arguments: [
    ("s3://bucket/t", "S3"), ("gs://b/t", "Google"), ("abfss://x@y/t", "Azure"), ("ftp://x", "ftp"),
  ])
  func `a location without a store is refused by name`(_ location: String, _ name: String) {
    #expect {
      _ = try openStandardStore(location)
    } throws: { error in
      guard let error = error as? StoreError else { return false }
      return error.code == .unsupported && error.message.contains(name)
    }
  }
}

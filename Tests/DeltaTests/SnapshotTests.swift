import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@Suite("Snapshot: replaying a log") struct SnapshotTests {
  let store = InMemoryStore(nowMillis: { 5000 })

  @Test func `a new table reads back as it was committed`() throws {
    let snapshot = try TestTables.create(store, ["delta.appendOnly": "false"])
    #expect(snapshot.version == 0)
    #expect(snapshot.schema == TestTables.schema)
    #expect(snapshot.partitionColumns == ["day"])
    #expect(snapshot.tableProtocol == TableProtocol(minReaderVersion: 1, minWriterVersion: 2))
    #expect(snapshot.metadata == TestTables.metadata(["delta.appendOnly": "false"]))
    #expect(snapshot.files == [TestTables.file("a"), TestTables.file("b", day: nil)])
    #expect(snapshot.timestampMillis == 5000)
    #expect(snapshot.sizeBytes == 200)
  }

  @Test func `later actions win, by file, by application and by domain`() throws {
    try TestTables.put(
      store, 0,
      [
        TestTables.protocolLine, TestTables.metadataLine, TestTables.addLine("a"),
        TestTables.addLine("b%20c"), #"{"txn":{"appId":"x","version":1}}"#,
        #"{"domainMetadata":{"domain":"d","configuration":"1","removed":false}}"#,
        #"{"domainMetadata":{"domain":"e","configuration":"1","removed":false}}"#,
      ])
    try TestTables.put(
      store, 1,
      [
        TestTables.removeLine("b c"), TestTables.addLine("d"),
        #"{"txn":{"appId":"x","version":9}}"#,
        #"{"domainMetadata":{"domain":"d","configuration":"","removed":true}}"#,
        #"{"cdc":{"path":"_change_data/x","size":1}}"#, #"{"something":{"new":1}}"#, "",
      ])
    try TestTables.put(store, 2, [TestTables.addLine("a", #","stats":"{\"numRecords\":5}""#)])
    let snapshot = try Snapshot.load(store)
    #expect(TestTables.paths(snapshot) == ["d", "a"])
    #expect(snapshot.files[1].statistics(snapshot.schema)?.rowCount == 5)
    #expect(snapshot.transactions["x"]?.version == 9)
    #expect(snapshot.domains.keys.sorted() == ["e"])
    #expect(TestTables.paths(try .load(store, at: .version(0))) == ["a", "b%20c"])
    #expect(TestTables.paths(try .load(store, at: .version(1))) == ["a", "d"])
  }

  @Test func `a file that comes back under another deletion vector is another file`() throws {
    let vector =
      #","deletionVector":{"storageType":"u","pathOrInlineDv":"x","#
      + #""offset":1,"sizeInBytes":1,"cardinality":1}"#
    try TestTables.put(
      store, 0, [TestTables.protocolLine, TestTables.metadataLine, TestTables.addLine("a")])
    try TestTables.put(store, 1, [TestTables.removeLine("a"), TestTables.addLine("a", vector)])
    let snapshot = try Snapshot.load(store)
    #expect(TestTables.paths(snapshot) == ["a"])
    #expect(snapshot.files[0].deletionVector?.cardinality == 1)
    #expect(TestTables.paths(try .load(store, at: .version(0))) == ["a"])
  }

  @Test func `a version that is not there is named with the latest`() throws {
    expectError(.notFound, "no Delta table") { _ = try Snapshot.load(store) }
    try TestTables.create(store)
    expectError(.notFound, "no version 1") { _ = try Snapshot.load(store, at: .version(1)) }
    expectError(.notFound, "no version -1") { _ = try Snapshot.load(store, at: .version(-1)) }
  }

  @Test func `a gap is refused, naming the file`() throws {
    let base = try TestTables.create(store)
    for version in 1...3 as ClosedRange<Int64> {
      let append = TestTables.append(try .load(store), "f\(version)")
      #expect(
        try append.commit(to: store, environment: TestTables.environment(store))
          == .committed(version: version))
    }
    try store.delete(commitPath(2))
    expectError(.corrupt, "gap", "00000000000000000002.json") { _ = try Snapshot.load(store) }
    #expect(try Snapshot.load(store, at: .version(1)).files.count == base.files.count + 1)
    try store.delete(commitPath(0))
    expectError(.corrupt, "00000000000000000000.json") { _ = try Snapshot.load(store) }
  }

  @Test func `a commit that is empty is refused, naming the file`() throws {
    try TestTables.create(store)
    for text in ["", "\n", "  \n\n"] {
      try store.put(commitPath(1), Buffer<UInt8>(utf8: text).bytes)
      expectError(.corrupt, "empty", "00000000000000000001.json") { _ = try Snapshot.load(store) }
    }
  }

  @Test func `every truncation of a commit is an error`() throws {
    let base = try TestTables.create(store)
    var append = TestTables.append(base, "c")
    append.adds.append(TestTables.file("d"))
    _ = try append.commit(to: store, environment: TestTables.environment(store))
    for version in 0...1 as ClosedRange<Int64> {
      let whole = try store.read(commitPath(version), range: nil)
      for length in 0..<whole.count - 1 {  // The last byte is the newline, which changes nothing.
        try store.put(commitPath(version), whole.slice(0..<length).bytes)
        expectError(.corrupt) { _ = try Snapshot.load(store) }
      }
      try store.put(commitPath(version), whole.bytes)
    }
    #expect(try Snapshot.load(store).files.count == 4)
  }

  @Test func `random damage to a commit never traps`() throws {
    let seed: UInt64 = 0xDE17A
    var random = SeededRandom(seed: seed)
    try TestTables.create(store)
    let whole = Array(try store.read(commitPath(0), range: nil))
    var refused = 0
    for _ in 0..<2000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(
          in: 0...255, using: &random)
      }
      try store.put(commitPath(0), Buffer(bytes).bytes)
      do { _ = try Snapshot.load(store) } catch { refused += 1 }
    }
    #expect(refused > 100, "seed \(seed)")
  }

  @Test(arguments: [
    #"[]"#, #"{"add":{}}"#, #"{"add":[]}"#, #"{"add":{"path":1}}"#, #"{"protocol":{}}"#,
    #"{"add":{"path":"a","partitionValues":{"x":1},"size":1,"modificationTime":1,"#
      + #""dataChange":true}}"#,
    #"{"add":{"path":"a","partitionValues":{},"size":-1,"modificationTime":1,"dataChange":true}}"#,
    #"{"add":{"path":"a","partitionValues":{},"size":1e99,"modificationTime":1,"#
      + #""dataChange":true}}"#,
    #"{"add":{"path":"a","partitionValues":{},"size":1.5,"modificationTime":1,"#
      + #""dataChange":true}}"#,
    #"{"add":{"path":"%zz","partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}}"#,
    #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7}}"#,
    #"{"protocol":{"minReaderVersion":99999999999,"minWriterVersion":7}}"#,
    #"{"metaData":{"id":"x","schemaString":"{}","partitionColumns":[]}}"#,
    #"{"metaData":{"id":"x","schemaString":"{\"type\":\"struct\",\"fields\":[]}","#
      + #""partitionColumns":["p"]}}"#,
    #"{"add""#,
  ]) func `an action of the wrong shape is refused with its line`(_ line: String) throws {
    try TestTables.put(store, 0, [TestTables.protocolLine, TestTables.metadataLine, line])
    expectError(.corrupt, "line 3") { _ = try Snapshot.load(store) }
  }

  @Test(arguments: [
    (#"{"add":A,"remove":R}"#, "`add` and `remove`"),
    (#"{"remove":R,"later":1,"add":A}"#, "`remove` and `add`"),
    (#"{"add":A,"add":A}"#, "`add` and `add`"),
    (#"{"later":1,"txn":{"appId":"x","version":1},"add":A}"#, "`txn` and `add`"),
    (#"{"commitInfo":{},"add":A}"#, "`commitInfo` and `add`"),
  ]) func `a line with two actions is refused with its number:`(
    _ line: String, _ names: String
  ) throws {
    let line = line.replacing("A", with: TestTables.addLine("a").dropFirst(7).dropLast())
      .replacing("R", with: TestTables.removeLine("a").dropFirst(10).dropLast())
    try TestTables.put(
      store, 0, [TestTables.protocolLine, TestTables.metadataLine, TestTables.addLine("b"), line])
    expectError(.corrupt, "line 4", commitPath(0), names) { _ = try Snapshot.load(store) }
    expectError(.corrupt, "line 4", names) { _ = try CommitFile.read(store, version: 0) }
  }

  @Test func `members that are no actions, or null, may stand beside one`() throws {
    let add = TestTables.addLine("a").dropFirst()
    try TestTables.put(
      store, 0,
      [
        TestTables.protocolLine, TestTables.metadataLine,
        #"{"later":{"x":1},"remove":null,"# + add, TestTables.addLine("b").dropLast() + #","z":2}"#,
      ])
    #expect(try Set(Snapshot.load(store).files.map(\.path)) == ["a", "b"])
  }

  @Test(arguments: ["448.0", "448.00", "4.48e2", "4.48E+2"])
  func `an integer may be written as a fraction that is none:`(_ size: String) throws {
    let line = TestTables.addLine("a", #","stats":"{\"numRecords\":3.0}""#)
      .replacing(#""size":1"#, with: #""size":\#(size)"#)
    try TestTables.put(store, 0, [TestTables.protocolLine, TestTables.metadataLine, line])
    let file = try #require(try Snapshot.load(store).files.first)
    #expect(file.sizeBytes == 448 && file.rowCount == 3)
  }

  @Test(arguments: ["{}", #"{"add":null}"#, #"{"later":{"x":1}}"#])
  func `a line without an action that is known is passed over`(_ line: String) throws {
    try TestTables.put(store, 0, [TestTables.protocolLine, line, TestTables.metadataLine])
    #expect(try Snapshot.load(store).version == 0)
    #expect(try CommitFile.read(store, version: 0)?.actions.count == 3)
  }

  @Test func `a log without metadata or protocol is refused`() throws {
    try TestTables.put(store, 0, [TestTables.protocolLine])
    expectError(.corrupt, "metadata") { _ = try Snapshot.load(store) }
    try TestTables.put(store, 0, [TestTables.metadataLine])
    expectError(.corrupt, "protocol") { _ = try Snapshot.load(store) }
  }

  @Test func `stray files in the log are ignored`() throws {
    try TestTables.create(store)
    for name in [
      "_last_checkpoint", "00000000000000000000.crc", "x.json", "1.json",
      "00000000000000000000.00000000000000000001.compacted.json",
      "00000000000000000009.checkpoint.0000000001.0000000002.parquet", "99999999999999999999.json",
    ] {
      try store.put("_delta_log/" + name, Buffer<UInt8>(utf8: "garbage").bytes)
    }
    #expect(try Snapshot.load(store).version == 0)
  }
}

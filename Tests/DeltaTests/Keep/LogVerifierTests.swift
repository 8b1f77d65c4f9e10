import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

@Suite("Verify: the log and the files' presence") struct LogVerifierTests {
  let table = KeptTable()

  /// Versions 0 to 3, a file each.
  private func create() throws {
    try table.put("f0", "f1", "f2", "f3")
    try table.create([KeptTable.add("f0")])
    for version in 1...3 as ClosedRange<Int64> {
      try TestTables.put(table.store, version, [KeptTable.add("f\(version)")])
    }
  }

  private func kinds(at version: TableVersion = .latest) throws -> [Finding.Kind] {
    try table.verify(at: version).findings.map(\.kind)
  }

  @Test func `a table that is as it must be has no findings`() throws {
    try create()
    let outcome = try table.verify()
    #expect(outcome.findings == [])
    #expect(outcome.version == 3)
    #expect(outcome.commitCount == 4 && outcome.fileCount == 4 && outcome.sizeBytes == 40)
    #expect(try table.verify(at: .version(1)).fileCount == 2)
    expectError(.notFound, "no version 4") { _ = try table.verify(at: .version(4)) }
    expectError(.notFound, "no Delta table") { _ = try KeptTable().verify() }
  }

  @Test func `a gap is named, whatever is behind it`() throws {
    try create()
    try table.store.delete(commitPath(1))
    try table.store.delete(commitPath(2))
    let outcome = try table.verify()
    #expect(outcome.version == 0 && outcome.unreadableVersion == 3)
    #expect(outcome.findings.map(\.kind) == [.commitMissing])
    #expect(outcome.findings[0].message.contains("versions 1 to 2 are missing"))
    #expect(outcome.findings[0].file == commitPath(1))
    #expect(try kinds(at: .version(0)) == [])
    try table.store.delete(commitPath(0))
    let without = try table.verify()
    #expect(without.findings.map(\.kind) == [.commitMissing])
    #expect(without.version == nil && without.unreadableVersion == 3)
  }

  @Test func `commits that are missing before a checkpoint are named`() throws {
    try create()
    let bytes = try table.store.read(commitPath(3), range: nil)
    _ = try CheckpointWriter(store: table.store, environment: table.environment)
      .write(version: 3, metadata: try Snapshot.load(table.store).metadata)
    for version in 2...3 as ClosedRange<Int64> { try table.store.delete(commitPath(version)) }
    let outcome = try table.verify()
    #expect(outcome.version == 3 && outcome.unreadableVersion == nil)
    #expect(outcome.findings.map(\.kind) == [.commitMissing])
    #expect(outcome.findings[0].message.contains("versions 2 to 3 are missing"))
    // Those that a clean-up removed are no loss.
    try table.store.put(commitPath(3), bytes.bytes)
    for version in 0...1 as ClosedRange<Int64> { try table.store.delete(commitPath(version)) }
    #expect(try kinds() == [])
  }

  @Test func `a checkpoint that came in behind a clean-up is no gap`() throws {
    try create()
    let writer = CheckpointWriter(store: table.store, environment: table.environment)
    let metadata = try Snapshot.load(table.store).metadata
    for version in [1, 3] as [Int64] { _ = try writer.write(version: version, metadata: metadata) }
    for version in 0...2 as ClosedRange<Int64> { try table.store.delete(commitPath(version)) }
    #expect(try kinds() == [])
    #expect(try Snapshot.load(table.store).version == 3)
    #expect(try Snapshot.load(table.store, at: .version(1)).files.count == 2)
    expectError(.notFound, "version 2 can no longer be read") {
      _ = try Snapshot.load(table.store, at: .version(2))
    }
  }

  @Test func `behind a damaged newest commit the version before is verified`() throws {
    try create()
    try TestTables.put(table.store, 3, [#"{"add":{}}"#, KeptTable.add("f3")])
    try table.store.delete("f1")
    let outcome = try table.verify()
    #expect(outcome.findings.map(\.kind) == [.commitDamaged, .fileMissing])
    #expect(outcome.findings.map(\.version) == [3, 2])
    #expect(outcome.version == 2 && outcome.unreadableVersion == 3 && outcome.fileCount == 3)
    // It was not cut off, so that others may have read it: nothing is moved.
    #expect(try TornCommit.repair(in: table.store, environment: table.environment) == nil)
  }

  @Test func `a damaged commit in the middle is named with its line`() throws {
    try create()
    try TestTables.put(table.store, 2, [KeptTable.add("f2"), #"{"add":{}}"#, KeptTable.add("x")])
    let found = try table.verify().findings
    #expect(found.map(\.kind) == [.commitDamaged])
    #expect(found[0].version == 2 && found[0].file == commitPath(2))
    #expect(found[0].message.contains("line 2"))
  }

  @Test(arguments: [
    ([KeptTable.add("x"), KeptTable.add("x")], "names the file x twice"),
    ([KeptTable.add("x"), KeptTable.remove("x", day: 1)], "names the file x twice"),
    ([TestTables.protocolLine, TestTables.protocolLine], "more than one `protocol`"),
    (
      [#"{"commitInfo":{"grebeActionCount":3}}"#, KeptTable.add("x")],
      "has 2 actions and should have 3"
    ),
  ]) func `what no commit may say is found`(_ lines: [String], _ message: String) throws {
    try create()
    try table.put("x")
    try TestTables.put(table.store, 2, lines)
    let found = try table.verify().findings.filter { $0.kind == .commitDamaged }
    #expect(found.count == 1 && found.first?.message.contains(message) == true, "\(found)")
  }

  @Test func `a version checksum file that says something else is found`() throws {
    try create()
    func write(_ fileCount: Int, version: Int64) throws {
      let size = try Snapshot.load(table.store, at: .version(version)).sizeBytes
      let text =
        #"{"tableSizeBytes":\#(size),"numFiles":\#(fileCount),"numMetadata":1,"numProtocol":1}"#
      let path = commitPath(version).replacing(".json", with: ".crc")
      try table.store.put(path, Buffer<UInt8>(utf8: text).bytes)
    }
    try write(try Snapshot.load(table.store, at: .version(0)).files.count, version: 0)
    #expect(try kinds() == [])
    try write(99, version: 0)
    let found = try table.verify().findings
    #expect(found.map(\.kind) == [.checksumDiffers] && found[0].version == 0)
    #expect(found[0].file?.hasSuffix(".crc") == true && found[0].message.contains("99"))
  }

  @Test func `times in commits must rise`() throws {
    func commit(_ version: Int64, _ time: Int64?, _ lines: [String] = []) throws {
      let info = time.map { #"{"commitInfo":{"inCommitTimestamp":\#($0)}}"# }
      try TestTables.put(
        table.store, version, [info ?? #"{"commitInfo":{}}"#] + lines)
    }
    let metadata = KeptTable.metadataLine(#"{"delta.enableInCommitTimestamps":"true"}"#)
    try commit(0, 10, [TestTables.protocolLine, metadata])
    try commit(1, 20)
    #expect(try kinds() == [])
    try commit(2, 20)
    try commit(3, nil)
    try commit(4, 21)
    let found = try table.verify().findings
    #expect(found.map(\.version) == [2, 3])
  }

  @Test func `files that are missing, of another size or twice are named`() throws {
    try create()
    try table.store.delete("f1")
    try table.store.put("f2", Buffer<UInt8>(repeating: 1, count: 7).bytes)
    try TestTables.put(table.store, 4, [KeptTable.add("f3", vector: KeptTable.vector.encoded)])
    let found = try table.verify().findings
    #expect(found.map(\.kind) == [.fileTwice, .fileMissing, .fileSize, .deletionVector])
    #expect(found.map(\.file) == ["f3", "f1", "f2", "f3"])
    #expect(found.allSatisfy { $0.version == 4 })
    #expect(try kinds(at: .version(0)) == [])
  }

  @Test func `partition values must be there and of their type`() throws {
    try table.put("a", "b", "c", "d")
    try table.create(
      [
        KeptTable.add("a", values: #"{"p":"1"}"#), KeptTable.add("b", values: #"{"p":null}"#),
        KeptTable.add("c", values: #"{"p":"one"}"#), KeptTable.add("d"),
      ], metadata: KeptTable.metadataLine(columns: ["id", "p"], partitionedBy: ["p"]))
    let found = try table.verify().findings
    #expect(found.map(\.kind) == [.partitionValue, .partitionValue])
    #expect(found.map(\.file) == ["c", "d"] && found.allSatisfy { $0.column == "p" })
  }

  @Test(arguments: ["v1-single-part-struct-stats-only", "app-txn-checkpoint"])
  func `a checkpoint that says something else than its commits is found`(_ name: String) throws {
    let path = try #require(sharedData("delta/" + name))
    let disk = try LocalStore(root: path)
    for entry in try disk.list("_delta_log", recursive: false) {
      let bytes = try disk.read(entry.path, range: nil)
      try table.store.put(entry.path, bytes.bytes)
    }
    func checkpointFindings() throws -> [Finding] {
      try table.verify().findings.filter {
        $0.kind == .checkpointDiffers || $0.kind == .checkpointDamaged
      }
    }
    #expect(try checkpointFindings() == [])
    let live = Set(try Snapshot.load(table.store).files.map(\.path))
    var changedCount = 0
    for entry in try table.store.list("_delta_log", recursive: false)
    where entry.path.hasSuffix(".json") && !entry.path.contains(".checkpoint") {
      let text = String(
        decoding: [UInt8](try table.store.read(entry.path, range: nil)), as: UTF8.self)
      let commit = try CommitFile(
        Buffer<UInt8>(utf8: text), version: 0, table: name)
      for case .add(let file) in commit.actions where live.contains(file.path) {
        let size = #""size":\#(file.sizeBytes),"#
        guard text.ranges(of: size).count == 1 else { continue }
        let changed = text.replacingFirst(size, with: #""size":1,"#)
        try table.store.put(entry.path, Buffer<UInt8>(utf8: changed).bytes)
        #expect(try checkpointFindings().map(\.file) == [file.path])
        changedCount += 1
      }
      try table.store.put(entry.path, Buffer<UInt8>(utf8: text).bytes)
    }
    #expect(changedCount > 0)
    let checkpoint = try #require(
      try table.store.list("_delta_log", recursive: false).map(\.path)
        .last { $0.contains(".checkpoint") })
    let bytes = try table.store.read(checkpoint, range: nil)
    try table.store.put(checkpoint, bytes.slice(0..<bytes.count / 2).bytes)
    #expect(try checkpointFindings().map(\.kind) == [.checkpointDamaged])
  }
}

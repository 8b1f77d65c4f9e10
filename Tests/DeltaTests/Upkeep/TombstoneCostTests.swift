import Base
import Columns
import Delta
import Parquet
import Store
import Synchronization
import TestSupport
import Testing

/// Tombstones cost those who want none as little as a checkpoint allows.
@Suite("Checkpoints: tombstones") struct TombstoneCostTests {
  private let store = InMemoryStore(nowMillis: { 1_700_000_000_000 })

  /// A checkpoint alone: of a table with these files, and with removes that have not expired.
  private func checkpoint(
    files: Int, tombstones: Int, isV2: Bool = false, groupRowCount: Int = 1 << 16,
    in store: InMemoryStore
  ) throws -> CheckpointSummary {
    let features = isV2 ? #"["v2Checkpoint"]"# : "[]"
    let metadata = TestTables.metadataLine.replacing(
      #""configuration":{}"#,
      with: #""configuration":{"delta.checkpointPolicy":"\#(isV2 ? "v2" : "classic")"}"#)
    try TestTables.put(
      store, 0,
      [
        #"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"#
          + #""readerFeatures":\#(features),"writerFeatures":\#(features)}}"#, metadata,
      ] + (0..<files).map { TestTables.addLine("live-\($0)") })
    try TestTables.put(
      store, 1,
      (0..<tombstones).map { index in
        TestTables.removeLine("gone-\(index)").replacing(
          #""deletionTimestamp":1,"#, with: #""deletionTimestamp":1700000000000,"#)
      } + [#"{"commitInfo":{}}"#])
    let summary = try CheckpointTables.checkpoint(
      store, try Snapshot.load(store), sidecarActionCount: 3000, groupRowCount: groupRowCount)
    #expect(summary.fileCount == files && summary.tombstoneCount == tombstones)
    try CheckpointTables.deleteCommits(store, upTo: 1)
    return summary
  }

  /// What a checkpoint's file holds, by row group: where it is, and whether anything but
  /// tombstones is in it.
  private func groups(_ path: String) throws -> [(range: Range<Int64>, hasOthers: Bool)] {
    let bytes = try store.read(path, range: nil)
    let step = try ParquetMetadata.parse(tail: bytes, fileSizeBytes: Int64(bytes.count))
    guard case .done(let metadata) = step else { return [] }
    let path = try #require(metadata.tree.leaf(["remove", "path"]))
    return try metadata.rowGroups.map { group in
      let chunks = try metadata.tree.leaves.indices.map { try group.byteRange(leaf: $0) }
      let range = chunks.map(\.lowerBound).min()!..<chunks.map(\.upperBound).max()!
      return (range, group.statistics(leaf: path).nullCount != 0)
    }
  }

  @Test func `opening a table and committing to it touch nothing but its log`() throws {
    let touched = Mutex<[String]>([])
    let watched = HookedStore(store) { path in touched.withLock { $0.append(path) } }
    try TestTables.create(store, ["delta.checkpointInterval": "2"])
    for number in 1...4 {
      // Of files that are not even there.
      let base = try Snapshot.load(watched)
      var append = TestTables.append(base, "f\(number)")
      append.removes = [base.files[0].removed(atMillis: 1, dataChange: true)]
      let outcome = try append.commit(to: watched, environment: TestTables.environment(watched))
      #expect(outcome == .committed(version: Int64(number)))
    }
    let paths = touched.withLock { $0 }
    #expect(!paths.isEmpty && paths.allSatisfy { $0.hasPrefix(logDirectory) }, "\(paths)")
  }

  @Test func `many are in row groups of their own, which opening the table does not read`() throws {
    let path = try checkpoint(files: 5, tombstones: 70_000, groupRowCount: 10_000, in: store).path
    let groups = try groups(path)
    #expect(groups.map(\.hasOthers) == [true, false, false])
    let metered = MeteredStore(store)
    #expect(try Snapshot.load(metered).files.count == 5)
    let size = try #require(try store.entry(path)).sizeBytes
    for access in metered.accesses where access.range.upperBound < size {
      for group in groups {
        #expect(group.hasOthers || !group.range.overlaps(access.range), "\(access)")
      }
    }
    let (_, tombstones) = try Snapshot.loadWithTombstones(
      store, version: nil, tombstonesSinceMillis: 0)
    #expect(tombstones.map(\.path) == (0..<70_000).map { "gone-\($0)" })
  }

  @Test func `opening reads as often as without them`() throws {
    let without = InMemoryStore(nowMillis: { 1_700_000_000_000 })
    let counts = try [(store, 70_000), (without, 0)].map { (store, tombstones) in
      _ = try checkpoint(files: 5, tombstones: tombstones, in: store)
      let metered = MeteredStore(store)
      _ = try Snapshot.load(metered)
      return metered.accesses.count
    }
    #expect(counts[0] == counts[1])
  }

  @Test func `a commit reads nothing of a checkpoint`() throws {
    _ = try checkpoint(files: 5, tombstones: 5000, in: store)
    let metered = MeteredStore(store)
    var append = TestTables.append(try Snapshot.load(store), "more")
    append.adds[0].partitionValues = [:]
    let outcome = try append.commit(to: metered, environment: TestTables.environment(metered))
    #expect(outcome == .committed(version: 2) && metered.accesses.isEmpty)
  }

  @Test(arguments: [1, 3]) func `sidecars of nothing else are not opened`(_ workers: Int) throws {
    let summary = try checkpoint(files: 4000, tombstones: 9000, isV2: true, in: store)
    #expect(summary.isV2 && summary.sidecarCount == 5)
    let metered = MeteredStore(store)
    let read = try Snapshot.load(metered, parallelism: workers)
    #expect(TestTables.paths(read) == (0..<4000).map { "live-\($0)" })
    #expect(Set(metered.accesses.map(\.path)).count == 1 + 2)
    let (_, tombstones) = try Snapshot.loadWithTombstones(
      store, version: nil, tombstonesSinceMillis: 0, parallelism: workers)
    #expect(tombstones.map(\.path) == (0..<9000).map { "gone-\($0)" })
  }

  @Test(arguments: [(200, 4000), (4000, 4096), (40_000, 300), (0, 5000)])
  func `those that share a row group with files come back as they were`(
    _ files: Int, _ tombstones: Int
  ) throws {
    _ = try checkpoint(files: files, tombstones: tombstones, in: store)
    let read = try Snapshot.load(store)
    #expect(TestTables.paths(read) == (0..<files).map { "live-\($0)" })
    #expect(read.metadata.id == "x")
    let all = try Snapshot.loadWithTombstones(store, version: nil, tombstonesSinceMillis: 0)
    #expect(all.tombstones.map(\.path) == (0..<tombstones).map { "gone-\($0)" })
    #expect(TestTables.paths(all.snapshot) == TestTables.paths(read))
  }
}

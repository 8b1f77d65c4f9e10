import Base
import Columns
import Store
import Synchronization
import TestSupport
import Testing

@testable import Delta

@Suite("Rows set aside") struct SpillTests {
  private static func key(_ n: Int) throws -> PartitionKey {
    try PartitionKey([.integer(Int64(n))], layout: layout)
  }

  private static let layout = DataFileLayout(
    tableSchema: Schema([Field("k", .long), Field("n", .long)]), partitionColumns: ["k"])

  /// A description of the work that is due: `cut 3`, `close 0`, `spill 5`.
  private static func text(_ work: SetAside.Work) -> String {
    switch work {
    case .rowGroup(let rows, _): "cut \(rows.partition)"
    case .close(let partition, _): "close \(partition)"
    case .spill(let runs, _, _): "spill \(runs.joined().map(\.partition))"
    }
  }

  private static func arrival(
    _ n: Int, _ bytes: Buffer<UInt8>, rowCount: Int = 1, isShared: Bool = false
  ) throws -> SetAside.Arrival {
    SetAside.Arrival(key: try key(n), rowCount: rowCount, bytes: bytes, isShared: isShared)
  }

  private static let large = Buffer<UInt8>(repeating: 0, count: SetAside.rowGroupMinBytes)
  private static let small = Buffer<UInt8>(repeating: 0, count: 1000)

  @Test func `partitions worth a row group are cut when memory is short, the fullest first`() throws
  {
    var aside = SetAside(budgetBytes: 5 * SetAside.rowGroupMinBytes, layout: Self.layout)
    var due: [SetAside.Work] = []
    try aside.add([Self.arrival(7, Self.small), Self.arrival(8, Self.large)], due: &due)
    #expect(due.isEmpty)
    try aside.add([Self.arrival(9, Self.large), Self.arrival(9, Self.large)], due: &due)
    #expect(due.map(Self.text) == ["cut 2"])
    #expect(aside.sizeBytes < 2 * SetAside.rowGroupMinBytes)
    #expect(aside.keys.map { $0.values["k"] } == ["7", "8", "9"])
  }

  @Test func `small partitions go to a run together, in order`() throws {
    var aside = SetAside(budgetBytes: 8000, layout: Self.layout)
    var due: [SetAside.Work] = []
    for n in [3, 1, 3, 2, 1] { try aside.add([Self.arrival(n, Self.small)], due: &due) }
    #expect(due.map(Self.text) == ["spill [0, 0, 1, 2]"])
    #expect(aside.runCount == 1 && aside.sizeBytes > 1000 && aside.sizeBytes < 2000)
    #expect(aside.takeAll().joined().map(\.partition) == [1])
  }

  @Test func `a buffer that pieces share is not given back by a cut`() throws {
    var aside = SetAside(budgetBytes: 3 * SetAside.rowGroupMinBytes, layout: Self.layout)
    var due: [SetAside.Work] = []
    try aside.add([Self.arrival(1, Self.large, isShared: true)], due: &due)
    try aside.add([Self.arrival(1, Self.large)], due: &due)
    #expect(due.map(Self.text) == ["cut 0"])
    #expect(aside.sizeBytes >= SetAside.rowGroupMinBytes)
    try aside.add([Self.arrival(2, Self.large, isShared: true)], due: &due)
    #expect(due.map(Self.text) == ["cut 0", "spill [1]"])
    #expect(aside.sizeBytes == 0)
  }

  @Test func `of many partitions with row groups the one used least recently ends its file`() throws
  {
    var aside = SetAside(budgetBytes: 1 << 30, layout: Self.layout)
    var due: [SetAside.Work] = []
    for n in 0..<SetAside.openPartitionLimit {
      try aside.add([Self.arrival(n, Self.small, rowCount: 1 << 20)], due: &due)
    }
    try aside.add([Self.arrival(0, Self.small, rowCount: 1 << 20)], due: &due)
    #expect(due.count == SetAside.openPartitionLimit + 1)
    try aside.add([Self.arrival(1000, Self.small, rowCount: 1 << 20)], due: &due)
    #expect(due.suffix(2).map(Self.text) == ["cut \(SetAside.openPartitionLimit)", "close 1"])
  }

  @Test(arguments: [0, Int64.max], [1, 500, 300_000])
  func `a run gives its pieces back, compressed or not, for sizes`(
    _ compressedFromBytes: Int64, _ sizeBytes: Int
  ) throws {
    let scratch = try LocalScratchFile()
    var pieces: [PackedPiece] = []
    for turn in 0..<3 {
      var writer = RunWriter(scratch, compressedFromBytes: compressedFromBytes)
      pieces = (0..<20).map { index in
        let bytes = (0..<sizeBytes).map { UInt8(($0 / 7 + index + turn) & 0xFF) }
        return PackedPiece(partition: index / 3, rowCount: index, bytes: Buffer(bytes))
      }
      for piece in pieces { try writer.append(piece) }
      let run = try writer.finish()
      var cursor = try RunCursor(run, of: scratch)
      for piece in pieces {
        #expect(cursor.partition == piece.partition)
        let found = try cursor.next()
        #expect(found.rowCount == piece.rowCount && found.bytes == piece.bytes)
      }
      #expect(cursor.partition == nil)
    }
    let isSmaller = scratch.sizeBytes < Int64(pieces.count * sizeBytes * 3)
    #expect(isSmaller == (compressedFromBytes == 0 && sizeBytes > 1))
  }

  // MARK: Whole writers

  /// Writers in progress at once, of the store that is handed on to.
  private final class WatchedStore: ObjectStore {
    final class Count: Sendable {
      let open = Mutex((now: 0, most: 0))
      func change(_ by: Int) {
        open.withLock { $0 = ($0.now + by, max($0.most, $0.now + by)) }
      }
    }
    private final class Writer: ObjectWriter {
      let writer: any ObjectWriter
      let count: Count
      init(_ writer: any ObjectWriter, _ count: Count) {
        self.writer = writer
        self.count = count
        count.change(1)
      }
      deinit { count.change(-1) }
      var sizeBytes: Int64 { writer.sizeBytes }
      func append(_ bytes: RawSpan) throws(StoreError) { try writer.append(bytes) }
      func finish() throws(StoreError) { try writer.finish() }
    }

    let store = InMemoryStore()
    let count = Count()
    var location: String { store.location }
    func list(_ directory: String, recursive: Bool) throws(StoreError) -> [ObjectEntry] {
      try store.list(directory, recursive: recursive)
    }
    func entry(_ path: String) throws(StoreError) -> ObjectEntry? { try store.entry(path) }
    func read(_ path: String, range: Range<Int64>?) throws(StoreError) -> Buffer<UInt8> {
      try store.read(path, range: range)
    }
    func openReader(_ path: String) throws(StoreError) -> any ObjectReader {
      try store.openReader(path)
    }
    func put(_ path: String, _ bytes: RawSpan) throws(StoreError) { try store.put(path, bytes) }
    func putIfAbsent(_ path: String, _ bytes: RawSpan) throws(StoreError) -> PutOutcome {
      try store.putIfAbsent(path, bytes)
    }
    func createWriter(_ path: String) throws(StoreError) -> any ObjectWriter {
      Writer(try store.createWriter(path), count)
    }
    func delete(_ path: String) throws(StoreError) { try store.delete(path) }
  }

  /// Gives out after some bytes.
  private final class SmallScratch: ScratchFile {
    private let file: LocalScratchFile
    private let room: Int64
    init(room: Int64) throws(StoreError) {
      file = try LocalScratchFile()
      self.room = room
    }
    var sizeBytes: Int64 { file.sizeBytes }
    func append(_ bytes: RawSpan) throws(StoreError) -> Int64 {
      if sizeBytes + Int64(bytes.byteCount) > room {
        throw StoreError(.io, "write: No space left on device", path: "scratch")
      }
      return try file.append(bytes)
    }
    func read(_ range: Range<Int64>) throws(StoreError) -> Buffer<UInt8> { try file.read(range) }
  }

  private final class Kept: Sendable {
    private struct Last { weak var file: SmallScratch? }
    private let last = Mutex(Last())
    func open(room: Int64) throws(StoreError) -> any ScratchFile {
      let file = try SmallScratch(room: room)
      last.withLock { $0.file = file }
      return file
    }
    var isGone: Bool { last.withLock { $0.file == nil } }
  }

  /// Ten units of a thousand rows over `partitionCount` partitions.
  private static func write(
    to store: any ObjectStore, partitionCount: Int, workers: Int, room: Int64 = .max,
    _ kept: Kept = Kept()
  ) throws -> (PartitionedWriter, Result<[AddFile], DeltaError>) {
    var environment = Environment(
      nowMillis: { 0 }, seed: 42, parallelism: workers, memoryBudgetBytes: 1 << 26,
      openStore: { _ in store })
    environment.openScratch = { () throws(StoreError) in try kept.open(room: room) }
    let writer = PartitionedWriter(
      store: store, layout: layout, environment: environment, budgetBytes: 20_000)
    do throws(DeltaError) {
      try withWorkers(count: workers) { (worker, _) throws(DeltaError) in
        let session = try writer.makeSession()
        for ordinal in stride(from: worker, to: 10, by: workers) {
          let numbers = (0..<1000).map { Int64($0 + ordinal * 1000) }
          let keys = Buffer(numbers.map { $0 * 7919 % Int64(partitionCount) })
          try session.write(
            ColumnBatch(
              schema: layout.tableSchema,
              columns: [
                Column(type: .long, values: .int64(keys)),
                Column(type: .long, values: .int64(Buffer(numbers))),
              ], rowCount: 1000))
          try session.endUnit(ordinal: ordinal)
        }
      }
      return (writer, .success(try writer.finish(parallelism: workers)))
    } catch {
      return (writer, .failure(error))
    }
  }

  @Test(arguments: 1...4)
  func `partitions in little memory are a file each, few of them open, for workers`(
    _ workers: Int
  ) throws {
    let store = WatchedStore()
    let kept = Kept()
    let adds = try Self.write(to: store, partitionCount: 400, workers: workers, kept).1.get()
    #expect(adds.count == 400)
    #expect(adds.allSatisfy { $0.rowCount == 25 })
    #expect(store.count.open.withLock { $0.most } <= workers)
    #expect(kept.isGone)
  }

  @Test func `the files do not depend on the number of workers when rows are spilled`() throws {
    func files(_ workers: Int) throws -> [String: [UInt8]] {
      let store = InMemoryStore()
      var files: [String: [UInt8]] = [:]
      for add in try Self.write(to: store, partitionCount: 150, workers: workers).1.get() {
        let path = try add.storePath()
        files[add.partitionValues["k"]!!, default: []] += [UInt8](try store.read(path, range: nil))
      }
      return files
    }
    let alone = try files(1)
    #expect(alone.count == 150)
    for workers in 2...4 { #expect(try files(workers) == alone) }
  }

  @Test(arguments: [0, 2000, 20_000], [1, 3])
  func `a full disk ends the job with its place, and nothing stays`(
    _ room: Int64, _ workers: Int
  ) throws {
    let store = InMemoryStore()
    let kept = Kept()
    do {
      let (writer, result) = try Self.write(
        to: store, partitionCount: 400, workers: workers, room: room, kept)
      #expect {
        try result.get()
      } throws: { error in
        guard let error = error as? DeltaError else { return false }
        return error.code == .io && error.message.contains("No space left")
          && error.hint?.contains("TMPDIR") == true
      }
      writer.discard()
      #expect(kept.isGone)
    }
    #expect(try store.list("", recursive: true).isEmpty)
  }
}

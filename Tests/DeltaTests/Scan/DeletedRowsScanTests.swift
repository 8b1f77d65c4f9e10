import Base
import Columns
import Compute
import Parquet
import Store
import Synchronization
import TestSupport
import Testing

@testable import Delta

/// A table of one file, in row groups and short pages, some of whose rows are deleted.
private struct DeletedRows {
  static let schema = Schema([Field("n", .long), Field("s", .string)])
  static let groups = [0..<7000, 7000..<7001, 7001..<20_000]

  let target: ScanTarget
  let deleted: Set<Int>

  init(seed: UInt64) throws {
    let store = InMemoryStore()
    var options = ParquetWriteOptions()
    options.pageRowCount = 300
    var assembler = try FileAssembler(schema: Self.schema, options: options)
    var bytes = Array(assembler.header())
    for rows in Self.groups {
      let writer = try RowGroupWriter(schema: Self.schema, options: options)
      // Sorted, so that the page index leaves pages out.
      let columns = [
        Column(.long, rows.map { .integer(Int64($0)) }),
        Column(.string, rows.map { .string("text \($0 * 7919 % 97)") }),
      ]
      try writer.append(
        ColumnBatch(schema: Self.schema, columns: columns, rowCount: rows.count))
      for part in assembler.add(try writer.finish()) { bytes += Array(part) }
    }
    bytes += Array(try assembler.footer())
    try store.put("f.parquet", Buffer(bytes).bytes)

    var random = SeededRandom(seed: seed)
    var deleted: Set<Int> = []
    for _ in 0..<Int.random(in: 0...60, using: &random) {
      let start = Int.random(in: 0..<20_000, using: &random)
      let longest = [1, 40, 9000].randomElement(using: &random)!
      deleted.formUnion(start..<min(20_000, start + Int.random(in: 1...longest, using: &random)))
    }
    let environment = TestTables.environment(store, seed: seed)
    var vectors = DeletionVectorWriter(store: store, environment: environment)
    var file = AddFile(
      path: "f.parquet", partitionValues: [:], sizeBytes: Int64(bytes.count), modifiedMillis: 1)
    if !deleted.isEmpty {
      file.deletionVector = try vectors.append(
        RowSet(deleted.sorted().map { UInt64($0)..<UInt64($0) + 1 }))
    }
    try vectors.finish()
    var create = Transaction(
      creating: TableMetadata(id: "x", schema: Self.schema), operation: Operation("WRITE"))
    create.adds = [file]
    _ = try create.commit(to: store, environment: environment)
    target = ScanTarget(store: store, snapshot: try Snapshot.load(store))
    self.deleted = deleted
  }

  /// Values of `n` that a scan gives for the rows between two bounds, in order.
  func scan(_ bounds: ClosedRange<Int>, prunes: Bool) throws -> (found: [Int], read: Int64) {
    let condition = try Expression.between(
      .column("n"), low: .literal(.integer(Int64(bounds.lowerBound))),
      high: .literal(.integer(Int64(bounds.upperBound)))
    ).bind(to: Self.schema)
    let found = Mutex<[Int]>([])
    let metrics = try TableScan(target, cancellation: Cancellation()).scan(
      columns: ScanColumns([0, 1]), predicate: prunes ? condition : nil, parallelism: 1
    ) { _, _, batch in
      guard let batch else { return true }
      let kept = batch.selecting(try condition.select(from: batch))
      for row in 0..<kept.rowCount {
        guard case .integer(let n) = kept.columns[0][row] else { continue }
        #expect(kept.columns[1][row] == .string("text \(Int(n) * 7919 % 97)"))
        found.withLock { $0.append(Int(n)) }
      }
      return true
    }
    return (found.withLock { $0 }, metrics.rowsRead)
  }
}

@Suite("Scan: deleted rows") struct DeletedRowsScanTests {
  @Test(arguments: 0..<12)
  func `whatever pages are left out, no deleted row comes and no other goes`(
    _ seed: UInt64
  ) throws {
    let table = try DeletedRows(seed: seed)
    var random = SeededRandom(seed: seed)
    for _ in 0..<6 {
      let low = Int.random(in: 0..<20_000, using: &random)
      let bounds = low...min(19_999, low + Int.random(in: 0...4000, using: &random))
      let wanted = bounds.filter { !table.deleted.contains($0) }
      let pruned = try table.scan(bounds, prunes: true)
      #expect(pruned.found == wanted, "seed \(seed), \(bounds)")
      #expect(pruned.read <= Int64(bounds.count) + 700)
    }
    #expect(try table.scan(0...19_999, prunes: false).found.count == 20_000 - table.deleted.count)
  }

  @Test func `rows that are only counted are counted without the deleted ones`() throws {
    let table = try DeletedRows(seed: 3)
    let count = Atomic(0)
    _ = try TableScan(table.target, cancellation: Cancellation()).scan(
      columns: ScanColumns([]), predicate: nil, parallelism: 1
    ) { _, _, batch in
      count.add(batch?.rowCount ?? 0, ordering: .relaxed)
      return true
    }
    #expect(count.load(ordering: .relaxed) == 20_000 - table.deleted.count)
  }
}

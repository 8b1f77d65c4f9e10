import Base
import Columns
import Delta
import Store
import TestSupport
import Testing

/// Tables that others wrote (delta-kernel-rs' test data). Versions and file counts are delta-rs's.
@Suite("Public tables", .enabled(if: sharedData("delta") != nil)) struct PublicTablesTests {
  static let readable: [(String, Int64, Int)] = [
    ("app-txn-no-checkpoint", 1, 4), ("app-txn-with-last-updated", 3, 4),
    ("basic-decimal-table", 0, 4), ("basic_partitioned", 1, 6),
    ("data-reader-timestamp_ntz", 1, 4), ("mixed-nulls", 0, 3), ("partition_cm/none", 0, 0),
    ("partitioned_with_materialize_feature", 1, 6), ("table-with-cdf", 4, 0),
    ("table-without-dv-small", 0, 1), ("timestamp-truncation-stats", 2, 3), ("void-column", 0, 3),
    ("crc-full", 0, 0),
    ("v2-json-sidecars-struct-stats-only", 5, 5), ("v2-parquet-sidecars-struct-stats-only", 5, 5),
  ]

  private func store(_ name: String) throws -> LocalStore {
    try LocalStore(root: try #require(sharedData("delta/" + name)))
  }

  @Test(arguments: readable) func `read as delta-rs reads them`(
    _ name: String, _ version: Int64, _ fileCount: Int
  ) throws {
    let store = try store(name)
    let snapshot = try Snapshot.load(store)
    #expect(snapshot.version == version)
    #expect(snapshot.files.count == fileCount)
    for file in snapshot.files {
      // Some of these tables come without their data.
      if let entry = try store.entry(try file.storePath()) {
        #expect(entry.sizeBytes == file.sizeBytes)
      }
      #expect(file.statistics(snapshot.schema)?.rowCount ?? 0 >= 0)
      for (column, text) in file.partitionValues {
        let type = try #require(
          snapshot.schema.index(of: column).map { snapshot.schema.fields[$0].type })
        _ = try partitionScalar(text, type: type, column: column)
      }
    }
    #expect(try loadHistory(store).count == Int(version) + 1)
  }

  @Test(arguments: [
    ("table-with-dv-small", [8]), ("with-short-dv", [2, 5]), ("type-widening", [1, 1]),
    ("partition_cm/id", []), ("partition_cm/name", []),
  ]) func `rows that are not deleted, under the table's names and types`(
    _ name: String, _ rowCounts: [Int]
  ) throws {
    let store = try store(name)
    let snapshot = try Snapshot.load(store)
    let target = ScanTarget(store: store, snapshot: snapshot)
    var found: [Int] = []
    for file in snapshot.files {
      var rowCount = 0
      for columns in [Array(0..<target.schema.count), []] {
        let scanner = try FileScanner(file, of: target, columns: columns)
        rowCount = 0
        for rowGroup in 0..<scanner.rowGroupCount {
          try scanner.forEachBatch(rowGroup: rowGroup) { (batch) throws(DeltaError) in
            rowCount += batch.rowCount
            return true
          }
        }
      }
      #expect(file.liveRowCount == Int64(rowCount))
      found.append(rowCount)
    }
    #expect(found.sorted() == rowCounts)
  }
}

import Base
import JSON
import Store

/// The version checksum file: what a table is at one version, beside its commit.
///
/// Delta protocol (PROTOCOL.md), "Version Checksum File Schema".
struct VersionChecksum {
  let snapshot: Snapshot
  let totals: TableTotals
  /// Nil where the table does not keep times in its commits.
  let inCommitMillis: Int64?
  let transactionID: String

  /// More than so many of a kind are left to checkpoints: every commit writes all of them.
  private static let listedCount = 100

  static func path(_ version: Int64) -> String {
    logDirectory + "/" + padded(Int(version), 20) + ".crc"
  }

  /// Writes the file unless there is one. It need not outlive a crash, and readers do without.
  func write(to store: any ObjectStore) throws(DeltaError) {
    let bytes = json()
    _ = try storing { () throws(StoreError) in
      try store.putHint(VersionChecksum.path(snapshot.version), bytes.bytes)
    }
  }

  private func json() -> Buffer<UInt8> {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("txnId", transactionID)
    writer.member("tableSizeBytes", totals.sizeBytes)
    writer.member("numFiles", totals.fileCount)
    writer.member("numDeletedRecordsOpt", totals.deletedRowCount)
    writer.member("numDeletionVectorsOpt", totals.vectorCount)
    writer.member("numMetadata", 1)
    writer.member("numProtocol", 1)
    if let inCommitMillis { writer.member("inCommitTimestampOpt", inCommitMillis) }
    if snapshot.transactions.count <= VersionChecksum.listedCount {
      writer.key("setTransactions")
      writer.beginArray()
      for (_, transaction) in snapshot.transactions.sorted(by: { $0.key < $1.key }) {
        transaction.writeFields(to: &writer)
      }
      writer.endArray()
    }
    if snapshot.domains.count <= VersionChecksum.listedCount {
      writer.key("domainMetadata")
      writer.beginArray()
      for (_, domain) in snapshot.domains.sorted(by: { $0.key < $1.key }) {
        domain.writeFields(to: &writer)
      }
      writer.endArray()
    }
    writer.key("metadata")
    snapshot.metadata.writeFields(to: &writer)
    writer.key("protocol")
    snapshot.tableProtocol.writeFields(to: &writer)
    writer.endObject()
    return writer.freeze()
  }

  /// The sums that the file of a version states; nil without one that makes sense.
  static func totals(of version: Int64, in store: any ObjectStore) -> TableTotals? {
    guard let bytes = try? store.read(path(version), range: nil),
      let root = (try? JSONDocument(bytes, range: 0..<bytes.count))?.root, root.kind == .object,
      let fileCount = root["numFiles"]?.int64, let sizeBytes = root["tableSizeBytes"]?.int64,
      let vectorCount = root["numDeletionVectorsOpt"]?.int64,
      let deletedRowCount = root["numDeletedRecordsOpt"]?.int64
    else { return nil }
    let numbers = [fileCount, sizeBytes, vectorCount, deletedRowCount]
    guard numbers.allSatisfy({ (0..<Limits.logNumber).contains($0) }) else { return nil }
    var totals = TableTotals()
    totals.fileCount = fileCount
    totals.sizeBytes = sizeBytes
    totals.vectorCount = vectorCount
    totals.deletedRowCount = deletedRowCount
    return totals
  }
}

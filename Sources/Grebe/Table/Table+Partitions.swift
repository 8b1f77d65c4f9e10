import Base
import Columns
import Compute
import Delta
import Query
import Store

extension Table {
  /// The files of the partitions for which a condition over partition columns holds.
  func partitionFiles(where text: String) throws(GrebeError) -> [AddFile] {
    try PartitionCondition(text, of: snapshot, option: "--where").files(store)
  }
}

/// A condition over the partition columns of a table.
struct PartitionCondition: Sendable {
  private let condition: BoundExpression
  private let snapshot: Snapshot

  /// - Parameter option: that the condition was given with, for messages.
  init(_ text: String, of snapshot: Snapshot, option: String) throws(GrebeError) {
    let schema = snapshot.schema
    let partitions = snapshot.metadata.partitionColumns
    condition = try exposing { () throws(QueryError) in
      try parseCondition(text, over: schema)
    }
    for index in condition.columnIndices where !partitions.contains(schema.fields[index].name) {
      throw GrebeError(
        .invalidArgument, "\(schema.fields[index].name) is not a partition column",
        place: "\(option) \(text)",
        hint: partitions.isEmpty
          ? "the table has no partitions"
          : "the partition columns are " + partitions.joined(separator: ", "))
    }
    self.snapshot = snapshot
  }

  /// The files of the partitions for which it holds.
  func files(_ store: any ObjectStore) throws(GrebeError) -> [AddFile] {
    let target = ScanTarget(store: store, snapshot: snapshot)
    return try exposing { () throws(DeltaError) in
      try target.files(inPartitionsWhere: condition)
    }
  }

  /// Files of partitions for which it holds, or may hold.
  func reads(_ store: any ObjectStore) -> ReadSet {
    ReadSet(filesWhere: condition, of: ScanTarget(store: store, snapshot: snapshot))
  }
}

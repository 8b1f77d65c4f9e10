import Base
import Columns
import Compute
import Delta
import Query

extension Table {
  /// The files of the partitions for which a condition over partition columns holds.
  func partitionFiles(where text: String) throws(GrebeError) -> [AddFile] {
    let partitions = snapshot.metadata.partitionColumns
    let condition = try exposing { () throws(QueryError) in
      try parseCondition(text, over: schema)
    }
    for index in condition.columnIndices where !partitions.contains(schema.fields[index].name) {
      throw GrebeError(
        .invalidArgument, "\(schema.fields[index].name) is not a partition column",
        place: "--where \(text)",
        hint: partitions.isEmpty
          ? "the table has no partitions"
          : "the partition columns are " + partitions.joined(separator: ", "))
    }
    let target = ScanTarget(store: store, snapshot: snapshot)
    return try exposing { () throws(DeltaError) in
      try target.files(inPartitionsWhere: condition)
    }
  }
}

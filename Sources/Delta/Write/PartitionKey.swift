import Base
import Columns

/// A partition of a table: the values of its partition columns as the log writes them.
///
/// Two partitions are the same when their values are the same bytes. Directory names cannot tell:
/// null and the text that Hive has for it share one, and Swift takes canonically equivalent strings
/// for equal.
struct PartitionKey: Sendable, Hashable, Comparable {
  /// By column name.
  let values: [String: String?]
  /// `a=1/b=x/`, raw.
  let directory: String
  private let identity: String

  init(_ scalars: [Scalar], layout: DataFileLayout) throws(DeltaError) {
    let names = layout.partitionColumns.map { layout.tableSchema.fields[$0].name }
    var values: [String: String?] = [:]
    for (name, scalar) in zip(names, scalars) {
      values.updateValue(try partitionText(scalar), forKey: name)
    }
    self.values = values
    directory = partitionDirectory(names, values)
    identity = partitionIdentity(values)
  }

  static func < (a: PartitionKey, b: PartitionKey) -> Bool { a.identity < b.identity }
  static func == (a: PartitionKey, b: PartitionKey) -> Bool { a.identity == b.identity }
  func hash(into hasher: inout Hasher) { hasher.combine(identity) }
}

/// Text that is equal exactly when the partitions are: `a=1/b=` with what is not plain ASCII
/// escaped; a null has no `=`.
package func partitionIdentity(_ values: [String: String?]) -> String {
  values.map { name, value in
    byteIdentity(name) + (value.map { "=" + byteIdentity($0) } ?? "")
  }.sorted().joined(separator: "/")
}

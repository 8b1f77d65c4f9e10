package import Columns
package import Parquet
package import Store

/// What a scan reads: the files of a table's version, or one Parquet file on its own.
package struct ScanTarget: Sendable {
  package let store: any ObjectStore
  package let schema: Schema
  package let partitionColumns: Set<String>
  package let files: [AddFile]
  /// How the file stores its columns, by name; empty for tables.
  package let storage: [String: ColumnStorage]

  /// All files of a version.
  package init(store: any ObjectStore, snapshot: Snapshot) {
    self.store = store
    schema = snapshot.metadata.schema
    partitionColumns = Set(snapshot.metadata.partitionColumns)
    files = snapshot.files
    storage = [:]
  }

  /// One file, with the columns it has itself.
  ///
  /// - Parameter path: within `store`.
  package init(store: any ObjectStore, parquetFile path: String) throws(DeltaError) {
    self.store = store
    let metadata = try DataFileReader(store: store, path: path).metadata
    schema = metadata.schema
    storage = metadata.storage
    partitionColumns = []
    files = [
      AddFile(path: logPath(path), partitionValues: [:], sizeBytes: 0, modifiedMillis: 0)
    ]
  }
}

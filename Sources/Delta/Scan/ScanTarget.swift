package import Columns
package import Parquet
package import Store

/// What a scan reads: the files of a table's version, or one Parquet file on its own.
package struct ScanTarget: Sendable {
  package let store: any ObjectStore
  /// The table, as the user named it; nil for one file.
  let table: String?
  package let schema: Schema
  package private(set) var partitionColumns: Set<String>
  /// The columns of `schema` as files and the log call them, one for one.
  let physicalSchema: Schema
  /// The same in the types that the metadata has, of which `physicalSchema` has the readable ones.
  let declaredSchema: Schema
  let columnMapping: ColumnMapping
  package let files: [AddFile]
  /// How the file stores its columns, by name; empty for tables.
  package let storage: [String: ColumnStorage]
  /// What the file's footer says besides; empty for tables.
  package let keyValueMetadata: [KeyValue]
  /// What the pages and dictionaries that one worker holds may take; nil: not said.
  package var memoryBytes: Int?
  /// Positions in `schema` of the id of a row and the version it is from; nil: not there.
  let rowTrackingPlaces: Range<Int>?

  /// All files of a version.
  ///
  /// - Parameters:
  ///   - extra: columns that its files have besides the table's.
  ///   - rowIDs: the ids of rows as two columns more, at the end, where the table keeps them.
  package init(
    store: any ObjectStore, snapshot: Snapshot, extra: [Field] = [], rowIDs: Bool = false
  ) {
    self.store = store
    table = store.location
    let fields = snapshot.metadata.schema.fields + extra
    let idFields = rowIDs ? snapshot.rowTrackingColumns?.fields ?? [] : []
    let declared = Schema(fields + idFields)
    schema = declared.readable
    rowTrackingPlaces = idFields.isEmpty ? nil : fields.count..<fields.count + idFields.count
    columnMapping = snapshot.metadata.columnMapping
    physicalSchema = schema.physical(columnMapping)
    declaredSchema = declared.physical(columnMapping)
    partitionColumns = Set(snapshot.metadata.partitionColumns)
    files = snapshot.files
    storage = [:]
    keyValueMetadata = []
  }

  /// One file, with the columns it has itself.
  ///
  /// - Parameter path: within `store`.
  package init(store: any ObjectStore, parquetFile path: String) throws(DeltaError) {
    self.store = store
    table = nil
    let metadata = try DataFileReader(store: store, path: path).metadata
    schema = metadata.schema
    columnMapping = .none
    physicalSchema = schema
    declaredSchema = schema
    storage = metadata.storage
    keyValueMetadata = metadata.keyValueMetadata
    rowTrackingPlaces = nil
    partitionColumns = []
    files = [
      AddFile(path: logPath(path), partitionValues: [:], sizeBytes: 0, modifiedMillis: 0)
    ]
  }
}

extension ScanTarget {
  /// For a file of a version that may have been partitioned otherwise: by its own partition values.
  func partitioned(as file: AddFile) -> ScanTarget {
    var target = self
    target.partitionColumns = Set(
      zip(schema.fields, physicalSchema.fields).compactMap { field, physical in
        file.partitionValues.keys.contains(physical.name) ? field.name : nil
      })
    return target
  }

  func isPartitionColumn(_ index: Int) -> Bool {
    partitionColumns.contains(schema.fields[index].name)
  }
}

extension Schema {
  /// The types that scans give: a variant is its JSON text.
  package var readable: Schema { Schema(fields.map(\.readable)) }
}

extension Field {
  fileprivate var readable: Field {
    var field = self
    field.type = type.readable
    return field
  }
}

extension DataType {
  fileprivate var readable: DataType {
    switch self {
    case .other("variant"): .string
    case .structure(let fields): .structure(fields.map(\.readable))
    case .array(let element, let containsNull):
      .array(element: element.readable, containsNull: containsNull)
    case .map(let key, let value, let valueContainsNull):
      .map(key: key.readable, value: value.readable, valueContainsNull: valueContainsNull)
    default: self
    }
  }
}

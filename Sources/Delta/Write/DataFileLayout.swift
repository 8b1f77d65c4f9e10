package import Columns
package import Compute
package import Parquet

/// How the data files of one job look: shared by every writer of the job.
package struct DataFileLayout: Sendable {
  /// The table's columns, partition columns included, in table order, as files and the log name
  /// them.
  package let tableSchema: Schema
  /// Whether the table itself names them otherwise.
  let renamesColumns: Bool
  /// The columns a data file holds: the table's less the partition columns.
  package let fileSchema: Schema
  /// Positions in `tableSchema` of the columns a data file holds.
  package let fileColumns: [Int]
  /// Positions in `tableSchema` of the partition columns, in partitioning order.
  package let partitionColumns: [Int]
  /// How the rows of every file are sorted, by positions in `fileSchema`; empty keeps the order in
  /// which they came.
  package let sortKeys: [SortKey]
  package var parquet: ParquetWriteOptions
  /// What the directories of partitions lie in: empty, or with a trailing slash.
  package var directory = ""
  /// A file is finished at the first row group that reaches this size.
  package var targetFileBytes: Int64
  /// A row group is finished at this many rows.
  package var rowGroupRowCount: Int
  package var statisticsColumns: IndexedColumns

  /// - Parameters:
  ///   - logical: the table's columns, as it names them.
  ///   - names: of the partition columns.
  ///   - sortBy: positions in `tableSchema`. Partition columns have one value in a file and are
  ///     left out.
  /// - Precondition: every partition column is in `tableSchema`; what is sorted by has an order.
  package init(
    tableSchema logical: Schema, partitionColumns names: [String],
    columnMapping: ColumnMapping = .none, sortBy: [SortKey] = [],
    parquet: ParquetWriteOptions = ParquetWriteOptions(), targetFileBytes: Int64 = 256 << 20,
    rowGroupRowCount: Int = 1 << 20, statisticsColumns: IndexedColumns = IndexedColumns()
  ) {
    let tableSchema = logical.physical(columnMapping)
    let partitionColumns = names.map { logical.index(of: $0)! }
    let fileColumns = tableSchema.fields.indices.filter { !partitionColumns.contains($0) }
    self.tableSchema = tableSchema
    renamesColumns = columnMapping != .none
    self.partitionColumns = partitionColumns
    self.fileColumns = fileColumns
    self.fileSchema = tableSchema.selecting(fileColumns)
    sortKeys = sortBy.compactMap { key in
      fileColumns.firstIndex(of: key.column).map {
        SortKey(column: $0, isDescending: key.isDescending, nullsFirst: key.nullsFirst)
      }
    }
    self.parquet = parquet
    for index in parquet.bloomFilters.indices {
      self.parquet.bloomFilters[index].path = logical.physicalPath(
        parquet.bloomFilters[index].path, columnMapping)
    }
    self.parquet.sortingColumns = fileSchema.sortingColumns(
      sortKeys.map { ($0.column, $0.isDescending, $0.nullsFirst) })
    self.targetFileBytes = targetFileBytes
    self.rowGroupRowCount = rowGroupRowCount
    self.statisticsColumns = statisticsColumns
  }

  package var isPartitioned: Bool { !partitionColumns.isEmpty }
}

extension Snapshot {
  /// How files are to look that hold rows of the table again: with their ids, where they keep them.
  package func fileLayout(
    targetFileBytes: Int64, parquet: ParquetWriteOptions = ParquetWriteOptions()
  ) -> DataFileLayout {
    DataFileLayout(
      tableSchema: Schema(metadata.schema.fields + (rowTrackingColumns?.fields ?? [])),
      partitionColumns: metadata.partitionColumns,
      columnMapping: metadata.columnMapping, parquet: parquet, targetFileBytes: targetFileBytes,
      statisticsColumns: indexedColumns)
  }
}

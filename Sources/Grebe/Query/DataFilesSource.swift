import Base
import Columns
import Compute
import Delta
import Parquet

/// Rows of data files, whose faults are told in the terms of whoever asked for them.
struct DataFilesSource: BatchSource {
  /// How a single file stores its columns, by their names; empty for a table, whose files differ.
  let storage: [String: ColumnStorage]
  /// What a single file's footer says besides; empty for a table.
  let keyValueMetadata: [KeyValue]
  /// Whether columns that allow no nulls have none. Among what changed in a table are rows of
  /// versions in which they may have had some.
  let statesNulls: Bool
  private let scan: any BatchSource
  /// Of a single file, as the user names it; nil for a table.
  private let location: String?

  /// Of a table, or of what changed in it.
  init(ofTable scan: any BatchSource) {
    self.scan = scan
    statesNulls = scan is TableScan
    storage = [:]
    keyValueMetadata = []
    location = nil
  }

  /// Of one Parquet file.
  ///
  /// - Parameter location: of the file, as the user names it.
  init(_ scan: TableScan, ofFile location: String) {
    self.scan = scan
    statesNulls = true
    storage = scan.storage
    keyValueMetadata = scan.keyValueMetadata
    self.location = location
  }

  var schema: Schema { scan.schema }

  func scan(
    columns: ScanColumns, predicate: BoundExpression?, parallelism: Int,
    _ consume: @Sendable (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
  ) throws -> ScanMetrics {
    do {
      return try scan.scan(
        columns: columns, predicate: predicate, parallelism: parallelism, consume)
    } catch let error as DeltaError {
      throw location.map { error.naming($0) } ?? error
    }
  }
}

extension DeltaError {
  /// The same of the file as the user names it: stores know it by its name in their directory.
  func naming(_ location: String) -> DeltaError {
    var error = self
    if error.file != nil { error.file = location }
    return error
  }
}

import Base
import Columns
import Compute
import Delta

/// The rows of a table, or of what changed in it; a file that is not there is told as the table's
/// damage.
struct DataFilesSource: BatchSource {
  let scan: any BatchSource
  /// Of the table.
  let location: String

  var schema: Schema { scan.schema }

  func scan(
    columns: ScanColumns, predicate: BoundExpression?, parallelism: Int,
    _ consume: @Sendable (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
  ) throws -> ScanMetrics {
    do {
      return try scan.scan(
        columns: columns, predicate: predicate, parallelism: parallelism, consume)
    } catch let error as DeltaError where error.code == .notFound {
      throw GrebeError(
        .corrupt, "a data file of the table \(location) is missing", place: error.place,
        hint: "the table is damaged, or a VACUUM removed what this version needs")
    }
  }
}

/// The rows of one Parquet file, under the name that the user has for it.
struct ParquetFileSource: BatchSource {
  let scan: any BatchSource
  let location: String

  var schema: Schema { scan.schema }

  func scan(
    columns: ScanColumns, predicate: BoundExpression?, parallelism: Int,
    _ consume: @Sendable (_ worker: Int, _ unit: Int, _ batch: ColumnBatch?) throws -> Bool
  ) throws -> ScanMetrics {
    do {
      return try scan.scan(
        columns: columns, predicate: predicate, parallelism: parallelism, consume)
    } catch let error as DeltaError where error.file != nil {
      throw error.naming(location)
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

// Rows that keep their ids: Delta protocol (PROTOCOL.md), "Row Tracking". A row's id is the file's
// `baseRowId` and its position there, until it is written again; from then on the file says:
//
//   file                        baseRowId  _row-id  _row-version   id   version
//   as it was loaded (3)                0     null          null    0         3
//                                            null          null    1         3
//   after a compaction (7)              2        1             3    1         3
//
// The two columns have names that the table's properties give, and no place in its schema.
import Base
package import Columns
import Store

/// The columns of data files that hold what rows were before they were written again.
package struct RowTrackingColumns: Sendable, Equatable {
  static let enabledProperty = "delta.enableRowTracking"
  static let suspendedProperty = "delta.rowTrackingSuspended"
  private static let rowIDProperty = "delta.rowTracking.materializedRowIdColumnName"
  private static let versionProperty = "delta.rowTracking.materializedRowCommitVersionColumnName"
  /// The properties that name the two, and what names begin with, as Spark has it.
  static let properties = [
    (property: rowIDProperty, prefix: "_row-id-col-"),
    (property: versionProperty, prefix: "_row-commit-version-col-"),
  ]

  let rowID: String
  let commitVersion: String

  /// Nil where the table does not name them.
  init?(_ metadata: TableMetadata) {
    guard let rowID = metadata.configuration[RowTrackingColumns.rowIDProperty],
      let commitVersion = metadata.configuration[RowTrackingColumns.versionProperty]
    else { return nil }
    self.rowID = rowID
    self.commitVersion = commitVersion
  }

  /// Both, for the end of a file's schema.
  package var fields: [Field] { [Field(rowID, .long), Field(commitVersion, .long)] }
}

extension Snapshot {
  /// The columns in which rows that are written again keep their ids; nil where no row has to.
  ///
  /// A table for which `checkWritable(movesRows: true)` passes has them if its rows have ids.
  package var rowTrackingColumns: RowTrackingColumns? {
    keepsRowIDs ? RowTrackingColumns(metadata) : nil
  }

  /// Whether a row has one id as long as it is in the table.
  var keepsRowIDs: Bool { metadata.keepsRowIDs(under: tableProtocol) }
}

extension TableMetadata {
  func keepsRowIDs(under tableProtocol: TableProtocol) -> Bool {
    tableProtocol.effectiveWriterFeatures.contains("rowTracking")
      && isSet(RowTrackingColumns.enabledProperty)
  }
}

/// Completes the ids of one file's rows: those that the file does not state are counted.
struct RowNumbering: Sendable {
  private let baseRowID: Int64
  private let commitVersion: Int64
  /// Where the two columns are among those of a batch.
  private let columns: (rowID: Int, commitVersion: Int)

  /// Nil unless the target's columns for ids are among `columns`.
  ///
  /// - Parameter columns: positions in the target's schema.
  /// - Throws: `corrupt` for a file that the log gives no ids.
  init?(_ file: AddFile, of target: ScanTarget, columns: [Int]) throws(DeltaError) {
    guard let places = target.rowTrackingPlaces,
      let rowID = columns.firstIndex(of: places.lowerBound),
      let commitVersion = columns.firstIndex(of: places.lowerBound + 1)
    else { return nil }
    guard let baseRowID = file.baseRowID, let version = file.defaultRowCommitVersion else {
      throw .corrupt(
        "the table keeps the ids of its rows, and the log gives the file none",
        table: target.store.location, file: file.path)
    }
    self.baseRowID = baseRowID
    self.commitVersion = version
    self.columns = (rowID, commitVersion)
  }

  /// The batch with an id and a version in every row. O(rows).
  ///
  /// - Parameter rows: where the rows of `batch`, which are the live ones, are in the file.
  func completing(_ batch: ColumnBatch, _ rows: BatchRows) -> ColumnBatch {
    var numbers = BufferBuilder<Int64>(capacity: batch.rowCount)
    rows.forEachPosition(.all(count: batch.rowCount)) { positions in
      for position in positions { numbers.append(baseRowID &+ Int64(position)) }
    }
    let versions = Buffer(repeating: commitVersion, count: batch.rowCount)
    var filled = batch.columns
    filled[columns.rowID] = filled[columns.rowID].replacingNulls(by: numbers.freeze())
    filled[columns.commitVersion] = filled[columns.commitVersion].replacingNulls(by: versions)
    return ColumnBatch(schema: batch.schema, columns: filled, rowCount: batch.rowCount)
  }
}

extension Column {
  /// - Precondition: a column of longs, and as many values.
  fileprivate func replacingNulls(by values: Buffer<Int64>) -> Column {
    guard let validity else { return self }
    guard nullCount < count, case .int64(let own) = self.values else {
      return Column(type: type, values: .int64(values))
    }
    var slots = BufferBuilder<Int64>(capacity: count)
    for row in 0..<count { slots.append(validity[row] ? own[row] : values[row]) }
    return Column(type: type, values: .int64(slots.freeze()))
  }
}

import Base
import Columns
import Parquet
import Store

/// A Parquet file of a checkpoint, open: one action a row, a struct column a kind of action.
///
/// Delta protocol (PROTOCOL.md), "Checkpoint Schema". Columns and fields may be missing.
struct CheckpointFile: Sendable {
  fileprivate let reader: any ObjectReader
  fileprivate let metadata: ParquetMetadata
  /// Relative to the table.
  let path: String

  /// - Throws: `notFound` naming a file that is gone.
  init(_ store: any ObjectStore, path: String) throws(DeltaError) {
    self.path = path
    let reader = try readingLog(path, table: store.location) { () throws(StoreError) in
      try store.openReader(path)
    }
    self.reader = reader
    metadata = try CheckpointFile.footer(reader, path: path)
  }

  private static func footer(
    _ reader: any ObjectReader, path: String
  ) throws(DeltaError) -> ParquetMetadata {
    var range = ParquetMetadata.tailRange(fileSizeBytes: reader.sizeBytes)
    while true {  // At most twice: the second range is exact.
      let wanted = range
      let tail = try storing { () throws(StoreError) in try reader.read(wanted) }
      let step = try decoding(path) { () throws(ParquetError) in
        try ParquetMetadata.parse(tail: tail, fileSizeBytes: reader.sizeBytes)
      }
      switch step {
      case .done(let metadata): return metadata
      case .needs(let more): range = more
      }
    }
  }

  var sizeBytes: Int64 { reader.sizeBytes }
  var groupCount: Int { metadata.rowGroups.count }

  /// The rows of a row group in parts of about `rowCount`, each to be decoded for itself; all as
  /// one part where the group has no offset indexes: without them a part costs as much as all.
  func parts(
    group: Int, _ paths: [[String]], rowCount: Int
  ) throws(DeltaError) -> [Range<Int>] {
    let all = metadata.rowGroups[group].rowCount
    let leaves = metadata.tree.leaves.indices.filter { leaf in
      paths.contains { metadata.tree.leaves[leaf].path.starts(with: $0) }
    }
    let isIndexed = try decoding(path) { () throws(ParquetError) in
      for leaf in leaves {
        if try metadata.rowGroups[group].offsetIndexRange(leaf: leaf) == nil { return false }
      }
      return true
    }
    guard isIndexed, all > rowCount else { return [0..<all] }
    return stride(from: 0, to: all, by: rowCount).map { $0..<min($0 + rowCount, all) }
  }

  /// Whether the file has a field at or below this path.
  func has(_ path: [String]) -> Bool {
    metadata.tree.leaves.contains { $0.path.starts(with: path) }
  }

  func rowCount(group: Int) -> Int { metadata.rowGroups[group].rowCount }

  /// How many actions of a kind a row group holds, where the footer tells.
  func actionCount(_ kind: CheckpointKind, group: Int) -> Int? {
    guard metadata.tree.leaf([kind.rawValue, kind.key]) != nil else { return 0 }
    let rowCount = rowCount(group: group)
    guard let nulls = nullCount([kind.rawValue, kind.key], group: group), nulls <= rowCount
    else { return nil }
    return rowCount - nulls
  }

  /// Nulls of a field of a row group, where the footer tells.
  func nullCount(_ path: [String], group: Int) -> Int? {
    guard let leaf = metadata.tree.leaf(path) else { return nil }
    return metadata.rowGroups[group].statistics(leaf: leaf).nullCount
  }

  /// Calls `body` with the rows of a row group, in order, decoded in one pass.
  ///
  /// - Parameters:
  ///   - paths: fields to decode, with all that is below them; those that the file lacks are left
  ///     out.
  ///   - rows: of the group; nil: all.
  func forEachBatch(
    group: Int, _ paths: [[String]], rows: RowSelection? = nil,
    _ body: (ColumnBatch) throws(DeltaError) -> Void
  ) throws(DeltaError) {
    let decoder = try decoding(path) { () throws(ParquetError) in
      let projection = try Projection(paths: paths, of: metadata)
      return projection.shapes.isEmpty
        ? nil
        : try RowGroupDecoder(
          metadata: metadata, rowGroup: group, projection: projection,
          selection: rows)
    }
    guard let decoder else { return }
    while true {
      let step = try decoding(path) { () throws(ParquetError) in
        try decoder.next(maxRows: DataFileReader.batchRowCount)
      }
      switch step {
      case .needs(let ranges):
        let parts = try storing { () throws(StoreError) in try reader.read(ranges) }
        try decoding(path) { () throws(ParquetError) in try decoder.supply(parts) }
      case .batch(let batch): try body(batch)
      case .end: return
      }
    }
  }
}

/// Parquet calls whose failure is the checkpoint's.
private func decoding<R>(
  _ path: String, _ body: () throws(ParquetError) -> R
) throws(DeltaError) -> R {
  do { return try body() } catch {
    throw DeltaError(
      error.code, "the checkpoint cannot be read: \(error.description)", file: path,
      hint: error.hint)
  }
}

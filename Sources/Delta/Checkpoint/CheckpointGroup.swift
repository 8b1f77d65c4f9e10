import Base
import Columns
import Parquet
import Store

/// A checkpoint file, open: a Parquet file with one action a row, a struct column a kind of action.
///
/// Delta protocol (PROTOCOL.md), "Checkpoint Schema". Columns and fields may be missing.
struct CheckpointFile {
  private let reader: any ObjectReader
  private let metadata: ParquetMetadata
  /// Relative to the table.
  let path: String

  init(_ store: any ObjectStore, path: String) throws(DeltaError) {
    self.path = path
    let reader = try storing { () throws(StoreError) in try store.openReader(path) }
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

  var groupCount: Int { metadata.rowGroups.count }

  func group(_ index: Int) -> CheckpointGroup {
    CheckpointGroup(reader: reader, metadata: metadata, index: index, path: path)
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

/// One row group of a checkpoint: its fields as one value a row.
struct CheckpointGroup {
  fileprivate let reader: any ObjectReader
  fileprivate let metadata: ParquetMetadata
  fileprivate let index: Int
  let path: String

  var rowCount: Int { metadata.rowGroups[index].rowCount }

  /// One scalar a row of a field inside structs: null where it, or a struct above it, is. All null
  /// if the file has no such field.
  func scalars(_ field: [String]) throws(DeltaError) -> [Scalar] {
    var rows: [Scalar] = []
    rows.reserveCapacity(rowCount)
    for column in try columns(field) {
      guard let chain = column.fields(field) else { break }
      for row in 0..<column.count {
        let isNull = chain.dropLast().contains { $0.isNull(row) }
        rows.append(isNull ? .null : chain[chain.count - 1][row])
      }
    }
    return rows.isEmpty ? Array(repeating: .null, count: rowCount) : rows
  }

  /// The batches of the column that `field` lies in, with that field alone.
  private func columns(_ field: [String]) throws(DeltaError) -> [Column] {
    let decoder = try decoding(path) { () throws(ParquetError) in
      let projection = try Projection(paths: [field], of: metadata)
      return projection.shapes.isEmpty
        ? nil
        : try RowGroupDecoder(metadata: metadata, rowGroup: index, projection: projection)
    }
    guard let decoder else { return [] }
    var columns: [Column] = []
    while true {
      let step = try decoding(path) { () throws(ParquetError) in
        try decoder.next(maxRows: DataFileReader.batchRowCount)
      }
      switch step {
      case .needs(let ranges):
        let parts = try storing { () throws(StoreError) in try reader.read(ranges) }
        try decoding(path) { () throws(ParquetError) in try decoder.supply(parts) }
      case .batch(let batch): columns.append(batch.columns[0])
      case .end: return columns
      }
    }
  }

  /// One list of strings a row; nil where it, or a struct above it, is null.
  func lists(_ field: [String]) throws(DeltaError) -> [[String]?] {
    try scalars(field).map { row in
      guard case .array(let elements) = row else { return nil }
      return elements.compactMap(\.text)
    }
  }

  /// One map of strings a row; nil where it, or a struct above it, is null.
  func maps(_ field: [String]) throws(DeltaError) -> [[String: String?]?] {
    try scalars(field).map { row in
      guard case .map(let entries) = row else { return nil }
      var map: [String: String?] = [:]
      for entry in entries {
        if let key = entry.key.text { map.updateValue(entry.value.text, forKey: key) }
      }
      return map
    }
  }
}

extension Column {
  /// This column and those that a path of names leads through, the last one included; the first
  /// name is the column's own. Nil when there is none.
  fileprivate func fields(_ path: [String]) -> [Column]? {
    var chain = [self]
    for name in path.dropFirst() {
      let last = chain[chain.count - 1]
      guard case .structure(let columns, _) = last.values, case .structure(let fields) = last.type,
        let position = fields.firstIndex(where: { $0.name == name })
      else { return nil }
      chain.append(columns[position])
    }
    return chain
  }
}

extension Scalar {
  /// A string's text. Some writers leave out the annotation that makes bytes a string.
  var text: String? {
    switch self {
    case .string(let text): text
    case .binary(let bytes): String(validating: bytes, as: UTF8.self)
    default: nil
    }
  }

  var integerValue: Int64? { if case .integer(let value) = self { value } else { nil } }
  var booleanValue: Bool? { if case .boolean(let value) = self { value } else { nil } }
}

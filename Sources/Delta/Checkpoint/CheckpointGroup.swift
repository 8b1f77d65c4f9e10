import Base
import Columns
import Parquet
import Store

/// A checkpoint file, open: a Parquet file with one action a row, a struct column a kind of action.
///
/// Delta protocol (PROTOCOL.md), "Checkpoint Schema". Columns may be missing, and lists and maps
/// are named in many ways inside, so leaves are looked up by what they lie under.
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

/// One row group of a checkpoint: its leaves as one value a row.
struct CheckpointGroup {
  fileprivate let reader: any ObjectReader
  fileprivate let metadata: ParquetMetadata
  fileprivate let index: Int
  let path: String

  var rowCount: Int { metadata.rowGroups[index].rowCount }

  private func leaves(under prefix: [String]) -> [LeafColumn] {
    metadata.tree.leaves.filter { $0.path.starts(with: prefix) }
  }

  private func contents(_ leaf: LeafColumn) throws(DeltaError) -> LeafContents {
    let decoder = try decoding(path) { () throws(ParquetError) in
      try LeafDecoder(metadata: metadata, rowGroup: index, path: leaf.path)
    }
    let chunk = try storing { () throws(StoreError) in try reader.read(decoder.range) }
    return try decoding(path) { () throws(ParquetError) in try decoder.decode(chunk) }
  }

  /// One scalar a row; all null if the file has no such leaf.
  func scalars(_ leaf: [String]) throws(DeltaError) -> [Scalar] {
    guard let leaf = metadata.tree.leaf(leaf) else {
      return Array(repeating: .null, count: rowCount)
    }
    let contents = try contents(leaf)
    return try decoding(path) { () throws(ParquetError) in
      try contents.rowScalars(rowCount: rowCount)
    }
  }

  /// One list of strings a row; nil where it, or a struct above it, is null.
  func lists(_ prefix: [String]) throws(DeltaError) -> [[String]?] {
    guard let leaf = leaves(under: prefix).first,
      let empty = metadata.tree.emptyDefinition(of: leaf)
    else { return Array(repeating: nil, count: rowCount) }
    let contents = try contents(leaf)
    let rows = try decoding(path) { () throws(ParquetError) in
      try contents.rowLists(rowCount: rowCount, emptyDefinition: empty)
    }
    return rows.map { row in row?.compactMap { $0.text } }
  }

  /// One map of strings a row; nil where it, or a struct above it, is null.
  func maps(_ prefix: [String]) throws(DeltaError) -> [[String: String?]?] {
    let leaves = leaves(under: prefix)
    guard leaves.count == 2, let empty = metadata.tree.emptyDefinition(of: leaves[0]) else {
      return Array(repeating: nil, count: rowCount)
    }
    let keys = try contents(leaves[0])
    let values = try contents(leaves[1])
    let rows = try decoding(path) { () throws(ParquetError) in
      try rowMaps(keys: keys, values: values, rowCount: rowCount, emptyDefinition: empty)
    }
    return rows.map { row in
      guard let row else { return nil }
      var map: [String: String?] = [:]
      for (key, value) in row {
        if let key = key.text { map.updateValue(value.text, forKey: key) }
      }
      return map
    }
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

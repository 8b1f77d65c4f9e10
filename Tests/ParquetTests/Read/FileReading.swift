import Base
import Columns
import Foundation
import Parquet

/// The folder of shared test data; nil when the machine has none.
let sharedData: String? = {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  let path =
    ProcessInfo.processInfo.environment["GREBE_SHARED_DATA"]
    ?? root.appending(path: "../shared/data").path
  return FileManager.default.fileExists(atPath: path + "/parquet-testing") ? path : nil
}()

func readBytes(_ path: String) throws -> Buffer<UInt8> {
  Buffer([UInt8](try Data(contentsOf: URL(filePath: path))))
}

/// `range` of a file that is in memory; cut short where the file is.
func part(_ file: Buffer<UInt8>, _ range: Range<Int64>) -> Buffer<UInt8> {
  let low = min(Int(range.lowerBound), file.count)
  return file.slice(low..<min(Int(range.upperBound), file.count))
}

func readMetadata(_ file: Buffer<UInt8>) throws(ParquetError) -> ParquetMetadata {
  let size = Int64(file.count)
  var range = ParquetMetadata.tailRange(fileSizeBytes: size)
  for _ in 0..<2 {
    switch try ParquetMetadata.parse(tail: part(file, range), fileSizeBytes: size) {
    case .needs(let more): range = more
    case .done(let metadata): return metadata
    }
  }
  throw ParquetError(.internalError, "the footer was asked for twice")
}

/// Top-level columns that can be read.
func readableColumns(_ metadata: ParquetMetadata) -> [Int] {
  metadata.schema.fields.indices.filter { isReadable(metadata.schema.fields[$0].type) }
}

private func isReadable(_ type: DataType) -> Bool {
  switch type {
  case .other: false
  case .structure(let fields): fields.allSatisfy { isReadable($0.type) }
  case .array(let element, _): isReadable(element)
  case .map(let key, let value, _): isReadable(key) && isReadable(value)
  default: true
  }
}

/// Top-level columns that are not nested.
func flatColumns(_ metadata: ParquetMetadata) -> [Int] {
  metadata.schema.fields.indices.filter { metadata.schema.fields[$0].type.physical != nil }
}

extension RowGroupDecoder {
  /// The next rows, with what they need from a file that is in memory.
  func next(maxRows: Int, of file: Buffer<UInt8>) throws(ParquetError) -> ColumnBatch? {
    while true {
      switch try next(maxRows: maxRows) {
      case .needs(let ranges): try supply(ranges.map { part(file, $0) })
      case .batch(let batch): return batch
      case .end: return nil
      }
    }
  }

  /// All rows that are left.
  func batches(
    of file: Buffer<UInt8>, maxRows: Int = 1024
  ) throws(ParquetError) -> [ColumnBatch] {
    var batches: [ColumnBatch] = []
    while let batch = try next(maxRows: maxRows, of: file) { batches.append(batch) }
    return batches
  }
}

/// Every batch of every row group.
func readBatches(
  _ file: Buffer<UInt8>, columns: [Int]? = nil, maxRows: Int = 1024,
  options: ReadOptions = ReadOptions()
) throws(ParquetError) -> [ColumnBatch] {
  let metadata = try readMetadata(file)
  let columns = columns ?? readableColumns(metadata)
  var batches: [ColumnBatch] = []
  for group in metadata.rowGroups.indices {
    let decoder = try RowGroupDecoder(
      metadata: metadata, rowGroup: group, columns: columns, options: options)
    batches += try decoder.batches(of: file, maxRows: maxRows)
  }
  return batches
}

extension SchemaTree {
  /// The columns of a file with this tree.
  func schema() throws(ParquetError) -> Schema { Schema(try columnShapes().map(\.field)) }
}

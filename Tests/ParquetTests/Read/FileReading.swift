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
func flatColumns(_ metadata: ParquetMetadata) -> [Int] {
  metadata.schema.fields.indices.filter { index in
    switch metadata.schema.fields[index].type {
    case .structure, .array, .map, .other: false
    default: true
    }
  }
}

/// Every batch of every row group.
func readBatches(
  _ file: Buffer<UInt8>, columns: [Int]? = nil, maxRows: Int = 1024
) throws(ParquetError) -> [ColumnBatch] {
  let metadata = try readMetadata(file)
  let columns = columns ?? flatColumns(metadata)
  var batches: [ColumnBatch] = []
  for group in metadata.rowGroups.indices {
    let decoder = try RowGroupDecoder(metadata: metadata, rowGroup: group, columns: columns)
    try decoder.supply(decoder.ranges.map { part(file, $0) })
    while let batch = try decoder.next(maxRows: maxRows) { batches.append(batch) }
  }
  return batches
}

func readLeaf(_ file: Buffer<UInt8>, rowGroup: Int, path: [String]) throws -> LeafContents {
  let metadata = try readMetadata(file)
  let decoder = try LeafDecoder(metadata: metadata, rowGroup: rowGroup, path: path)
  return try decoder.decode(part(file, decoder.range))
}

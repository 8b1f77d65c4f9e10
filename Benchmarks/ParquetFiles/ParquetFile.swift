import Base
import Columns
import Parquet

/// A Parquet file on disk, read with plain system calls: what is measured is the format's work.
struct ParquetFile {
  private let file: File
  let metadata: ParquetMetadata

  init(_ path: String) throws {
    file = try File(reading: path)
    let sizeBytes = file.sizeBytes
    var range = ParquetMetadata.tailRange(fileSizeBytes: sizeBytes)
    while true {
      let tail = try file.read(range)
      switch try ParquetMetadata.parse(tail: tail, fileSizeBytes: sizeBytes) {
      case .needs(let more): range = more
      case .done(let metadata):
        self.metadata = metadata
        return
      }
    }
  }

  /// The largest row group: its bytes in the file, and before compression.
  var groupBytes: (compressed: Int, uncompressed: Int) {
    let groups = metadata.rowGroups
    return (
      Int(groups.map(\.sizeBytes).max() ?? 0), Int(groups.map(\.uncompressedSizeBytes).max() ?? 0)
    )
  }

  var columns: [Int] { Array(metadata.schema.fields.indices) }

  /// Decodes every row of `columns`, in order.
  func forEachBatch(columns: [Int], rowCount: Int, _ body: (ColumnBatch) throws -> Void) throws {
    for group in metadata.rowGroups.indices {
      let decoder = try RowGroupDecoder(metadata: metadata, rowGroup: group, columns: columns)
      decoding: while true {
        switch try decoder.next(maxRows: rowCount) {
        case .needs(let ranges):
          var buffers: [Buffer<UInt8>] = []
          for range in ranges { buffers.append(try file.read(range)) }
          try decoder.supply(buffers)
        case .batch(let batch): try body(batch)
        case .end: break decoding
        }
      }
    }
  }

  func batches(columns: [Int], rowCount: Int) throws -> [ColumnBatch] {
    var batches: [ColumnBatch] = []
    try forEachBatch(columns: columns, rowCount: rowCount) { batches.append($0) }
    return batches
  }
}

/// Writes `batches` as a file of row groups that are full by bytes, or have `groupRowCount` rows.
/// Gives its size in bytes.
func write(
  _ batches: [ColumnBatch], schema: Schema, to path: String, _ options: ParquetWriteOptions,
  groupRowCount: Int
) throws -> Int {
  let file = try File(creating: path)
  let writer = try RowGroupWriter(schema: schema, options: options)
  var assembler = try FileAssembler(schema: schema, options: options)
  try file.append(assembler.header())
  func finishGroup() throws {
    for part in assembler.add(try writer.finish()) { try file.append(part) }
  }
  for batch in batches {
    var row = 0
    while row < batch.rowCount {
      row += try writer.append(batch, rows: row..<batch.rowCount)
      if writer.isFull || writer.rowCount >= groupRowCount { try finishGroup() }
    }
  }
  if writer.rowCount > 0 { try finishGroup() }
  try file.append(assembler.footer())
  return assembler.sizeBytes
}

import Base
package import Columns
package import Parquet
package import Store

/// One Parquet file, open: its footer, and the rows of its row groups as batches.
///
/// Several workers may read row groups of it at once; each row group has a decoder of its own.
package final class DataFileReader: Sendable {
  /// Rows of a batch: a few columns of them fit the second-level cache.
  package static let batchRowCount = 8192

  package let metadata: ParquetMetadata
  private let path: String
  private let reader: any ObjectReader
  /// Bytes fetched to open the file.
  package let footerBytes: Int64

  /// Opens the file and reads its footer.
  package init(store: any ObjectStore, path: String) throws(DeltaError) {
    self.path = path
    let reader = try storing { () throws(StoreError) in try store.openReader(path) }
    let size = reader.sizeBytes
    var range = ParquetMetadata.tailRange(fileSizeBytes: size)
    var footerBytes: Int64 = 0
    while true {
      let tail = try storing { () throws(StoreError) in try reader.read(range) }
      footerBytes += Int64(tail.count)
      let step = try encoding(path) { () throws(ParquetError) in
        try ParquetMetadata.parse(tail: tail, fileSizeBytes: size)
      }
      switch step {
      case .done(let metadata):
        self.metadata = metadata
        self.reader = reader
        self.footerBytes = footerBytes
        return
      case .needs(let more): range = more
      }
    }
  }

  /// Calls `body` with the rows of a row group, in order, until it returns false.
  ///
  /// - Parameter columns: positions in `metadata.schema`, in the order the batches are to have; at
  ///   least one.
  /// - Returns: whether `body` took every row, and the bytes fetched.
  package func forEachBatch(
    rowGroup: Int, columns: [Int], _ body: (ColumnBatch) throws(DeltaError) -> Bool
  ) throws(DeltaError) -> (goesOn: Bool, bytesRead: Int64) {
    let decoder = try encoding(path) { () throws(ParquetError) in
      try RowGroupDecoder(metadata: metadata, rowGroup: rowGroup, columns: columns)
    }
    var chunks: [Buffer<UInt8>] = []
    var bytesRead: Int64 = 0
    for range in decoder.ranges {
      chunks.append(try storing { () throws(StoreError) in try reader.read(range) })
      bytesRead += Int64(range.count)
    }
    try encoding(path) { () throws(ParquetError) in try decoder.supply(chunks) }
    while true {
      let batch = try encoding(path) { () throws(ParquetError) in
        try decoder.next(maxRows: DataFileReader.batchRowCount)
      }
      guard let batch else { return (true, bytesRead) }
      guard try body(batch) else { return (false, bytesRead) }
    }
  }
}

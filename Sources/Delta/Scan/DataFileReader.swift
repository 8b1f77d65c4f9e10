import Base
package import Columns
package import Parquet
package import Store
import Synchronization

/// One Parquet file, open: its footer, and the rows of its row groups as batches.
///
/// Several workers may read row groups of it at once; each row group has a decoder of its own.
package final class DataFileReader: Sendable {
  /// Rows of a batch: a few columns of them fit the second-level cache.
  package static let batchRowCount = 8192

  package let metadata: ParquetMetadata
  private let path: String
  private let reader: any ObjectReader
  private let options: ReadOptions
  /// Bytes fetched to open the file.
  package let footerBytes: Int64
  private let cut = Mutex<Set<String>>([])
  /// See `RowGroupDecoder.cutColumns`: of all row groups so far.
  var cutColumns: Set<String> { cut.withLock { $0 } }

  /// Opens the file and reads its footer.
  package convenience init(
    store: any ObjectStore, path: String, memoryBytes: Int? = nil
  ) throws(DeltaError) {
    let reader = try storing { () throws(StoreError) in try store.openReader(path) }
    try self.init(reader, path: path, memoryBytes: memoryBytes)
  }

  /// Reads the footer of an open file.
  ///
  /// - Parameters:
  ///   - path: for messages.
  ///   - memoryBytes: see `ReadOptions.heldMaxBytes`; nil for its default.
  package init(
    _ reader: any ObjectReader, path: String, memoryBytes: Int? = nil
  ) throws(DeltaError) {
    self.path = path
    options = memoryBytes.map { ReadOptions(heldMaxBytes: $0) } ?? ReadOptions()
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
  /// - Parameters:
  ///   - columns: positions in `metadata.schema`, in the order the batches are to have; at least
  ///     one.
  ///   - selection: the rows that are wanted; nil: all.
  ///   - offsetIndexes: by leaf, those that were fetched already.
  /// - Returns: whether `body` took every row, and the bytes fetched.
  package func forEachBatch(
    rowGroup: Int, columns: [Int], selection: RowSelection? = nil,
    offsetIndexes: [Int: OffsetIndex] = [:], _ body: (ColumnBatch) throws(DeltaError) -> Bool
  ) throws(DeltaError) -> (goesOn: Bool, bytesRead: Int64) {
    let projection = try encoding(path) { () throws(ParquetError) in
      try Projection(columns: columns, of: metadata)
    }
    return try forEachBatch(
      rowGroup: rowGroup, projection, selection: selection, offsetIndexes: offsetIndexes, body)
  }

  /// The same for what is left of some columns.
  func forEachBatch(
    rowGroup: Int, _ projection: Projection, selection: RowSelection? = nil,
    offsetIndexes: [Int: OffsetIndex] = [:], _ body: (ColumnBatch) throws(DeltaError) -> Bool
  ) throws(DeltaError) -> (goesOn: Bool, bytesRead: Int64) {
    let decoder = try encoding(path) { () throws(ParquetError) in
      try RowGroupDecoder(
        metadata: metadata, rowGroup: rowGroup,
        projection: projection, selection: selection,
        offsetIndexes: offsetIndexes, options: options)
    }
    defer {
      let columns = decoder.cutColumns
      if !columns.isEmpty { cut.withLock { $0.formUnion(columns) } }
    }
    var bytesRead: Int64 = 0
    while true {
      let step = try encoding(path) { () throws(ParquetError) in
        try decoder.next(maxRows: DataFileReader.batchRowCount)
      }
      switch step {
      case .needs(let ranges):
        let parts = try read(ranges)
        for range in ranges { bytesRead += Int64(range.count) }
        try encoding(path) { () throws(ParquetError) in try decoder.supply(parts) }
      case .batch(let batch): guard try body(batch) else { return (false, bytesRead) }
      case .end: return (true, bytesRead)
      }
    }
  }
}

extension DataFileReader {
  /// These bytes of the file.
  func read(_ ranges: [Range<Int64>]) throws(DeltaError) -> [Buffer<UInt8>] {
    try storing { () throws(StoreError) in try reader.read(ranges) }
  }

  /// Runs what reads bytes of the file; errors say which file.
  func parsing<R>(_ body: () throws(ParquetError) -> R) throws(DeltaError) -> R {
    try encoding(path, body)
  }
}

extension ObjectReader {
  /// Each of `ranges`, those that lie one after the other with one read.
  func read(_ ranges: [Range<Int64>]) throws(StoreError) -> [Buffer<UInt8>] {
    var parts: [Buffer<UInt8>] = []
    parts.reserveCapacity(ranges.count)
    var next = 0
    while next < ranges.count {
      var end = next + 1
      while end < ranges.count, ranges[end].lowerBound == ranges[end - 1].upperBound,
        ranges[end].upperBound - ranges[next].lowerBound <= joinedReadMaxBytes
      { end += 1 }
      let bytes = try read(ranges[next].lowerBound..<ranges[end - 1].upperBound)
      for range in ranges[next..<end] {
        let start = Int(range.lowerBound - ranges[next].lowerBound)
        parts.append(bytes.slice(start..<start + range.count))
      }
      next = end
    }
    return parts
  }
}

/// Small reads are joined; what is larger gains nothing and would be kept alive by its parts.
private let joinedReadMaxBytes: Int64 = 1 << 20

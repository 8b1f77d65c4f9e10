import Base
import Columns
import Parquet
import Store
import Synchronization

/// Actions of one kind, by their place among those of the kind.
struct CheckpointRows: Sendable {
  let kind: CheckpointKind
  let range: Range<Int>
}

/// Writes actions as one Parquet file: a checkpoint, or a sidecar.
///
/// Row groups are encoded by all workers at once and written in their order, so that equal content
/// gives equal bytes. Memory: the content, and a row group a worker.
struct CheckpointFileWriter {
  private let store: any ObjectStore
  private let environment: Environment
  private let content: CheckpointContent
  private let schema: Schema
  private let options: ParquetWriteOptions

  /// A row group ends with this many rows or bytes.
  private let groupRowCount: Int
  private static let groupSizeBytes = 16 << 20
  /// A row group of tombstones alone is so many times as large: all that most readers see of it is
  /// the footer, which has an entry for every field of every row group.
  private static let tombstoneGroupScale = 4
  /// Rows that are made columns at a time.
  private static let batchRowCount = 4096

  /// - Parameter kinds: the columns of the file.
  init(
    _ store: any ObjectStore, environment: Environment, content: CheckpointContent,
    kinds: [CheckpointKind], groupRowCount: Int
  ) throws(DeltaError) {
    self.store = store
    self.groupRowCount = groupRowCount
    self.environment = environment
    self.content = content
    var fields: [Field] = []
    for kind in kinds { fields.append(Field(kind.rawValue, try content.column(kind, 0..<0).type)) }
    schema = Schema(fields)
    // Readers that open the table's data files know zstd, and some have no other encoding.
    var options = ParquetWriteOptions()
    options.profile = .compatible
    options.codec = content.metadata.codec ?? options.codec
    self.options = options
  }

  /// Returns the file's size. It is visible, complete and durable, when this returns.
  func write(_ path: String, _ rows: [CheckpointRows]) throws(DeltaError) -> Int64 {
    do throws(DeltaError) {
      return try writeFile(path, rows)
    } catch {
      var error = error
      if error.table.isEmpty { error.table = store.location }
      if error.version == nil { error.version = content.version }
      throw error
    }
  }

  private func writeFile(_ path: String, _ rows: [CheckpointRows]) throws(DeltaError) -> Int64 {
    var assembler = try encoding(path) { () throws(ParquetError) in
      try FileAssembler(schema: schema, options: options)
    }
    let output = try storing { () throws(StoreError) in try store.createWriter(path) }
    try append([assembler.header()], to: output)
    var groups = rowGroups(rows)[...]
    while !groups.isEmpty {
      if environment.cancellation.isCancelled {
        throw DeltaError(.cancelled, "interrupted before the checkpoint was whole")
      }
      let wave = Array(groups.prefix(environment.parallelism))
      groups = groups.dropFirst(wave.count)
      for group in try encode(wave, path) { try append(assembler.add(group), to: output) }
    }
    guard assembler.rowCount == rows.reduce(0, { $0 + $1.range.count }) else {
      throw DeltaError(.internalError, "a checkpoint would lack actions", file: path)
    }
    try append(
      [try encoding(path) { () throws(ParquetError) in try assembler.footer() }], to: output)
    try storing { () throws(StoreError) in try output.finish() }
    return Int64(assembler.sizeBytes)
  }

  private func append(
    _ parts: [Buffer<UInt8>], to output: any ObjectWriter
  ) throws(DeltaError) {
    for part in parts { try storing { () throws(StoreError) in try output.append(part.bytes) } }
  }

  /// The rows in batches, the batches in row groups.
  ///
  /// Tombstones, if they are many, are in row groups of their own: whoever opens the table sees in
  /// the footer that nothing else is there. Few are not worth the chunks of a row group.
  private func rowGroups(_ rows: [CheckpointRows]) -> [[CheckpointRows]] {
    var groups: [[CheckpointRows]] = []
    var group: [CheckpointRows] = []
    var (rowCount, sizeBytes) = (0, 0)
    func endGroup() {
      if !group.isEmpty { groups.append(group) }
      group = []
      (rowCount, sizeBytes) = (0, 0)
    }
    for rows in rows {
      let isApart = rows.kind == .remove && rows.range.count > Self.batchRowCount
      if isApart { endGroup() }
      let scale = isApart ? Self.tombstoneGroupScale : 1
      let (rowCountMax, sizeMax) = (groupRowCount * scale, Self.groupSizeBytes * scale)
      var start = rows.range.lowerBound
      while start < rows.range.upperBound {
        var end = start
        let limit = min(start + Self.batchRowCount, rows.range.upperBound)
        while end < limit && rowCount < rowCountMax && sizeBytes < sizeMax {
          sizeBytes += content.sizeBytes(rows.kind, row: end)
          rowCount += 1
          end += 1
        }
        group.append(CheckpointRows(kind: rows.kind, range: start..<end))
        start = end
        if rowCount >= rowCountMax || sizeBytes >= sizeMax { endGroup() }
      }
    }
    endGroup()
    return groups
  }

  /// A worker a row group.
  private func encode(
    _ groups: [[CheckpointRows]], _ path: String
  ) throws(DeltaError) -> [EncodedRowGroup] {
    let encoded = Mutex<[Int: EncodedRowGroup]>([:])
    try withWorkers(count: groups.count, parent: environment.cancellation) {
      worker, _ throws(DeltaError) in
      let group = try encode(groups[worker], path)
      encoded.withLock { $0[worker] = group }
    }
    return encoded.withLock { encoded in groups.indices.map { encoded[$0]! } }
  }

  private func encode(
    _ group: [CheckpointRows], _ path: String
  ) throws(DeltaError) -> EncodedRowGroup {
    let writer = try encoding(path) { () throws(ParquetError) in
      try RowGroupWriter(schema: schema, options: options)
    }
    for rows in group {
      let batch = try batch(rows)
      try encoding(path) { () throws(ParquetError) in try writer.append(batch) }
    }
    return try encoding(path) { () throws(ParquetError) in try writer.finish() }
  }

  private func batch(_ rows: CheckpointRows) throws(DeltaError) -> ColumnBatch {
    var columns: [Column] = []
    for field in schema.fields {
      columns.append(
        field.name == rows.kind.rawValue
          ? try content.column(rows.kind, rows.range)
          : Column(field.type, repeating: .null, count: rows.range.count))
    }
    return ColumnBatch(schema: schema, columns: columns, rowCount: rows.range.count)
  }
}

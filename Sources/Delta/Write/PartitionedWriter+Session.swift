import Base
package import Columns
import Compute
import Parquet
import Store

extension PartitionedWriter {
  /// One worker's way in. Not for sharing between threads.
  package final class Session {
    private let owner: PartitionedWriter
    private let layout: DataFileLayout
    private let rowGroups: RowGroupWriter
    private let unpacker: RowUnpacker
    private var groups: [EncodedRowGroup] = []
    /// Rows of the unit in progress that are not split yet.
    private var pending: [ColumnBatch] = []
    private var pendingRowCount = 0
    private var pendingBytes = 0
    private var splits: [[SetAside.Arrival]] = []
    private var splitter: PartitionSplitter
    /// By the splitter's partition number.
    private var keys: [PartitionKey] = []
    /// Rows to split at a time, and what there may be of them if memory is short.
    private var splitRowCount = Session.splitRowCounts.lowerBound
    private let splitRowLimit: Int
    /// Text and elements after which rows are split, however few.
    private let splitBytes: Int

    init(_ owner: PartitionedWriter) throws(DeltaError) {
      self.owner = owner
      let layout = owner.job.layout
      self.layout = layout
      rowGroups = try encoding { () throws(ParquetError) in
        try RowGroupWriter(schema: layout.fileSchema, options: layout.parquet)
      }
      unpacker = RowUnpacker(schema: layout.fileSchema)
      splitter = PartitionSplitter(
        schema: layout.tableSchema, keyColumns: layout.partitionColumns)
      splitRowLimit = min(
        max(owner.budgetBytes / 512, Session.splitRowCounts.lowerBound),
        Session.splitRowCounts.upperBound)
      splitBytes = min(max(owner.budgetBytes / 4, 1 << 20), 32 << 20)
    }

    /// Few rows stay in the cache while they are arranged, many make pieces that are worth having.
    private static let splitRowCounts = 1 << 14...1 << 17
    /// Rows that a piece should have.
    private static let pieceRowCount = 64
    /// Sorted rows come in blocks of which the merge holds one of each run.
    private static let sortedBlockRowCount = 1 << 12
    /// Text and elements that one split may copy at all.
    private static let batchBytes = 1 << 30
    /// A piece of this size has a buffer of its own; smaller ones share.
    private static let ownBufferBytes = 4 << 10

    /// Rows of the unit in progress, in the table's columns.
    package func write(_ rows: ColumnBatch) throws(DeltaError) {
      guard rows.rowCount > 0 else { return }
      let batch = layout.renamesColumns ? rows.renamed(to: layout.tableSchema) : rows
      if owner.whole != nil {
        let rows = layout.isPartitioned ? batch.selecting(layout.fileColumns) : batch
        return try append(rows, rowLimit: layout.rowGroupRowCount, into: &groups)
      }
      let sizeBytes = batch.varyingBytes
      if sizeBytes > Session.batchBytes && batch.rowCount > 1 {
        let middle = batch.rowCount / 2
        try write(batch.slice(0..<middle))
        return try write(batch.slice(middle..<batch.rowCount))
      }
      pending.append(batch)
      pendingRowCount += batch.rowCount
      pendingBytes += sizeBytes
      if pendingRowCount >= splitRowCount || pendingBytes >= splitBytes {
        try splitPending()
      }
    }

    /// Arranges the pending rows by partition and packs each one's.
    private func splitPending() throws(DeltaError) {
      guard pendingRowCount > 0 else { return }
      let batches = pending
      (pending, pendingRowCount, pendingBytes) = ([], 0, 0)
      let (rows, parts) = try computing {
        () throws(ComputeError) -> (ColumnBatch, [PartitionSplitter.Part]) in
        try splitter.arrange(batches, columns: layout.fileColumns, schema: layout.tableSchema)
      }
      while keys.count < splitter.partitionCount {
        keys.append(try PartitionKey(splitter.key(keys.count), layout: layout))
      }
      splits.append(layout.sortKeys.isEmpty ? packed(rows, parts) : sorted(rows, parts))
      // How many partitions the unit has shows only now.
      splitRowCount = min(
        max(parts.count * Session.pieceRowCount, Session.splitRowCounts.lowerBound), splitRowLimit)
    }

    private func packed(
      _ rows: ColumnBatch, _ parts: [PartitionSplitter.Part]
    ) -> [SetAside.Arrival] {
      var own: [Buffer<UInt8>?] = []
      var shared = ByteWriter()
      var ends: [Int] = []
      var packed = ByteWriter()
      for part in parts {
        packed.removeAll()
        RowPacker.append(rows.columns, rows: part.rows, to: &packed)
        if packed.count >= Session.ownBufferBytes {
          var copy = ByteWriter(capacity: packed.count)
          copy.append(packed.bytes)
          own.append(copy.take())
        } else {
          own.append(nil)
          shared.append(packed.bytes)
        }
        ends.append(shared.count)
      }
      let rest = shared.take()
      return parts.indices.map { index in
        SetAside.Arrival(
          key: keys[parts[index].partition], rowCount: parts[index].rows.count,
          bytes: own[index] ?? rest.slice((index == 0 ? 0 : ends[index - 1])..<ends[index]),
          isShared: own[index] == nil)
      }
    }

    private func sorted(
      _ rows: ColumnBatch, _ parts: [PartitionSplitter.Part]
    ) -> [SetAside.Arrival] {
      var numbers = BufferBuilder<Int32>(capacity: rows.rowCount)
      for (index, part) in parts.enumerated() {
        numbers.append(repeating: Int32(index), count: part.rows.count)
      }
      let numbered = ColumnBatch(
        schema: Schema(rows.schema.fields + [Field("", .integer)]),
        columns: rows.columns + [Column(type: .integer, values: .int32(numbers.freeze()))],
        rowCount: rows.rowCount)
      let byPart = parts.count > 1 ? [SortKey(column: rows.schema.count)] : []
      let order = RowOrder.sorted(numbered, by: byPart + layout.sortKeys)
      let sorted = rows.selecting(.rows(order))
      return parts.flatMap { part in
        sorted.packed(part.rows, partition: 0, rowLimit: Session.sortedBlockRowCount).map {
          SetAside.Arrival(
            key: keys[part.partition], rowCount: $0.rowCount, bytes: $0.bytes, isShared: false)
        }
      }
    }

    /// Hands over the row groups of the unit that are full. Where they end does not depend on it.
    package func handOverFull(ordinal: Int) throws(DeltaError) {
      guard let whole = owner.whole, !groups.isEmpty else { return }
      defer { groups = [] }
      try whole.append(groups, ordinal: ordinal, isLast: false)
    }

    /// Hands over what the unit has so far, so that a long unit need not be held in memory.
    package func endPart(ordinal: Int) throws(DeltaError) {
      try handOver(ordinal: ordinal, isLast: false)
    }

    /// Ends the unit; its rows count as written once every unit before it is in.
    package func endUnit(ordinal: Int) throws(DeltaError) {
      try handOver(ordinal: ordinal, isLast: true)
    }

    private func handOver(ordinal: Int, isLast: Bool) throws(DeltaError) {
      if let whole = owner.whole {
        try finishGroup(into: &groups)
        defer { groups = [] }
        return try whole.append(groups, ordinal: ordinal, isLast: isLast)
      }
      try splitPending()
      let unit = splits
      splits = []
      // What a unit becomes must not depend on the units before it.
      splitRowCount = Session.splitRowCounts.lowerBound
      do throws(DeltaError) {
        for work in owner.deposit(unit, ordinal: ordinal, isLast: isLast) { try perform(work) }
      } catch {
        owner.fail()
        throw error
      }
      // Whoever writes a run is a running thread, and ends by itself.
      while owner.isOverBudget { pause(millis: 1) }
    }

    private func perform(_ work: SetAside.Work) throws(DeltaError) {
      switch work {
      case .rowGroup(let rows, let ordinal): try encode(rows, ordinal: ordinal, endsFile: false)
      case .close(let partition, let ordinal):
        try owner.output(partition).append([], ordinal: ordinal, endsFile: true)
      case .spill(let runs, let index, let sizeBytes):
        try owner.spill(runs, index: index, sizeBytes: sizeBytes)
      }
    }

    /// Encodes rows of one partition, as one row group unless they are more than one may hold.
    func encode(_ rows: MergedRows, ordinal: Int, endsFile: Bool) throws(DeltaError) {
      var groups: [EncodedRowGroup] = []
      // Rows that were set aside have a piece more than the limit at most: they stay together.
      let rowLimit = layout.sortKeys.isEmpty ? Int.max : layout.rowGroupRowCount
      try rows.forEachBatch(layout, unpacker) { (batch) throws(DeltaError) in
        try append(batch, rowLimit: rowLimit, into: &groups)
      }
      try finishGroup(into: &groups)
      try owner.output(rows.partition).append(groups, ordinal: ordinal, endsFile: endsFile)
    }

    private func append(
      _ batch: ColumnBatch, rowLimit: Int = .max, into groups: inout [EncodedRowGroup]
    ) throws(DeltaError) {
      var row = 0
      while row < batch.rowCount {
        row += try encoding { () throws(ParquetError) in
          try rowGroups.append(batch, rows: row..<batch.rowCount, rowLimit: rowLimit)
        }
        if rowGroups.isFull { try finishGroup(into: &groups) }
      }
    }

    private func finishGroup(into groups: inout [EncodedRowGroup]) throws(DeltaError) {
      guard rowGroups.rowCount > 0 else { return }
      groups.append(try encoding { () throws(ParquetError) in try rowGroups.finish() })
    }
  }
}

extension ColumnBatch {
  /// About the bytes of text and elements, which differ from row to row; what rows share counts for
  /// each.
  fileprivate var varyingBytes: Int {
    columns.reduce(0) { total, column in
      guard case .bytes(let slots, _) = column.values else {
        return total + (column.type.isNested ? column.sizeBytes : 0)
      }
      let slices = slots.span
      var sum = 0
      for row in slices.indices { sum &+= Int(slices[row].count) }
      return total + sum
    }
  }
}

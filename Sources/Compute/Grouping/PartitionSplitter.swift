import Base
package import Columns

/// Splits batches by the values of some of their columns: the partitioned writer's first step.
///
/// The same key has the same number in every batch, so that a writer per partition is an array
/// element and not a dictionary entry.
package struct PartitionSplitter: ~Copyable {
  private var table: GroupTable
  private let keyColumns: [Int]

  /// - Parameter keyColumns: positions of the key columns; with none, all rows are partition 0.
  package init(schema: Schema, keyColumns: [Int]) {
    self.keyColumns = keyColumns
    table = GroupTable(keyColumns.map { schema.fields[$0].type })
  }

  /// Partitions seen so far.
  package var partitionCount: Int { keyColumns.isEmpty ? 1 : table.count }

  /// The key values of a partition, in the order of the key columns.
  package func key(_ partition: Int) -> [Scalar] {
    keyColumns.isEmpty ? [] : table.key(partition)
  }

  /// The rows that belong to one partition, in order, among rows that are arranged by partition.
  package struct Part: Sendable, Equatable {
    package let partition: Int
    package let rows: Range<Int>
  }

  /// `columns` of all `batches`, one after the other, arranged by partition, and the parts of it by
  /// ascending partition number. Every value is moved once.
  ///
  /// - Complexity: O(rows * (keys + columns) + bytes), expected.
  /// - Throws: `ComputeError` when the text or elements of a column number more than 2^32.
  package mutating func arrange(
    _ batches: [ColumnBatch], columns: [Int], schema: Schema
  ) throws(ComputeError) -> (rows: ColumnBatch, parts: [Part]) {
    var groups: [Buffer<UInt32>] = []
    for batch in batches {
      groups.append(
        keyColumns.isEmpty
          ? Buffer(repeating: 0, count: batch.rowCount)
          : try table.groups(of: keyColumns.map { batch.columns[$0] }))
    }
    let (parts, places) = PartitionSplitter.places(of: groups, groupCount: partitionCount)
    let rows = try ColumnBatch.arranging(batches, columns: columns, schema: schema, at: places)
    return (rows, parts)
  }

  /// Where every row goes: a counting sort.
  private static func places(
    of groups: [Buffer<UInt32>], groupCount: Int
  ) -> (parts: [Part], places: [Buffer<UInt32>]) {
    var counts = BufferBuilder<Int>(capacity: groupCount)
    counts.append(repeating: 0, count: groupCount)
    for groups in groups {
      let span = groups.span
      for row in span.indices { counts[Int(span[row])] += 1 }
    }
    var parts: [Part] = []
    var next = BufferBuilder<UInt32>(capacity: groupCount)
    var total = 0
    for group in 0..<groupCount {
      next.append(UInt32(truncatingIfNeeded: total))
      let count = counts[group]
      if count > 0 { parts.append(Part(partition: group, rows: total..<total + count)) }
      total += count
    }
    var places: [Buffer<UInt32>] = []
    for groups in groups {
      var output = BufferBuilder<UInt32>(capacity: groups.count)
      let span = groups.span
      output.append(count: groups.count) { output in
        for row in span.indices {
          let group = Int(span[row])
          output.append(next[group])
          next[group] &+= 1
        }
      }
      places.append(output.freeze())
    }
    return (parts, places)
  }
}

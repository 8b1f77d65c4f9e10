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

  /// One part of a batch: the rows that belong to one partition, in order.
  package struct Part: Sendable {
    package let partition: Int
    package let rows: Selection
  }

  /// The parts of `batch`, by ascending partition number. O(rows * keys), expected.
  package mutating func split(_ batch: ColumnBatch) throws(ComputeError) -> [Part] {
    if batch.rowCount == 0 { return [] }
    if keyColumns.isEmpty { return [Part(partition: 0, rows: .all(count: batch.rowCount))] }
    let groups = try table.groups(of: keyColumns.map { batch.columns[$0] })
    return PartitionSplitter.parts(of: groups, groupCount: table.count)
  }

  /// Rows by group: a counting sort, touching only the groups that appear.
  private static func parts(of groups: Buffer<UInt32>, groupCount: Int) -> [Part] {
    let rowCount = groups.count
    let first = groups[0]
    var isSame = true
    let span = groups.span
    for row in span.indices { isSame = isSame && span[row] == first }
    if isSame { return [Part(partition: Int(first), rows: .all(count: rowCount))] }

    var counts = [Int](repeating: 0, count: groupCount)
    for row in span.indices { counts[Int(span[row])] += 1 }
    var starts = counts
    var total = 0
    for group in 0..<groupCount {
      starts[group] = total
      total += counts[group]
    }
    var order = BufferBuilder<UInt32>(capacity: rowCount)
    order.append(repeating: 0, count: rowCount)
    var next = starts
    for row in span.indices {
      let group = Int(span[row])
      order[next[group]] = UInt32(row)
      next[group] += 1
    }
    let rows = order.freeze()
    return (0..<groupCount).filter { counts[$0] > 0 }.map { group in
      Part(
        partition: group, rows: .rows(rows.slice(starts[group]..<starts[group] + counts[group])))
    }
  }
}

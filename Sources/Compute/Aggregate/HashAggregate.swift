import Base
package import Columns

/// Groups rows by keys and keeps the aggregates of each group. One a worker; merged at the end.
///
/// Groups come out in the order in which their first rows stand in the input, however the rows were
/// shared among workers.
package final class HashAggregate {
  private let keyTypes: [DataType]
  private let calls: [AggregateCall]
  private var table: GroupTable
  private var accumulators: [any Accumulator]
  /// Group -> position of its first row.
  private var firstPositions = BufferBuilder<Int64>()

  /// - Parameter keyTypes: with none, all rows are one group, which exists even without rows.
  package init(keyTypes: [DataType], calls: [AggregateCall]) {
    self.keyTypes = keyTypes
    self.calls = calls
    table = GroupTable(keyTypes)
    accumulators = calls.map { $0.makeAccumulator() }
  }

  package var groupCount: Int { keyTypes.isEmpty ? 1 : table.count }

  /// Bytes held, roughly.
  package var sizeBytes: Int {
    table.sizeBytes + firstPositions.count * 8 + accumulators.reduce(0) { $0 + $1.sizeBytes }
  }

  /// Takes in rows: a column for each key and one for each aggregate that has an argument.
  ///
  /// - Parameter position: of the first row in the input; those of later rows follow.
  /// - Throws: `ComputeError` when an exact sum overflows.
  package func update(
    keys: [Column], arguments: [Column?], rowCount: Int, position: Int64
  ) throws(ComputeError) {
    if rowCount == 0 { return }
    // The accumulators' loops rely on these, and on groups below `groupCount`.
    precondition(arguments.allSatisfy { $0.map { $0.count == rowCount } ?? true })
    var groups: Buffer<UInt32>?
    if !keyTypes.isEmpty {
      let known = table.count
      let found = try table.groups(of: keys)
      precondition(found.count == rowCount)
      if table.count > known { notePositions(found, from: known, position) }
      groups = found
    }
    for (index, accumulator) in accumulators.enumerated() {
      try accumulator.update(
        arguments[index], rowCount: rowCount, groups: groups, groupCount: groupCount)
    }
  }

  private func notePositions(_ groups: Buffer<UInt32>, from known: Int, _ position: Int64) {
    firstPositions.extend(to: table.count, with: .max)
    for row in 0..<groups.count where groups[row] >= known {
      let group = Int(groups[row])
      if firstPositions[group] == .max { firstPositions[group] = position + Int64(row) }
    }
  }

  /// Takes in what another worker gathered.
  package func merge(_ other: HashAggregate) throws(ComputeError) {
    let theirs = other.groupCount
    if theirs == 0 { return }
    var groups = Buffer<UInt32>(repeating: 0, count: 1)
    if !keyTypes.isEmpty {
      groups = try table.groups(of: other.table.keyColumns(0..<theirs))
      firstPositions.extend(to: table.count, with: .max)
      for group in 0..<theirs {
        let mine = Int(groups[group])
        firstPositions[mine] = min(firstPositions[mine], other.firstPositions[group])
      }
    }
    for (mine, their) in Swift.zip(accumulators, other.accumulators) {
      try mine.merge(their, groups: groups, groupCount: groupCount)
    }
  }

  /// The keys and then the aggregates, a row a group. The aggregate is used up.
  package func finish() throws(ComputeError) -> (columns: [Column], rowCount: Int) {
    let count = groupCount
    if count == 0 {  // Accumulators that never saw a row have at least the group of a total.
      return ((keyTypes + calls.map(\.type)).map { Column($0, []) }, 0)
    }
    var columns = keyTypes.isEmpty ? [] : table.keyColumns(0..<count)
    for accumulator in accumulators { columns.append(try accumulator.finish(groupCount: count)) }
    let positions = Array(firstPositions.freezeCopy())
    if Swift.zip(positions, positions.dropFirst()).allSatisfy({ $0 < $1 }) {
      return (columns, count)
    }
    let batch = ColumnBatch(
      schema: Schema([Field("", .long)]),
      columns: [Column(type: .long, values: .int64(Buffer(positions)))], rowCount: count)
    let order = RowOrder.sorted(batch, by: [SortKey(column: 0)])
    return (columns.map { $0.gathering(order) }, count)
  }
}

extension BufferBuilder {
  /// The elements so far, copied.
  func freezeCopy() -> Buffer<Element> {
    var copy = BufferBuilder(capacity: count)
    copy.append(contentsOf: span)
    return copy.freeze()
  }
}

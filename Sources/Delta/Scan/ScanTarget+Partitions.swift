import Base
import Columns
package import Compute

extension ReadSet {
  /// The files that may have rows for which a condition holds; a file that cannot be judged is one.
  package init(filesWhere condition: BoundExpression, of target: ScanTarget) {
    let pruner = FilePruner(condition, target: target)
    self = .files { file in (try? pruner.canMatch(file)) ?? true }
  }
}

extension ScanTarget {
  /// The files whose partition values satisfy a condition over partition columns. O(files).
  ///
  /// - Precondition: the condition reads partition columns only.
  package func files(
    inPartitionsWhere condition: BoundExpression
  ) throws(DeltaError) -> [AddFile] {
    let columns = condition.columnIndices
    precondition(columns.allSatisfy { partitionColumns.contains(schema.fields[$0].name) })
    guard !files.isEmpty else { return [] }
    // Partitions are few: the condition is decided once for each, not once for each file.
    var partitions: [[String?]: UInt32] = [:]
    var numbers: [UInt32] = []
    numbers.reserveCapacity(files.count)
    let names = columns.map { physicalSchema.fields[$0].name }
    for index in files.indices {
      let values = files[index].partitionValues
      let key = names.map { values[$0] ?? nil }
      let number = partitions[key] ?? UInt32(partitions.count)
      if number == partitions.count { partitions[key] = number }
      numbers.append(number)
    }
    var keys = [[String?]](repeating: [], count: partitions.count)
    for (key, number) in partitions { keys[Int(number)] = key }
    let matches = try partitionsMatching(condition, columns, keys)
    return files.indices.lazy.filter { matches[Int(numbers[$0])] }.map { files[$0] }
  }

  /// Whether the condition holds, for each of some partitions.
  ///
  /// - Parameters:
  ///   - columns: positions of partition columns in the schema.
  ///   - partitions: their values as the log holds them, in the order of `columns`.
  private func partitionsMatching(
    _ condition: BoundExpression, _ columns: [Int], _ partitions: [[String?]]
  ) throws(DeltaError) -> [Bool] {
    var values = [[Scalar]](repeating: [], count: schema.count)
    for (position, index) in columns.enumerated() {
      let field = schema.fields[index]
      for partition in partitions {
        values[index].append(
          try partitionScalar(partition[position], type: field.type, column: field.name))
      }
    }
    let count = partitions.count
    let batch = ColumnBatch(
      schema: schema,
      columns: zip(schema.fields, values).map { field, values in
        values.isEmpty
          ? Column(
            field.type.physical == nil ? .boolean : field.type, repeating: .null, count: count)
          : Column(field.type, values)
      }, rowCount: count)
    let selection = try computing { () throws(ComputeError) in try condition.select(from: batch) }
    switch selection {
    case .all: return Array(repeating: true, count: count)
    case .rows(let rows):
      var matches = Array(repeating: false, count: count)
      for row in [UInt32](rows) { matches[Int(row)] = true }
      return matches
    }
  }
}

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
    var values = [[Scalar]](repeating: [], count: schema.count)
    for index in columns {
      let field = schema.fields[index]
      for file in files {
        let text = file.partitionValues[physicalSchema.fields[index].name] ?? nil
        values[index].append(try partitionScalar(text, type: field.type, column: field.name))
      }
    }
    let batch = ColumnBatch(
      schema: schema,
      columns: zip(schema.fields, values).map { field, values in
        values.isEmpty
          ? Column(
            field.type.physical == nil ? .boolean : field.type, repeating: .null, count: files.count
          )
          : Column(field.type, values)
      }, rowCount: files.count)
    let selection = try computing { () throws(ComputeError) in try condition.select(from: batch) }
    switch selection {
    case .all: return files
    case .rows(let rows): return [UInt32](rows).map { files[Int($0)] }
    }
  }
}

import Columns
import Compute
import Parquet

/// Leaves out files and row groups in which no row can satisfy a predicate. Partition values count
/// as statistics that are exact.
struct FilePruner: Sendable {
  private let evaluator: PruningEvaluator
  private let schema: Schema
  private let partitionColumns: Set<String>
  /// The predicate's columns that files hold.
  private let fileSchema: Schema

  init(_ predicate: BoundExpression, target: ScanTarget) {
    evaluator = PruningEvaluator(predicate)
    schema = target.schema
    partitionColumns = target.partitionColumns
    let columns = evaluator.columnIndices.map { target.schema.fields[$0] }
    fileSchema = Schema(columns.filter { !target.partitionColumns.contains($0.name) })
  }

  /// By what the log says of the file.
  func canMatch(_ file: AddFile) throws(DeltaError) -> Bool {
    let partitions = try partitionStatistics(file)
    let known = file.statistics(fileSchema)
    let verdict = evaluator.verdict(rowCount: known?.rowCount.flatMap { Int(exactly: $0) }) {
      index in
      partitions[index] ?? known?.columns[schema.fields[index].name]
    }
    return verdict != .none
  }

  /// By what the file's footer says of a row group.
  func canMatch(
    _ file: AddFile, _ metadata: ParquetMetadata, rowGroup: Int
  ) throws(DeltaError) -> Bool {
    let partitions = try partitionStatistics(file)
    let group = metadata.rowGroups[rowGroup]
    let verdict = evaluator.verdict(rowCount: group.rowCount) { index in
      if let known = partitions[index] { return known }
      guard let column = metadata.schema.index(of: schema.fields[index].name) else {
        return ColumnStatistics(nullCount: group.rowCount)
      }
      return group.statistics(column: column)
    }
    return verdict != .none
  }

  private func partitionStatistics(_ file: AddFile) throws(DeltaError) -> [Int: ColumnStatistics] {
    var known: [Int: ColumnStatistics] = [:]
    for index in evaluator.columnIndices where partitionColumns.contains(schema.fields[index].name)
    {
      let field = schema.fields[index]
      let text = file.partitionValues[field.name] ?? nil
      let value = try partitionScalar(text, type: field.type, column: field.name)
      known[index] =
        value.isNull
        ? file.rowCount.flatMap { Int(exactly: $0) }.map { ColumnStatistics(nullCount: $0) }
        : ColumnStatistics(min: value, max: value, nullCount: 0)
    }
    return known
  }
}

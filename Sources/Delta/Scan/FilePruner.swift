import Columns
import Compute
import Parquet

/// Leaves out files in which no row can satisfy a predicate, by what the log says of them.
/// Partition values count as statistics that are exact.
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

  func canMatch(_ file: AddFile) throws(DeltaError) -> Bool {
    let rowCount = file.rowCount.flatMap { Int(exactly: $0) }
    let partitions = try partitionStatistics(file, rowCount: rowCount)
    let known = file.statistics(fileSchema)
    let verdict = evaluator.verdict(rowCount: known?.rowCount.flatMap { Int(exactly: $0) }) {
      index in
      partitions[index] ?? known?.columns[schema.fields[index].name]
    }
    return verdict != .none
  }

  /// The predicate in the terms of one file, whose footer is known now.
  func opening(
    _ file: AddFile, _ metadata: ParquetMetadata
  ) throws(DeltaError) -> RowGroupPruner {
    var sources: [Int: RowGroupPruner.Source] = [:]
    // A partition value that is null is null in as many rows as a row group has.
    let partitions = try partitionStatistics(file, rowCount: nil)
    for index in evaluator.columnIndices {
      let name = schema.fields[index].name
      if partitionColumns.contains(name) {
        sources[index] = partitions[index].map { .constant($0) } ?? .nulls
      } else if let column = metadata.schema.index(of: name) {
        // Of nested columns nothing is known.
        sources[index] = metadata.tree.flatLeaf(ofColumn: column).map { .leaf($0) } ?? .unknown
      } else {
        sources[index] = .nulls
      }
    }
    return RowGroupPruner(evaluator: evaluator, sources: sources)
  }

  /// By position in the schema; none for a null partition value of a file of unknown size.
  private func partitionStatistics(
    _ file: AddFile, rowCount: Int?
  ) throws(DeltaError) -> [Int: ColumnStatistics] {
    var known: [Int: ColumnStatistics] = [:]
    for index in evaluator.columnIndices where partitionColumns.contains(schema.fields[index].name)
    {
      let field = schema.fields[index]
      let text = file.partitionValues[field.name] ?? nil
      let value = try partitionScalar(text, type: field.type, column: field.name)
      known[index] =
        value.isNull
        ? rowCount.map { ColumnStatistics(nullCount: $0) }
        : ColumnStatistics(min: value, max: value, nullCount: 0)
    }
    return known
  }
}

import Columns
import Compute
import Parquet

/// Leaves out files in which no row can satisfy a predicate, by what the log says of them.
/// Partition values count as statistics that are exact.
struct FilePruner: Sendable {
  private let evaluator: PruningEvaluator
  private let target: ScanTarget
  /// The predicate's columns that files hold, as the log calls them.
  private let fileSchema: Schema

  init(_ predicate: BoundExpression, target: ScanTarget) {
    evaluator = PruningEvaluator(predicate)
    self.target = target
    fileSchema = target.physicalSchema.selecting(
      evaluator.columnIndices.filter { !target.isPartitionColumn($0) })
  }

  func canMatch(_ file: AddFile) throws(DeltaError) -> Bool {
    let rowCount = file.rowCount.flatMap { Int(exactly: $0) }
    let partitions = try partitionStatistics(file, rowCount: rowCount)
    let known = file.statistics(fileSchema)
    let verdict = evaluator.verdict(rowCount: known?.rowCount.flatMap { Int(exactly: $0) }) {
      index in
      partitions[index] ?? known?.columns[target.physicalSchema.fields[index].name]
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
      let field = target.physicalSchema.fields[index]
      if target.isPartitionColumn(index) {
        sources[index] = partitions[index].map { .constant($0) } ?? .nulls
      } else if let column = metadata.column(of: field, target.columnMapping) {
        sources[index] = source(field, metadata, column)
      } else {
        sources[index] = .nulls
      }
    }
    return RowGroupPruner(evaluator: evaluator, sources: sources)
  }

  private func source(
    _ field: Field, _ metadata: ParquetMetadata, _ column: Int
  ) -> RowGroupPruner.Source {
    // Of nested columns nothing is known, and a column that has been widened to another kind of
    // value has bounds of the kind it was.
    guard let leaf = metadata.tree.flatLeaf(ofColumn: column),
      metadata.schema.fields[column].type.hasBounds(like: field.type)
    else { return .unknown }
    return .leaf(leaf)
  }

  /// By position in the schema; none for a null partition value of a file of unknown size.
  private func partitionStatistics(
    _ file: AddFile, rowCount: Int?
  ) throws(DeltaError) -> [Int: ColumnStatistics] {
    var known: [Int: ColumnStatistics] = [:]
    for index in evaluator.columnIndices where target.isPartitionColumn(index) {
      let field = target.schema.fields[index]
      let text = file.partitionValues[target.physicalSchema.fields[index].name] ?? nil
      let value = try partitionScalar(text, type: field.type, column: field.name)
      known[index] =
        value.isNull
        ? rowCount.map { ColumnStatistics(nullCount: $0) }
        : ColumnStatistics(min: value, max: value, nullCount: 0)
    }
    return known
  }
}

extension DataType {
  /// Whether bounds of this type's values compare with values of `other`.
  fileprivate func hasBounds(like other: DataType) -> Bool {
    switch (self, other) {
    case _ where self == other: true
    case _ where isInteger && other.isInteger: true
    case (.float, .double), (.decimal, .decimal): true
    default: false
    }
  }
}
